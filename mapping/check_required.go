package mapping

import (
	"slices"
	"strings"
)

// checkRequired finds required target fields that no rule writes.
func (c *compiler) checkRequired(d Direction, way string) {
	to := source(d).other()
	k := &covers{c: c, d: d, s: to, write: true, of: map[*scope]*cover{}}
	k.scope(c.top)
	q := &requirer{c: c, k: k, d: d, s: to}
	// Against the way that the type travels a road serves the laws only.
	q.against = way == "D" && d == ToNational || way == "U" && d == ToLocal
	if q.against {
		q.excuses = c.excuses(d)
		c.each(c.top, func(b *bound) { c.excuseLists(b, d) })
	}
	q.object(c.docSchema[to], k.of[c.top], "", c.top.full[to], c.top.at)
	if to == loc {
		c.each(c.top, func(b *bound) {
			if b.shape == "embed" && b.runs(d) && b.sub.sch[loc].types != tAny {
				q.object(b.sub.sch[loc], k.of[b.sub], b.sub.shown[loc], b.sub.full[loc], b.sub.at)
			}
		})
	}
	c.mayMiss(c.top, d)
}

// shortened marks, among what is excused, a list that may have lost elements.
const shortened = "[#]"

// excuseLists notes the lists whose elements a declared loss of the other direction drops.
func (c *compiler) excuseLists(b *bound, d Direction) {
	to := source(d).other()
	a := b.a(to)
	loses := b.shape == "drop" && b.drop.has(opposite(d)) || b.shape == "columns" && b.loses(opposite(d))
	if a == nil || !loses {
		return
	}
	for i, st := range a.steps {
		if st.kind != stepField {
			c.excused[d][strings.TrimSuffix(a.fulls[i], "[]")+shortened] = true
		}
	}
}

type requirer struct {
	c       *compiler
	k       *covers
	d       Direction
	s       side
	against bool
	excuses *cover
	path    []*schema
}

// excuses are the target fields that a drop of the other direction names, or
// that a one-way rule with why feeds there.
func (c *compiler) excuses(d Direction) *cover {
	to := source(d).other()
	k := &covers{c: c, d: opposite(d), s: to, of: map[*scope]*cover{}}
	k.excused(c.top)
	return k.of[c.top]
}

// excused fills covers with what is excused only.
func (k *covers) excused(sc *scope) {
	k.root(sc)
	for _, b := range sc.rules {
		switch {
		case b.bad:
		case b.shape == "drop":
			if b.drop.has(k.d) && (b.path(k.s) != nil) {
				k.drop(sc, b)
			}
		case len(b.subs()) > 0:
			a := b.a(k.s)
			if b.shape == "columns" && b.columns.side == k.s {
				for _, sub := range b.cols {
					k.excused(sub)
				}
				continue
			}
			n := k.add(sc, a, b)
			if st, many := a.list(); many && st.kind != stepFree {
				e := &elementCover{st: st, b: b, c: &cover{}, scope: b.subs()[0]}
				n.elements = append(n.elements, e)
				n = e.c
			}
			for _, sub := range b.subs() {
				k.of[sub] = n
				k.excused(sub)
			}
			if k.oneWay(b) {
				n.dropped = true
			}
		case k.oneWay(b):
			accs := b.acc[k.s]
			for _, p := range b.parts {
				accs = append(accs, p.acc[k.s]...)
			}
			for _, a := range accs {
				if a.up == 0 && !a.abs {
					k.add(sc, a, b).dropped = true
				}
			}
		}
	}
}

func (k *covers) oneWay(b *bound) bool {
	return b.why != "" && b.direction == roadOf(k.d)
}

func (q *requirer) object(s *schema, c *cover, shown, full string, where pos) {
	if c == nil {
		c = &cover{}
	}
	if c.at.line > 0 {
		where = c.at
	}
	if c.whole || c.unsure || s.types&tObject == 0 || slices.Contains(q.path, s) {
		return
	}
	q.path = append(q.path, s)
	defer func() { q.path = q.path[:len(q.path)-1] }()
	for _, p := range s.props {
		name, key := joinPath(shown, quoteName(p.name)), joinPath(full, quoteName(p.name))
		f, ok := c.fields[p.name]
		if !ok {
			if p.required && !freeTakes(c, p.name) && q.lacks(p.s, 0) {
				q.report(name, key, where)
			}
			continue
		}
		q.value(p.s, f, name, key, where, p.required)
	}
}

// lacks tells a required value that cannot stand empty: an object whose own
// required fields are missing, a list that needs elements, a scalar.
func (q *requirer) lacks(s *schema, depth int) bool {
	if s.isObject() {
		if depth > 8 {
			return false
		}
		for _, p := range s.props {
			if p.required && q.lacks(p.s, depth+1) {
				return true
			}
		}
		return false
	}
	if s.isList() {
		return s.minItems > 0
	}
	return true
}

func (q *requirer) report(shown, full string, where pos) {
	if q.against && q.isExcused(shown) {
		q.c.excused[q.d][full] = true
		return
	}
	f := Finding{Severity: sevError, Code: "required-unmapped", Message: "no rule writes " + shown + " " + string(q.d) + ", which the schema requires"}
	if q.s == nat {
		f.Nat = shown
	} else {
		f.Loc = shown
	}
	q.c.l.add(f, where)
}

