package bolt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"

	berrors "go.etcd.io/bbolt/errors"
)

// begin begins a read; ErrClosed after Close.
func (s *Store) begin() (*journal.Tx, error) {
	tx, err := s.file.Begin()
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, queue.ErrClosed
	}
	return tx, err
}

// read looks at the file as it stands; what went wrong is returned, and logged
// where the caller's signature has no room for it.
func (s *Store) read(look func(v *view)) error {
	tx, err := s.begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	v := &view{s: s, tx: tx}
	look(v)
	if v.err != nil {
		s.o.Log.Error("read store", "error", v.err)
	}
	return v.err
}

func (s *Store) one(seq func(v *view) uint64) (d queue.Delivery, ok bool, err error) {
	err = s.read(func(v *view) { d, ok = v.delivery(seq(v)) })
	return d, ok && err == nil, err
}

// Get reads one delivery.
func (s *Store) Get(receipt string) (queue.Delivery, error) {
	d, ok, err := s.one(func(v *view) uint64 { return v.receipt(receipt) })
	if err == nil && !ok {
		err = queue.ErrNotFound
	}
	if err != nil {
		return queue.Delivery{}, fmt.Errorf("get %s: %w", receipt, err)
	}
	return d, nil
}

// Payload reads the message as it was accepted.
func (s *Store) Payload(receipt string) (p []byte, err error) {
	err = s.read(func(v *view) { p = v.open(bPayload, v.receipt(receipt)) })
	if err == nil && p == nil {
		err = queue.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("payload of %s: %w", receipt, err)
	}
	return p, nil
}

// FindID finds by source and id.
func (s *Store) FindID(source, id string) (queue.Delivery, bool) {
	d, ok, _ := s.one(func(v *view) uint64 {
		if b := v.get(bID, idKey(source, id)); b != nil {
			return num(b)
		}
		return 0
	})
	return d, ok
}

// FindKey finds by key: the newest that is under way, else the newest.
func (s *Store) FindKey(key string) (queue.Delivery, bool) {
	d, ok, _ := s.one(func(v *view) uint64 {
		prefix := append([]byte(key), 0)
		for _, seq := range slices.Backward(v.seqs(bKey, prefix)) {
			if d, _ := v.record(seq); d != nil && d.UnderWay() {
				return seq
			}
		}
		return v.newest(bKey, prefix)
	})
	return d, ok
}

// FindAwait finds by what an await rule named; of several the newest.
func (s *Store) FindAwait(unit, ref string) (queue.Delivery, bool) {
	if ref == "" {
		return queue.Delivery{}, false
	}
	d, ok, _ := s.one(func(v *view) uint64 { return v.newest(bRef, append(unitKey(unit), hash(ref)...)) })
	return d, ok && d.AwaitRef == ref
}

// Counts are all counts that are not zero.
func (s *Store) Counts() []queue.Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]queue.Count, 0, len(s.counts))
	for c, n := range s.counts {
		if n != 0 {
			c.N = n
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b queue.Count) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.State, b.State))
	})
	return out
}

// openStates are the states that are not final.
var openStates = []queue.State{queue.Queued, queue.Sending, queue.Awaiting, queue.Held}

// Open counts what is not final.
func (s *Store) Open(t queue.Target) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, state := range openStates {
		n += s.counts[queue.Count{Target: t, State: state}]
	}
	return n
}

// Backlog counts what is not final: of all, and of one unit.
func (s *Store) Backlog(unit string) (all, own int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, n := range s.counts {
		if c.State.Final() {
			continue
		}
		all += n
		if c.Unit == unit {
			own += n
		}
	}
	return all, own
}

// Oldest is the acceptance of the oldest open one.
func (s *Store) Oldest(t queue.Target) (oldest time.Time) {
	s.read(func(v *view) {
		var first uint64
		for _, state := range openStates {
			v.scan(bState, append([]byte{stateByte[state]}, targetKey(t)...), func(k, _ []byte) bool {
				if seq := tail(k); first == 0 || seq < first {
					first = seq
				}
				return false
			})
		}
		if d, _ := v.record(first); d != nil {
			oldest = d.AcceptedAt
		}
	})
	return oldest
}

// CaseOf finds a case by any of its ids.
func (s *Store) CaseOf(unit, id string) (c queue.Case, ok bool) {
	s.read(func(v *view) {
		if found := rules.Find(v, unit, id); found != nil {
			c, ok = *found, true
		}
	})
	return c, ok
}

// CasesOf finds the cases of a national id in every unit.
func (s *Store) CasesOf(national string) (cs []queue.Case) {
	s.read(func(v *view) {
		lane := "n:" + national
		v.scan(bPlace, hash(lane), func(k, _ []byte) bool {
			if c := v.Case(string(k[len(hash(lane)):]), lane); c != nil {
				cs = append(cs, *c)
			}
			return true
		})
	})
	return cs
}

// placed tells whether a lane's case is found by its national id in every unit.
func placed(lane string) bool { return strings.HasPrefix(lane, "n:") }

