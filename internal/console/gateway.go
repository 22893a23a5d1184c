package console

import (
	"context"

	"duijie/internal/gateway"
	"duijie/internal/queue"
)

// Gateway is what the pages ask of the road; *gateway.Gateway is the implementation.
type Gateway interface {
	Ready() gateway.Ready
	Units() []gateway.UnitView
	Due(f gateway.DueFilter) gateway.DueList
	CalendarGaps() []int
	Delivery(receipt string) (queue.Delivery, error)
	Deliveries(f queue.Filter) ([]queue.Delivery, uint64, error)
	Payload(receipt string) ([]byte, error)
	Masked(d queue.Delivery) ([]byte, error)

	Retry(ctx context.Context, op gateway.Operator, receipt string) (queue.Acted, error)
	Cancel(ctx context.Context, op gateway.Operator, receipt, reason string, lane bool) (queue.Acted, error)
	Ack(ctx context.Context, op gateway.Operator, receipt, localRef, reason string) (queue.Acted, error)
	Skip(ctx context.Context, op gateway.Operator, receipt, reason string) (queue.Acted, error)
	Resend(ctx context.Context, op gateway.Operator, receipt, reason string) (queue.Acted, error)
}
