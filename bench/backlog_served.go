package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"duijie/bench/measure"
)

const nextMapping = `mapping: case.materials.requested
local: requested
direction: to-local
rules:
  - {nat: caseNo, loc: wbbh}
  - {nat: requestNo, loc: bh}
  - {nat: "*", drop: to-local, why: not measured here}
`

// region is the units' local systems: one that lives, and dead ones, of which
// half refuse the connection and half take it and never answer.
type region struct {
	closed  string // nobody listens there
	alive   *httptest.Server
	hanging *httptest.Server
	n, late atomic.Uint64 // what the live one took, what those that hung took once they came back
	back    chan struct{} // closed: those that hang answer
}

func openRegion() *region {
	r := &region{back: make(chan struct{}), closed: free()}
	r.alive = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		r.n.Add(1)
		fmt.Fprint(w, `{"ok":true}`)
	}))
	r.hanging = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		select {
		case <-r.back:
			r.late.Add(1)
			fmt.Fprint(w, `{"ok":true}`)
		case <-req.Context().Done():
		}
	}))
	return r
}

func (r *region) close() {
	select {
	case <-r.back:
	default:
		close(r.back)
	}
	r.alive.Close()
	r.hanging.CloseClientConnections()
	r.hanging.Close()
}

// entries are the units' lines of the configuration.
func (r *region) entries(units int) (out []string) {
	for i := range units {
		url := r.alive.URL
		switch {
		case i == 0:
		case i%2 == 0:
			url = "http://" + r.closed
		default:
			url = r.hanging.URL
		}
		out = append(out, unitEntry(unitCode(i), fmt.Sprintf(`settings: {url: "%s"}`, url)))
	}
	return out
}

// served starts the built program on the store and measures it, with a breaker
// a unit as the packs have it that come with the program; what dead units do
// without one is measured too.
func served(p programs, dir, path string, o options) error {
	r := openRegion()
	defer r.close()
	serve := func(breaker string) (*process, error) {
		files := usual()
		files["packs/bench/pack.yaml"] = strings.Replace(packYAML, "concurrency: 32, timeout: 5s", "concurrency: 8, timeout: 5s"+breaker, 1)
		files["packs/bench/mappings/case.materials.requested.yaml"] = nextMapping
		files["packs/bench/schemas/requested.json"] = `{"type":"object","properties":{"wbbh":{"type":"string"},"bh":{"type":"string"}}}`
		return serveUnits(p.gateway, dir, files, r.entries(o.backlog.units), "info")
	}
	const breaker = ", breaker: {failures: 10, open: 30s}"
	g, err := serve(breaker)
	if err != nil {
		return err
	}
	warm := g.ready
	g.stop()
	if err := forgotten(path); err != nil {
		return err
	}
	steps := []struct {
		breaker string
		do      func(g *process) error
	}{
		{breaker, func(g *process) error {
			fmt.Printf("the program on this store: ready after %v (file in the page cache), %v (not there); aim < 2 s\n", measure.Round(warm), measure.Round(g.ready))
			fmt.Printf("resident, at rest: %v; aim < 200 MiB\n\n", measure.Resident(g.pid()))
			return admin(g, "at rest, all units paused", o)
		}},
		{breaker, func(g *process) error { return dead(g, r, "breakers after 10 failures", o) }},
		{"", func(g *process) error { return dead(g, r, "without breakers", o) }},
		{breaker, func(g *process) error { return workedOff(g, r, o) }},
	}
	for _, s := range steps {
		if o.smoke && s.breaker == "" {
			continue
		}
		g, err := serve(s.breaker)
		if err != nil {
			return err
		}
		ready := measure.Resident(g.pid())
		long, used := calm(g)
		fmt.Printf("started: resident %v; at rest after %v, which took %v of processor time\n", ready, measure.Round(long), measure.Round(used))
		err = s.do(g)
		g.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// calm waits until a program that was started has done what it does first, which
// is when it uses less than a twentieth of a processor; a minute and a half at most.
func calm(g *process) (long, used time.Duration) {
	const look = 500 * time.Millisecond
	began := time.Now()
	for before := g.cpu(); time.Since(began) < 90*time.Second; before = g.cpu() {
		time.Sleep(look)
		if g.cpu()-before < look/20 {
			break
		}
	}
	return time.Since(began), g.cpu()
}

// forgotten has the system drop a file's pages, so that the next start reads the disk.
func forgotten(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// dead measures what the live unit is delivered alone, and beside the dead ones.
func dead(g *process, r *region, how string, o options) error {
	others := func(verb string) error { return actOnAll(g, 1, o.backlog.units, verb) }
	if err := g.actOn(live, "resume"); err != nil {
		return err
	}
	defer g.actOn(live, "pause") // or the next program would begin with it
	window := func() (float64, float64) {
		time.Sleep(o.each / 2)
		before, cpu, began := r.n.Load(), g.cpu(), time.Now()
		time.Sleep(o.each)
		n := r.n.Load() - before
		return float64(n) / time.Since(began).Seconds(), measure.Each(g.cpu()-cpu, n)
	}
	var alone, beside, aloneCPU, besideCPU []float64
	for range o.rounds {
		rate, cpu := window()
		alone, aloneCPU = append(alone, rate), append(aloneCPU, cpu)
		if err := others("resume"); err != nil {
			return err
		}
		rate, cpu = window()
		beside, besideCPU = append(beside, rate), append(besideCPU, cpu)
		if err := others("pause"); err != nil {
			return err
		}
	}
	if n, err := g.waiting(live); err != nil || n == 0 {
		fmt.Printf("the live unit ran out of deliveries before the end (%v): a larger backlog, or a shorter -each\n\n", err)
		return nil
	}
	a, b := measure.Median(alone), measure.Median(beside)
	fmt.Printf("the live unit, 8 at a time, delivered a second: alone %.0f (CPU %.0f µs each), beside %d dead ones %.0f (%.0f µs): %.2f; %s\n\n",
		a, measure.Median(aloneCPU), o.backlog.units-1, b, measure.Median(besideCPU), measure.Ratio(b, a), how)
	return nil
}

func actOnAll(g *process, from, units int, verb string) error {
	for i := from; i < units; i++ {
		if err := g.actOn(unitCode(i), verb); err != nil {
			return err
		}
	}
	return nil
}

// workedOff lets those that hung come back, and looks at memory and pages meanwhile.
func workedOff(g *process, r *region, o options) error {
	close(r.back)
	if err := actOnAll(g, 0, o.backlog.units, "resume"); err != nil {
		return err
	}
	before, cpu, began := r.n.Load()+r.late.Load(), g.cpu(), time.Now()
	time.Sleep(min(o.backlog.claims/10, 5*time.Second))
	fmt.Printf("resident while the backlog is worked off, before any page is asked for: %v\n", measure.Resident(g.pid()))
	if err := admin(g, "while the backlog is worked off", o); err != nil {
		return err
	}
	if rest := o.backlog.claims - time.Since(began); rest > 0 {
		time.Sleep(rest)
	}
	n := r.n.Load() + r.late.Load() - before
	fmt.Printf("worked off: %d in %v, %.0f a second, CPU %.0f µs each; resident then: %v; aim < 200 MiB\n\n", n, measure.Round(time.Since(began)),
		float64(n)/time.Since(began).Seconds(), measure.Each(g.cpu()-cpu, n), measure.Resident(g.pid()))
	states, err := whole(http.Get("http://" + g.admin + "/admin/v1/units"))
	if err != nil {
		return err
	}
	return onlyQueuedAndAcked(states)
}
