package mapping

import "duijie/internal/codec"

// plainOp carries one value.
type plainOp struct {
	b        *bound
	src, dst *access
	p        *pipe
	raw      *access // codes: where the code is kept as it came
	rawPipe  *pipe
	date     *access
	required bool // the target's owner requires it
}

func (o *plainOp) run(x *exec, f *frame) {
	v, code := x.get(f, o.src)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if o.raw != nil && x.d == ToLocal {
		if r, c := x.get(f, o.raw); c == "" && !o.rawPipe.isNone(r) {
			o.write(x, f, o.rawPipe, r)
			return
		}
	}
	if o.date != nil {
		defer x.at(f, o.date)()
	}
	o.write(x, f, o.p, v)
	if o.raw != nil && x.d == ToNational {
		o.keepRaw(x, f, v)
	}
}

// at sets the date that tables are asked for, and gives what restores it.
func (x *exec) at(f *frame, a *access) func() {
	old := x.date
	if v := x.national(f, a); v != nil && isScalar(v) && len(scalarText(v)) >= 10 {
		x.date = scalarText(v)[:10]
	}
	return func() { x.date = old }
}

// national reads a national path in either direction, as far as it is written yet.
func (x *exec) national(f *frame, a *access) *codec.Value {
	if x.d == ToLocal {
		v, code := x.get(f, a)
		if code != "" {
			return nil
		}
		return v
	}
	n := x.climbed(f, a).dst
	for _, st := range a.steps {
		var next *node
		for _, m := range n.members {
			if st.kind == stepField && m.name == st.name {
				next = m
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	if !n.has {
		return nil
	}
	return &n.value
}

func (o *plainOp) write(x *exec, f *frame, p *pipe, v *codec.Value) {
	out, real, code := p.run(x, v)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if o.b.remember && p == o.p {
		x.memos = append(x.memos, memo{b: o.b, f: f, o: o, read: *v, out: out})
	}
	if o.dst.place {
		if n, ok := decimalInt(&out); ok && f.dst != nil {
			f.dst.place = n
		}
		if f.dst != nil && f.dst.up != nil {
			f.dst.up.byPlace = true
		}
		return
	}
	if o.dst.key {
		name := scalarText(&out)
		if name == "" {
			x.stop(o.b, f, o.src, o.dst, "missing")
			return
		}
		if f.to != nil {
			name = f.to.name + name + f.to.suffix
		}
		for _, m := range f.dst.up.members {
			if m != f.dst && m.name == name {
				x.stop(o.b, f, o.src, o.dst, "duplicate-member")
				return
			}
		}
		f.dst.name = name
		return
	}
	if out.Kind == codec.Absent {
		if !real && o.dst.self && len(o.dst.steps) == 0 && f.dst != nil && f.dst.element && v.Kind != codec.Absent {
			out = *v // every element is carried
		} else {
			return
		}
	}
	n := x.make(f, o.dst)
	if n.has && !real {
		return // another rule's value stands
	}
	n.has, n.value = true, out
	x.told(n, o.b, p.how(real), f, o.src)
	if real {
		n.mark()
	}
	if !real {
		if code := x.judge(&out, o.p.dst); code != "" {
			x.stop(o.b, f, o.src, o.dst, code)
		}
	}
}

// keepRaw writes the code as it came where the table would not give it back.
func (o *plainOp) keepRaw(x *exec, f *frame, v *codec.Value) {
	m, ok := o.p.mean.(*codesMeaning)
	if !ok || o.p.isNone(v) || !isScalar(v) {
		return
	}
	came := scalarText(v)
	if o.p.first != nil {
		came = o.p.first.normal(came)
	}
	image, code := m.translate(ToNational, came, x.date)
	if code == "" {
		if back, code := m.translate(ToLocal, image, x.date); code == "" && back == came {
			return
		}
	}
	n := x.make(f, o.raw)
	t, ok := o.raw.leaf.typed(came)
	if !ok || x.judge(&t, o.raw.leaf) != "" {
		x.stop(o.b, f, o.src, o.raw, "target")
		return
	}
	n.has, n.value = true, t
	x.told(n, o.b, "value", f, o.src)
	n.mark()
}

func decimalInt(v *codec.Value) (int, bool) {
	if v.Kind != codec.Number && v.Kind != codec.String {
		return 0, false
	}
	d, ok := parseDecimal(v.Text)
	if !ok {
		return 0, false
	}
	return d.int()
}

// stop notes an error of a value; its target then is not missing as well.
func (x *exec) stop(b *bound, f *frame, src, dst *access, code string) {
	to := ""
	if dst != nil {
		if dst.place || dst.key {
			to = joinPath(f.dst.path(), dst.p.raw)
		} else if s, many := dst.list(); many {
			n := x.holder(f, dst)
			n.fail()
			to = n.path()
			if s.kind == stepSelector {
				to += "[" + s.selector + "]"
			}
		} else {
			n := x.make(f, dst)
			n.fail()
			to = n.path()
		}
	}
	x.fail(b, code, x.sourcePath(f, src), to, codeText(code))
}

// codeText says in words of ours what an error code means.
func codeText(code string) string {
	if t, ok := codeTexts[code]; ok {
		return t
	}
	return code
}

var codeTexts = map[string]string{
	"type":             "the value has another JSON type than its schema says, or cannot be read as one",
	"target":           "the value breaks the schema of its target",
	"missing":          "a required value is not there",
	"code-unknown":     "the code is not in the table",
	"time":             "the text is no such time",
	"number-digits":    "the number has more decimals than its target holds",
	"number-range":     "the number is outside the target's range",
	"text-long":        "the text is longer than its target allows",
	"charset":          "the wire charset does not hold a character",
	"const":            "the value is not the constant",
	"columns-over":     "the list has more elements than there are columns",
	"columns-gap":      "a column before a filled one is empty",
	"join-parts":       "the text does not fall into its parts",
	"key-duplicate":    "two elements have one key",
	"orphan":           "nothing claims the element",
	"xref-unknown":     "the crosswalk does not know the id",
	"selector-many":    "the selector finds more than one element",
	"index-gap":        "an element before another one is not written",
	"uncarried":        "no rule carries the value",
	"unknown-field":    "no schema knows the field",
	"expr":             "the expression failed",
	"duplicate-member": "two members have one name",
	"embed":            "the inner document cannot be read",
}

// constOp writes or checks a constant.
type constOp struct {
	b     *bound
	a     *access
	v     codec.Value
	write bool
	p     *pipe
}

func (o *constOp) run(x *exec, f *frame) {
	if o.write {
		n := x.make(f, o.a)
		n.has, n.value = true, o.v
		x.told(n, o.b, "const", nil, nil)
		return
	}
	v, code := x.get(f, o.a)
	if code != "" {
		x.stop(o.b, f, o.a, nil, code)
		return
	}
	if o.p.first != nil && v.Kind == codec.String {
		v = &codec.Value{Kind: codec.String, Text: o.p.first.normal(v.Text)}
	}
	if !o.b.check || o.p.isNone(v) || isScalar(v) && sameScalar(v, &o.v) {
		return
	}
	x.stop(o.b, f, o.a, nil, "const")
}

// sameScalar compares by value for numbers, else by text.
func sameScalar(a, b *codec.Value) bool {
	return equalScalar(a, b) || scalarText(a) == scalarText(b)
}

// compositeOp looks several fields up as one code.
type compositeOp struct {
	b        *bound
	src, dst []*access
	in, out  []*pipe
	m        *codesMeaning
	date     *access
}

func (o *compositeOp) run(x *exec, f *frame) {
	key := make([]string, len(o.src))
	some := false
	for i, a := range o.src {
		v, code := x.get(f, a)
		if code != "" {
			x.stop(o.b, f, a, o.dst[0], code)
			return
		}
		p := o.in[i]
		if p.first != nil && v.Kind == codec.String {
			v = &codec.Value{Kind: codec.String, Text: p.first.normal(v.Text)}
		}
		if p.isNone(v) {
			continue
		}
		if !isScalar(v) {
			x.stop(o.b, f, a, o.dst[0], errType)
			return
		}
		key[i], some = scalarText(v), true
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
	if o.date != nil {
		defer x.at(f, o.date)()
	}
	cells, ok := o.m.image(x.d, key, x.date)
	if !ok {
		u := o.m.spec.unknown[source(x.d).other()]
		if u == nil {
			x.stop(o.b, f, o.src[len(o.src)-1], o.dst[0], "code-unknown")
			return
		}
		cells = make([]string, len(o.dst))
		cells[len(cells)-1] = u.text
	}
	for i, a := range o.dst {
		if i >= len(cells) || cells[i] == "" {
			continue
		}
		v, ok := a.leaf.typed(cells[i])
		code := "target"
		if ok {
			code = x.judge(&v, a.leaf)
		}
		if code == "" && x.d == ToLocal {
			code = x.speakable(&v)
		}
		if code != "" {
			x.stop(o.b, f, o.src[0], a, code)
			continue
		}
		n := x.make(f, a)
		n.has, n.value = true, v
		for _, s := range o.src {
			x.told(n, o.b, "value", f, s)
		}
		n.mark()
	}
}