// isExcused asks the excuses along a path with selectors.
func (q *requirer) isExcused(shown string) bool {
	p, err := parsePath(shown)
	if err != nil {
		return false
	}
	c := q.excuses
	for _, st := range p.steps {
		if c.dropped || c.wide {
			return true
		}
		if st.kind == stepField {
			f, ok := c.fields[st.name]
			if !ok {
				return false
			}
			c = f
			continue
		}
		var next *cover
		for _, e := range c.elements {
			if e.st.same(st) && !e.drop {
				next = e.c
			}
		}
		if next == nil {
			return false
		}
		c = next
	}
	return c.dropped || c.wide
}

func (q *requirer) value(s *schema, c *cover, shown, full string, where pos, required bool) {
	if c.whole {
		return
	}
	switch {
	case len(c.elements) > 0:
		for _, e := range c.elements {
			at := where
			if e.scope != nil {
				at = e.scope.at
			}
			if el := s.element(); !e.c.whole && el.types&tObject != 0 {
				q.object(el, e.c, shown+"["+selectorText(e.st)+"]", full+"[]", at)
			}
		}
	case len(c.fields) > 0 || c.at.line > 0:
		q.object(s, c, shown, full, where)
	case required && len(c.free) == 0 && q.lacks(s, 0):
		q.report(shown, full, where)
	}
}

// mayMiss warns of an optional source into a required target.
func (c *compiler) mayMiss(sc *scope, d Direction) {
	from := source(d)
	to := from.other()
	if c.docSchema[from].types == tAny {
		return // what has no schema is told once
	}
	for _, b := range sc.rules {
		if b.bad || !b.runs(d) {
			continue
		}
		for i, sub := range b.subs() {
			if i == 0 {
				c.mayMiss(sub, d)
			}
		}
		if b.shape != "plain" || len(b.acc[from]) != 1 || len(b.acc[to]) != 1 || b.cond != nil || b.when != nil {
			continue
		}
		src, dst := b.a(from), b.a(to)
		if dst.place || dst.key || dst.up > 0 || len(dst.steps) == 0 || b.def[to] != nil {
			continue
		}
		last := len(dst.steps) - 1
		if dst.steps[last].kind != stepField || !dst.owner(last).requires(dst.steps[last].name) || c.certain(b, src, sc, d) {
			continue
		}
		bl := &builder{c, d}
		if p := bl.newPipe(b, d); p.out.Kind != 0 {
			continue
		}
		if c.onlyTogether(b, src, dst, sc, d) {
			continue
		}
		c.l.about(sevWarning, b.keyAt(to.String()), "may-miss", b, "a default, or a written none", "%s need not be there, %s is required", src.shown, dst.shown)
	}
}

// certain tells a source that every valid document has, as far as the scope's object is there.
func (c *compiler) certain(b *bound, src *access, sc *scope, d Direction) bool {
	if src.place || src.key {
		return true
	}
	if !src.sure || src.up > 0 {
		return src.sure
	}
	if sc.flat >= 0 && b.sc.owner != nil && b.sc.owner.columns != nil && b.sc.owner.columns.side == source(d) {
		return false
	}
	for sc.owner != nil && sc.owner.shape == "each" {
		from, to := sc.owner.a(source(d)), sc.owner.a(source(d).other())
		if _, many := from.list(); many {
			break
		}
		if !from.sure && to.sure {
			return false
		}
		sc = sc.up
	}
	return true
}

// onlyTogether tells a target inside an optional object that is only written
// when this rule's source is there too.
func (c *compiler) onlyTogether(b *bound, src, dst *access, sc *scope, d Direction) bool {
	opt := -1
	for i := 0; i < len(dst.steps)-1; i++ {
		if dst.steps[i].kind == stepIndex {
			opt = -1 // always written
		} else if dst.steps[i].kind != stepField || !dst.owner(i).requires(dst.steps[i].name) {
			opt = i
		}
	}
	group := sc.owner != nil && sc.owner.shape == "each" && sc.flat < 0
	if group {
		if _, many := sc.owner.a(nat).list(); many {
			group = false
		} else if t := sc.owner.a(source(d).other()); t.sure {
			group = false
		}
	}
	columns := sc.owner != nil && sc.owner.shape == "columns"
	if opt < 0 && !group && !columns {
		return false
	}
	// The part of the source after which everything is required.
	prefix := -1
	for i, st := range src.steps {
		if st.kind != stepField || !src.owner(i).requires(st.name) {
			prefix = i
		}
	}
	container := ""
	if opt >= 0 {
		container = dst.fulls[opt]
	}
	root := ""
	if prefix >= 0 {
		root = src.fulls[prefix]
	}
	for _, o := range sc.rules {
		if o == b || o.bad || !o.runs(d) || o.shape == "drop" || o.shape == "const" || o.shape == "computed" {
			continue
		}
		below := opt < 0
		for _, a := range c.targets(o, d) {
			below = below || within(a.full, container)
		}
		if !below {
			continue
		}
		bl := &builder{c, d}
		for _, a := range bl.sources(o, source(d)) {
			if root != "" && !within(a.full, root) {
				return false
			}
		}
	}
	return true
}
