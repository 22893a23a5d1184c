package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"duijie/bench/measure"
)

// backlogOptions say how large a backlog is measured, and how long it is worked off.
type backlogOptions struct {
	n, units, cases int
	claims          time.Duration
	dir             string
}

func (b *backlogOptions) flags(f *flag.FlagSet) {
	f.IntVar(&b.n, "backlog", 1_000_000, "deliveries that wait; a million takes some 5 GB of disk")
	f.IntVar(&b.units, "backlog-units", 50, "units that they wait for; the first, which lives, has twenty times the cases of another")
	f.IntVar(&b.cases, "backlog-cases", 1000, "cases a unit")
	f.DurationVar(&b.claims, "backlog-claims", 2*time.Minute, "how long the backlog is worked off before memory is read again")
	f.StringVar(&b.dir, "backlog-dir", "", "where the store is made, and removed again (a fresh folder in the system's own)")
}

func (b *backlogOptions) shrink() {
	*b = backlogOptions{n: 8000, units: 5, cases: 50, claims: 500 * time.Millisecond}
}

// live is the unit that answers while the others are dead.
const live = "990000"

// backlog measures a store in which very many deliveries wait: what claiming and
// a message's life cost beside an empty one, and the program that is started on it.
func backlog(p programs, o options) error {
	dir, err := os.MkdirTemp(o.backlog.dir, "duijie-backlog-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "gw", "data", "duijie.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	fmt.Printf("a backlog of %d deliveries of %d units\n", o.backlog.n, o.backlog.units)
	if err := claims(path, o); err != nil {
		return err
	}
	if err := lives(path, filepath.Join(dir, "empty.db"), o); err != nil {
		return err
	}
	return served(p, filepath.Join(dir, "gw"), path, o)
}

// claims fills the store and measures claiming on the way.
func claims(path string, o options) error {
	f, err := openFiller(path, o.backlog)
	if err != nil {
		return err
	}
	defer f.store.Close()
	fmt.Printf("%12s %22s %10s %22s %10s %14s %12s\n", "waiting", "claim 8 of one unit", "CPU µs", "one of each unit", "CPU µs", "file", "bytes each")
	var first, last float64
	for _, depth := range []int{64, o.backlog.n / 10, o.backlog.n} {
		if err := f.fill(depth); err != nil {
			return err
		}
		one, oneCPU, err := f.claim(f.targets[:1], 8, o.each)
		if err != nil {
			return err
		}
		all, allCPU, err := f.claim(f.targets, 1, o.each)
		if err != nil {
			return err
		}
		size := f.store.Size()
		fmt.Printf("%12d %22v %10.0f %22v %10.0f %10.0f MiB %12.0f\n", f.n, measure.Round(one), oneCPU, measure.Round(all), allCPU,
			measure.MiB(size), float64(size)/float64(f.n))
		if last = oneCPU; first == 0 {
			first = oneCPU
		}
	}
	fmt.Printf("  claiming at %d ÷ at 64, processor time: %.2f (aim ≤ 1.3); filled at %.0f a second without syncing\n", f.n, measure.Ratio(last, first), f.rate())
	if err := f.looksThrough(); err != nil {
		return err
	}
	if err := f.pauseAll(); err != nil {
		return err
	}
	defer fmt.Println()
	return buckets(path, f.n, "delivery")
}

// synced writes a file that was filled without syncing to the disk, so that
// nobody who opens it waits for that.
func synced(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
