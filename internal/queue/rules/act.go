package rules

import (
	"slices"
	"time"

	"duijie/internal/queue"
)

// Act applies an act from outside.
func (r *Rules) Act(tx Tx, a queue.Act) queue.Acted {
	d := tx.Get(tx.Receipt(a.Receipt))
	if d == nil {
		return queue.Acted{Err: queue.ErrNotFound}
	}
	if a.At.IsZero() {
		a.At = tx.Now()
	}
	if !allowed(tx, d, a.Verb) || a.Verb == queue.Requeue && !a.DueAt.IsZero() && d.AwaitUntil.After(a.At) {
		return queue.Acted{Err: queue.ErrState, State: d.State}
	}
	d.Marks = mark(d.Marks, a.Marks...)
	receipts := []string{d.Receipt}
	switch a.Verb {
	case queue.RetryNow:
		r.retry(tx, d)
	case queue.Skip:
		d.Skipped = true
	case queue.Notify:
		d.Notified = true
		r.also(tx, d, a)
	case queue.Resend:
		tx.Save(d)
		d = resend(tx, d, a.NewReceipt)
		receipts = append(receipts, d.Receipt)
	case queue.Ack:
		r.ack(tx, d, a)
	case queue.Requeue, queue.Hold, queue.Extend:
		overdue(tx, d, a)
	case queue.Late:
		r.late(tx, d, a)
	case queue.Supply:
		supply(d, a)
	case queue.Cancel:
		receipts = append(receipts, r.cancelLane(tx, d, a)...)
	}
	tx.Save(d)
	return queue.Acted{State: d.State, Receipts: receipts}
}

// allowed is the table of which state allows which verb.
func allowed(tx Tx, d *queue.Delivery, v queue.Verb) bool {
	switch v {
	case queue.Late, queue.Notify:
		return true
	case queue.RetryNow:
		return d.State == queue.Held || d.State == queue.Queued
	case queue.Skip:
		return d.State == queue.Held
	case queue.Requeue, queue.Hold, queue.Extend:
		return d.State == queue.Awaiting
	case queue.Supply:
		return !d.State.Final() && len(d.Missing) > 0
	case queue.Cancel, queue.Ack:
		return d.State == queue.Queued || d.State == queue.Awaiting || d.State == queue.Held
	case queue.Resend:
		return d.State == queue.Acked && !d.Purged && tx.Payload(d.Seq) != nil
	}
	return false
}

// retry is a person's redrive: translated anew, but what may have been taken is
// asked for first (Unknown stays).
func (r *Rules) retry(tx Tx, d *queue.Delivery) {
	tx.Void(d.Receipt)
	requeue(d, tx.Now())
	d.Failures, d.ByPerson, d.Restored = 0, true, false
	d.WaitFor, d.WaitSince, d.Missing = nil, time.Time{}, nil
	melt(tx, d)
}

func (r *Rules) ack(tx Tx, d *queue.Delivery, a queue.Act) {
	if a.Attempt != nil {
		addAttempt(d, *a.Attempt)
	}
	r.end(tx, d, a, queue.Acked)
}

// overdue settles one whose acknowledgement did not come.
func overdue(tx Tx, d *queue.Delivery, a queue.Act) {
	if a.Attempt != nil {
		addAttempt(d, *a.Attempt)
	}
	switch a.Verb {
	case queue.Requeue:
		requeue(d, tx.Now())
		if !a.DueAt.IsZero() {
			d.DueAt = a.DueAt
		}
	case queue.Hold:
		reason := a.Reason
		if reason.Code == "" {
			reason.Code = "ack-missing"
		}
		hold(d, reason, a.At)
	case queue.Extend:
		d.AwaitUntil = a.AwaitUntil
	}
}

// supply ends the waiting for a material; after the last, what waits or was held
// for it goes on.
func supply(d *queue.Delivery, a queue.Act) {
	d.Missing = slices.DeleteFunc(slices.Clone(d.Missing), func(m string) bool { return m == a.Material })
	if len(d.Missing) > 0 {
		return
	}
	d.Missing = nil
	switch {
	case d.State == queue.Queued:
		d.DueAt = a.At
	case d.State == queue.Held && d.Reason != nil && d.Reason.Code == "material-missing":
		requeue(d, a.At)
	}
	if len(d.WaitFor) == 0 {
		d.WaitSince = time.Time{}
	}
}

