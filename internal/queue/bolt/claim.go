package bolt

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// Claim reserves what is due. It reads the due index of the wanted targets only,
// and writes nothing but what leases left behind that ended under way.
func (s *Store) Claim(ctx context.Context, want map[queue.Target]int, lease time.Duration) ([]queue.Delivery, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("claim: %w", context.Cause(ctx))
	}
	if err := s.expire(ctx); err != nil {
		return nil, err
	}
	tx, ds, err := s.reserveDue(want, lease)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	defer tx.Rollback()
	v := &view{s: s, tx: tx}
	out := make([]queue.Delivery, 0, len(ds))
	for _, d := range ds {
		d.Payload, d.Frozen, d.Case = v.open(bPayload, d.Seq), v.open(bFrozen, d.Seq), v.Case(d.Unit, d.Lane)
		out = append(out, *d)
	}
	if v.err != nil {
		s.releaseAll(ds)
		return nil, fmt.Errorf("claim: %w", v.err)
	}
	return out, nil
}

// reserveDue looks at the file and reserves, with no other claim between. A
// commit that ends meanwhile voids the reservation of what it changed.
func (s *Store) reserveDue(want map[queue.Target]int, lease time.Duration) (*journal.Tx, []*queue.Delivery, error) {
	s.claiming.Lock()
	defer s.claiming.Unlock()
	tx, err := s.begin()
	if err != nil {
		return nil, nil, err
	}
	v := &view{s: s, tx: tx}
	now := s.o.Now()
	var ds []*queue.Delivery
	for target, n := range want {
		if !s.queued(target) {
			continue
		}
		prefix := targetKey(target)
		left := n
		v.scan(bDue, prefix, func(k, lane []byte) bool {
			if left <= 0 || instantOf(k[len(prefix):]).After(now) {
				return false
			}
			if d := s.take(v, queue.LaneID{Target: target, Lane: string(lane)}, tail(k), now, lease); d != nil {
				ds = append(ds, d)
				left--
			}
			return true
		})
	}
	if v.err != nil {
		s.releaseAll(ds)
		_ = tx.Rollback() // it only read
		return nil, nil, v.err
	}
	slices.SortFunc(ds, func(a, b *queue.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Seq, b.Seq))
	})
	return tx, ds, nil
}

// queued tells whether anything of a target waits. What is being committed now is
// signalled when it counts.
func (s *Store) queued(t queue.Target) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[queue.Count{Target: t, State: queue.Queued}] > 0
}

// take reserves a lane's candidate, if the lane is free and it is its turn.
func (s *Store) take(v *view, id queue.LaneID, seq uint64, now time.Time, lease time.Duration) *queue.Delivery {
	if s.leases.Busy(id) {
		return nil
	}
	l := v.lane(id)
	if l.Claimable(now) != seq {
		return nil
	}
	d, _ := v.record(seq)
	if d == nil {
		return nil
	}
	if l.Head.Seq != seq {
		d.BlockedBy = v.receiptOf(l.Head.Seq)
	}
	if d.Lease = s.leases.Take(d, lease); d.Lease == 0 {
		return nil
	}
	return d
}

func (s *Store) releaseAll(ds []*queue.Delivery) {
	for _, d := range ds {
		s.leases.Release(map[string]uint64{d.Receipt: d.Lease})
	}
}

// expire writes down what leases left behind that ended under way. What cannot
// be written stays reserved, and is tried again by the next claim.
func (s *Store) expire(ctx context.Context) error {
	begun := s.leases.Expired()
	if len(begun) == 0 {
		return nil
	}
	return s.write(ctx, "expire leases", 0, func(t *wtx) {
		for _, seq := range begun {
			if d := t.Get(seq); d != nil && s.leases.Lost(d.Receipt) {
				rules.Interrupt(t, d)
			}
		}
	})
}

// Renew prolongs a lease.
func (s *Store) Renew(receipt string, lease uint64, d time.Duration) bool {
	return s.leases.Renew(receipt, lease, d)
}

// Release gives claimed deliveries back.
func (s *Store) Release(receipts map[string]uint64) {
	s.leases.Release(receipts)
	s.signal()
}

// NextDue is when the earliest head that is not under way falls due, or a lease ends.
func (s *Store) NextDue(targets []queue.Target) time.Time {
	in := map[queue.Target]bool{}
	for _, t := range targets {
		in[t] = true
	}
	var first time.Time
	if d, ok := s.leases.Next(in); ok {
		first = s.o.Now().Add(d)
	}
	s.read(func(v *view) {
		for t := range in {
			if !s.queued(t) {
				continue
			}
			prefix := targetKey(t)
			v.scan(bDue, prefix, func(k, lane []byte) bool {
				if s.leases.Busy(queue.LaneID{Target: t, Lane: string(lane)}) {
					return true
				}
				if due := instantOf(k[len(prefix):]); first.IsZero() || due.Before(first) {
					first = due
				}
				return false
			})
		}
	})
	return first
}
