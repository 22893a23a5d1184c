package mapping

import (
	"slices"
	"strings"
)

// access is a path joined with the schema that it walks.
type access struct {
	p       *path // as written
	up      int
	abs     bool
	self    bool
	place   bool
	key     bool
	steps   []step
	sch     []*schema // after each step
	base    *schema
	leaf    *schema
	sure    bool     // every step is there in every valid document
	shown   string   // from the document's top
	fulls   []string // full after each step
	full    string   // the same without indices, as one key: lists as []
	guessed bool     // a name that is not there was told and read as the nearest
}

// list tells the last step where it names many elements.
func (a *access) list() (step, bool) {
	if a == nil || len(a.steps) == 0 {
		return step{}, false
	}
	s := a.steps[len(a.steps)-1]
	return s, s.kind >= stepEvery
}

// required tells a field that its owner requires.
func (a *access) required() bool {
	n := len(a.steps)
	return n > 0 && a.steps[n-1].kind == stepField && a.owner(n-1).requires(a.steps[n-1].name)
}

// owner is the schema of the object that holds the last step.
func (a *access) owner(i int) *schema {
	if i == 0 {
		return a.base
	}
	return a.sch[i-1]
}

// access walks a path through the schema; nil after a finding.
func (c *compiler) access(b *bound, sc *scope, s side, p *path, where pos) *access {
	a := &access{p: p, up: p.up, place: p.place, key: p.key, abs: p.abs, self: p.self}
	home := sc
	for i := 0; i < p.up; i++ {
		if home.up == nil {
			c.l.about(sevError, where, "no-such-path", b, "", "%s climbs above the top", p)
			return nil
		}
		home = home.up
	}
	a.shown = joinPath(home.shown[s], p.raw)
	if p.up > 0 {
		a.shown = joinPath(home.shown[s], strings.TrimLeft(p.raw, "^."))
	}
	if (p.place || p.key) && !sc.inList(s, p.key) {
		c.l.about(sevError, where, "no-such-path", b, "", "%s stands for an element of a list, and none is at hand", p)
		return nil
	}
	switch {
	case p.place:
		a.base, a.leaf = c.placeSchema, c.placeSchema
		a.shown, a.full, a.sure = joinPath(sc.shown[s], p.raw), joinPath(sc.full[s], p.raw), true
		return a
	case p.key:
		a.base, a.leaf = c.textSchema, c.textSchema
		a.shown, a.full, a.sure = joinPath(sc.shown[s], p.raw), joinPath(sc.full[s], p.raw), true
		return a
	}
	eff := p
	if home.rename[s] != nil && !p.abs {
		c := *p
		c.up = 0
		eff = home.rename[s](&c)
		a.shown = joinPath(home.shown[s], eff.raw)
	}
	a.abs, a.self, a.steps = eff.abs, eff.self && len(eff.steps) == 0, eff.steps
	a.base, a.full = home.sch[s], home.full[s]
	if a.abs {
		a.base, a.full = c.docSchema[s], ""
		if sc.inEmbed(s) {
			a.base = home.sch[s]
		}
	}
	cur := a.base
	a.sure = true
	for i := range a.steps {
		told := c.l.errors
		st, next := c.walk(b, cur, a.steps[i], a, where, s)
		if next == nil {
			return nil
		}
		if c.l.errors > told {
			if !a.guessed {
				a.guessed, a.steps = true, slices.Clone(a.steps)
			}
			a.steps[i] = st
		}
		a.sch, a.fulls = append(a.sch, next), append(a.fulls, a.full)
		cur = next
	}
	a.leaf = cur
	if st, ok := a.list(); ok && st.nested() {
		own := sc.sch[s]
		if own.types&tObject != 0 {
			for _, t := range st.terms {
				if t.ref == "" {
					continue
				}
				if x, _ := own.get(t.ref); x == nil {
					c.l.about(sevError, where, "no-such-path", b, hintNearest(t.ref, own.names()), "the element at hand has no field %s", t.ref)
					a.guessed = true
				}
			}
		}
	}
	return a
}

// inList tells a scope over the elements of a list, of free members where key is asked.
func (sc *scope) inList(s side, key bool) bool {
	if sc.owner == nil {
		return false
	}
	if sc.owner.shape == "columns" {
		return !key
	}
	st, many := sc.owner.a(s).list()
	return many && (!key || st.kind == stepFree)
}

