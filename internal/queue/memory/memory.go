// Package memory is the queue as a model: maps under one mutex, the rules of
// package rules, no disk. It passes the same suite as package bolt and may be
// used inside testing/synctest, as it waits for nothing and starts no goroutine.
//
// It scans where the product's store has indexes, so that the two can be held
// against each other. Nothing survives the process; Crash plays a restart.
package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// Options are what the store is given; all may be zero.
type Options struct {
	Now        func() time.Time // wall clock; nil: time.Now
	Mono       func() time.Time // clock of the leases; nil: time.Now
	Judge      queue.Judge
	Key        func(unit, source, id string) string // nil: rules.Key
	LogHorizon func() time.Time
	Fault      func(point string) error // before-commit, before-sync, after-commit
}

// Store is a queue.Store in memory.
type Store struct {
	o       Options
	rules   rules.Rules
	leases  *rules.Leases
	changed chan struct{}

	mu      sync.Mutex // guards all below
	closed  bool
	health  string
	horizon time.Time
	last    uint64
	all     map[uint64]*queue.Delivery // live, with Payload and Frozen
	receipt map[string]uint64
	ids     map[[2]string]uint64
	cases   map[[2]string]*queue.Case // unit, lane
	cross   map[rules.Cross]map[string]string
	units   map[string]queue.UnitState
	meta    map[string][]byte

	drafts   map[uint64][]byte // by sequence number
	memories map[queue.Memory]memory
}

// memory is what a delivery's translation held back.
type memory struct {
	by   uint64
	what []byte
}

var _ queue.Store = (*Store)(nil)

// Open makes an empty store.
func Open(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mono == nil {
		o.Mono = time.Now
	}
	return &Store{
		o: o, rules: rules.Rules{Judge: o.Judge, Key: o.Key, LogHorizon: o.LogHorizon},
		leases: rules.NewLeases(o.Mono), changed: make(chan struct{}, 1), health: "ok",
		all: map[uint64]*queue.Delivery{}, receipt: map[string]uint64{}, ids: map[[2]string]uint64{},
		cases: map[[2]string]*queue.Case{}, cross: map[rules.Cross]map[string]string{},
		units: map[string]queue.UnitState{}, meta: map[string][]byte{},
		drafts: map[uint64][]byte{}, memories: map[queue.Memory]memory{},
	}
}

// Crash plays kill -9 and a new Open: leases are gone, what had begun is unknown.
func (s *Store) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leases = rules.NewLeases(s.o.Mono)
	s.closed, s.health = false, "ok"
	for _, seq := range s.order() {
		rules.Interrupt(tx{s}, s.all[seq])
	}
	s.signal()
}

// commit runs a write under the mutex, as a commit that cannot be torn.
func (s *Store) commit(ctx context.Context, what string, write func(t tx)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%s: %w", what, queue.ErrClosed)
	}
	if s.health == "failed" {
		return fmt.Errorf("%s: %w", what, queue.ErrFailed)
	}
	if err := s.fault("before-commit"); err != nil {
		s.health = queue.HealthOf(queue.ClassifyWrite(err))
		return fmt.Errorf("%s: %w", what, queue.ClassifyWrite(err))
	}
	if err := s.fault("before-sync"); err != nil {
		s.health = "failed"
		return fmt.Errorf("%s: %w: %v", what, queue.ErrFailed, err)
	}
	s.health = "ok"
	write(tx{s})
	s.signal()
	if err := s.fault("after-commit"); err != nil {
		s.health = "failed"
		return fmt.Errorf("%s: %w: %v", what, queue.ErrFailed, err)
	}
	return nil
}

func (s *Store) fault(point string) error {
	if s.o.Fault == nil {
		return nil
	}
	return s.o.Fault(point)
}

