// Package queue is the durable heart: messages, their deliveries, lanes, leases,
// the crosswalk and the case records, behind one Store. It decides what may be
// tried next; what an outcome means is the gateway's (package gateway), what a
// document says nobody's here: the store knows nothing of JSON or mappings.
//
// What is true after a call:
//
//   - Put, Begin, Settle and Act returned nil: what they say is synced to disk.
//   - They returned an error: nothing of that call happened, unless the error
//     says otherwise item by item; after ErrFailed nobody can say, and the store
//     takes nothing more until it is opened again.
//   - The context ended while waiting: the write may still happen (a group
//     commit is never torn out); callers that repeat are safe, since messages
//     are deduplicated and leases compared.
//   - kill -9 at any point: everything acknowledged is there. A delivery that
//     had begun (Begin returned) comes back queued with Unknown set and its
//     frozen bytes; one that was only claimed comes back as if never claimed.
//
// Order is the sequence number that the store gives in the commit, never a time.
package queue

import (
	"errors"
	"time"
)

// Direction is the way of a message.
type Direction string

// The directions: down to the local system, up to the national platform.
const (
	ToLocal    Direction = "to-local"
	ToNational Direction = "to-national"
)

// State is a delivery's state; the transitions are drawn in docs/delivery.md.
type State string

// The states of a delivery.
const (
	Queued    State = "queued"
	Sending   State = "sending"
	Awaiting  State = "awaiting"
	Held      State = "held"
	Acked     State = "acked"
	Cancelled State = "cancelled"
)

// Final tells whether a state is never left (but by purge of the payload).
func (s State) Final() bool { return s == Acked || s == Cancelled }

// The store's errors. Whole-call errors but ErrLeaseLost and ErrNotFound are
// wrapped with what was being done.
var (
	ErrIDReused  = errors.New("id reused with other content")             // Put, one by one
	ErrTooOld    = errors.New("older than the message log")               // Put, one by one
	ErrLeaseLost = errors.New("lease lost")                               // Begin and Settle, one by one: not applied
	ErrNotFound  = errors.New("no such delivery")                         // Act and reads
	ErrState     = errors.New("the delivery's state does not allow this") // Act
	ErrFull      = errors.New("store full")                               // no space; recovers by itself
	ErrReadOnly  = errors.New("store not writable")                       // recovers by itself
	ErrFailed    = errors.New("store failed: sync did not succeed")       // until opened anew
	ErrLocked    = errors.New("store is in use by another process")       // Open
	ErrNewer     = errors.New("store was written by a newer program")     // Open
	ErrClosed    = errors.New("store closed")
)

// Target is one receiver's queue: a unit in one direction.
type Target struct {
	Unit      string
	Direction Direction
}

// Reissue says what Put does when source and id are known with other content.
type Reissue uint8

// The answers to a reissued id. Refuse is the platform's senders'; the others
// are for local systems, which do set rows back to "unread".
const (
	ReissueRefuse Reissue = iota // ErrIDReused
	ReissueTake                  // its own message, id = value#digest, marked "reissued"
	ReissueHold                  // likewise, held "reissued"
)

// Warning is kept on a message and never refuses it.
type Warning struct {
	Pointer string `json:"pointer" cbor:"1,keyasint"`
	Code    string `json:"code" cbor:"2,keyasint"`
}

// Message is what was accepted. It never changes, but for Lane (joined when the
// crosswalk learns an id) and Payload (purged).
type Message struct {
	Seq        uint64 // given by the store in the commit
	Receipt    string // UUIDv7, given by the caller
	Key        string // 32 hex digits, computed from unit, source and id
	Direction  Direction
	Unit       string
	Source, ID string
	Type       string
	Subject    string // empty upward until translated
	DataSchema string
	Time       time.Time // the event's own
	AcceptedAt time.Time
	Digest     [32]byte // SM3 of the canonical content
	// Lane is the ordering key inside the target: "n:"+national case id, "l:"+local
	// case id, or "s:"+subject for messages without a case.
	Lane     string
	Endpoint string // the source's endpoint, upward
	// Native upward payloads are national data already (delivery.reported, a ping's echo): no mapping.
	Native   bool
	Urgent   bool // may overtake a head that is held or awaiting
	Opens    bool // may pass a head that waits for the case to be accepted (accepted, rejected)
	Warnings []Warning
	Stats    map[string]string // the few fields that statistics need
	// Materials are the digests of the attachments (附件) that it names.
	Materials []string
	Payload   []byte // sealed by the store on its way to disk; the message as the sender gave it
}

