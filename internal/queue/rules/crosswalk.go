package rules

import (
	"time"

	"duijie/internal/queue"
)

// learn takes pairs in. It returns the national id of the case with which one of
// them collided.
func (r *Rules) learn(tx Tx, unit string, pairs []queue.Pair, now time.Time) (collided string) {
	for _, p := range pairs {
		if p.National == "" || p.Local == "" {
			continue
		}
		if p.Kind == "case" {
			if c := teach(tx, unit, p.National, p.Local, now, 0); c != "" {
				collided = c
			}
			continue
		}
		bindPair(tx, unit, p, now)
	}
	return collided
}

// bindPair binds a pair of any kind but the case's own; what stands, stays.
func bindPair(tx Tx, unit string, p queue.Pair, now time.Time) {
	n := Cross{unit, p.Kind, p.Scope, National}
	l := Cross{unit, p.Kind, p.Scope, Local}
	if tx.Cross(n, p.National) != "" || tx.Cross(l, p.Local) != "" {
		return
	}
	tx.SetCross(n, p.National, p.Local)
	tx.SetCross(l, p.Local, p.National)
	if p.Kind == "court" {
		c := record(tx, unit, "n:"+p.National)
		c.Court = p.Local
		tx.SaveCase(c)
	}
	wake(tx, unit, p, now)
}

// teach binds a case's national and local id, one to one. A local id that is
// another case's contests both; a second local id of a case is only kept.
func teach(tx Tx, unit, national, local string, now time.Time, settling uint64) (collided string) {
	n := Cross{unit, "case", "", National}
	l := Cross{unit, "case", "", Local}
	if owner := tx.Cross(l, local); owner == national {
		return ""
	} else if owner != "" {
		contest(tx, unit, owner, national, now, settling)
		return owner
	}
	if tx.Cross(n, national) != "" {
		c := record(tx, unit, "n:"+national)
		c.OtherLocal = mark(c.OtherLocal, local)
		tx.SaveCase(c)
		return ""
	}
	bindCase(tx, unit, national, local, now)
	return ""
}

func bindCase(tx Tx, unit, national, local string, now time.Time) {
	tx.SetCross(Cross{unit, "case", "", National}, national, local)
	tx.SetCross(Cross{unit, "case", "", Local}, local, national)
	c := record(tx, unit, "n:"+national)
	c.Local = local
	if old := tx.Case(unit, "l:"+local); old != nil {
		merge(c, old)
		tx.DropCase(unit, "l:"+local)
	}
	c.Marks = unmark(c.Marks, "no-local-id")
	tx.SaveCase(c)
	for _, seq := range tx.Timeline(unit, "l:"+local) {
		d := tx.Get(seq)
		d.Lane = c.Lane
		tx.Save(d)
	}
	wake(tx, unit, queue.Pair{Kind: "case", National: national, Local: local}, now)
}

// wake lets go what waits for either id of a pair.
func wake(tx Tx, unit string, p queue.Pair, now time.Time) {
	for _, key := range []string{queue.WaitKey(p.Kind, Local, p.Local), queue.WaitKey(p.Kind, National, p.National)} {
		for _, seq := range tx.Waiting(unit, key) {
			goOn(tx, tx.Get(seq), now)
		}
	}
}

// goOn ends a delivery's waiting for an id.
func goOn(tx Tx, d *queue.Delivery, now time.Time) {
	d.WaitFor = nil
	switch {
	case d.State == queue.Queued:
		d.DueAt = now
	case d.State == queue.Held && d.Reason != nil && d.Reason.Code == "xref-unknown":
		requeue(d, now)
	}
	tx.Save(d)
}

// Bind is an operator's word: the ids are this case's, whoever claimed them.
func (r *Rules) Bind(tx Tx, unit, national, local, court string, now time.Time) {
	lane := "n:" + national
	if court != "" {
		unbind(tx, unit, "court", national, court)
		bindPair(tx, unit, queue.Pair{Kind: "court", National: national, Local: court}, now)
	}
	if local == "" {
		return
	}
	if tx.Cross(Cross{unit, "case", "", Local}, local) != national {
		unbind(tx, unit, "case", national, local)
		bindCase(tx, unit, national, local, now)
	}
	free(tx, unit, lane, now)
}

// unbind forgets what stands in the way of binding an id to a case.
func unbind(tx Tx, unit, kind, national, id string) {
	n, l := Cross{unit, kind, "", National}, Cross{unit, kind, "", Local}
	if owner := tx.Cross(l, id); owner != "" {
		forget(tx, unit, kind, owner, id)
	}
	if old := tx.Cross(n, national); old != "" {
		forget(tx, unit, kind, national, old)
	}
}

func forget(tx Tx, unit, kind, national, id string) {
	tx.DropCross(Cross{unit, kind, "", National}, national)
	tx.DropCross(Cross{unit, kind, "", Local}, id)
	if c := tx.Case(unit, "n:"+national); c != nil {
		if kind == "court" {
			c.Court = ""
		} else {
			c.Local = ""
		}
		tx.SaveCase(c)
	}
}

// Retire is an operator's word: the ids are no longer this case's.
func (r *Rules) Retire(tx Tx, unit, national, local, court string, now time.Time) {
	if court != "" && tx.Cross(Cross{unit, "court", "", Local}, court) == national {
		forget(tx, unit, "court", national, court)
	}
	if local == "" {
		return
	}
	if tx.Cross(Cross{unit, "case", "", Local}, local) == national {
		forget(tx, unit, "case", national, local)
	}
	free(tx, unit, "n:"+national, now)
}
