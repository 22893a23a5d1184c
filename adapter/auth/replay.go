package auth

import "time"

// Replay remembers nonces that were used, for proofs that are no signature over
// the request: within the clock tolerance each is taken once. Its memory is
// bounded; many goroutines may use it.
type Replay struct{ seen nonces }

// NewReplay remembers for as long as a time stamp may be used: twice the tolerance.
func NewReplay(tolerance time.Duration) *Replay {
	return &Replay{seen: nonces{span: 2 * tolerance}}
}

// Take remembers a nonce; false where it was there already or is too long to keep.
func (r *Replay) Take(nonce string, now time.Time) bool {
	return len(nonce) <= maxNonce && r.seen.take(nonce, now)
}

// Forget lets a nonce be used again: its request was proven but not taken.
func (r *Replay) Forget(nonce string) { r.seen.forget(nonce) }
