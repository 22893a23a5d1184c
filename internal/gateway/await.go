package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"duijie/adapter"
	"duijie/internal/queue"
)

// acknowledge settles a delivery from outside its own answer (callback, confirm,
// receipt), in whatever open state it finds it, and stops what is under way.
// After acked or cancelled it changes nothing and is recorded.
func (g *Gateway) acknowledge(ctx context.Context, unit string, late adapter.Late) error {
	d, ok := g.correlate(unit, late.Correlate)
	if !ok && late.Correlate != "" {
		g.early.keep(unit, late, g.now())
		d, ok = g.correlate(unit, late.Correlate) // named in the meantime?
	}
	if !ok {
		return adapter.ErrUnknownReference
	}
	return g.settleFromOutside(ctx, d, late)
}

// heardEarly settles a delivery that just learned its reference by what was called
// back under it before.
func (g *Gateway) heardEarly(ctx context.Context, d queue.Delivery, ref string) {
	if d.Direction != queue.ToLocal {
		return
	}
	ctx = context.WithoutCancel(ctx) // settling cuts what is under way: here, what just ended
	for _, late := range g.early.take(d.Unit, ref, g.now()) {
		if err := g.settleFromOutside(ctx, d, late); err != nil {
			g.log.Error("settle by an early callback", "receipt", d.Receipt, "error", err)
		}
	}
}

func (g *Gateway) settleFromOutside(ctx context.Context, d queue.Delivery, late adapter.Late) error {
	act := g.lateAct(d, late)
	acted, err := g.store.Act(ctx, []queue.Act{act})
	if err != nil {
		return storeProblem(err)
	}
	if errors.Is(acted[0].Err, queue.ErrNotFound) {
		return adapter.ErrUnknownReference
	}
	g.settledLate(d, act, acted[0].State)
	return nil
}

// lateAct is the settlement of a delivery from outside its own answer.
func (g *Gateway) lateAct(d queue.Delivery, late adapter.Late) queue.Act {
	now := g.now()
	a := &queue.Attempt{At: now, Outcome: string(adapter.Acknowledged), Code: late.Ack.Code, Status: late.Ack.Status}
	act := queue.Act{Receipt: d.Receipt, Verb: queue.Late, At: now, LocalRef: late.Ack.LocalRef, TeachLocal: teaches(d, late.Ack.LocalRef), Attempt: a, Refused: late.Refused}
	if late.Refused {
		a.Outcome, a.Code, a.Detail = string(adapter.Refused), late.Code, late.Detail
		act.Reason = queue.Reason{Code: "refused", Detail: "refused by the receiver, later"}
		if late.HoldReason != "" {
			act.Reason = queue.Reason{Code: late.HoldReason, Detail: "found while its acknowledgement was awaited"}
		}
	} else {
		act.Also = func(d *queue.Delivery) []queue.NewMessage {
			if d.Notified {
				return []queue.NewMessage{g.report(*d, "acked", "", now)}
			}
			return nil
		}
	}
	return act
}

// settledLate stops what is under way and tells of the settlement.
func (g *Gateway) settledLate(d queue.Delivery, act queue.Act, now queue.State) {
	g.cut(d.Receipt)
	poke(g.wake)
	g.o.Metrics.Attempt(d.Unit, string(d.Direction), act.Attempt.Outcome)
	level, what := slog.LevelInfo, "acknowledged from outside"
	if act.Refused && now.Final() {
		level, what = slog.LevelError, "refused after it had ended"
	}
	g.log.Log(context.Background(), level, what, "unit", d.Unit, "type", d.Type, "receipt", d.Receipt, "outcome", act.Attempt.Outcome, "state", now)
}

// correlate finds a unit's downward delivery by what await named, key or receipt.
// A sending that is under way goes before one that has ended: of a message that was
// sent again, the acknowledgement may come while the second is still on its way, and
// only the first has learned the reference.
func (g *Gateway) correlate(unit, ref string) (queue.Delivery, bool) {
	d, ok := g.store.FindAwait(unit, ref)
	if !ok {
		d, ok = g.store.FindKey(ref)
	}
	if !ok {
		var err error
		d, err = g.store.Get(ref)
		ok = err == nil
	}
	if !ok || d.Unit != unit || d.Direction != queue.ToLocal {
		return queue.Delivery{}, false
	}
	if other, found := g.store.FindKey(d.Key); found && !d.UnderWay() && other.UnderWay() {
		return other, true
	}
	return d, true
}

// Overdue acknowledgements are read in pages; one round looks after so many, and
// passes over so many that nobody can look after now, at most.
const (
	overdueAtOnce = 200
	lookedAfter   = 50
	passedOver    = 5000
	lookersAtOnce = 16 // receivers that do not answer keep the others waiting for one timeout, not for theirs in turn
)

