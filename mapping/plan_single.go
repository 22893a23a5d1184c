package mapping

// single is one element that plain rules name: by its place, or by a selector
// (index -1), whose element is written only where a rule read a value for it.
type single struct {
	index    int
	selector string
	named    bool // by a rule that always runs: the element is always written
}

// single gives the node of one element of a list. Elements of selectors stand
// in the order in which rules first write them; only where each one's rules
// follow each other is that known beforehand.
func (n *outNode) single(st *step, s *schema) (*outNode, bool) {
	if !n.s.isList() || st.nested() || !n.become(outList) {
		return nil, false
	}
	one := single{index: -1, selector: st.selector}
	if st.kind == stepIndex {
		one = single{index: st.index}
	}
	for i, m := range n.makers {
		switch {
		case m.one == nil || (m.one.index < 0) != (one.index < 0):
			return nil, false
		case m.one.index == one.index && m.one.selector == one.selector:
			return m.elem, one.index >= 0 || i == len(n.makers)-1
		}
	}
	m := &maker{one: &one, elem: &outNode{s: s, up: n, full: n.full + "[]", element: one.index >= 0}}
	n.makers = append(n.makers, m)
	for i := len(n.makers) - 1; i > 0 && one.index >= 0 && n.makers[i].one.index < n.makers[i-1].one.index; i-- {
		n.makers[i], n.makers[i-1] = n.makers[i-1], n.makers[i]
	}
	if st.kind == stepSelector {
		return m.elem, (&planner{}).selectorFields(m.elem, *st)
	}
	return m.elem, true
}

// named notes the elements that are always written.
func (b *planner) named(sc *planScope, o *namedOp) bool {
	for _, a := range o.places {
		home := sc.climb(a)
		if home.level != sc.level || len(sc.conds) > 0 {
			return false
		}
		n, ok := lead(home.dst, a, a.steps)
		if !ok {
			return false
		}
		for _, m := range n.up.makers {
			if m.elem == n {
				m.one.named = true
			}
		}
	}
	return true
}

// one writes such an element.
func (r *planRun) one(m *maker, count *int) state {
	at := len(r.out)
	if *count > 0 {
		r.out = append(r.out, ',')
	}
	var st state
	if m.elem.kind == outObject {
		st = r.object(m.elem, m.one.index >= 0)
	} else {
		st = r.leaf(m.elem)
	}
	if st == 0 {
		r.out = r.out[:at]
		return 0
	}
	if m.one.index >= 0 && *count != m.one.index {
		r.bad = true // an element before it is not written
	}
	*count++
	return st
}
