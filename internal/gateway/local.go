package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"duijie/adapter"
	"duijie/internal/event"
	"duijie/internal/material"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/schemas"
	"github.com/emmansun/gmsm/sm3"
)

// localIntake is the gateway as one unit's source sees it.
type localIntake struct {
	g    *Gateway
	unit string
}

// Accept makes what a local system handed in durable, in the form in which it
// came. Whether it can be translated shows at delivery; only a strict endpoint
// refuses what cannot.
func (l localIntake) Accept(ctx context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	g := l.g
	u := g.unit(l.unit)
	if u == nil {
		return adapter.Accepted{}, &problem.Problem{Code: "unknown-unit"}
	}
	m, p := g.newUp(u, in)
	if p != nil {
		return adapter.Accepted{}, p
	}
	if d, ok := g.store.FindID(m.Source, m.ID); ok && d.Digest == m.Digest {
		return adapter.Accepted{Receipt: d.Receipt, Duplicate: true}, nil // also when nothing new is taken
	}
	if p := g.withinLimits(m.Source, u.Code, queue.ToNational, m.AcceptedAt); p != nil {
		return adapter.Accepted{}, p
	}
	results, err := g.store.Put(ctx, []queue.NewMessage{*m})
	if err != nil {
		return adapter.Accepted{}, storeProblem(err)
	}
	r := results[0]
	switch {
	case errors.Is(r.Err, queue.ErrTooOld):
		return adapter.Accepted{}, tooOld()
	case r.Err != nil:
		return adapter.Accepted{}, storeProblem(r.Err)
	}
	if !r.Duplicate {
		g.o.Metrics.Accepted(m.Unit, string(m.Direction), m.Type)
		g.log.Info("accepted", "unit", m.Unit, "direction", m.Direction, "type", m.Type, "receipt", r.Receipt)
	}
	return adapter.Accepted{Receipt: r.Receipt, Duplicate: r.Duplicate}, nil
}

// Acknowledge settles a downward delivery from outside.
func (l localIntake) Acknowledge(ctx context.Context, late adapter.Late) error {
	return l.g.acknowledge(ctx, l.unit, late)
}

// newUp is the upward message as the store keeps it.
func (g *Gateway) newUp(u *UnitSpec, in adapter.Incoming) (*queue.NewMessage, *problem.Problem) {
	now := g.now()
	content := in.Content
	if content == nil {
		content = in.Document
	}
	digest := sm3.Sum(append([]byte(in.Type+"\n"), content...))
	m := &queue.NewMessage{Message: queue.Message{
		Receipt: newReceipt(), Direction: queue.ToNational, Unit: u.Code, Type: in.Type,
		Source: "urn:duijie:local:" + u.Code + ":" + in.Endpoint, ID: in.ID,
		Time: in.Time, AcceptedAt: now, Digest: digest, Endpoint: in.Endpoint, Payload: in.Document,
		Opens:     in.Type == "case.accepted" || in.Type == "case.rejected",
		Materials: digestsIn(in.Document, in.Materials),
	}, Reissue: queue.ReissueTake}
	if m.ID == "" {
		m.ID = hex.EncodeToString(digest[:])
	}
	if m.Time.IsZero() {
		m.Time = now
	}
	m.Key = event.Key(m.Unit, m.Source, m.ID)
	if in.ReissueHold {
		m.Reissue = queue.ReissueHold
	}
	flow, known := schemas.Lookup(in.Type)
	m.Lane = g.laneUp(u, in, m.Receipt)
	switch {
	case in.Unreadable:
		m.Hold = &queue.Reason{Code: "unreadable", Detail: "the document cannot be read by the pack's codec"}
		return m, nil
	case !known || !flow.Up():
		return nil, &problem.Problem{Code: "unknown-type", Detail: "the endpoint names no type that travels upward"}
	}
	if flow.ModeBound && !g.modeAllowsUp(u, m.Lane) {
		if _, known := g.store.FindID(m.Source, m.ID); !known {
			p := &problem.Problem{Code: "unit-resident", Detail: "the unit is not docked for this case"}
			if u.rehearses() {
				p.Shadow = g.rehearse(u, queue.Delivery{Message: m.Message})
			}
			return nil, p
		}
	}
	if in.Strict {
		d := queue.Delivery{Message: m.Message}
		if _, bad := g.render(u, u.Pack, d); bad != nil && bad.missingIDs(queue.ToNational) == nil {
			return nil, &problem.Problem{Code: "schema", Detail: bad.detail()}
		}
	}
	return m, nil
}

// laneUp is the ordering key of an upward message, known before any mapping: the
// national id where the document carries it or the crosswalk knows the local one,
// else the local id. A document that names none is a lane of its own.
func (g *Gateway) laneUp(u *UnitSpec, in adapter.Incoming, receipt string) string {
	own := "s:" + receipt
	flow, known := schemas.Lookup(in.Type)
	if in.Unreadable || u.Pack == nil || u.Pack.Set == nil || !known {
		return own
	}
	if in.Lane != "" {
		return g.caseLane(u.Code, in.Lane, true)
	}
	prog, ok := u.Pack.Set.Program(in.Type)
	if !ok {
		return own
	}
	id, isLocal, ok := prog.CaseKey(in.Document)
	switch {
	case !ok || id == "":
		return own
	case !flow.CaseBound:
		return "s:" + id
	case flow.Key == "localCaseNo":
		return g.caseLane(u.Code, id, true)
	}
	return g.caseLane(u.Code, id, isLocal)
}

func (g *Gateway) caseLane(unit, id string, isLocal bool) string {
	if !isLocal {
		return "n:" + id
	}
	if national, ok := g.store.National(unit, "case", "", id); ok {
		return "n:" + national
	}
	return "l:" + id
}

// Local answers a local system's own call at /local/{unit}/{name}; an error is a
// *problem.Problem and nothing was written.
func (g *Gateway) Local(w http.ResponseWriter, r *http.Request, unit, name string) error {
	u := g.unit(unit)
	if digest, ok := strings.CutPrefix(name, "materials/"); ok && u != nil && material.Valid(digest) {
		return g.serveLink(w, r, u, digest)
	}
	if p := pulled(u); p != nil && p.Answers(name) {
		return g.servePull(w, r, u, name)
	}
	if u == nil || u.Source == nil {
		return &problem.Problem{Code: "not-found"}
	}
	endpoint, ok := u.Source.(adapter.Endpoint)
	if !ok {
		return &problem.Problem{Code: "not-found"}
	}
	if !fromAllowed(u.From, r.RemoteAddr) {
		return &problem.Problem{Code: "unit-forbidden", Detail: "this address may not call for the unit"}
	}
	endpoint.ServeLocal(w, r, name, localIntake{g, unit})
	return nil
}

// fromAllowed holds a call to the unit's `from:`. httpapi has put the client's
// real address into RemoteAddr.
func fromAllowed(from []netip.Prefix, remote string) bool {
	if len(from) == 0 {
		return true
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range from {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}
