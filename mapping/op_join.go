package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// joinOp writes several parts as one text, or takes it apart.
type joinOp struct {
	b     *bound
	j     *joinSpec
	parts []joinPart
	whole *access
	p     *pipe // none, default, text of the whole
	lossy bool
}

type joinPart struct {
	a    *access
	p    *pipe
	many int // the step of [*]; -1: one value
	// codes lists what the part may be, longest first, where it has a table.
	codes []string
}

func (o *joinOp) run(x *exec, f *frame) {
	if source(x.d) == o.j.side {
		o.join(x, f)
	} else {
		o.split(x, f)
	}
}

func (o *joinOp) has(x *exec, f *frame) bool {
	if source(x.d) != o.j.side {
		v, code := x.get(f, o.whole)
		return code != "" || !o.p.none(v)
	}
	for i := range o.parts {
		p := &o.parts[i]
		if p.many >= 0 {
			if vs, code := x.many(f, p); code != "" || len(vs) > 0 {
				return true
			}
			continue
		}
		if v, code := x.get(f, p.a); code != "" || !p.p.none(v) {
			return true
		}
	}
	return false
}

// many reads the values of a part with [*].
func (x *exec) many(f *frame, p *joinPart) ([]*codec.Value, string) {
	list, code := x.follow(x.climbed(f, p.a).src, p.a, p.a.steps[:p.many])
	if code != "" {
		return nil, code
	}
	items, code := x.elements(list)
	if code != "" {
		return nil, code
	}
	var out []*codec.Value
	for i := range items {
		v, code := x.follow(&items[i], p.a, p.a.steps[p.many+1:])
		if code != "" {
			return nil, code
		}
		out = append(out, v)
	}
	return out, ""
}

func (o *joinOp) join(x *exec, f *frame) {
	texts, some, ok := o.texts(x, f)
	if !ok {
		return
	}
	if !some {
		o.none(x, f)
		return
	}
	text, at := o.joined(texts)
	if at >= 0 {
		x.stop(o.b, f, o.parts[at].a, o.whole, "join-parts")
		return
	}
	out, code := codec.Str(text), ""
	if o.p.last != nil {
		if out.Text, code = o.p.bounded(o.p.last.normal(out.Text)); code != "" {
			x.stop(o.b, f, o.parts[0].a, o.whole, code)
			return
		}
	}
	typed, ok := o.whole.leaf.typed(out.Text)
	code = "target"
	if ok {
		if code = x.judge(&typed, o.whole.leaf); code == "" && x.d == ToLocal {
			code = x.speakable(&typed)
		}
	}
	if code != "" {
		x.stop(o.b, f, o.parts[0].a, o.whole, code)
		return
	}
	n := x.make(f, o.whole)
	n.has, n.value = true, typed
	for i := range o.parts {
		x.told(n, o.b, "value", f, o.parts[i].a)
	}
	n.mark()
}

// joined writes the parts' texts as one; at is a part that would not come back, else -1.
func (o *joinOp) joined(texts []string) (text string, at int) {
	var b strings.Builder
	if o.j.pattern != nil {
		for i, t := range texts {
			if lit := o.j.pattern[i+1]; i < len(texts)-1 && lit != "" && strings.Index(t+lit, lit) < len(t) && !o.lossy {
				return "", i
			}
			b.WriteString(o.j.pattern[i])
			b.WriteString(t)
		}
		b.WriteString(o.j.pattern[len(texts)])
	} else {
		first := true
		for i, t := range texts {
			if t == "" && o.j.skip {
				continue
			}
			if !first {
				b.WriteString(o.j.sep)
			}
			first = false
			last := i == len(texts)-1 && !o.j.many
			switch {
			case o.j.escape != "":
				t = o.escaped(t)
			case !last && o.cuts(t) && !o.lossy:
				return "", min(i, len(o.parts)-1)
			}
			b.WriteString(t)
		}
	}
	if o.j.escape != "" && !o.lossy {
		// The end of a part and the separator's beginning may read as a separator, which no escape can help.
		back, _ := o.apart(b.String())
		for i, t := range texts {
			if i >= len(back) || back[i] != t {
				return "", min(i, len(o.parts)-1)
			}
		}
	}
	return b.String(), -1
}

