package gateway

import (
	"context"
	"errors"
	"time"

	"duijie/internal/event"
	"duijie/internal/pack"
	"duijie/internal/queue"
	"duijie/mapping"
	"duijie/schemas"
)

// translation is a document in the receiver's form and what making it taught.
type translation struct {
	document    []byte
	packVersion string
	pairs       []queue.Pair
	subject     string // upward
	remember    []byte // what it held back, for the way back
	event       *queue.CaseEvent
}

// untranslatable is why a document could not be made.
type untranslatable struct {
	errs mapping.Errors // of the mapping
	own  string         // of the national schema or ourselves: words of ours
}

func (u *untranslatable) detail() string {
	if len(u.errs) == 0 {
		return u.own
	}
	e := u.errs[0]
	s := e.Rule + ": " + e.Code
	if e.Source != "" {
		s += ", from " + e.Source
	}
	if e.Target != "" {
		s += ", to " + e.Target
	}
	if n := len(u.errs) - 1; n > 0 {
		s += " (and " + itoa(n) + " more)"
	}
	return s
}

// missingIDs are the crosswalk keys that it lacks, where it lacks nothing else.
func (u *untranslatable) missingIDs(dir queue.Direction) []string {
	side := "national"
	if dir == queue.ToNational {
		side = "local"
	}
	var keys []string
	for _, e := range u.errs {
		if e.Code != "xref-unknown" {
			return nil
		}
		keys = append(keys, queue.WaitKey(e.Kind, side, e.ID))
	}
	return keys
}

// translate makes the document of a delivery; where it cannot, it settles the
// delivery (held, or waiting for an id) and returns false.
func (g *Gateway) translate(ctx context.Context, u *UnitSpec, d queue.Delivery) (translation, bool) {
	began := g.now()
	tr, bad := g.render(u, u.Pack, d)
	g.o.Metrics.MapTook(g.now().Sub(began))
	if bad == nil {
		return tr, true
	}
	now := g.now()
	s := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Held, Failures: d.Failures, Unknown: d.Unknown}
	if keys := bad.missingIDs(d.Direction); keys != nil {
		s.WaitFor = keys
		s.Reason = &queue.Reason{Code: "xref-unknown", Detail: bad.detail()}
		if until, waits := g.waitsForID(u, d, now); waits {
			s.State, s.Reason, s.DueAt = queue.Queued, nil, until
		}
	} else {
		s.Reason = &queue.Reason{Code: "mapping", Detail: bad.detail()}
	}
	if g.settle(ctx, d, s) && s.State == queue.Held {
		g.log.Error("held", "unit", d.Unit, "direction", d.Direction, "type", d.Type, "receipt", d.Receipt, "reason", s.Reason.Code, "detail", s.Reason.Detail)
	}
	return translation{}, false
}

// recheckID is how often a delivery that waits for an id looks whether anything
// is left that could bring it; being told is not waiting for this.
const recheckID = 15 * time.Second

// waitsForID: an id may still come while a delivery of the unit towards local is
// open or a case.registered is unanswered, at most the pack's xrefWait.
func (g *Gateway) waitsForID(u *UnitSpec, d queue.Delivery, now time.Time) (time.Time, bool) {
	since := d.WaitSince
	if since.IsZero() {
		since = now
	}
	end := since.Add(u.Pack.XrefWait)
	if !now.Before(end) {
		return time.Time{}, false
	}
	open := g.store.Open(queue.Target{Unit: u.Code, Direction: queue.ToLocal})
	if d.Direction == queue.ToLocal {
		open-- // itself
	}
	if open <= 0 && !g.registeredUnanswered(u.Code, d) {
		return time.Time{}, false
	}
	return earliest(end, now.Add(recheckID)), true
}

// registeredUnanswered: an own case was registered upward and its national id is not known yet.
func (g *Gateway) registeredUnanswered(unit string, d queue.Delivery) bool {
	if len(d.Lane) < 2 || d.Lane[:2] != "l:" {
		return false
	}
	c, ok := g.store.CaseOf(unit, d.Lane[2:])
	if ok && c.National == "" {
		if _, registered := c.Times["case.registered"]; registered {
			return true
		}
	}
	list, _, err := g.store.List(queue.Filter{Units: []string{unit}, Direction: queue.ToNational, Type: "case.registered", Limit: 200})
	if err != nil {
		return false
	}
	for _, r := range list {
		if r.Lane == d.Lane && r.Receipt != d.Receipt && r.State != queue.Cancelled {
			return true
		}
	}
	return false
}

// render translates with the given pack, without effects.
func (g *Gateway) render(u *UnitSpec, p *pack.Pack, d queue.Delivery) (translation, *untranslatable) {
	if d.Direction == queue.ToLocal {
		return g.renderDown(u, p, d)
	}
	return g.renderUp(u, p, d)
}

func (g *Gateway) renderDown(u *UnitSpec, p *pack.Pack, d queue.Delivery) (translation, *untranslatable) {
	prog, ok := p.Set.Program(d.Type)
	if !ok {
		return translation{}, &untranslatable{own: "the pack maps no " + d.Type}
	}
	e, problem := event.Stored(d.Payload)
	if problem != nil {
		return translation{}, &untranslatable{own: "the stored event cannot be read"}
	}
	env := g.env(u, d)
	env.Remembered = g.remembered(prog, d, d.Subject)
	doc, made, err := prog.ToLocal(nil, e.Data, env)
	if err != nil {
		return translation{}, asUntranslatable(err)
	}
	g.countUnknown(d, made)
	return translation{document: doc, packVersion: p.Version, pairs: g.pairsOf(d, made, ""), remember: made.Remember}, nil
}

