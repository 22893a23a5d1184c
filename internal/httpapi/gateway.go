package httpapi

import (
	"context"
	"io"
	"net/http"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/material"
	"duijie/internal/queue"
	"duijie/internal/stats"
)

// Gateway is what the public and the admin listener ask of the road.
// *gateway.Gateway is the implementation.
type Gateway interface {
	// Authenticate finds the sender whose key verifies payload; a request without
	// signature is an Unsigned caller. The error is a *problem.Problem.
	Authenticate(sig gateway.Signature, payload []byte, certificate string) (gateway.Caller, error)
	// Receive takes one structured event, ReceiveBatch a JSON array of them, each standing alone.
	Receive(ctx context.Context, c gateway.Caller, raw []byte) gateway.Answer
	ReceiveBatch(ctx context.Context, c gateway.Caller, raw []byte) ([]gateway.Answer, error)
	// ReceiveBinary takes a CloudEvent in binary mode: attributes from ce-* headers.
	ReceiveBinary(ctx context.Context, c gateway.Caller, attributes map[string]string, data []byte) gateway.Answer
	// Local answers a local system's own call at /local/{unit}/{name}. A non-nil
	// error is a *problem.Problem and nothing was written yet.
	Local(w http.ResponseWriter, r *http.Request, unit, name string) error

	// PutMaterial takes a material or a part of it; Material opens one that the caller
	// may see; HeldMaterial is how much of an unfinished upload of the caller's is
	// there. Their errors are *problem.Problem but for what nobody foresaw.
	PutMaterial(ctx context.Context, c gateway.Caller, p material.Part, body io.Reader) (material.Taken, error)
	Material(c gateway.Caller, digest string) (*material.Reader, error)
	HeldMaterial(c gateway.Caller, digest string) int64

	Delivery(receipt string) (queue.Delivery, error)
	DeliveryByID(source, id string) (queue.Delivery, error)
	Deliveries(f queue.Filter) ([]queue.Delivery, uint64, error)
	Payload(receipt string) ([]byte, error)
	// Masked is the payload with sensitive values masked.
	Masked(d queue.Delivery) ([]byte, error)
	Case(unit, id string) (gateway.CaseView, error)
	Ready() gateway.Ready
	Units() []gateway.UnitView

	Retry(ctx context.Context, op gateway.Operator, receipt string) (queue.Acted, error)
	Cancel(ctx context.Context, op gateway.Operator, receipt, reason string, lane bool) (queue.Acted, error)
	Ack(ctx context.Context, op gateway.Operator, receipt, localRef, reason string) (queue.Acted, error)
	Skip(ctx context.Context, op gateway.Operator, receipt, reason string) (queue.Acted, error)
	Resend(ctx context.Context, op gateway.Operator, receipt, reason string) (queue.Acted, error)
	// Reveal writes the audit log, then returns the payload unmasked.
	Reveal(ctx context.Context, op gateway.Operator, receipt, reason string) ([]byte, error)
	Redrive(ctx context.Context, op gateway.Operator, r gateway.Redrive) (gateway.Job, error)
	Job(id string) (gateway.Job, bool)
	CancelJob(op gateway.Operator, id string) (gateway.Job, bool)
	Bind(ctx context.Context, op gateway.Operator, unit, national, local, court, reason string) error
	Retire(ctx context.Context, op gateway.Operator, unit, national, local, court, reason string) error
	Pause(ctx context.Context, op gateway.Operator, unit string, paused bool) error
	SetMode(ctx context.Context, op gateway.Operator, unit, mode string, since time.Time) error
	Reload(ctx context.Context, op gateway.Operator, dryRun bool) (gateway.Reload, error)
	// Explain takes a translation apart without storing anything; direction may be empty.
	Explain(unit, messageType, direction string, data []byte) (gateway.Explained, error)
	// Reconcile streams what the caller's units accepted; next is the cursor, 0 at the end.
	Reconcile(c gateway.Caller, unit string, since, until time.Time, after uint64, limit int, each func(queue.Delivery) error) (next uint64, err error)
	// Statistics are a unit's figures of a period; Behind the cases behind one figure;
	// ReportStatistics sends them to the platform.
	Statistics(unit, period string) (stats.Statistics, error)
	Behind(unit, period, figure string) ([]string, error)
	ReportStatistics(ctx context.Context, op gateway.Operator, unit, period string) (gateway.Answer, error)
	// Rehearsal reports what became of the copies that a rehearsing unit tried out.
	Rehearsal(unit string) (gateway.Rehearsal, error)
	// Backup writes the audit log, then a consistent copy of all that is kept.
	Backup(op gateway.Operator, w io.Writer) error
	// StoreBytes is the store's size on disk.
	StoreBytes() int64
}
