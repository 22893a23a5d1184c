package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
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

// served starts the built program on the store and measures it.
func served(p programs, dir, path string, o options) error {
	r := openRegion()
	defer r.close()
	files := usual()
	files["packs/bench/mappings/case.materials.requested.yaml"] = nextMapping
	files["packs/bench/schemas/requested.json"] = `{"type":"object","properties":{"wbbh":{"type":"string"},"bh":{"type":"string"}}}`
	serve := func() (*process, error) {
		return serveUnits(p.gateway, dir, files, r.entries(o.backlog.units), "info")
	}
	g, err := serve()
	if err != nil {
		return err
	}
	warm := g.ready
	g.stop()
	if err := forgotten(path); err != nil {
		return err
	}
	if g, err = serve(); err != nil {
		return err
	}
	defer g.stop()
	fmt.Printf("the program on this store: ready after %v (file in the page cache), %v (not there); aim < 2 s\n", measure.Round(warm), measure.Round(g.ready))
	fmt.Printf("resident, started: %v; aim < 200 MiB\n\n", measure.Resident(g.pid()))
	if err := admin(g, "at rest, all units paused", o); err != nil {
		return err
	}
	if err := dead(g, r, o); err != nil {
		return err
	}
	return workedOff(g, r, o)
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
func dead(g *process, r *region, o options) error {
	others := func(verb string) error {
		for i := 1; i < o.backlog.units; i++ {
			if err := g.actOn(unitCode(i), verb); err != nil {
				return err
			}
		}
		return nil
	}
	if err := g.actOn(live, "resume"); err != nil {
		return err
	}
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
		return others("resume")
	}
	a, b := measure.Median(alone), measure.Median(beside)
	fmt.Printf("the live unit, delivered a second: alone %.0f (CPU %.0f µs each), beside %d dead ones %.0f (%.0f µs): %.2f\n\n", a, measure.Median(aloneCPU),
		o.backlog.units-1, b, measure.Median(besideCPU), measure.Ratio(b, a))
	return others("resume")
}

// workedOff lets those that hung come back, and looks at memory and pages meanwhile.
func workedOff(g *process, r *region, o options) error {
	close(r.back)
	before, cpu, began := r.n.Load()+r.late.Load(), g.cpu(), time.Now()
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
