package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"duijie/internal/queue"
)

// errShutdown cuts attempts that outlast the grace period.
var errShutdown = errors.New("shutting down")

// errSettledElsewhere cuts an attempt whose delivery was settled from outside.
var errSettledElsewhere = errors.New("settled from outside")

// idle is the longest the claimer sleeps without a reason to wake.
const idle = 5 * time.Second

// claimLoop hands due deliveries to workers, at most a unit's concurrency at
// once, until ctx ends; then it waits for the workers. attempts is the workers'
// context, which outlives ctx by the grace period.
func (g *Gateway) claimLoop(ctx, attempts context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	for ctx.Err() == nil {
		g.takeOwnOfPulled(ctx)
		want, reopens := g.wanted()
		claimed := 0
		if g.failed.Swap(false) { // the store refused an outcome: asking at once again would spin
			if !pause(ctx, storeRest) {
				break
			}
		}
		if len(want) > 0 {
			ds, err := g.store.Claim(ctx, want, g.leaseFor())
			if err != nil && ctx.Err() == nil {
				g.log.Error("claim", "error", err)
			}
			claimed = len(ds)
			for _, d := range ds {
				t := g.target(queue.Target{Unit: d.Unit, Direction: d.Direction})
				t.take(1)
				workers.Go(func() {
					defer poke(g.wake)
					defer t.take(-1)
					g.work(attempts, t, d)
					for d, ok := g.another(ctx, t); ok; d, ok = g.another(ctx, t) {
						g.work(attempts, t, d)
					}
				})
			}
		}
		if claimed > 0 {
			continue
		}
		if !g.sleep(ctx, want, reopens) {
			break
		}
	}
	return nil
}

// another claims a worker's next delivery of the same target, so that a busy
// target costs no look at all the others; false: the worker ends, and the loop
// decides anew.
func (g *Gateway) another(ctx context.Context, t *target) (queue.Delivery, bool) {
	if ctx.Err() != nil || g.failed.Load() || !g.attempted(g.unit(t.Unit), t.Unit, t.Direction) || g.target(t.Target) != t || !t.goesOn() {
		return queue.Delivery{}, false
	}
	ds, err := g.store.Claim(ctx, map[queue.Target]int{t.Target: 1}, g.leaseFor())
	if err != nil || len(ds) == 0 {
		return queue.Delivery{}, false // an error comes up in the loop again
	}
	return ds[0], true
}

// attempted tells whether a target's deliveries are attempted at all.
func (g *Gateway) attempted(u *UnitSpec, code string, dir queue.Direction) bool {
	if s, ok := g.store.Unit(code); u == nil || ok && s.Paused {
		return false
	}
	if dir == queue.ToLocal {
		return u.Pack != nil && pulled(u) == nil
	}
	return g.o.National.Sink != nil
}

// storeRest is how long nothing is claimed after the store refused a write.
const storeRest = time.Second

