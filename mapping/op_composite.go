package mapping

import "duijie/internal/codec"

// compositeOp looks several fields up as one code.
type compositeOp struct {
	b        *bound
	src, dst []*access
	in, out  []*pipe
	m        *codesMeaning
	raw      *rawCode
	date     *access
}

func (o *compositeOp) run(x *exec, f *frame) {
	if o.date != nil {
		defer x.at(f, o.date)()
	}
	if r, ok := o.raw.out(x, f, o.dst[0]); ok {
		if r != nil {
			o.writeRaw(x, f, r)
		}
		return
	}
	key, some, ok := o.key(x, f)
	if !ok {
		return
	}
	if !some {
		for i, a := range o.dst {
			if v := o.out[i].out; v.Kind != codec.Absent {
				n := x.make(f, a)
				n.has, n.value = true, v
				x.told(n, o.b, o.out[i].how(false), nil, nil)
			}
		}
		return
	}
	cells, ok := o.m.cells(x.d, key, x.date)
	if !ok && (o.raw == nil || o.raw.known || x.d == ToLocal) {
		x.stop(o.b, f, o.src[len(o.src)-1], o.dst[0], "code-unknown")
		return
	}
	for i, a := range o.dst {
		if i < len(cells) && cells[i] != "" {
			o.write(x, f, a, cells[i])
		}
	}
	if o.raw != nil && x.d == ToNational {
		v, _ := x.get(f, o.src[0]) // it was read above
		o.raw.keep(x, f, o.src[0], o.in[0], v)
	}
}

// key reads the fields that are looked up; some tells that one has a value.
func (o *compositeOp) key(x *exec, f *frame) (key []string, some, ok bool) {
	key = make([]string, len(o.src))
	for i, a := range o.src {
		v, code := x.get(f, a)
		if code != "" {
			x.stop(o.b, f, a, o.dst[0], code)
			return nil, false, false
		}
		v = o.in[i].normal(v)
		if o.in[i].isNone(v) {
			continue
		}
		if !isScalar(v) {
			x.stop(o.b, f, a, o.dst[0], errType)
			return nil, false, false
		}
		key[i], some = scalarText(v), true
	}
	return key, some, true
}

func (o *compositeOp) write(x *exec, f *frame, a *access, cell string) {
	v, ok := a.leaf.typed(cell)
	code := "target"
	if ok {
		code = x.judge(&v, a.leaf)
	}
	if code == "" && x.d == ToLocal {
		code = x.speakable(&v)
	}
	if code != "" {
		x.stop(o.b, f, o.src[0], a, code)
		return
	}
	o.put(x, f, a, v, o.src...)
}

// writeRaw writes the code as it once came.
func (o *compositeOp) writeRaw(x *exec, f *frame, r *codec.Value) {
	v, _, code := o.raw.p.run(x, r)
	if code != "" {
		x.stop(o.b, f, o.raw.at, o.dst[0], code)
		return
	}
	o.put(x, f, o.dst[0], v, o.raw.at)
}

func (o *compositeOp) put(x *exec, f *frame, a *access, v codec.Value, from ...*access) {
	n := x.make(f, a)
	n.has, n.value = true, v
	for _, s := range from {
		x.told(n, o.b, "value", f, s)
	}
	n.mark()
}
