package gateway

import (
	"context"
	"time"

	"duijie/internal/deadline"
	"duijie/internal/queue"
)

// clocksOf are the deadlines of a case as they stand.
func (g *Gateway) clocksOf(c queue.Case) []deadline.Clock {
	return g.o.Deadlines.Clocks(factsOf(c), g.now())
}

// factsOf is what a case's record says that its clocks go by.
func factsOf(c queue.Case) deadline.Facts {
	f := deadline.Facts{
		Taken: c.Times[queue.TimeTaken], Answered: earlier(c.Times["case.accepted"], c.Times["case.rejected"]),
		Platform: c.Times[queue.TimeConfirmed], Applied: c.Times["case.registered"],
		Closed: c.Times["case.closed"], Ended: c.Times[queue.TimeEnded],
		Delegation: c.Delegation, Procedure: c.Procedure,
		NewDue: c.Times[queue.TimeNewDue], Extended: c.Extended,
		Effective: c.Times[queue.TimeEffective], Confirming: c.Times[queue.TimeConfirming],
		Reviewed: c.Times["arbitration.review.reported"],
		Asked:    c.Times["case.extension.requested"], Decided: c.Times["case.extension.decided"],
	}
	for _, p := range c.Pauses {
		f.Pauses = append(f.Pauses, deadline.Pause{From: p.From, To: p.To})
	}
	return f
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// clockEvery is how often all cases' clocks are looked at, and clockShare the
// part of the time that looking may take: a store of a million cases is looked
// through less often.
const (
	clockEvery = time.Minute
	clockShare = 50
)

// overdue are the clocks that ran out, by unit and name.
type overdue map[string]map[string]int

// clockLoop counts the clocks that ran out, for the metrics, and warns once of
// each that has used two thirds of its time, until ctx ends.
func (g *Gateway) clockLoop(ctx context.Context) error {
	told := map[string]bool{}
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		began := time.Now()
		g.lookAtClocks(told)
		wait = max(clockEvery, clockShare*time.Since(began))
	}
}

func (g *Gateway) lookAtClocks(told map[string]bool) {
	now, found := g.now(), overdue{}
	err := g.store.EachCase("", func(c queue.Case) bool {
		for _, clock := range g.o.Deadlines.Clocks(factsOf(c), now) {
			if clock.State == deadline.Overdue {
				if found[c.Unit] == nil {
					found[c.Unit] = map[string]int{}
				}
				found[c.Unit][clock.Name]++
			}
			key := c.Unit + "\n" + c.Lane + "\n" + clock.Name
			near := clock.State == deadline.Running && now.After(clock.WarnAt)
			if near && !told[key] {
				g.log.Warn("deadline near", "unit", c.Unit, "case", c.Lane, "clock", clock.Name, "due", clock.DueAt)
			}
			if near {
				told[key] = true
			} else {
				delete(told, key)
			}
		}
		return true
	})
	if err != nil {
		g.log.Error("look at deadlines", "error", err)
		return
	}
	g.overdue.Store(&found)
}
