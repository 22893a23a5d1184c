// Command bench measures the gateway beside the floor of the same machine in the
// same run, and prints ratios. It asserts nothing.
//
// What it runs: the built program (`duijie serve`) as a process of its own, with
// signatures off and everything else on, and the floor (bench/floor), the least
// that could take, store and hand on a message, as a process beside it. Both are
// asked over HTTP by the same code, in turns; rates are of the clock, and the
// processor time of the serving process, which other work disturbs least, stands
// beside them. The store is measured beside bbolt and other queues by a program
// of its own (bench/peers). The mapping is measured by the benchmarks of its own
// package, deliveries by kind beside workers that do the same to the same receiver
// without the gateway.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"duijie/bench/measure"
)

// options are what the command line says.
type options struct {
	smoke   bool
	each    time.Duration
	rounds  int
	kind    string
	profile string // a folder for processor profiles; empty: none
	backlog backlogOptions
	soak    soakOptions
}

// part is one table, or a few that belong together.
type part struct {
	name, what string
	alone      bool // only where it is asked for by name
	measure    func(p programs, o options) error
}

func parts() []part {
	return []part{
		{"mapping", "the translation beside the tree walk, a hand-written one and json.Valid", false,
			func(_ programs, o options) error { return translation(o.each, o.rounds) }},
		{"accept", "durable acceptance at 1, 16, 64 and 256 connections", false,
			func(p programs, o options) error { return acceptance(p, o.each, o.rounds, o.smoke) }},
		{"latency", "one message at a time; start, size and memory of the program", false,
			func(p programs, o options) error { return latency(p.gateway, p.dir, o.each) }},
		{"delivered", "accepted and delivered, and latency at half of that rate", false,
			func(p programs, o options) error { return delivered(p, o.each, o.rounds, o.smoke) }},
		{"kinds", "deliveries by kind of local system", false,
			func(p programs, o options) error { return deliveries(p.gateway, p.dir, o.each, o.rounds, o.kind) }},
		{"store", "the store beside bbolt, NATS JetStream, goqite and River", false, peers},
		{"backlog", "a store of a million waiting", true, backlog},
		{"soak", "very many messages through one store, with retention", true, soak},
	}
}

func main() {
	var o options
	flag.BoolVar(&o.smoke, "smoke", false, "twenty seconds or so in all, to see that it runs")
	flag.DurationVar(&o.each, "each", 5*time.Second, "how long each measurement lasts")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; floor and gateway take turns in each")
	flag.StringVar(&o.kind, "kind", "", "of the kinds, or of the stores, only those whose name holds this")
	flag.StringVar(&o.profile, "profile", "", "a folder for processor profiles of the store (backlog, soak)")
	only := flag.String("only", "", "parts, by commas: "+names())
	long := flag.Bool("soak", false, "the same as -only soak")
	o.backlog.flags(flag.CommandLine)
	o.soak.flags(flag.CommandLine)
	flag.Parse()
	if o.smoke {
		o.each, o.rounds = 250*time.Millisecond, 1
		o.backlog.shrink()
		o.soak.shrink()
	}
	if *long {
		*only = "soak"
	}
	if err := run(o, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func names() string {
	var out []string
	for _, p := range parts() {
		out = append(out, p.name)
	}
	return strings.Join(out, ", ")
}

// chosen are the parts that run: those named; else all that are not long, and in
// a smoke run all.
func chosen(only string, smoke bool) (out []part, err error) {
	var want []string
	if only != "" {
		want = strings.Split(only, ",")
	}
	for _, p := range parts() {
		if slices.Contains(want, p.name) || want == nil && (smoke || !p.alone) {
			out = append(out, p)
		}
	}
	if len(want) > len(out) {
		return nil, fmt.Errorf("-only %s: the parts are %s", only, names())
	}
	return out, nil
}

func run(o options, only string) error {
	todo, err := chosen(only, o.smoke)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "duijie-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s %s/%s, %d CPUs, %s, %v a measurement, %d rounds (median)\n\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), o.each, o.rounds)
	p, err := build(dir)
	if err != nil {
		return err
	}
	fsync, err := fsyncFloor(dir, o.each)
	if err != nil {
		return err
	}
	fmt.Printf("bare fsync of 8 KiB: p50 %v\n\n", measure.Round(fsync))
	for _, t := range todo {
		if err := t.measure(p, o); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}
