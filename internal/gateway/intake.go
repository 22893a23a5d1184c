package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"duijie/internal/event"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/schemas"
)

// Receive takes one event in structured JSON. Answer.Err nil means durable.
func (g *Gateway) Receive(ctx context.Context, c Caller, raw []byte) Answer {
	a, m := g.admit(c, raw, nil)
	if m == nil {
		return a
	}
	return g.put(ctx, []Answer{a}, []*queue.NewMessage{m})[0]
}

// ReceiveBinary takes one event in binary mode: attributes by name, data as it came.
func (g *Gateway) ReceiveBinary(ctx context.Context, c Caller, attributes map[string]string, data []byte) Answer {
	return g.Receive(ctx, c, structured(attributes, data))
}

// ReceiveBatch takes a JSON array of events, each standing alone; the error is
// of the array itself. What passes is made durable in one commit. When an event
// is refused for a limit, later ones of its case are refused alike, so that a
// case's order survives the sender's repeat.
func (g *Gateway) ReceiveBatch(ctx context.Context, c Caller, raw []byte) ([]Answer, error) {
	parts, p := event.SplitBatch(raw)
	if p != nil {
		return nil, p
	}
	answers := make([]Answer, len(parts))
	messages := make([]*queue.NewMessage, len(parts))
	stopped := map[string]error{}
	for i, part := range parts {
		answers[i], messages[i] = g.admit(c, part, stopped)
	}
	return g.put(ctx, answers, messages), nil
}

// put makes what was admitted durable and completes the answers.
func (g *Gateway) put(ctx context.Context, answers []Answer, messages []*queue.NewMessage) []Answer {
	var batch []queue.NewMessage
	var at []int
	for i, m := range messages {
		if m != nil {
			batch = append(batch, *m)
			at = append(at, i)
		}
	}
	if len(batch) == 0 {
		return answers
	}
	results, err := g.store.Put(ctx, batch)
	for k, i := range at {
		a := &answers[i]
		if err != nil {
			a.Err = storeProblem(err)
			continue
		}
		r := results[k]
		switch {
		case errors.Is(r.Err, queue.ErrIDReused):
			a.Err = idReused()
		case errors.Is(r.Err, queue.ErrTooOld):
			a.Err = tooOld()
		case r.Err != nil:
			a.Err = storeProblem(r.Err)
		default:
			a.Receipt, a.Status, a.Duplicate = r.Receipt, r.State, r.Duplicate
			if !r.Duplicate {
				m := batch[k]
				g.noteOwn(m.Unit, m.Type)
				g.o.Metrics.Accepted(m.Unit, string(m.Direction), m.Type)
				g.log.Info("accepted", "unit", m.Unit, "direction", m.Direction, "type", m.Type, "receipt", r.Receipt)
			}
		}
	}
	return answers
}

// admit judges one event in the contract's order of checks. A nil message with
// a nil error in the answer is a duplicate.
func (g *Gateway) admit(c Caller, raw []byte, stopped map[string]error) (Answer, *queue.NewMessage) {
	e, p := event.Parse(raw)
	a := Answer{}
	if e != nil {
		a.ID, a.Source = e.ID, e.Source
	}
	if p != nil {
		a.Err = p
		return a, nil
	}
	flow, known := schemas.Lookup(e.Type)
	if p := envelopeFits(e, known); p != nil {
		a.Err = p
		return a, nil
	}
	if _, p := g.speaksFor(c, e.Source); p != nil {
		a.Err = p
		return a, nil
	}
	if !c.Sees(e.Unit) {
		a.Err = &problem.Problem{Code: "unit-forbidden", Detail: "the sender may not send for this unit", Items: at("/unit", "unit-forbidden")}
		return a, nil
	}
	u := g.unit(e.Unit)
	if u == nil {
		a.Err = &problem.Problem{Code: "unknown-unit", Detail: "no such docking unit here", Items: at("/unit", "unknown-unit")}
		return a, nil
	}
	digest, err := event.Digest(e)
	if err != nil {
		a.Err = &problem.Problem{Code: "malformed"}
		return a, nil
	}
	if d, ok := g.store.FindID(e.Source, e.ID); ok {
		if d.Digest != digest {
			a.Err = idReused()
			return a, nil
		}
		a.Receipt, a.Status, a.Duplicate = d.Receipt, d.State, true
		return a, nil
	}
	lane := laneOf(flow, e.Subject)
	if err := stopped[e.Unit+"\n"+lane]; err != nil {
		a.Err = err
		return a, nil
	}
	now := g.now()
	if g.o.LogHorizon > 0 && e.Time.Before(now.Add(-g.o.LogHorizon)) {
		a.Err = tooOld()
		return a, nil
	}
	warnings, p := g.judgeDown(e, flow, known, u, now)
	if p == nil {
		p = g.withinLimits(e.Source, e.Unit, queue.ToLocal, now)
		if p != nil && stopped != nil {
			stopped[e.Unit+"\n"+lane] = p
		}
	}
	if p != nil {
		a.Err = p
		return a, nil
	}
	return a, g.newDown(e, flow, lane, digest, warnings, now, u)
}

