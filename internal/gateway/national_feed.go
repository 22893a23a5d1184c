package gateway

import (
	"context"
	"encoding/json"

	"duijie/adapter"
	"duijie/internal/queue"
)

// nationalFeeders are the loops of a national platform that is reached by other
// means than HTTP: folders that a 网闸 (network gap) carries over.
func (g *Gateway) nationalFeeders() map[string]feeder {
	out := map[string]feeder{}
	n := g.o.National
	in := nationalIntake{g}
	if n.Feed != nil {
		out["national/source"] = feeder{n.Feed, func(ctx context.Context) error { return n.Feed.Run(ctx, in) }}
	}
	if w, ok := n.Sink.(adapter.Watcher); ok {
		awaiting := g.watched(queue.Filter{Direction: queue.ToNational})
		out["national/watch"] = feeder{n.Sink, func(ctx context.Context) error { return w.Watch(ctx, awaiting, watchIntake{in, g}) }}
	}
	return out
}

// nationalIntake is the gateway as the national platform's folders see it.
type nationalIntake struct{ g *Gateway }

// Accept takes one event in structured JSON. Whoever can write into the folder is
// believed to be the sender that the event names, as nobody signs a file: the
// folder is the operator's word. All other checks are those of the public listener.
func (n nationalIntake) Accept(ctx context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	var e struct {
		Source string `json:"source"`
	}
	_ = json.Unmarshal(in.Document, &e) // what is broken is refused below, with its reason
	caller := Caller{Units: map[string]bool{}}
	if s := n.g.setup.Load().senders[e.Source]; s != nil {
		caller.Name = s.Source
		caller.grant(s.Units)
	}
	a := n.g.Receive(ctx, caller, in.Document)
	return adapter.Accepted{Receipt: a.Receipt, Duplicate: a.Duplicate}, a.Err
}

// Acknowledge settles an upward delivery whose receipt file came.
func (n nationalIntake) Acknowledge(ctx context.Context, late adapter.Late) error {
	d, err := n.g.store.Get(late.Correlate)
	if err != nil || d.Direction != queue.ToNational {
		return adapter.ErrUnknownReference
	}
	late.Ack.LocalRef = "" // the platform has no local id
	return n.g.settleFromOutside(ctx, d, late)
}
