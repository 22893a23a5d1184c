package mapping

import (
	"slices"
)

// checkCover finds source fields that no rule carries and no drop names.
func (c *compiler) checkCover(d Direction) {
	s := source(d)
	if c.docSchema[s].types == tAny {
		return // no schema says what there is
	}
	k := &covers{c: c, d: d, s: s, of: map[*scope]*cover{}}
	k.scope(c.top)
	v := &verifier{c: c, k: k, s: s, d: d}
	v.document(c.docSchema[s], k.of[c.top], "", c.top.at)
	if s == loc {
		c.each(c.top, func(b *bound) {
			if b.shape == "embed" && b.runs(d) && b.sub.sch[loc].types != tAny {
				v.document(b.sub.sch[loc], k.of[b.sub], b.sub.shown[loc], b.sub.at)
			}
		})
	}
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

// document verifies a whole message, which may be a list.
func (v *verifier) document(s *schema, c *cover, shown string, where pos) {
	if s.isList() && !c.unsure && !c.wide {
		v.list(s, c, shown, where, false)
		return
	}
	v.object(s, c, shown, where, false)
}

// object verifies the members of an object that is not carried as a whole.
func (v *verifier) object(s *schema, c *cover, shown string, where pos, wide bool) {
	if c.at.line > 0 {
		where = c.at
	}
	if c.whole || c.dropped || c.unsure {
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
		v.object(s, c, shown, where, wide)
	default:
		if len(c.fields) > 0 || len(c.free) > 0 {
			v.object(s, c, shown, where, wide)
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