func (s *Store) signal() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Put keeps messages.
func (s *Store) Put(ctx context.Context, ms []queue.NewMessage) ([]queue.Result, error) {
	out := make([]queue.Result, 0, len(ms))
	err := s.commit(ctx, "put", func(t tx) {
		for _, nm := range ms {
			out = append(out, s.rules.Put(t, nm))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Begin opens attempts.
func (s *Store) Begin(ctx context.Context, starts []queue.Start) ([]queue.Started, error) {
	out := make([]queue.Started, 0, len(starts))
	err := s.commit(ctx, "begin", func(t tx) {
		for _, st := range starts {
			out = append(out, s.rules.Begin(t, st))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Settle applies outcomes.
func (s *Store) Settle(ctx context.Context, outs []queue.Settlement) ([]queue.Settled, error) {
	res := make([]queue.Settled, 0, len(outs))
	err := s.commit(ctx, "settle", func(t tx) {
		for _, o := range outs {
			res = append(res, s.rules.Settle(t, o))
		}
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// Act applies acts from outside.
func (s *Store) Act(ctx context.Context, acts []queue.Act) ([]queue.Acted, error) {
	out := make([]queue.Acted, 0, len(acts))
	err := s.commit(ctx, "act", func(t tx) {
		for _, a := range acts {
			out = append(out, s.rules.Act(t, a))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Bind binds ids by an operator's word.
func (s *Store) Bind(ctx context.Context, unit, national, local, court string, at time.Time) error {
	return s.commit(ctx, "bind ids", func(t tx) { s.rules.Bind(t, unit, national, local, court, at) })
}

// Retire forgets ids by an operator's word.
func (s *Store) Retire(ctx context.Context, unit, national, local, court string, at time.Time) error {
	return s.commit(ctx, "retire ids", func(t tx) { s.rules.Retire(t, unit, national, local, court, at) })
}

// SetUnit keeps a unit's state.
func (s *Store) SetUnit(ctx context.Context, u queue.UnitState) error {
	return s.commit(ctx, "set unit", func(tx) { s.units[u.Code] = u })
}

// SetMeta keeps a small value; nil forgets it.
func (s *Store) SetMeta(ctx context.Context, key string, value []byte) error {
	return s.commit(ctx, "set meta", func(tx) {
		if value == nil {
			delete(s.meta, key)
		} else {
			s.meta[key] = append([]byte{}, value...)
		}
	})
}

// Recover marks every open delivery.
func (s *Store) Recover(ctx context.Context, at time.Time) (int, error) {
	n := 0
	err := s.commit(ctx, "recover", func(t tx) {
		for _, seq := range s.order() {
			if rules.PossiblySent(t, s.all[seq], at) {
				n++
			}
		}
	})
	return n, err
}

// PurgePayloads forgets payloads whose time is over.
func (s *Store) PurgePayloads(ctx context.Context, before time.Time) (int, error) {
	n := 0
	err := s.commit(ctx, "purge payloads", func(t tx) {
		for _, seq := range s.order() {
			if rules.PurgePayload(t, seq, before) {
				n++
			}
		}
	})
	return n, err
}

// PurgeLog forgets final deliveries, with their keys, that were accepted and
// happened before a time, and the cases of which none is left. Messages older than
// it are too old from then on.
func (s *Store) PurgeLog(ctx context.Context, before time.Time) (int, error) {
	n := 0
	err := s.commit(ctx, "purge log", func(t tx) {
		if before.After(s.horizon) {
			s.horizon = before
		}
		for seq, d := range s.all {
			if rules.LogIsDue(d, t.Case(d.Unit, d.Lane), before) {
				n++
				rules.Forget(t, d)
				delete(s.all, seq)
				delete(s.receipt, d.Receipt)
				if s.ids[[2]string{d.Source, d.ID}] == seq {
					delete(s.ids, [2]string{d.Source, d.ID})
				}
				rules.Outlived(t, d, before)
			}
		}
	})
	return n, err
}

// Changed is signalled after every commit.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// Health is ok, full, readonly or failed.
func (s *Store) Health() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.health
}

// Close ends the store; what is in it stays for Crash.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
