package adapter

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Outcome is what one attempt came to.
type Outcome string

// The outcomes of an attempt.
const (
	Acknowledged Outcome = "acknowledged" // the receiver has it
	Awaiting     Outcome = "awaiting"     // taken, the acknowledgement comes later
	Transient    Outcome = "transient"    // provably not taken
	UnknownTaken Outcome = "unknown"      // nobody can say whether it was taken
	Refused      Outcome = "permanent"    // needs a person
	UnitTrouble  Outcome = "trouble"      // the unit's fault, not the message's
)

// ErrUnknownReference is returned for an acknowledgement that fits no delivery.
var ErrUnknownReference = errors.New("no delivery has this reference")

// Failure is an error whose kind is known. Its text never quotes content.
type Failure struct {
	Outcome Outcome
	// Code is network, timeout, status, rule, unreadable, placeholder or a rule's own code.
	Code   string
	Status int // HTTP status or 0
	// Detail is the peer's own text: payload, for operators only, masked.
	Detail string
	// After replaces the schedule's delay where a rule said so (Exact), else is its lower bound.
	After time.Duration
	Exact bool
	// Cause names a unit's trouble: status-401, redirect, tls, host-not-allowed, unreadable, …
	Cause string
	// HoldReason is the hold reason of a Refused outcome where it is not "refused" (expression, placeholder).
	HoldReason string
	Err        error
}

func (f *Failure) Error() string {
	if f.Err != nil {
		return f.Err.Error()
	}
	return string(f.Outcome) + " " + f.Code
}

func (f *Failure) Unwrap() error { return f.Err }

// Permanent says that a person is needed.
func Permanent(err error) error { return &Failure{Outcome: Refused, Code: "status", Err: err} }

// RetryAfter says that the message was provably not taken and when to come again.
func RetryAfter(err error, d time.Duration) error {
	return &Failure{Outcome: Transient, Code: "status", After: d, Err: err}
}

// Unknown says that nobody can tell whether the receiver has the message.
func Unknown(err error) error { return &Failure{Outcome: UnknownTaken, Code: "network", Err: err} }

// Trouble says that the unit, not the message, needs a person.
func Trouble(cause string, err error) error {
	return &Failure{Outcome: UnitTrouble, Code: "status", Cause: cause, Err: err}
}

// Sent remembers whether the first byte of an attempt left this process.
type Sent struct{ flag atomic.Bool }

// Mark is called by the shared client just before the first byte leaves.
func (s *Sent) Mark() {
	if s != nil {
		s.flag.Store(true)
	}
}

// Yes tells whether a byte left.
func (s *Sent) Yes() bool { return s != nil && s.flag.Load() }

type sentKey struct{}

// Track gives one attempt its own memory of whether a byte left.
func Track(ctx context.Context) (context.Context, *Sent) {
	s := &Sent{}
	return context.WithValue(ctx, sentKey{}, s), s
}

// SentOf is the attempt's memory, nil outside one.
func SentOf(ctx context.Context) *Sent {
	s, _ := ctx.Value(sentKey{}).(*Sent)
	return s
}

// Classify tells an error's kind through any wrapping. An error without a kind
// is transient before the first byte left and unknown after it.
func Classify(err error, sent bool) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	code := "network"
	if errors.Is(err, context.DeadlineExceeded) {
		code = "timeout"
	}
	if sent {
		return &Failure{Outcome: UnknownTaken, Code: code, Err: err}
	}
	return &Failure{Outcome: Transient, Code: code, Err: err}
}
