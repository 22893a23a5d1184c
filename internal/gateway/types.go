package gateway

import (
	"time"

	"duijie/internal/deadline"
	"duijie/internal/queue"
)

// Caller is who is asking on the public listener, after the signature was verified.
type Caller struct {
	// Name is the sender's configured source; for callers without a signature empty
	// until an event names one of the `none` senders.
	Name string
	// Unsigned: the request carried no signature; it may speak for, and sees the
	// units of, all senders whose verify scheme is none.
	Unsigned bool
	// MutualTLS: the sender has a configured certificate and the connection presented it.
	// Binary mode needs this or Unsigned, for signatures do not cover headers.
	MutualTLS bool
	// Units are the units that the caller may send for and see; All stands for "*".
	Units map[string]bool
	All   bool
}

// Sees tells whether the caller may know of that unit.
func (c Caller) Sees(unit string) bool { return c.All || c.Units[unit] }

// Signature is the Standard Webhooks part of a request.
type Signature struct{ ID, Timestamp, Signature string }

// Answer is intake's word on one message. Err nil: it is durable.
type Answer struct {
	Receipt    string
	ID, Source string // of the event, where it could be read
	Status     queue.State
	Duplicate  bool
	Err        error // a *problem.Problem
}

// Operator is who acts on the admin side.
type Operator struct {
	Name string
	Role string // viewer operator admin
}

// UnitView is a unit as operators see it.
type UnitView struct {
	// Overdue are the clocks that ran out, by name, as counted within the last minutes.
	Overdue    map[string]int `json:"overdue"`
	Code       string         `json:"code"`
	Name       string         `json:"name"`
	Pack       string         `json:"pack"`
	Version    string         `json:"version"`
	Mode       string         `json:"mode"`
	Since      *time.Time     `json:"since"`
	FileMode   string         `json:"fileMode"`
	Status     string         `json:"status"` // ok trouble paused broken
	Trouble    string         `json:"trouble"`
	TroubleAt  *time.Time     `json:"troubleAt"`
	Breaker    string         `json:"breaker"` // closed open half-open
	Counts     map[string]int `json:"counts"`  // by state, both directions
	ToLocal    map[string]int `json:"toLocal"`
	ToNational map[string]int `json:"toNational"`
	Oldest     *time.Time     `json:"oldest"` // acceptance of the oldest open delivery
	// OldestToLocal and OldestToNational are the same by direction.
	OldestToLocal    *time.Time `json:"oldestToLocal"`
	OldestToNational *time.Time `json:"oldestToNational"`
	Types            []string   `json:"types"`
}

// Redrive selects deliveries for a bulk retry or resend.
type Redrive struct {
	Unit, Direction, State, Type, Subject, Reason string
	Since, Until                                  time.Time
	Receipts                                      []string
	DryRun                                        bool
}

// Job is a bulk act under way. State: running done cancelled failed.
type Job struct {
	ID        string     `json:"id"`
	State     string     `json:"state"`
	Total     int        `json:"total"`
	Done      int        `json:"done"`
	Failed    int        `json:"failed"`
	DryRun    bool       `json:"dryRun"`
	StartedAt time.Time  `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt"`
}

// CaseView is a case with its ids and timeline.
type CaseView struct {
	queue.Case
	Timeline  []queue.Delivery
	Deadlines []deadline.Clock
}

// Ready is what /readyz says. Status: ok degraded down.
type Ready struct {
	Status string            `json:"status"`
	Store  string            `json:"store"`
	Units  map[string]string `json:"units"`
}

// Reload is the outcome of a reload, dry or not.
type Reload struct {
	Applied      bool      `json:"applied"`
	Findings     []Finding `json:"findings"`
	HeldPass     int       `json:"heldPass"`     // held for mapping that would now pass
	QueuedDiffer int       `json:"queuedDiffer"` // queued whose translation would change
}

// Finding is one thing wrong with configuration or a pack, at a place.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}
