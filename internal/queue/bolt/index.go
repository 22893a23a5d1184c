package bolt

import (
	"bytes"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
)

// entry is one entry of one index.
type entry struct {
	bucket     journal.Bucket
	key, value []byte
}

// indexOf is everything that finds a delivery by what may change of it.
func indexOf(d *queue.Delivery) []entry {
	seq := be(d.Seq)
	target := targetKey(queue.Target{Unit: d.Unit, Direction: d.Direction})
	es := []entry{
		{bCaseOf, append(timelineKey(d.Unit, d.Lane), seq...), nil},
		{bState, join([]byte{stateByte[d.State]}, target, seq), nil},
	}
	if d.Subject != "" && (len(d.Lane) < 2 || d.Lane[2:] != d.Subject) {
		es = append(es, entry{bFind, append(hash(d.Subject), seq...), nil})
	}
	if !d.State.Final() {
		key := append(laneKey(d.LaneID()), seq...)
		es = append(es, entry{bLane, key, memberBytes(d)})
		if d.State == queue.Queued && (d.Urgent || d.Opens) {
			es = append(es, entry{bPass, key, memberBytes(d)})
		}
	}
	if d.State == queue.Held && d.Direction == queue.ToLocal && !d.Notified {
		es = append(es, entry{bHeld, append(instant(d.StateAt), seq...), nil})
	}
	if d.State == queue.Awaiting && !d.AwaitUntil.IsZero() {
		es = append(es, entry{bAwait, append(instant(d.AwaitUntil), seq...), nil})
	}
	if d.AwaitRef != "" {
		es = append(es, entry{bRef, join(unitKey(d.Unit), hash(d.AwaitRef), seq), nil})
	}
	for _, w := range d.WaitFor {
		es = append(es, entry{bWait, join(unitKey(d.Unit), hash(w), seq), nil})
	}
	if !d.Purged {
		for _, digest := range d.Materials {
			if key := digestKey(digest); key != nil {
				es = append(es, entry{bNamed, append(key, seq...), nil})
			}
		}
	}
	return es
}

// reindex replaces a delivery's entries, touching only what differs.
func (t *wtx) reindex(old, new []entry) {
	for _, o := range old {
		if find(new, o) < 0 {
			t.delete(o.bucket, o.key)
		}
	}
	for _, n := range new {
		if i := find(old, n); i < 0 || !bytes.Equal(old[i].value, n.value) {
			t.put(n.bucket, n.key, n.value)
		}
	}
}

func find(es []entry, e entry) int {
	for i, x := range es {
		if x.bucket == e.bucket && bytes.Equal(x.key, e.key) {
			return i
		}
	}
	return -1
}

// touch notes what stands of a lane in the due index, before its members change.
func (t *wtx) touch(id queue.LaneID) {
	if _, known := t.lanes[id]; !known {
		t.lanes[id] = t.seats(id)
	}
}

// seats are a lane's candidates as they stand in the due index: due, seq, one after the other.
func (v *view) seats(id queue.LaneID) (out []byte) {
	for _, c := range v.lane(id).Candidates() {
		out = append(append(out, instant(c.DueAt)...), be(c.Seq)...)
	}
	return out
}

// reseat brings the due index up to date for the lanes whose members changed. A
// delivery that went from one lane to another keeps its key in it, so all that
// was goes before anything new comes.
func (t *wtx) reseat() {
	is := map[queue.LaneID][]byte{}
	for id, was := range t.lanes {
		now := t.seats(id)
		if bytes.Equal(was, now) {
			continue
		}
		is[id] = now
		for i := 0; i+16 <= len(was); i += 16 {
			t.delete(bDue, join(targetKey(id.Target), was[i:i+16]))
		}
	}
	for id, now := range is {
		for i := 0; i+16 <= len(now); i += 16 {
			t.put(bDue, join(targetKey(id.Target), now[i:i+16]), []byte(id.Lane))
		}
	}
}
