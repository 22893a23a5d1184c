package main

import (
	"context"
	"fmt"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
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

// looksThrough measures what the gateway does at its start, and by the hour or
// minute: retention, where nothing has served its time, and a look at every case.
func (f *filler) looksThrough() error {
	ctx, long := context.Background(), time.Now().Add(-24*time.Hour)
	for _, l := range []struct {
		what string
		do   func() error
	}{
		{"PurgePayloads, none due", func() error { _, err := f.store.PurgePayloads(ctx, long); return err }},
		{"PurgeLog, none due", func() error { _, err := f.store.PurgeLog(ctx, long); return err }},
		{"EachCase", func() error { return f.store.EachCase("", func(queue.Case) bool { return true }) }},
	} {
		cpu, began := measure.OwnCPU(), time.Now()
		if err := l.do(); err != nil {
			return err
		}
		fmt.Printf("  %s: %v, CPU %v\n", l.what, measure.Round(time.Since(began)), measure.Round(measure.OwnCPU()-cpu))
	}
	return nil
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
