package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// reader is an op that can tell whether its source has a value: what makes an
// element of columns count.
type reader interface {
	has(x *exec, f *frame) bool
}

// blanker writes no value where a schema requires the field all the same.
type blanker interface {
	blank(x *exec, f *frame)
}

func counts(x *exec, f *frame, ops []op) bool {
	for _, o := range ops {
		if r, ok := o.(reader); ok && r.has(x, f) {
			return true
		}
	}
	return false
}

func (o *plainOp) has(x *exec, f *frame) bool {
	if o.src.place || o.src.key {
		return false
	}
	v, code := x.get(f, o.src)
	return code != "" || !o.p.none(v) || o.raw.has(x, f)
}

// none tells a source value that counts as none, after the local text's normal form.
func (p *pipe) none(v *codec.Value) bool {
	if p.first != nil && v.Kind == codec.String {
		return p.isNone(&codec.Value{Kind: codec.String, Text: p.first.normal(v.Text)})
	}
	return p.isNone(v)
}

func (o *plainOp) blank(x *exec, f *frame) {
	if o.required && !o.dst.place && !o.dst.key {
		o.write(x, f, o.p, &absent)
	}
}

func (o *xrefOp) has(x *exec, f *frame) bool {
	v, code := x.get(f, o.src)
	return code != "" || !o.p.none(v)
}

func (o *compositeOp) has(x *exec, f *frame) bool {
	for i, a := range o.src {
		if v, code := x.get(f, a); code != "" || !o.in[i].none(v) {
			return true
		}
	}
	return o.raw.has(x, f)
}

func (o *groupOp) has(x *exec, f *frame) bool {
	v, code := x.get(f, o.src)
	if code != "" {
		return true
	}
	return counts(x, &frame{up: f, src: v, list: o.src}, o.ops)
}

func (o *groupOp) blank(x *exec, f *frame) {
	sub := &frame{up: f, src: &absent, dst: x.make(f, o.dst), list: o.src}
	for _, s := range o.ops {
		if b, ok := s.(blanker); ok {
			b.blank(x, sub)
		}
	}
}

func (o *eachOp) has(x *exec, f *frame) bool {
	if o.from.nested() {
		return false // the list outside does not make the element
	}
	v, code := x.follow(x.climbed(f, o.src).src, o.src, o.src.steps[:len(o.src.steps)-1])
	if code != "" {
		return true
	}
	if o.from.kind == stepFree {
		return len(v.Members) > 0
	}
	items, code := x.elements(v)
	for i := range items {
		if o.from.kind != stepSelector || matches(&items[i], o.from.terms) {
			return true
		}
	}
	return code != ""
}

// columnsOp carries a list as numbered flat fields, or back.
type columnsOp struct {
	b        *bound
	list     *access
	st       step
	flatName string
	ops      [][]op // by element
	key      *keyOp
	rest     *access
	restF    []*access
}

func (o *columnsOp) run(x *exec, f *frame) {
	if (o.b.columns.side == loc) == (x.d == ToLocal) {
		o.spread(x, f)
	} else {
		o.gather(x, f)
	}
}

// spread writes the list into columns.
func (o *columnsOp) spread(x *exec, f *frame) {
	v, code := x.follow(x.climbed(f, o.list).src, o.list, o.list.steps[:len(o.list.steps)-1])
	var items []codec.Value
	if code == "" {
		items, code = x.elements(v)
	}
	if code != "" {
		x.stop(o.b, f, o.list, nil, code)
		return
	}
	n := 0
	var over []*frame
	for i := range items {
		if o.st.kind == stepSelector && !matches(&items[i], o.st.terms) {
			continue
		}
		sub := &frame{up: f, src: &items[i], dst: f.dst, place: i + 1, list: o.list, by: o.b}
		x.frame(&items[i], sub)
		if n < len(o.ops) && counts(x, sub, o.ops[n]) {
			runAll(x, sub, o.ops[n])
			if o.key != nil {
				sub.place = o.b.columns.from + n // what the template is filled with
				o.key.run(x, sub)
			}
			n++
		} else if n >= len(o.ops) && counts(x, sub, o.ops[0]) {
			over = append(over, sub)
		}
	}
	for ; n < len(o.ops); n++ {
		sub := &frame{up: f, src: &absent, dst: f.dst, list: o.list}
		for _, s := range o.ops[n] {
			if b, ok := s.(blanker); ok {
				b.blank(x, sub)
			}
		}
	}
	if len(over) > 0 {
		o.beyond(x, f, over)
	}
}

