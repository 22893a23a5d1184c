package gateway

import (
	"context"
	"slices"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// What has ended is looked at again for a while, now and then: receivers do take
// back what they said.
const (
	settledEvery = 5 * time.Minute
	settledFor   = 24 * time.Hour
	settledMost  = 5000 // the newest of each end
)

// watched lists what a watch looks after: each round what is awaited, and now and
// then what has ended lately.
func (g *Gateway) watched(f queue.Filter) func() []adapter.Awaited {
	var looked time.Time
	return func() []adapter.Awaited {
		all := g.awaiting(f)
		if now := g.now(); now.Sub(looked) >= settledEvery {
			looked = now
			all = append(all, g.settledLately(f, now.Add(-settledFor))...)
		}
		return all
	}
}

// settledLately lists deliveries whose acknowledgement came later, and which have
// ended since a moment, newest first.
func (g *Gateway) settledLately(f queue.Filter, since time.Time) []adapter.Awaited {
	f.Limit = 500
	var out []adapter.Awaited
	for _, f.State = range []queue.State{queue.Acked, queue.Cancelled} {
		f.Before = 0
		for looked := 0; looked < settledMost; {
			ds, next, err := g.store.List(f)
			if err != nil {
				return out
			}
			for _, d := range ds {
				if d.AwaitRef != "" && d.StateAt.After(since) {
					a := awaited(d)
					a.Settled = true
					out = append(out, a)
				}
			}
			if looked += len(ds); next == 0 {
				break
			}
			f.Before = next
		}
	}
	return out
}

// awaitingMost bounds how many deliveries one round of a watch is given.
const awaitingMost = 10_000

// awaiting lists deliveries whose acknowledgement comes later, oldest first: first
// those that wait for it, then those that are held since and may still get it.
func (g *Gateway) awaiting(f queue.Filter) []adapter.Awaited {
	f.Oldest, f.Limit = true, 500
	var out []adapter.Awaited
	for _, f.State = range []queue.State{queue.Awaiting, queue.Held} {
		for f.After = 0; len(out) < awaitingMost; {
			ds, next, err := g.store.List(f)
			if err != nil {
				return out
			}
			for _, d := range ds {
				if d.State == queue.Awaiting || d.AwaitRef != "" {
					out = append(out, awaited(d))
				}
			}
			if next == 0 {
				break
			}
			f.After = next
		}
	}
	return out
}

// watchIntake is what a watch tells its finds to. What is known is not news: that the
// receipt or the row of one that is held still says no, or is still gone; that one
// which has ended was acknowledged so; a refusal that was recorded before.
type watchIntake struct {
	adapter.Intake
	g *Gateway
}

func (w watchIntake) Acknowledge(ctx context.Context, late adapter.Late) error {
	if d, err := w.g.store.Get(late.Correlate); err == nil && known(d, late) {
		return nil
	}
	return w.Intake.Acknowledge(ctx, late)
}

func known(d queue.Delivery, late adapter.Late) bool {
	switch {
	case d.State == queue.Held:
		return late.Refused
	case !d.State.Final():
		return false
	case !late.Refused:
		return true
	}
	return slices.Contains(d.Marks, queue.RefusedLater) || slices.ContainsFunc(d.Attempts, func(a queue.Attempt) bool {
		return a.Outcome == string(adapter.Refused) && a.Code == late.Code
	})
}
