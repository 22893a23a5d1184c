package sim

import (
	"slices"
	"time"

	"duijie/schemas"
)

// Report is what a play came to; the members are those that `duijie demo --once`
// prints. Lost and Duplicates come from the simulators' books alone.
type Report struct {
	Accepted   int                   `json:"accepted"` // messages that the gateway gave its word for, both ways
	Acked      int                   `json:"acked"`    // by the gateway's own account
	Held       int                   `json:"held"`     // likewise
	Lost       int                   `json:"lost"`
	Duplicates int                   `json:"duplicates"`
	Flows      map[string]FlowReport `json:"flows"`
	Units      map[string]UnitReport `json:"units"`
	P50ms      float64               `json:"p50ms"` // from the gateway's word to the taking
	P99ms      float64               `json:"p99ms"`
	Rate       float64               `json:"rate"` // messages taken a second
	// Unfinished counts cases that did not run to their end; Refused messages
	// that the gateway refused; Stalled says that the play gave up waiting.
	Unfinished int  `json:"-"`
	Refused    int  `json:"-"`
	Stalled    bool `json:"-"`
}

// FlowReport is one flow: F1, F2, ….
type FlowReport struct {
	Sent  int `json:"sent"`
	Taken int `json:"taken"`
}

// UnitReport is one docking unit.
type UnitReport struct {
	Kind       string `json:"kind"`
	Cases      int    `json:"cases"`
	Sent       int    `json:"sent"`
	Taken      int    `json:"taken"`
	Lost       int    `json:"lost"`
	Duplicates int    `json:"duplicates"`
	Repeats    int    `json:"repeats"` // harmless: the same message under the same key again
	Disordered int    `json:"disordered"`
}

// Well tells whether nothing was lost or doubled and every case ran to its end.
func (r Report) Well() bool {
	return r.Lost == 0 && r.Duplicates == 0 && r.Unfinished == 0 && r.Refused == 0 && !r.Stalled
}

// report holds the books of both sides against each other.
func (p *play) report(elapsed time.Duration) Report {
	r := Report{Flows: map[string]FlowReport{}, Units: map[string]UnitReport{}}
	var waits []time.Duration
	up, down := p.o.National.Book().All(), p.sentDown()
	for _, l := range p.o.Locals {
		u := UnitReport{Kind: l.Kind(), Cases: p.cases[l.Unit()]}
		sentDown := ofUnit(down, func(s Sent) string { return s.Unit }, l.Unit())
		takenUp := ofUnit(up, func(t Taken) string { return t.Unit }, l.Unit())
		for _, way := range []struct {
			sent  []Sent
			taken []Taken
		}{{sentDown, l.Book().All()}, {l.Ledger().All(), takenUp}} {
			c := Compare(way.sent, way.taken)
			u.Sent += c.Accepted
			u.Taken += len(c.Waits)
			u.Lost += len(c.Lost)
			u.Duplicates += len(c.Duplicates)
			u.Disordered += c.Disordered
			waits = append(waits, c.Waits...)
			r.flows(way.sent, way.taken)
			for _, t := range way.taken {
				u.Repeats += t.Times - 1
			}
			for _, s := range way.sent {
				if s.Refused != "" {
					r.Refused++
				}
			}
		}
		r.Units[l.Unit()] = u
		r.Accepted += u.Sent
		r.Lost += u.Lost
		r.Duplicates += u.Duplicates
	}
	for _, s := range p.o.National.Ledger().All() {
		if s.Type == "test.ping" && !s.Accepted.IsZero() {
			r.Accepted++
		}
	}
	if len(p.pings) > 0 {
		r.Flows["F24"] = FlowReport{Sent: len(p.pings), Taken: len(p.pings) - p.unechoed()}
	}
	slices.Sort(waits)
	r.P50ms, r.P99ms = Percentile(waits, 50), Percentile(waits, 99)
	if elapsed > 0 {
		r.Rate = float64(int(float64(len(waits))/elapsed.Seconds()*10)) / 10
	}
	r.Unfinished = p.unfinished() + p.unechoed()
	return r
}

// flows counts by flow what was accepted of sent, and what arrived of it.
func (r *Report) flows(sent []Sent, taken []Taken) {
	here := map[string]bool{}
	for _, t := range taken {
		here[t.Key] = true
	}
	for _, s := range sent {
		if s.Accepted.IsZero() {
			continue
		}
		flow, _ := schemas.Lookup(s.Type)
		f := r.Flows[flow.Flow]
		f.Sent++
		if here[s.Key] {
			f.Taken++
		}
		r.Flows[flow.Flow] = f
	}
}

// Percentile is the p-th percentile of sorted times, in milliseconds with one
// decimal; 0 without any.
func Percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := min((len(sorted)*p+99)/100, len(sorted)) - 1
	return float64(sorted[max(i, 0)].Round(100*time.Microsecond)) / float64(time.Millisecond)
}
