// Package queuetest holds the promises of queue.Store as one suite that every
// store passes: each promise is a subtest of its name.
package queuetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duijie/internal/queue"
)

// Setup is what a store under test is opened with.
type Setup struct {
	Now, Mono  func() time.Time
	Judge      queue.Judge
	LogHorizon func() time.Time
	Fault      func(point string) error
}

// Open opens an empty store, and gives a way to see what a kill -9 at this
// moment leaves: crash ends the store and opens what is on its disk.
type Open func(t *testing.T, s Setup) (store queue.Store, crash func() queue.Store)

// Run holds a store against every promise.
func Run(t *testing.T, open Open) {
	groups := map[string][]promise{
		"put": putPromises, "lane": lanePromises, "lease": leasePromises, "settle": settlePromises,
		"act": actPromises, "late": latePromises, "crosswalk": crosswalkPromises, "case": casePromises,
		"crash": crashPromises, "health": healthPromises, "browse": browsePromises, "purge": purgePromises,
		"material": materialPromises, "recover": recoverPromises, "memory": memoryPromises,
	}
	for name, ps := range groups {
		t.Run(name, func(t *testing.T) {
			for _, p := range ps {
				t.Run(p.name, func(t *testing.T) { p.play(newRig(t, open)) })
			}
		})
	}
}

type promise struct {
	name string
	play func(r *rig)
}

// clock is wall and monotonic time, moved by hand.
type clock struct {
	mu         sync.Mutex
	wall, mono time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *clock) Mono() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mono
}

// Pass lets time pass on both clocks.
func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.mono = c.wall.Add(d), c.mono.Add(d)
}

// Step sets the wall clock forward or back, as an administrator would.
func (c *clock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

// rig is a store under test with short ways to say what happens.
type rig struct {
	queue.Store
	t       *testing.T
	clock   *clock
	crash   func() queue.Store
	n       int
	judge   queue.Judge // nil: passes everything
	horizon time.Time
	fault   atomic.Pointer[fault] // a store that is unwell looks at it by itself
}

// fault fails a commit at a point.
type fault struct {
	point string
	err   error
}

// failAt has every commit fail at a point, until works.
func (r *rig) failAt(point string, err error) { r.fault.Store(&fault{point, err}) }

// works ends failAt.
func (r *rig) works() { r.fault.Store(nil) }

const (
	unit   = "510000"
	source = "urn:national:mohrss"
	lease  = time.Minute
)

var (
	toLocal    = queue.Target{Unit: unit, Direction: queue.ToLocal}
	toNational = queue.Target{Unit: unit, Direction: queue.ToNational}
	start      = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	ctx        = context.Background()
)

func newRig(t *testing.T, open Open) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{wall: start, mono: start}}
	r.Store, r.crash = open(t, Setup{
		Now: r.clock.Now, Mono: r.clock.Mono,
		Judge: func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if r.judge == nil {
				return c, queue.Verdict{}
			}
			return r.judge(c, e)
		},
		LogHorizon: func() time.Time { return r.horizon },
		Fault: func(point string) error {
			if f := r.fault.Load(); f != nil && f.point == point {
				return f.err
			}
			return nil
		},
	})
	return r
}

// restart is kill -9 and a new start.
func (r *rig) restart() { r.Store = r.crash() }

// down is a message of a case to the local system.
func (r *rig) down(caseID, typ string) queue.NewMessage {
	return r.message(queue.ToLocal, source, "n:"+caseID, typ)
}

// up is a message of a case to the platform.
func (r *rig) up(lane, typ string) queue.NewMessage {
	return r.message(queue.ToNational, "urn:duijie:local:510000:progress", lane, typ)
}

func (r *rig) message(dir queue.Direction, source, lane, typ string) queue.NewMessage {
	r.n++
	m := queue.NewMessage{Message: queue.Message{
		Receipt: fmt.Sprintf("r%04d", r.n), Key: fmt.Sprintf("k%04d", r.n), Direction: dir, Unit: unit,
		Source: source, ID: fmt.Sprintf("m%04d", r.n), Type: typ, Lane: lane,
		Time: r.clock.Now(), Payload: fmt.Appendf(nil, "payload %d", r.n),
	}}
	if dir == queue.ToLocal {
		m.Subject = lane[2:]
	}
	m.Digest = sha256.Sum256(m.Payload)
	return m
}

// put takes messages in and fails the test where one is refused.
func (r *rig) put(ms ...queue.NewMessage) []queue.Result {
	r.t.Helper()
	res, err := r.Put(ctx, ms)
	if err != nil {
		r.t.Fatalf("put: %v", err)
	}
	for i, x := range res {
		if x.Err != nil {
			r.t.Fatalf("put %d: %v", i, x.Err)
		}
	}
	return res
}

// putOne takes one message and gives its receipt.
func (r *rig) putOne(m queue.NewMessage) string {
	r.t.Helper()
	return r.put(m)[0].Receipt
}

// claim claims what is due, both ways.
func (r *rig) claim() []queue.Delivery {
	r.t.Helper()
	ds, err := r.Claim(ctx, map[queue.Target]int{toLocal: 100, toNational: 100}, lease)
	if err != nil {
		r.t.Fatalf("claim: %v", err)
	}
	return ds
}

