// Package gateway is the road that a message takes, both ways: accept durably,
// answer, translate at delivery, deliver until acknowledged. One file a stage.
//
// It promises: what was answered 2xx is in the store and is delivered until its
// receiver acknowledges or an operator cancels; the messages of one case leave in
// the order in which the store took them; an attempt whose outcome is unknown is
// asked about or repeated byte for byte, never translated anew. It never gives up
// by itself, never sends to the public network what the configuration does not
// name, and never logs or answers with content.
//
// After a cancelled context Run ends within the grace period: sources stop first,
// then the claimer, then the attempts under way; what was cut is an unknown
// outcome. After kill -9 the store says what had begun.
package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"duijie/adapter"
	"duijie/internal/deadline"
	"duijie/internal/material"
	"duijie/internal/pack"
	"duijie/internal/queue"
	"duijie/schemas"
)

// UnitSpec is one docking unit (对接单位) as configured, with its ends built.
type UnitSpec struct {
	Code   string
	Name   string
	Pack   *pack.Pack // nil: broken, its messages are accepted and wait
	Stale  bool       // the pack in the folder does not compile; the last good one is used
	Mode   string     // resident parallel docked: the file's initial value
	Since  time.Time
	Shadow bool           // resident or parallel: what is refused is rehearsed
	Sink   adapter.Sink   // nil: nothing goes down
	Source adapter.Source // nil: nothing comes up
	From   []netip.Prefix // who may call /local/{unit}; empty: anyone who authenticates
}

// SenderSpec is one who may push downward, with its keys resolved.
type SenderSpec struct {
	Source      string
	Verify      func(sig Signature, payload []byte, now time.Time) error // nil: scheme none
	Units       []string                                                 // "*" is all
	Certificate string
}

// NationalSpec is the road up.
type NationalSpec struct {
	Source string
	Sink   adapter.Sink // nil: nothing goes up, it waits
	// Feed brings downward events by another road than the public listener; nil: none.
	Feed        adapter.Source
	Retry       queue.Retry
	Concurrency int
	Timeout     time.Duration
}

// Setup is what a reload replaces as a whole.
type Setup struct {
	Units   []UnitSpec
	Senders []SenderSpec
}

// Limits bound what is taken; 0 switches a limit off.
type Limits struct {
	Backlog, BacklogUnit int
	DiskFree             int64
	SenderRate           float64
}

// Recorder counts what happens; package metrics is the implementation.
type Recorder interface {
	Accepted(unit, direction, messageType string)
	Attempt(unit, direction, outcome string)
	AckAfter(d time.Duration)
	MapTook(d time.Duration)
	UnknownField(unit, messageType string)
	ClockSkew(peer string, d time.Duration)
}

// Auditor writes the audit log; nil error: the entry is synced.
type Auditor interface {
	Record(operator, act, target, reason string) error
}

// Options are a gateway's surroundings.
type Options struct {
	Store     queue.Store
	Validator *schemas.Validator
	Setup     Setup
	National  NationalSpec
	Limits    Limits
	// LogHorizon is how long keys are known; older messages are refused too-old. 0: for ever.
	LogHorizon time.Duration
	// PayloadFor is how long payloads are kept after their case's end. 0: for ever.
	PayloadFor time.Duration
	NotifyHeld time.Duration
	Deadlines  deadline.Rule // lengths of clocks and the working-day calendar; no lengths: no clocks
	Grace      time.Duration // 10s unless set: how long attempts may go on after Run's context ended
	DiskFree   func() (int64, error)
	Materials  *material.Store         // nil: none are taken, and what must have them waits
	PublicPath string                  // where a proxy puts the public listener; links to materials begin with it
	Backup     func(w io.Writer) error // a consistent copy of all that is kept; nil: none can be made
	Reload     func(ctx context.Context) (Setup, []Finding, error)
	Now        func() time.Time
	Rand       func() float64 // [0,1), the jitter; safe for concurrent use
	Log        *slog.Logger
	Metrics    Recorder
	Audit      Auditor
}

