package mapping

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
	unsure   bool // a broken rule may have spoken of anything here
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
			k.root(sc).unsure = k.root(sc).unsure || b.lost[k.s]
			if !b.meant {
				k.spoiled(sc, b)
				continue
			}
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

// spoiled takes what a broken rule names as spoken for: its own finding says enough.
func (k *covers) spoiled(sc *scope, b *bound) {
	accs := b.acc[k.s]
	for _, p := range b.parts {
		accs = append(accs, p.acc[k.s]...)
	}
	for _, a := range accs {
		if !a.place && !a.key {
			k.add(sc, a, b).whole = true
		}
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
			for _, a := range p.acc[k.s] {
				leaf(a)
			}
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
	if b.sub == nil {
		n.elements = append(n.elements, &elementCover{st: st, b: b, c: &cover{whole: true}})
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
		if b.rest != nil { // written, and by its own word not read back
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
