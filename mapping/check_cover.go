package mapping

import (
	"slices"
	"strings"
)

// cover is what rules carry of an object, or write of one, as a tree of paths.
type cover struct {
	whole    bool // a rule takes the value as it is
	dropped  bool // a drop names it: what nobody carried is a declared loss
	wide     bool // drop "*"
	fields   map[string]*cover
	elements []*elementCover
	free     []step
	at       pos // of the list of rules that speaks of it, where that is another
	reads    bool
}

// elementCover is what is taken of a list's elements by one step.
type elementCover struct {
	st    step
	b     *bound
	c     *cover
	scope *scope // the elements are judged by their own list of rules
	drop  bool
	plain bool
}

func (c *cover) field(name string) *cover {
	if c.fields == nil {
		c.fields = map[string]*cover{}
	}
	f, ok := c.fields[name]
	if !ok {
		f = &cover{}
		c.fields[name] = f
	}
	return f
}

func (c *cover) element(st step, b *bound) *elementCover {
	for _, e := range c.elements {
		if e.st.same(st) && e.scope == nil && !e.drop {
			return e
		}
	}
	e := &elementCover{st: st, b: b, c: &cover{}, plain: true}
	for _, t := range st.terms {
		e.c.field(t.field).whole = true
	}
	c.elements = append(c.elements, e)
	return e
}

// find walks field names only.
func (c *cover) find(path string) (*cover, bool) {
	p, err := parsePath(path)
	if err != nil {
		return nil, false
	}
	for _, st := range p.steps {
		if c.whole {
			return c, true
		}
		f, ok := c.fields[st.name]
		if !ok {
			return nil, false
		}
		c = f
	}
	return c, true
}

// covers builds the covers of a file's scopes for one side.
type covers struct {
	c     *compiler
	d     Direction
	s     side
	write bool // what is written, else what is read
	of    map[*scope]*cover
}

// written is the cover of what a direction writes, for a scope.
func (c *compiler) written(sc *scope, d Direction) *cover {
	k := &covers{c: c, d: d, s: source(d).other(), write: true, of: map[*scope]*cover{}}
	k.scope(c.top)
	return k.of[sc]
}

// home gives the scope whose object a scope's paths of a side begin at.
func (k *covers) home(sc *scope) *scope {
	for sc.owner != nil && (sc.owner.shape == "columns" && sc.owner.columns.side == k.s || sc.owner.shape == "each" && k.group(sc.owner)) {
		if sc.owner.shape == "each" {
			break
		}
		sc = sc.up
	}
	return sc
}

func (k *covers) group(b *bound) bool {
	_, many := b.a(k.s).list()
	return !many
}

// root gives the cover that a scope's paths of this side add to.
func (k *covers) root(sc *scope) *cover {
	sc = k.home(sc)
	if c, ok := k.of[sc]; ok {
		return c
	}
	c := &cover{}
	k.of[sc] = c
	return c
}

func (k *covers) scope(sc *scope) {
	k.root(sc)
	for _, b := range sc.rules {
		if b.bad {
			continue
		}
		if b.shape == "drop" {
			if !k.write && b.drop.has(k.d) {
				k.drop(sc, b)
			}
			continue
		}
		if !b.runs(k.d) {
			if !k.write && b.why != "" {
				k.excuse(sc, b)
			}
			continue
		}
		k.rule(sc, b)
	}
}

func (k *covers) drop(sc *scope, b *bound) {
	if p := b.path(k.s); p.wide() {
		k.root(sc).wide = true
		return
	}
	a := b.a(k.s)
	if a == nil {
		return
	}
	n := k.base(sc, a)
	for i, st := range a.steps {
		switch st.kind {
		case stepField:
			n = n.field(st.name)
		case stepFree:
			n.free = append(n.free, st)
			return
		default:
			if i == len(a.steps)-1 {
				if st.kind == stepEvery {
					n.dropped = true
				} else {
					n.elements = append(n.elements, &elementCover{st: st, b: b, c: &cover{dropped: true}, drop: true})
				}
				return
			}
			n = n.element(st, b).c
		}
	}
	n.dropped = true
}

