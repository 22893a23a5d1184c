package gateway

import (
	"sync"
	"time"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

// withinLimits is the last check: what the gateway can still carry. A local
// system's push is rarely repeated, so downward messages are refused at twice
// diskFree, upward ones only at diskFree itself.
func (g *Gateway) withinLimits(source, unit string, dir queue.Direction, now time.Time) *problem.Problem {
	l := g.o.Limits
	if dir == queue.ToLocal {
		if ok, wait := g.rates.allow(source, l.SenderRate, now); !ok {
			return &problem.Problem{Code: "rate", Limit: "senderRate", RetryAfter: wait}
		}
	}
	if l.DiskFree > 0 && g.o.DiskFree != nil {
		need := l.DiskFree
		if dir == queue.ToLocal {
			need *= 2
		}
		if free, ok := g.disk.free(g.o.DiskFree, now); ok && free < need {
			return &problem.Problem{Code: "backpressure", Limit: "diskFree", RetryAfter: 30 * time.Second}
		}
	}
	if l.Backlog > 0 || l.BacklogUnit > 0 {
		all, own := g.store.Backlog(unit)
		if l.BacklogUnit > 0 && own >= l.BacklogUnit {
			return &problem.Problem{Code: "backpressure", Limit: "backlogUnit", RetryAfter: 10 * time.Second}
		}
		if l.Backlog > 0 && all >= l.Backlog {
			return &problem.Problem{Code: "backpressure", Limit: "backlog", RetryAfter: 10 * time.Second}
		}
	}
	return nil
}

// diskGauge asks the file system at most once a second.
type diskGauge struct {
	mu    sync.Mutex // guards all below
	at    time.Time
	bytes int64
	known bool
}

func (d *diskGauge) free(ask func() (int64, error), now time.Time) (int64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known && now.Sub(d.at) < time.Second && !now.Before(d.at) {
		return d.bytes, true
	}
	n, err := ask()
	if err != nil {
		return 0, false
	}
	d.at, d.bytes, d.known = now, n, true
	return n, true
}
