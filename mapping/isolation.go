package mapping

import (
	"regexp"

	"duijie/internal/codec"
)

var indexPart = regexp.MustCompile(`\[[0-9]+\]`)

// isolation: changing one source field changes only the targets of the rules
// that read it. Fields that conditions, keys, selectors or dates read are left alone.
func (t *trial) isolation(d Direction, doc *codec.Value, g *generator) verdict {
	s := source(d)
	var fields []*bound
	for _, b := range t.c.top.rules {
		if !b.bad && b.shape == "plain" && b.runs(d) && len(b.acc[s]) == 1 && b.cond == nil && b.meaning != "xref" && t.alone(b.a(s), s) {
			fields = append(fields, b)
		}
	}
	if len(fields) == 0 {
		return verdict{reached: true}
	}
	before, err := t.run(d, doc)
	if err != nil {
		return verdict{}
	}
	b := fields[g.r.IntN(len(fields))]
	changed := clone(doc)
	v := place(&changed, b.a(s).steps)
	if v == nil || !isScalar(v) {
		return verdict{reached: true}
	}
	*v = g.scalar(b.leaf(s), b.a(s).full, true)
	after, err := t.run(d, &changed)
	if err != nil {
		return verdict{}
	}
	r := t.road(d)
	x, err1 := r.readTarget(before)
	y, err2 := r.readTarget(after)
	if err1 != nil || err2 != nil {
		return verdict{reached: true, detail: "a target cannot be read"}
	}
	c := &comparer{form: form{doc: x}, coarse: true}
	c.value(&x, &y, "")
	for _, diff := range c.out {
		full := indexPart.ReplaceAllString(diff.path, "[]")
		if !t.reads(b.a(s), full, d) {
			return verdict{reached: true, rule: b, detail: "changing " + b.a(s).shown + " changes " + diff.path}
		}
	}
	return verdict{reached: true}
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

// alone tells a field that nothing but plain rules, joins and groups read.
func (t *trial) alone(a *access, s side) bool {
	if a.up > 0 || a.abs || a.place || a.key {
		return false
	}
	ok := true
	t.c.each(t.c.top, func(b *bound) {
		if b.cond != nil || b.calc != nil || b.date != nil || b.raw_ != nil {
			ok = false
		}
	})
	return ok
}

// reads tells whether a rule that reads the field writes the target.
func (t *trial) reads(a *access, full string, d Direction) bool {
	s := source(d)
	found := false
	bl := &builder{t.c, d}
	t.c.each(t.c.top, func(b *bound) {
		if !b.runs(d) {
			return
		}
		for _, x := range bl.sources(b, s) {
			if !within(a.full, x.full) && !within(x.full, a.full) {
				continue
			}
			for _, w := range t.c.targets(b, d) {
				if within(full, w.full) || within(w.full, full) {
					found = true
				}
			}
		}
	})
	return found
}
