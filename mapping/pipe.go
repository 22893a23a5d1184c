package mapping

import (
	"strings"
	"unicode/utf8"

	"duijie/internal/codec"
)

// pipe is the road of one value: when → none → meaning → text → write, or back.
type pipe struct {
	b        *bound
	d        Direction
	src, dst *schema
	noneIn   []noneToken
	nullIn   bool        // null reads as no value
	out      codec.Value // what is written for no value; Absent: nothing
	mean     meaning
	first    *textSpec // of the raw local text, to the national side
	last     *textSpec
	lossy    bool
	charset  string
}

func (c *compiler) newPipe(b *bound, d Direction) *pipe {
	from := source(d)
	to := from.other()
	p := &pipe{b: b, d: d, src: b.leaf(from), dst: b.leaf(to), mean: b.mean, lossy: b.loses(d)}
	p.noneIn = c.noneOf(b, from, d)
	p.nullIn = from == loc
	p.charset = ""
	if to == loc {
		p.charset = c.charset(d)
	}
	if def := b.def[to]; def != nil {
		if v, ok := p.dst.typed(def.text); ok {
			p.out = v
		}
	} else if v, ok := firstNone(c.noneOf(b, to, d), to, c.formatOf(to, d), p.dst); ok {
		p.out = v
	}
	if t := b.text; t != nil {
		if to == loc {
			p.last = t
		} else {
			p.first, p.last = t, t.nat
		}
	}
	return p
}

func (c *compiler) formatOf(s side, d Direction) string {
	if s == nat {
		return "json"
	}
	return c.format(d)
}

// noneOf gives the spellings of no value that hold for a rule's side.
func (c *compiler) noneOf(b *bound, s side, d Direction) []noneToken {
	if b.none[s] != nil {
		return b.none[s]
	}
	return builtinNone(s, c.formatOf(s, d), c.src.NoneLoc)
}

// isNone tells a value that stands for no value.
func (p *pipe) isNone(v *codec.Value) bool {
	switch v.Kind {
	case codec.Absent:
		return true
	case codec.Null:
		if p.nullIn && p.dst.types&tNull == 0 {
			return true
		}
	}
	for i := range p.noneIn {
		if p.noneIn[i].matches(v) {
			return true
		}
	}
	return false
}

// normal is a value that was read, in the normal form of its text.
func (p *pipe) normal(v *codec.Value) *codec.Value {
	if p.first == nil || v.Kind != codec.String {
		return v
	}
	if t := p.first.normal(v.Text); t != v.Text {
		return &codec.Value{Kind: codec.String, Text: t}
	}
	return v
}

// run translates a value. real tells that the source had one; code is an error's.
func (p *pipe) run(x *exec, v *codec.Value) (out codec.Value, real bool, code string) {
	v = p.normal(v)
	if p.isNone(v) {
		return p.out, false, ""
	}
	if p.mean != nil {
		if !isScalar(v) {
			return absent, true, errType
		}
		if !p.src.allows(v) && !(x.textual && v.Kind == codec.String) {
			return absent, true, errType
		}
		if out, code = p.mean.apply(x, p.d, *v); code != "" {
			return absent, true, code
		}
	} else if out, code = x.copied(v, p.src, p.dst); code != "" {
		return absent, true, code
	}
	if p.last != nil && out.Kind == codec.String {
		if out.Text, code = p.bounded(p.last.normal(out.Text)); code != "" {
			return absent, true, code
		}
	}
	if code = x.judge(&out, p.dst); code == "" && p.charset != "" {
		code = x.speakable(&out)
	}
	return out, true, code
}

// bounded applies text.max, to the local side only.
func (p *pipe) bounded(t string) (string, string) {
	m := p.last
	if m.max == 0 || p.d != ToLocal {
		return t, ""
	}
	n := 0
	for i, r := range t {
		size := 1
		if m.bytes {
			size = wireSize(r, p.charset)
		}
		if n += size; n > m.max {
			if !m.truncate {
				return "", "text-long"
			}
			return t[:i], ""
		}
	}
	return t, ""
}

// wireSize is a character's length in a charset.
func wireSize(r rune, charset string) int {
	switch {
	case r < 0x80:
		return 1
	case strings.HasPrefix(strings.ToUpper(charset), "GB"):
		b, err := codec.GB18030.Append(nil, string(r))
		if err != nil {
			return 4
		}
		return len(b)
	}
	return utf8.RuneLen(r)
}