// excuse takes the target of a one-way rule with a reason as declared on the other road.
func (k *covers) excuse(sc *scope, b *bound) {
	for _, a := range k.c.targets(b, opposite(k.d)) {
		if a.place || a.key {
			continue
		}
		n := k.add(sc, a, b)
		if st, many := a.list(); many {
			n.elements = append(n.elements, &elementCover{st: st, b: b, c: &cover{dropped: true}, drop: true})
			continue
		}
		n.dropped = true
	}
	if b.shape == "columns" && b.columns.side == k.s {
		for _, sub := range b.cols {
			for _, x := range sub.rules {
				if !x.bad {
					k.excuse(sub, x)
				}
			}
		}
	}
}

func opposite(d Direction) Direction {
	if d == ToLocal {
		return ToNational
	}
	return ToLocal
}

// base is the cover where an access begins.
func (k *covers) base(sc *scope, a *access) *cover {
	if a.abs {
		top := sc
		for top.up != nil && !(top.owner != nil && top.owner.shape == "embed" && k.s == loc) {
			top = top.up
		}
		return k.root(top)
	}
	return k.root(climbScope(sc, a.up))
}

// add leads to what an access names, without the last step where it names many.
func (k *covers) add(sc *scope, a *access, b *bound) *cover {
	n := k.base(sc, a)
	steps := a.steps
	if _, many := a.list(); many {
		steps = steps[:len(steps)-1]
	}
	for _, st := range steps {
		switch st.kind {
		case stepField:
			n = n.field(st.name)
		case stepFree:
			n.free = append(n.free, st)
			return &cover{}
		default:
			n = n.element(st, b).c
		}
	}
	return n
}

func (k *covers) rule(sc *scope, b *bound) {
	reads := b.shape != "const" && b.shape != "computed"
	leaf := func(a *access) {
		if a == nil || a.place || a.key {
			return
		}
		n := k.add(sc, a, b)
		if st, many := a.list(); many {
			e := &elementCover{st: st, b: b, c: &cover{whole: true, reads: reads}}
			n.elements = append(n.elements, e)
			return
		}
		n.whole = true
		n.reads = n.reads || reads
	}
	switch b.shape {
	case "plain", "const":
		for _, a := range b.acc[k.s] {
			leaf(a)
		}
		if k.s == nat && b.raw_ != nil && !k.write {
			leaf(b.raw_)
		}
	case "computed":
		if k.write {
			leaf(b.a(k.s))
		}
	case "join":
		if b.join.side != k.s {
			leaf(b.a(k.s))
			return
		}
		for _, p := range b.parts {
			leaf(p.a(k.s))
		}
	case "each":
		k.eachRule(sc, b)
	case "columns":
		k.columnsRule(sc, b)
	case "embed":
		if k.s == loc {
			leaf(b.a(loc))
			k.of[b.sub] = &cover{}
		} else {
			n := k.add(sc, b.a(nat), b)
			if n.at.line == 0 && len(b.a(nat).steps) > 0 {
				n.at = b.sub.at
			}
			k.of[b.sub] = n
		}
		k.scope(b.sub)
	}
}

func (k *covers) eachRule(sc *scope, b *bound) {
	a := b.a(k.s)
	n := k.add(sc, a, b)
	st, many := a.list()
	if !many {
		if len(a.steps) > 0 {
			n.at = b.sub.at
		}
		k.of[b.sub] = n
		k.scope(b.sub)
		return
	}
	if st.kind == stepFree {
		n.free = append(n.free, st)
		k.of[b.sub] = &cover{}
		k.scope(b.sub)
		return
	}
	e := &elementCover{st: st, b: b, c: &cover{}, scope: b.sub}
	n.elements = append(n.elements, e)
	k.of[b.sub] = e.c
	k.elementBasics(b, st, e.c)
	k.scope(b.sub)
}

