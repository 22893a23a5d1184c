package gateway

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// cramped is a store that has no room for outcomes while full.
type cramped struct {
	queue.Store
	full atomic.Bool
}

func (c *cramped) Settle(ctx context.Context, o []queue.Settlement) ([]queue.Settled, error) {
	if c.full.Load() {
		return nil, queue.ErrFull
	}
	return c.Store.Settle(ctx, o)
}

// TestAcknowledgementOutlastsAFullDisk: the receiver has acknowledged, and there is
// no room to write it down for longer than a lease. When there is, it is written:
// the message does not go again.
func TestAcknowledgementOutlastsAFullDisk(t *testing.T) {
	bubble(t, func(r *rig) {
		c := &cramped{Store: r.store}
		r.options = func(o *Options) { o.Store = c }
		r.start()
		c.full.Store(true)
		a := r.push("case.delegated", "A1", "1")
		r.wait(10 * time.Minute)
		r.state(a.Receipt, queue.Sending, "")
		c.full.Store(false)
		r.wait(10 * time.Second)
		r.state(a.Receipt, queue.Acked, "")
		if n, _ := r.local.count(); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

// TestStopWithAFullDiskEndsWithinTheGrace: what cannot be written down does not keep
// the program from ending; the outcome is then unknown, never forgotten.
func TestStopWithAFullDiskEndsWithinTheGrace(t *testing.T) {
	bubble(t, func(r *rig) {
		c := &cramped{Store: r.store}
		r.options = func(o *Options) { o.Store = c }
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			if n == 1 {
				return adapter.Ack{}, adapter.Unknown(errors.New("reset"))
			}
			return adapter.Ack{LocalRef: "L-" + m.Subject}, nil
		}
		r.start()
		c.full.Store(true)
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Minute)
		began := time.Now()
		r.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("stopped after %v", took)
		}
		c.full.Store(false)
		r.store.Crash()
		r.start()
		r.wait(time.Minute)
		if d := r.state(a.Receipt, queue.Acked, ""); d.Counts["unknown"] != 1 {
			t.Errorf("outcomes %v", d.Counts)
		}
	})
}
