package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
	"duijie/bench/road"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// filler puts deliveries of very many cases, round by round: the first of each
// case, then the second of each.
type filler struct {
	store   *bolt.Store
	targets []queue.Target
	lanes   int // of all units
	cases   int // of a unit; the first has liveWeight times as many
	n       int
	took    time.Duration
	long    []queue.NewMessage // the batch that is being written
}

// liveWeight is how many times more cases the live unit has, so that it lasts.
const liveWeight = 20

func openStore(path string, unsynced bool) (*bolt.Store, error) {
	return bolt.Open(bolt.Options{Path: path, Judge: gateway.JudgeCase, Key: event.Key, NoSync: unsynced})
}

func openFiller(path string, b backlogOptions) (*filler, error) {
	s, err := openStore(path, true)
	if err != nil {
		return nil, err
	}
	f := &filler{store: s, cases: b.cases, lanes: b.cases * (b.units - 1 + liveWeight)}
	for i := range b.units {
		f.targets = append(f.targets, queue.Target{Unit: unitCode(i), Direction: queue.ToLocal})
	}
	return f, nil
}

// fill puts until so many are there, 500 in a commit.
func (f *filler) fill(until int) error {
	began := time.Now()
	for ; f.n < until; f.n++ {
		f.long = append(f.long, f.message(f.n))
		if len(f.long) == 500 || f.n+1 == until {
			if err := f.write(); err != nil {
				return err
			}
		}
	}
	f.took += time.Since(began)
	return nil
}

func (f *filler) write() error {
	res, err := f.store.Put(context.Background(), f.long)
	if err != nil {
		return err
	}
	for _, r := range res {
		if r.Err != nil || r.Duplicate {
			return fmt.Errorf("put %s: duplicate %v, %w", r.Receipt, r.Duplicate, r.Err)
		}
	}
	f.long = f.long[:0]
	return nil
}

// message is the n-th of all: of one case after the other, then again.
func (f *filler) message(n int) queue.NewMessage {
	lane, kind, now := n%f.lanes, letter.First, time.Now()
	if n >= f.lanes {
		kind = letter.Next
	}
	unit := live
	if i := lane - liveWeight*f.cases; i >= 0 {
		unit = unitCode(1 + i/f.cases)
	}
	subject := fmt.Sprintf("B%d", lane)
	return letter.Stored(unit, subject, kind, uint64(n+1), now, letter.Short(unit, subject, kind, uint64(n+1), now))
}

func (f *filler) rate() float64 { return float64(f.n) / f.took.Seconds() }

// claim claims so many of each target and gives them back, for a while: the
// median time of a claim, and its processor time.
func (f *filler) claim(targets []queue.Target, each int, long time.Duration) (time.Duration, float64, error) {
	want := map[queue.Target]int{}
	for _, t := range targets {
		want[t] = each
	}
	var took []time.Duration
	cpu := measure.OwnCPU()
	for end := time.Now().Add(long / 2); time.Now().Before(end); {
		began := time.Now()
		ds, err := f.store.Claim(context.Background(), want, time.Minute)
		if err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(began))
		back := map[string]uint64{}
		for _, d := range ds {
			back[d.Receipt] = d.Lease
		}
		f.store.Release(back)
	}
	return measure.Median(took), measure.Each(measure.OwnCPU()-cpu, uint64(len(took))), nil
}

// pauseAll has every unit paused, for the program that is started on the store.
func (f *filler) pauseAll() error {
	for _, t := range f.targets {
		if err := f.store.SetUnit(context.Background(), queue.UnitState{Code: t.Unit, Paused: true}); err != nil {
			return err
		}
	}
	return f.store.Close()
}

// lifeSeries are the rounds of one store.
type lifeSeries struct{ put, putCPU, take, takeCPU []float64 }

func (s *lifeSeries) cost() float64 { return measure.Median(s.putCPU) + measure.Median(s.takeCPU) }

// add opens the store, synced unless the name says otherwise, and has 64 goroutines put messages of new cases of
// the live unit from a number on, then 64 workers claim, begin and settle what is
// oldest. It gives how long opening took.
func (s *lifeSeries) add(path string, from uint64, o options, name string) (time.Duration, error) {
	began := time.Now()
	store, err := openStore(path, strings.Contains(name, "unsynced"))
	if err != nil {
		return 0, err
	}
	opened := time.Since(began)
	defer store.Close()
	stop, err := profiled(o.profile, "life-"+strings.ReplaceAll(name, ", ", "-"))
	if err != nil {
		return 0, err
	}
	defer stop()
	cpu := measure.OwnCPU()
	n, took, err := measure.Count(64, o.each/2, func(n uint64) error {
		n += from
		subject, now := fmt.Sprintf("N%d", n), time.Now()
		_, err := store.Put(context.Background(), []queue.NewMessage{letter.Stored(live, subject, letter.First, n, now, letter.Short(live, subject, letter.First, n, now))})
		return err
	})
	if err != nil {
		return 0, err
	}
	s.put, s.putCPU = append(s.put, float64(n)/took.Seconds()), append(s.putCPU, measure.Each(measure.OwnCPU()-cpu, n))
	cpu, began = measure.OwnCPU(), time.Now()
	r := road.Road{Store: store, Targets: []queue.Target{{Unit: live, Direction: queue.ToLocal}}, Workers: 64}
	m, err := r.Drain(context.Background(), o.each/2, n)
	if err != nil {
		return 0, err
	}
	s.take, s.takeCPU = append(s.take, float64(m)/time.Since(began).Seconds()), append(s.takeCPU, measure.Each(measure.OwnCPU()-cpu, m))
	return opened, nil
}

// profiled writes a processor profile until stop is called; without a folder, none.
func profiled(dir, name string) (stop func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(dir, name+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}