// elementBasics are the fields that a selector and a key take care of.
func (k *covers) elementBasics(b *bound, st step, c *cover) {
	for _, t := range st.terms {
		c.field(t.field).whole = true
	}
	if a := b.key_[k.s]; a != nil && !a.place && !a.key && a.up == 0 {
		n := c
		for _, st := range a.steps {
			n = n.field(st.name)
		}
		n.whole = true
	}
}

func (k *covers) columnsRule(sc *scope, b *bound) {
	if b.columns.side == k.s {
		for _, sub := range b.cols {
			k.scope(sub)
		}
		if b.rest != nil && k.write {
			n := k.add(sc, b.rest, b)
			n.whole, n.reads = true, true
		}
		return
	}
	a := b.a(k.s)
	n := k.add(sc, a, b)
	st, _ := a.list()
	e := &elementCover{st: st, b: b, c: &cover{}}
	n.elements = append(n.elements, e)
	if len(b.cols) == 0 {
		return
	}
	e.scope = b.cols[0]
	k.of[b.cols[0]] = e.c
	k.elementBasics(b, st, e.c)
	k.scope(b.cols[0])
	for _, sub := range b.cols[1:] {
		k.of[sub] = e.c
	}
}

// checkCover finds source fields that no rule carries and no drop names.
func (c *compiler) checkCover(d Direction) {
	s := source(d)
	if c.docSchema[s].types == tAny {
		return // no schema says what there is
	}
	k := &covers{c: c, d: d, s: s, of: map[*scope]*cover{}}
	k.scope(c.top)
	v := &verifier{c: c, k: k, s: s, d: d}
	v.object(c.docSchema[s], k.of[c.top], "", c.top.at, nil, false)
}

type verifier struct {
	c    *compiler
	k    *covers
	s    side
	d    Direction
	path []*schema
}

func (v *verifier) lost(p pos, shown string) {
	f := Finding{Severity: sevError, Code: "undeclared-loss", Message: "no rule carries " + shown + " " + string(v.d) + ", and no drop names it", Hint: "a rule, or drop with why"}
	if v.s == nat {
		f.Nat = shown
	} else {
		f.Loc = shown
	}
	v.c.l.add(f, p)
}

// object verifies the members of an object that is not carried as a whole.
func (v *verifier) object(s *schema, c *cover, shown string, where pos, b *bound, wide bool) {
	if c.at.line > 0 {
		where = c.at
	}
	if c.whole || c.dropped {
		return
	}
	wide = wide || c.wide
	if !v.described(s) {
		if !wide && !v.freeCovers(c) {
			v.lost(where, orSelf(shown))
		}
		return
	}
	if slices.Contains(v.path, s) {
		return // a recursive schema, to its first repetition
	}
	v.path = append(v.path, s)
	defer func() { v.path = v.path[:len(v.path)-1] }()
	for _, p := range s.props {
		name := joinPath(shown, quoteName(p.name))
		f, ok := c.fields[p.name]
		if !ok {
			if !wide && !freeTakes(c, p.name) {
				v.lost(where, name)
			}
			continue
		}
		v.value(p.s, f, name, where, wide)
	}
	if s.open && !wide && !v.freeCovers(c) {
		v.lost(where, joinPath(shown, "{*}"))
	}
}

func orSelf(shown string) string {
	if shown == "" {
		return "."
	}
	return shown
}

// described tells an object of named members.
func (v *verifier) described(s *schema) bool {
	return s.isObject() && len(s.props) > 0 && !(s.open && s.rest == nil)
}

func (v *verifier) freeCovers(c *cover) bool {
	for _, st := range c.free {
		if st.name == "" && st.suffix == "" {
			return true
		}
	}
	return false
}

func freeTakes(c *cover, name string) bool {
	for _, st := range c.free {
		if _, ok := freeName(name, st); ok {
			return true
		}
	}
	return false
}