// copied takes a value over as it is, where its JSON type is the source schema's.
func (x *exec) copied(v *codec.Value, src, dst *schema) (codec.Value, string) {
	switch v.Kind {
	case codec.Object:
		if src.types&tObject == 0 {
			return absent, errType
		}
		return x.copiedObject(v, src, dst)
	case codec.Array:
		if src.types&tArray == 0 {
			if x.textual && len(v.Items) == 1 {
				return x.copied(&v.Items[0], src, dst)
			}
			return absent, errType
		}
		out := codec.Value{Kind: codec.Array, Items: make([]codec.Value, 0, len(v.Items))}
		for i := range v.Items {
			e, code := x.copied(&v.Items[i], src.element(), dst.element())
			if code != "" {
				return absent, code
			}
			out.Items = append(out.Items, e)
		}
		return out, ""
	}
	if x.textual && v.Kind == codec.String {
		return x.copiedText(v, src, dst)
	}
	if !src.allows(v) {
		if x.textual && isScalar(v) {
			if t, ok := src.readTyped(scalarText(v)); ok {
				return t, ""
			}
		}
		return absent, errType
	}
	return *v, ""
}

// copiedText reads the text of a codec that has no other scalars by the schemas.
func (x *exec) copiedText(v *codec.Value, src, dst *schema) (codec.Value, string) {
	switch {
	case src.types == tAny:
		if t, ok := dst.readTyped(v.Text); ok && dst.types != tAny {
			return t, ""
		}
		if dst.scalar() || dst.types == tAny {
			return *v, ""
		}
	case src.scalar():
		if t, ok := src.readTyped(v.Text); ok {
			return t, ""
		}
		return absent, errType
	}
	if src.isList() {
		e, code := x.copiedText(v, src.element(), dst.element())
		if code != "" {
			return absent, code
		}
		return codec.Value{Kind: codec.Array, Items: []codec.Value{e}}, ""
	}
	if src.types&tObject != 0 && strings.TrimSpace(v.Text) == "" {
		return codec.Value{Kind: codec.Object}, ""
	}
	return absent, errType
}

func (x *exec) copiedObject(v *codec.Value, src, dst *schema) (codec.Value, string) {
	out := codec.Value{Kind: codec.Object, Members: make([]codec.Member, 0, len(v.Members))}
	for i := range v.Members {
		m := &v.Members[i]
		s, _ := src.get(m.Name)
		if s == nil {
			s = anything()
		}
		t, _ := dst.get(m.Name)
		if t == nil {
			t = anything()
		}
		if x.textual && s.isList() && m.Value.Kind == codec.Object {
			one := codec.Value{Kind: codec.Array, Items: []codec.Value{m.Value}}
			e, code := x.copied(&one, s, t)
			if code != "" {
				return absent, code
			}
			out.Members = append(out.Members, codec.Member{Name: m.Name, Value: e})
			continue
		}
		e, code := x.copied(&m.Value, s, t)
		if code != "" {
			return absent, code
		}
		out.Members = append(out.Members, codec.Member{Name: m.Name, Value: e})
	}
	return out, ""
}

// judge checks a value against its leaf's schema.
func (x *exec) judge(v *codec.Value, s *schema) string {
	switch v.Kind {
	case codec.Absent:
		return ""
	case codec.Object:
		if s.types&tObject == 0 {
			return "target"
		}
		for i := range s.props {
			if s.props[i].required {
				if _, ok := v.Get(s.props[i].name); !ok {
					return "target"
				}
			}
		}
		for i := range v.Members {
			m, _ := s.get(v.Members[i].Name)
			if m == nil {
				return "target"
			}
			if code := x.judge(&v.Members[i].Value, m); code != "" {
				return code
			}
		}
		return ""
	case codec.Array:
		if s.types&tArray == 0 || len(v.Items) < s.minItems || s.maxItems >= 0 && len(v.Items) > s.maxItems {
			return "target"
		}
		for i := range v.Items {
			if code := x.judge(&v.Items[i], s.element()); code != "" {
				return code
			}
		}
		return ""
	}
	if s.violates(v) != "" {
		return "target"
	}
	if s.maxBytes >= 0 && v.Kind == codec.String && x.bytesOf(v.Text) > s.maxBytes {
		return "target"
	}
	return ""
}

func (x *exec) bytesOf(t string) int {
	n := 0
	for _, r := range t {
		n += wireSize(r, x.prog.charset)
	}
	return n
}

// speakable tells whether the wire charset holds a value.
func (x *exec) speakable(v *codec.Value) string {
	switch v.Kind {
	case codec.String:
		if r, ok := x.prog.unspeakable(v.Text); ok {
			x.unheld = r
			return "charset"
		}
	case codec.Array:
		for i := range v.Items {
			if code := x.speakable(&v.Items[i]); code != "" {
				return code
			}
		}
	case codec.Object:
		for i := range v.Members {
			if code := x.speakable(&v.Members[i].Value); code != "" {
				return code
			}
		}
	}
	return ""
}
