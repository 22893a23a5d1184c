package mapping

import (
	"bytes"
	"slices"

	"duijie/internal/codec"
)

// totality: valid for the target schema less excused fields, or a declared error.
func (t *trial) totality(d Direction, doc *codec.Value) verdict {
	out, err := t.run(d, doc)
	if err != nil {
		if _, ok := err.(Errors); !ok {
			return verdict{}
		}
		return verdict{err: err}
	}
	r := t.road(d)
	v, err := r.readTarget(out)
	if err != nil {
		return verdict{reached: true, detail: "what was written cannot be read"}
	}
	to := source(d).other()
	if to == loc && textualFormat(t.c.format(d)) {
		v = typedTree(&v, t.c.docSchema[loc])
	}
	if at := invalid(&v, t.c.docSchema[to], "", r.excused); at != "" {
		return verdict{reached: true, detail: "the target is not valid at " + at}
	}
	return verdict{reached: true}
}

// invalid gives the first place where a document breaks its schema; excused fields may be missing.
func invalid(v *codec.Value, s *schema, full string, excused map[string]bool) string {
	switch v.Kind {
	case codec.Object:
		if s.types&tObject == 0 {
			return orSelf(full)
		}
		for _, p := range s.props {
			at := joinPath(full, quoteName(p.name))
			if _, ok := v.Get(p.name); p.required && !ok && !excused[at] {
				return at
			}
		}
		for i := range v.Members {
			m := &v.Members[i]
			at := joinPath(full, quoteName(m.Name))
			p, _ := s.get(m.Name)
			if p == nil {
				return at
			}
			if w := invalid(&m.Value, p, at, excused); w != "" {
				return w
			}
		}
		return ""
	case codec.Array:
		if s.types&tArray == 0 || len(v.Items) < s.minItems && !excused[full+shortened] || s.maxItems >= 0 && len(v.Items) > s.maxItems {
			return orSelf(full)
		}
		for i := range v.Items {
			if w := invalid(&v.Items[i], s.element(), full+"[]", excused); w != "" {
				return w
			}
		}
		return ""
	}
	if s.violates(v) != "" {
		return orSelf(full)
	}
	return ""
}

// determinism: two runs give the same, and so does the tree walk.
func (t *trial) determinism(d Direction, doc *codec.Value) verdict {
	a, err1 := t.run(d, doc)
	b, err2 := t.run(d, doc)
	if differ(a, b, err1, err2) {
		return verdict{reached: true, detail: "two runs differ"}
	}
	in, err := t.wire(source(d), doc)
	if err != nil {
		return verdict{reached: true}
	}
	env := t.env
	if b, _, err2 = t.p.byTree(t.road(d), nil, in, &env); differ(a, b, err1, err2) {
		return verdict{reached: true, detail: "the plan and the tree differ"}
	}
	return verdict{reached: true}
}

func differ(a, b []byte, err1, err2 error) bool {
	return (err1 == nil) != (err2 == nil) || err1 != nil && errorWords(err1) != errorWords(err2) || !bytes.Equal(a, b)
}

// thereAndBack: what comes back is the canonical form less declared losses.
func (t *trial) thereAndBack(d Direction, doc *codec.Value, remember bool) verdict {
	b, err := t.wire(source(d), doc)
	if err != nil {
		return verdict{err: err}
	}
	env := t.env
	out, made, err := t.p.translate(nil, b, &env, d)
	if err != nil {
		return verdict{err: err}
	}
	if remember {
		env.Remembered = made.Remember
	}
	back, _, err := t.p.translate(nil, out, &env, opposite(d))
	if err != nil && d == ToNational && onlyCodes(err, "text-long") {
		return verdict{err: err} // longer than the local system ever says
	}
	if err != nil {
		return verdict{reached: true, detail: "the way back fails: " + errorWords(err)}
	}
	s := source(d)
	got, err := t.road(opposite(d)).readTarget(back)
	if err != nil {
		return verdict{reached: true, detail: "what came back cannot be read"}
	}
	in := *doc
	f := t.c.canonical(s, &in, &env, remember)
	if s == loc && textualFormat(t.c.format(ToLocal)) {
		got, f.doc = t.c.localTree(&got), t.c.localTree(&f.doc)
	}
	if ds := f.compare(&got, t.c.imager(d)); len(ds) > 0 {
		return verdict{reached: true, detail: differenceWords(ds), rule: t.ruleAt(s, ds)}
	}
	return verdict{reached: true}
}

// ruleAt finds the rule that speaks of the first place that differs.
func (t *trial) ruleAt(s side, ds []difference) *bound {
	if ds[0].rule != nil {
		return ds[0].rule
	}
	full := unindexed(ds[0].path)
	var best *bound
	t.c.each(t.c.top, func(b *bound) {
		for _, a := range b.acc[s] {
			if within(full, a.full) && (best == nil || len(a.full) >= len(best.a(s).full)) {
				best = b
			}
		}
	})
	return best
}

// stability: a second round trip changes nothing.
func (t *trial) stability(d Direction, doc *codec.Value) verdict {
	out, err := t.run(d, doc)
	if err != nil {
		return verdict{err: err}
	}
	env := t.env
	back, _, err := t.p.translate(nil, out, &env, opposite(d))
	if err != nil {
		return verdict{}
	}
	again, _, err := t.p.translate(nil, back, &env, d)
	if err != nil {
		return verdict{reached: true, detail: "the second way there fails: " + errorWords(err)}
	}
	back2, _, err := t.p.translate(nil, again, &env, opposite(d))
	if err != nil {
		return verdict{reached: true, detail: "the second way back fails: " + errorWords(err)}
	}
	if !bytes.Equal(back, back2) && !t.sameButNone(d, back, back2) {
		return verdict{reached: true, detail: "the second round trip gives other bytes"}
	}
	return verdict{reached: true}
}

// sameButNone tells national documents that differ by "" only, which is no value.
func (t *trial) sameButNone(d Direction, a, b []byte) bool {
	if source(d) != nat {
		return false
	}
	x, err1 := codec.FromJSON(a)
	y, err2 := codec.FromJSON(b)
	if err1 != nil || err2 != nil {
		return false
	}
	x, y = withoutEmpty(&x), withoutEmpty(&y)
	return bytes.Equal(codec.AppendJSON(nil, x), codec.AppendJSON(nil, y))
}

func withoutEmpty(v *codec.Value) codec.Value {
	out := *v
	out.Items, out.Members = nil, nil
	for i := range v.Items {
		out.Items = append(out.Items, withoutEmpty(&v.Items[i]))
	}
	for i := range v.Members {
		m := &v.Members[i]
		if m.Value.Kind == codec.String && m.Value.Text == "" {
			continue
		}
		out.Members = append(out.Members, codec.Member{Name: m.Name, Value: withoutEmpty(&m.Value)})
	}
	return out
}

func onlyCodes(err error, codes ...string) bool {
	es, ok := err.(Errors)
	return ok && !slices.ContainsFunc(es, func(e Error) bool { return !slices.Contains(codes, e.Code) })
}
