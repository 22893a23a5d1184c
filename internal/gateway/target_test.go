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
		attempt(&adapter.Failure{Outcome: adapter.Transient})
	}
	if got := g.room(); got != 32 {
		t.Errorf("after %d failures %d may go", deadAfter-1, got)
	}
	attempt(&adapter.Failure{Outcome: adapter.UnknownTaken})
	if got := g.room(); got != 32/deadShare {
		t.Errorf("after %d failures %d may go", deadAfter, got)
	}
	g.take(5)
	if g.goesOn() || g.room() > 0 {
		t.Error("more go than its share")
	}
	attempt(&adapter.Failure{Outcome: adapter.Refused})
	if got := g.room(); got != 27 {
		t.Errorf("after it spoke again %d may go", got)
	}
	g.concurrency = 1
	for range deadAfter {
		attempt(&adapter.Failure{Outcome: adapter.Transient})
	}
	g.take(-5)
	if got := g.room(); got != 1 {
		t.Errorf("of one, %d may go", got)
	}
}
