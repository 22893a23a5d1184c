package rules

import (
	"time"

	"duijie/internal/queue"
)

// shown are how many of the first and the last attempts are kept.
const (
	firstAttempts = 10
	lastAttempts  = 50
)

// Begin opens an attempt, unless the lease is lost or the case forbids it.
func (r *Rules) Begin(tx Tx, s queue.Start) queue.Started {
	d := tx.Get(tx.Receipt(s.Receipt))
	if d == nil {
		return queue.Started{Err: queue.ErrLeaseLost}
	}
	begun, ok := tx.Lease(s.Receipt, s.Lease)
	if ok && begun && d.State == queue.Sending { // the answer to the first Begin was not heard
		return queue.Started{Attempt: d.Tried}
	}
	if !ok || d.State != queue.Queued || !turn(tx, d) {
		return queue.Started{Err: queue.ErrLeaseLost}
	}
	now := tx.Now()
	r.learn(tx, d.Unit, s.Pairs, now)
	if d.State == queue.Queued && !turn(tx, d) { // it brought an older one into its lane
		return queue.Started{Err: queue.ErrLeaseLost}
	}
	if s.Subject != "" {
		d.Subject = s.Subject
	}
	v := r.verdict(tx, d, s.Event)
	if d.State == queue.Queued && !v.Passes() {
		r.apply(tx, d, v, now)
	}
	if d.State == queue.Held && v.Hold == nil { // what it taught contested its own case
		v.Hold = d.Reason
	}
	if !v.Passes() {
		tx.Void(d.Receipt)
		tx.Save(d)
		return queue.Started{Verdict: v}
	}
	open(tx, d, s)
	d.Marks = mark(d.Marks, v.Marks...)
	tx.Save(d)
	if v.Wake {
		wakeOrder(tx, d, now)
	}
	return queue.Started{Attempt: d.Tried, Verdict: v}
}

// turn tells whether the lane still lets this one go: it may have joined another
// since it was claimed.
func turn(tx Tx, d *queue.Delivery) bool {
	for _, c := range tx.Lane(d.LaneID()).Candidates() {
		if c.Seq == d.Seq {
			return true
		}
	}
	return false
}

func (r *Rules) verdict(tx Tx, d *queue.Delivery, e *queue.CaseEvent) queue.Verdict {
	if c := tx.Case(d.Unit, d.Lane); c != nil && c.Contested {
		reason := contested(c.ContestedBy[2:])
		return queue.Verdict{Hold: &reason}
	}
	if e == nil || d.Judged {
		return queue.Verdict{}
	}
	return r.judge(tx, d, *e)
}

func open(tx Tx, d *queue.Delivery, s queue.Start) {
	if d.Skipped {
		d.Skipped = false
		d.Marks = mark(d.Marks, "overtaken")
	}
	set(d, queue.Sending, tx.Now())
	d.WaitFor, d.WaitSince, d.Missing = nil, time.Time{}, nil
	d.ByPerson = false
	d.PackVersion, d.DocDigest = s.PackVersion, s.DocDigest
	addAttempt(d, queue.Attempt{At: s.At, PackVersion: s.PackVersion, DocDigest: s.DocDigest})
	tx.SetFrozen(d.Seq, s.Document)
	draft(tx, d, s)
	tx.Begun(d.Receipt)
}

// addAttempt adds an attempt, numbers it, and keeps the list short.
func addAttempt(d *queue.Delivery, a queue.Attempt) {
	d.Tried++
	a.N = d.Tried
	if d.Purged { // what comes late is recorded, what the peer says is not
		a.Detail = ""
	}
	if n := len(d.Attempts); n >= firstAttempts+lastAttempts {
		d.Attempts = append(d.Attempts[:firstAttempts], d.Attempts[firstAttempts+1:]...)
	}
	d.Attempts = append(d.Attempts, a)
	count(d, a.Outcome)
}

func count(d *queue.Delivery, outcome string) {
	if outcome == "" {
		return
	}
	if d.Counts == nil {
		d.Counts = map[string]int{}
	}
	d.Counts[outcome]++
}

// complete ends the attempt that is open; false: none is.
func complete(d *queue.Delivery, a queue.Attempt) bool {
	if len(d.Attempts) == 0 {
		return false
	}
	o := &d.Attempts[len(d.Attempts)-1]
	if o.Outcome != "" {
		return false
	}
	o.Took, o.Outcome, o.Status, o.Code, o.Detail = a.Took, a.Outcome, a.Status, a.Code, a.Detail
	count(d, a.Outcome)
	return true
}

// Interrupt turns a delivery whose attempt nobody can speak for (a crash, a lease
// that ended) into one of unknown outcome, due at once.
func Interrupt(tx Tx, d *queue.Delivery) {
	if d.State != queue.Sending {
		tx.Void(d.Receipt) // what was to begin did not
		return
	}
	now := tx.Now()
	complete(d, queue.Attempt{Outcome: "unknown"})
	tx.Void(d.Receipt)
	requeue(d, now)
	d.Unknown, d.UnknownSince = true, now
	tx.Save(d)
}
