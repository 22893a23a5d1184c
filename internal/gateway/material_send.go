package gateway

import (
	"context"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// prepare hands over the materials before the message, where the sink does so in
// requests of their own. sent: the message may go. f is how it failed: the message
// waits, and the failure is recorded as an attempt. Nobody can take a message by
// having its materials, so nothing here is ever unknown.
func (g *Gateway) prepare(ctx context.Context, e end, d queue.Delivery, m adapter.Message) (sent bool, f *adapter.Failure) {
	p, ok := e.sink.(adapter.Preparer)
	if !ok || len(m.Materials) == 0 || !p.Prepares(d.Type) {
		return true, nil
	}
	began := g.now()
	limit := time.Duration(len(m.Materials)) * e.timeout * 2
	for _, one := range m.Materials {
		limit += adapter.TimeFor(one.Size)
	}
	preparing, cancel := context.WithTimeoutCause(ctx, limit, context.DeadlineExceeded)
	defer cancel()
	keeper := g.keepLease(preparing, cancel, d)
	tracked, left := adapter.Track(preparing)
	err := p.Prepare(tracked, m)
	cancel()
	<-keeper
	if err == nil {
		return true, nil
	}
	f = adapter.Classify(err, left.Yes())
	if f.Outcome == adapter.UnknownTaken {
		known := *f
		f, known.Outcome = &known, adapter.Transient
	}
	now := g.now()
	s := next(d, adapter.Ack{}, f, e.policy, now, g.o.Rand())
	s.Attempt = attemptOf(adapter.Ack{}, f, began, now)
	g.o.Metrics.Attempt(d.Unit, string(d.Direction), s.Attempt.Outcome)
	if g.settle(ctx, d, s) {
		g.told(d, s, f)
	}
	return false, f
}

// keepLease renews a delivery's lease until ctx ends; where it is lost, it cancels.
func (g *Gateway) keepLease(ctx context.Context, cancel context.CancelFunc, d queue.Delivery) <-chan struct{} {
	done := make(chan struct{})
	lease := g.leaseFor()
	go func() {
		defer close(done)
		for {
			if !g.store.Renew(d.Receipt, d.Lease, lease) {
				cancel()
				return
			}
			if !pause(ctx, lease/3) {
				return
			}
		}
	}()
	return done
}

// carries is how much longer an attempt may take that carries materials in itself.
func carries(e end, ms []adapter.Material) time.Duration {
	if e.materials == "link" || strings.HasPrefix(e.materials, "first-put:") {
		return 0
	}
	var n int64
	for _, m := range ms {
		n += m.Size
	}
	return adapter.TimeFor(n)
}

// materialEvery is how often unnamed materials are looked for.
const materialEvery = time.Hour

// materialLoop removes materials that no message names any more, and lets go on
// what was held for one that is there, until ctx ends.
func (g *Gateway) materialLoop(ctx context.Context) error {
	for ctx.Err() == nil {
		g.sweepMaterials(ctx)
		g.resumeHeld(ctx)
		if !pause(ctx, materialEvery) {
			break
		}
	}
	return nil
}

func (g *Gateway) sweepMaterials(ctx context.Context) {
	n, err := g.o.Materials.Sweep(ctx, func(digest string) (named bool, err error) {
		err = g.store.Naming(digest, func(queue.Delivery) bool {
			named = true
			return false
		})
		return named, err
	})
	if err != nil {
		g.log.Error("sweep materials", "error", err)
	}
	if n > 0 {
		g.log.Info("materials removed that no message names", "count", n)
	}
}

// resumeHeld finds what is held for a material whose arrival nobody heard of: the
// process ended between storing it and waking who waits.
func (g *Gateway) resumeHeld(ctx context.Context) {
	f := queue.Filter{State: queue.Held, Reason: "material-missing", Oldest: true, Limit: 500}
	for ctx.Err() == nil {
		ds, next, err := g.store.List(f)
		if err != nil {
			g.log.Error("list what is held for materials", "error", err)
			return
		}
		for _, d := range ds {
			for _, digest := range d.Missing {
				if _, there := g.materialSize(digest); there {
					g.supplied(ctx, digest)
				}
			}
		}
		if next == 0 {
			return
		}
		f.After = next
	}
}
