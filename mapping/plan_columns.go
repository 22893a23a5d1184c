package mapping

import (
	"duijie/internal/codec"
)

// spreading writes a list's elements into numbered fields.
type spreading struct {
	n      int // which of the plan's spreadings
	level  int // of the elements
	m      *maker
	counts [][]presence // by column: what makes an element count
	over   string
}

// spread is which element goes into which column, in one object.
type spread struct {
	done  bool
	at    cursor // the object
	elems []int
}

// column is one numbered field's share of such a rule.
type column struct {
	s     *spreading
	n     int
	conds []*planCondition
}

// presence tells whether a source has a value.
type presence struct {
	ref   slotRef
	p     *pipe
	conds []*planCondition
}

func (r *planRun) count(cs []presence) bool {
	for i := range cs {
		if r.hold(cs[i].conds) && !cs[i].p.none(r.hand(r.slot(cs[i].ref))) {
			return true
		}
	}
	return false
}

func (b *planner) columns(sc *planScope, o *columnsOp, conds []*planCondition) bool {
	if sc.column != nil || o.st.kind == stepFree || o.st.nested() || o.rest != nil || len(o.ops) == 0 {
		return false
	}
	all := append(sc.conds[:len(sc.conds):len(sc.conds)], conds...)
	if (o.b.columns.side == loc) == (b.r.d == ToLocal) {
		return b.spread(sc, o, all)
	}
	return b.gather(sc, o, all)
}

func (b *planner) spread(sc *planScope, o *columnsOp, conds []*planCondition) bool {
	home := sc.climb(o.list)
	at, ok := b.at(home.spot(), o.list.steps[:len(o.list.steps)-1])
	if !ok || !at.n.s.isList() {
		return false
	}
	elem, ok := b.t.elements(at.n)
	if whole := elem.s.isObject(); !ok || whole && !elem.become(srcObject) || !whole && elem.s.types&(tObject|tArray) != 0 {
		return false
	}
	m := &maker{list: slotRef{home.level, at.n.slot, at.hops}, id: at.n.list}
	if m.terms, ok = b.terms(elem, o.st.terms); !ok {
		return false
	}
	s := &spreading{n: b.plan.spreads, level: sc.level + 1, m: m, over: o.b.columns.over}
	b.plan.spreads++
	walk := &keyWalk{m: m, spread: s}
	for i, ops := range o.ops {
		inner := &planScope{up: sc, src: elem, dst: sc.dst, level: s.level, column: &column{s, i, conds}, walk: &keyWalk{}}
		cs, ok := b.counters(inner, ops, nil)
		if !ok || !b.scope(inner, ops) {
			return false
		}
		s.counts = append(s.counts, cs)
		if o.key != nil && i == 0 {
			k := &planKey{o: o.key, level: s.level, from: o.b.columns.from}
			if len(conds) > 0 || o.key.tmpl == "" || o.key.acc[nat] == nil || o.key.acc[nat].place || b.r.d != ToLocal {
				return false
			}
			if k.ref, ok = b.read(inner, o.key.acc[nat]); !ok {
				return false
			}
			walk.key = k
			sc.walk.below = append(sc.walk.below, walk)
		}
	}
	return true
}

// counters are what makes an element of columns count.
func (b *planner) counters(sc *planScope, ops []op, conds []*planCondition) ([]presence, bool) {
	var out []presence
	one := func(a *access, p *pipe) bool {
		if a.place || a.key {
			return true
		}
		ref, ok := b.read(sc, a)
		out = append(out, presence{ref, p, conds})
		return ok
	}
	for _, o := range ops {
		ok := true
		if w, is := o.(*whenOp); is {
			c, good := b.condition(sc, w.cond)
			more, deep := b.counters(sc, []op{w.op}, append(conds[:len(conds):len(conds)], c))
			out, ok = append(out, more...), good && deep
		}
		switch o := o.(type) {
		case *plainOp:
			ok = one(o.src, o.p)
		case *xrefOp:
			ok = one(o.src, o.p)
		case *compositeOp:
			for i, a := range o.src {
				ok = ok && one(a, o.in[i])
			}
		case *joinOp:
			if source(b.r.d) != o.j.side {
				ok = one(o.whole, o.p)
				break
			}
			for i := range o.parts {
				ok = ok && o.parts[i].many < 0 && one(o.parts[i].a, o.parts[i].p)
			}
		case *groupOp:
			at, found := b.at(sc.climb(o.src).spot(), o.src.steps)
			if !found || o.src.up > 0 || o.src.abs {
				return nil, false
			}
			more, deep := b.counters(&planScope{up: sc, src: at.n, hops: at.hops, level: sc.level}, o.ops, conds)
			out, ok = append(out, more...), deep
		case *constOp, *computedOp, *whenOp:
		default:
			return nil, false
		}
		if !ok {
			return nil, false
		}
	}
	return out, true
}

