package mapping

import (
	"strconv"

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

// numberSide is how one side writes a number.
type numberSide struct {
	scale    int // -1: not set
	fixed    int // -1: not set
	unit     int // power of ten of 元
	typ      types
	at       pos
	hasUnit  bool
	fixedSet bool
}

type numberSpec struct {
	at   pos
	side [2]numberSide
}

// numberUnits are 元 yuan, 角 jiao, 分 fen, 万元 ten thousand yuan, as powers of ten of the first.
var numberUnits = map[string]int{"元": 0, "角": -1, "分": -2, "万元": 4}

func parseNumber(p *parser, r *rule, n *yaml.Node) {
	spec := &numberSpec{at: p.at(n)}
	for s := range spec.side {
		spec.side[s] = numberSide{scale: -1, fixed: -1, at: spec.at}
	}
	f, ok := p.fields(n, "number", "nat", "loc")
	if !ok {
		return
	}
	for s := nat; s <= loc; s++ {
		v := f[s.String()]
		if v == nil {
			continue
		}
		m, ok := p.fields(v, "number."+s.String(), "scale", "type", "unit", "fixed")
		if !ok {
			return
		}
		x := &spec.side[s]
		x.at = p.at(v)
		if k := m["scale"]; k != nil {
			x.scale = p.small(k, "scale")
		}
		if k := m["fixed"]; k != nil {
			x.fixed, x.fixedSet = p.small(k, "fixed"), true
		}
		if k := m["unit"]; k != nil {
			w, _ := p.word(k, "unit")
			u, known := numberUnits[w]
			if !known {
				p.l.errorf(p.at(k), "bad-value", "unit is 元, 角, 分 or 万元")
			}
			x.unit, x.hasUnit = u, true
		}
		if k := m["type"]; k != nil {
			w, _ := p.word(k, "type")
			switch w {
			case "string":
				x.typ = tString
			case "number":
				x.typ = tNumber
			case "integer":
				x.typ = tInteger
			default:
				p.l.errorf(p.at(k), "bad-value", "type is string, number or integer")
			}
		}
	}
	r.number = spec
}

func (p *parser) small(n *yaml.Node, what string) int {
	w, _ := p.word(n, what)
	v, err := strconv.Atoi(w)
	if err != nil || v < 0 || v > 30 {
		p.l.errorf(p.at(n), "bad-value", "%s is to be a small whole number", what)
		return 0
	}
	return v
}

// numberMeaning translates exact decimals between units, scales and types.
type numberMeaning struct {
	side  [2]numberSide
	leaf  [2]*schema
	lossy roads
}

func newNumberMeaning(spec *numberSpec, leaf [2]*schema, lossy roads) *numberMeaning {
	m := &numberMeaning{side: spec.side, leaf: leaf, lossy: lossy}
	for s := nat; s <= loc; s++ {
		x := &m.side[s]
		if x.typ == 0 {
			switch t := leaf[s].types; {
			case t&tString != 0:
				x.typ = tString
			case t&tNumber != 0:
				x.typ = tNumber
			default:
				x.typ = tInteger
			}
		}
		if s == nat && x.fixed < 0 && x.typ == tString {
			x.fixed = 2
		}
	}
	return m
}

func (m *numberMeaning) apply(_ *exec, d Direction, v codec.Value) (codec.Value, string) {
	from := source(d)
	x, code := m.read(from, scalarText(&v), d)
	if code != "" {
		return codec.Value{}, code
	}
	return m.write(from.other(), x, d)
}

// read gives the value in 元.
func (m *numberMeaning) read(s side, text string, d Direction) (decimal, string) {
	x, ok := parseDecimal(text)
	if !ok {
		if overlong(text) {
			return x, "number-range"
		}
		return x, "type"
	}
	o := m.side[s]
	switch {
	case o.typ == tInteger:
		whole, exact := x.round(0)
		if !exact && !m.lossy.has(d) {
			return x, "number-digits"
		}
		x = whole
		if o.scale > 0 {
			x = x.shift(-o.scale)
		}
	case o.scale >= 0:
		cut, exact := x.round(o.scale)
		if !exact && !m.lossy.has(d) {
			return x, "number-digits"
		}
		x = cut
	}
	return x.shift(o.unit), ""
}

// overlong tells a well-formed number that is only too large to hold.
func overlong(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return jsonNumber(text) || len(text) > maxDigits
}

// decimals is how many a side can hold; -1: any.
func (o numberSide) decimals() int {
	switch {
	case o.typ == tInteger:
		return 0
	case o.scale >= 0 && o.fixed >= 0:
		return min(o.scale, o.fixed)
	case o.scale >= 0:
		return o.scale
	}
	return o.fixed
}

func (m *numberMeaning) write(s side, x decimal, d Direction) (codec.Value, string) {
	o := m.side[s]
	x = x.shift(-o.unit)
	if o.typ == tInteger && o.scale > 0 {
		x = x.shift(o.scale)
	}
	if n := o.decimals(); n >= 0 {
		r, exact := x.round(n)
		if !exact && !m.lossy.has(d) {
			return codec.Value{}, "number-digits"
		}
		x = r
	}
	text := x.fixed(max(o.fixed, 0))
	if o.typ == tInteger {
		text = x.String()
	}
	v := codec.Num(text)
	if o.typ == tString {
		v = codec.Str(text)
	}
	if w := m.leaf[s].violates(&v); w == "minimum" || w == "maximum" {
		return codec.Value{}, "number-range"
	}
	return v, ""
}
