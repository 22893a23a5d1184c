package mapping

import (
	"duijie/internal/codec"
)

func (b *planner) plain(sc *planScope, o *plainOp, conds []*planCondition) bool {
	if o.raw != nil || o.date != nil {
		return false
	}
	if m, ok := o.p.mean.(*codesMeaning); ok {
		b.plan.dated = b.plan.dated || m.table.dated
	}
	if o.src.place {
		if sc.maker == nil {
			return false
		}
		return b.write(sc, o.dst, &placeWriter{sc.level, newValuePipe(b.x, o.p)}, conds)
	}
	ref, ok := b.read(sc, o.src)
	if !ok {
		return false
	}
	w := &valueWriter{ref: ref, valuePipe: newValuePipe(b.x, o.p)}
	w.required = o.required
	w.self = o.dst.self && len(o.dst.steps) == 0 && sc.maker != nil && o.dst.up == 0
	return b.write(sc, o.dst, w, conds)
}

// whenWriter writes where its conditions hold.
type whenWriter struct {
	conds []*planCondition
	w     writer
}

func (w *whenWriter) write(r *planRun) state {
	if !r.hold(w.conds) {
		return 0
	}
	return w.w.write(r)
}

// fixedWriter writes a constant.
type fixedWriter struct{ json []byte }

func (w *fixedWriter) write(r *planRun) state {
	r.out = append(r.out, w.json...)
	return stateWrote
}

func (b *planner) constant(sc *planScope, o *constOp, conds []*planCondition) bool {
	if o.write {
		if !writable(&o.v, b.r.d) {
			return false
		}
		return b.write(sc, o.a, &fixedWriter{codec.AppendJSON(nil, o.v)}, conds)
	}
	ref, ok := b.read(sc, o.a)
	if !ok || sc.column != nil {
		return false
	}
	all := append(sc.conds[:len(sc.conds):len(sc.conds)], conds...)
	*sc.guards = append(*sc.guards, &constPlanGuard{o: o, ref: ref, conds: all})
	return true
}

// constPlanGuard holds a source to a constant.
type constPlanGuard struct {
	o     *constOp
	ref   slotRef
	conds []*planCondition
}

func (g *constPlanGuard) holds(r *planRun) bool {
	if !g.o.b.check || !r.hold(g.conds) {
		return true
	}
	v := r.slot(g.ref)
	if v.kind == codec.String && g.o.v.Kind == codec.String && r.text(v) == g.o.v.Text && g.o.p.first == nil {
		return true
	}
	in := r.hand(v)
	return g.o.p.none(in) || isScalar(in) && (g.o.p.first == nil || in.Kind != codec.String) && sameScalar(in, &g.o.v)
}

func (b *planner) group(sc *planScope, o *groupOp, conds []*planCondition) bool {
	if o.src.up > 0 && sc.climb(o.src).level != sc.level || o.src.place || o.src.key || sc.climb(o.dst).level != sc.level {
		return false
	}
	home := sc.climb(o.src)
	at, ok := b.at(home.spot(), o.src.steps)
	src := at.n
	if !ok || src.s.types&tObject == 0 || src.s.types == tAny || !src.become(srcObject) {
		return false
	}
	dst, ok := lead(sc.climb(o.dst).dst, o.dst, o.dst.steps)
	if !ok || !dst.s.isObject() || !dst.become(outObject) {
		return false
	}
	all := append(sc.conds[:len(sc.conds):len(sc.conds)], conds...)
	return b.scope(&planScope{up: sc, src: src, hops: at.hops, dst: dst, level: sc.level, conds: all, guards: sc.guards, walk: sc.walk, column: sc.column}, o.ops)
}

func (b *planner) each(sc *planScope, o *eachOp, conds []*planCondition) bool {
	if sc.column != nil || o.from.kind != stepEvery && o.from.kind != stepSelector || o.to.kind != stepEvery && o.to.kind != stepSelector {
		return false
	}
	home := sc.climb(o.src)
	at, ok := b.at(home.spot(), o.src.steps[:len(o.src.steps)-1])
	list := at.n
	if !ok || !list.s.isList() {
		return false
	}
	elem, ok := b.t.elements(list)
	if !ok {
		return false
	}
	isObject := elem.s.types&tObject != 0 && elem.s.types != tAny && !elem.s.scalar() && elem.s.types&tArray == 0
	if o.scalars == isObject || isObject && !elem.become(srcObject) || !isObject && elem.s.types&(tObject|tArray) != 0 {
		return false
	}
	m := &maker{list: slotRef{home.level, list.slot, at.hops}, id: list.list}
	m.conds = append(sc.conds[:len(sc.conds):len(sc.conds)], conds...)
	if m.terms, ok = b.terms(elem, o.from.terms); !ok {
		return false
	}
	if o.from.nested() && !b.nest(sc, o, m, list, elem) {
		return false
	}
	inner := &planScope{up: sc, src: elem, level: sc.level + 1, maker: m, guards: &m.guards, walk: &keyWalk{m: m}}
	sc.walk.below = append(sc.walk.below, inner.walk)
	return b.target(sc, o, m, inner) && b.scope(inner, o.ops) && (o.key == nil || b.keyed(o.key, inner))
}