func (g *Gateway) renderUp(u *UnitSpec, p *pack.Pack, d queue.Delivery) (translation, *untranslatable) {
	data, version := d.Payload, ""
	var pairs []queue.Pair
	var remember []byte
	if !d.Native {
		if p == nil || p.Set == nil {
			return translation{}, &untranslatable{own: "the unit has no pack that compiles"}
		}
		prog, ok := p.Set.Program(d.Type)
		if !ok {
			return translation{}, &untranslatable{own: "the pack maps no " + d.Type}
		}
		out, made, err := g.toNational(u, prog, d)
		if err != nil {
			return translation{}, asUntranslatable(err)
		}
		g.countUnknown(d, made)
		data, version, remember = out, p.Version, made.Remember
		key, _ := schemas.KeyValue(d.Type, data)
		pairs = g.pairsOf(d, made, key)
	}
	items, _ := g.o.Validator.Validate(d.Type, data)
	if len(items) > 0 {
		return translation{}, &untranslatable{own: "breaks the national schema: " + items[0].Pointer + " " + items[0].Code}
	}
	flow, _ := schemas.Lookup(d.Type)
	tr := translation{packVersion: version, pairs: pairs, remember: remember}
	tr.subject = d.Subject
	if key, ok := schemas.KeyValue(d.Type, data); ok {
		tr.subject = key
	}
	if !d.Judged {
		tr.event = rosterEvent(d.Type, queue.ToNational, data, g.now())
	}
	if flow.CaseBound {
		tr.pairs = append(tr.pairs, taughtPairs(d.Type, data)...)
		if !d.Judged {
			tr.event = caseEvent(flow, queue.ToNational, data, d.Time, g.now())
			if p != nil && mapsType(u, "case.accepted") {
				tr.event.OrderWaitUntil = d.AcceptedAt.Add(p.OrderWait)
			}
		}
	}
	var err error
	tr.document, err = event.Build(&event.Event{ID: d.Key, Source: g.o.National.Source, Type: d.Type, Subject: tr.subject,
		Unit: d.Unit, Time: d.Time, Data: data})
	if err != nil {
		return translation{}, &untranslatable{own: err.Error()}
	}
	return tr, nil
}

func asUntranslatable(err error) *untranslatable {
	var errs mapping.Errors
	if errors.As(err, &errs) {
		return &untranslatable{errs: errs}
	}
	return &untranslatable{own: "the document could not be translated"}
}

func (g *Gateway) countUnknown(d queue.Delivery, made mapping.Made) {
	for range made.UnknownFields {
		g.o.Metrics.UnknownField(d.Unit, d.Type)
	}
}

// env is the part of a translation's input that is not the document.
func (g *Gateway) env(u *UnitSpec, d queue.Delivery) *mapping.Env {
	env := &mapping.Env{Now: d.AcceptedAt, Time: d.Time, Receipt: d.Receipt, Key: d.Key, Unit: d.Unit, Subject: d.Subject}
	ids := crosswalk{store: g.store, unit: u.Code}
	if d.Case != nil {
		ids.scope = d.Case.National
	}
	if ids.scope == "" && len(d.Lane) > 2 && d.Lane[:2] == "n:" {
		ids.scope = d.Lane[2:]
	}
	env.IDs = ids
	return env
}

// crosswalk answers a translation from the store.
type crosswalk struct {
	store queue.Store
	unit  string
	scope string // the case's national id
}

// caseScoped: ids of these kinds mean something within their case only.
func caseScoped(kind string) bool {
	switch kind {
	case "party", "agent", "claim", "material":
		return true
	}
	return false
}

func (c crosswalk) at(kind string) string {
	if caseScoped(kind) {
		return c.scope
	}
	return ""
}

// Local gives the local id of a national one.
func (c crosswalk) Local(kind, national string) (string, bool) {
	return c.store.Local(c.unit, kind, c.at(kind), national)
}

// National gives the national id of a local one.
func (c crosswalk) National(kind, local string) (string, bool) {
	return c.store.National(c.unit, kind, c.at(kind), local)
}

// pairsOf are the crosswalk pairs that a translation taught, scoped.
func (g *Gateway) pairsOf(d queue.Delivery, made mapping.Made, subject string) []queue.Pair {
	if len(made.Pairs) == 0 {
		return nil
	}
	scope := subject
	if scope == "" {
		scope = d.Subject
	}
	pairs := make([]queue.Pair, 0, len(made.Pairs))
	for _, p := range made.Pairs {
		q := queue.Pair{Kind: p.Kind, National: p.National, Local: p.Local}
		if caseScoped(p.Kind) {
			q.Scope = scope
		}
		pairs = append(pairs, q)
	}
	return pairs
}

// native is an upward message that the gateway makes itself: national data, no mapping.
func (g *Gateway) native(unit, messageType, subject, id string, data []byte, now time.Time) queue.NewMessage {
	source := g.o.National.Source
	return queue.NewMessage{Message: queue.Message{
		Receipt: newReceipt(), Key: event.Key(unit, source, id), Direction: queue.ToNational, Unit: unit,
		Source: source, ID: id, Type: messageType, Subject: subject, Time: now, AcceptedAt: now,
		Digest: nativeDigest(messageType, subject, unit, data), Lane: "s:" + messageType + ":" + id, Native: true, Payload: data,
	}}
}

// nativeDigest is the digest of content that the gateway made itself.
func nativeDigest(messageType, subject, unit string, data []byte) [32]byte {
	digest, err := event.Digest(&event.Event{Type: messageType, Subject: subject, Unit: unit, Data: data})
	if err != nil {
		panic(err) // our own JSON
	}
	return digest
}
