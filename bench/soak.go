package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
	"duijie/bench/road"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// soakOptions say how much goes through the store, and how much of it is kept.
type soakOptions struct {
	n, kept, lines, cases int
	dir                   string
}

func (s *soakOptions) flags(f *flag.FlagSet) {
	f.IntVar(&s.n, "soak-messages", 200_000, "messages that go through the store")
	f.IntVar(&s.kept, "soak-kept", 0, "as many messages as the log's retention holds; a tenth of them with their payload (0: a tenth of all)")
	f.IntVar(&s.lines, "soak-lines", 20, "how often figures are printed, and what has served its time is purged")
	f.IntVar(&s.cases, "soak-cases", 1000, "cases that go on at once")
	f.StringVar(&s.dir, "soak-dir", "", "where the store is made, and removed again (a fresh folder in the system's own)")
}

func (s *soakOptions) shrink() { *s = soakOptions{n: 2000, lines: 4, cases: 50} }

// ofCase are the messages of a case: first, two next and last, which ends it.
const ofCase = 4

// soaked is a store through which time passes a second a message, so that the
// retention of years is over within the run.
type soaked struct {
	store *bolt.Store
	path  string
	kept  int
	cases int
	clock atomic.Int64 // seconds since began
	began time.Time
}

func (s *soaked) now() time.Time { return s.began.Add(time.Duration(s.clock.Load()) * time.Second) }

// soak puts very many messages through one store, each put, claimed, begun and
// settled, synced, while another goroutine purges as the gateway's retention does.
// Memory and file must not follow the number.
func soak(_ programs, o options) error {
	dir, err := os.MkdirTemp(o.soak.dir, "duijie-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &soaked{path: filepath.Join(dir, "duijie.db"), began: time.Now(), kept: o.soak.kept, cases: max(o.soak.cases, 1)}
	if s.kept == 0 {
		s.kept = max(o.soak.n/10, 2*s.cases*ofCase)
	}
	s.store, err = bolt.Open(bolt.Options{Path: s.path, Judge: gateway.JudgeCase, Key: event.Key, Now: s.now,
		LogHorizon: func() time.Time { return s.now().Add(-s.logFor()) }})
	if err != nil {
		return err
	}
	defer s.store.Close()
	fmt.Printf("%d messages through one store, %d goroutines each way; kept: the log of %d, payloads of %d; purged beside the work\n", o.soak.n, soakWriters, s.kept, s.kept/10)
	fmt.Printf("%10s %10s %8s %10s %11s %11s %10s %12s %12s %9s   %s\n", "messages", "a second", "CPU µs", "on record", "payloads −", "records −", "purge took", "file", "bytes each", "put p99", "resident")
	if err := s.run(o); err != nil {
		return err
	}
	kept := 0
	for _, c := range s.store.Counts() {
		kept += c.N
	}
	if err := s.store.Close(); err != nil {
		return err
	}
	defer fmt.Println()
	return buckets(s.path, kept, "kept one")
}

const soakWriters = 16

func (s *soaked) logFor() time.Duration { return time.Duration(s.kept) * time.Second }

func (s *soaked) run(o options) error {
	stop, err := profiled(o.profile, "soak")
	if err != nil {
		return err
	}
	defer stop()
	chunk := max(o.soak.n/max(o.soak.lines, 1), 1)
	var purging sync.WaitGroup
	var purged purge
	for from := 0; from < o.soak.n; from += chunk {
		n := min(chunk, o.soak.n-from)
		cpu, began := measure.OwnCPU(), time.Now()
		took, err := s.pass(from, n)
		if err != nil {
			return err
		}
		long := time.Since(began)
		purging.Wait() // of the chunk before; what is printed is what it did
		if purged.err != nil {
			return purged.err
		}
		s.print(from+n, float64(n)/long.Seconds(), measure.Each(measure.OwnCPU()-cpu, uint64(n)), measure.At(took, 99), purged)
		purging.Go(func() { purged = s.purge() })
	}
	purging.Wait()
	return purged.err
}

// pass puts so many messages from a number on and waits until all are settled.
func (s *soaked) pass(from, n int) ([]time.Duration, error) {
	var next atomic.Int64
	next.Store(int64(from))
	var mu sync.Mutex // guards the two below
	var took []time.Duration
	var failed error
	var wait sync.WaitGroup
	for range soakWriters {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < from+n; i = int(next.Add(1)) - 1 {
				d, err := s.put(i)
				mu.Lock()
				took, failed = append(took, d), firstOf(failed, err)
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	r := road.Road{Store: s.store, Targets: []queue.Target{{Unit: live, Direction: queue.ToLocal}}, Workers: soakWriters, Now: s.now}
	m, err := r.Drain(context.Background(), time.Hour, uint64(n))
	wait.Wait()
	if err = errors.Join(failed, err); err == nil && m < uint64(n) {
		err = fmt.Errorf("%d of %d were settled within an hour", m, n)
	}
	return sorted(took), err
}

// put puts the i-th message, a second after the one before.
func (s *soaked) put(i int) (time.Duration, error) {
	block, pass, place := i/(s.cases*ofCase), i%(s.cases*ofCase)/s.cases, i%s.cases
	kind := letter.Next
	switch pass {
	case 0:
		kind = letter.First
	case ofCase - 1:
		kind = letter.Last
	}
	s.clock.Add(1)
	subject, now := fmt.Sprintf("S%d", block*s.cases+place), s.now()
	m := letter.Stored(live, subject, kind, uint64(i+1), now, letter.Short(live, subject, kind, uint64(i+1), now))
	began := time.Now()
	res, err := s.store.Put(context.Background(), []queue.NewMessage{m})
	if err == nil {
		err = res[0].Err
	}
	return time.Since(began), err
}
