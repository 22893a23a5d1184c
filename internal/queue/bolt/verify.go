package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"duijie/internal/queue"

	"go.etcd.io/bbolt"
)

// indexes are the buckets that follow from the records alone: Repair makes them
// anew. The crosswalk, cases and small state do not, and are never touched.
var indexes = [][]byte{bReceipt, bID, bKey, bFind, bCaseOf, bLane, bPass, bHead, bDue, bState, bHeld, bAwait, bRef, bWait, bNamed, bCount}

// entriesOf is everything that finds a record, in all indexes but those of lanes
// as a whole (due, candidates) and the counts.
func entriesOf(d *queue.Delivery, again bool) []entry {
	es := append(indexOf(d),
		entry{bReceipt, []byte(d.Receipt), be(d.Seq)},
		entry{bKey, join([]byte(d.Key), []byte{0}, be(d.Seq)), nil})
	if !again {
		es = append(es, entry{bID, idKey(d.Source, d.ID), be(d.Seq)})
	}
	return es
}

// Verify holds every index to the records, and the payloads to the records that
// have one. It gives what is wrong, one line a kind; nil: nothing. It reads the
// whole store and is for a store that nobody serves from.
func (s *Store) Verify() error {
	wrong := map[string]int{}
	err := s.read(func(v *view) {
		want := map[string]int{}
		counts := map[queue.Count]int{}
		lanes := map[queue.LaneID]bool{}
		v.scan(bRecord, nil, func(k, b []byte) bool {
			d, again, err := s.decode(num(k), b)
			if err != nil {
				wrong["records that cannot be read"]++
				return true
			}
			for _, e := range entriesOf(d, again) {
				want[string(e.bucket)]++
				if got := v.tx.Bucket(e.bucket).Get(e.key); got == nil || e.value != nil && !bytes.Equal(got, e.value) {
					wrong[fmt.Sprintf("entries missing in the index %q", e.bucket)]++
				}
			}
			counts[countOf(d)]++
			if !d.State.Final() {
				lanes[d.LaneID()] = true
			}
			if there := v.tx.Bucket(bPayload).Get(k) != nil; there == d.Purged {
				wrong["records whose payload is missing, or should be"]++
			}
			return true
		})
		due := 0
		for id := range lanes {
			var seats []byte
			for _, c := range v.lane(id).Candidates() {
				seat := join(instant(c.DueAt), be(c.Seq))
				seats = append(seats, seat...)
				due++
				if v.tx.Bucket(bDue).Get(join(targetKey(id.Target), seat)) == nil {
					wrong[`entries missing in the index "due"`]++
				}
			}
			if !bytes.Equal(v.get(bHead, laneKey(id)), seats) {
				wrong[`entries wrong in the index "candidate"`]++
			}
		}
		want[string(bDue)] = due
		for _, b := range indexes {
			if n := v.tx.Bucket(b).Stats().KeyN; !bytes.Equal(b, bHead) && !bytes.Equal(b, bCount) && n > want[string(b)] {
				wrong[fmt.Sprintf("entries too many in the index %q", b)] += n - want[string(b)]
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
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, b := range indexes {
			if err := tx.DeleteBucket(b); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(b); err != nil {
				return err
			}
		}
		t := newWtx(s, tx)
		c := tx.Bucket(bRecord).Cursor()
		for k, b := c.First(); k != nil; k, b = c.Next() {
			d, again, err := s.decode(num(k), b)
			if err != nil {
				return err // the records are the truth: nothing is guessed
			}
			for _, e := range entriesOf(d, again) {
				t.put(e.bucket, e.key, e.value)
			}
			t.delta[countOf(d)]++
			if !d.State.Final() {
				t.lanes[d.LaneID()] = true
			}
		}
		t.flush()
		return t.err
	})
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return s.loadCounts()
}
