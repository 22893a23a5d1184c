package rules

import (
	"slices"
	"strings"
	"time"

	"duijie/internal/queue"
)

// hasCase tells whether a lane is a case's.
func hasCase(lane string) bool {
	return strings.HasPrefix(lane, "n:") || strings.HasPrefix(lane, "l:")
}

// joined is the lane that a local id's lane has become.
func joined(tx Tx, unit, lane string) string {
	if local, ok := strings.CutPrefix(lane, "l:"); ok {
		if n := tx.Cross(Cross{Unit: unit, Kind: "case", Side: Local}, local); n != "" {
			return "n:" + n
		}
	}
	return lane
}

// record is the case's record, a new one where there is none.
func record(tx Tx, unit, lane string) *queue.Case {
	if c := tx.Case(unit, lane); c != nil {
		return c
	}
	c := &queue.Case{Unit: unit, Lane: lane}
	identify(tx, c)
	return c
}

// identify fills the ids that lane and crosswalk know.
func identify(tx Tx, c *queue.Case) {
	if n, ok := strings.CutPrefix(c.Lane, "n:"); ok {
		c.National = n
		c.Local = tx.Cross(Cross{Unit: c.Unit, Kind: "case", Side: National}, n)
		c.Court = tx.Cross(Cross{Unit: c.Unit, Kind: "court", Side: National}, n)
	} else if l, ok := strings.CutPrefix(c.Lane, "l:"); ok {
		c.Local = l
	}
}

// judge folds an event into the delivery's case and saves what came out.
func (r *Rules) judge(tx Tx, d *queue.Delivery, e queue.CaseEvent) queue.Verdict {
	if r.Judge == nil || !hasCase(d.Lane) && !e.Listed {
		return queue.Verdict{}
	}
	if e.Now.IsZero() {
		e.Now = tx.Now()
	}
	known := tx.Case(d.Unit, d.Lane)
	var given *queue.Case
	if known != nil && known.State != "" { // a record without a state only keeps ids
		given = CloneCase(known)
	}
	c, v := r.Judge(given, e)
	if !v.WaitUntil.IsZero() && !v.WaitUntil.After(e.Now) {
		v.WaitUntil = time.Time{}
	}
	d.Judged = v.WaitUntil.IsZero()
	if c == nil {
		return v
	}
	c.Unit, c.Lane = d.Unit, d.Lane
	if known != nil {
		c.Marks = mark(c.Marks, known.Marks...)
		c.OtherLocal = mark(c.OtherLocal, known.OtherLocal...)
		c.Contested, c.ContestedBy = known.Contested, known.ContestedBy
	}
	c.Marks = mark(c.Marks, v.Marks...)
	identify(tx, c)
	tx.SaveCase(c)
	return v
}

// merge makes one record of two that turned out to be one case; n has the national id.
func merge(n, l *queue.Case) {
	if n.State == "" || l.State != "" && l.StateTime.After(n.StateTime) {
		n.State, n.StateTime, n.StateSide, n.StateCoarse = l.State, l.StateTime, l.StateSide, l.StateCoarse
		n.EndedAt = l.EndedAt // with the state that it is of
	}
	if n.BeganAt.IsZero() || !l.BeganAt.IsZero() && l.BeganAt.Before(n.BeganAt) {
		n.BeganAt = l.BeganAt
	}
	n.Marks = mark(n.Marks, l.Marks...)
	n.OtherLocal = mark(n.OtherLocal, l.OtherLocal...)
	n.Agreed = n.Agreed || l.Agreed
	for k, v := range l.Requested {
		if n.Requested == nil {
			n.Requested = map[string]string{}
		}
		if _, ok := n.Requested[k]; !ok {
			n.Requested[k] = v
		}
	}
	for k, v := range l.Times {
		if n.Times == nil {
			n.Times = map[string]time.Time{}
		}
		if was, ok := n.Times[k]; !ok || strings.HasPrefix(k, queue.TimeFirst) && v.Before(was) {
			n.Times[k] = v
		}
	}
	for k, v := range l.Figures {
		if n.Figures == nil {
			n.Figures = map[string]string{}
		}
		if _, ok := n.Figures[k]; !ok {
			n.Figures[k] = v
		}
	}
	if len(n.Pauses) == 0 {
		n.Pauses = l.Pauses
	}
	n.Asked, n.Extended = max(n.Asked, l.Asked), max(n.Extended, l.Extended)
	if n.Delegation == "" {
		n.Delegation = l.Delegation
	}
	if n.Procedure == "" {
		n.Procedure = l.Procedure
	}
	if l.Contested && !n.Contested {
		n.Contested, n.ContestedBy = true, l.ContestedBy
	}
}

