package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
	"duijie/schemas"
	"github.com/emmansun/gmsm/sm3"
)

// end is the receiving end of a delivery: sink, schedule, timeout.
type end struct {
	sink    adapter.Sink
	policy  policy
	timeout time.Duration
	// materials is how attachments go with messages of the type; none or empty: not at all.
	materials string
}

// endOf is the end that a delivery goes to, in the setup in force.
func (g *Gateway) endOf(u *UnitSpec, d queue.Delivery) end {
	if d.Direction == queue.ToNational {
		e := end{sink: g.o.National.Sink, policy: policy{Retry: g.o.National.Retry, TroubleWait: defaultOpen}, timeout: g.o.National.Timeout}
		if r, ok := e.sink.(adapter.Router); ok {
			info, _ := r.RouteInfo(d.Type)
			e.materials, e.policy.AckTimeout = info.Materials, info.AckTimeout
		}
		return e
	}
	p := u.Pack
	e := end{sink: u.Sink, timeout: p.Limits.Timeout}
	e.policy = policy{Retry: queue.Retry(p.Retry), TroubleWait: p.Limits.BreakerOpen}
	if e.policy.TroubleWait == 0 {
		e.policy.TroubleWait = defaultOpen
	}
	if r, ok := u.Sink.(adapter.Router); ok {
		info, _ := r.RouteInfo(d.Type)
		e.policy.HoldUnknown, e.policy.AckTimeout = info.OnUnknown == "hold", info.AckTimeout
		e.materials = info.Materials
	}
	if prober, ok := u.Sink.(adapter.Prober); ok {
		e.policy.HasProbe = prober.CanProbe(d.Type)
	}
	e.policy.Repeats = pulled(u) != nil
	return e
}

// deliver moves one claimed delivery: asks first where the last outcome is
// unknown, translates, begins, sends, settles.
func (g *Gateway) deliver(ctx context.Context, t *target, d queue.Delivery) {
	u := g.unit(d.Unit)
	if u == nil || d.Direction == queue.ToLocal && u.Pack == nil {
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return
	}
	if d.Direction == queue.ToLocal && g.takeOwn(ctx, u, d) {
		return
	}
	e := g.endOf(u, d)
	if e.sink == nil {
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return
	}
	if u.Pack == nil && !d.Native && d.Frozen == nil { // a broken unit's wait for its pack
		now := g.now()
		g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Queued, Failures: d.Failures, Unknown: d.Unknown,
			WaitFor: d.WaitFor, Missing: d.Missing, DueAt: now.Add(defaultOpen)})
		return
	}
	done, err := t.breaker.Allow()
	if err != nil {
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return
	}
	sent, f := g.attempt(ctx, t, u, e, d)
	t.report(done, sent, f, g.now())
	if f != nil && f.Outcome == adapter.UnitTrouble {
		g.log.Warn("unit trouble", "unit", d.Unit, "direction", d.Direction, "cause", f.Cause)
	}
}

// attempt is one way through probe, translation, sending and settling. It tells
// whether the receiver was asked anything, and how that failed.
func (g *Gateway) attempt(ctx context.Context, t *target, u *UnitSpec, e end, d queue.Delivery) (sent bool, f *adapter.Failure) {
	m := g.message(u, d)
	if d.Unknown && e.policy.HasProbe {
		asked, settled, f := g.probe(ctx, t, e, d, m)
		if settled {
			return asked, f
		}
	} else if d.Restored && !d.ByPerson {
		g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: g.now(), State: queue.Held, Failures: d.Failures, Unknown: true,
			Reason: &queue.Reason{Code: "after-restore", Detail: "the store came from a backup: this message may have been sent since"}})
		return false, nil
	} else if d.Unknown && e.policy.HoldUnknown && !d.ByPerson {
		g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: g.now(), State: queue.Held, Failures: d.Failures, Unknown: true,
			Reason: &queue.Reason{Code: "unknown", Detail: "nobody can tell whether the receiver has it"}})
		return false, nil
	}
	start := queue.Start{Receipt: d.Receipt, Lease: d.Lease, At: g.now()}
	if d.Unknown && d.Frozen != nil {
		start.Document, start.PackVersion, start.DocDigest, start.Repeat = d.Frozen, d.PackVersion, d.DocDigest, true
		m.AfterUnknown = true
	} else {
		tr, ok := g.translate(ctx, u, d)
		if !ok {
			return false, nil
		}
		if until, waits := g.mayFollow(u, d, tr.event, start.At); waits {
			g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: start.At, State: queue.Queued, Failures: d.Failures, Unknown: d.Unknown,
				WaitFor: []string{queue.WaitKey("case", "national", d.Lane[2:])}, Missing: d.Missing, DueAt: until})
			return false, nil
		}
		start.Document, start.PackVersion, start.Pairs = tr.document, tr.packVersion, tr.pairs
		start.Subject, start.Event, start.Remember = tr.subject, tr.event, tr.remember
		m.AfterUnknown = d.Unknown
		if tr.subject != "" {
			m.Subject = tr.subject
		}
	}
	if !g.awaitMaterials(ctx, e, d, start.Document, &m) {
		return false, nil
	}
	if start.DocDigest == "" {
		start.Document = linked(start.Document, u, e, m.Materials)
		sum := sm3.Sum(start.Document)
		start.DocDigest = hex.EncodeToString(sum[:])
	}
	if sent, f := g.prepare(ctx, e, d, m); !sent {
		return f != nil, f
	}
	e.timeout += carries(e, m.Materials)
	if !g.waitRate(ctx, t, d, e.timeout) {
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return false, nil
	}
	begun, err := g.store.Begin(context.WithoutCancel(ctx), []queue.Start{start})
	if err != nil {
		g.failed.Store(true)
		g.log.Error("begin", "receipt", d.Receipt, "error", err)
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return false, nil
	}
	if begun[0].Err != nil { // its lane joined another that is not at it yet
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return false, nil
	}
	if !begun[0].Verdict.Passes() {
		return false, nil
	}
	m.Document, m.Attempt = start.Document, begun[0].Attempt
	return true, g.send(ctx, e, d, m)
}

