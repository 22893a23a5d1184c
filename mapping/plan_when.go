package mapping

import (
	"duijie/internal/codec"
)

// planNames reads an expression's fields from slots, by the name in it.
type planNames map[string]planName

type planName struct {
	fixed *codec.Value
	ref   slotRef
	pipe  *pipe // of a national name while only the local document is there
	s     *schema
}

// planCondition is a rule's when over slots.
type planCondition struct {
	expr  *expression
	names planNames
}

func (c *planCondition) holds(r *planRun) bool {
	v, err := r.x.eval(c.expr, func(n *exprName) any { return c.names.read(r, n.ident) })
	b, ok := v.(bool)
	if err != nil || !ok {
		r.bad = true
	}
	return err == nil && ok && b
}

// hold tells whether all conditions hold.
func (r *planRun) hold(conds []*planCondition) bool {
	for _, c := range conds {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

func (p planNames) read(r *planRun, ident string) any {
	n, ok := p[ident]
	switch {
	case !ok:
		return nil
	case n.fixed != nil:
		return exprValue(n.fixed, n.s, false)
	}
	v, textual := *r.hand(r.slot(n.ref)), r.x.textual
	if n.pipe != nil {
		out, _, code := n.pipe.run(r.x, &v)
		if code != "" {
			return nil
		}
		v, textual = out, false
	}
	return exprValue(&v, n.s, textual)
}

func (b *planner) condition(sc *planScope, c *condition) (*planCondition, bool) {
	out := &planCondition{expr: c.expr}
	if source(b.r.d) == c.side {
		names, ok := b.names(sc, c.expr, c.sch)
		out.names = names
		return out, ok
	}
	out.names = planNames{}
	for i := range c.expr.names {
		n := &c.expr.names[i]
		s := c.sources[n.ident]
		if n.env || s == nil {
			continue
		}
		name := planName{fixed: s.fixed, pipe: s.pipe, s: s.leaf}
		if s.fixed == nil {
			home := sc
			for range s.up {
				if home = home.up; home == nil {
					return nil, false
				}
			}
			src := home.spot()
			for _, a := range s.via {
				var ok bool
				if a.up > 0 || a.abs {
					return nil, false
				}
				if src, ok = b.at(src, a.steps); !ok {
					return nil, false
				}
			}
			ref, ok := b.read(&planScope{up: home, src: src.n, hops: src.hops, level: home.level}, s.src)
			if !ok || s.src.up > 0 {
				return nil, false
			}
			name.ref = ref
		}
		out.names[n.ident] = name
	}
	return out, true
}

// names plans the fields of the source that an expression reads.
func (b *planner) names(sc *planScope, e *expression, sch map[string]*schema) (planNames, bool) {
	out := planNames{}
	for i := range e.names {
		n := &e.names[i]
		if n.env {
			continue
		}
		home := sc
		for i := 0; i < n.up && home != nil; i++ {
			home = home.up
		}
		if home == nil {
			continue
		}
		src, s := home.src, sch[n.ident]
		for _, name := range n.path {
			var ok bool
			if src, ok = b.t.child(src, name); !ok {
				return nil, false
			}
			if s != nil {
				s, _ = s.get(name)
			}
		}
		if src.s.types&(tObject|tArray) != 0 && src.s.types != tAny {
			return nil, false
		}
		slot, ok := b.t.leaf(src)
		if !ok {
			return nil, false
		}
		out[n.ident] = planName{ref: slotRef{home.level, slot, home.hops}, s: s}
	}
	return out, true
}

// computedWriter writes what an expression gives.
type computedWriter struct {
	expr  *expression
	names planNames
	now   bool // the expression is now() and nothing else
	text  bool // numbers are written as text
	valuePipe
}

func (b *planner) computed(sc *planScope, o *computedOp, conds []*planCondition) bool {
	names, ok := b.names(sc, o.calc.expr, o.calc.sch)
	if !ok {
		return false
	}
	p := *o.p
	p.src, p.first = anything(), nil
	w := &computedWriter{expr: o.calc.expr, names: names, valuePipe: newValuePipe(b.x, &p)}
	w.now = o.b.computed != nil && o.b.computed.text == "now()"
	w.text = p.mean == nil && p.dst.types&tString != 0 && p.dst.types&(tInteger|tNumber) == 0
	return b.write(sc, o.dst, w, conds)
}

func (w *computedWriter) write(r *planRun) state {
	textual := r.x.textual
	defer func() { r.x.textual = textual }()
	if w.now {
		t := shanghaiTime(r.env.Now)
		r.x.textual = false
		if w.time != nil && !w.isNone(t) && w.writeTime(r, t) {
			return stateWrote
		}
		return w.run(r, &codec.Value{Kind: codec.String, Text: t}) & stateWrote
	}
	v, err := r.x.eval(w.expr, func(n *exprName) any { return w.names.read(r, n.ident) })
	in, ok := valueOf(v)
	if err != nil || !ok || in.Kind == codec.Array {
		r.bad = true
		return 0
	}
	r.x.textual = false
	if in.Kind == codec.Number && w.text {
		in = codec.Str(in.Text)
	}
	return w.run(r, &in) & stateWrote
}
