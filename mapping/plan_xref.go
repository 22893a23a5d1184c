package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// xrefWriter asks the crosswalk for an id.
type xrefWriter struct {
	o   *xrefOp
	ref slotRef
	valuePipe
}

func (b *planner) xref(sc *planScope, o *xrefOp, conds []*planCondition) bool {
	if o.b.mint {
		return false
	}
	ref, ok := b.read(sc, o.src)
	if !ok {
		return false
	}
	w := &xrefWriter{o: o, ref: ref, valuePipe: newValuePipe(b.x, o.p)}
	return b.write(sc, o.dst, w, conds)
}

func (w *xrefWriter) write(r *planRun) state {
	v := r.slot(w.ref)
	in := r.hand(v)
	if w.p.none(in) {
		r.out = append(r.out, w.out.json...)
		if w.out.some {
			return stateWrote
		}
		return 0
	}
	id := in.Text
	if w.p.first != nil && in.Kind == codec.String {
		id = w.p.first.normal(id)
	} else if in.Kind == codec.Bool {
		id = scalarText(in)
	}
	if !isScalar(in) {
		r.bad = true
		return 0
	}
	target, ok := r.pairs[pairKey{w.o.b.xref, source(r.x.d), id}]
	if !ok {
		target, ok = r.x.askFor(w.o.b.xref, strings.Clone(id), w.o.dst.leaf)
	}
	if !ok {
		r.bad = !w.o.b.absent
		return 0
	}
	out, ok := w.o.dst.leaf.typed(target)
	if ok && w.p.last != nil && out.Kind == codec.String {
		out.Text, _ = w.p.bounded(w.p.last.normal(out.Text))
	}
	if !ok || r.x.judge(&out, w.o.dst.leaf) != "" || !writable(&out, w.p.d) {
		r.bad = true
		return 0
	}
	r.value_(out)
	return stateWrote | stateReal
}

func (b *planner) guard(sc *planScope, o *guardOp, conds []*planCondition) bool {
	if len(conds) > 0 || len(sc.conds) > 0 || sc.column != nil {
		return false
	}
	for _, g := range o.lists {
		if !b.listGuard(sc, g) {
			return false
		}
	}
	for _, g := range o.leaves {
		ref, ok := b.read(sc, g.a)
		if !ok {
			return false
		}
		leaf := &leafPlanGuard{ref: ref, pipe: g.p}
		for _, c := range g.conds {
			pc, ok := b.condition(sc, c)
			if !ok {
				return false
			}
			leaf.conds = append(leaf.conds, pc)
		}
		*sc.guards = append(*sc.guards, leaf)
	}
	return true
}

func (b *planner) listGuard(sc *planScope, g *listGuard) bool {
	home := sc.climb(g.a)
	at, ok := b.at(home.spot(), g.a.steps[:g.n])
	list := at.n
	if !ok || !list.s.isList() {
		return false
	}
	elem, ok := b.t.elements(list)
	if !ok {
		return false
	}
	out := &listPlanGuard{list: slotRef{home.level, list.slot, at.hops}, id: list.list, claim: -1}
	if c := b.claims[list]; c != nil && g.nested {
		out.claim = c.n
	}
	for _, t := range g.takers {
		pt := planTaker{kind: t.kind, index: t.index}
		if pt.terms, ok = b.terms(elem, t.terms); !ok {
			return false
		}
		if t.cond != nil {
			if pt.cond, ok = b.condition(sc, t.cond); !ok {
				return false
			}
		}
		out.takers = append(out.takers, pt)
	}
	*sc.guards = append(*sc.guards, out)
	return true
}
