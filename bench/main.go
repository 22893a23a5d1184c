// Command bench measures the gateway beside the floor of the same machine in the
// same run, and prints ratios. It asserts nothing.
//
// What it runs: the built program (`duijie serve`) as a process of its own, with
// signatures off and everything else on; the floor is what the disk does at all:
// a bare fsync, and a bare bbolt commit alone and shared by as many writers as
// there are connections (bbolt's own Batch). The mapping is measured by the
// benchmarks of its own package, which also hold what it is measured against.
// Deliveries are measured by kind, beside workers that do the same to the same
// receiver without the gateway.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	smoke := flag.Bool("smoke", false, "a few seconds in all, to see that it runs")
	each := flag.Duration("each", 5*time.Second, "how long each measurement lasts")
	rounds := flag.Int("rounds", 3, "rounds; floor and gateway take turns in each")
	only := flag.String("only", "", "one part: mapping, or kinds")
	kind := flag.String("kind", "", "of the kinds only those whose name holds this")
	flag.Parse()
	if *smoke {
		*each, *rounds = 500*time.Millisecond, 1
	}
	do := func(each time.Duration, rounds int) error { return run(each, rounds, *kind) }
	switch *only {
	case "mapping":
		do = translation
	case "kinds":
		do = func(each time.Duration, rounds int) error { return kindsAlone(each, rounds, *kind) }
	}
	if err := do(*each, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(each time.Duration, rounds int, kind string) error {
	dir, err := os.MkdirTemp("", "duijie-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s %s/%s, %d CPUs, %s, %v a measurement, %d rounds (median)\n\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), each, rounds)
	bin, err := build(dir)
	if err != nil {
		return err
	}
	fsync, err := fsyncFloor(dir, each)
	if err != nil {
		return err
	}
	fmt.Printf("bare fsync of 8 KiB: p50 %v\n\n", fsync)
	if err := translation(each, rounds); err != nil {
		return err
	}
	if err := acceptance(bin, dir, each, rounds); err != nil {
		return err
	}
	if err := latency(bin, dir, each); err != nil {
		return err
	}
	return deliveries(bin, dir, each, rounds, kind)
}

// kindsAlone measures nothing but deliveries.
func kindsAlone(each time.Duration, rounds int, kind string) error {
	dir, err := os.MkdirTemp("", "duijie-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err := build(dir)
	if err != nil {
		return err
	}
	fsync, err := fsyncFloor(dir, each)
	if err != nil {
		return err
	}
	fmt.Printf("bare fsync of 8 KiB: p50 %v\n\n", fsync)
	return deliveries(bin, dir, each, rounds, kind)
}
