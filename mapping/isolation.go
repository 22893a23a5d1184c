package mapping

import (
	"regexp"
	"strings"

	"duijie/internal/codec"
)

var indexPart = regexp.MustCompile(`"(\\"|[^"])*"|\[[0-9]+\]`)

// unindexed is a path without the numbers of its elements; quoted names stay.
func unindexed(path string) string {
	return indexPart.ReplaceAllStringFunc(path, func(part string) string {
		if part[0] == '"' {
			return part
		}
		return "[]"
	})
}

// isolation: changing one source field changes only the targets of the rules
// that read it. Fields that conditions, keys, selectors or dates read are left alone.
func (t *trial) isolation(d Direction, doc *codec.Value, g *generator) verdict {
	s := source(d)
	fields := t.lonely(d)
	if len(fields) == 0 {
		return verdict{reached: true}
	}
	before, err := t.run(d, doc)
	if err != nil {
		return verdict{err: err}
	}
	// One that the document has, wherever it stands.
	first := g.r.IntN(len(fields))
	for i := range fields {
		b := fields[(first+i)%len(fields)]
		changed := clone(doc)
		at := sites{&changed, s}.values(b.sc, b.a(s))
		if len(at) == 0 {
			continue
		}
		v := at[g.r.IntN(len(at))]
		if !isScalar(v) {
			continue
		}
		*v = g.scalar(b.leaf(s), b.a(s).full, true)
		after, err := t.run(d, &changed)
		if err != nil {
			continue
		}
		return t.onlyItsOwn(d, b, before, after)
	}
	return verdict{}
}

// onlyItsOwn compares two targets whose sources differ in what one rule reads.
func (t *trial) onlyItsOwn(d Direction, b *bound, before, after []byte) verdict {
	r := t.road(d)
	x, err1 := r.readTarget(before)
	y, err2 := r.readTarget(after)
	if err1 != nil || err2 != nil {
		return verdict{reached: true, detail: "a target cannot be read"}
	}
	if d == ToLocal && textualFormat(t.c.format(d)) {
		x, y = t.c.localTree(&x), t.c.localTree(&y)
	}
	c := &comparer{form: form{doc: x}, coarse: true}
	c.value(&x, &y, "")
	for _, diff := range c.out {
		full := unindexed(diff.path)
		if !t.reads(b.a(source(d)), full, d) {
			return verdict{reached: true, rule: b, detail: "changing " + b.a(source(d)).shown + " changes " + diff.path}
		}
	}
	return verdict{reached: true}
}

// lonely are the plain rules, in lists too, whose field nothing else looks at.
func (t *trial) lonely(d Direction) (fields []*bound) {
	s := source(d)
	watched, beyond := t.watched(s), t.watched(s.other())
	t.c.each(t.c.top, func(b *bound) {
		a := b.a(s)
		if b.shape != "plain" || !t.c.runs(b, d) || len(b.acc[s]) != 1 || b.cond != nil || b.meaning == "xref" || b.raw_ != nil || a.up > 0 || a.abs || a.place || a.key {
			return
		}
		// Nor one that becomes a key, a name or a position on the other side.
		o := b.a(s.other())
		if o == nil || o.place || o.key || o.up > 0 || sees(watched, a.full) || sees(beyond, o.full) || named(b.sc, s.other()) {
			return
		}
		fields = append(fields, b)
	})
	return fields
}

// sees tells a field among those, or around or inside one of them.
func sees(watched map[string]bool, full string) bool {
	for w := range watched {
		if within(w, full) || within(full, w) {
			return true
		}
	}
	return false
}

// named tells a scope whose elements are free members on a side.
func named(sc *scope, s side) bool {
	for ; sc != nil && sc.owner != nil; sc = sc.owner.sc {
		if st, many := sc.owner.a(s).list(); many && st.kind == stepFree {
			return true
		}
	}
	return false
}

