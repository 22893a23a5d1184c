package mapping

import "duijie/internal/codec"

// guardOp looks, when all rules of a list have run, for what none of them took:
// elements that no selector fits, values whose rules' when was false.
type guardOp struct {
	lists  []*listGuard
	leaves []*leafGuard
}

// listGuard is a list that only some of a scope's rules take from.
type listGuard struct {
	a      *access // of the first taker
	n      int     // steps that lead to the list
	full   string
	takers []taker
	nested bool
	all    bool
	b      *bound
	index  bool // only [n] takes from it
}

type taker struct {
	kind  stepKind
	terms []term
	index int
	cond  *condition
}

// leafGuard is a source that is only carried under conditions.
type leafGuard struct {
	a     *access
	b     *bound
	conds []*condition
	p     *pipe
	free  bool // somebody takes it without a condition
}

func (o *guardOp) run(x *exec, f *frame) {
	for _, g := range o.lists {
		g.run(x, f)
	}
	for _, g := range o.leaves {
		g.run(x, f)
	}
}

func (g *listGuard) run(x *exec, f *frame) {
	v, code := x.follow(x.climbed(f, g.a).src, g.a, g.a.steps[:g.n])
	if code != "" {
		return // told by the rules themselves
	}
	items, code := x.elements(v)
	if code != "" {
		return
	}
	var c *claim
	if g.nested {
		c = x.claims[claimKey{x.climbed(f, g.a), g.full}]
	}
	for i := range items {
		if c != nil && i < len(c.taken) && c.taken[i] || g.takes(x, f, &items[i], i) {
			continue
		}
		code := "uncarried"
		if g.nested {
			code = "orphan"
		}
		at := joinPath(x.shown(x.climbed(f, g.a)), pathOf(g.a.steps[:g.n])) + "[" + itoa(i) + "]"
		x.fail(g.b, code, at, "", codeText(code))
	}
}

func (g *listGuard) takes(x *exec, f *frame, v *codec.Value, i int) bool {
	for k := range g.takers {
		t := &g.takers[k]
		switch t.kind {
		case stepIndex:
			if t.index != i {
				continue
			}
		case stepSelector:
			if !matches(v, t.terms) {
				continue
			}
		}
		if t.cond == nil || t.cond.holds(x, f) {
			return true
		}
	}
	return false
}

func (g *leafGuard) run(x *exec, f *frame) {
	for _, c := range g.conds {
		if c.holds(x, f) {
			return
		}
	}
	v, code := x.get(f, g.a)
	if code != "" || g.p.none(v) {
		return
	}
	x.fail(g.b, "uncarried", x.sourcePath(f, g.a), "", codeText("uncarried"))
}

// guard makes a scope's guard; nil where nothing can be left over.
func (b *builder) guard(sc *scope) op {
	s := source(b.d)
	lists := map[string]*listGuard{}
	leaves := map[string]*leafGuard{}
	var order, leafOrder []string
	wide := false
	taken := func(r *bound, a *access, depth int) {
		if a.abs || a.up != depth {
			return
		}
		for i, st := range a.steps {
			if st.kind == stepField || st.kind == stepFree {
				continue
			}
			full := a.fulls[i]
			g := lists[full]
			if g == nil {
				g = &listGuard{a: b.atScope(a, depth), n: i, full: full, b: r}
				lists[full] = g
				order = append(order, full)
			}
			t := taker{kind: st.kind, terms: st.terms, index: st.index, cond: r.cond}
			if st.kind == stepEvery && r.cond == nil {
				g.all = true
			}
			if st.nested() {
				g.nested = true
			} else {
				g.takers = append(g.takers, t)
			}
			if st.kind != stepIndex {
				g.index = false
			} else if len(g.takers) == 1 {
				g.index = true
			}
			break
		}
	}
	for _, r := range sc.rules {
		if r.bad {
			continue
		}
		if r.shape == "drop" {
			if r.drop.has(b.d) && r.path(s) != nil {
				wide = wide || r.path(s).wide()
				if a := r.a(s); a != nil {
					taken(r, a, 0)
				}
			}
			continue
		}
		if !r.runs(b.d) {
			continue
		}
		for _, a := range b.sources(r, s) {
			taken(r, a, 0)
			if a.up == 0 && !a.abs && r.cond != nil {
				if _, many := a.list(); !many {
					g := leaves[a.full]
					if g == nil {
						g = &leafGuard{a: a, b: r, p: b.newPipe(r, b.d)}
						leaves[a.full] = g
						leafOrder = append(leafOrder, a.full)
					}
					g.conds = append(g.conds, r.cond)
				}
			}
		}
	}
	b.below(sc, 1, func(r *bound, depth int) {
		if r.bad || !r.runs(b.d) {
			return
		}
		for _, a := range r.acc[s] {
			if a.up == depth {
				if st, ok := a.list(); ok && st.nested() {
					taken(r, a, depth)
				}
			}
		}
	})
	for _, r := range sc.rules {
		if r.bad {
			continue
		}
		dropped := r.shape == "drop" && r.drop.has(b.d)
		if !dropped && (!r.runs(b.d) || r.shape == "drop" || r.cond != nil) {
			continue
		}
		for _, a := range b.sources(r, s) {
			if a.up > 0 || a.abs {
				continue
			}
			for full, g := range leaves {
				if full == a.full || dropped && within(full, a.full) || r.shape == "plain" && within(full, a.full) {
					g.free = true
				}
			}
			for full, g := range lists {
				if a.full+"[]" == full || within(full, a.full) && (dropped || r.shape == "plain") && !hasMany(a) {
					g.all = true
				}
			}
		}
	}
	out := &guardOp{}
	for _, full := range order {
		g := lists[full]
		if g.all || wide && g.index {
			continue
		}
		if g.index && g.a.sch[g.n] != nil && g.a.owner(g.n).maxItems == 1 {
			continue
		}
		out.lists = append(out.lists, g)
	}
	for _, full := range leafOrder {
		if g := leaves[full]; !g.free && !wide {
			out.leaves = append(out.leaves, g)
		}
	}
	if len(out.lists) == 0 && len(out.leaves) == 0 {
		return nil
	}
	return out
}

// atScope gives an access as the scope it climbs to sees it.
func (b *builder) atScope(a *access, depth int) *access {
	if depth == 0 {
		return a
	}
	c := *a
	c.up = 0
	return &c
}

func hasMany(a *access) bool {
	for _, st := range a.steps {
		if st.kind != stepField {
			return true
		}
	}
	return false
}

// within tells a path at or below another.
func within(full, above string) bool {
	if len(full) <= len(above) {
		return full == above
	}
	return full[:len(above)] == above && (full[len(above)] == '.' || full[len(above)] == '[')
}

// sources are the accesses that a rule reads on a side, its parts and raw among them.
func (b *builder) sources(r *bound, s side) []*access {
	out := append([]*access(nil), r.acc[s]...)
	for _, p := range r.parts {
		out = append(out, p.acc[s]...)
	}
	if s == nat && r.raw_ != nil {
		out = append(out, r.raw_)
	}
	return out
}

// below visits the rules of the scopes under a scope.
func (b *builder) below(sc *scope, depth int, visit func(*bound, int)) {
	for _, r := range sc.rules {
		subs := r.cols
		if r.sub != nil {
			subs = []*scope{r.sub}
		}
		for _, sub := range subs {
			for _, x := range sub.rules {
				visit(x, depth)
			}
			b.below(sub, depth+1, visit)
		}
	}
}
