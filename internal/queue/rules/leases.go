package rules

import (
	"math/rand/v2"
	"sync"
	"time"

	"duijie/internal/queue"
)

// Leases are a process's reservations: volatile, and timed by a monotonic clock.
// All methods may be called by many goroutines at once.
type Leases struct {
	now func() time.Time

	mu    sync.Mutex // guards all below
	next  uint64
	held  map[string]*lease // by receipt
	lanes map[queue.LaneID]int
}

type lease struct {
	token uint64
	until time.Time
	begun bool
	seq   uint64
	lane  queue.LaneID
}

// NewLeases makes an empty table. Tokens begin at random, so that one of an
// earlier process never fits.
func NewLeases(now func() time.Time) *Leases {
	return &Leases{now: now, next: rand.Uint64() >> 1, held: map[string]*lease{}, lanes: map[queue.LaneID]int{}}
}

// Take reserves a delivery of a lane that is not busy; 0: it is.
func (l *Leases) Take(d *queue.Delivery, dur time.Duration) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := d.LaneID()
	if l.lanes[id] > 0 || l.held[d.Receipt] != nil {
		return 0
	}
	l.next++
	l.held[d.Receipt] = &lease{token: l.next, until: l.now().Add(dur), seq: d.Seq, lane: id}
	l.lanes[id]++
	return l.next
}

// Busy tells whether one of a lane is reserved or under way.
func (l *Leases) Busy(id queue.LaneID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lanes[id] > 0
}

// Check tells whether a lease is good.
func (l *Leases) Check(receipt string, token uint64) (begun, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[receipt]
	if h == nil || h.token != token || !l.now().Before(h.until) {
		return false, false
	}
	return h.begun, true
}

// Renew prolongs a lease that is still good.
func (l *Leases) Renew(receipt string, token uint64, dur time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[receipt]
	if h == nil || h.token != token || !l.now().Before(h.until) {
		return false
	}
	h.until = l.now().Add(dur)
	return true
}

// Begun marks a reservation as begun: its end is an unknown outcome.
func (l *Leases) Begun(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[receipt]; h != nil {
		h.begun = true
	}
}

// Unbegin takes Begun back: what was to be durable was not.
func (l *Leases) Unbegin(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[receipt]; h != nil {
		h.begun = false
	}
}

// Void ends a reservation, whosever it is.
func (l *Leases) Void(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(receipt)
}

func (l *Leases) drop(receipt string) {
	h := l.held[receipt]
	if h == nil {
		return
	}
	delete(l.held, receipt)
	if l.lanes[h.lane]--; l.lanes[h.lane] <= 0 {
		delete(l.lanes, h.lane)
	}
}

// Move follows a delivery into the lane that its own has joined.
func (l *Leases) Move(receipt string, id queue.LaneID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[receipt]
	if h == nil || h.lane == id {
		return
	}
	if l.lanes[h.lane]--; l.lanes[h.lane] <= 0 {
		delete(l.lanes, h.lane)
	}
	h.lane = id
	l.lanes[id]++
}

// Release gives back what was reserved and has not begun.
func (l *Leases) Release(receipts map[string]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for receipt, token := range receipts {
		if h := l.held[receipt]; h != nil && h.token == token && !h.begun {
			l.drop(receipt)
		}
	}
}

// Expired frees reservations that ended before they began, and names the begun
// ones that ended: those stay busy until their outcome is written down.
func (l *Leases) Expired() (begun []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for receipt, h := range l.held {
		switch {
		case now.Before(h.until):
		case h.begun:
			begun = append(begun, h.seq)
		default:
			l.drop(receipt)
		}
	}
	return begun
}

// Lost tells whether a begun reservation has ended (or there is none).
func (l *Leases) Lost(receipt string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[receipt]
	return h == nil || !l.now().Before(h.until)
}

// Next is how long until the first lease of these targets ends; false: none is held.
func (l *Leases) Next(targets map[queue.Target]bool) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first time.Time
	for _, h := range l.held {
		if targets[h.lane.Target] && (first.IsZero() || h.until.Before(first)) {
			first = h.until
		}
	}
	if first.IsZero() {
		return 0, false
	}
	return max(first.Sub(l.now()), 0), true
}
