// Command peers measures the store beside bbolt alone and beside other queues:
// what each needs to make a message durable, and to hand it out and settle it.
// Each is used as its own documentation says, synced, by 64 goroutines; what is
// synced and shared by whom stands beside the figures. It is a program of its own
// because of what it is built of.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

// workers is how many put, and how many settle.
const workers = 64

// subject is a queue under measurement. Its methods may be called by many at once.
type subject interface {
	// Put makes a body durable before it returns. N counts from 1.
	Put(n uint64, body []byte) error
	// Drain hands out and settles until ctx ends or so many are settled, and gives their number.
	Drain(ctx context.Context, most uint64) (uint64, error)
	// Bytes is what all of it takes on the disk.
	Bytes() (int64, error)
}

// named says how a subject is opened and what its figures mean.
type named struct {
	name, note string
	open       func(s *stage.Stage) (subject, error)
}

func subjects() []named {
	return []named{
		{"bbolt alone", "Batch, 1 ms: put; then a second put of the body and a delete", openRaw},
		{"duijie", "Put with its case; Claim, Begin with the document, Settle; all stays on record", openOurs},
		{"NATS JetStream", "embedded, in process, sync_interval always: publish and ack; pull and double ack (work queue: acked is gone)", openNATS},
		{"goqite", "SQLite (modernc), WAL, synchronous=FULL, one connection: Send; Receive, Delete", openGoqite},
		{"River, PostgreSQL", "fsync and synchronous_commit on, 40 connections: Insert; Work (completions in batches, not each synced before the next job)", openRiver},
	}
}

func main() {
	each := flag.Duration("each", 5*time.Second, "how long each measurement lasts")
	rounds := flag.Int("rounds", 3, "rounds; the subjects take turns in each")
	kind := flag.String("kind", "", "only those whose name holds this")
	flag.Parse()
	if err := run(*each, *rounds, *kind); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// figures are the rounds of one subject.
type figures struct {
	put, take, putCPU, takeCPU, bytes []float64
	absent                            string
}

func run(each time.Duration, rounds int, kind string) error {
	all := subjects()
	got := make([]figures, len(all))
	for range rounds {
		for i, s := range all {
			if !strings.Contains(s.name, kind) && i > 0 || got[i].absent != "" {
				continue
			}
			err := stage.On(func(st *stage.Stage) error { return got[i].round(st, s, each) })
			if absent, ok := errors.AsType[stage.Missing](err); ok {
				got[i].absent = string(absent)
			} else if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	fmt.Printf("the store beside others: 2.3 KB, %d goroutines; CPU is of the whole process, PostgreSQL's server apart\n", workers)
	fmt.Printf("%-18s %9s %8s %10s %14s %8s %10s %12s\n", "", "put/s", "÷ bbolt", "CPU µs", "take+settle/s", "÷ bbolt", "CPU µs", "bytes each")
	for i, s := range all {
		f := got[i]
		switch {
		case f.absent != "":
			fmt.Printf("%-18s not measured: %s\n", s.name, f.absent)
		case f.put != nil:
			put, take := measure.Median(f.put), measure.Median(f.take)
			fmt.Printf("%-18s %9.0f %8.2f %10.0f %14.0f %8.2f %10.0f %12.0f\n", s.name, put, measure.Ratio(put, measure.Median(got[0].put)), measure.Median(f.putCPU),
				take, measure.Ratio(take, measure.Median(got[0].take)), measure.Median(f.takeCPU), measure.Median(f.bytes))
		}
	}
	for i, s := range all {
		if got[i].put != nil {
			fmt.Printf("  %s: %s\n", s.name, s.note)
		}
	}
	fmt.Println()
	return nil
}

// round puts for a while, then hands out and settles for as long at most.
func (f *figures) round(st *stage.Stage, s named, each time.Duration) error {
	q, err := s.open(st)
	if err != nil {
		return err
	}
	empty, err := q.Bytes()
	if err != nil {
		return err
	}
	body := bodies()
	cpu := measure.OwnCPU()
	n, took, err := measure.Count(workers, each, func(n uint64) error { return q.Put(n, body.Write(n)) })
	if err != nil {
		return err
	}
	f.put = append(f.put, float64(n)/took.Seconds())
	f.putCPU = append(f.putCPU, measure.Each(measure.OwnCPU()-cpu, n))
	full, err := q.Bytes()
	if err != nil {
		return err
	}
	f.bytes = append(f.bytes, float64(full-empty)/float64(n))
	ctx, cancel := context.WithTimeout(context.Background(), each)
	defer cancel()
	cpu = measure.OwnCPU()
	began := time.Now()
	m, err := q.Drain(ctx, n)
	if err != nil {
		return err
	}
	f.take = append(f.take, float64(m)/time.Since(began).Seconds())
	f.takeCPU = append(f.takeCPU, measure.Each(measure.OwnCPU()-cpu, m))
	return nil
}
