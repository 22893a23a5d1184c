package gateway

import (
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// TestDeadTargetGetsAShare: without a breaker, a receiver that only fails is tried
// by fewer at a time, and by all again after its first success.
func TestDeadTargetGetsAShare(t *testing.T) {
	g := newTarget(queue.Target{Unit: "510000", Direction: queue.ToLocal}, time.Minute)
	g.concurrency = 32
	attempt := func(f *adapter.Failure) {
		t.Helper()
		done, err := g.breaker.Allow()
		if err != nil {
			t.Fatal(err)
		}
		g.report(done, true, f, time.Now())
	}
	for range deadAfter - 1 {
		attempt(&adapter.Failure{Outcome: adapter.Transient, Status: 503})
	}
	if got := g.room(time.Now()); got != 32 {
		t.Errorf("after %d failures %d may go", deadAfter-1, got)
	}
	attempt(&adapter.Failure{Outcome: adapter.UnknownTaken})
	if got := g.room(time.Now()); got != 32/deadShare {
		t.Errorf("after %d failures %d may go", deadAfter, got)
	}
	g.take(5)
	if g.goesOn() || g.room(time.Now()) > 0 {
		t.Error("more go than its share")
	}
	attempt(&adapter.Failure{Outcome: adapter.Refused})
	if got := g.room(time.Now()); got != 27 {
		t.Errorf("after it spoke again %d may go", got)
	}
	g.concurrency = 1
	for range deadAfter {
		attempt(&adapter.Failure{Outcome: adapter.Transient, Status: 503})
	}
	g.take(-5)
	if got := g.room(time.Now()); got != 1 {
		t.Errorf("of one, %d may go", got)
	}
}

// TestUnreachableTargetRests: one that is not even reached is asked now and then for
// one delivery, and for all again once it was.
func TestUnreachableTargetRests(t *testing.T) {
	g := newTarget(queue.Target{Unit: "510000", Direction: queue.ToLocal}, time.Minute)
	g.concurrency = 32
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	attempt := func(f *adapter.Failure) {
		t.Helper()
		done, err := g.breaker.Allow()
		if err != nil {
			t.Fatal(err)
		}
		g.report(done, true, f, now)
	}
	for range deadAfter {
		if !g.reopens(now).IsZero() {
			t.Error("it rests too soon")
		}
		attempt(&adapter.Failure{Outcome: adapter.Transient, Code: "network"})
	}
	if got, at := g.room(now), g.reopens(now); got != 0 || !at.Equal(now.Add(unreachable)) {
		t.Errorf("%d may go, and again at %s", got, at)
	}
	if now = now.Add(unreachable); g.room(now) != 1 || g.goesOn() {
		t.Error("more than one is tried")
	}
	g.take(1)
	if g.room(now) > 0 {
		t.Error("a second beside it")
	}
	g.take(-1)
	attempt(&adapter.Failure{Outcome: adapter.Transient, Status: 503})
	if got := g.room(now); got != 32/deadShare {
		t.Errorf("where it answers %d may go", got)
	}
	attempt(nil)
	if got := g.room(now); got != 32 || !g.goesOn() {
		t.Errorf("where it takes them %d may go", got)
	}
}
