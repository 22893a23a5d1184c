package adapter

import (
	"context"
	"net/http"
)

// Confirmation is what a local system says of a message that it was offered.
type Confirmation struct {
	Receipt  string
	OK       bool   // it has it; otherwise it refuses it
	LocalRef string // its own id of the case
	Message  string // its words on a refusal: payload, for operators only
}

// The results of a confirmation.
const (
	ConfirmedOK      = "ok"
	ConfirmedUnknown = "unknown" // no message of this unit has that receipt
	ConfirmedLate    = "late"    // it had been offered again meanwhile, or was ended otherwise
)

// Outbox is the gateway as a sink sees it whose local system comes and asks.
type Outbox interface {
	// Offer hands out at most most messages, heads of lanes only, oldest first.
	// When it returns, each is durably an attempt that awaits its confirmation, and
	// is offered to nobody else until the sink's time for it is over.
	Offer(ctx context.Context, most int) ([]Message, error)
	// Confirm settles what was offered, and tells one result for each, in order.
	// Nil: all of it is durable; an error is a *problem.Problem, and nothing was.
	Confirm(ctx context.Context, said []Confirmation) ([]string, error)
}

// Pulled is the ability of a sink that does not send but is asked: the public
// listener passes the calls below /local/{unit}/ that it answers to, and its
// deliveries stay queued until then. Deliver of such a sink is never called.
type Pulled interface {
	// Answers tells whether a path after the unit is one of the sink's.
	Answers(name string) bool
	// ServePull writes the answer; an error is a *problem.Problem, and nothing was written.
	ServePull(w http.ResponseWriter, r *http.Request, name string, out Outbox) error
}
