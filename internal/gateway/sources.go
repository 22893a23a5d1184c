package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// superviseSources runs every unit's source until ctx ends and starts the
// sources of a new setup in place of the old ones. It returns when all have ended.
func (g *Gateway) superviseSources(ctx context.Context) error {
	type running struct {
		source adapter.Source
		stop   context.CancelFunc
	}
	var wait sync.WaitGroup
	defer wait.Wait()
	now := map[string]running{}
	for {
		l := g.setup.Load()
		for code, r := range now {
			if u := l.units[code]; u == nil || u.Source != r.source {
				r.stop()
				delete(now, code)
			}
		}
		for _, code := range l.order {
			u := l.units[code]
			if _, ok := now[code]; ok || u.Source == nil {
				continue
			}
			sctx, stop := context.WithCancel(ctx)
			now[code] = running{u.Source, stop}
			wait.Go(func() { g.runSource(sctx, code, u.Source) })
		}
		select {
		case <-ctx.Done():
			for _, r := range now {
				r.stop()
			}
			return nil
		case <-g.sources:
		}
	}
}

// runSource runs one source, again and again with back-off, until ctx ends.
func (g *Gateway) runSource(ctx context.Context, unit string, source adapter.Source) {
	again := queue.Retry{Initial: time.Second, Max: time.Minute, Multiplier: 2, Jitter: 0.2}
	for failures := 0; ; {
		began := g.now()
		err := source.Run(ctx, localIntake{g, unit})
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("ended by itself")
		}
		if g.now().Sub(began) > time.Minute {
			failures = 0
		}
		failures++
		if failures == 1 {
			g.log.Warn("source stopped, will be started again", "unit", unit, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again.Delay(failures, g.o.Rand())):
		}
	}
}