// Naming yields who names a material. It reads in pieces, as EachCase does.
func (s *Store) Naming(digest string, yield func(queue.Delivery) bool) error {
	prefix := digestKey(digest)
	for from := uint64(0); prefix != nil; {
		var batch []queue.Delivery
		more := false
		err := s.read(func(v *view) {
			for w := v.tx.Ascend(bNamed, join(prefix, be(from)), prefix); w.Valid(); w.Next() {
				k := w.Key()
				if len(batch) == namingAtOnce {
					from, more = tail(k), true
					return
				}
				if d, ok := v.delivery(tail(k)); ok {
					batch = append(batch, d)
				}
			}
		})
		if err != nil {
			return fmt.Errorf("who names a material: %w", err)
		}
		for _, d := range batch {
			if !yield(d) {
				return nil
			}
		}
		if !more {
			break
		}
	}
	return nil
}

// namingAtOnce bounds a read transaction of Naming: most ask for the first only.
const namingAtOnce = 64

// casesAtOnce bounds a read transaction of EachCase: a long one keeps the file from reusing pages.
const casesAtOnce = 2000

// EachCase yields every case of a unit, or of all. It reads in pieces: what
// changes meanwhile may be seen as it was or as it is.
func (s *Store) EachCase(unit string, yield func(queue.Case) bool) error {
	var prefix []byte
	if unit != "" {
		prefix = unitKey(unit)
	}
	for next := prefix; ; {
		batch := make([]queue.Case, 0, casesAtOnce)
		more := false
		err := s.read(func(v *view) {
			for w := v.tx.Ascend(bCase, next, prefix); w.Valid(); w.Next() {
				if len(batch) == casesAtOnce {
					next, more = bytes.Clone(w.Key()), true
					return
				}
				var one queue.Case
				if err := s.cbor.dec.Unmarshal(w.Value(), &one); err != nil {
					v.fail(fmt.Errorf("decode case record: %w", err))
					return
				}
				batch = append(batch, one)
			}
		})
		if err != nil {
			return fmt.Errorf("each case: %w", err)
		}
		for _, c := range batch {
			if !yield(c) {
				return nil
			}
		}
		if !more {
			return nil
		}
	}
}

// Timeline reads a lane, both ways.
func (s *Store) Timeline(unit, lane string) (ds []queue.Delivery, err error) {
	err = s.read(func(v *view) { ds = v.all(v.seqs(bCaseOf, timelineKey(unit, lane))) })
	if err != nil {
		return nil, fmt.Errorf("timeline in unit %s: %w", unit, err)
	}
	return ds, nil
}

func (v *view) all(seqs []uint64) (ds []queue.Delivery) {
	for _, seq := range seqs {
		if d, ok := v.delivery(seq); ok {
			ds = append(ds, d)
		}
	}
	return ds
}

// National asks the crosswalk for a national id.
func (s *Store) National(unit, kind, scope, local string) (string, bool) {
	return s.ask(rules.Cross{Unit: unit, Kind: kind, Scope: scope, Side: rules.Local}, local)
}

// Local asks the crosswalk for a local id.
func (s *Store) Local(unit, kind, scope, national string) (string, bool) {
	return s.ask(rules.Cross{Unit: unit, Kind: kind, Scope: scope, Side: rules.National}, national)
}

func (s *Store) ask(x rules.Cross, id string) (other string, ok bool) {
	s.read(func(v *view) { other = v.Cross(x, id) })
	return other, other != ""
}

// HeldSince are downward ones held longer, of which the platform was not told.
func (s *Store) HeldSince(before time.Time, limit int) []queue.Delivery {
	return s.until(bHeld, queue.Due{}, before.Add(-1), limit)
}

// AwaitDue are awaiting ones whose time has come.
func (s *Store) AwaitDue(now time.Time, after queue.Due, limit int) []queue.Delivery {
	return s.until(bAwait, after, now, limit)
}

// until reads an index by time, from behind a place on, up to a moment.
func (s *Store) until(bucket journal.Bucket, after queue.Due, last time.Time, limit int) (ds []queue.Delivery) {
	s.read(func(v *view) {
		var seqs []uint64
		from := join(instant(after.At), be(after.Seq+1))
		for w := v.tx.Ascend(bucket, from, nil); w.Valid() && len(seqs) < limit && !instantOf(w.Key()).After(last); w.Next() {
			seqs = append(seqs, tail(w.Key()))
		}
		ds = v.all(seqs)
	})
	return ds
}

// Unit reads a unit's state.
func (s *Store) Unit(code string) (u queue.UnitState, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok = s.units[code]
	return u, ok
}

// Meta reads a small value.
func (s *Store) Meta(key string) (value []byte) {
	s.read(func(v *view) { value = slices.Clone(v.get(bSmall, []byte(key))) })
	return value
}

// Backup writes a consistent copy of the file, as it stands when called; writes go
// on meanwhile. What is sealed stays sealed.
func (s *Store) Backup(w io.Writer) (n int64, err error) {
	err = s.read(func(v *view) {
		n, err = v.tx.WriteTo(w)
		v.fail(err)
	})
	if err != nil {
		return n, fmt.Errorf("back up store: %w", err)
	}
	return n, nil
}

// Size is the file's size in bytes.
func (s *Store) Size() (n int64) {
	s.read(func(v *view) { n = v.tx.Size() })
	return n
}
