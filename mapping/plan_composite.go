package mapping

import (
	"duijie/internal/codec"
)

// compositeWriter writes one cell of what several fields look up as one code.
type compositeWriter struct {
	o    *compositeOp
	refs []slotRef
	cell int
	out  fixedValue
}

func (b *planner) composite(sc *planScope, o *compositeOp, conds []*planCondition) bool {
	if o.raw != nil || o.date != nil {
		return false
	}
	b.plan.dated = b.plan.dated || o.m.table.dated
	var refs []slotRef
	for _, a := range o.src {
		ref, ok := b.read(sc, a)
		if !ok {
			return false
		}
		refs = append(refs, ref)
	}
	for i, a := range o.dst {
		w := &compositeWriter{o: o, refs: refs, cell: i, out: newValuePipe(b.x, o.out[i]).out}
		w.out.bad = !writable(&o.out[i].out, b.r.d)
		if !b.write(sc, a, w, conds) {
			return false
		}
	}
	return true
}

func (w *compositeWriter) write(r *planRun) state {
	key, some := make([]string, len(w.refs)), false
	for i, ref := range w.refs {
		v := r.hand(r.slot(ref))
		if p := w.o.in[i]; p.first != nil && v.Kind == codec.String {
			v.Text = p.first.normal(v.Text)
		}
		if w.o.in[i].isNone(v) {
			continue
		}
		if !isScalar(v) {
			r.bad = true
			return 0
		}
		key[i], some = scalarText(v), true
	}
	if !some {
		if !w.out.some {
			return 0
		}
		r.bad = w.out.bad
		r.out = append(r.out, w.out.json...)
		return stateWrote
	}
	cells, ok := w.o.m.image(r.x.d, key, r.x.date)
	if !ok {
		r.bad = true // the tree knows what stands for an unknown one
		return 0
	}
	if w.cell >= len(cells) || cells[w.cell] == "" {
		return 0
	}
	leaf := w.o.dst[w.cell].leaf
	v, ok := leaf.typed(cells[w.cell])
	if !ok || r.x.judge(&v, leaf) != "" || !writable(&v, r.x.d) {
		r.bad = true
		return 0
	}
	r.value_(v)
	return stateWrote | stateReal
}
