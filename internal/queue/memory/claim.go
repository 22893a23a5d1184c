package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// Claim reserves what is due.
func (s *Store) Claim(ctx context.Context, want map[queue.Target]int, lease time.Duration) ([]queue.Delivery, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("claim: %w", context.Cause(ctx))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("claim: %w", queue.ErrClosed)
	}
	s.expire()
	now := s.o.Now()
	var out []queue.Delivery
	taken := map[queue.Target]int{}
	for _, c := range s.due() {
		t := c.LaneID().Target
		if c.DueAt.After(now) || taken[t] >= want[t] || s.lane(c.LaneID()).Claimable(now) != c.Seq {
			continue
		}
		token := s.leases.Take(c, lease)
		if token == 0 {
			continue
		}
		taken[t]++
		d := s.read(c, true)
		d.Lease = token
		out = append(out, d)
	}
	return out, nil
}

// due are the candidates of all lanes, oldest due first.
func (s *Store) due() []*queue.Delivery {
	var out []*queue.Delivery
	seen := map[queue.LaneID]bool{}
	for _, seq := range s.order() {
		id := s.all[seq].LaneID()
		if seen[id] {
			continue
		}
		seen[id] = true
		for _, m := range s.lane(id).Candidates() {
			out = append(out, s.all[m.Seq])
		}
	}
	slices.SortStableFunc(out, func(a, b *queue.Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}

// expire writes down what leases left behind that ended under way.
func (s *Store) expire() {
	for _, seq := range s.leases.Expired() {
		if d := s.all[seq]; d != nil {
			rules.Interrupt(tx{s}, d)
		}
	}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	in := map[queue.Target]bool{}
	for _, t := range targets {
		in[t] = true
	}
	var first time.Time
	if d, ok := s.leases.Next(in); ok {
		first = s.o.Now().Add(d)
	}
	for _, c := range s.due() {
		if in[c.LaneID().Target] && !s.leases.Busy(c.LaneID()) && (first.IsZero() || c.DueAt.Before(first)) {
			first = c.DueAt
		}
	}
	return first
}
