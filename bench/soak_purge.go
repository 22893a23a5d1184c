package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"duijie/bench/measure"
)

// purge is what one round of retention did.
type purge struct {
	payloads, records int
	took              time.Duration
	err               error
}

// purge does what the gateway's retention does at a moment of the store's clock.
func (s *soaked) purge() (p purge) {
	began, now := time.Now(), s.now()
	if p.payloads, p.err = s.store.PurgePayloads(context.Background(), now.Add(-s.logFor()/10)); p.err != nil {
		return p
	}
	p.records, p.err = s.store.PurgeLog(context.Background(), now.Add(-s.logFor()))
	p.took = time.Since(began)
	return p
}

// print is one line of the table. The file's bytes are divided among what is on record.
func (s *soaked) print(n int, rate, cpu float64, p99 time.Duration, p purge) {
	kept := 0
	for _, c := range s.store.Counts() {
		kept += c.N
	}
	size := s.store.Size()
	fmt.Printf("%10d %10.0f %8.0f %10d %11d %11d %10v %8.1f MiB %12.0f %9v   %v\n", n, rate, cpu, kept, p.payloads, p.records, measure.Round(p.took),
		measure.MiB(size), float64(size)/float64(max(kept, 1)), measure.Round(p99), measure.Resident(os.Getpid()))
}

func sorted(took []time.Duration) []time.Duration {
	slices.Sort(took)
	return took
}
