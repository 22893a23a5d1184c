package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
	"duijie/bench/road"
	"duijie/internal/queue"
)

// lives measures put, and claim, begin and settle in the large store and in empty
// ones, in turns; then the same without syncing, which leaves the processor's work.
func lives(path, empty string, o options) error {
	if err := synced(path); err != nil {
		return err
	}
	fmt.Printf("%18s %10s %10s %14s %22s %10s %14s %14s %8s\n", "", "put/s", "CPU µs", "KiB written", "claim,begin,settle/s", "CPU µs", "KiB written", "both, CPU µs", "ratio")
	number := uint64(1) << 32 // of the messages put now; those of the backlog are below
	for _, how := range []string{"", ", unsynced"} {
		var opened []time.Duration
		var full, none lifeSeries
		for range o.rounds {
			if err := os.RemoveAll(empty); err != nil {
				return err
			}
			if _, err := none.add(empty, number, o, "empty"+how); err != nil {
				return err
			}
			took, err := full.add(path, number, o, "backlog"+how)
			if err != nil {
				return err
			}
			opened = append(opened, took)
			number += 1 << 32
		}
		none.print("empty"+how, &none)
		full.print("backlog"+how, &none)
		if how == "" {
			fmt.Printf("%18s opened in %v; aim for the ratio ≤ 1.3\n", "", measure.Round(measure.Median(opened)))
		}
	}
	fmt.Println()
	return synced(path)
}

func (s *lifeSeries) print(name string, beside *lifeSeries) {
	fmt.Printf("%18s %10.0f %10.0f %14.1f %22.0f %10.0f %14.1f %14.0f %8.2f\n", name, measure.Median(s.put), measure.Median(s.putCPU),
		measure.Median(s.putBytes)/1024, measure.Median(s.take), measure.Median(s.takeCPU), measure.Median(s.takeBytes)/1024, s.cost(), measure.Ratio(s.cost(), beside.cost()))
}

// lifeSeries are the rounds of one store.
type lifeSeries struct {
	put, putCPU, putBytes, take, takeCPU, takeBytes []float64
}

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
	cpu, wrote := measure.OwnCPU(), measure.OwnWritten()
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
	s.putBytes = append(s.putBytes, float64(measure.OwnWritten()-wrote)/float64(n))
	cpu, wrote, began = measure.OwnCPU(), measure.OwnWritten(), time.Now()
	r := road.Road{Store: store, Targets: []queue.Target{{Unit: live, Direction: queue.ToLocal}}, Workers: 64}
	m, err := r.Drain(context.Background(), o.each/2, n)
	if err != nil {
		return 0, err
	}
	s.take, s.takeCPU = append(s.take, float64(m)/time.Since(began).Seconds()), append(s.takeCPU, measure.Each(measure.OwnCPU()-cpu, m))
	s.takeBytes = append(s.takeBytes, measure.Ratio(float64(measure.OwnWritten()-wrote), float64(m)))
	return opened, nil
}
