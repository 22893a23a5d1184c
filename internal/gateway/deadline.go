package gateway

import (
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
