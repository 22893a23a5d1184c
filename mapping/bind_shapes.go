package mapping

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
	b.key_[nat] = c.access(b, sub, nat, k.nat, k.natAt)
	if k.loc != nil {
		b.key_[loc] = c.access(b, sub, loc, k.loc, k.locAt)
	}
	for s := nat; s <= loc; s++ {
		if a := b.key_[s]; a == nil && (s == nat || k.loc != nil) || a != nil && a.guessed {
			b.bad, b.meant = true, true
		}
	}
	if k.as != "" {
		if !c.xrefKnown(k.as) {
			c.l.about(sevError, k.asAt, "xref-unknown", b, hintNearest(k.as, c.xrefNames()), "%s is no kind of id", k.as)
			b.bad, b.meant = true, true
			return
		}
		c.keyed[k.as] = true
	}
}

func (c *compiler) bindColumns(b *bound) {
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
			b.bad, b.meant = true, part.meant && (b.meant || !b.bad)
			b.lost[s] = b.lost[s] || part.lost[s]
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
