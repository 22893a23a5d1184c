package gateway

import (
	"context"
	"errors"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// probe asks the receiver for this very message after an attempt whose outcome
// is unknown. settled: the delivery went on, waits on, or was lost to somebody
// else; otherwise it is provably not there: send. asked: the receiver was asked,
// and f is how that failed.
func (g *Gateway) probe(ctx context.Context, t *target, e end, d queue.Delivery, m adapter.Message) (asked, settled bool, f *adapter.Failure) {
	prober := e.sink.(adapter.Prober)
	if !g.waitRate(ctx, t, d, e.timeout) {
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return false, true, nil
	}
	began := g.now()
	asking, cancel := context.WithTimeoutCause(ctx, e.timeout, context.DeadlineExceeded)
	tracked, sent := adapter.Track(asking)
	ack, found, err := prober.Probe(tracked, m)
	cancel()
	now := g.now()
	if errors.Is(context.Cause(ctx), errSettledElsewhere) {
		return true, true, nil
	}
	switch {
	case err != nil:
		f = adapter.Classify(err, sent.Yes())
		s := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Queued, Unknown: true,
			Failures: d.Failures + 1, DueAt: now.Add(delay(d.Failures+1, f, e.policy.Retry, g.o.Rand()))}
		if f.Outcome == adapter.UnitTrouble {
			s.Failures, s.DueAt = d.Failures, now.Add(e.policy.TroubleWait)
		}
		g.settle(ctx, d, s)
		return true, true, f
	case found:
		s := next(d, ack, nil, e.policy, now, 0)
		s.Attempt = attemptOf(ack, nil, began, now)
		s.Attempt.Probe = true
		g.finish(&s, d)
		g.o.Metrics.Attempt(d.Unit, string(d.Direction), s.Attempt.Outcome)
		if g.settle(ctx, d, s) {
			g.told(d, s, nil)
		}
		return true, true, nil
	}
	// "Not found" counts only a while after the attempt ended: the receiver may
	// still be working on what it took.
	if counts := d.UnknownSince.Add(prober.Settle(d.Type)); now.Before(counts) {
		g.settle(ctx, d, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Queued, Unknown: true,
			Failures: d.Failures, DueAt: earliest(counts, now.Add(max(e.timeout, 5*time.Second)))})
		return true, true, nil
	}
	return true, false, nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