func (v *verifier) value(s *schema, c *cover, shown string, where pos, wide bool) {
	if c.whole {
		return
	}
	if c.dropped {
		return
	}
	switch {
	case s.isList() || len(c.elements) > 0:
		v.list(s, c, shown, where, wide)
	case s.isObject():
		v.object(s, c, shown, where, nil, wide)
	default:
		if len(c.fields) > 0 || len(c.free) > 0 {
			v.object(s, c, shown, where, nil, wide)
		} else if !wide {
			v.lost(where, shown)
		}
	}
}

func (v *verifier) list(s *schema, c *cover, shown string, where pos, wide bool) {
	if len(c.elements) == 0 {
		if !wide {
			v.lost(where, shown)
		}
		return
	}
	el := s.element()
	indexed, many := false, false
	for _, e := range c.elements {
		if e.drop {
			many = many || e.st.kind != stepIndex
			continue
		}
		name := shown + "[" + selectorText(e.st) + "]"
		at := where
		if e.scope != nil {
			at = e.scope.at
		}
		switch e.st.kind {
		case stepIndex:
			indexed = true
			v.value(el, e.c, name, at, wide)
		default:
			many = true
			if e.c.whole {
				continue
			}
			// The rest of the object at hand is not the rest of its lists' elements.
			v.value(el, e.c, name, at, false)
		}
	}
	if indexed && !many && s.maxItems != 1 && !wide {
		v.lost(where, shown+"[*]")
	}
	if many {
		v.gaps(el, c, shown, where)
	}
}

func selectorText(st step) string {
	switch st.kind {
	case stepIndex:
		return itoa(st.index)
	case stepSelector:
		return st.selector
	}
	return "*"
}

// gaps finds values of a selector's field that no rule over the list takes.
func (v *verifier) gaps(el *schema, c *cover, shown string, where pos) {
	var fields []string
	for _, e := range c.elements {
		if e.st.kind == stepEvery || e.st.nested() && len(e.st.terms) == 1 {
			return
		}
		for _, t := range e.st.terms {
			if t.ref == "" && !slices.Contains(fields, t.field) {
				fields = append(fields, t.field)
			}
		}
	}
	if el.types&tObject == 0 {
		return
	}
	report := func(sev, msg string) {
		f := Finding{Severity: sev, Code: "selector-gap", Message: msg, Hint: "a rule, or drop with why"}
		if v.s == nat {
			f.Nat = shown
		} else {
			f.Loc = shown
		}
		// It stands at the first rule over the list.
		p := where
		for _, e := range c.elements {
			if e.b != nil {
				p = e.b.keyAt(v.s.String())
				break
			}
		}
		v.c.l.add(f, p)
	}
	combos := [][]string{nil}
	for _, name := range fields {
		f, _ := el.get(name)
		if f == nil || !f.isEnum {
			report(sevWarning, "elements whose "+name+" has another value are taken by no rule")
			return
		}
		var next [][]string
		for _, combo := range combos {
			for _, val := range enumTexts(f) {
				next = append(next, append(slices.Clone(combo), val))
			}
		}
		if combos = next; len(combos) > 1000 {
			return
		}
	}
	var missing []string
	for _, combo := range combos {
		if !slices.ContainsFunc(c.elements, func(e *elementCover) bool { return takesCombo(e.st, fields, combo) }) {
			var terms []string
			for i, val := range combo {
				terms = append(terms, fields[i]+"="+val)
			}
			missing = append(missing, strings.Join(terms, " & "))
		}
	}
	if len(missing) > 0 {
		report(sevError, "no rule takes the elements with "+strings.Join(missing[:min(len(missing), 5)], ", "))
	}
}

func takesCombo(st step, fields, combo []string) bool {
	if st.kind == stepIndex {
		return false
	}
	for _, t := range st.terms {
		if i := slices.Index(fields, t.field); t.ref == "" && i >= 0 && combo[i] != t.value {
			return false
		}
	}
	return true
}
