package mapping

import (
	"duijie/internal/codec"
)

// planPart is one part of a join: a value, or those of a list's elements.
type planPart struct {
	ref  slotRef
	p    *pipe
	many bool
	id   int // of the list's frames
	slot int // in them
}

// joinWriter writes several parts as one text.
type joinWriter struct {
	o     *joinOp
	parts []planPart
	out   fixedValue
}

func (b *planner) join(sc *planScope, o *joinOp, conds []*planCondition) bool {
	for i := range o.parts {
		if m, ok := o.parts[i].p.mean.(*codesMeaning); ok {
			b.plan.dated = b.plan.dated || m.table.dated
		}
	}
	if source(b.r.d) != o.j.side {
		return b.split(sc, o, conds)
	}
	w := &joinWriter{o: o, out: newValuePipe(b.x, o.p).out}
	w.out.bad = !writable(&o.p.out, b.r.d)
	for i := range o.parts {
		p := &o.parts[i]
		part := planPart{p: p.p}
		var ok bool
		if p.many < 0 {
			part.ref, ok = b.read(sc, p.a)
		} else {
			ok = b.manyPart(sc, p, &part)
		}
		if !ok {
			return false
		}
		w.parts = append(w.parts, part)
	}
	return b.write(sc, o.whole, w, conds)
}

// manyPart plans a part with [*].
func (b *planner) manyPart(sc *planScope, p *joinPart, part *planPart) bool {
	home := sc.climb(p.a)
	at, ok := b.at(home.spot(), p.a.steps[:p.many])
	list := at.n
	if !ok || !list.s.isList() {
		return false
	}
	elem, ok := b.t.elements(list)
	if !ok {
		return false
	}
	part.many, part.id, part.ref = true, list.list, slotRef{home.level, list.slot, at.hops}
	rest, ok := b.at(spot{n: elem}, p.a.steps[p.many+1:])
	if !ok || rest.hops != nil {
		return false
	}
	part.slot, ok = b.t.leaf(rest.n)
	return ok
}

// texts gives the parts' texts; some tells whether one has a value.
func (w *joinWriter) texts(r *planRun) (texts []string, some bool) {
	one := func(p *pipe, v val) {
		out, real, code := p.run(r.x, r.hand(v))
		r.bad = r.bad || code != ""
		some = some || real
		texts = append(texts, scalarText(&out))
	}
	for i := range w.parts {
		p := &w.parts[i]
		v := r.slot(p.ref)
		if !p.many {
			one(p.p, v)
			continue
		}
		for k := range int(v.end) {
			one(p.p, r.slabs[p.id][(int(v.off)+k)*r.widths[p.id]+p.slot])
		}
	}
	return texts, some
}

func (w *joinWriter) write(r *planRun) state {
	texts, some := w.texts(r)
	if r.bad {
		return 0
	}
	if !some {
		if !w.out.some {
			return 0
		}
		r.bad = w.out.bad
		r.out = append(r.out, w.out.json...)
		return stateWrote
	}
	text, at := w.o.joined(texts)
	if at >= 0 {
		r.bad = true
		return 0
	}
	code := ""
	if w.o.p.last != nil {
		text, code = w.o.p.bounded(w.o.p.last.normal(text))
	}
	v, ok := w.o.whole.leaf.typed(text)
	if !ok || code != "" || r.x.judge(&v, w.o.whole.leaf) != "" || !writable(&v, w.o.p.d) {
		r.bad = true
		return 0
	}
	r.value_(v)
	return stateWrote | stateReal
}

// apartWriter writes one part of a text that is taken apart.
type apartWriter struct {
	o    *joinOp
	ref  slotRef
	part int
}

func (b *planner) split(sc *planScope, o *joinOp, conds []*planCondition) bool {
	ref, ok := b.read(sc, o.whole)
	if !ok {
		return false
	}
	if o.j.many {
		return b.splitMany(sc, o, ref, conds)
	}
	for i := range o.parts {
		if o.parts[i].many >= 0 || !b.write(sc, o.parts[i].a, &apartWriter{o, ref, i}, conds) {
			return false
		}
	}
	return true
}

// whole gives the text to be taken apart; none: it stands for no value.
func (r *planRun) whole(o *joinOp, ref slotRef) (texts []string, none bool) {
	v := r.hand(r.slot(ref))
	if o.p.first != nil && v.Kind == codec.String {
		v.Text = o.p.first.normal(v.Text)
	}
	if o.p.isNone(v) {
		return nil, true
	}
	ok := isScalar(v)
	if ok {
		if t := scalarText(v); o.j.pattern != nil {
			texts, ok = o.match(t)
		} else {
			texts, ok = o.apart(t)
		}
	}
	r.bad = r.bad || !ok
	return texts, false
}

func (w *apartWriter) write(r *planRun) state {
	texts, none := r.whole(w.o, w.ref)
	if r.bad {
		return 0
	}
	part := absent
	if !none && texts[w.part] != "" {
		part = codec.Str(texts[w.part])
	}
	p := w.o.parts[w.part].p
	out, real, code := p.run(r.x, &part)
	switch {
	case code != "" || !writable(&out, p.d):
		r.bad = true
		return 0
	case out.Kind == codec.Absent:
		return 0
	}
	r.value_(out)
	if real {
		return stateWrote | stateReal
	}
	return stateWrote
}

// splitting makes elements of the parts of a text.
type splitting struct {
	o   *joinOp
	ref slotRef
}

func (b *planner) splitMany(sc *planScope, o *joinOp, ref slotRef, conds []*planCondition) bool {
	p := &o.parts[0]
	home := sc.climb(p.a)
	if sc.column != nil || home.level != sc.level || len(p.a.steps) != p.many+1 {
		return false
	}
	list, ok := lead(home.dst, p.a, p.a.steps[:p.many])
	if !ok || !list.s.isList() || !list.become(outList) {
		return false
	}
	m := &maker{split: &splitting{o, ref}, elem: &outNode{kind: outLeaf, element: true, s: p.a.sch[p.many]}}
	m.conds = append(sc.conds[:len(sc.conds):len(sc.conds)], conds...)
	list.makers = append(list.makers, m)
	return true
}

func (s *splitting) write(r *planRun, count *int) {
	texts, none := r.whole(s.o, s.ref)
	if none || r.bad {
		return
	}
	p := s.o.parts[0].p
	for _, t := range texts {
		v := codec.Str(t)
		in := v
		if t == "" {
			in = absent
		}
		out, _, code := p.run(r.x, &in)
		if code != "" || !writable(&out, p.d) {
			r.bad = true
			return
		}
		if out.Kind == codec.Absent { // the element itself is the empty text
			out, code = v, r.x.judge(&v, s.o.parts[0].a.leaf)
			r.bad = r.bad || code != ""
		}
		if *count > 0 {
			r.out = append(r.out, ',')
		}
		*count++
		r.value_(out)
	}
}
