package auth

import (
	"sync"
	"time"
)

// The memory of one source is bounded: two generations of maxNonces, none over
// maxNonce bytes.
const (
	maxNonces = 200_000
	maxNonce  = 256
)

// nonces remembers what was seen, in two generations: each lives at least as
// long as a stamp may be used, unless more come than the memory holds.
type nonces struct {
	span time.Duration

	mu       sync.Mutex // guards the generations
	young    map[string]bool
	old      map[string]bool
	turnedAt time.Time
}

// take remembers a nonce; false where it was there already.
func (n *nonces) take(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.young == nil || now.Sub(n.turnedAt) > n.span || len(n.young) >= maxNonces {
		if n.old = n.young; now.Sub(n.turnedAt) > 2*n.span {
			n.old = nil
		}
		n.young, n.turnedAt = map[string]bool{}, now
	}
	if n.young[nonce] || n.old[nonce] {
		return false
	}
	n.young[nonce] = true
	return true
}

// forget lets a nonce be used again: its request was not taken.
func (n *nonces) forget(nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.young, nonce)
	delete(n.old, nonce)
}
