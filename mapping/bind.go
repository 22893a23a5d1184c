package mapping

import (
	"strings"
)

// access is a path joined with the schema that it walks.
type access struct {
	p     *path // as written
	up    int
	abs   bool
	self  bool
	place bool
	key   bool
	steps []step
	sch   []*schema // after each step
	base  *schema
	leaf  *schema
	sure  bool     // every step is required in its parent
	shown string   // from the document's top
	fulls []string // full after each step
	full  string   // the same without indices, as one key: lists as []
}

// list tells the last step where it names many elements.
func (a *access) list() (step, bool) {
	if a == nil || len(a.steps) == 0 {
		return step{}, false
	}
	s := a.steps[len(a.steps)-1]
	return s, s.kind >= stepEvery
}

// owner is the schema of the object that holds the last step.
func (a *access) owner(i int) *schema {
	if i == 0 {
		return a.base
	}
	return a.sch[i-1]
}

// scope is a list of rules over one object at hand.
type scope struct {
	up     *scope
	owner  *bound // the rule whose each this is; nil at the top
	at     pos    // of rules: or each:
	sch    [2]*schema
	rename [2]func(*path) *path
	shown  [2]string
	full   [2]string
	rules  []*bound
	flat   int // of columns: the element's number; else -1
}

// bound is a rule joined with the schemas at its place.
type bound struct {
	*rule
	sc    *scope
	acc   [2][]*access
	sub   *scope   // of each and embed
	cols  []*scope // of columns, one an element
	parts []*bound // of join
	rest  *access  // of columns' over: join
	restF []*access
	raw_  *access
	date  *access
	key_  [2]*access
	table *codeTable
	mean  meaning
	cond  *condition
	calc  *calculation
	bad   bool // a finding makes it unusable
}

// meaning translates one value in one direction; code is an error code.
type meaning interface {
	apply(x *exec, d Direction, v valueT) (out valueT, code string)
}

func (b *bound) a(s side) *access {
	if b == nil || len(b.acc[s]) == 0 {
		return nil
	}
	return b.acc[s][0]
}

func (b *bound) leaf(s side) *schema {
	if a := b.a(s); a != nil {
		return a.leaf
	}
	return anything()
}

// display is the path of a side as findings show it.
func (b *bound) display(s side) string {
	var out []string
	for _, a := range b.acc[s] {
		out = append(out, a.shown)
	}
	if len(out) == 0 {
		for _, p := range b.paths[s] {
			out = append(out, joinPath(b.sc.shown[s], p.raw))
		}
	}
	if len(out) == 0 && b.columns != nil && b.columns.side == s {
		out = append(out, joinPath(b.sc.shown[s], b.columns.raw))
	}
	if len(out) == 0 && b.join != nil && b.join.side == s {
		for _, p := range b.parts {
			out = append(out, p.display(s))
		}
	}
	return strings.Join(out, ", ")
}

// where is a rule's FILE:LINE, as run-time errors name it.
func (c *compiler) where(p pos) string {
	return p.file + ":" + itoa(p.line)
}

// bindScope joins rules with the schemas of a scope.
func (c *compiler) bindScope(sc *scope, rules []*rule) {
	for _, r := range rules {
		if c.bounds++; c.bounds > maxRules {
			if c.bounds == maxRules+1 {
				c.l.errorf(r.at, "bad-value", "the table has more than %d rules, each column counted", maxRules)
			}
			return
		}
		b := &bound{rule: r, sc: sc}
		sc.rules = append(sc.rules, b)
		c.bind(b)
	}
}

func (c *compiler) bind(b *bound) {
	for s := nat; s <= loc; s++ {
		for _, p := range b.paths[s] {
			if p.wide() {
				continue
			}
			a := c.access(b, b.sc, s, p, b.keyAt(s.String()))
			if a == nil {
				b.bad = true
				continue
			}
			b.acc[s] = append(b.acc[s], a)
		}
	}
	if b.bad && b.shape != "columns" {
		return
	}
	c.lists(b)
	switch b.shape {
	case "each":
		c.bindEach(b)
	case "columns":
		c.bindColumns(b)
	case "join":
		c.bindJoin(b)
	case "embed":
		c.bindEmbed(b)
	}
	if b.raw != nil {
		if b.raw_ = c.access(b, b.sc, nat, b.raw, b.keyAt("raw")); b.raw_ == nil {
			b.bad = true
		}
	}
	if b.at_ != nil {
		if b.date = c.access(b, b.sc, nat, b.at_, b.keyAt("at")); b.date == nil {
			b.bad = true
		}
	}
	if !b.bad {
		c.bindMeaning(b)
	}
}