// end brings a delivery to a final state by an act.
func (r *Rules) end(tx Tx, d *queue.Delivery, a queue.Act, s queue.State) {
	tx.Void(d.Receipt)
	set(d, s, a.At)
	settleUnknown(tx, d)
	if s == queue.Acked {
		d.AckAt = a.At
		if a.LocalRef != "" {
			d.LocalRef = a.LocalRef
		}
	} else {
		reason := a.Reason
		if reason.Code == "" {
			reason.Code = "operator"
		}
		d.Reason = &reason
	}
	tx.Save(d)
	if s == queue.Acked && (a.LocalRef != "" || a.TeachLocal) {
		teachLocal(tx, d, a.LocalRef, a.At)
	}
	if s == queue.Acked {
		remember(tx, d)
		confirmed(tx, d, a.At)
	} else {
		r.undelegated(tx, d, a.At)
	}
	r.also(tx, d, a)
}

// also puts what the act brings with it, in the same commit.
func (r *Rules) also(tx Tx, d *queue.Delivery, a queue.Act) {
	if a.Also == nil {
		return
	}
	c := Clone(d)
	c.Payload, c.Frozen = nil, nil
	for _, nm := range a.Also(c) {
		r.Put(tx, nm)
	}
}

// late settles from outside, in whatever open state; what is final stays as it is.
func (r *Rules) late(tx Tx, d *queue.Delivery, a queue.Act) {
	complete(d, queue.Attempt{Outcome: "unknown"}) // its own answer, if it comes, finds no lease
	if a.Attempt != nil {
		addAttempt(d, *a.Attempt)
	}
	switch {
	case d.State.Final():
		contradicts(tx, d, a)
	case a.Refused:
		reason := a.Reason
		if reason.Code == "" {
			reason.Code = "refused"
		}
		tx.Void(d.Receipt)
		settleUnknown(tx, d)
		hold(d, reason, a.At)
	default:
		r.end(tx, d, a, queue.Acked)
	}
}

// contradicts shows on a delivery that has ended, and on its case, that the receiver
// now says something else: another local id, or no.
func contradicts(tx Tx, d *queue.Delivery, a queue.Act) {
	var c *queue.Case
	if hasCase(d.Lane) {
		c = record(tx, d.Unit, d.Lane)
	}
	says := ""
	switch {
	case a.Refused:
		says = queue.RefusedLater
	case a.LocalRef == "" || a.LocalRef == d.LocalRef || c != nil && a.LocalRef == c.Local:
		return
	default:
		says = queue.OtherLocalID
	}
	d.Marks = mark(d.Marks, says)
	if c == nil {
		return
	}
	if says == queue.OtherLocalID {
		c.OtherLocal = mark(c.OtherLocal, a.LocalRef)
	}
	c.Marks = mark(c.Marks, says)
	tx.SaveCase(c)
}

// cancelLane cancels a delivery, and what it leaves behind as the act says.
func (r *Rules) cancelLane(tx Tx, d *queue.Delivery, a queue.Act) (others []string) {
	behind := tx.Open(d.LaneID())
	r.end(tx, d, a, queue.Cancelled)
	for _, seq := range behind {
		o := tx.Get(seq)
		switch {
		case seq <= d.Seq || o.State == queue.Sending || o.State.Final():
			continue
		case a.WithLane:
			r.end(tx, o, a, queue.Cancelled)
		case d.Type == "case.delegated" && o.State == queue.Queued:
			tx.Void(o.Receipt)
			hold(o, queue.Reason{Code: "case-cancelled"}, a.At)
			tx.Save(o)
		default:
			continue
		}
		others = append(others, o.Receipt)
	}
	return others
}

// resend makes a new delivery of an acknowledged message: the same key, but not
// found by source and id, which stay the first one's.
func resend(tx Tx, d *queue.Delivery, receipt string) *queue.Delivery {
	now := tx.Now()
	m := Clone(d).Message
	m.Receipt, m.AcceptedAt = receipt, d.AcceptedAt
	m.Payload = tx.Payload(d.Seq)
	n := &queue.Delivery{Message: m, State: queue.Queued, StateAt: now, DueAt: now, Judged: d.Judged}
	tx.Add(n, false)
	tx.Save(n)
	return n
}
