package gateway

import (
	"context"
	"time"
)

// retentionEvery is how often the store is looked through for what has served its time.
const retentionEvery = time.Hour

// retentionLoop forgets payloads and, much later, the log, until ctx ends.
func (g *Gateway) retentionLoop(ctx context.Context) error {
	every := retentionEvery
	if p := g.o.PayloadFor; p > 0 {
		every = max(min(every, p/4), time.Second)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		g.forget(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// forget does what retention asks for at this moment. A store that cannot is
// asked again at the next.
func (g *Gateway) forget(ctx context.Context) {
	now := g.now()
	purge := func(what string, keep time.Duration, forget func(context.Context, time.Time) (int, error)) {
		if keep <= 0 {
			return
		}
		n, err := forget(ctx, now.Add(-keep))
		if err != nil && ctx.Err() == nil {
			g.log.Error("retention", "of", what, "error", err)
		}
		if n > 0 {
			g.log.Info("forgotten after its retention", "what", what, "deliveries", n, "kept", keep.String())
		}
	}
	purge("payload", g.o.PayloadFor, g.store.PurgePayloads)
	purge("log", g.o.LogHorizon, g.store.PurgeLog)
}
