package rules

import (
	"encoding/hex"
	"time"

	"duijie/internal/queue"
)

// Put takes one message, or answers for the one that is there already.
func (r *Rules) Put(tx Tx, nm queue.NewMessage) queue.Result {
	now := tx.Now()
	reissued := false
	seq := tx.ID(nm.Source, nm.ID)
	if seq != 0 && tx.Get(seq).Digest != nm.Digest {
		if nm.Reissue == queue.ReissueRefuse {
			return queue.Result{ID: nm.ID, Err: queue.ErrIDReused}
		}
		reissued = true
		nm.ID += "#" + hex.EncodeToString(nm.Digest[:8])
		if seq = tx.ID(nm.Source, nm.ID); seq != 0 && tx.Get(seq).Digest != nm.Digest {
			return queue.Result{ID: nm.ID, Err: queue.ErrIDReused}
		}
	}
	if seq != 0 {
		d := tx.Get(seq)
		return queue.Result{Receipt: d.Receipt, Seq: seq, ID: d.ID, State: d.State, Duplicate: true}
	}
	if r.tooOld(tx, nm.Time) {
		return queue.Result{ID: nm.ID, Err: queue.ErrTooOld}
	}

	d := begin(nm, now)
	if reissued {
		d.Key = r.key(nm.Unit, nm.Source, nm.ID)
		d.Marks = mark(d.Marks, "reissued")
		if nm.Reissue == queue.ReissueHold {
			hold(d, queue.Reason{Code: "reissued"}, now)
		}
	}
	if nm.Hold != nil {
		hold(d, *nm.Hold, now)
	}
	r.learn(tx, d.Unit, nm.Pairs, now)
	d.Lane = joined(tx, d.Unit, d.Lane)
	tx.Add(d, true)
	if nm.Event != nil {
		r.apply(tx, d, r.judge(tx, d, *nm.Event), now)
	}
	tx.Save(d)
	return queue.Result{Receipt: d.Receipt, Seq: d.Seq, ID: d.ID, State: d.State}
}

func begin(nm queue.NewMessage, now time.Time) *queue.Delivery {
	d := &queue.Delivery{Message: nm.Message, State: queue.Queued, StateAt: now, DueAt: nm.DueAt}
	if d.DueAt.IsZero() {
		d.DueAt = now
	}
	if d.AcceptedAt.IsZero() {
		d.AcceptedAt = now
	}
	d.Marks = mark(nil, nm.Marks...)
	return d
}

// apply does what a verdict says to a delivery that is not under way; the caller saves it.
func (r *Rules) apply(tx Tx, d *queue.Delivery, v queue.Verdict, now time.Time) {
	d.Marks = mark(d.Marks, v.Marks...)
	switch {
	case v.Hold != nil:
		if d.State != queue.Held { // a reason of its own stays
			hold(d, *v.Hold, now)
		}
	case !v.WaitUntil.IsZero() && d.State == queue.Queued:
		d.DueAt, d.WaitsOrder = v.WaitUntil, true
	}
	if v.Wake {
		wakeOrder(tx, d, now)
	}
}

// wakeOrder lets the heads of the case's lanes go that wait for its acceptance.
func wakeOrder(tx Tx, by *queue.Delivery, now time.Time) {
	for _, dir := range []queue.Direction{queue.ToLocal, queue.ToNational} {
		id := queue.LaneID{Target: queue.Target{Unit: by.Unit, Direction: dir}, Lane: by.Lane}
		for _, seq := range tx.Open(id) {
			d := tx.Get(seq)
			if seq == by.Seq || d.State != queue.Queued || !d.WaitsOrder {
				continue
			}
			d.DueAt, d.WaitsOrder = now, false
			tx.Save(d)
		}
	}
}
