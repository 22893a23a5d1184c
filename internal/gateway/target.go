package gateway

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"duijie/adapter"
	"duijie/internal/queue"
)

// target is what the process remembers of one receiver between attempts: how many
// are under way, its rate, its breaker. It survives reloads, not restarts.
type target struct {
	queue.Target
	breaker *gobreaker.TwoStepCircuitBreaker[any]
	asking  sync.Mutex  // held by the call that hands out a pull unit's messages
	own     atomic.Bool // what the gateway takes itself may be queued; of pull units

	mu          sync.Mutex // guards all below
	inFlight    int
	concurrency int
	limiter     *rate.Limiter
	failures    uint32        // in a row that open the breaker; 0: only trouble does
	open        time.Duration // how long it stays open
	cause       string        // of the trouble that opened it
	causeAt     time.Time
	openedAt    time.Time
	tripped     bool // trouble: open at once
	failing     int  // attempts in a row that failed for the receiver's sake
	unreached   int  // attempts in a row that came to no connection
	resumes     time.Time
}

// A target of which deadAfter attempts in a row failed gets only so much of its
// concurrency, until one succeeds: where no breaker is set, many of its cases
// would otherwise be tried side by side for nothing, and take the processor and
// the store from units that live.
//
// One that was not even reached so often is asked for one delivery at a time, with
// a rest before each: what is not tried meanwhile is due at once when it is there again.
const (
	deadAfter   = 20
	deadShare   = 8
	unreachable = 500 * time.Millisecond
)

// allowed is how many may be under way; t.mu is held.
func (t *target) allowed() int {
	switch {
	case t.unreached >= deadAfter:
		return 1
	case t.failing >= deadAfter:
		return max(1, t.concurrency/deadShare)
	}
	return t.concurrency
}

// defaultOpen is breaker.open where a pack says nothing: unit trouble always has a breaker.
const defaultOpen = 30 * time.Second

// What the breaker is told: an attempt that counts against the receiver, and a
// turn in which nothing was sent, which says nothing about it.
var (
	errFailed  = errors.New("attempt failed")
	errNotSent = errors.New("nothing was sent")
)

// installTarget makes or adjusts a target; g.mu is held.
func (g *Gateway) installTarget(key queue.Target, u *UnitSpec) {
	t := g.targets[key]
	concurrency, open, failures := g.o.National.Concurrency, defaultOpen, uint32(0)
	var limit *rate.Limiter
	if key.Direction == queue.ToLocal && u.Pack != nil {
		l := u.Pack.Limits
		concurrency = l.Concurrency
		if l.BreakerOpen > 0 {
			open = l.BreakerOpen
		}
		failures = uint32(max(l.BreakerFailures, 0))
		if l.Rate > 0 {
			limit = rate.NewLimiter(rate.Limit(l.Rate), max(1, int(l.Rate)))
		}
	}
	if t == nil || t.open != open {
		t = newTarget(key, open)
		g.targets[key] = t
	}
	t.mu.Lock()
	t.own.Store(true)
	t.concurrency, t.failures = max(1, concurrency), failures
	if limit == nil || t.limiter == nil || t.limiter.Limit() != limit.Limit() {
		t.limiter = limit
	}
	t.mu.Unlock()
}

func newTarget(key queue.Target, open time.Duration) *target {
	t := &target{Target: key, open: open}
	t.breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Name:        key.Unit + "/" + string(key.Direction),
		MaxRequests: 1,
		Timeout:     open,
		IsExcluded:  func(err error) bool { return errors.Is(err, errNotSent) },
		ReadyToTrip: func(c gobreaker.Counts) bool {
			t.mu.Lock()
			defer t.mu.Unlock()
			return t.tripped || t.failures > 0 && c.ConsecutiveFailures >= t.failures
		},
		OnStateChange: func(_ string, _, to gobreaker.State) {
			t.mu.Lock()
			defer t.mu.Unlock()
			switch to {
			case gobreaker.StateOpen:
				t.openedAt = time.Now()
			case gobreaker.StateClosed:
				t.cause, t.tripped, t.causeAt = "", false, time.Time{}
			}
		},
	})
	return t
}

// room is how many more deliveries may be claimed for this target now.
func (t *target) room(now time.Time) int {
	state := t.breaker.State()
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.resumes) {
		return 0
	}
	free := t.allowed() - t.inFlight
	switch state {
	case gobreaker.StateOpen:
		return 0
	case gobreaker.StateHalfOpen:
		if t.inFlight > 0 {
			return 0
		}
		return 1
	}
	return free
}

// goesOn tells whether one that is done may be followed by another.
func (t *target) goesOn() bool {
	if t.breaker.State() != gobreaker.StateClosed {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inFlight <= t.allowed() && t.unreached < deadAfter
}

func (t *target) take(n int) {
	t.mu.Lock()
	t.inFlight += n
	t.mu.Unlock()
}

// reopens is when an open breaker, or the rest of one that is not reached, lets one
// delivery try again; zero: neither.
func (t *target) reopens(now time.Time) time.Time {
	open := t.breaker.State() == gobreaker.StateOpen
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case open:
		return t.openedAt.Add(t.open)
	case now.Before(t.resumes):
		return t.resumes
	}
	return time.Time{}
}

// report tells the breaker how an attempt ended. Transient and unknown outcomes
// count, a rule's own retry does not (contract: it is the local system speaking);
// trouble opens at once.
func (t *target) report(done func(error), sent bool, f *adapter.Failure, now time.Time) {
	if !sent {
		done(errNotSent)
		return
	}
	trouble := f != nil && f.Outcome == adapter.UnitTrouble
	failed := trouble || f != nil && (f.Outcome == adapter.Transient && !f.Exact || f.Outcome == adapter.UnknownTaken)
	t.mu.Lock()
	if failed {
		t.failing++
	} else {
		t.failing = 0
	}
	t.resumes = time.Time{}
	if f == nil || f.Outcome != adapter.Transient || f.Exact || f.Status != 0 {
		t.unreached = 0
	} else if t.unreached++; t.unreached >= deadAfter {
		t.resumes = now.Add(unreachable)
	}
	if trouble {
		t.tripped = true
		if t.cause != f.Cause {
			t.cause, t.causeAt = f.Cause, now
		}
	}
	counts := trouble || failed && t.failures > 0
	t.mu.Unlock()
	if counts {
		done(errFailed)
	} else {
		done(nil)
	}
}

// trouble is the cause for which the unit, not its messages, needs a person.
func (t *target) trouble() (string, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cause, t.causeAt
}

func (t *target) limit() *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limiter
}
