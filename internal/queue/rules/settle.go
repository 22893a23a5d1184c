package rules

import (
	"strings"
	"time"

	"duijie/internal/queue"
)

// Settle applies an outcome, if its lease is still good.
func (r *Rules) Settle(tx Tx, o queue.Settlement) queue.Settled {
	d := tx.Get(tx.Receipt(o.Receipt))
	if d == nil {
		return queue.Settled{Err: queue.ErrLeaseLost}
	}
	begun, ok := tx.Lease(o.Receipt, o.Lease)
	if !ok || begun != (d.State == queue.Sending) || !begun && d.State != queue.Queued {
		return queue.Settled{Err: queue.ErrLeaseLost}
	}
	tried(d, o, begun)
	r.move(tx, d, o, begun)
	tx.Void(d.Receipt)
	tx.Save(d)
	if o.State == queue.Acked || o.State == queue.Awaiting {
		remember(tx, d)
	}

	var s queue.Settled
	s.Contested = r.learn(tx, d.Unit, o.Pairs, o.At)
	if o.TeachLocal {
		if c := teachLocal(tx, d, o.LocalRef, o.At); c != "" {
			s.Contested = c
		}
	}
	known(tx, d)
	if o.State == queue.Acked {
		confirmed(tx, d, o.At)
	}
	for _, nm := range o.Also {
		r.Put(tx, nm)
	}
	return s
}

// known lets a delivery go on at once where the id that it waits for was learned
// while it was being translated: nothing would wake it later.
func known(tx Tx, d *queue.Delivery) {
	national, _ := strings.CutPrefix(d.Lane, "n:")
	for _, key := range d.WaitFor {
		p := strings.SplitN(key, "|", 3)
		if len(p) < 3 {
			continue
		}
		for _, scope := range []string{"", national} {
			if tx.Cross(Cross{Unit: d.Unit, Kind: p[0], Scope: scope, Side: p[1]}, p[2]) != "" {
				goOn(tx, d, tx.Now())
				return
			}
		}
	}
}

// tried records what was tried: the attempt that Begin opened, or one more.
func tried(d *queue.Delivery, o queue.Settlement, begun bool) {
	a := o.Attempt
	if begun && (a == nil || a.Probe) {
		outcome := "transient"
		if o.Unknown || a != nil {
			outcome = "unknown"
		}
		complete(d, queue.Attempt{Outcome: outcome})
	}
	if a == nil || begun && !a.Probe && complete(d, *a) {
		return
	}
	addAttempt(d, *a)
}

func (r *Rules) move(tx Tx, d *queue.Delivery, o queue.Settlement, begun bool) {
	waits := d.WaitsOrder
	set(d, o.State, o.At)
	d.Failures = o.Failures
	d.Marks = mark(d.Marks, o.Marks...)
	if o.Unknown && o.State != queue.Acked {
		if !d.Unknown || begun && (o.Attempt == nil || o.Attempt.Outcome == "unknown") {
			d.UnknownSince = o.At
		}
		d.Unknown = true
	} else {
		settleUnknown(tx, d)
	}
	if o.LocalRef != "" {
		d.LocalRef = o.LocalRef
	}
	if len(o.Missing) > 0 && len(d.Missing) == 0 { // waiting for an id ended, waiting for a material begins
		d.WaitSince = o.At
	}
	d.WaitFor, d.Missing = o.WaitFor, o.Missing
	if len(o.WaitFor) == 0 && len(o.Missing) == 0 {
		d.WaitSince = time.Time{}
	} else if d.WaitSince.IsZero() {
		d.WaitSince = o.At
	}
	switch o.State {
	case queue.Queued:
		d.DueAt, d.WaitsOrder = o.DueAt, waits
	case queue.Awaiting:
		d.AwaitRef, d.AwaitUntil = o.AwaitRef, o.AwaitUntil
	case queue.Held:
		d.Reason = o.Reason
		if d.Reason == nil {
			d.Reason = &queue.Reason{Code: "refused"}
		}
	case queue.Acked:
		d.AckAt = o.At
		d.WaitFor, d.WaitSince, d.Missing = nil, time.Time{}, nil
	}
}

// teachLocal binds what a receiver called the case. Messages without a case
// teach nothing.
func teachLocal(tx Tx, d *queue.Delivery, localRef string, at time.Time) (collided string) {
	national, ok := strings.CutPrefix(d.Lane, "n:")
	if !ok {
		if national = d.Subject; national == "" || !hasCase(d.Lane) {
			return ""
		}
	}
	if localRef != "" {
		return teach(tx, d.Unit, national, localRef, at, d.Seq)
	}
	c := record(tx, d.Unit, "n:"+national)
	if c.Local == "" {
		c.Marks = mark(c.Marks, "no-local-id")
		tx.SaveCase(c)
		d.Marks = mark(d.Marks, "no-local-id")
		tx.Save(d)
	}
	return ""
}
