package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
)

// indexes are the buckets that follow from the records alone: Repair makes them
// anew. The crosswalk, cases and small state do not, and are never touched.
var indexes = []journal.Bucket{bReceipt, bID, bKey, bFind, bCaseOf, bLane, bPass, bHead, bDue, bState, bHeld, bAwait, bRef, bWait, bNamed, bCount, bPlace, bSpan}

// entriesOf is everything that finds a record, in all indexes but those of lanes
// as a whole (due, candidates) and the counts.
func entriesOf(d *queue.Delivery, again bool) []entry {
	es := append(indexOf(d),
		entry{bReceipt, []byte(d.Receipt), be(d.Seq)},
		entry{bKey, join([]byte(d.Key), []byte{0}, be(d.Seq)), nil})
	if !again {
		es = append(es, entry{bID, idKey(d.Source, d.ID), be(d.Seq)})
	} else {
		es = append(es, entry{bFind, append(hash(d.ID), be(d.Seq)...), nil})
	}
	return es
}

// Verify holds every index to the records, and the payloads to the records that
// have one. It gives what is wrong, one line a kind; nil: nothing. It reads the
// whole store and is for a store that nobody serves from.
func (s *Store) Verify() error {
	wrong := map[string]int{}
	err := s.read(func(v *view) {
		want := map[journal.Bucket]int{}
		counts := map[queue.Count]int{}
		lanes := map[queue.LaneID]bool{}
		spans := map[uint64]*span{}
		v.scan(bRecord, nil, func(k, b []byte) bool {
			d, again, err := s.decode(num(k), b)
			if err != nil {
				wrong["records that cannot be read"]++
				return true
			}
			for _, e := range entriesOf(d, again) {
				want[e.bucket]++
				if got := v.get(e.bucket, e.key); got == nil || e.value != nil && !bytes.Equal(got, e.value) {
					wrong[fmt.Sprintf("entries missing in the index %q", names[e.bucket])]++
				}
			}
			one, known := spans[d.Seq>>spanBits]
			if !known {
				if one = v.span(d.Seq >> spanBits); one != nil {
					want[bSpan]++
				}
				spans[d.Seq>>spanBits] = one
			}
			if one == nil || one.cover(d) {
				wrong[`entries missing in the index "span"`]++
			}
			counts[countOf(d)]++
			if !d.State.Final() {
				lanes[d.LaneID()] = true
			}
			if there := v.get(bPayload, k) != nil; there == d.Purged {
				wrong["records whose payload is missing, or should be"]++
			}
			return true
		})
		v.scan(bCase, nil, func(_, b []byte) bool {
			var c queue.Case
			switch err := s.cbor.dec.Unmarshal(b, &c); {
			case err != nil:
				wrong["cases that cannot be read"]++
			case placed(c.Lane):
				want[bPlace]++
				if v.get(bPlace, placeKey(c.Unit, c.Lane)) == nil {
					wrong[`entries missing in the index "place"`]++
				}
			}
			return true
		})
		due := 0
		for id := range lanes {
			for seats := v.seats(id); len(seats) > 0; seats = seats[16:] {
				due++
				if v.get(bDue, join(targetKey(id.Target), seats[:16])) == nil {
					wrong[`entries missing in the index "due"`]++
				}
			}
		}
		want[bDue] = due
		for _, b := range indexes {
			n := 0
			v.scan(b, nil, func(_, _ []byte) bool { n++; return true })
			if b != bCount && n > want[b] {
				wrong[fmt.Sprintf("entries too many in the index %q", names[b])] += n - want[b]
			}
		}
		for c, n := range counts {
			if b := v.get(bCount, countKey(c)); b == nil || num(b) != uint64(n) {
				wrong["counts that are wrong"]++
			}
		}
	})
	var found []error
	for what, n := range wrong {
		found = append(found, fmt.Errorf("%d %s", n, what))
	}
	return errors.Join(append(found, err)...)
}

// Repair makes every index anew from the records, in one commit: a store of which
// a repair broke off is as it was.
func (s *Store) Repair() error {
	o := &op{done: make(chan error, 1), alone: func() error {
		if err := s.rebuild(); err != nil {
			return err
		}
		return s.loadCounts()
	}}
	err := s.send(context.Background(), o)
	if err == nil {
		err = <-o.done
	}
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return nil
}

func (s *Store) rebuild() error {
	clear(s.warm)
	s.newest = nil
	if err := s.tidy(); err != nil {
		return err
	}
	w, err := s.file.Rebuild()
	if err != nil {
		return err
	}
	if err := s.reindexAll(w); err != nil {
		return errors.Join(err, w.Rollback())
	}
	return w.Commit()
}

func (s *Store) reindexAll(w *journal.Write) error {
	for _, b := range indexes {
		if err := w.Clear(b); err != nil {
			return err
		}
	}
	t := newWtx(s, w)
	t.scan(bRecord, nil, func(k, b []byte) bool {
		d, again, err := s.decode(num(k), b)
		if err != nil {
			t.fail(err) // the records are the truth: nothing is guessed
			return false
		}
		for _, e := range entriesOf(d, again) {
			t.put(e.bucket, e.key, e.value)
		}
		t.cover(d)
		t.delta[countOf(d)]++
		if !d.State.Final() {
			t.lanes[d.LaneID()] = nil
		}
		return true
	})
	t.scan(bCase, nil, func(_, b []byte) bool {
		var c queue.Case
		if err := s.cbor.dec.Unmarshal(b, &c); err != nil {
			t.fail(err)
			return false
		}
		if placed(c.Lane) {
			t.put(bPlace, placeKey(c.Unit, c.Lane), nil)
		}
		return true
	})
	t.flush()
	return t.err
}
