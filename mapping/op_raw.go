package mapping

import "duijie/internal/codec"

// rawCode is the national place where a code is kept as it came, whenever the
// table would not give it back.
type rawCode struct {
	b  *bound
	at *access
	p  *pipe // of the raw code to the local side
	m  *codesMeaning
	// known: a code that the table lacks is an error in spite of raw, as the
	// national field must have a value; a raw code that could not come back is
	// then refused on the way out.
	known bool
}

// rawCode gives nil for a rule without raw.
func (b *builder) rawCode(r *bound) *rawCode {
	m, ok := r.mean.(*codesMeaning)
	if r.raw_ == nil || !ok {
		return nil
	}
	w := &rawCode{b: r, at: r.raw_, p: b.pipeAt(r, r.raw_.leaf, r.leaf(loc)), m: m}
	w.p.mean = nil
	for _, a := range r.acc[nat] {
		w.known = w.known || a.required()
	}
	w.known = w.known && (b.d == ToNational || b.runs(r, ToNational))
	return w
}

// out is the raw code that wins on the way to the local side; ok false: there is none.
func (w *rawCode) out(x *exec, f *frame, dst *access) (v *codec.Value, ok bool) {
	if w == nil || x.d != ToLocal {
		return nil, false
	}
	v, code := x.get(f, w.at)
	if code != "" || w.p.isNone(v) {
		return nil, false
	}
	if w.known && isScalar(v) {
		text := scalarText(v)
		if w.p.last != nil {
			text = w.p.last.normal(text)
		}
		if _, read := w.m.cells(ToNational, []string{text}, x.date); !read {
			x.stop(w.b, f, w.at, dst, "code-unknown")
			return nil, true
		}
	}
	return v, true
}

// has tells a national document with a raw code.
func (w *rawCode) has(x *exec, f *frame) bool {
	if w == nil || x.d != ToLocal {
		return false
	}
	v, code := x.get(f, w.at)
	return code != "" || !w.p.isNone(v)
}

// lone tells a code of the local side that the table lacks: it is kept here alone,
// and the national field has no value.
func (w *rawCode) lone(x *exec, p *pipe, v *codec.Value) bool {
	if w == nil || w.known || x.d != ToNational {
		return false
	}
	v = p.normal(v)
	if !isScalar(v) || p.isNone(v) || !p.src.allows(v) && !(x.textual && v.Kind == codec.String) {
		return false
	}
	_, read := w.m.cells(ToNational, []string{scalarText(v)}, x.date)
	return !read
}

// keep writes the code as it came where the table would not give it back.
func (w *rawCode) keep(x *exec, f *frame, src *access, p *pipe, v *codec.Value) {
	if w == nil || x.d != ToNational {
		return
	}
	v = p.normal(v)
	if p.isNone(v) || !isScalar(v) || w.m.returns(scalarText(v), x.date) {
		return
	}
	n := x.make(f, w.at)
	t, ok := w.at.leaf.typed(scalarText(v))
	if !ok || x.judge(&t, w.at.leaf) != "" {
		x.stop(w.b, f, src, w.at, "target")
		return
	}
	n.has, n.value = true, t
	x.told(n, w.b, "value", f, src)
	n.mark()
}

// returns tells a local code that comes back as itself.
func (m *codesMeaning) returns(came, date string) bool {
	image, ok := m.cells(ToNational, []string{came}, date)
	if !ok {
		return false
	}
	back, ok := m.cells(ToLocal, image, date)
	return ok && back[0] == came
}