// claimed claims and expects exactly these.
func (r *rig) claimed(receipts ...string) []queue.Delivery {
	r.t.Helper()
	ds := r.claim()
	got := map[string]bool{}
	for _, d := range ds {
		got[d.Receipt] = true
	}
	if len(got) != len(receipts) {
		r.t.Fatalf("claimed %v, want %v", got, receipts)
	}
	for _, want := range receipts {
		if !got[want] {
			r.t.Fatalf("claimed %v, want %v", got, receipts)
		}
	}
	return ds
}

// begin begins a claimed delivery and gives what the store said.
func (r *rig) begin(d queue.Delivery) queue.Started {
	r.t.Helper()
	return r.beginWith(queue.Start{Receipt: d.Receipt, Lease: d.Lease, At: r.clock.Now(), Document: []byte("document"), PackVersion: "p1", DocDigest: "d1"})
}

func (r *rig) beginWith(s queue.Start) queue.Started {
	r.t.Helper()
	st, err := r.Begin(ctx, []queue.Start{s})
	if err != nil {
		r.t.Fatalf("begin: %v", err)
	}
	return st[0]
}

// sending claims the one that is due and begins it.
func (r *rig) sending(receipt string) queue.Delivery {
	r.t.Helper()
	d := r.claimed(receipt)[0]
	if st := r.begin(d); st.Err != nil || !st.Verdict.Passes() {
		r.t.Fatalf("begin %s: %+v", receipt, st)
	}
	return d
}

// settle settles with an outcome; the rest is filled in.
func (r *rig) settle(d queue.Delivery, o queue.Settlement) queue.Settled {
	r.t.Helper()
	o.Receipt, o.Lease = d.Receipt, d.Lease
	if o.At.IsZero() {
		o.At = r.clock.Now()
	}
	s, err := r.Settle(ctx, []queue.Settlement{o})
	if err != nil {
		r.t.Fatalf("settle: %v", err)
	}
	return s[0]
}

// settled settles and expects that it was applied.
func (r *rig) settled(d queue.Delivery, o queue.Settlement) queue.Settled {
	r.t.Helper()
	s := r.settle(d, o)
	if s.Err != nil {
		r.t.Fatalf("settle %s: %v", d.Receipt, s.Err)
	}
	return s
}

func acked(localRef string) queue.Settlement {
	return queue.Settlement{State: queue.Acked, LocalRef: localRef, TeachLocal: localRef != "", Attempt: &queue.Attempt{Outcome: "acknowledged", Status: 200}}
}

func held(code string) queue.Settlement {
	return queue.Settlement{State: queue.Held, Reason: &queue.Reason{Code: code}, Attempt: &queue.Attempt{Outcome: "permanent", Status: 400}}
}

func again(due time.Time) queue.Settlement {
	return queue.Settlement{State: queue.Queued, DueAt: due, Failures: 1, Attempt: &queue.Attempt{Outcome: "transient"}}
}

func unknown(due time.Time) queue.Settlement {
	return queue.Settlement{State: queue.Queued, DueAt: due, Failures: 1, Unknown: true, Attempt: &queue.Attempt{Outcome: "unknown"}}
}

func awaiting(ref string, until time.Time) queue.Settlement {
	return queue.Settlement{State: queue.Awaiting, AwaitRef: ref, AwaitUntil: until, Attempt: &queue.Attempt{Outcome: "awaiting"}}
}

// deliver plays a whole delivery of what is due.
func (r *rig) deliver(receipt string, o queue.Settlement) queue.Settled {
	r.t.Helper()
	return r.settled(r.sending(receipt), o)
}

// act acts on one and expects that it is allowed.
func (r *rig) act(a queue.Act) queue.Acted {
	r.t.Helper()
	x := r.tryAct(a)
	if x.Err != nil {
		r.t.Fatalf("%s %s: %v", a.Verb, a.Receipt, x.Err)
	}
	return x
}

func (r *rig) tryAct(a queue.Act) queue.Acted {
	r.t.Helper()
	if a.At.IsZero() {
		a.At = r.clock.Now()
	}
	xs, err := r.Act(ctx, []queue.Act{a})
	if err != nil {
		r.t.Fatalf("%s %s: %v", a.Verb, a.Receipt, err)
	}
	return xs[0]
}

// get reads one that must be there.
func (r *rig) get(receipt string) queue.Delivery {
	r.t.Helper()
	d, err := r.Get(receipt)
	if err != nil {
		r.t.Fatalf("get %s: %v", receipt, err)
	}
	return d
}

// is expects states, in pairs of receipt and state with reason: "held contested".
func (r *rig) is(pairs ...string) {
	r.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		d := r.get(pairs[i])
		got := string(d.State)
		if d.Reason != nil {
			got += " " + d.Reason.Code
		}
		if got != pairs[i+1] {
			r.t.Errorf("%s is %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

func (r *rig) want(what string, got, want any) {
	r.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s = %v, want %v", what, got, want)
	}
}
