package gateway

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// feeder is one loop that brings in what a local system has to say: a source, or
// a sink that looks after its own acknowledgements.
type feeder struct {
	end any // identity: a reload that builds a new end starts a new loop
	run func(ctx context.Context) error
}

// feeders are the loops that a unit needs, by name.
func (g *Gateway) feeders(u *UnitSpec) map[string]feeder {
	out := map[string]feeder{}
	in := localIntake{g, u.Code}
	if u.Source != nil {
		out[u.Code+"/source"] = feeder{u.Source, func(ctx context.Context) error {
			defer in.Trouble("") // a source that is no more has none
			return u.Source.Run(ctx, in)
		}}
	}
	if w, ok := u.Sink.(adapter.Watcher); ok {
		awaiting := g.watched(queue.Filter{Units: []string{u.Code}, Direction: queue.ToLocal})
		seen := watchIntake{in, g}
		out[u.Code+"/watch"] = feeder{u.Sink, func(ctx context.Context) error { return w.Watch(ctx, awaiting, seen) }}
	}
	return out
}

// superviseSources runs every unit's feeders until ctx ends and starts those of
// a new setup in place of the old ones. It returns when all have ended.
func (g *Gateway) superviseSources(ctx context.Context) error {
	type running struct {
		end  any
		stop context.CancelFunc
	}
	var wait sync.WaitGroup
	defer wait.Wait()
	now := map[string]running{}
	for {
		want := g.nationalFeeders()
		l := g.setup.Load()
		for _, code := range l.order {
			for name, f := range g.feeders(l.units[code]) {
				want[name] = f
			}
		}
		for name, r := range now {
			if f, ok := want[name]; !ok || f.end != r.end {
				r.stop()
				delete(now, name)
			}
		}
		for name, f := range want {
			if _, ok := now[name]; ok {
				continue
			}
			fctx, stop := context.WithCancel(ctx)
			now[name] = running{f.end, stop}
			wait.Go(func() { g.feed(fctx, name, f) })
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

// feed runs one feeder, again and again with back-off, until ctx ends.
func (g *Gateway) feed(ctx context.Context, name string, f feeder) {
	again := queue.Retry{Initial: time.Second, Max: time.Minute, Multiplier: 2, Jitter: 0.2}
	for failures := 0; ; {
		began := g.now()
		err := f.run(ctx)
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
			g.log.Warn("stopped, will be started again", "loop", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again.Delay(failures, g.o.Rand())):
		}
	}
}

// closeEnds ends what sinks and sources keep open: connections, databases.
func closeEnds(l *live) {
	for _, u := range l.units {
		closeAll(u.Sink, u.Source)
	}
}

func closeAll(ends ...any) {
	for _, end := range ends {
		if c, ok := end.(io.Closer); ok {
			c.Close()
		}
	}
}

// Close ends what sinks and sources keep open; call it after Run.
func (g *Gateway) Close() {
	closeEnds(g.setup.Load())
	closeAll(g.o.National.Sink, g.o.National.Feed)
}
