package gateway

import (
	"context"
	"encoding/json"
	"time"

	"duijie/internal/queue"
)

// report is 投递结果告知, delivery.reported (F25): the platform learns that a
// downward delivery was held long or cancelled, and once more when it moves on.
// No payload, no personal data.
func (g *Gateway) report(d queue.Delivery, state, code string, now time.Time) queue.NewMessage {
	type of struct {
		Source  string `json:"source"`
		ID      string `json:"id"`
		Type    string `json:"type"`
		Subject string `json:"subject"`
	}
	data, err := json.Marshal(struct {
		Of    of     `json:"of"`
		State string `json:"state"`
		Code  string `json:"code,omitempty"`
		At    string `json:"at"`
	}{of{d.Source, d.ID, d.Type, d.Subject}, state, code, now.In(shanghai).Format("2006-01-02T15:04:05.000Z07:00")})
	if err != nil {
		panic(err) // strings only
	}
	return g.native(d.Unit, "delivery.reported", d.Subject, d.Receipt+":"+state, data, now)
}

// sweepEvery is how often what waits for time is looked at.
const sweepEvery = 2 * time.Second

// sweepLoop tells the platform of what is held long, and looks after
// acknowledgements that did not come, until ctx ends.
func (g *Gateway) sweepLoop(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var after queue.Due
	for {
		select {
		case <-ctx.Done():
			g.keepRehearsals(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			g.tellHeld(ctx)
			g.keepRehearsals(ctx)
			after = g.lookAfterAwaiting(ctx, after)
		}
	}
}

// tellHeld reports downward deliveries that are held longer than notifyHeld.
func (g *Gateway) tellHeld(ctx context.Context) {
	if g.o.NotifyHeld <= 0 {
		return
	}
	now := g.now()
	for _, d := range g.store.HeldSince(now.Add(-g.o.NotifyHeld), 100) {
		acted, err := g.store.Act(ctx, []queue.Act{{Receipt: d.Receipt, Verb: queue.Notify, At: now,
			Also: func(d *queue.Delivery) []queue.NewMessage {
				return []queue.NewMessage{g.report(*d, "held", reasonCode(d.Reason), now)}
			}}})
		if err != nil {
			g.log.Error("report held", "receipt", d.Receipt, "error", err)
			return
		}
		if acted[0].Err == nil {
			g.log.Info("platform told: held", "unit", d.Unit, "type", d.Type, "receipt", d.Receipt)
		}
	}
}

func reasonCode(r *queue.Reason) string {
	if r == nil {
		return ""
	}
	return r.Code
}
