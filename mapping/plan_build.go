package mapping

import (
	"duijie/internal/codec"
)

// planner turns a road's ops into a plan. It gives up, without a word, on what
// a plan does not do: such a road is the tree's.
type planner struct {
	r       *road
	x       *exec
	t       *trie
	plan    *plan
	claims  map[*srcNode]*listClaim
	oneRoot bool       // the document is one field, which is always written
	placed  []*outNode // lists whose elements' places are keys
}

// listClaim is a list that nested rules take from, by one field.
type listClaim struct {
	n     int
	field string
}

// planScope is the object at hand on both sides while rules are planned.
type planScope struct {
	up     *planScope
	src    *srcNode
	hops   []hop // that lead to src from the element at hand
	dst    *outNode
	level  int
	maker  *maker // of the element at hand; nil in an object and at the top
	conds  []*planCondition
	guards *[]guard
	walk   *keyWalk
	column *column // of numbered fields; nil outside them
}

// newPlan gives nil where the tree is to run the road.
func newPlan(r *road) *plan {
	if r.treed() || !plannedFormat(r) {
		return nil
	}
	from := source(r.d)
	b := &planner{
		r: r, x: r.exec(&Env{}), t: newTrie(), claims: map[*srcNode]*listClaim{},
		plan: &plan{r: r, subject: untold, caseNo: untold, localCaseNo: untold},
	}
	b.oneRoot = r.d == ToLocal && r.schema[loc].oneRoot(r.opts.Format)
	root := &outNode{kind: outObject, s: r.schema[from.other()], required: true}
	src := b.t.node(r.schema[from], 0)
	if !root.s.isObject() || src.s.types&tObject == 0 || !src.become(srcObject) {
		return nil
	}
	top := &planScope{src: src, dst: root, guards: &b.plan.guards, walk: &keyWalk{}}
	if !b.scope(top, r.ops) || !b.told(src, root) || !b.walks(top.walk) || !b.complete(root, 0) || !b.t.finish(src) {
		return nil
	}
	b.plan.source, b.plan.target, b.plan.widths = src, root, b.t.widths
	b.plan.claims = len(b.claims)
	return b.plan
}

var untold = told{-1, -1}

// plannedFormat tells what the plan reads and writes: JSON, and rows, which are
// JSON in UTF-8. The others go through the codec.
func plannedFormat(r *road) bool {
	o := r.opts
	if r.d == ToNational && (o.Format == "json" || o.Format == "rows") {
		return !o.BOM && o.MaxBytes == 0 && o.MaxDepth == 0
	}
	return o.Format != "text"
}

// encoded tells whether the codec is to write the document.
func (r *road) encoded() bool {
	return r.d == ToLocal && (r.opts.Format != "json" && !(r.opts.Format == "rows" && r.held == codec.UTF8) || r.opts.BOM)
}

// treed tells a road that the language itself leaves to the tree.
func (r *road) treed() bool { return r.unknown == "keep" || r.remembers }

// scope plans a list of ops; false: the tree is to run all.
func (b *planner) scope(sc *planScope, ops []op) bool {
	for _, o := range ops {
		if !b.op(sc, o, nil) {
			return false
		}
	}
	return true
}

// op plans one rule, with the conditions under which it is there.
func (b *planner) op(sc *planScope, o op, conds []*planCondition) bool {
	switch o := o.(type) {
	case *whenOp:
		c, ok := b.condition(sc, o.cond)
		return ok && b.op(sc, o.op, append(conds[:len(conds):len(conds)], c))
	case *plainOp:
		return b.plain(sc, o, conds)
	case *constOp:
		return b.constant(sc, o, conds)
	case *computedOp:
		return b.computed(sc, o, conds)
	case *xrefOp:
		return b.xref(sc, o, conds)
	case *groupOp:
		return b.group(sc, o, conds)
	case *eachOp:
		return b.each(sc, o, conds)
	case *joinOp:
		return b.join(sc, o, conds)
	case *compositeOp:
		return b.composite(sc, o, conds)
	case *columnsOp:
		return b.columns(sc, o, conds)
	case *namedOp:
		return len(conds) == 0 && b.named(sc, o)
	case *guardOp:
		return b.guard(sc, o, conds)
	}
	return false
}

