package gateway

import (
	"context"
	"encoding/json"
	"time"

	"duijie/internal/event"
	"duijie/internal/queue"
)

// takeOwn settles what the gateway takes itself where the pack maps no such
// type: a ping is answered with one of the same nonce, a mode change is applied.
func (g *Gateway) takeOwn(ctx context.Context, u *UnitSpec, d queue.Delivery) bool {
	also, taken := g.doOwn(ctx, u, d)
	switch {
	case taken == nil:
		return false
	case !*taken:
		g.failed.Store(true) // the store or the audit log refused: asking at once again would spin
		g.store.Release(map[string]uint64{d.Receipt: d.Lease})
		return true
	}
	now := g.now()
	s := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Acked,
		Attempt: &queue.Attempt{At: now, Outcome: "acknowledged"}, Also: also}
	if g.settle(ctx, d, s) {
		g.told(d, s, nil)
	}
	return true
}

// doOwn does what the gateway does itself with a message. taken is nil where it
// goes on to the local system, false where it could not be done yet.
func (g *Gateway) doOwn(ctx context.Context, u *UnitSpec, d queue.Delivery) (also []queue.NewMessage, taken *bool) {
	if !ownType(d.Type) {
		return nil, nil
	}
	e, p := event.Stored(d.Payload)
	if p != nil {
		return nil, nil
	}
	if d.Type == "unit.mode.changed" {
		var m struct {
			Mode  string    `json:"mode"`
			Since time.Time `json:"since"`
		}
		if json.Unmarshal(e.Data, &m) != nil || g.setMode(ctx, "national:"+d.Source, u.Code, m.Mode, m.Since, "unit.mode.changed") != nil {
			return nil, new(bool)
		}
	}
	if mapsType(u, d.Type) {
		return nil, nil
	}
	done := true
	if d.Type == "test.ping" {
		also = append(also, g.native(u.Code, "test.ping", d.Subject, d.Receipt+":echo", e.Data, g.now()))
	}
	return also, &done
}