// cuts tells a text that would fall apart when it is read back.
func (o *joinOp) cuts(t string) bool {
	for _, s := range o.seps() {
		if i := strings.Index(t+o.j.sep, s); s != "" && i >= 0 && i < len(t) {
			return true
		}
	}
	return false
}

// seps are all separators that are read.
func (o *joinOp) seps() []string { return append([]string{o.j.sep}, o.j.also...) }

// escaped puts the escape before itself and what would be read as a separator,
// in every part: the last one's is read with or without.
func (o *joinOp) escaped(t string) string {
	var b strings.Builder
	special := append(o.seps(), o.j.escape)
	for t != "" {
		s := prefixOf(t, special)
		if s != "" {
			b.WriteString(o.j.escape)
		} else {
			s = t[:1]
		}
		b.WriteString(s)
		t = t[len(s):]
	}
	return b.String()
}

// texts gives the parts' texts; some tells whether one has a value.
func (o *joinOp) texts(x *exec, f *frame) (texts []string, some, ok bool) {
	ok = true
	one := func(p *joinPart, v *codec.Value) {
		out, real, code := p.p.run(x, v)
		if code != "" {
			x.stop(o.b, f, p.a, o.whole, code)
			ok = false
			return
		}
		some = some || real
		texts = append(texts, scalarText(&out))
	}
	for i := range o.parts {
		p := &o.parts[i]
		if p.many >= 0 {
			vs, code := x.many(f, p)
			if code != "" {
				x.stop(o.b, f, p.a, o.whole, code)
				return nil, false, false
			}
			for _, v := range vs {
				one(p, v)
			}
			continue
		}
		v, code := x.get(f, p.a)
		if code != "" {
			x.stop(o.b, f, p.a, o.whole, code)
			return nil, false, false
		}
		one(p, v)
	}
	return texts, some, ok
}

// none writes what stands for no value on the side of the whole.
func (o *joinOp) none(x *exec, f *frame) {
	if v := o.p.out; v.Kind != codec.Absent {
		n := x.make(f, o.whole)
		n.has, n.value = true, v
		x.told(n, o.b, "none", nil, nil)
	}
}

func (o *joinOp) split(x *exec, f *frame) {
	v, code := x.get(f, o.whole)
	if code != "" {
		x.stop(o.b, f, o.whole, nil, code)
		return
	}
	if o.p.first != nil && v.Kind == codec.String {
		v = &codec.Value{Kind: codec.String, Text: o.p.first.normal(v.Text)}
	}
	if o.p.isNone(v) {
		for i := range o.parts {
			if o.parts[i].many < 0 {
				o.part(x, f, &o.parts[i], &absent)
			}
		}
		return
	}
	if !isScalar(v) {
		x.stop(o.b, f, o.whole, nil, errType)
		return
	}
	var texts []string
	ok := true
	if o.j.pattern != nil {
		texts, ok = o.match(scalarText(v))
	} else {
		texts, ok = o.apart(scalarText(v))
	}
	if !ok {
		for i := range o.parts {
			if o.parts[i].many < 0 {
				x.make(f, o.parts[i].a).fail()
			}
		}
		x.stop(o.b, f, o.whole, nil, "join-parts")
		return
	}
	if o.j.many {
		for _, t := range texts {
			o.append(x, f, &o.parts[0], t)
		}
		return
	}
	for i, t := range texts {
		part := codec.Str(t)
		if t == "" {
			part = absent
		}
		o.part(x, f, &o.parts[i], &part)
	}
}