// send is the one request of an attempt, and its settlement.
func (g *Gateway) send(ctx context.Context, e end, d queue.Delivery, m adapter.Message) *adapter.Failure {
	began := g.now()
	attempt, cancel := context.WithTimeoutCause(ctx, e.timeout, context.DeadlineExceeded)
	tracked, sent := adapter.Track(attempt)
	ack, err := e.sink.Deliver(tracked, m)
	cancel()
	now := g.now()
	if errors.Is(context.Cause(ctx), errSettledElsewhere) {
		return nil
	}
	var f *adapter.Failure
	if err != nil {
		f = adapter.Classify(err, sent.Yes())
	}
	if errors.Is(err, adapter.ErrNoLocalRef) && !g.openBefore(d) {
		// Nothing is left that could bring the id.
		f = &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: err}
	}
	s := next(d, ack, f, e.policy, now, g.o.Rand())
	s.Attempt = attemptOf(ack, f, began, now)
	g.finish(&s, d)
	g.o.Metrics.Attempt(d.Unit, string(d.Direction), s.Attempt.Outcome)
	if g.settle(ctx, d, s) {
		g.told(d, s, f)
		if s.State == queue.Awaiting {
			g.heardEarly(ctx, d, s.AwaitRef)
		}
	}
	return f
}

// finish adds what an acknowledgement brings with it.
func (g *Gateway) finish(s *queue.Settlement, d queue.Delivery) {
	if s.State != queue.Acked {
		return
	}
	s.TeachLocal = teaches(d, s.LocalRef)
	if d.Notified {
		s.Also = append(s.Also, g.report(d, "acked", "", s.At))
	}
}

// teaches: an acknowledgement of a case's message teaches the case's local id,
// and the one that opens a case at the local system must bring it.
func teaches(d queue.Delivery, localRef string) bool {
	flow, _ := schemas.Lookup(d.Type)
	return d.Direction == queue.ToLocal && flow.CaseBound && (localRef != "" || d.Type == "case.delegated")
}

// openBefore tells that an earlier downward message of the case is still open:
// its acknowledgement may bring the local id.
func (g *Gateway) openBefore(d queue.Delivery) bool {
	timeline, err := g.store.Timeline(d.Unit, d.Lane)
	if err != nil {
		return true // asked again with the next try
	}
	for _, o := range timeline {
		if o.Direction == queue.ToLocal && o.Seq < d.Seq && !o.State.Final() {
			return true
		}
	}
	return false
}

// told writes the one log line of a change of state.
func (g *Gateway) told(d queue.Delivery, s queue.Settlement, f *adapter.Failure) {
	say := func(level slog.Level, what string, more ...any) {
		g.log.Log(context.Background(), level, what, append([]any{"unit", d.Unit, "direction", d.Direction, "type", d.Type, "receipt", d.Receipt,
			"attempt", d.Tried + 1, "outcome", s.Attempt.Outcome, "ms", s.Attempt.Took.Milliseconds()}, more...)...)
	}
	switch {
	case s.State == queue.Acked:
		g.o.Metrics.AckAfter(s.At.Sub(d.AcceptedAt))
		say(slog.LevelInfo, "acknowledged")
	case s.State == queue.Awaiting:
		say(slog.LevelInfo, "taken, acknowledgement awaited")
	case s.State == queue.Held:
		say(slog.LevelError, "held", "reason", s.Reason.Code, "code", f.Code, "status", f.Status)
	case d.Failures == 0:
		say(slog.LevelWarn, "will be retried", "code", f.Code, "status", f.Status, "due", s.DueAt)
	default:
		say(slog.LevelDebug, "will be retried", "code", f.Code, "status", f.Status, "failures", s.Failures)
	}
}

// message is what the sink sees of a delivery, without the document.
func (g *Gateway) message(u *UnitSpec, d queue.Delivery) adapter.Message {
	m := adapter.Message{Receipt: d.Receipt, Key: d.Key, Unit: d.Unit, Type: d.Type, Subject: d.Subject, Source: d.Source,
		Attempt: d.Tried + 1, AcceptedAt: d.AcceptedAt, Time: d.Time}
	if d.Case != nil {
		m.LocalRef = d.Case.Local
	}
	return m
}

// waitRate takes one token of the unit's rate; false: the context ended or the lease was lost.
func (g *Gateway) waitRate(ctx context.Context, t *target, d queue.Delivery, timeout time.Duration) bool {
	if l := t.limit(); l != nil {
		if l.Wait(ctx) != nil {
			return false
		}
	}
	return g.store.Renew(d.Receipt, d.Lease, 2*timeout+30*time.Second)
}