// terms gives the slots of a selector's fields.
func (b *planner) terms(elem *srcNode, terms []term) ([]planTerm, bool) {
	var out []planTerm
	for _, t := range terms {
		if t.ref != "" {
			continue
		}
		n, ok := b.t.child(elem, t.field)
		if !ok {
			return nil, false
		}
		slot, ok := b.t.leaf(n)
		if !ok {
			return nil, false
		}
		out = append(out, planTerm{slot, t.value})
	}
	return out, true
}

// nest plans a source list outside, whose elements belong to the one at hand.
func (b *planner) nest(sc *planScope, o *eachOp, m *maker, list, elem *srcNode) bool {
	ref := o.from.terms[o.from.ref()]
	c := b.claims[list]
	if c == nil {
		c = &listClaim{len(b.claims), ref.field}
		b.claims[list] = c
	}
	if c.field != ref.field || m.list.level != 0 || m.list.hops != nil || sc.hops != nil {
		return false
	}
	f, ok := b.t.child(elem, ref.field)
	if !ok {
		return false
	}
	field, ok := b.t.leaf(f)
	if !ok {
		return false
	}
	k, ok := b.t.child(sc.src, ref.ref)
	if !ok {
		return false
	}
	key, ok := b.t.leaf(k)
	m.nested = &nesting{claim: c.n, field: field, key: slotRef{level: sc.level, slot: key}, place: sc.src}
	return ok
}

// target plans where a rule's elements go.
func (b *planner) target(sc *planScope, o *eachOp, m *maker, inner *planScope) bool {
	home := sc.climb(o.dst)
	if home.level != sc.level && !o.to.nested() {
		return false
	}
	list, ok := lead(home.dst, o.dst, o.dst.steps[:len(o.dst.steps)-1])
	if !ok || !list.s.isList() || !list.become(outList) {
		return false
	}
	m.elem = &outNode{element: true, s: o.dst.leaf, up: list, full: list.full + "[]"}
	if m.elem.s.isObject() {
		m.elem.kind = outObject
	} else if m.elem.s.types&(tObject|tArray) != 0 {
		return false
	}
	for s := sc; s != home; s = s.up {
		if s.maker != nil {
			m.via = append([]*maker{s.maker}, m.via...)
		}
	}
	for _, other := range list.makers {
		if len(m.via) > 0 && sameVia(other.via, m.via) {
			return false // their elements take turns
		}
	}
	list.makers = append(list.makers, m)
	inner.dst = m.elem
	return b.selectorFields(m.elem, o.to) && b.link(sc, m.elem, o.to)
}

func sameVia(a, b []*maker) bool { return len(a) > 0 && len(b) > 0 && a[0] == b[0] }

// selectorFields writes a selector's constants into its elements.
func (b *planner) selectorFields(elem *outNode, st step) bool {
	for _, t := range st.terms {
		if t.ref != "" {
			continue
		}
		s, _ := elem.s.get(t.field)
		if s == nil {
			return false
		}
		f, ok := elem.child(t.field, s)
		if !ok || !f.become(outLeaf) {
			return false
		}
		v, ok := s.typed(t.value)
		if !ok {
			v = codec.Str(t.value)
		}
		f.writers = append(f.writers, &fixedWriter{codec.AppendJSON(nil, v)})
	}
	return true
}

// linkWriter writes into a nested element the key of the element that it belongs to.
type linkWriter struct{ owner *outNode }

func (w *linkWriter) write(r *planRun) state {
	st := r.leaf(w.owner)
	if st == 0 {
		r.bad = true
	}
	return st & stateWrote
}

func (b *planner) link(sc *planScope, elem *outNode, st step) bool {
	if !st.nested() {
		return true
	}
	ref := st.terms[st.ref()]
	s, ok := sc.dst.s.get(ref.ref)
	if !ok {
		return false
	}
	owner, ok := sc.dst.child(ref.ref, s)
	if !ok || !owner.become(outLeaf) {
		return false
	}
	f, _ := elem.s.get(ref.field)
	if f == nil {
		return false
	}
	field, ok := elem.child(ref.field, f)
	if !ok || !field.become(outLeaf) || len(field.writers) > 0 {
		return false
	}
	field.writers = []writer{&linkWriter{owner}}
	field.linked = true
	return true
}
