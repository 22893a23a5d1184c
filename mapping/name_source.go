package mapping

import (
	"slices"

	"duijie/internal/codec"
)

// nameSource finds the rule that reads a national name; nil with the reason.
func (c *compiler) nameSource(sc *scope, n *exprName) (*nameSource, string) {
	home := climbScope(sc, n.up)
	if home == nil {
		return nil, "there is no object so far up"
	}
	if len(n.path) == 0 {
		return nil, "a whole object is no field"
	}
	if len(n.path) == 1 && home.owner != nil {
		if st, ok := home.owner.a(nat).list(); ok {
			for _, t := range st.terms {
				if t.field == n.path[0] && t.ref == "" {
					v, leaf := codec.Str(t.value), c.exprField(home, nat, n.path)
					if leaf != nil {
						if x, ok := leaf.typed(t.value); ok {
							v = x
						}
					}
					return &nameSource{fixed: &v, leaf: leaf}, ""
				}
			}
		}
	}
	full := home.full[nat]
	for _, p := range n.path {
		full = joinPath(full, quoteName(p))
	}
	s, why := c.findSource(home, full, nil)
	if s != nil {
		s.up = n.up
		s.leaf = c.exprField(home, nat, n.path)
	}
	return s, why
}

func (c *compiler) findSource(sc *scope, full string, via []*access) (*nameSource, string) {
	why := "no rule of this list reads it"
	for _, b := range sc.rules {
		a := b.a(nat)
		if b.bad || a == nil {
			continue
		}
		if b.shape == "each" && b.sub != nil && (a.full == full || within(full, a.full)) {
			if _, many := a.list(); !many && b.a(loc) != nil {
				if s, _ := c.findSource(b.sub, full, append(slices.Clone(via), b.a(loc))); s != nil {
					return s, ""
				}
			}
			continue
		}
		if a.full != full {
			continue
		}
		switch {
		case !b.runs(ToNational) || !b.runs(ToLocal):
			why = "its rule runs one way"
		case b.lossy != 0:
			why = "its rule loses"
		case b.when != nil:
			why = "its rule has a when"
		case b.shape == "const":
			v, ok := a.leaf.typed(b.constant.text)
			if ok {
				return &nameSource{fixed: &v}, ""
			}
		case b.shape == "plain" && b.meaning != "xref" && len(b.acc[loc]) == 1 && len(b.acc[nat]) == 1:
			bl := &builder{c, ToNational}
			return &nameSource{via: via, src: b.a(loc), pipe: bl.newPipe(b, ToNational)}, ""
		default:
			why = "its rule is no plain one"
		}
	}
	return nil, why
}