// climb gives the scope whose object an access begins at.
func (sc *planScope) climb(a *access) *planScope {
	if a.abs {
		for sc.up != nil {
			sc = sc.up
		}
		return sc
	}
	for i := 0; i < a.up && sc.up != nil; i++ {
		sc = sc.up
	}
	return sc
}

// spot is a place of the source, and the elements on the way to it.
type spot struct {
	n    *srcNode
	hops []hop
}

func (sc *planScope) spot() spot { return spot{sc.src, sc.hops} }

// at gives the place that a path leads to.
func (b *planner) at(s spot, steps []step) (spot, bool) {
	for i := range steps {
		ok := false
		switch st := &steps[i]; st.kind {
		case stepField:
			s.n, ok = b.t.child(s.n, st.name)
		case stepIndex, stepSelector:
			s, ok = b.into(s, st)
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

// into goes into one element of a list.
func (b *planner) into(s spot, st *step) (spot, bool) {
	if !s.n.s.isList() || st.nested() {
		return s, false
	}
	elem, ok := b.t.elements(s.n)
	if !ok {
		return s, false
	}
	h := hop{slot: s.n.slot, id: s.n.list, index: st.index}
	if st.kind == stepSelector {
		if h.terms, ok = b.terms(elem, st.terms); !ok {
			return s, false
		}
	}
	return spot{elem, append(s.hops[:len(s.hops):len(s.hops)], h)}, true
}

// read gives the slot of a value that an access names.
func (b *planner) read(sc *planScope, a *access) (slotRef, bool) {
	if a.place || a.key {
		return slotRef{}, false
	}
	home := sc.climb(a)
	s, ok := b.at(home.spot(), a.steps)
	if !ok {
		return slotRef{}, false
	}
	slot, ok := b.t.leaf(s.n)
	return slotRef{home.level, slot, s.hops}, ok
}

// write gives the target's place that an access names, as a leaf.
func (b *planner) write(sc *planScope, a *access, w writer, conds []*planCondition) bool {
	if a.place || a.key {
		return false
	}
	home := sc.climb(a)
	if home.level != sc.level {
		return false
	}
	n, ok := lead(home.dst, a, a.steps)
	if !ok || !n.become(outLeaf) || n.linked {
		return false
	}
	if c := sc.column; c != nil && c.s != nil {
		cw := &columnWriter{c: c, w: w}
		if v, ok := w.(*valueWriter); ok && v.required {
			cw.blank = &v.valuePipe
		}
		if all := append(sc.conds[:len(sc.conds):len(sc.conds)], conds...); len(all) > 0 {
			cw.w = &whenWriter{all, w}
		}
		n.append(cw, c.conds)
		return true
	}
	n.append(w, append(sc.conds[:len(sc.conds):len(sc.conds)], conds...))
	return true
}

func (n *outNode) append(w writer, conds []*planCondition) {
	if len(conds) > 0 {
		w = &whenWriter{conds, w}
	}
	n.writers = append(n.writers, w)
}

// lead gives the node that a path leads to, with what leads there.
func lead(n *outNode, a *access, steps []step) (*outNode, bool) {
	for i := range steps {
		ok := false
		switch st := &steps[i]; st.kind {
		case stepField:
			n, ok = n.child(st.name, a.sch[i])
		case stepIndex, stepSelector:
			n, ok = n.single(st, a.sch[i])
		}
		if !ok {
			return nil, false
		}
	}
	return n, true
}

func (n *outNode) become(k outKind) bool {
	if n.kind == outOpen {
		n.kind = k
	}
	return n.kind == k
}

// child gives the member of that name, which the schema must know: the order of
// others is that in which rules happen to write.
func (n *outNode) child(name string, s *schema) (*outNode, bool) {
	if _, ok := n.s.index[name]; !ok || !n.s.isObject() || !n.become(outObject) {
		return nil, false
	}
	for _, k := range n.kids {
		if k.name == name {
			return k, true
		}
	}
	k := &outNode{
		name: name, s: s, up: n, required: n.s.requires(name), full: joinPath(n.full, quoteName(name)),
		key: append(codec.AppendJSONString([]byte{','}, name), ':'),
	}
	n.kids = append(n.kids, k)
	return k, true
}

// complete adds what schemas require and no rule writes, and puts all in order.
func (b *planner) complete(n *outNode, depth int) bool {
	if depth > planDepth {
		return false
	}
	switch n.kind {
	case outOpen:
		switch {
		case n.s.isObject() && (n.required || n.element):
			n.kind = outObject
		case n.s.isList() && n.required:
			n.kind = outList
		case n.element && n.s.types&(tObject|tArray) != 0:
			return false
		default:
			n.kind = outLeaf
		}
		return b.complete(n, depth)
	case outList:
		n.shorter = b.r.excused[n.full+shortened]
		for i, m := range n.makers {
			if m.gather != nil {
				for _, c := range m.gather.columns {
					if !b.complete(c.elem, depth+1) {
						return false
					}
				}
				continue
			}
			if m.one != nil && m.one.index >= 0 && (m.one.index != i || m.elem.s.isObject() && !m.one.named) {
				return false
			}
			if !b.complete(m.elem, depth+1) {
				return false
			}
		}
		return n.s.isList()
	case outObject:
		return n.s.isObject() && b.completeObject(n, depth)
	case outLeaf:
		if len(n.writers) == 1 {
			if w, ok := n.writers[0].(*valueWriter); ok && w.absent && !w.out.some && w.ref.hops == nil {
				n.read, n.level, n.slot = w, w.ref.level, w.ref.slot
			}
		}
	}
	return true
}

func (b *planner) completeObject(n *outNode, depth int) bool {
	top := n.up == nil && !n.element && b.oneRoot
	for _, k := range n.kids {
		k.required = k.required || top
		k.excused = b.r.excused[k.full]
		if k.excused && k.required && k.kind != outLeaf {
			return false
		}
	}
	for i := range n.s.props {
		p := &n.s.props[i]
		if !p.required && !top || b.r.excused[joinPath(n.full, quoteName(p.name))] {
			continue
		}
		k, ok := n.child(p.name, p.s)
		if !ok {
			return false
		}
		k.required = true
	}
	rank := func(k *outNode) int { return n.s.index[k.name] }
	for i := 1; i < len(n.kids); i++ {
		for j := i; j > 0 && rank(n.kids[j]) < rank(n.kids[j-1]); j-- {
			n.kids[j], n.kids[j-1] = n.kids[j-1], n.kids[j]
		}
	}
	for _, k := range n.kids {
		if !b.complete(k, depth+1) {
			return false
		}
	}
	return true
}

// told notes where Made's texts come from.
func (b *planner) told(src *srcNode, root *outNode) bool {
	if b.r.d == ToLocal {
		b.plan.caseNo, b.plan.localCaseNo = b.slotOf(src, "caseNo"), b.slotOf(src, "localCaseNo")
		return true
	}
	if k := b.r.keyPath; k != nil {
		b.plan.subject = capture(root, k.steps, 0)
	}
	b.plan.caseNo = capture(root, []step{{name: "caseNo"}}, 1)
	b.plan.localCaseNo = capture(root, []step{{name: "localCaseNo"}}, 2)
	return true
}

func (b *planner) slotOf(src *srcNode, name string) told {
	if n, ok := b.t.child(src, name); ok {
		if slot, ok := b.t.leaf(n); ok {
			return told{slot, -1}
		}
	}
	return untold
}

// capture marks a leaf whose text is wanted when it has been written.
func capture(n *outNode, steps []step, id int) told {
next:
	for _, st := range steps {
		for _, k := range n.kids {
			if k.name == st.name {
				n = k
				continue next
			}
		}
		return untold
	}
	if n.kind != outLeaf {
		return untold
	}
	n.captures |= 1 << id
	return told{-1, id}
}
