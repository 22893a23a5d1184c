// Package rules is what a store does with a message, written once for all
// stores: dedupe, transitions of state, lanes that join, the crosswalk, contested
// cases. A store gives it a Tx and keeps what it saves; it decides nothing.
//
// Each function judges first and writes afterwards, so that an operation which
// is refused leaves nothing behind and does not spoil others of its commit.
// The package reads no clock and opens nothing.
package rules

import (
	"encoding/hex"
	"slices"
	"time"

	"duijie/internal/queue"

	"github.com/emmansun/gmsm/sm3"
)

// Tx is one transaction of a store. Records that it gives are live: they are
// changed in place and then saved, and seen so by whoever asks again.
type Tx interface {
	Now() time.Time
	// Horizon is the age from which the log was purged; zero: it never was.
	Horizon() time.Time

	// Add gives d its Seq and keeps its Payload; with dedupe it is found by ID. A Save follows.
	Add(d *queue.Delivery, dedupe bool)
	Get(seq uint64) *queue.Delivery // nil: none; without Payload and Frozen
	Save(d *queue.Delivery)
	Payload(seq uint64) []byte // nil: purged
	DropPayload(seq uint64)    // and Frozen
	SetFrozen(seq uint64, doc []byte)
	// Draft is what the attempt under way would have remembered; nil sets none.
	Draft(seq uint64) []byte
	SetDraft(seq uint64, b []byte)
	// Rememberer is whose memory stands; 0: none. SetMemory with nil forgets.
	Rememberer(m queue.Memory) uint64
	SetMemory(m queue.Memory, seq uint64, b []byte)
	Receipt(receipt string) uint64 // 0: none
	ID(source, id string) uint64   // 0: none

	// Lane is the rule's view of a lane, Open all its open deliveries in order,
	// Timeline every delivery of a case, both ways, in order.
	Lane(id queue.LaneID) queue.Lane
	Open(id queue.LaneID) []uint64
	Timeline(unit, lane string) []uint64
	// Waiting are the open deliveries of a unit that wait for a key.
	Waiting(unit, key string) []uint64

	Case(unit, lane string) *queue.Case // nil: none
	SaveCase(c *queue.Case)
	DropCase(unit, lane string)

	// Cross reads the crosswalk: the other side's id; side is the one that id is of.
	Cross(x Cross, id string) string // "": unknown
	SetCross(x Cross, id, other string)
	DropCross(x Cross, id string)
	// DropScope forgets all that is known under one case's scope, of every kind and both sides.
	DropScope(unit, scope string)

	// Lease tells whether a lease is good and whether its delivery has begun.
	Lease(receipt string, lease uint64) (begun, ok bool)
	Begun(receipt string)
	Void(receipt string)
}

// Cross names one side of one kind of the crosswalk.
type Cross struct {
	Unit, Kind, Scope string
	Side              string // National or Local: the side of the id asked with
}

// The sides of the crosswalk.
const (
	National = "national"
	Local    = "local"
)

// Rules are the rules with what they need from outside.
type Rules struct {
	Judge queue.Judge
	// Key computes a message's key; nil: Key of this package.
	Key func(unit, source, id string) string
	// LogHorizon is the age from which a message is too old; nil or zero: none.
	LogHorizon func() time.Time
}

// Key is the first 32 hex digits of SM3(unit LF source LF id).
func Key(unit, source, id string) string {
	sum := sm3.Sum([]byte(unit + "\n" + source + "\n" + id))
	return hex.EncodeToString(sum[:16])
}

func (r *Rules) key(unit, source, id string) string {
	if r.Key != nil {
		return r.Key(unit, source, id)
	}
	return Key(unit, source, id)
}

// tooOld tells whether a message that is not known may be one that was purged.
func (r *Rules) tooOld(tx Tx, t time.Time) bool {
	if t.IsZero() {
		return false
	}
	h := tx.Horizon()
	if r.LogHorizon != nil {
		if l := r.LogHorizon(); l.After(h) {
			h = l
		}
	}
	return !h.IsZero() && t.Before(h)
}

func mark(marks []string, add ...string) []string {
	for _, m := range add {
		if m != "" && !slices.Contains(marks, m) {
			marks = append(slices.Clip(marks), m)
		}
	}
	return marks
}

func unmark(marks []string, drop string) []string {
	return slices.DeleteFunc(slices.Clone(marks), func(m string) bool { return m == drop })
}

// set moves a delivery to a state and clears what belonged to the one before.
func set(d *queue.Delivery, s queue.State, at time.Time) {
	if d.State != s {
		d.State, d.StateAt = s, at
	}
	if s != queue.Queued {
		d.DueAt, d.WaitsOrder = time.Time{}, false
	}
	if s != queue.Held && s != queue.Cancelled {
		d.Reason = nil
	}
	if s.Final() {
		d.WaitFor, d.WaitSince, d.Missing = nil, time.Time{}, nil
	}
}

func hold(d *queue.Delivery, reason queue.Reason, at time.Time) {
	set(d, queue.Held, at)
	d.Reason = &reason
}

func requeue(d *queue.Delivery, due time.Time) {
	set(d, queue.Queued, due)
	d.DueAt, d.WaitsOrder = due, false
}

// melt drops the frozen bytes.
func melt(tx Tx, d *queue.Delivery) { tx.SetFrozen(d.Seq, nil) }

func settleUnknown(tx Tx, d *queue.Delivery) {
	d.Unknown, d.UnknownSince = false, time.Time{}
	melt(tx, d)
}