func (o *columnsOp) beyond(x *exec, f *frame, over []*frame) {
	switch o.b.columns.over {
	case "cut":
	case "join":
		var texts []string
		for _, sub := range over {
			for _, a := range o.restF {
				if v, code := x.get(sub, a); code == "" && isScalar(v) && scalarText(v) != "" {
					texts = append(texts, scalarText(v))
				}
			}
		}
		if len(texts) == 0 {
			return
		}
		v, ok := o.rest.leaf.typed(strings.Join(texts, o.b.columns.rest.sep))
		code := "target"
		if ok {
			if code = x.judge(&v, o.rest.leaf); code == "" && x.d == ToLocal {
				code = x.speakable(&v)
			}
		}
		if code != "" {
			x.stop(o.b, f, o.list, o.rest, code)
			return
		}
		n := x.make(f, o.rest)
		n.has, n.value = true, v
		x.told(n, o.b, "value", f, o.list)
		n.mark()
	default:
		x.fail(o.b, "columns-over", x.sourcePath(f, o.list), joinPath(f.dst.path(), o.flatName), codeText("columns-over"))
	}
}

// gather reads the columns into a list.
func (o *columnsOp) gather(x *exec, f *frame) {
	gaps := 0
	for i, ops := range o.ops {
		sub := &frame{up: f, src: f.src, place: i + 1, list: o.list, flat: true, by: o.b}
		if !counts(x, sub, ops) {
			gaps++
			continue
		}
		holder := x.holder(f, o.list)
		switch {
		case gaps > 0 && o.b.columns.gap == "error":
			x.fail(o.b, "columns-gap", joinPath(x.shown(f), fillPlace(o.b.columns.raw, o.b.columns.from+i-1)), holder.path(), codeText("columns-gap"))
		case gaps > 0 && o.b.columns.gap == "keep":
			if o.list.leaf.types&tNull == 0 {
				x.fail(o.b, "target", joinPath(x.shown(f), fillPlace(o.b.columns.raw, o.b.columns.from+i-1)), holder.path(), "a gap is kept as null, which the schema of the elements does not allow")
				gaps = 0
			}
			for ; gaps > 0; gaps-- {
				e := x.add(holder, o.list.leaf)
				e.has, e.value = true, codec.Value{Kind: codec.Null}
			}
		}
		gaps = 0
		sub.dst = x.add(holder, o.list.leaf)
		sub.dst.element = true
		x.selectorFields(sub.dst, o.st)
		sub.dst.mark()
		x.frame(nil, sub)
		runAll(x, sub, ops)
		if o.key != nil {
			sub.place = o.b.columns.from + i
			o.key.run(x, sub)
		}
	}
}

func (o *columnsOp) has(x *exec, f *frame) bool {
	if (o.b.columns.side == loc) == (x.d == ToLocal) {
		v, code := x.follow(x.climbed(f, o.list).src, o.list, o.list.steps[:len(o.list.steps)-1])
		for i := range v.Items {
			if o.st.kind == stepSelector && !matches(&v.Items[i], o.st.terms) {
				continue
			}
			if counts(x, &frame{up: f, src: &v.Items[i], place: i + 1, list: o.list}, o.ops[0]) {
				return true
			}
		}
		return code != ""
	}
	for i, ops := range o.ops {
		if counts(x, &frame{up: f, src: f.src, place: i + 1, list: o.list, flat: true}, ops) {
			return true
		}
	}
	return false
}