// confirmed notes when the platform acknowledged that a case was accepted: from
// then on its mediation clock runs.
func confirmed(tx Tx, d *queue.Delivery, at time.Time) {
	if d.Type != "case.accepted" || d.Direction != queue.ToNational || !hasCase(d.Lane) {
		return
	}
	c := record(tx, d.Unit, d.Lane)
	if _, ok := c.Times[queue.TimeConfirmed]; ok {
		return
	}
	if c.Times == nil {
		c.Times = map[string]time.Time{}
	}
	c.Times[queue.TimeConfirmed] = at
	tx.SaveCase(c)
}

// undelegated tells the case that its delegation was cancelled, where no other of it
// stands: one that is open may still begin the case, and one that was acknowledged did.
func (r *Rules) undelegated(tx Tx, d *queue.Delivery, at time.Time) {
	if d.Type != "case.delegated" || d.Direction != queue.ToLocal || !hasCase(d.Lane) {
		return
	}
	for _, seq := range tx.Timeline(d.Unit, d.Lane) {
		if o := tx.Get(seq); o.Type == d.Type && o.State != queue.Cancelled {
			return
		}
	}
	r.judge(tx, d, queue.CaseEvent{Type: d.Type, Direction: d.Direction, Time: d.Time, Cancelled: true, Now: at})
}

// contest freezes two cases that claim one id: nothing of either passes, both
// ways, until an operator says whose it is. Except is being settled itself.
func contest(tx Tx, unit, a, b string, now time.Time, except uint64) {
	for _, p := range [][2]string{{a, b}, {b, a}} {
		c := record(tx, unit, "n:"+p[0])
		c.Contested, c.ContestedBy = true, "n:"+p[1]
		tx.SaveCase(c)
		for _, seq := range tx.Timeline(unit, c.Lane) {
			d := tx.Get(seq)
			if seq == except || d.State != queue.Queued {
				continue
			}
			tx.Void(d.Receipt)
			hold(d, contested(p[1]), now)
			tx.Save(d)
		}
	}
}

func contested(by string) queue.Reason {
	return queue.Reason{Code: "contested", Detail: "an id of this case is also claimed by " + by}
}

// free ends a contest and lets go what was held for it.
func free(tx Tx, unit, lane string, now time.Time) {
	c := tx.Case(unit, lane)
	if c == nil || !c.Contested {
		return
	}
	by := c.ContestedBy
	c.Contested, c.ContestedBy = false, ""
	tx.SaveCase(c)
	for _, seq := range tx.Timeline(unit, lane) {
		if d := tx.Get(seq); d.State == queue.Held && d.Reason != nil && d.Reason.Code == "contested" {
			requeue(d, now)
			tx.Save(d)
		}
	}
	if other := tx.Case(unit, by); other != nil && other.Contested && other.ContestedBy == lane {
		free(tx, unit, by, now)
	}
}

// CloneCase copies a record with all that it points to.
func CloneCase(c *queue.Case) *queue.Case {
	if c == nil {
		return nil
	}
	n := *c
	n.Marks, n.OtherLocal = slices.Clone(c.Marks), slices.Clone(c.OtherLocal)
	n.Figures = cloneMap(c.Figures)
	n.Requested, n.Times, n.Pauses = cloneMap(c.Requested), cloneMap(c.Times), slices.Clone(c.Pauses)
	return &n
}

// Reader is the part of a Tx that Find reads.
type Reader interface {
	Case(unit, lane string) *queue.Case
	Cross(x Cross, id string) string
}

// Find finds a case by its national, local or court id.
func Find(tx Reader, unit, id string) *queue.Case {
	for _, n := range []string{
		id,
		tx.Cross(Cross{unit, "case", "", Local}, id),
		tx.Cross(Cross{unit, "court", "", Local}, id),
	} {
		if n == "" {
			continue
		}
		if c := tx.Case(unit, "n:"+n); c != nil {
			return c
		}
	}
	return tx.Case(unit, "l:"+id)
}
