package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"duijie/internal/event"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// Rehearsal (演练) is what became of the copies of messages that a resident or
// parallel unit with `shadow: true` was refused: translated with the pack in
// force, checked against the local schema, delivered to nobody.
type Rehearsal struct {
	Messages   int             `json:"messages"`
	Translated int             `json:"translated"`
	Failed     int             `json:"failed"`
	ByType     []RehearsedType `json:"byType"` // by name
}

// RehearsedType is a rehearsal's part of one message type.
type RehearsedType struct {
	Type       string           `json:"type"`
	Messages   int              `json:"messages"`
	Translated int              `json:"translated"`
	Errors     []RehearsedError `json:"errors"` // the most frequent first
}

// RehearsedError counts one error: its code, and the rule FILE:LINE where it is the mapping's.
type RehearsedError struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
	Rule  string `json:"rule"`
}

// rehearsals are the counts of all units. They are small and kept in the store
// every few seconds: a crash loses the last of them, and no message.
type rehearsals struct {
	mu     sync.Mutex // guards all below
	byUnit map[string]*tally
	dirty  map[string]bool
}

// tally counts what one pack's version made of the copies.
type tally struct {
	Version string                `json:"version"`
	Types   map[string]*typeTally `json:"types"`
}

type typeTally struct {
	Messages, Translated int
	Errors               map[string]map[string]int // code → rule → number
}

func shadowKey(unit string) string { return "shadow/" + unit }

// of gives a unit's counts for the pack in force; those of an older pack are over.
func (r *rehearsals) of(store queue.Browser, u *UnitSpec) *tally {
	if r.byUnit == nil {
		r.byUnit, r.dirty = map[string]*tally{}, map[string]bool{}
	}
	t := r.byUnit[u.Code]
	if t == nil {
		t = &tally{}
		if b := store.Meta(shadowKey(u.Code)); b != nil && json.Unmarshal(b, t) != nil {
			t = &tally{}
		}
	}
	if t.Version != u.Pack.Version || t.Types == nil {
		t = &tally{Version: u.Pack.Version, Types: map[string]*typeTally{}}
	}
	r.byUnit[u.Code] = t
	return t
}

// rehearses tells that a refused case message of the unit is tried out.
func (u *UnitSpec) rehearses() bool { return u.Shadow && u.Pack != nil && u.Pack.Set != nil }

// rehearse tries a refused message out; the receipt names it in the answer and the log.
func (g *Gateway) rehearse(u *UnitSpec, d queue.Delivery) (receipt string) {
	d.Receipt = newReceipt()
	errs := map[[2]string]int{}
	switch {
	case !g.takes(u, d.Type):
		errs[[2]string{"unsupported-type", ""}]++
	case d.Direction == queue.ToNational || mapsType(u, d.Type):
		if _, bad := g.render(u, u.Pack, d); bad != nil && bad.missingIDs(d.Direction) == nil {
			for _, e := range bad.errs {
				errs[[2]string{e.Code, e.Rule}]++
			}
			if len(bad.errs) == 0 {
				errs[[2]string{"schema", ""}]++
			}
		}
	}
	g.rehearsed.mu.Lock()
	defer g.rehearsed.mu.Unlock()
	t := g.rehearsed.of(g.store, u)
	of := t.Types[d.Type]
	if of == nil {
		of = &typeTally{Errors: map[string]map[string]int{}}
		t.Types[d.Type] = of
	}
	of.Messages++
	if len(errs) == 0 {
		of.Translated++
	}
	for e := range errs { // once a message, however often it has it
		if of.Errors[e[0]] == nil {
			of.Errors[e[0]] = map[string]int{}
		}
		of.Errors[e[0]][e[1]]++
	}
	g.rehearsed.dirty[u.Code] = true
	g.log.Info("rehearsed", "unit", u.Code, "direction", d.Direction, "type", d.Type, "receipt", d.Receipt, "errors", len(errs))
	return d.Receipt
}

// rehearseDown tries a refused event out; what breaks the national schema is the
// platform's fault and counted as such.
func (g *Gateway) rehearseDown(e *event.Event, u *UnitSpec, now time.Time) string {
	d := queue.Delivery{Message: queue.Message{Key: event.Key(e.Unit, e.Source, e.ID), Direction: queue.ToLocal, Unit: e.Unit,
		Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject, Lane: "n:" + e.Subject, Time: e.Time, AcceptedAt: now, Payload: e.Raw}}
	return g.rehearse(u, d)
}

// keepRehearsals writes what was counted since the last time.
func (g *Gateway) keepRehearsals(ctx context.Context) {
	g.rehearsed.mu.Lock()
	out := map[string][]byte{}
	for unit := range g.rehearsed.dirty {
		b, err := json.Marshal(g.rehearsed.byUnit[unit])
		if err == nil {
			out[unit] = b
		}
	}
	clear(g.rehearsed.dirty)
	g.rehearsed.mu.Unlock()
	for unit, b := range out {
		if err := g.store.SetMeta(ctx, shadowKey(unit), b); err != nil {
			g.rehearsed.mu.Lock()
			g.rehearsed.dirty[unit] = true
			g.rehearsed.mu.Unlock()
		}
	}
}

// Rehearsal reports a unit's rehearsal with the pack in force.
func (g *Gateway) Rehearsal(unit string) (Rehearsal, error) {
	u := g.unit(unit)
	if u == nil {
		return Rehearsal{}, &problem.Problem{Code: "unknown-unit"}
	}
	r := Rehearsal{ByType: []RehearsedType{}}
	if u.Pack == nil {
		return r, nil
	}
	g.rehearsed.mu.Lock()
	defer g.rehearsed.mu.Unlock()
	t := g.rehearsed.of(g.store, u)
	for _, name := range slices.Sorted(maps.Keys(t.Types)) {
		of := t.Types[name]
		one := RehearsedType{Type: name, Messages: of.Messages, Translated: of.Translated, Errors: []RehearsedError{}}
		for code, rules := range of.Errors {
			for rule, n := range rules {
				one.Errors = append(one.Errors, RehearsedError{Code: code, Count: n, Rule: rule})
			}
		}
		slices.SortFunc(one.Errors, func(a, b RehearsedError) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Code, b.Code))
		})
		r.Messages += one.Messages
		r.Translated += one.Translated
		r.ByType = append(r.ByType, one)
	}
	r.Failed = r.Messages - r.Translated
	return r, nil
}
