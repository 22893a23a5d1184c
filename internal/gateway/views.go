package gateway

import (
	"context"
	"errors"
	"time"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

// Delivery is one delivery by its receipt.
func (g *Gateway) Delivery(receipt string) (queue.Delivery, error) {
	d, err := g.store.Get(receipt)
	if err != nil {
		return d, notFound(err)
	}
	return d, nil
}

// DeliveryByID is one delivery by its sender's key.
func (g *Gateway) DeliveryByID(source, id string) (queue.Delivery, error) {
	d, ok := g.store.FindID(source, id)
	if !ok {
		return d, &problem.Problem{Code: "not-found"}
	}
	return g.Delivery(d.Receipt)
}

// Deliveries lists; the cursor is for the next page, 0 where there is none.
func (g *Gateway) Deliveries(f queue.Filter) ([]queue.Delivery, uint64, error) {
	ds, next, err := g.store.List(f)
	if err != nil {
		return nil, 0, storeProblem(err)
	}
	return ds, next, nil
}

// Payload is the message as its sender gave it.
func (g *Gateway) Payload(receipt string) ([]byte, error) {
	b, err := g.store.Payload(receipt)
	if err != nil {
		return nil, notFound(err)
	}
	return b, nil
}

// Masked is the payload with its sensitive values masked; a local document, whose
// form the national schemas do not know, is masked whole.
func (g *Gateway) Masked(d queue.Delivery) ([]byte, error) {
	b, err := g.Payload(d.Receipt)
	if err != nil {
		return nil, err
	}
	if d.Direction == queue.ToLocal {
		return g.masker.Event(d.Type, b), nil
	}
	messageType := d.Type
	if !d.Native {
		messageType = "" // a local system's own form, which no national schema knows
	}
	return g.masker.Mask(messageType, b), nil
}

// Case is a case by its national, local or court id, with its timeline both ways.
func (g *Gateway) Case(unit, id string) (CaseView, error) {
	c, ok := g.store.CaseOf(unit, id)
	if !ok {
		return CaseView{}, &problem.Problem{Code: "not-found"}
	}
	timeline, err := g.store.Timeline(unit, c.Lane)
	if err != nil {
		return CaseView{}, storeProblem(err)
	}
	return CaseView{Case: c, Timeline: timeline, Deadlines: g.clocksOf(c)}, nil
}

func notFound(err error) error {
	if errors.Is(err, queue.ErrNotFound) {
		return &problem.Problem{Code: "not-found"}
	}
	return storeProblem(err)
}

// Ready is the gateway's readiness: down only where nothing can be accepted.
func (g *Gateway) Ready() Ready {
	r := Ready{Status: "ok", Store: g.store.Health(), Units: map[string]string{}}
	for _, u := range g.Units() {
		r.Units[u.Code] = u.Status
		if u.Status == "trouble" || u.Status == "broken" {
			r.Status = "degraded"
		}
	}
	if r.Store != "ok" {
		r.Status = "down"
	}
	return r
}

// Units are all units as operators see them, in the configuration's order.
func (g *Gateway) Units() []UnitView {
	l := g.setup.Load()
	byUnit := map[string]*UnitView{}
	views := make([]UnitView, len(l.order))
	for i, code := range l.order {
		views[i] = g.unitView(l.units[code])
		byUnit[code] = &views[i]
	}
	for _, c := range g.store.Counts() {
		v := byUnit[c.Unit]
		if v == nil || c.N == 0 {
			continue
		}
		v.Counts[string(c.State)] += c.N
		if c.Direction == queue.ToLocal {
			v.ToLocal[string(c.State)] += c.N
		} else {
			v.ToNational[string(c.State)] += c.N
		}
	}
	return views
}

func (g *Gateway) unitView(u *UnitSpec) UnitView {
	v := UnitView{Code: u.Code, Name: u.Name, FileMode: u.Mode, Status: "ok", Breaker: "closed",
		Counts: map[string]int{}, ToLocal: map[string]int{}, ToNational: map[string]int{}, Types: []string{}, Overdue: map[string]int{}}
	for name := range g.o.Deadlines.Lengths {
		v.Overdue[name] = g.clocks.Load().overdue[u.Code][name]
	}
	mode, since := g.mode(u)
	v.Mode = mode
	if !since.IsZero() {
		v.Since = &since
	}
	if u.Pack != nil {
		v.Pack, v.Version = u.Pack.Name, u.Pack.Version
		if u.Pack.Set != nil {
			v.Types = u.Pack.Set.Types()
		}
	}
	for _, dir := range []queue.Direction{queue.ToLocal, queue.ToNational} {
		key := queue.Target{Unit: u.Code, Direction: dir}
		t := g.target(key)
		if cause, at := t.trouble(); cause != "" {
			v.Status, v.Trouble, v.TroubleAt = "trouble", string(dir)+": "+cause, &at
		}
		if s := t.breaker.State().String(); s != "closed" {
			v.Breaker = s
		}
		at := g.store.Oldest(key)
		if at.IsZero() {
			continue
		}
		if dir == queue.ToLocal {
			v.OldestToLocal = &at
		} else {
			v.OldestToNational = &at
		}
		if v.Oldest == nil || at.Before(*v.Oldest) {
			v.Oldest = &at
		}
	}
	if t := g.sourceTrouble(u.Code); t.cause != "" && v.Status == "ok" {
		v.Status, v.Trouble, v.TroubleAt = "trouble", "source: "+t.cause, &t.at
	}
	if s, ok := g.store.Unit(u.Code); ok && s.Paused {
		v.Status = "paused"
	}
	if u.Pack == nil || u.Stale {
		v.Status = "broken"
	}
	return v
}

// Reconcile streams what the caller's units accepted from him, oldest first;
// next is the cursor where there is more, 0 at the end.
func (g *Gateway) Reconcile(c Caller, unit string, since, until time.Time, after uint64, limit int, each func(queue.Delivery) error) (next uint64, err error) {
	f := queue.Filter{Since: since, Until: until, After: after, Oldest: true, Limit: 500}
	if unit != "" {
		if !c.Sees(unit) {
			return 0, &problem.Problem{Code: "not-found"}
		}
		f.Units = []string{unit}
	}
	sent, last := 0, uint64(0)
	for {
		ds, more, err := g.store.List(f)
		if err != nil {
			return 0, storeProblem(err)
		}
		for _, d := range ds {
			if !c.Sees(d.Unit) || !g.sentBy(c, d) {
				continue
			}
			if limit > 0 && sent == limit {
				return last, nil
			}
			if err := each(d); err != nil {
				return 0, err
			}
			sent, last = sent+1, d.Seq
		}
		if more == 0 {
			return 0, nil
		}
		f.After = more
	}
}

// sentBy: reconciling is about the sender's own messages.
func (g *Gateway) sentBy(c Caller, d queue.Delivery) bool {
	if !c.Unsigned {
		return d.Source == c.Name
	}
	s := g.setup.Load().senders[d.Source]
	return s != nil && s.Verify == nil
}

// Reload takes new packs and units, as a whole or not at all; dry, it tells what
// would change.
func (g *Gateway) Reload(ctx context.Context, op Operator, dryRun bool) (Reload, error) {
	if g.o.Reload == nil {
		return Reload{}, &problem.Problem{Code: "not-found"}
	}
	setup, findings, err := g.o.Reload(ctx)
	out := Reload{Findings: findings}
	if out.Findings == nil {
		out.Findings = []Finding{}
	}
	if err != nil {
		g.log.Warn("reload refused", "findings", len(findings), "error", err)
		return out, nil
	}
	if dryRun {
		out.HeldPass, out.QueuedDiffer = g.preview(setup)
		return out, nil
	}
	if err := g.audit(op, "reload", "", ""); err != nil {
		return out, err
	}
	g.install(setup)
	out.Applied = true
	g.log.Info("reloaded", "units", len(setup.Units))
	return out, nil
}

// previewMost bounds how many deliveries a dry reload translates.
const previewMost = 10_000

// preview translates what is held for its mapping and what is queued with the new packs.
func (g *Gateway) preview(s Setup) (heldPass, queuedDiffer int) {
	for i := range s.Units {
		u := &s.Units[i]
		old := g.unit(u.Code)
		if u.Pack == nil {
			continue
		}
		g.eachOf(u.Code, queue.Held, "mapping", func(d queue.Delivery) {
			if _, bad := g.render(u, u.Pack, d); bad == nil {
				heldPass++
			}
		})
		if old == nil || old.Pack == nil || old.Pack.Version == u.Pack.Version {
			continue
		}
		g.eachOf(u.Code, queue.Queued, "", func(d queue.Delivery) {
			a, badA := g.render(old, old.Pack, d)
			b, badB := g.render(u, u.Pack, d)
			if (badA == nil) != (badB == nil) || string(a.document) != string(b.document) {
				queuedDiffer++
			}
		})
	}
	return heldPass, queuedDiffer
}

func (g *Gateway) eachOf(unit string, state queue.State, reason string, do func(queue.Delivery)) {
	f := queue.Filter{Units: []string{unit}, State: state, Reason: reason, Oldest: true, Limit: 500}
	for n := 0; n < previewMost; {
		ds, next, err := g.store.List(f)
		if err != nil {
			return
		}
		for _, d := range ds {
			payload, err := g.store.Payload(d.Receipt)
			if err != nil {
				continue
			}
			d.Payload = payload
			do(d)
		}
		n += len(ds)
		if next == 0 {
			return
		}
		f.After = next
	}
}

// StoreBytes is the store's size on disk.
func (g *Gateway) StoreBytes() int64 { return g.store.Size() }