// Gateway is the road. Its methods may be called by many goroutines at once.
type Gateway struct {
	o      Options
	store  queue.Store
	now    func() time.Time
	log    *slog.Logger
	masker *schemas.Masker
	setup  atomic.Pointer[live]

	mu      sync.Mutex // guards targets, flying, deaf, jobs
	targets map[queue.Target]*target
	flying  map[string]context.CancelCauseFunc // attempts under way, by receipt
	deaf    map[string]deafness                // units whose source cannot get at its local system
	jobs    map[string]*job

	switching sync.Mutex // held while a unit's state is read, changed and written: pause and mode share it

	rates     senderRates
	rehearsed rehearsals
	early     earlyCalls
	disk      diskGauge
	wake      chan struct{}             // the claimer looks again: a breaker or pause changed
	sources   chan struct{}             // the supervisor looks again: the setup changed
	clocks    atomic.Pointer[clockLook] // the clocks as last looked at
	links     linkKey
	failed    atomic.Bool // the store refused to settle: the next look waits
}

// live is a setup in force.
type live struct {
	units   map[string]*UnitSpec
	order   []string
	senders map[string]*SenderSpec
	list    []*SenderSpec
}

// New makes a gateway; Run moves it.
func New(o Options) (*Gateway, error) {
	if o.Store == nil || o.Validator == nil {
		return nil, fmt.Errorf("gateway: store and validator are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	if o.National.Concurrency == 0 {
		o.National.Concurrency = 8
	}
	if o.National.Timeout == 0 {
		o.National.Timeout = 15 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = silent{}
	}
	g := &Gateway{
		o: o, store: o.Store, now: o.Now, log: o.Log, masker: o.Validator.Masker(),
		targets: map[queue.Target]*target{}, flying: map[string]context.CancelCauseFunc{}, jobs: map[string]*job{}, deaf: map[string]deafness{},
		wake: make(chan struct{}, 1), sources: make(chan struct{}, 1),
	}
	g.clocks.Store(&clockLook{})
	g.install(o.Setup)
	return g, nil
}

// install swaps the setup; deliveries under way keep the one that they began with.
func (g *Gateway) install(s Setup) {
	l := &live{units: map[string]*UnitSpec{}, senders: map[string]*SenderSpec{}}
	for i := range s.Units {
		u := &s.Units[i]
		l.units[u.Code] = u
		l.order = append(l.order, u.Code)
	}
	for i := range s.Senders {
		sender := &s.Senders[i]
		l.senders[sender.Source] = sender
		l.list = append(l.list, sender)
	}
	if old := g.setup.Swap(l); old != nil {
		// Deliveries under way still use the old ends.
		time.AfterFunc(g.leaseFor(), func() { closeEnds(old) })
	}
	g.mu.Lock()
	for _, code := range l.order {
		g.installTarget(queue.Target{Unit: code, Direction: queue.ToLocal}, l.units[code])
		g.installTarget(queue.Target{Unit: code, Direction: queue.ToNational}, l.units[code])
	}
	g.mu.Unlock()
	poke(g.sources)
	poke(g.wake)
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run moves the road until ctx ends and all that it started has ended.
func (g *Gateway) Run(ctx context.Context) error {
	attempts, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(g.o.Grace, func() { cut(errShutdown) })
	})
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return g.superviseSources(ctx) })
	group.Go(func() error { return g.claimLoop(ctx, attempts) })
	group.Go(func() error { return g.sweepLoop(ctx) })
	if g.o.PayloadFor > 0 || g.o.LogHorizon > 0 {
		group.Go(func() error { return g.retentionLoop(ctx) })
	}
	if g.o.Materials != nil {
		group.Go(func() error { return g.materialLoop(ctx) })
	}
	if len(g.o.Deadlines.Lengths) > 0 {
		group.Go(func() error { return g.clockLoop(ctx) })
	}
	return group.Wait()
}

// unit is the unit in force, nil where it is not configured.
func (g *Gateway) unit(code string) *UnitSpec { return g.setup.Load().units[code] }

// silent is the recorder of a gateway that nobody measures.
type silent struct{}

func (silent) Accepted(string, string, string) {}
func (silent) Attempt(string, string, string)  {}
func (silent) AckAfter(time.Duration)          {}
func (silent) MapTook(time.Duration)           {}
func (silent) UnknownField(string, string)     {}
func (silent) ClockSkew(string, time.Duration) {}
