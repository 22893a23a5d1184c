// Package measure is what all the measurements share: workers that do one thing
// for a while, medians, percentiles, and what the system tells of a process.
package measure

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Together has workers do one thing again and again for a while; the first error ends it.
func Together(count int, long time.Duration, do func() error) error {
	var wait sync.WaitGroup
	failed := make(chan error, count)
	end := time.Now().Add(long)
	over := func() bool { return time.Now().After(end) || len(failed) > 0 }
	for range count {
		wait.Go(func() {
			for !over() {
				if err := do(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wait.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// Count is how often workers got one thing done, and in what time. Do is given
// numbers from 1.
func Count(workers int, long time.Duration, do func(n uint64) error) (uint64, time.Duration, error) {
	var n, done atomic.Uint64
	began := time.Now()
	err := Together(workers, long, func() error {
		if err := do(n.Add(1)); err != nil {
			return err
		}
		done.Add(1)
		return nil
	})
	return done.Load(), time.Since(began), err
}

// PerSecond is how often workers get one thing done in a second.
func PerSecond(workers int, long time.Duration, do func(n uint64) error) (float64, error) {
	n, took, err := Count(workers, long, do)
	return float64(n) / took.Seconds(), err
}

// Median is the median; it sorts v. Of nothing it is 0.
func Median[V float64 | time.Duration](v []V) V {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// At is a percentile of sorted times, rounded for printing; of none it is 0.
func At(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return Round(sorted[min(len(sorted)-1, len(sorted)*percent/100)])
}

// Round leaves three digits or so.
func Round(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d > 100*time.Millisecond:
		return d.Round(time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Nanosecond)
}

// Ratio is a ÷ b, 0 where b is.
func Ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// DiskBytes is what the files below a folder (or one file) take on the disk, in blocks.
func DiskBytes(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.IsDir() {
		return blocks(info), nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, e := range entries {
		n, err := DiskBytes(fmt.Sprintf("%s/%s", path, e.Name()))
		if os.IsNotExist(err) {
			continue // gone meanwhile
		}
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
