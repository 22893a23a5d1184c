package sim

import (
	"sync"
	"time"
)

// Sent is one message that a peer sent to the gateway.
type Sent struct {
	Key     string // under which the other side must find it, see Key
	Unit    string
	Source  string
	ID      string
	Type    string
	Subject string
	N       int       // its number in the order of first sending, from 1
	First   time.Time // when it was sent first
	// Accepted is when the gateway's word that it is durable came; zero: not yet.
	Accepted time.Time
	Receipt  string // from that answer
	Tries    int
	// Refused is the gateway's problem code where it said no for good.
	Refused string
}

// Ledger is what a peer sent, by key. It may be used by many goroutines at once.
type Ledger struct {
	mu    sync.Mutex // guards all below
	byKey map[string]*Sent
	order []*Sent
}

// NewLedger is an empty ledger.
func NewLedger() *Ledger { return &Ledger{byKey: map[string]*Sent{}} }

// Try notes that s is about to be sent, again where its key is known.
func (l *Ledger) Try(s Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	have := l.byKey[s.Key]
	if have == nil {
		s.N = len(l.order) + 1
		have = &s
		l.byKey[s.Key] = have
		l.order = append(l.order, have)
	}
	have.Tries++
}

// Accept notes the gateway's word for it; only the first counts.
func (l *Ledger) Accept(key, receipt string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.byKey[key]; s != nil && s.Accepted.IsZero() {
		s.Accepted, s.Receipt = at, receipt
	}
}

// Refuse notes that the gateway said no for good.
func (l *Ledger) Refuse(key, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.byKey[key]; s != nil {
		s.Refused = code
	}
}

// Get is what was sent under that key.
func (l *Ledger) Get(key string) (Sent, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.byKey[key]; s != nil {
		return *s, true
	}
	return Sent{}, false
}

// All is everything in the order of first sending.
func (l *Ledger) All() []Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Sent, len(l.order))
	for i, s := range l.order {
		out[i] = *s
	}
	return out
}

// Len is the number of messages sent, repeats not counted.
func (l *Ledger) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

// Open is the number of messages that have neither been accepted nor refused.
func (l *Ledger) Open() int {
	n := 0
	for _, s := range l.All() {
		if s.Accepted.IsZero() && s.Refused == "" {
			n++
		}
	}
	return n
}