// NewMessage is a message to Put and how to begin with it.
type NewMessage struct {
	Message
	Reissue Reissue
	Marks   []string
	// Hold begins the delivery held, with this reason.
	Hold *Reason
	// DueAt begins it later than at once.
	DueAt time.Time
	// Pairs are ids that the message teaches the crosswalk.
	Pairs []Pair
	// Event moves the case record when the message is accepted (downward); nil: none.
	Event *CaseEvent
}

// Reason is why a delivery is held or cancelled. Detail is words of ours.
type Reason struct {
	Code   string `json:"code" cbor:"1,keyasint"`
	Detail string `json:"detail" cbor:"2,keyasint"`
}

// Result is Put's answer for one message. With Err set nothing was stored.
type Result struct {
	Receipt   string
	Seq       uint64
	ID        string // as stored: with #digest where reissued
	State     State
	Duplicate bool
	Err       error
}

// Attempt is one sending, one probe that settled it, one offering by pull, or one late acknowledgement.
type Attempt struct {
	N       int           `cbor:"1,keyasint"`
	At      time.Time     `cbor:"2,keyasint"`
	Took    time.Duration `cbor:"3,keyasint"`
	Outcome string        `cbor:"4,keyasint"` // acknowledged awaiting transient unknown permanent trouble; empty while under way
	Status  int           `cbor:"5,keyasint"`
	Code    string        `cbor:"6,keyasint"`
	// Detail is the peer's text: payload, stored sealed.
	Detail      string `cbor:"7,keyasint"`
	PackVersion string `cbor:"8,keyasint"`
	DocDigest   string `cbor:"9,keyasint"` // hex SM3 of the bytes sent
	Probe       bool   `cbor:"10,keyasint"`
}

// Delivery is a message's fate so far.
type Delivery struct {
	Message
	State    State
	StateAt  time.Time
	DueAt    time.Time // while queued
	Failures int       // in a row; the schedule is a function of it
	// Attempts are the first 10 and the last 50; Counts the number of all by outcome.
	Attempts []Attempt
	Tried    int
	Counts   map[string]int
	Lease    uint64
	// Unknown: the last attempt's outcome is unknown. Frozen is what it sent, byte for byte.
	Unknown      bool
	UnknownSince time.Time // the attempt's end, or the restart
	Frozen       []byte
	AwaitRef     string
	AwaitUntil   time.Time
	Reason       *Reason
	LocalRef     string
	AckAt        time.Time
	Marks        []string
	Skipped      bool     // held, but its lane goes on
	WaitsOrder   bool     // queued, waiting for the case to be accepted
	WaitFor      []string // crosswalk ids it waits for, see WaitKey
	WaitSince    time.Time
	BlockedBy    string   // receipt of its lane's head; reads only
	Missing      []string // digests of materials that it waits for, since WaitSince
	Notified     bool     // the platform was told that it is held
	// Judged: its event moved its case already; a repeat is not judged again. Set by
	// the store when a verdict passes, or holds (a person's retry then goes).
	Judged bool
	// ByPerson: an operator asked for the next try; Begin clears it.
	ByPerson    bool
	PackVersion string
	DocDigest   string
	Purged      bool
	// Restored: the store came from a backup, and nobody knows what happened to this
	// one since; it is asked for, or held, before it goes. A person's retry clears it.
	Restored bool
	// Case is the case record as it stood when read; nil without one.
	Case *Case
}

// Start asks that a claimed delivery begin an attempt.
type Start struct {
	Receipt string
	Lease   uint64
	At      time.Time
	// Document is kept frozen until the outcome is known.
	Document    []byte
	PackVersion string
	DocDigest   string
	Subject     string // upward: the subject that the translation found
	// Event moves the case record before an upward message leaves; nil: none.
	Event *CaseEvent
	// Pairs are what the translation taught the crosswalk.
	Pairs []Pair
	// Remember is what the translation held back, for the way back; nil: nothing. It
	// is payload: sealed, never shown. It replaces what is remembered when the
	// receiver has the document.
	Remember []byte
	// Repeat: Document is what the last attempt sent; what that one held back stands.
	Repeat bool
}

