package incoming

import (
	"context"
	"errors"
	"time"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/expr"
	"duijie/internal/problem"
)

// Hand hands a document over: raw as it came, read as rules see it. What comes
// back is its type and the receipt under which it is durable, of a callback the
// reference that it settled. d.Body must be there.
func (e *Endpoint) Hand(ctx context.Context, to adapter.Intake, raw []byte, d rules.Answer) (messageType, receipt string, err error) {
	if e.correlate != nil {
		receipt, err = e.acknowledge(ctx, to, d)
		return "", receipt, err
	}
	return e.accept(ctx, to, raw, d)
}

// accept leaves empty what its expressions cannot find: an error answer may never
// be repeated, so what can be parsed and has a type is taken.
func (e *Endpoint) accept(ctx context.Context, to adapter.Intake, raw []byte, d rules.Answer) (messageType, receipt string, err error) {
	scope := d.Scope()
	messageType = e.typ
	if e.from != nil {
		v, _ := e.from.Text(scope) // an error gives a type that is not listed
		if messageType = e.values[v]; messageType == "" {
			return "", "", &problem.Problem{Code: "unknown-type", Detail: "the document's type is not listed"}
		}
	}
	in := adapter.Incoming{
		Endpoint: e.Name, Type: messageType, Document: raw, ReissueHold: e.reissue, Strict: e.strict,
		ID: text(e.dedupe, scope), Lane: text(e.lane, scope), Time: e.at(scope),
	}
	if err := e.detach(ctx, d.Body, &in); err != nil {
		return messageType, "", err
	}
	in.Content = Content(*d.Body, e.volatile)
	got, err := to.Accept(ctx, in)
	return messageType, got.Receipt, err
}

func text(p *expr.Program, s *expr.Scope) string {
	if p == nil {
		return ""
	}
	v, err := p.Text(s)
	if err != nil {
		return ""
	}
	return v
}

// at is the event's time, zero where the document has none that can be read.
func (e *Endpoint) at(s *expr.Scope) time.Time {
	v := text(e.time, s)
	if v == "" {
		return time.Time{}
	}
	if e.pattern != "" {
		t, _ := template.ParseTime(v, e.pattern)
		return t
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t
	}
	t, _ := template.ParseTime(v, "yyyy-MM-dd HH:mm:ss")
	return t
}

// Content is what dedupe compares: the decoded document without its volatile
// fields, members sorted, no white space, numbers as written.
func Content(v codec.Value, volatile []string) []byte {
	return codec.AppendJSON(nil, canonical(v, volatile))
}

// acknowledge settles the delivery that a callback names.
func (e *Endpoint) acknowledge(ctx context.Context, to adapter.Intake, d rules.Answer) (string, error) {
	reference, err := e.correlate.Text(d.Scope())
	if err != nil || reference == "" {
		return "", &problem.Problem{Code: "parameter", Detail: "the document names no delivery"}
	}
	late := adapter.Late{Correlate: reference}
	ack, matched, err := e.rules.Judge(d, reference)
	if err != nil {
		f := adapter.Classify(err, false)
		if f.HoldReason == "expression" {
			return "", &problem.Problem{Code: "parameter", Detail: "a rule over the document could not be computed"}
		}
		late.Refused, late.Code, late.Detail = true, f.Code, f.Detail
	} else if !matched {
		return reference, nil // a word on the way: neither yes nor no
	}
	late.Ack = ack
	return reference, to.Acknowledge(ctx, late)
}

// Problem finds the refusal in an error of Hand; any other error is ours.
func Problem(err error) *problem.Problem {
	var p *problem.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, adapter.ErrUnknownReference):
		return &problem.Problem{Code: "not-found", Detail: adapter.ErrUnknownReference.Error()}
	}
	return &problem.Problem{Code: "internal"}
}
