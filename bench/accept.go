package main

import (
	"fmt"
	"path/filepath"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
)

// connections are the numbers of senders that are measured.
var connections = []int{1, 16, 64, 256}

// series are the rounds of one program.
type series struct {
	rates, cpu []float64 // a second; µs a message
	p50, p99   []time.Duration
}

func (s *series) add(p pushed, cpu time.Duration) {
	s.rates = append(s.rates, p.rate())
	s.cpu = append(s.cpu, measure.Each(cpu, p.n))
	s.p50 = append(s.p50, measure.At(p.took, 50))
	s.p99 = append(s.p99, measure.At(p.took, 99))
}

// acceptance measures durable acceptance, deliveries paused, beside the floor
// program without its workers, both asked by the same code; bbolt alone is a bare
// loop in this process, without HTTP.
func acceptance(p programs, each time.Duration, rounds int, smoke bool) error {
	fmt.Printf("accepted and durable, messages a second (2.3 KB; gateway: signature off, validated, deduplicated, logged, deliveries paused; floor: JSON decoded, stored)\n")
	fmt.Printf("%6s %12s %12s %12s %8s %10s %10s %10s %10s %12s %12s %8s\n", "conns", "bbolt alone", "floor", "gateway", "ratio",
		"floor p50", "floor p99", "p50", "p99", "floor CPU µs", "CPU µs", "ratio")
	for _, c := range connections {
		if smoke && c > 16 {
			fmt.Printf("%6d not in --smoke\n", c)
			continue
		}
		var floor, gateway series
		var alone []float64
		var update []time.Duration
		for range rounds {
			rate, p50, err := boltFloor(p.dir, c, each)
			if err != nil {
				return err
			}
			alone, update = append(alone, rate), append(update, p50)
			if err := floor.acceptedBy(func() (*process, error) { return startFloor(p.floor, p.dir, "", 0) }, c, each); err != nil {
				return err
			}
			if err := gateway.acceptedBy(func() (*process, error) { return paused(p) }, c, each); err != nil {
				return err
			}
		}
		f, g := measure.Median(floor.rates), measure.Median(gateway.rates)
		fc, gc := measure.Median(floor.cpu), measure.Median(gateway.cpu)
		fmt.Printf("%6d %12.0f %12.0f %12.0f %8.2f %10v %10v %10v %10v %12.0f %12.0f %8.2f\n", c, measure.Median(alone), f, g, measure.Ratio(g, f),
			measure.Median(floor.p50), measure.Median(floor.p99), measure.Median(gateway.p50), measure.Median(gateway.p99), fc, gc, measure.Ratio(gc, fc))
		if c == 1 {
			fmt.Printf("%6s one bare bbolt Update: p50 %v; accepted ÷ that: %.2f (the floor's Batch waits up to 1 ms for others)\n", "",
				measure.Round(measure.Median(update)), measure.Ratio(float64(measure.Median(gateway.p50)), float64(measure.Median(update))))
		}
	}
	fmt.Println()
	return nil
}

// paused is a gateway that only accepts.
func paused(p programs) (*process, error) {
	return serveMany(p, 1, "http://127.0.0.1:1", true)
}

// serveMany starts a gateway of so many units on an empty store, all of them
// delivering to one receiver; logged as it ships.
func serveMany(p programs, units int, local string, pause bool) (*process, error) {
	dir := filepath.Join(p.dir, "gw")
	var entries []string
	for i := range units {
		entries = append(entries, unitEntry(unitCode(i), fmt.Sprintf(`settings: {url: "%s"}`, local)))
	}
	if err := emptied(dir); err != nil {
		return nil, err
	}
	files := usual()
	files["packs/bench/mappings/case.delegated.yaml"], files["packs/bench/schemas/delegated.json"] = bigMapping, bigSchema
	g, err := serveUnits(p.gateway, dir, files, entries, "info")
	if err != nil {
		return nil, err
	}
	for i := range units {
		if pause {
			if err := g.actOn(unitCode(i), "pause"); err != nil {
				g.stop()
				return nil, err
			}
		}
	}
	return g, nil
}

func unitCode(i int) string { return fmt.Sprintf("%d", 990000+i) }

func lettersTo(units, size int) (out []*letter.Letter) {
	for i := range units {
		out = append(out, letter.New(unitCode(i), size))
	}
	return out
}

// acceptedBy adds one round of a fresh program.
func (s *series) acceptedBy(start func() (*process, error), conns int, each time.Duration) error {
	p, err := start()
	if err != nil {
		return err
	}
	defer p.stop()
	before := p.cpu()
	got, err := push(p.public, lettersTo(1, letter.Small), conns, each)
	if err != nil {
		return err
	}
	s.add(got, p.cpu()-before)
	return nil
}