// watched are the fields that conditions, expressions, keys, selectors and
// dates read, by path without indices.
func (t *trial) watched(s side) map[string]bool {
	out := map[string]bool{}
	see := func(a *access) {
		if a != nil {
			out[a.full] = true
		}
	}
	t.c.each(t.c.top, func(b *bound) {
		see(b.key_[s])
		if s == nat {
			see(b.date)
			see(b.raw_)
		}
		for _, a := range b.acc[s] {
			for i, st := range a.steps {
				for _, term := range st.terms {
					out[joinPath(a.fulls[i], quoteName(term.field))] = true
					if term.ref != "" && term.ref != "#n" {
						out[joinPath(b.sc.full[s], quoteName(term.ref))] = true
					}
				}
			}
		}
		if b.cond != nil {
			for _, f := range b.cond.sources {
				see(f.src)
			}
			mentioned(out, b.sc, b.cond.expr, b.cond.side, s)
		}
		if b.calc != nil {
			mentioned(out, b.sc, b.calc.expr, s, s)
		}
	})
	return out
}

// mentioned adds the fields that an expression over one side names.
func mentioned(out map[string]bool, sc *scope, e *expression, of, s side) {
	for i := range e.names {
		n := &e.names[i]
		if home := climbScope(sc, n.up); of == s && !n.env && home != nil && len(n.path) > 0 {
			full := home.full[s]
			if n.root != nil {
				full = pathOf(n.root)
			}
			for _, name := range n.path {
				full = joinPath(full, quoteName(name))
			}
			out[unindexed(full)] = true
		}
	}
}

// place gives the value at the end of field steps.
func place(v *codec.Value, steps []step) *codec.Value {
	for _, st := range steps {
		if st.kind != stepField {
			return nil
		}
		m, ok := v.Get(st.name)
		if !ok {
			return nil
		}
		v = m
	}
	return v
}

// inColumns tells a target among the numbered fields of a rule: an element that
// comes to count, or ceases to, moves those behind it.
func (t *trial) inColumns(b *bound, full string, d Direction) bool {
	found := false
	for _, sc := range b.cols {
		t.c.each(sc, func(inner *bound) {
			for _, w := range t.c.targets(inner, d) {
				found = found || within(full, w.full) || within(w.full, full)
			}
		})
	}
	return found
}

// ofColumns tells a field of numbered ones and a target in the list that they are
// read into, whose elements move up where one ceases to count.
func (t *trial) ofColumns(b *bound, a *access, full string, d Direction) bool {
	list := b.a(source(d).other())
	if b.shape != "columns" || b.columns.side != source(d) || list == nil || !within(full, strings.TrimSuffix(list.full, "[]")) {
		return false
	}
	found := false
	for _, sc := range b.cols {
		t.c.each(sc, func(inner *bound) {
			for _, x := range (&builder{t.c, d}).sources(inner, source(d)) {
				found = found || within(a.full, x.full) || within(x.full, a.full)
			}
		})
	}
	return found
}

// reads tells whether a rule that reads the field writes the target.
func (t *trial) reads(a *access, full string, d Direction) bool {
	return t.readsIn(t.c.top, a, full, d)
}

func (t *trial) readsIn(sc *scope, a *access, full string, d Direction) bool {
	bl := &builder{t.c, d}
	for _, b := range sc.rules {
		if b.bad || !b.runs(d) {
			continue
		}
		for _, x := range bl.sources(b, source(d)) {
			if x.full != "" && !within(a.full, x.full) && !within(x.full, a.full) { // "": the whole document
				continue
			}
			for _, w := range t.c.targets(b, d) {
				if within(full, w.full) || within(w.full, full) {
					return true
				}
			}
			if b.rest != nil && within(full, b.rest.full) || t.inColumns(b, full, d) {
				return true
			}
		}
		if t.ofColumns(b, a, full, d) {
			return true
		}
		for _, sub := range b.subs() {
			if t.readsIn(sub, a, full, d) {
				return true
			}
		}
	}
	return false
}
