package gateway

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"duijie/internal/problem"
	"duijie/mapping"
	"duijie/schemas"
)

// Explained is a translation taken apart for people: what made each value of the
// target, what was left and why, and what went wrong. Sensitive values are masked.
type Explained struct {
	Unit      string             `json:"unit"`
	Type      string             `json:"type"`
	Direction string             `json:"direction"`
	Written   []mapping.Written  `json:"written"`
	Left      []mapping.Left     `json:"left"`
	Errors    []ExplainedTrouble `json:"errors"`
}

// ExplainedTrouble is one error of a translation, without the value or an id.
type ExplainedTrouble struct {
	Rule    string `json:"rule"`
	Code    string `json:"code"`
	Source  string `json:"source"`
	Target  string `json:"target"`
	Message string `json:"message"`
}

// unseen stands in the place of a sensitive value.
const unseen = "***"

// Explain translates data as a delivery of the unit would and says for every value
// of the target which rule made it, out of which source. data is JSON: the message's
// data, or the local document, which may also be a JSON string of its text where the
// local system speaks another format. Nothing is stored; the crosswalk is read.
func (g *Gateway) Explain(unit, messageType, direction string, data []byte) (Explained, error) {
	u := g.unit(unit)
	switch {
	case u == nil:
		return Explained{}, &problem.Problem{Code: "unknown-unit"}
	case u.Pack == nil || u.Pack.Set == nil:
		return Explained{}, &problem.Problem{Code: "unsupported-type", Detail: "the unit has no pack that compiles"}
	}
	prog, ok := u.Pack.Set.Program(messageType)
	if !ok {
		return Explained{}, &problem.Problem{Code: "unsupported-type", Detail: "the unit's pack maps no such type"}
	}
	way := mapping.Direction(direction)
	if way == "" {
		way = ownWay(prog)
	}
	if !prog.Runs(way) {
		return Explained{}, &problem.Problem{Code: "direction", Detail: "the table does not run that way"}
	}
	doc, err := prog.Wire(way, documentText(data, way))
	if err != nil {
		return Explained{}, &problem.Problem{Code: "malformed", Detail: "the document does not fit the local charset"}
	}
	e, err := prog.Explain(doc, g.explainEnv(u, prog, way, doc), way)
	var errs mapping.Errors
	if err != nil && !errors.As(err, &errs) {
		return Explained{}, &problem.Problem{Code: "malformed"}
	}
	out := Explained{Unit: unit, Type: messageType, Direction: string(way), Errors: []ExplainedTrouble{},
		Left: append([]mapping.Left{}, e.Left...), Written: g.maskWritten(messageType, way, data, e.Written)}
	for _, t := range append(errs, e.Errors...) {
		out.Errors = append(out.Errors, ExplainedTrouble{Rule: t.Rule, Code: t.Code, Source: t.Source, Target: t.Target, Message: t.Text})
	}
	return out, nil
}

func ownWay(p *mapping.Program) mapping.Direction {
	if p.Runs(mapping.ToLocal) {
		return mapping.ToLocal
	}
	return mapping.ToNational
}

// documentText is the document inside the call: a local system's own text comes as a string.
func documentText(data []byte, way mapping.Direction) string {
	var text string
	if way == mapping.ToNational && json.Unmarshal(data, &text) == nil {
		return text
	}
	return string(data)
}

// explainEnv stands for a message that was accepted just now.
func (g *Gateway) explainEnv(u *UnitSpec, prog *mapping.Program, way mapping.Direction, doc []byte) *mapping.Env {
	now := g.now()
	env := &mapping.Env{Now: now, Time: now, Receipt: "00000000-0000-7000-8000-000000000000", Key: strings.Repeat("0", 32), Unit: u.Code}
	ids := crosswalk{store: g.store, unit: u.Code}
	if way == mapping.ToLocal {
		env.Subject, _ = schemas.KeyValue(prog.Type(), doc)
		ids.scope = env.Subject
	} else if id, local, ok := prog.CaseKey(doc); ok {
		ids.scope = id
		if local {
			ids.scope, _ = ids.National("case", id)
		}
	}
	env.IDs = ids
	return env
}

// maskWritten hides what a schema marks sensitive, and whatever was put together out
// of such a value: an expression's or a join's target need not be marked itself.
func (g *Gateway) maskWritten(messageType string, way mapping.Direction, data []byte, in []mapping.Written) []mapping.Written {
	var secrets []string
	if way == mapping.ToLocal {
		secrets = hiddenTexts(data, g.masker.Mask(messageType, data))
	}
	out := make([]mapping.Written, len(in))
	for i, w := range in {
		w.Sensitive = w.Sensitive || slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(w.Value, s) })
		if w.Sensitive && w.Value != "" {
			w.Value = unseen
		}
		out[i] = w
	}
	return out
}

// hiddenTexts are the texts of a document that its masked form shows otherwise.
func hiddenTexts(open, masked []byte) []string {
	var a, b any
	if json.Unmarshal(open, &a) != nil || json.Unmarshal(masked, &b) != nil {
		return nil
	}
	var out []string
	var walk func(a, b any)
	walk = func(a, b any) {
		switch a := a.(type) {
		case map[string]any:
			m, _ := b.(map[string]any)
			for k, v := range a {
				walk(v, m[k])
			}
		case []any:
			m, _ := b.([]any)
			for i, v := range a {
				var other any
				if i < len(m) {
					other = m[i]
				}
				walk(v, other)
			}
		case string:
			if s, _ := b.(string); s != a && utf8.RuneCountInString(a) > 1 {
				out = append(out, a)
			}
		}
	}
	walk(a, b)
	return out
}