// spread finds which element goes where, once for an object.
func (r *planRun) spread(s *spreading) []int {
	sp := &r.spreads[s.n]
	if len(r.at) != s.level {
		r.bad = true // asked from inside another list
		return nil
	}
	here := r.at[s.level-1]
	if sp.done && sp.at == here {
		return sp.elems
	}
	sp.done, sp.at, sp.elems = true, here, sp.elems[:0]
	r.elements(s.m, func() {
		n := len(sp.elems)
		switch {
		case n < len(s.counts):
			if r.count(s.counts[n]) {
				sp.elems = append(sp.elems, r.at[s.level].place-1)
			}
		case s.over != "cut" && r.count(s.counts[0]):
			r.bad = true
		}
	})
	return sp.elems
}

// columnWriter writes a field of one column.
type columnWriter struct {
	c     *column
	w     writer
	blank *valuePipe // what is written where the column has no element; nil: nothing
}

func (w *columnWriter) write(r *planRun) state {
	s := w.c.s
	elems := r.spread(s)
	if r.bad {
		return 0
	}
	if w.c.n >= len(elems) {
		if w.blank == nil {
			return 0
		}
		return w.blank.nothing(r)
	}
	level := len(r.at)
	r.enter(s.m, r.slot(s.m.list), elems[w.c.n])
	st := w.w.write(r)
	r.at = r.at[:level]
	return st
}

// gathering makes elements of numbered fields.
type gathering struct {
	columns []gathered
	gap     string
	keys    []*planKey
}

type gathered struct {
	counts []presence
	elem   *outNode
}

func (b *planner) gather(sc *planScope, o *columnsOp, conds []*planCondition) bool {
	home := sc.climb(o.list)
	if home.level != sc.level {
		return false
	}
	list, ok := lead(home.dst, o.list, o.list.steps[:len(o.list.steps)-1])
	if !ok || !list.s.isList() || !list.become(outList) {
		return false
	}
	g := &gathering{gap: o.b.columns.gap}
	if o.list.leaf.types&tNull == 0 && g.gap == "keep" {
		g.gap = "error" // the tree tells which
	}
	m := &maker{gather: g, conds: conds, elem: &outNode{element: true, s: o.list.leaf, up: list, full: list.full + "[]"}}
	walk := &keyWalk{m: m}
	for i, ops := range o.ops {
		elem := &outNode{element: true, s: o.list.leaf, up: list, full: list.full + "[]"}
		if !b.selectorFields(elem, o.st) {
			return false
		}
		inner := &planScope{up: sc, src: sc.src, hops: sc.hops, dst: elem, level: sc.level, column: &column{}, walk: &keyWalk{}}
		cs, ok := b.counters(inner, ops, nil)
		if !ok || !b.scope(inner, ops) {
			return false
		}
		g.columns = append(g.columns, gathered{cs, elem})
		if o.key == nil {
			continue
		}
		k := &planKey{o: o.key, level: sc.level, text: fillPlace(o.key.tmpl, o.b.columns.from+i)}
		a := o.key.acc[nat]
		if len(conds) > 0 || o.key.tmpl == "" || a == nil || a.place || b.r.d != ToNational || !b.keyLeaf(k, elem, a, nat) {
			return false
		}
		g.keys = append(g.keys, k)
		walk.key = k
	}
	if walk.key != nil {
		sc.walk.below = append(sc.walk.below, walk)
	}
	list.makers = append(list.makers, m)
	return true
}

// gathered writes the elements of numbered fields.
func (r *planRun) gathered(m *maker, count *int) {
	if !r.hold(m.conds) {
		return
	}
	gaps := 0
	for i := range m.gather.columns {
		c := &m.gather.columns[i]
		if !r.count(c.counts) {
			gaps++
			continue
		}
		if gaps > 0 && m.gather.gap == "error" {
			r.bad = true
		}
		for ; gaps > 0 && m.gather.gap == "keep"; gaps-- {
			r.next(count)
			r.out = append(r.out, "null"...)
		}
		gaps = 0
		r.next(count)
		if r.bad || !r.element(c.elem) {
			r.bad = true
			return
		}
	}
}

// gatherKeys pairs the keys of numbered fields.
func (r *planRun) gatherKeys(g *gathering) {
	for i := range g.columns {
		if !r.count(g.columns[i].counts) {
			continue
		}
		k := g.keys[i]
		if target := r.written(k.leaf); target != "" {
			r.pair(k.o.kind, k.text, target)
		}
	}
}

// spreadKeys pairs the keys of elements in numbered fields.
func (r *planRun) spreadKeys(s *spreading, k *planKey) {
	v := r.slot(s.m.list)
	if v.kind != codec.Array {
		return
	}
	level := len(r.at)
	for n, i := range r.spread(s) {
		r.enter(s.m, v, i)
		if from := k.fromText(r); from != "" {
			r.pair(k.o.kind, from, fillPlace(k.o.tmpl, k.from+n))
		}
		r.at = r.at[:level]
	}
}
