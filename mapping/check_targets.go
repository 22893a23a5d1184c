package mapping

import "strings"

// write is one place that a rule writes.
type write struct {
	b *bound
	a *access
}

// checkTargets finds two rules that write one target.
func (c *compiler) checkTargets(d Direction) {
	to := source(d).other()
	seen := map[string][]write{}
	var visit func(sc *scope, prefix string)
	note := func(b *bound, a *access, prefix string) {
		if a == nil {
			return
		}
		key := prefix
		if a.abs {
			key = ""
		}
		switch {
		case a.place:
			key += ".#n"
		case a.key:
			key += ".#key"
		default:
			for _, st := range a.steps {
				key += "/" + itoa(int(st.kind)) + st.name + "|" + st.suffix + "|" + st.selector
				if st.kind == stepIndex {
					key += itoa(st.index)
				}
			}
		}
		for _, w := range seen[key] {
			if w.b != b && !apart(w.b, b) && !c.apartAbove(w.b, b) {
				c.l.about(sevError, b.keyAt(to.String(), "loc", "nat"), "written-twice", b, "", "%s is written by the rule of line %d too", a.shown, w.b.at.line)
				return
			}
		}
		seen[key] = append(seen[key], write{b, a})
	}
	visit = func(sc *scope, prefix string) {
		for _, b := range sc.rules {
			if b.bad || !b.runs(d) || b.shape == "drop" {
				continue
			}
			if len(b.subs()) == 0 {
				for _, a := range c.targets(b, d) {
					if st, many := a.list(); many && st.kind != stepFree {
						continue
					}
					note(b, a, prefix)
				}
				continue
			}
			if b.shape == "embed" && to == loc {
				note(b, b.a(loc), prefix)
			}
			if b.rest != nil && b.columns.side == to {
				note(b, b.rest, prefix)
			}
			for _, sub := range b.subs() {
				p := prefix
				switch {
				case b.shape == "columns" && b.columns.side == to:
				default:
					if a := b.a(to); a != nil {
						for _, st := range a.steps {
							p += "/" + itoa(int(st.kind)) + st.name + "|" + st.suffix + "|" + st.selector
							if st.kind == stepIndex {
								p += itoa(st.index)
							}
						}
						if _, many := a.list(); many || b.shape == "embed" {
							// Elements are the rule's own.
							p += "#" + itoa(b.seq)
						}
					}
				}
				visit(sub, p)
				if b.shape == "columns" && b.columns.side != to {
					break
				}
			}
		}
	}
	visit(c.top, "")
	for whole, ws := range seen {
		for key, inner := range seen {
			if !strings.HasPrefix(key, whole+"/") {
				continue
			}
			for _, w := range ws {
				for _, in := range inner {
					if !apart(w.b, in.b) && !c.apartAbove(w.b, in.b) {
						c.l.about(sevError, in.b.keyAt(to.String(), "loc", "nat"), "written-twice", in.b, "", "%s is written as a whole by the rule of line %d", w.a.shown, w.b.at.line)
					}
				}
			}
		}
	}
}

// apartAbove tells two rules whose lists are under conditions that exclude each other.
func (c *compiler) apartAbove(a, b *bound) bool {
	for x := a; x != nil; x = x.sc.owner {
		for y := b; y != nil; y = y.sc.owner {
			if x != y && x.sc == y.sc && apart(x, y) {
				return true
			}
		}
	}
	return false
}

// checkOverlap finds rules over one list that can take one element.
func (c *compiler) checkOverlap(sc *scope, d Direction) {
	s := source(d)
	type use struct {
		b    *bound
		a    *access
		st   step
		full string
	}
	var uses []use
	for _, b := range sc.rules {
		if b.bad || !b.runs(d) || b.shape == "drop" || b.narrowed {
			continue
		}
		bl := &builder{c, d}
		for _, a := range bl.sources(b, s) {
			if a.up > 0 || a.abs {
				continue
			}
			for i, st := range a.steps {
				if st.kind == stepSelector || st.kind == stepEvery || st.kind == stepIndex {
					uses = append(uses, use{b, a, st, a.fulls[i]})
					break
				}
			}
		}
		for i, sub := range b.subs() {
			if i == 0 || b.shape == "columns" && b.columns.side == s {
				c.checkOverlap(sub, d)
			}
		}
	}
	bl := &builder{c, d}
	bl.below(sc, 1, func(b *bound, depth int) {
		if b.bad || !b.runs(d) || b.narrowed {
			return
		}
		for _, a := range b.acc[s] {
			if st, ok := a.list(); ok && a.up == depth && st.nested() {
				uses = append(uses, use{b, a, st, a.full})
			}
		}
	})
	for i, x := range uses {
		for _, y := range uses[:i] {
			if x.full != y.full || x.b == y.b || !canBoth(x.st, y.st) {
				continue
			}
			if plainUse(x.b) && plainUse(y.b) && x.st.same(y.st) {
				continue // the same element for several rules
			}
			if x.st.nested() && y.st.nested() && x.b.sc != y.b.sc {
				if sameNesting(x.st, y.st) {
					continue // the elements at hand differ
				}
			}
			if apart(x.b, y.b) || c.apartAbove(x.b, y.b) {
				continue
			}
			c.l.about(sevError, x.b.keyAt(s.String()), "overlap", x.b, "", "this and the rule of line %d can take one element of %s", y.b.at.line, listName(x.a))
		}
	}
}

func listName(a *access) string { return pathOf(a.steps) }

func plainUse(b *bound) bool { return len(b.subs()) == 0 }

// sameNesting tells two nested rules with the same f and k.
func sameNesting(a, b step) bool {
	x, y := a.terms[a.ref()], b.terms[b.ref()]
	return x.field == y.field && x.ref == y.ref
}

// canBoth tells two steps that can name one element.
func canBoth(a, b step) bool {
	if a.kind == stepIndex && b.kind == stepIndex {
		return a.index == b.index
	}
	if a.nested() != b.nested() {
		return true
	}
	if a.nested() && !sameNesting(a, b) {
		return true
	}
	for _, x := range a.terms {
		for _, y := range b.terms {
			if x.ref == "" && y.ref == "" && x.field == y.field && x.value != y.value {
				return false
			}
		}
	}
	return true
}
