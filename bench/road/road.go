// Package road is what the gateway does with a store between claiming and the
// receiver's word, without the sending: one claimer that hands deliveries to
// workers, each of which begins and settles one at a time.
package road

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"duijie/internal/queue"
)

// Road is a store under measurement. Drain may run once at a time.
type Road struct {
	Store   queue.Store
	Targets []queue.Target
	Workers int
	Now     func() time.Time // nil: time.Now
}

// lease outlasts every measurement's attempt.
const lease = 5 * time.Minute

// Drain claims, begins and settles until the time is over or so many were settled
// (0: no limit), and gives their number. Each document is as long as its payload.
// It waits for what is put meanwhile.
func (r Road) Drain(ctx context.Context, long time.Duration, most uint64) (uint64, error) {
	now := r.Now
	if now == nil {
		now = time.Now
	}
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	work := make(chan queue.Delivery)
	free := make(chan struct{}, r.Workers)
	var n atomic.Uint64
	var wait sync.WaitGroup
	failed := make(chan error, r.Workers)
	for range r.Workers {
		free <- struct{}{}
		wait.Go(func() {
			for d := range work {
				err := settle(r.Store, d, now())
				switch {
				case errors.Is(err, queue.ErrLeaseLost): // as the gateway does: somebody else's word was first
					r.Store.Release(map[string]uint64{d.Receipt: d.Lease})
				case err != nil:
					failed <- err
					cancel()
					return
				case n.Add(1) == most:
					cancel()
				}
				free <- struct{}{}
			}
		})
	}
	err := r.claim(ctx, work, free)
	close(work)
	wait.Wait()
	select {
	case e := <-failed:
		return n.Load(), e
	default:
		return n.Load(), err
	}
}

// claim hands out what is due for as many workers as are free, until ctx ends.
func (r Road) claim(ctx context.Context, work chan<- queue.Delivery, free <-chan struct{}) error {
	room := 0
	for {
		if room == 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-free:
				room++
			}
		}
		for more := true; more; {
			select {
			case <-free:
				room++
			default:
				more = false
			}
		}
		ds, err := r.Store.Claim(ctx, r.want(room), lease)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		for _, d := range ds {
			work <- d
		}
		if room -= len(ds); len(ds) > 0 {
			continue
		}
		select { // nothing is due, or its lane is busy
		case <-ctx.Done():
			return nil
		case <-r.Store.Changed():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// want divides the free workers among the targets.
func (r Road) want(room int) map[queue.Target]int {
	out := map[queue.Target]int{}
	for i, t := range r.Targets {
		if n := room / len(r.Targets); i < room%len(r.Targets) {
			out[t] = n + 1
		} else if n > 0 {
			out[t] = n
		}
	}
	return out
}

// settle begins an attempt and settles it as acknowledged: two synced commits.
func settle(s queue.Store, d queue.Delivery, at time.Time) error {
	ctx := context.Background()
	begun, err := s.Begin(ctx, []queue.Start{{Receipt: d.Receipt, Lease: d.Lease, At: at, Document: d.Payload}})
	if err != nil {
		return err
	}
	if err := begun[0].Err; err != nil {
		return fmt.Errorf("begin %s: %w", d.Receipt, err)
	}
	if !begun[0].Verdict.Passes() {
		return errors.New("the case holds a measured message")
	}
	settled, err := s.Settle(ctx, []queue.Settlement{{Receipt: d.Receipt, Lease: d.Lease, At: at, State: queue.Acked,
		Attempt: &queue.Attempt{Outcome: "acknowledged"}}})
	if err != nil {
		return err
	}
	return settled[0].Err
}
