package sim

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"
)

// Taken is one message that a peer took.
type Taken struct {
	Key     string // Idempotency-Key or webhook-id
	Unit    string
	Source  string // upward: the event's source
	Type    string
	Subject string    // the national case id, or what the type names
	At      time.Time // when it came first
	N       int       // its number in the order of arrival, from 1
	Times   int       // how often it came under this key; all but the first are repeats
	// Differs says that a repeat under the key had other content.
	Differs  bool
	Document []byte
	// content is what repeats are compared by; the document where nil.
	content []byte
}

// same is what a repeat must be equal in.
func (t *Taken) same() []byte {
	if t.content != nil {
		return t.content
	}
	return t.Document
}

// Book is what a peer took, by key. It may be used by many goroutines at once.
type Book struct {
	mu      sync.Mutex // guards all below
	byKey   map[string]*Taken
	order   []*Taken
	subject map[string][]*Taken
	changed chan struct{} // closed and replaced at every first take
}

// NewBook is an empty book.
func NewBook() *Book {
	return &Book{byKey: map[string]*Taken{}, subject: map[string][]*Taken{}, changed: make(chan struct{})}
}

// Take enters t under its key. It is false for a repeat, which changes nothing
// but the count.
func (b *Book) Take(t Taken) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.byKey[t.Key]; have != nil {
		have.Times++
		have.Differs = have.Differs || !bytes.Equal(have.same(), t.same())
		return false
	}
	t.N, t.Times = len(b.order)+1, 1
	b.byKey[t.Key] = &t
	b.order = append(b.order, &t)
	b.subject[t.Subject] = append(b.subject[t.Subject], &t)
	close(b.changed)
	b.changed = make(chan struct{})
	return true
}

// Get is what came under that key.
func (b *Book) Get(key string) (Taken, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.byKey[key]; t != nil {
		return *t, true
	}
	return Taken{}, false
}

// Subject is what came for one subject, in the order of arrival.
func (b *Book) Subject(subject string) []Taken {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copies(b.subject[subject])
}

// All is everything in the order of arrival.
func (b *Book) All() []Taken {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copies(b.order)
}

// Len is the number of messages taken, repeats not counted.
func (b *Book) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.order)
}

func copies(in []*Taken) []Taken {
	out := make([]Taken, len(in))
	for i, t := range in {
		out[i] = *t
	}
	return out
}

// Wait returns nil as soon as done is true; it asks again at every first take.
// done must not call the book's own Wait. The error is the context's.
func (b *Book) Wait(ctx context.Context, done func() bool) error {
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Has tells whether a message of that type came for the subject.
func (b *Book) Has(subject, typ string) bool {
	return slices.ContainsFunc(b.Subject(subject), func(t Taken) bool { return t.Type == typ })
}