// lookAfterAwaiting looks after acknowledgements that did not come in time, from
// behind a place on, and gives the place for the next round: what a paused unit
// leaves overdue keeps nobody else's waiting.
func (g *Gateway) lookAfterAwaiting(ctx context.Context, after queue.Due) (next queue.Due) {
	looked, passed, now := 0, 0, g.now()
	again := map[string]bool{} // pull units whose overdue ones were put back
	for looked < lookedAfter && passed < passedOver {
		ds := g.store.AwaitDue(now, after, overdueAtOnce)
		var lookers errgroup.Group
		lookers.SetLimit(lookersAtOnce)
		for _, d := range ds {
			after = queue.Due{At: d.AwaitUntil, Seq: d.Seq}
			u := g.unit(d.Unit)
			switch {
			case u == nil || g.paused(u.Code) || d.Direction == queue.ToLocal && (u.Pack == nil || u.Sink == nil):
				passed++
			case d.Direction == queue.ToLocal && pulled(u) != nil:
				if passed++; !again[u.Code] {
					again[u.Code] = true
					g.offerAgain(ctx, u)
				}
			default:
				looked++
				lookers.Go(func() error { return g.lookAfter(ctx, u, d) })
			}
			if looked >= lookedAfter {
				break
			}
		}
		if lookers.Wait() != nil { // the store refused, and will refuse the next
			return queue.Due{}
		}
		if len(ds) < overdueAtOnce && looked < lookedAfter {
			return queue.Due{}
		}
	}
	return after
}

// lookAfter looks after one. Nothing is sent by itself: the receiver is asked where
// it can be; still there means patience, provably not taken means queued, no way to
// tell means a person. The error is the store's.
func (g *Gateway) lookAfter(ctx context.Context, u *UnitSpec, d queue.Delivery) error {
	act := g.look(ctx, u, d)
	if _, err := g.store.Act(ctx, []queue.Act{act}); err != nil {
		g.log.Error("look after awaiting", "receipt", d.Receipt, "error", err)
		return err
	}
	g.log.Warn("acknowledgement overdue", "unit", d.Unit, "type", d.Type, "receipt", d.Receipt, "then", act.Verb)
	return nil
}

func (g *Gateway) look(ctx context.Context, u *UnitSpec, d queue.Delivery) queue.Act {
	e := g.endOf(u, d)
	now := g.now()
	missing := queue.Act{Receipt: d.Receipt, Verb: queue.Hold, At: now,
		Reason: queue.Reason{Code: "ack-missing", Detail: "the acknowledgement did not come, and nobody can tell whether the receiver still has it"}}
	if r, ok := e.sink.(adapter.Router); ok {
		info, _ := r.RouteInfo(d.Type)
		if info.OnAckTimeout == "retry" && (info.HasProbe || info.Idempotent) {
			return queue.Act{Receipt: d.Receipt, Verb: queue.Requeue, At: now}
		}
	}
	if looker, ok := e.sink.(adapter.Looker); ok && looker.CanLook(d.Type) {
		return lookedAt(ctx, looker, e, d, now, missing)
	}
	if !e.policy.HasProbe {
		return missing
	}
	asking, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	prober := e.sink.(adapter.Prober)
	ack, found, err := prober.Probe(asking, g.message(u, d))
	again := now.Add(max(e.policy.AckTimeout, time.Minute))
	switch {
	case err != nil: // asked again later
		return queue.Act{Receipt: d.Receipt, Verb: queue.Extend, At: now, AwaitUntil: now.Add(time.Minute), Marks: []string{"late-ack"}}
	case found && ack.LocalRef != "":
		return queue.Act{Receipt: d.Receipt, Verb: queue.Late, At: now, LocalRef: ack.LocalRef,
			Attempt: &queue.Attempt{At: now, Outcome: string(adapter.Acknowledged), Status: ack.Status, Probe: true}}
	case found:
		return queue.Act{Receipt: d.Receipt, Verb: queue.Extend, At: now, AwaitUntil: again, Marks: []string{"late-ack"}}
	}
	if counts := d.StateAt.Add(prober.Settle(d.Type)); now.Before(counts) { // the receiver may still be at it
		return queue.Act{Receipt: d.Receipt, Verb: queue.Extend, At: now, AwaitUntil: counts}
	}
	return queue.Act{Receipt: d.Receipt, Verb: queue.Requeue, At: now}
}

// lookedAt asks where the sink left the message: a row, a file.
func lookedAt(ctx context.Context, looker adapter.Looker, e end, d queue.Delivery, now time.Time, missing queue.Act) queue.Act {
	asking, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	sight, err := looker.Look(asking, awaited(d))
	switch {
	case err != nil:
		return queue.Act{Receipt: d.Receipt, Verb: queue.Extend, At: now, AwaitUntil: now.Add(time.Minute), Marks: []string{"late-ack"}}
	case sight == adapter.StillThere:
		return queue.Act{Receipt: d.Receipt, Verb: queue.Extend, At: now, AwaitUntil: now.Add(max(e.policy.AckTimeout, time.Minute)), Marks: []string{"late-ack"}}
	case sight == adapter.NotTaken:
		return queue.Act{Receipt: d.Receipt, Verb: queue.Requeue, At: now}
	}
	return missing
}

func awaited(d queue.Delivery) adapter.Awaited {
	return adapter.Awaited{Receipt: d.Receipt, Key: d.Key, Await: d.AwaitRef, Type: d.Type, Since: d.StateAt}
}