func (o *joinOp) part(x *exec, f *frame, p *joinPart, v *codec.Value) {
	out, real, code := p.p.run(x, v)
	if code != "" {
		x.stop(o.b, f, o.whole, p.a, code)
		return
	}
	if out.Kind == codec.Absent {
		return
	}
	n := x.make(f, p.a)
	n.has, n.value = true, out
	x.told(n, o.b, "value", f, o.whole)
	if real {
		n.mark()
	}
}

// append adds a part of a list.
func (o *joinOp) append(x *exec, f *frame, p *joinPart, t string) {
	v := codec.Str(t)
	in := v
	if t == "" {
		in = absent // an empty part has no value
	}
	out, _, code := p.p.run(x, &in)
	bare := code == "" && out.Kind == codec.Absent && p.many+1 >= len(p.a.steps) // the element itself is the empty text
	if bare {
		code = x.judge(&v, p.a.leaf)
	}
	holder := x.lead(x.climbed(f, p.a).dst, p.a, p.a.steps[:p.many])
	e := x.add(holder, p.a.sch[p.many])
	e.element = true
	e.mark()
	if code != "" {
		e.fail()
		x.fail(o.b, code, x.sourcePath(f, o.whole), e.path(), codeText(code))
		return
	}
	n := e
	for i := p.many + 1; i < len(p.a.steps); i++ {
		n = x.child(n, p.a.steps[i].name, p.a.sch[i])
	}
	if bare {
		out = v
	}
	if out.Kind != codec.Absent {
		n.has, n.value = true, out
	}
	x.told(n, o.b, "value", f, o.whole)
}

// apart splits at sep or one of also, as far as parts are listed.
func (o *joinOp) apart(t string) ([]string, bool) {
	seps := o.seps()
	var out []string
	var b strings.Builder
	for t != "" {
		last := !o.j.many && len(out) == len(o.parts)-1
		if last && o.j.escape == "" {
			break
		}
		if e := o.j.escape; e != "" && strings.HasPrefix(t, e) {
			t = t[len(e):]
			next := e
			for _, s := range seps {
				if s != "" && strings.HasPrefix(t, s) {
					next = s
				}
			}
			if strings.HasPrefix(t, next) {
				b.WriteString(next)
				t = t[len(next):]
			} else {
				b.WriteString(e)
			}
			continue
		}
		if s := prefixOf(t, seps); s != "" && !last {
			out = append(out, b.String())
			b.Reset()
			t = t[len(s):]
			if t == "" {
				out = append(out, "")
				return out, o.j.many || len(out) == len(o.parts)
			}
			continue
		}
		b.WriteByte(t[0])
		t = t[1:]
	}
	b.WriteString(t)
	out = append(out, b.String())
	return out, o.j.many || len(out) == len(o.parts)
}

func prefixOf(t string, seps []string) string {
	best := ""
	for _, s := range seps {
		if len(s) > len(best) && strings.HasPrefix(t, s) {
			best = s
		}
	}
	return best
}

// match reads the pattern: literals leftmost, the whole text, touching parts by the longest code.
func (o *joinOp) match(t string) ([]string, bool) {
	rest, ok := strings.CutPrefix(t, o.j.pattern[0])
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(o.parts))
	for i := range o.parts {
		lit := o.j.pattern[i+1]
		switch {
		case i == len(o.parts)-1:
			if rest, ok = strings.CutSuffix(rest, lit); !ok {
				return nil, false
			}
			out = append(out, rest)
		case lit == "":
			code := ""
			for _, c := range o.parts[i].codes {
				if strings.HasPrefix(rest, c) {
					code = c
					break
				}
			}
			out = append(out, code)
			rest = rest[len(code):]
		default:
			at := strings.Index(rest, lit)
			if at < 0 {
				return nil, false
			}
			out = append(out, rest[:at])
			rest = rest[at+len(lit):]
		}
	}
	return out, true
}
