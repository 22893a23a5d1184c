package push

import (
	"time"

	"duijie/adapter"
	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/expr"
	"duijie/internal/problem"
)

// accept hands a document over. What its expressions cannot find stays empty: an
// error answer may never be repeated, so what can be parsed and has a type is taken.
func (c *call) accept() (receipt string, err error) {
	e, scope := c.endpoint, c.answer.Scope()
	c.typ = e.typ
	if e.from != nil {
		v, _ := e.from.Text(scope) // an error gives a type that is not listed
		if c.typ = e.values[v]; c.typ == "" {
			return "", &problem.Problem{Code: "unknown-type", Detail: "the document's type is not listed"}
		}
	}
	in := adapter.Incoming{
		Endpoint: e.name, Type: c.typ, Document: c.raw, ReissueHold: e.reissue, Strict: e.strict,
		ID: text(e.dedupe, scope), Lane: text(e.lane, scope), Time: e.at(scope),
		Content: Content(*c.answer.Body, e.volatile),
	}
	got, err := c.in.Accept(c.r.Context(), in)
	return got.Receipt, err
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
func (e *endpoint) at(s *expr.Scope) time.Time {
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
func (c *call) acknowledge() (string, error) {
	e := c.endpoint
	reference, err := e.correlate.Text(c.answer.Scope())
	if err != nil || reference == "" {
		return "", &problem.Problem{Code: "parameter", Detail: "the document names no delivery"}
	}
	late := adapter.Late{Correlate: reference}
	ack, matched, err := e.rules.Judge(c.answer, reference)
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
	return reference, c.in.Acknowledge(c.r.Context(), late)
}
