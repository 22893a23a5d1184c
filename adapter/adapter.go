// Package adapter is the contract between the gateway and every kind of local
// system: what a message is on its way there, what an answer means, and how a
// source hands in what the local system has to say.
//
// It promises that an error's kind survives any wrapping, and that an error
// without a kind is never taken for a refusal (which would cost a case) nor
// repeated blindly (which would double one): before the first byte left it is
// transient, after it unknown. The package opens no connection and keeps no
// state. Implementations live in a folder each (adapter/http, …) and are listed
// once, in adapter/kinds.
package adapter

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Message is one message on its way to a receiver, in the receiver's own form.
type Message struct {
	Receipt string // the gateway's own handle, a UUIDv7
	Key     string // 32 hex digits, the same on every repeat: what makes a repeat harmless
	Unit    string // 对接单位, the docking unit's code
	Type    string // message type of the national profile, or the event's type upward
	Subject string // the national case id or what the type names: the ordering key
	Source  string // CloudEvents source of the message as it was accepted
	// LocalRef is the local system's own id of the case, from the crosswalk; empty while unknown.
	LocalRef   string
	Attempt    int       // 1 for the first sending
	AcceptedAt time.Time // when the message became durable; {now} in templates
	Time       time.Time // the event's own time
	// AfterUnknown says that an earlier attempt under this key ended unknown: the
	// receiver may have it already, which is what a 409 id-reused then means.
	AfterUnknown bool
	// Document is the wire bytes in the receiver's codec and charset. Never logged.
	Document []byte
	// Materials are the attachments that it names, where the route takes them; Open
	// streams one. They are all there when Deliver is called.
	Materials []Material
	Open      OpenMaterial
}

// LogValue shows size and identity, never content.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("receipt", m.Receipt), slog.String("type", m.Type),
		slog.Int("attempt", m.Attempt), slog.Int("bytes", len(m.Document)))
}

// Ack is what a receiver said when it took a message.
type Ack struct {
	LocalRef string // the local system's id, where the answer carried one
	// Await is the reference under which the acknowledgement comes later
	// (callback, status column, receipt file); empty: this is the acknowledgement.
	Await string
	// Code is a rule's own code, [A-Za-z0-9_-]{1,32}; it may travel to the sender.
	Code string
	// Status is the HTTP status or 0.
	Status int
	// Mark is set where the acknowledgement was not plain, for example "content-differs".
	Mark string
}

// Sink hands one message over, in one attempt of one request.
//
// Deliver returns nil when the receiver has the message, or took it and
// acknowledges later (Ack.Await). A plain error is transient before the first
// byte left and unknown after it; see Classify. Deliver may be called by many
// goroutines at once. After a cancelled context the outcome is what Classify says.
type Sink interface {
	Deliver(ctx context.Context, m Message) (Ack, error)
}

// Prober is the optional ability to ask whether the receiver already has this
// message (never: its case). found false with a nil error is the receiver's own
// "not found"; an error leaves the question open.
type Prober interface {
	// CanProbe tells whether messages of this type have a probe at all.
	CanProbe(messageType string) bool
	// Settle is how long after an attempt's end a "not found" begins to count.
	Settle(messageType string) time.Duration
	Probe(ctx context.Context, m Message) (ack Ack, found bool, err error)
}

// Incoming is what a local system handed in, before any mapping.
type Incoming struct {
	Endpoint string // endpoint, table or folder: the last part of the message's source
	Type     string // message type by the endpoint's settings; empty where it could not be told
	// ID is the pack's dedupe value; empty: the digest of the content stands in.
	ID string
	// Time is the event's time, zero: the arrival.
	Time time.Time
	// Document is the wire bytes as they came.
	Document []byte
	// Content is what dedupe compares: the decoded content in canonical form
	// without volatile fields; nil: the document itself.
	Content []byte
	// Lane overrides the ordering key (a pack's lane: EXPR); empty: from the document.
	Lane string
	// ReissueHold holds a message whose ID came before with other content,
	// in place of passing it on marked "reissued".
	ReissueHold bool
	// Strict refuses what cannot be mapped in place of accepting and holding it.
	Strict bool
	// Materials are the digests of what came with the document and was kept.
	Materials []string
	// Unreadable says that the document could not be decoded; it is stored raw and held.
	Unreadable bool
}

// Accepted is the gateway's word that an incoming message is durable.
type Accepted struct {
	Receipt   string
	Duplicate bool
}

// Late is an acknowledgement that comes by another road than the delivery's own answer.
type Late struct {
	// Correlate is a key, a receipt, or the reference that an await rule named.
	Correlate string
	Ack       Ack
	// Refused is set where the receiver says no: the delivery is held.
	Refused bool
	Code    string // the rule's code, may be empty
	Detail  string // peer's text: for operators only, payload
	// HoldReason is the hold reason of a refusal where it is not "refused" (row-vanished, expression).
	HoldReason string
}

// Intake is the gateway as a source sees it.
type Intake interface {
	// Accept returns nil once the message is durable; only then may the source
	// answer, mark the row or move the file. A refusal is a *problem.Problem.
	Accept(ctx context.Context, in Incoming) (Accepted, error)
	// Acknowledge settles a delivery from outside. An unknown reference is ErrUnknownReference.
	Acknowledge(ctx context.Context, late Late) error
}

// Troubled is what an Intake may also be: it is told why a source cannot get at
// its local system, as the unit's trouble; an empty cause ends it.
type Troubled interface{ Trouble(cause string) }

// Source feeds messages until ctx ends, then returns nil. Any other return
// restarts it, with back-off.
type Source interface {
	Run(ctx context.Context, in Intake) error
}

// Endpoint is the optional ability of a source to be called: the public listener
// passes requests below /local/{unit}/ to it. name is the path after the unit.
// Body size is limited by the caller.
type Endpoint interface {
	ServeLocal(w http.ResponseWriter, r *http.Request, name string, in Intake)
}
