package rules

import (
	"time"

	"duijie/internal/queue"
)

// PayloadIsDue tells that a payload's time is over: its delivery is final, and
// its case ended before that time, or the delivery itself did where it has none.
func PayloadIsDue(d *queue.Delivery, c *queue.Case, before time.Time) bool {
	if !d.State.Final() || d.Purged || !d.StateAt.Before(before) {
		return false
	}
	if !hasCase(d.Lane) || c == nil || c.State == "" { // without a state it only keeps ids
		return true
	}
	return !c.EndedAt.IsZero() && c.EndedAt.Before(before)
}

// LogIsDue tells that a delivery may be forgotten with its keys: it is final, was
// accepted and happened before that time, and its case does not go on.
func LogIsDue(d *queue.Delivery, c *queue.Case, before time.Time) bool {
	if !d.State.Final() || !d.AcceptedAt.Before(before) || !d.Time.Before(before) {
		return false
	}
	return !hasCase(d.Lane) || c == nil || c.State == "" || !c.EndedAt.IsZero()
}

// Outlived forgets a case with its ids, when the last delivery of it has gone with
// the log: they live as long as that, and as the case (and no two that quarrel
// over an id are forgotten). A store that keeps them for ever grows for ever.
func Outlived(tx Tx, d *queue.Delivery, before time.Time) {
	if !hasCase(d.Lane) {
		return
	}
	c := tx.Case(d.Unit, d.Lane)
	if c == nil || c.Contested || c.State != "" && (c.EndedAt.IsZero() || !c.EndedAt.Before(before)) || len(tx.Timeline(d.Unit, d.Lane)) > 0 {
		return
	}
	tx.DropCase(d.Unit, d.Lane)
	if c.National == "" {
		return
	}
	for _, kind := range []string{"case", "court"} {
		n, l := Cross{d.Unit, kind, "", National}, Cross{d.Unit, kind, "", Local}
		if other := tx.Cross(n, c.National); other != "" {
			tx.DropCross(n, c.National)
			tx.DropCross(l, other)
		}
	}
	tx.DropScope(d.Unit, c.National)
}

// PurgePayload forgets a payload that is due, and what the peer said of it.
func PurgePayload(tx Tx, seq uint64, before time.Time) bool {
	d := tx.Get(seq)
	if d == nil || !PayloadIsDue(d, tx.Case(d.Unit, d.Lane), before) {
		return false
	}
	tx.DropPayload(seq)
	Forget(tx, d)
	d.Purged = true
	for i := range d.Attempts {
		d.Attempts[i].Detail = ""
	}
	tx.Save(d)
	return true
}
