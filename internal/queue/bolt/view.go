package bolt

import (
	"fmt"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// view reads the file as it stands in one transaction. What went wrong is kept
// in err, so that reading code stays straight; who made the view asks for it.
type view struct {
	s   *Store
	tx  *journal.Tx
	err error
}

func (v *view) fail(err error) {
	if v.err == nil && err != nil {
		v.err = err
	}
}

func (v *view) get(b journal.Bucket, key []byte) []byte { return v.tx.Get(b, key) }

// record decodes one delivery; nil: none.
func (v *view) record(seq uint64) (d *queue.Delivery, again bool) {
	if seq == 0 {
		return nil, false
	}
	b := v.get(bRecord, be(seq))
	if b == nil {
		return nil, false
	}
	d, again, err := v.s.decode(seq, b)
	v.fail(err)
	return d, again
}

// open unseals a value of the payload or frozen bucket; nil: none.
func (v *view) open(bucket journal.Bucket, seq uint64) []byte {
	b := v.get(bucket, be(seq))
	if b == nil {
		return nil
	}
	plain, err := v.s.o.Seal.Open(b)
	if err != nil {
		v.fail(fmt.Errorf("open sealed %s of record %d: %w", names[bucket], seq, err))
		return nil
	}
	if plain == nil {
		plain = []byte{}
	}
	return plain
}

// scan walks the keys with a prefix in order until each returns false.
func (v *view) scan(b journal.Bucket, prefix []byte, each func(key, value []byte) bool) {
	for w := v.tx.Ascend(b, prefix, prefix); w.Valid(); w.Next() {
		if !each(w.Key(), w.Value()) {
			return
		}
	}
}

// seqs are the sequence numbers of the keys that are a prefix and a number.
func (v *view) seqs(bucket journal.Bucket, prefix []byte) []uint64 {
	var out []uint64
	v.scan(bucket, prefix, func(k, _ []byte) bool {
		if len(k) == len(prefix)+8 {
			out = append(out, tail(k))
		}
		return true
	})
	return out
}

// newest is the last of them; 0: none.
func (v *view) newest(bucket journal.Bucket, prefix []byte) uint64 {
	if out := v.seqs(bucket, prefix); len(out) > 0 {
		return out[len(out)-1]
	}
	return 0
}

func (v *view) receipt(receipt string) uint64 {
	if b := v.get(bReceipt, []byte(receipt)); b != nil {
		return num(b)
	}
	return 0
}

// lane is the rule's view of a lane: its head, and only behind one that may be
// passed, those that may pass it.
func (v *view) lane(id queue.LaneID) (l queue.Lane) {
	prefix := laneKey(id)
	more := false
	v.scan(bLane, prefix, func(k, val []byte) bool {
		if len(k) != len(prefix)+8 {
			return true
		}
		m, skipped := memberOf(k, val)
		if skipped {
			return true
		}
		more = l.Add(m)
		return false
	})
	if !more {
		return l
	}
	v.scan(bPass, prefix, func(k, val []byte) bool {
		if len(k) != len(prefix)+8 {
			return true
		}
		m, _ := memberOf(k, val)
		return m.Seq <= l.Head.Seq || l.Add(m)
	})
	return l
}

// Case reads a case's record; nil: none.
func (v *view) Case(unit, lane string) *queue.Case {
	b := v.get(bCase, caseKey(unit, lane))
	if b == nil {
		return nil
	}
	c := new(queue.Case)
	if err := v.s.cbor.dec.Unmarshal(b, c); err != nil {
		v.fail(fmt.Errorf("decode case record: %w", err))
		return nil
	}
	return c
}

// Cross reads the crosswalk.
func (v *view) Cross(x rules.Cross, id string) string { return string(v.get(bCross, crossKey(x, id))) }

// delivery is one as it is given out: with its case and what it waits behind.
func (v *view) delivery(seq uint64) (queue.Delivery, bool) {
	d, _ := v.record(seq)
	if d == nil {
		return queue.Delivery{}, false
	}
	v.complete(d)
	return *d, true
}

func (v *view) complete(d *queue.Delivery) {
	d.Case = v.Case(d.Unit, d.Lane)
	if d.State != queue.Queued {
		return
	}
	if head := v.lane(d.LaneID()).Head; head.Seq != 0 && head.Seq != d.Seq {
		d.BlockedBy = v.receiptOf(head.Seq)
	}
}

func (v *view) receiptOf(seq uint64) string {
	if d, _ := v.record(seq); d != nil {
		return d.Receipt
	}
	return ""
}