// Memory names what one direction of one subject's messages held back.
type Memory struct {
	Unit, Type, Subject string
	Direction           Direction
}

// Started is Begin's answer for one start: Err is ErrLeaseLost or nil; where the
// case forbids sending now (Verdict), the store has already held or requeued it.
type Started struct {
	Err     error
	Attempt int
	Verdict Verdict
}

// Settlement is the outcome of a claimed delivery.
type Settlement struct {
	Receipt string
	Lease   uint64
	At      time.Time
	// Attempt completes the attempt that Begin opened, or (Probe) adds one; nil:
	// nothing was tried (the translation waits, the breaker opened).
	Attempt  *Attempt
	State    State // Queued, Awaiting, Held or Acked
	DueAt    time.Time
	Failures int
	// Unknown keeps the frozen bytes; otherwise they are dropped.
	Unknown    bool
	Reason     *Reason
	LocalRef   string
	AwaitRef   string
	AwaitUntil time.Time
	Marks      []string
	WaitFor    []string
	Missing    []string
	Pairs      []Pair
	// TeachLocal binds LocalRef to the message's case; an empty LocalRef with it marks "no-local-id".
	TeachLocal bool
	// Also are messages to put in the same commit (delivery.reported).
	Also []NewMessage
}

// Settled is Settle's answer for one settlement. Contested names the case that
// LocalRef already belonged to.
type Settled struct {
	Err       error
	Contested string
}

// The marks of a delivery, and of its case, whose receiver said something else after
// it had ended.
const (
	RefusedLater = "refused-later"
	OtherLocalID = "other-local-id"
)

// Verb is an act on a delivery from outside its own attempt.
type Verb string

// The verbs. Late settles from outside (callback, confirm); Notify marks the
// platform told; the rest are an operator's.
const (
	RetryNow Verb = "retry"
	Cancel   Verb = "cancel"
	Ack      Verb = "ack"
	Skip     Verb = "skip"
	Resend   Verb = "resend"
	Late     Verb = "late"
	Notify   Verb = "notify"
	// Requeue, Hold and Extend settle an awaiting delivery whose acknowledgement
	// did not come: provably not taken, nobody can tell, still there.
	Requeue Verb = "requeue"
	Hold    Verb = "hold"
	Extend  Verb = "extend"
	// Supply ends the waiting for a material that is there now.
	Supply Verb = "supply"
)

// Act is one such act.
type Act struct {
	Receipt  string
	Verb     Verb
	At       time.Time
	Reason   Reason   // Cancel: code "operator"; Late refusal: code "refused"
	LocalRef string   // Ack, Late
	Attempt  *Attempt // Late: recorded as an attempt
	Refused  bool     // Late: the receiver says no: held, or marked where it had ended
	// TeachLocal (Ack, Late): an empty LocalRef marks "no-local-id"; one that is there is always taught.
	TeachLocal bool
	// WithLane cancels what waits behind it too; without it cancelling
	// case.delegated holds its followers "case-cancelled".
	WithLane bool
	// AwaitUntil is Extend's new end of patience.
	AwaitUntil time.Time
	// DueAt is when a Requeue falls due, zero: at once. One in the past puts it in its
	// old place among what is due; such a Requeue is ErrState before AwaitUntil, as
	// another may have put it back and handed it out again meanwhile.
	DueAt time.Time
	// Material is Supply's digest.
	Material string
	// NewReceipt is the receipt of a Resend's new delivery.
	NewReceipt string
	Marks      []string
	// Also are put in the same commit, once for each delivery that the act ended:
	// called inside the commit, must be pure.
	Also func(d *Delivery) []NewMessage
}

// Acted is Act's answer. Err is ErrNotFound or ErrState.
type Acted struct {
	Err      error
	State    State
	Receipts []string // all that changed: the lane's, a resend's new one
}

// Pair is one crosswalk pair. Scope is the case's national id for kinds that are
// scoped by case, else empty. Kind "case" binds national and local, "court"
// binds national and court number (in Local).
type Pair struct {
	Kind, Scope, National, Local string
}

// WaitKey names the id that a delivery waits for: "local" asks for the national
// id of a local one, "national" the reverse.
func WaitKey(kind, side, id string) string { return kind + "|" + side + "|" + id }
