package mapping

import "duijie/internal/codec"

// plainOp carries one value.
type plainOp struct {
	b        *bound
	src, dst *access
	p        *pipe
	raw      *rawCode
	date     *access
	required bool // the target's owner requires it
}

func (o *plainOp) run(x *exec, f *frame) {
	v, code := x.get(f, o.src)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if o.date != nil {
		defer x.at(f, o.date)()
	}
	if r, ok := o.raw.out(x, f, o.dst); ok {
		if r != nil {
			o.write(x, f, o.raw.p, r)
		}
		return
	}
	if !o.raw.lone(x, o.p, v) {
		o.write(x, f, o.p, v)
	}
	o.raw.keep(x, f, o.src, o.p, v)
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