// judgeDown is the part of the checks that a repeat skips: type, direction, mode, the pack's types, schema.
func (g *Gateway) judgeDown(e *event.Event, flow schemas.Flow, known bool, u *UnitSpec, now time.Time) ([]queue.Warning, *problem.Problem) {
	if !known {
		return nil, &problem.Problem{Code: "unknown-type", Detail: "no such message type in the national profile v1", Items: at("/type", "unknown-type")}
	}
	if !flow.Down() {
		return nil, &problem.Problem{Code: "direction", Detail: "this type travels upward only", Items: at("/type", "direction")}
	}
	if flow.ModeBound {
		if p := g.modeAllows(e, u); p != nil {
			if u.rehearses() {
				p.Shadow = g.rehearseDown(e, u, now)
			}
			return nil, p
		}
	}
	if u.Pack != nil && !g.takes(u, e.Type) {
		return nil, &problem.Problem{Code: "unsupported-type", Detail: "the unit's pack maps no such type", Items: at("/type", "unsupported-type")}
	}
	items, warned := g.o.Validator.Validate(e.Type, e.Data)
	if len(items) > 0 {
		return nil, &problem.Problem{Code: "schema", Items: items}
	}
	warnings := make([]queue.Warning, len(warned))
	for i, w := range warned {
		warnings[i] = queue.Warning{Pointer: w.Pointer, Code: w.Code}
	}
	return warnings, nil
}

// ownTypes are taken by the gateway itself where the pack maps no such type.
func ownType(messageType string) bool {
	return messageType == "test.ping" || messageType == "unit.mode.changed"
}

func (g *Gateway) takes(u *UnitSpec, messageType string) bool {
	return ownType(messageType) || mapsType(u, messageType)
}

func mapsType(u *UnitSpec, messageType string) bool {
	if u.Pack == nil || u.Pack.Set == nil {
		return false
	}
	_, ok := u.Pack.Set.Program(messageType)
	return ok
}

// newDown is the message as the store keeps it.
func (g *Gateway) newDown(e *event.Event, flow schemas.Flow, lane string, digest [32]byte, warnings []queue.Warning, now time.Time, u *UnitSpec) *queue.NewMessage {
	m := &queue.NewMessage{Message: queue.Message{
		Receipt: newReceipt(), Key: event.Key(e.Unit, e.Source, e.ID),
		Direction: queue.ToLocal, Unit: e.Unit, Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject,
		DataSchema: e.DataSchema, Time: e.Time, AcceptedAt: now, Digest: digest, Lane: lane,
		Warnings: warnings, Payload: e.Raw,
		Urgent: u.Pack != nil && u.Pack.Urgent[e.Type],
	}}
	m.Materials = digestsOf(materialsOf(e.Data))
	m.Event = rosterEvent(e.Type, queue.ToLocal, e.Data, now)
	if flow.CaseBound {
		m.Event = caseEvent(flow, queue.ToLocal, e.Data, e.Time, now)
		m.Pairs = taughtPairs(e.Type, e.Data)
		if e.Type == "case.delegated" && g.openElsewhere(e.Unit, e.Subject) {
			m.Marks = append(m.Marks, "elsewhere")
		}
	}
	return m
}

// envelopeFits holds subject and unit to the data's own, where the type is known.
func envelopeFits(e *event.Event, known bool) *problem.Problem {
	if !known {
		return nil
	}
	var items []problem.Item
	if key, ok := schemas.KeyValue(e.Type, e.Data); ok && key != e.Subject {
		items = append(items, problem.Item{Pointer: "/subject", Code: "envelope", Detail: "differs from the key in the data"})
	}
	if e.Type == "unit.mode.changed" || e.Type == "stats.period.reported" {
		if unit, ok := schemas.UnitValue(e.Data); ok && unit != e.Unit {
			items = append(items, problem.Item{Pointer: "/unit", Code: "envelope", Detail: "differs from the unit in the data"})
		}
	}
	if items == nil {
		return nil
	}
	return &problem.Problem{Code: "envelope", Items: items}
}

// laneOf is the ordering key: the case, or the subject of what has no case.
func laneOf(flow schemas.Flow, subject string) string {
	switch {
	case flow.Key == "localCaseNo":
		return "l:" + subject
	case flow.CaseBound:
		return "n:" + subject
	}
	return "s:" + subject
}

func newReceipt() string { return uuid.Must(uuid.NewV7()).String() }

func at(pointer, code string) []problem.Item { return []problem.Item{{Pointer: pointer, Code: code}} }

func idReused() *problem.Problem {
	return &problem.Problem{Code: "id-reused", Detail: "source and id were used for other content", Items: at("/id", "id-reused")}
}

func tooOld() *problem.Problem {
	return &problem.Problem{Code: "too-old", Detail: "older than the message log, so nobody can tell whether it is a repeat", Items: at("/time", "too-old")}
}

// storeProblem is the answer to a store that did not take a message.
func storeProblem(err error) *problem.Problem {
	p := &problem.Problem{Code: "store", Detail: "the message was not stored", RetryAfter: 30 * time.Second}
	if errors.Is(err, queue.ErrFull) {
		p.Limit = "diskFree"
	}
	return p
}

// skew records how far a sender's clock is from ours.
func (g *Gateway) skew(peer, timestamp string, now time.Time) {
	if s, err := strconv.ParseInt(timestamp, 10, 64); err == nil {
		g.o.Metrics.ClockSkew(peer, now.Sub(time.Unix(s, 0)))
	}
}

// structured writes a binary-mode event in structured JSON, the form in which
// every message is stored. Whatever is wrong with it, Parse finds.
func structured(attributes map[string]string, data []byte) []byte {
	out := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		key, _ := json.Marshal(name)
		value, _ := json.Marshal(attributes[name])
		out = append(append(append(append(out, key...), ':'), value...), ',')
	}
	out = append(out, `"data":`...)
	return append(append(out, data...), '}')
}
