package console

import (
	"time"

	"duijie/internal/queue"
)

// why says in a few words where a delivery stands: a text key, with a number and a
// time where the text wants them, or the delivery that is in front.
type why struct {
	Key     string // empty: Reason says it
	Reason  string // a hold reason
	Count   int
	At      time.Time
	Blocked string // receipt
}

func whyOf(d queue.Delivery) why {
	switch d.State {
	case queue.Held, queue.Cancelled:
		if d.Reason != nil {
			return why{Reason: d.Reason.Code}
		}
	case queue.Awaiting:
		if !d.AwaitUntil.IsZero() {
			return why{Key: "why.await", At: d.AwaitUntil}
		}
	case queue.Acked:
		return why{Key: "why.acked", At: d.AckAt}
	case queue.Queued:
		return whyQueued(d)
	}
	return why{}
}

// whyQueued names the first thing that keeps it from going.
func whyQueued(d queue.Delivery) why {
	switch {
	case d.BlockedBy != "":
		return why{Key: "why.blocked", Blocked: d.BlockedBy}
	case len(d.Missing) > 0:
		return why{Key: "why.materials", Count: len(d.Missing)}
	case d.WaitsOrder:
		return why{Key: "why.order"}
	case len(d.WaitFor) > 0:
		return why{Key: "why.ids"}
	case d.Unknown:
		return why{Key: "why.unknown"}
	case d.Failures > 0:
		return why{Key: "why.retry", Count: d.Failures, At: d.DueAt}
	case !d.DueAt.IsZero():
		return why{Key: "why.due", At: d.DueAt}
	}
	return why{}
}

// Why writes it in words.
func (p page) Why(y why) string {
	switch y.Key {
	case "":
		return p.ReasonName(y.Reason)
	case "why.materials":
		return p.T(y.Key, y.Count)
	case "why.retry":
		return p.T(y.Key, y.Count, p.At(y.At))
	case "why.await", "why.acked", "why.due":
		return p.T(y.Key, p.At(y.At))
	}
	return p.T(y.Key)
}
