// Package rules judges an answer: first by the pack's acknowledgement rules, in
// order, then by its status, as the delivery's table of outcomes says.
//
// It promises that a page that the codec cannot read acknowledges nothing, that
// an answer which leaves the outcome open is never taken for a refusal, and that
// no error quotes a value: what a rule takes from the answer is in Failure.Detail
// alone, which is for operators. Rules are immutable and safe for concurrent use.
package rules

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// Rules are the ack: list of a sink, a route or a callback.
type Rules struct{ list []rule }

type rule struct {
	when  *expr.Program
	kind  string // ack, retry, hold, await
	after time.Duration
	// The values that the rule takes from the answer; nil where left out.
	localRef, code, detail, correlate *expr.Program
}

// Parse reads an ack: list; nil where there is none. Findings are the reader's.
func Parse(r *settings.Reader, n *yaml.Node) *Rules {
	if settings.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.Add(n, "error", "wrong-kind", "ack must be a list of rules")
		return nil
	}
	out := &Rules{}
	for _, item := range n.Content {
		if one, ok := parse(r.Map(item)); ok {
			out.list = append(out.list, one)
		}
	}
	return out
}

func parse(m *settings.Map) (rule, bool) {
	found := len(m.Findings)
	out := rule{when: m.Expr("when")}
	if !m.Has("when") {
		m.Add(m.At, "error", "missing", "rule has no when")
	}
	for _, kind := range []string{"ack", "retry", "hold", "await"} {
		if !m.Has(kind) {
			continue
		}
		if out.kind != "" {
			m.Add(m.Place(kind), "error", "wrong-kind", "a rule has one of ack, retry, hold, await")
		}
		out.kind = kind
		in := m.Map(kind)
		switch kind {
		case "ack":
			out.localRef = in.Expr("localRef")
		case "retry":
			out.after = in.Duration("after", 0)
		case "hold":
			out.code, out.detail = in.Expr("code"), in.Expr("detail")
		case "await":
			out.correlate = in.Expr("correlate")
		}
		in.End()
	}
	if out.kind == "" {
		m.Add(m.At, "error", "missing", "a rule has one of ack, retry, hold, await")
	}
	m.End()
	return out, len(m.Findings) == found
}

// Awaits tells whether a rule may leave the acknowledgement for later.
func (r *Rules) Awaits() bool {
	if r != nil {
		for _, one := range r.list {
			if one.kind == "await" {
				return true
			}
		}
	}
	return false
}

// Answer is what a rule may speak of.
type Answer struct {
	Status int // 0 where the answer is no HTTP
	Header http.Header
	Body   *codec.Value // nil where there is none or Readable is false
	// Readable is false where the codec could not read the body, or it was cut.
	Readable bool
	Broken   string // cut, oversized, timeout or empty
	Text     string // raw, decoded charset
	Row      *codec.Value
	Name     string
	Fault    expr.Fault
}

// Absent tells whether the status alone says that what was asked for is not
// there: such an answer needs no body that the codec can read.
func (a Answer) Absent() bool {
	return a.Status == http.StatusNotFound || a.Status == http.StatusGone
}

// Scope is the answer as expressions see it.
func (a Answer) Scope() *expr.Scope {
	v := expr.Vars{Status: a.Status, Headers: map[string]string{}, Body: a.Body, Row: a.Row, Text: &a.Text, Fault: a.Fault}
	for k, vs := range a.Header {
		if len(vs) > 0 {
			v.Headers[strings.ToLower(k)] = vs[0]
		}
	}
	if a.Name != "" {
		v.Name = &a.Name
	}
	return expr.NewScope(v)
}

// match finds the first rule that matches. A rule over a body that could not be
// read does not, nor does one that would acknowledge by a value out of it, nor one
// that would acknowledge by the text of an answer that is not whole: half a local id
// is another case's.
func (r *Rules) match(a Answer, s *expr.Scope) (*rule, error) {
	if r == nil {
		return nil, nil
	}
	for i := range r.list {
		one := &r.list[i]
		if !a.Readable && one.uses("body") || a.Broken != "" && (one.kind == "ack" || one.kind == "await") && one.uses("text") {
			continue
		}
		ok, err := one.when.True(s)
		if err != nil {
			return nil, Expression(fmt.Errorf("ack rule %d: when: %w", i+1, err))
		}
		if ok {
			return one, nil
		}
	}
	return nil, nil
}

// uses tells whether a rule decides by a field of the answer, or takes an id from it.
func (r *rule) uses(field string) bool {
	uses := func(p *expr.Program) bool { return p != nil && p.Uses(field) }
	return uses(r.when) || uses(r.localRef) || uses(r.correlate)
}

// Judge gives what the rules say. matched is false where none did; a failure is
// an *adapter.Failure.
func (r *Rules) Judge(a Answer, key string) (ack adapter.Ack, matched bool, err error) {
	s := a.Scope()
	one, err := r.match(a, s)
	if err != nil {
		return adapter.Ack{}, true, err
	}
	if one == nil {
		return adapter.Ack{}, false, nil
	}
	var take taker
	ack = adapter.Ack{Status: a.Status}
	switch one.kind {
	case "ack":
		ack.LocalRef = strings.TrimSpace(take.text("localRef", one.localRef, s))
	case "await":
		ack.Await = take.text("correlate", one.correlate, s)
		if ack.Await == "" {
			ack.Await = key
		}
	case "retry":
		return ack, true, &adapter.Failure{Outcome: adapter.Transient, Code: "rule", Status: a.Status, After: one.after, Exact: one.after > 0,
			Err: fmt.Errorf("status %d: a rule says retry", a.Status)}
	case "hold":
		f := &adapter.Failure{Outcome: adapter.Refused, Code: Code(take.text("code", one.code, s)), Status: a.Status,
			Detail: take.text("detail", one.detail, s), Err: fmt.Errorf("status %d: a rule says hold", a.Status)}
		if f.Code == "" {
			f.Code = "rule"
		}
		if take.err == nil {
			return ack, true, f
		}
	}
	if take.err != nil {
		return adapter.Ack{}, true, Expression(take.err)
	}
	return ack, true, nil
}

// taker evaluates values and keeps the first error.
type taker struct{ err error }

func (t *taker) text(what string, p *expr.Program, s *expr.Scope) string {
	if p == nil || t.err != nil {
		return ""
	}
	v, err := p.Text(s)
	if err != nil {
		t.err = fmt.Errorf("ack rule: %s: %w", what, err)
	}
	return v
}

// Expression is the failure of an expression that should have worked.
func Expression(err error) error {
	return &adapter.Failure{Outcome: adapter.Refused, Code: "rule", HoldReason: "expression", Err: err}
}

var code = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Code is a peer's code as far as it may travel; anything else is dropped.
func Code(s string) string {
	if !code.MatchString(s) {
		return ""
	}
	return s
}

// Only tells whether every rule is of one of these kinds.
func (r *Rules) Only(kinds ...string) bool {
	if r != nil {
		for _, one := range r.list {
			if !slices.Contains(kinds, one.kind) {
				return false
			}
		}
	}
	return true
}
