package gateway

import (
	"errors"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

var (
	t0        = time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai)
	testRetry = queue.Retry{Initial: 5 * time.Second, Max: 10 * time.Minute, Multiplier: 2, Jitter: 0.3}
)

func TestNextIsThePureDecision(t *testing.T) {
	fail := func(o adapter.Outcome) *adapter.Failure {
		return &adapter.Failure{Outcome: o, Code: "status", Err: errors.New("x")}
	}
	for _, c := range []struct {
		name    string
		d       queue.Delivery
		ack     adapter.Ack
		f       *adapter.Failure
		p       policy
		state   queue.State
		wait    time.Duration
		unknown bool
		reason  string
	}{
		{name: "acknowledged", ack: adapter.Ack{LocalRef: "L1"}, state: queue.Acked},
		{name: "taken, acknowledged later", ack: adapter.Ack{Await: "ref"}, state: queue.Awaiting},
		{name: "transient waits by the schedule", f: fail(adapter.Transient), state: queue.Queued, wait: 5 * time.Second},
		{name: "third failure in a row waits four times as long", d: queue.Delivery{Failures: 2}, f: fail(adapter.Transient), state: queue.Queued, wait: 20 * time.Second},
		{name: "a rule's own delay replaces the schedule", f: &adapter.Failure{Outcome: adapter.Transient, After: time.Minute, Exact: true}, state: queue.Queued, wait: time.Minute},
		{name: "Retry-After is a lower bound", f: &adapter.Failure{Outcome: adapter.Transient, After: time.Minute}, state: queue.Queued, wait: time.Minute},
		{name: "Retry-After is at most an hour", f: &adapter.Failure{Outcome: adapter.Transient, After: 24 * time.Hour}, state: queue.Queued, wait: time.Hour},
		{name: "unknown keeps the bytes", f: fail(adapter.UnknownTaken), state: queue.Queued, wait: 5 * time.Second, unknown: true},
		{name: "unknown holds where the route says so", f: fail(adapter.UnknownTaken), p: policy{HoldUnknown: true}, state: queue.Held, unknown: true, reason: "unknown"},
		{name: "a probe goes before onUnknown: hold", f: fail(adapter.UnknownTaken), p: policy{HoldUnknown: true, HasProbe: true}, state: queue.Queued, wait: 5 * time.Second, unknown: true},
		{name: "not taken now, but perhaps before", d: queue.Delivery{Unknown: true}, f: fail(adapter.Transient), state: queue.Queued, wait: 5 * time.Second, unknown: true},
		{name: "permanent needs a person", f: fail(adapter.Refused), state: queue.Held, reason: "refused"},
		{name: "a broken rule needs a person", f: &adapter.Failure{Outcome: adapter.Refused, HoldReason: "expression"}, state: queue.Held, reason: "expression"},
		{name: "trouble is the unit's", f: &adapter.Failure{Outcome: adapter.UnitTrouble, Cause: "status-401"}, p: policy{TroubleWait: 30 * time.Second}, state: queue.Queued, wait: 30 * time.Second},
		{name: "unreadable answers may have been taken", f: &adapter.Failure{Outcome: adapter.UnitTrouble, Cause: "unreadable"}, p: policy{TroubleWait: 30 * time.Second}, state: queue.Queued, wait: 30 * time.Second, unknown: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.Retry = testRetry
			s := next(c.d, c.ack, c.f, c.p, t0, 0.5)
			if s.State != c.state || s.Unknown != c.unknown {
				t.Errorf("state %s unknown %v, want %s %v", s.State, s.Unknown, c.state, c.unknown)
			}
			if c.state == queue.Queued && s.DueAt.Sub(t0) != c.wait {
				t.Errorf("waits %v, want %v", s.DueAt.Sub(t0), c.wait)
			}
			if reasonCode(s.Reason) != c.reason {
				t.Errorf("reason %q, want %q", reasonCode(s.Reason), c.reason)
			}
		})
	}
}

// TestNoNumberOfFailuresGivesUp: a delivery ends acknowledged or cancelled, never by trying.
func TestNoNumberOfFailuresGivesUp(t *testing.T) {
	for _, n := range []int{10, 1000, 1 << 30} {
		s := next(queue.Delivery{Failures: n}, adapter.Ack{}, &adapter.Failure{Outcome: adapter.Transient}, policy{Retry: testRetry}, t0, 0.99)
		if s.State != queue.Queued || s.DueAt.Sub(t0) > 13*time.Minute || s.DueAt.Sub(t0) < 7*time.Minute {
			t.Errorf("after %d failures: %s in %v", n, s.State, s.DueAt.Sub(t0))
		}
	}
}
