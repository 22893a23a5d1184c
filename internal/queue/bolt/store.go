package bolt

import (
	"context"
	"slices"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// each has a rule applied to every item in one commit.
func each[In, Out any](ctx context.Context, s *Store, what string, items []In, size func(In) int, rule func(rules.Tx, In) Out) ([]Out, error) {
	total := 0
	for _, in := range items {
		total += size(in)
	}
	var out []Out
	err := s.write(ctx, what, total, func(t *wtx) {
		out = make([]Out, 0, len(items))
		for _, in := range items {
			out = append(out, rule(t, in))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Put makes messages durable.
func (s *Store) Put(ctx context.Context, ms []queue.NewMessage) ([]queue.Result, error) {
	return each(ctx, s, "put", ms, func(m queue.NewMessage) int { return len(m.Payload) + 1024 }, s.rules.Put)
}

// Begin makes attempts durable before their first byte leaves.
func (s *Store) Begin(ctx context.Context, starts []queue.Start) ([]queue.Started, error) {
	return each(ctx, s, "begin", starts, func(b queue.Start) int { return len(b.Document) + 1024 }, s.rules.Begin)
}

// Settle makes outcomes durable.
func (s *Store) Settle(ctx context.Context, outs []queue.Settlement) ([]queue.Settled, error) {
	return each(ctx, s, "settle", outs, func(queue.Settlement) int { return 1024 }, s.rules.Settle)
}

// Act applies acts from outside.
func (s *Store) Act(ctx context.Context, acts []queue.Act) ([]queue.Acted, error) {
	return each(ctx, s, "act", acts, func(queue.Act) int { return 1024 }, s.rules.Act)
}

// Bind binds ids by an operator's word.
func (s *Store) Bind(ctx context.Context, unit, national, local, court string, at time.Time) error {
	return s.write(ctx, "bind ids", 0, func(t *wtx) { s.rules.Bind(t, unit, national, local, court, at) })
}

// Retire forgets ids by an operator's word.
func (s *Store) Retire(ctx context.Context, unit, national, local, court string, at time.Time) error {
	return s.write(ctx, "retire ids", 0, func(t *wtx) { s.rules.Retire(t, unit, national, local, court, at) })
}

// SetUnit keeps a unit's state.
func (s *Store) SetUnit(ctx context.Context, u queue.UnitState) error {
	return s.write(ctx, "set unit", 0, func(t *wtx) {
		b, err := s.cbor.enc.Marshal(u)
		t.fail(err)
		t.put(bUnit, []byte(u.Code), b)
		t.units = append(t.units, u)
	})
}

// SetMeta keeps a small value; nil forgets it.
func (s *Store) SetMeta(ctx context.Context, key string, value []byte) error {
	value = slices.Clone(value)
	return s.write(ctx, "set meta", len(value), func(t *wtx) {
		if value == nil {
			t.delete(bSmall, []byte(key))
		} else {
			t.put(bSmall, []byte(key), value)
		}
	})
}

// purgeAtOnce is how many records one commit of PurgeLog forgets at most.
const purgeAtOnce = 500

// PurgeLog forgets final deliveries, with their keys, that were accepted and
// happened before a time. Messages older than it are too old from then on. It
// returns how many it forgot; it may have forgotten some where it fails.
func (s *Store) PurgeLog(ctx context.Context, before time.Time) (int, error) {
	total := 0
	for from := uint64(0); ; {
		n, next := 0, uint64(0)
		err := s.write(ctx, "purge log", 0, func(t *wtx) { n, next = t.purge(from, before) })
		if err != nil {
			return total, err
		}
		if total += n; next == 0 {
			return total, nil
		}
		from = next
	}
}
