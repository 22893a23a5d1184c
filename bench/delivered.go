package main

import (
	"errors"
	"fmt"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
)

// settles is how long what was accepted may take to be delivered after the load's end.
const settles = 2 * time.Minute

// delivered measures acceptance and delivery together, everything on, at 64
// connections, beside the floor; then how long messages take at half of that rate.
func delivered(p programs, each time.Duration, rounds int, smoke bool) error {
	const conns = 64
	fmt.Printf("accepted and delivered, messages a second, %d connections (validated, deduplicated, ordered, translated, logged; a receiver that answers at once).\n", conns)
	fmt.Printf("From the first post to the last arrival. Floor accepts: its workers off.\n")
	fmt.Printf("%6s %8s %14s %14s %12s %10s %10s %12s %10s %8s\n", "units", "size", "floor accepts", "floor delivers", "gateway", "÷ accepts", "÷ delivers",
		"floor CPU µs", "CPU µs", "ratio")
	type late struct {
		units, size int
		rate        float64
	}
	var later []late
	for _, size := range []int{letter.Small, letter.Large} {
		for _, units := range []int{1, 50} {
			var accepts, delivers, gateway series
			for range rounds {
				if err := accepts.through(p, units, size, conns, each, func(string) (*process, error) { return startFloor(p.floor, p.dir, "", 0) }, false); err != nil {
					return err
				}
				if err := delivers.through(p, units, size, conns, each, func(to string) (*process, error) { return startFloor(p.floor, p.dir, to, workers) }, true); err != nil {
					return err
				}
				if err := gateway.through(p, units, size, conns, each, func(to string) (*process, error) { return serveMany(p, units, to, false) }, true); err != nil {
					return err
				}
			}
			a, d, g := measure.Median(accepts.rates), measure.Median(delivers.rates), measure.Median(gateway.rates)
			dc, gc := measure.Median(delivers.cpu), measure.Median(gateway.cpu)
			fmt.Printf("%6d %8s %14.0f %14.0f %12.0f %10.2f %10.2f %12.0f %10.0f %8.2f\n", units, kilobytes(size), a, d, g,
				measure.Ratio(g, a), measure.Ratio(g, d), dc, gc, measure.Ratio(gc, dc))
			later = append(later, late{units, size, g / 2})
			if smoke {
				break // one row of each size
			}
		}
	}
	fmt.Printf("\nat half of that rate, timed from when each was due; the receiver has it: it has answered\n")
	fmt.Printf("%6s %8s %10s %12s %12s %14s %14s %12s\n", "units", "size", "asked/s", "due → 202", "p99", "due → has it", "p99", "CPU µs")
	for _, l := range later {
		if err := atHalf(p, l.units, l.size, l.rate, each); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

func kilobytes(size int) string { return fmt.Sprintf("%d KB", size/1000) }

// through adds one round: posts for a while, and where it is to arrive, waits
// until all has; the time is then that of the whole.
func (s *series) through(p programs, units, size, conns int, each time.Duration, start func(to string) (*process, error), arrives bool) error {
	local := openReceiver()
	defer local.Close()
	g, err := start(local.URL)
	if err != nil {
		return err
	}
	defer g.stop()
	before, began := g.cpu(), time.Now()
	got, err := push(g.public, lettersTo(units, size), conns, each)
	if err != nil {
		return err
	}
	if arrives {
		if !local.drained(got.n, settles) {
			return fmt.Errorf("%d of %d arrived within %v", local.n.Load(), got.n, settles)
		}
		got.long = time.Since(began)
	}
	s.add(got, g.cpu()-before)
	return nil
}

// atHalf prints one row of latencies.
func atHalf(p programs, units, size int, rate float64, each time.Duration) error {
	local := openReceiver()
	defer local.Close()
	g, err := serveMany(p, units, local.URL, false)
	if err != nil {
		return err
	}
	defer g.stop()
	before := g.cpu()
	got, err := steady(g.public, lettersTo(units, size), rate, each, local.expect)
	if err != nil {
		return err
	}
	if !local.drained(got.n, settles) {
		return errors.New("not all that was accepted arrived")
	}
	cpu, took := g.cpu()-before, local.times()
	fmt.Printf("%6d %8s %10.0f %12v %12v %14v %14v %12.0f\n", units, kilobytes(size), rate, measure.At(got.took, 50), measure.At(got.took, 99),
		measure.At(took, 50), measure.At(took, 99), measure.Each(cpu, got.n))
	return nil
}
