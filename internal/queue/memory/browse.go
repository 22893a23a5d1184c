package memory

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// read is a delivery as it is given out: a copy, with its case and what it waits behind.
func (s *Store) read(d *queue.Delivery, full bool) queue.Delivery {
	n := *rules.Clone(d)
	n.Case = rules.CloneCase(s.cases[[2]string{d.Unit, d.Lane}])
	if head := s.lane(d.LaneID()).Head; d.State == queue.Queued && head.Seq != 0 && head.Seq != d.Seq {
		n.BlockedBy = s.all[head.Seq].Receipt
	}
	if full {
		n.Payload, n.Frozen = slices.Clone(d.Payload), slices.Clone(d.Frozen)
	} else {
		n.Payload, n.Frozen = nil, nil
	}
	return n
}

func (s *Store) one(seq uint64) (queue.Delivery, bool) {
	if d := s.all[seq]; d != nil {
		return s.read(d, false), true
	}
	return queue.Delivery{}, false
}

// Get reads one delivery.
func (s *Store) Get(receipt string) (queue.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.one(s.receipt[receipt]); ok {
		return d, nil
	}
	return queue.Delivery{}, fmt.Errorf("get %s: %w", receipt, queue.ErrNotFound)
}

// Payload reads the message as it was accepted.
func (s *Store) Payload(receipt string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.all[s.receipt[receipt]]; d != nil && !d.Purged {
		return slices.Clone(d.Payload), nil
	}
	return nil, fmt.Errorf("payload of %s: %w", receipt, queue.ErrNotFound)
}

// FindID finds by source and id.
func (s *Store) FindID(source, id string) (queue.Delivery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.one(s.ids[[2]string{source, id}])
}

// FindKey finds by key: the newest that is under way, else the newest.
func (s *Store) FindKey(key string) (queue.Delivery, bool) {
	if d, ok := s.newest(func(d *queue.Delivery) bool { return d.Key == key && d.UnderWay() }); ok {
		return d, true
	}
	return s.newest(func(d *queue.Delivery) bool { return d.Key == key })
}

// FindAwait finds by what an await rule named; of several the newest.
func (s *Store) FindAwait(unit, ref string) (queue.Delivery, bool) {
	return s.newest(func(d *queue.Delivery) bool { return ref != "" && d.Unit == unit && d.AwaitRef == ref })
}

func (s *Store) newest(cond func(d *queue.Delivery) bool) (queue.Delivery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seqs := s.where(cond); len(seqs) > 0 {
		return s.one(seqs[len(seqs)-1])
	}
	return queue.Delivery{}, false
}

// List selects deliveries.
func (s *Store) List(f queue.Filter) ([]queue.Delivery, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seqs := s.where(func(d *queue.Delivery) bool {
		return (f.After == 0 || d.Seq > f.After) && (f.Before == 0 || d.Seq < f.Before) &&
			f.Matches(d) && (f.Query == "" || s.found(d, f.Query))
	})
	if !f.Oldest {
		slices.Reverse(seqs)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	var next uint64
	if len(seqs) > limit {
		seqs = seqs[:limit]
		next = seqs[limit-1]
	}
	out := make([]queue.Delivery, 0, len(seqs))
	for _, seq := range seqs {
		out = append(out, s.read(s.all[seq], false))
	}
	return out, next, nil
}

func (s *Store) found(d *queue.Delivery, q string) bool {
	if q == d.Receipt || q == d.ID || q == d.Key || q == d.Subject || d.Lane == "n:"+q || d.Lane == "l:"+q {
		return true
	}
	c := s.cases[[2]string{d.Unit, d.Lane}]
	return c != nil && (q == c.Local || q == c.Court)
}

// Counts counts all deliveries.
func (s *Store) Counts() []queue.Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[queue.Count]int{}
	for _, d := range s.all {
		n[queue.Count{Target: d.LaneID().Target, State: d.State}]++
	}
	out := make([]queue.Count, 0, len(n))
	for c, k := range n {
		c.N = k
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b queue.Count) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.State, b.State))
	})
	return out
}

// Backlog counts what is not final: of all, and of one unit.
func (s *Store) Backlog(unit string) (all, own int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.all {
		if d.State.Final() {
			continue
		}
		all++
		if d.Unit == unit {
			own++
		}
	}
	return all, own
}

// Open counts what is not final.
func (s *Store) Open(t queue.Target) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.openOf(t))
}

func (s *Store) openOf(t queue.Target) []uint64 {
	return s.where(func(d *queue.Delivery) bool { return d.LaneID().Target == t && !d.State.Final() })
}