// pause waits; false: ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// sleep waits until something may be claimable; false: ctx ended.
func (g *Gateway) sleep(ctx context.Context, want map[queue.Target]int, reopens time.Time) bool {
	wait := idle
	now := g.now()
	targets := make([]queue.Target, 0, len(want))
	for t := range want {
		targets = append(targets, t)
	}
	if due := g.store.NextDue(targets); !due.IsZero() {
		// Due already and yet not claimed (its lane is busy): a change will tell.
		if d := due.Sub(now); d > 0 {
			wait = min(wait, d)
		} else {
			wait = min(wait, 250*time.Millisecond)
		}
	}
	if !reopens.IsZero() {
		wait = min(wait, max(reopens.Sub(now), 10*time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-g.wake:
	case <-g.store.Changed():
	}
	return true
}

// wanted is the room of each target that may be attempted now.
func (g *Gateway) wanted() (want map[queue.Target]int, reopens time.Time) {
	l := g.setup.Load()
	want = make(map[queue.Target]int, 2*len(l.order))
	now := g.now()
	for _, code := range l.order {
		for _, dir := range []queue.Direction{queue.ToLocal, queue.ToNational} {
			if !g.attempted(l.units[code], code, dir) {
				continue
			}
			t := g.target(queue.Target{Unit: code, Direction: dir})
			if n := t.room(now); n > 0 {
				want[t.Target] = n
			} else if at := t.reopens(now); !at.IsZero() && (reopens.IsZero() || at.Before(reopens)) {
				reopens = at
			}
		}
	}
	return want, reopens
}

func (g *Gateway) target(key queue.Target) *target {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.targets[key]
	if t == nil {
		t = newTarget(key, defaultOpen)
		t.concurrency = 1
		g.targets[key] = t
	}
	return t
}

// leaseFor outlasts the longest attempt plus probe; work renews it before each step.
func (g *Gateway) leaseFor() time.Duration {
	longest := g.o.National.Timeout
	for _, u := range g.setup.Load().units {
		if u.Pack != nil {
			longest = max(longest, u.Pack.Limits.Timeout)
		}
	}
	return 3*longest + 30*time.Second
}

// work moves one claimed delivery as far as one attempt goes.
func (g *Gateway) work(ctx context.Context, t *target, d queue.Delivery) {
	g.guard(ctx, d, func(ctx context.Context) { g.deliver(ctx, t, d) })
}

// guard runs what is done with one claimed delivery. A panic on one document
// holds it and the worker goes on; a settlement from outside cuts it.
func (g *Gateway) guard(ctx context.Context, d queue.Delivery, do func(ctx context.Context)) {
	ctx, cancel := context.WithCancelCause(ctx)
	g.fly(d.Receipt, cancel)
	defer g.land(d.Receipt, cancel)
	defer func() {
		if r := recover(); r != nil {
			g.log.Error("panic", "unit", d.Unit, "type", d.Type, "receipt", d.Receipt, "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			// What had begun may have left: nobody can tell any more.
			now, err := g.store.Get(d.Receipt)
			unknown := d.Unknown || err != nil || now.State == queue.Sending
			g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: g.now(), State: queue.Held, Failures: d.Failures, Unknown: unknown,
				Reason: &queue.Reason{Code: "panic", Detail: "the gateway failed on this document"}})
		}
	}()
	do(ctx)
}

func (g *Gateway) fly(receipt string, cancel context.CancelCauseFunc) {
	g.mu.Lock()
	g.flying[receipt] = cancel
	g.mu.Unlock()
}

func (g *Gateway) land(receipt string, cancel context.CancelCauseFunc) {
	g.mu.Lock()
	delete(g.flying, receipt)
	g.mu.Unlock()
	cancel(nil)
}

// cut stops an attempt under way whose delivery was settled from outside.
func (g *Gateway) cut(receipt string) {
	g.mu.Lock()
	cancel := g.flying[receipt]
	g.mu.Unlock()
	if cancel != nil {
		cancel(errSettledElsewhere)
	}
}

// settle makes an outcome durable, also after the caller's context ended. While the
// store has no room for it, or is read-only, it is kept and tried again: forgotten,
// it would be unknown, and what was acknowledged would go again. It ends with the
// attempts' context; the lease then ends by itself and the outcome is unknown.
func (g *Gateway) settle(ctx context.Context, d queue.Delivery, s queue.Settlement) bool {
	done, err := g.settleOnce(ctx, s)
	if err == nil && done.Err == nil && done.Contested == "" {
		return true
	}
	log := g.log.With("unit", d.Unit, "direction", d.Direction, "type", d.Type, "receipt", d.Receipt)
	if err != nil {
		log.Error("settle", "error", err)
	}
	for (errors.Is(err, queue.ErrFull) || errors.Is(err, queue.ErrReadOnly)) && g.store.Renew(d.Receipt, d.Lease, g.leaseFor()) && pause(ctx, storeRest) {
		done, err = g.settleOnce(ctx, s)
	}
	switch {
	case err != nil:
		return false
	case errors.Is(done.Err, queue.ErrLeaseLost):
		log.Info("outcome not applied: settled from outside or lease lost")
		return false
	case done.Err != nil:
		log.Error("settle", "error", done.Err)
		return false
	}
	if done.Contested != "" {
		log.Error("contested: the local id in the acknowledgement belongs to another case")
	}
	return true
}

func (g *Gateway) settleOnce(ctx context.Context, s queue.Settlement) (queue.Settled, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	done, err := g.store.Settle(ctx, []queue.Settlement{s})
	if err != nil {
		g.failed.Store(true)
		return queue.Settled{}, err
	}
	return done[0], nil
}

func itoa(n int) string { return strconv.Itoa(n) }