// inEmbed tells a scope inside a document of its own.
func (sc *scope) inEmbed(s side) bool {
	for x := sc; x != nil; x = x.up {
		if x.owner != nil && x.owner.shape == "embed" && s == loc {
			return true
		}
	}
	return false
}

// walk takes one step. A name that is not there is a finding; where another is
// near, the walk goes on with that one, so that what follows is not found too.
// The schema is nil where none is.
func (c *compiler) walk(b *bound, cur *schema, st step, a *access, where pos, s side) (step, *schema) {
	fail := func(hint, format string, args ...any) (step, *schema) {
		c.l.about(sevError, where, "no-such-path", b, hint, format, args...)
		return st, nil
	}
	switch st.kind {
	case stepField:
		if cur.types&tObject == 0 {
			if cur.types&tArray != 0 {
				return fail("name its elements by [*]", "%s is a list, it has no field %s", a.before(), st.name)
			}
			if st.name == "#text" && cur.scalar() {
				a.full = joinPath(a.full, quoteName(st.name))
				return st, cur
			}
			return fail("", "%s is no object, it has no field %s", a.before(), st.name)
		}
		next, _ := cur.get(st.name)
		if next == nil {
			fail(hintNearest(st.name, cur.names()), "the schema has no field %s", st.name)
			if st.name = nearest(st.name, cur.names()); st.name == "" {
				return st, nil
			}
			next, _ = cur.get(st.name)
		}
		a.full = joinPath(a.full, quoteName(st.name))
		a.sure = a.sure && cur.requires(st.name)
		return st, next
	case stepFree:
		a.full = joinPath(a.full, "{*}")
		if cur.types&tObject == 0 {
			return fail("", "{*} needs an object")
		}
		a.sure = false
		if cur.open {
			if cur.rest != nil {
				return st, cur.rest
			}
			return st, anything()
		}
		var union *schema
		for _, p := range cur.props {
			if strings.HasPrefix(p.name, st.name) && strings.HasSuffix(p.name, st.suffix) {
				union = p.s
			}
		}
		if union == nil {
			return fail("", "no member of the schema fits %s{*}%s", st.name, st.suffix)
		}
		return st, union
	}
	a.full += "[]"
	if cur.types&tArray == 0 {
		return fail("", "%s is no list", a.before())
	}
	el := cur.element()
	// An element by its number is there where the schema asks for so many.
	a.sure = a.sure && (st.kind == stepEvery || st.kind == stepIndex && st.index < cur.minItems)
	if st.kind == stepIndex && cur.maxItems >= 0 && st.index >= cur.maxItems {
		return fail("", "the list has at most %s", howMany(cur.maxItems, "element"))
	}
	for i, t := range st.terms {
		if el.types&tObject == 0 {
			return fail("", "the elements of the list have no fields")
		}
		f, _ := el.get(t.field)
		if f == nil {
			fail(hintNearest(t.field, el.names()), "the list's elements have no field %s", t.field)
			near := nearest(t.field, el.names())
			if near == "" {
				return st, nil
			}
			st.mend(i, near, t.value)
			t = st.terms[i]
			f, _ = el.get(near)
		}
		if t.ref != "" {
			continue
		}
		v, ok := f.typed(t.value)
		if !ok || f.violates(&v) != "" {
			c.l.about(sevError, where, "selector-value", b, hintNearest(t.value, enumTexts(f)), "%s can never be %s", t.field, t.value)
			near := nearest(t.value, enumTexts(f))
			if near == "" {
				return st, nil
			}
			st.mend(i, t.field, near)
		}
	}
	return st, el
}

// mend reads a selector's term as the nearest that can be.
func (st *step) mend(i int, field, value string) {
	st.terms = slices.Clone(st.terms)
	st.terms[i].field, st.terms[i].value = field, value
	st.selector = ""
	for j, t := range st.terms {
		if j > 0 {
			st.selector += " & "
		}
		st.selector += t.field + "=" + t.value
		if t.ref != "" {
			st.selector += "." + t.ref
		}
	}
}

func (a *access) before() string {
	if len(a.sch) == 0 {
		return "the object at hand"
	}
	return a.steps[len(a.sch)-1].name
}

func enumTexts(s *schema) []string {
	var out []string
	for i := range s.enum {
		out = append(out, scalarText(&s.enum[i]))
	}
	return out
}