// Oldest is the acceptance of the oldest open one.
func (s *Store) Oldest(t queue.Target) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seqs := s.openOf(t); len(seqs) > 0 {
		return s.all[seqs[0]].AcceptedAt
	}
	return time.Time{}
}

// CaseOf finds a case by any of its ids.
func (s *Store) CaseOf(unit, id string) (queue.Case, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := rules.Find(tx{s}, unit, id); c != nil {
		return *rules.CloneCase(c), true
	}
	return queue.Case{}, false
}

// CasesOf finds the cases of a national id in every unit.
func (s *Store) CasesOf(national string) (cs []queue.Case) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cases {
		if c.Lane == "n:"+national {
			cs = append(cs, *rules.CloneCase(c))
		}
	}
	return cs
}

// Naming yields who names a material, as it stood when it was called.
func (s *Store) Naming(digest string, yield func(queue.Delivery) bool) error {
	s.mu.Lock()
	var all []queue.Delivery
	for _, seq := range s.where(func(d *queue.Delivery) bool { return !d.Purged && slices.Contains(d.Materials, digest) }) {
		all = append(all, s.read(s.all[seq], false))
	}
	s.mu.Unlock()
	for _, d := range all {
		if !yield(d) {
			return nil
		}
	}
	return nil
}

// EachCase yields every case of a unit, or of all, as it stood when it was called.
func (s *Store) EachCase(unit string, yield func(queue.Case) bool) error {
	s.mu.Lock()
	all := make([]queue.Case, 0, len(s.cases))
	for _, c := range s.cases {
		if unit != "" && c.Unit != unit {
			continue
		}
		all = append(all, *rules.CloneCase(c))
	}
	s.mu.Unlock()
	for _, c := range all {
		if !yield(c) {
			return nil
		}
	}
	return nil
}

// Timeline reads a lane, both ways.
func (s *Store) Timeline(unit, lane string) ([]queue.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []queue.Delivery
	for _, seq := range (tx{s}).Timeline(unit, lane) {
		out = append(out, s.read(s.all[seq], false))
	}
	return out, nil
}

// National asks the crosswalk for a national id.
func (s *Store) National(unit, kind, scope, local string) (string, bool) {
	return s.ask(rules.Cross{Unit: unit, Kind: kind, Scope: scope, Side: rules.Local}, local)
}

// Local asks the crosswalk for a local id.
func (s *Store) Local(unit, kind, scope, national string) (string, bool) {
	return s.ask(rules.Cross{Unit: unit, Kind: kind, Scope: scope, Side: rules.National}, national)
}

// Remembered is what the last document taken by its receiver left out.
func (s *Store) Remembered(m queue.Memory) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.memories[m].what)
}

func (s *Store) ask(x rules.Cross, id string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	other := s.cross[x][id]
	return other, other != ""
}

// HeldSince are downward ones held longer, of which the platform was not told.
func (s *Store) HeldSince(before time.Time, limit int) []queue.Delivery {
	return s.pick(limit, func(d *queue.Delivery) time.Time { return d.StateAt }, func(d *queue.Delivery) bool {
		return d.State == queue.Held && d.Direction == queue.ToLocal && !d.Notified && d.StateAt.Before(before)
	})
}

// AwaitDue are awaiting ones whose time has come.
func (s *Store) AwaitDue(now time.Time, after queue.Due, limit int) []queue.Delivery {
	return s.pick(limit, func(d *queue.Delivery) time.Time { return d.AwaitUntil }, func(d *queue.Delivery) bool {
		behind := d.AwaitUntil.After(after.At) || d.AwaitUntil.Equal(after.At) && d.Seq > after.Seq
		return behind && d.State == queue.Awaiting && !d.AwaitUntil.IsZero() && !d.AwaitUntil.After(now)
	})
}

func (s *Store) pick(limit int, at func(d *queue.Delivery) time.Time, cond func(d *queue.Delivery) bool) []queue.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	seqs := s.where(cond)
	slices.SortStableFunc(seqs, func(a, b uint64) int { return at(s.all[a]).Compare(at(s.all[b])) })
	var out []queue.Delivery
	for _, seq := range seqs[:min(limit, len(seqs))] {
		out = append(out, s.read(s.all[seq], false))
	}
	return out
}

// Unit reads a unit's state.
func (s *Store) Unit(code string) (queue.UnitState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.units[code]
	return u, ok
}

// Meta reads a small value.
func (s *Store) Meta(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.meta[key])
}

// Size is 0: nothing is on disk.
func (s *Store) Size() int64 { return 0 }
