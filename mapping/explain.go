package mapping

import (
	"duijie/internal/codec"
)

// Written is one value of the target document and where it came from.
type Written struct {
	Target string `json:"target"`
	// How is value, const, default, none, computed, key, selector or reference.
	How    string   `json:"how"`
	Rule   string   `json:"rule"`
	Source []string `json:"source"`
	// Sensitive says that Value is to be masked where it is shown.
	Sensitive bool   `json:"sensitive"`
	Value     string `json:"value"`
}

// Left is a source value that no rule carried, with the reason that the table gives.
type Left struct {
	Source string `json:"source"`
	Rule   string `json:"rule,omitempty"`
	Why    string `json:"why"`
}

// Explanation is a translation taken apart.
type Explanation struct {
	Written []Written `json:"written"`
	Left    []Left    `json:"left"`
	Errors  Errors    `json:"errors,omitempty"`
}

// trace is which rule wrote a node, how, and from which sources.
type trace struct {
	by   *bound
	how  string
	from []string
}

// told remembers which rule wrote a node, and from which source.
func (x *exec) told(n *node, b *bound, how string, f *frame, a *access) {
	if !x.tracing {
		return
	}
	if n.trace == nil {
		n.trace = &trace{}
	}
	n.trace.by, n.trace.how = b, how
	if f != nil && a != nil {
		at := x.sourcePath(f, a)
		if x.read == nil {
			x.read = map[string]*bound{}
		}
		x.read[at] = b
		n.trace.from = append(n.trace.from, at)
	}
}

// how says what a pipe wrote where the source had no value.
func (p *pipe) how(real bool) string {
	switch {
	case real:
		return "value"
	case p.b.def[source(p.d).other()] != nil:
		return "default"
	}
	return "none"
}

// Explain translates a document and says for every target value which rule
// wrote it from which source, and for every value left behind why. It works as
// far as it can where the document has errors, which Explanation carries.
func (p *Program) Explain(in []byte, env *Env, d Direction) (Explanation, error) {
	r := p.roads[0]
	if d == ToNational {
		r = p.roads[1]
	}
	if r == nil {
		return Explanation{}, Errors{{Code: "direction", Rule: p.typ, Text: "the table does not run " + string(d)}}
	}
	doc, err := r.decode(in)
	if err != nil {
		return Explanation{}, Errors{{Rule: r.where, Code: decodeCode(err), Text: "the document cannot be read"}}
	}
	x := r.exec(env)
	x.tracing = true
	x.translate(&doc)
	e := Explanation{Errors: x.errs, Written: []Written{}, Left: []Left{}}
	x.collect(x.top.dst, &e)
	l := &leaver{x: x, c: p.c, s: source(d), d: d, e: &e, atHand: map[string]*codec.Value{}}
	l.walk(&doc, r.schema[source(d)], "", "")
	return e, nil
}

// collect lists what was written, in the target's order.
func (x *exec) collect(n *node, e *Explanation) {
	if n.has {
		t := n.trace
		if t == nil {
			t = &trace{}
		}
		w := Written{Target: n.path(), How: t.how, Source: t.from, Value: shownValue(&n.value)}
		if w.Source == nil {
			w.Source = []string{}
		}
		w.Sensitive = n.s != nil && n.s.sensitive
		if t.by != nil {
			w.Rule = itself(t.by.rule)
			w.Sensitive = w.Sensitive || t.by.sensitive || t.by.leaf(nat).sensitive || t.by.leaf(loc).sensitive
		}
		e.Written = append(e.Written, w)
		return
	}
	if n.list {
		for _, m := range n.items {
			x.collect(m, e)
		}
		return
	}
	for _, m := range x.sorted(n) {
		x.collect(m, e)
	}
}

func shownValue(v *codec.Value) string {
	if isScalar(v) {
		return scalarText(v)
	}
	return string(codec.AppendJSON(nil, *v))
}

// leaver finds source values that no rule carried.
type leaver struct {
	x *exec
	c *compiler
	s side
	d Direction
	e *Explanation
	// at hand are the elements that the walk is inside of, by path without indices.
	atHand map[string]*codec.Value
}

func (l *leaver) walk(v *codec.Value, s *schema, at, full string) {
	if _, ok := l.x.read[at]; ok && at != "" {
		return
	}
	switch v.Kind {
	case codec.Object:
		for i := range v.Members {
			m := &v.Members[i]
			p := anything()
			if s.types&tObject != 0 {
				if q, _ := s.get(m.Name); q != nil {
					p = q
				}
			}
			l.walk(&m.Value, p, joinPath(at, quoteName(m.Name)), joinPath(full, quoteName(m.Name)))
		}
	case codec.Array:
		el := anything()
		if s.types&tArray != 0 {
			el = s.element()
		}
		for i := range v.Items {
			l.atHand[full+"[]"] = &v.Items[i]
			l.walk(&v.Items[i], el, at+"["+itoa(i)+"]", full+"[]")
		}
	case codec.Absent:
	default:
		l.left(at, full)
	}
}

// selected tells whether the elements at hand are those that a path selects.
func (l *leaver) selected(a *access) bool {
	for i, st := range a.steps {
		if st.kind == stepSelector {
			if v := l.atHand[a.fulls[i]]; v == nil || !matches(v, st.terms) {
				return false
			}
		}
	}
	return true
}

// left looks for the reason; a value that a selector, a key or none explains is no loss.
func (l *leaver) left(at, full string) {
	var found *bound
	silent := false
	bl := &builder{l.c, l.d}
	l.c.each(l.c.top, func(b *bound) {
		switch {
		case b.shape == "drop" && b.drop.has(l.d):
			a := b.a(l.s)
			if a != nil && within(full, a.full) && l.selected(a) || b.path(l.s).wide() && (b.sc.full[l.s] == "" || within(full, b.sc.full[l.s])) {
				if found == nil || a != nil {
					found = b
				}
			}
		case b.shape != "drop" && !b.runs(l.d) && b.why != "":
			for _, a := range l.c.targets(b, opposite(l.d)) {
				if within(full, a.full) {
					found = b
				}
			}
		default:
			for _, a := range bl.sources(b, l.s) {
				if st, many := a.list(); many {
					for _, t := range st.terms {
						silent = silent || joinPath(a.full, t.field) == full
					}
				}
				silent = silent || b.runs(l.d) && a.full == full
			}
			if a := b.key_[l.s]; a != nil {
				silent = silent || a.full == full
			}
		}
	})
	if found != nil {
		l.e.Left = append(l.e.Left, Left{at, itself(found.rule), found.why})
	} else if !silent {
		l.e.Left = append(l.e.Left, Left{Source: at, Why: "no schema knows the field"})
	}
}