// lists refuses [*] and selectors of many where one value is meant.
func (c *compiler) lists(b *bound) {
	for s := nat; s <= loc; s++ {
		for _, a := range b.acc[s] {
			for i, st := range a.steps {
				last := i == len(a.steps)-1
				switch {
				case b.shape == "part" || b.shape == "drop":
				case st.kind == stepEvery && (!last || b.shape != "each" && b.shape != "columns"):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "[*] stands only at the end of a path of each, columns, join or drop")
					b.bad = true
				case st.kind == stepFree && (!last || b.shape != "each" && b.shape != "drop"):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "{*} stands only at the end of a path of each or drop")
					b.bad = true
				case st.nested() && (b.shape != "each" || !last || a.up == 0):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "nesting by key is ^.list[f=.k] on an each")
					b.bad = true
				}
			}
		}
	}
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
	for _, st := range a.steps {
		next := c.walk(b, cur, st, a, where, s)
		if next == nil {
			return nil
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
					return nil
				}
			}
		}
	}
	return a
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

// walk takes one step; nil after a finding.
func (c *compiler) walk(b *bound, cur *schema, st step, a *access, where pos, s side) *schema {
	fail := func(hint, format string, args ...any) *schema {
		c.l.about(sevError, where, "no-such-path", b, hint, format, args...)
		return nil
	}
	switch st.kind {
	case stepField:
		a.full = joinPath(a.full, quoteName(st.name))
		if cur.types&tObject == 0 {
			if cur.types&tArray != 0 {
				return fail("name its elements by [*]", "%s is a list, it has no field %s", a.before(), st.name)
			}
			if st.name == "#text" && cur.scalar() {
				return cur
			}
			return fail("", "%s is no object, it has no field %s", a.before(), st.name)
		}
		next, _ := cur.get(st.name)
		if next == nil {
			return fail(hintNearest(st.name, cur.names()), "the schema has no field %s", st.name)
		}
		a.sure = a.sure && cur.requires(st.name)
		return next
	case stepFree:
		a.full = joinPath(a.full, "{*}")
		if cur.types&tObject == 0 {
			return fail("", "{*} needs an object")
		}
		a.sure = false
		if cur.open {
			if cur.rest != nil {
				return cur.rest
			}
			return anything()
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
		return union
	}
	a.full += "[]"
	if cur.types&tArray == 0 {
		return fail("", "%s is no list", a.before())
	}
	el := cur.element()
	a.sure = a.sure && st.kind == stepEvery
	if st.kind == stepIndex && cur.maxItems >= 0 && st.index >= cur.maxItems {
		return fail("", "the list has at most %d elements", cur.maxItems)
	}
	for _, t := range st.terms {
		if el.types&tObject == 0 {
			return fail("", "the elements of the list have no fields")
		}
		f, _ := el.get(t.field)
		if f == nil {
			return fail(hintNearest(t.field, el.names()), "the list's elements have no field %s", t.field)
		}
		if t.ref != "" {
			continue
		}
		v, ok := f.typed(t.value)
		if !ok || f.violates(&v) != "" {
			c.l.about(sevError, where, "selector-value", b, hintNearest(t.value, enumTexts(f)), "%s can never be %s", t.field, t.value)
			return nil
		}
	}
	return el
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

func (c *compiler) subScope(b *bound, where pos) *scope {
	sub := &scope{up: b.sc, owner: b, at: where, flat: -1}
	for s := nat; s <= loc; s++ {
		if a := b.a(s); a != nil {
			sub.sch[s], sub.shown[s], sub.full[s] = a.leaf, a.shown, a.full
		}
	}
	return sub
}

func (c *compiler) bindEach(b *bound) {
	expanded := b.each
	n, l := b.a(nat), b.a(loc)
	_, many := n.list()
	_, manyL := l.list()
	if many != manyL {
		which, a := nat, n
		if many {
			which, a = loc, l
		}
		hint := ""
		if a.leaf.types&tArray != 0 {
			hint = "name its elements by [*]"
		}
		c.l.about(sevError, b.keyAt(which.String()), "type-clash", b, hint, "each joins lists with lists or objects with objects")
		b.bad = true
		return
	}
	if !many {
		for s := nat; s <= loc; s++ {
			if a := b.a(s); a.leaf.types&tObject == 0 {
				c.l.about(sevError, b.keyAt(s.String()), "type-clash", b, "name its elements by [*]", "each needs an object or a list")
				b.bad = true
				return
			}
		}
	}
	b.sub = c.subScope(b, b.eachAt)
	c.bindScope(b.sub, expanded)
	c.bindKey(b)
}

func (c *compiler) bindKey(b *bound) {
	k := b.key
	if k == nil {
		return
	}
	sub := b.sub
	if sub == nil && len(b.cols) > 0 {
		sub = b.cols[0]
	}
	if sub == nil {
		return
	}
	if b.key_[nat] = c.access(b, sub, nat, k.nat, k.at); b.key_[nat] == nil {
		b.bad = true
	}
	if k.loc != nil {
		if b.key_[loc] = c.access(b, sub, loc, k.loc, k.at); b.key_[loc] == nil {
			b.bad = true
		}
	}
	if k.as != "" {
		if !c.xrefKnown(k.as) {
			c.l.about(sevError, k.at, "xref-unknown", b, hintNearest(k.as, c.xrefNames()), "%s is no kind of id", k.as)
			b.bad = true
			return
		}
		c.keyed[k.as] = true
	}
}

func (c *compiler) bindColumns(b *bound) {
	if b.bad {
		return
	}
	flat := b.columns.side
	many := flat.other()
	a := b.a(many)
	if _, ok := a.list(); !ok {
		c.l.about(sevError, b.keyAt(many.String()), "type-clash", b, "name its elements by [*]", "columns need a list on the %s side", many)
		b.bad = true
		return
	}
	for i, n := 0, b.columns.from; n <= b.columns.to; i, n = i+1, n+1 {
		sub := &scope{up: b.sc, owner: b, at: b.eachAt, flat: i}
		sub.sch[many], sub.shown[many], sub.full[many] = a.leaf, a.shown, a.full
		sub.sch[flat], sub.shown[flat], sub.full[flat] = b.sc.sch[flat], b.sc.shown[flat], b.sc.full[flat]
		outer := b.sc.rename[flat]
		sub.rename[flat] = func(p *path) *path {
			q := b.columns.rename(p, n)
			if outer != nil && !q.abs && q.up == 0 && q != p {
				return outer(q)
			}
			return q
		}
		b.cols = append(b.cols, sub)
		c.bindScope(sub, b.each)
	}
	c.bindKey(b)
	if r := b.columns.rest; r != nil {
		if b.rest = c.access(b, b.sc, flat, r.loc, b.columns.overAt); b.rest == nil {
			b.bad = true
			return
		}
		for _, f := range r.fields {
			x := c.access(b, b.cols[0], many, f, b.columns.overAt)
			if x == nil {
				b.bad = true
				return
			}
			b.restF = append(b.restF, x)
		}
	}
}

func (c *compiler) bindJoin(b *bound) {
	s := b.join.side
	for _, r := range b.join.parts {
		part := &bound{rule: r, sc: b.sc}
		b.parts = append(b.parts, part)
		c.bind(part)
		if part.bad {
			b.bad = true
			continue
		}
		for _, st := range part.a(s).steps {
			b.join.many = b.join.many || st.kind == stepEvery
		}
	}
}

func (c *compiler) bindEmbed(b *bound) {
	b.sub = c.subScope(b, b.eachAt)
	b.sub.sch[loc] = anything()
	b.sub.shown[loc], b.sub.full[loc] = b.sub.shown[loc]+"!", b.sub.full[loc]+"!"
	if b.embed.local != "" {
		s, ok := c.localSchema(b.embed.local, b.embed.at)
		if !ok {
			b.bad = true
			return
		}
		b.sub.sch[loc] = s
	}
	c.bindScope(b.sub, b.each)
}
