package mapping

import (
	"strings"

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

type convertSpec struct {
	at      pos
	typ     [2]types
	pad     int
	spell   [2][]string // false, true
	spelled [2]bool
	spellAt [2]pos
}

func parseConvert(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "convert", "nat", "loc", "pad", "true", "false")
	if !ok {
		return
	}
	c := &convertSpec{at: p.at(n)}
	for s := nat; s <= loc; s++ {
		v := f[s.String()]
		if v == nil {
			continue
		}
		w, _ := p.word(v, "convert."+s.String())
		for _, t := range typeNames {
			if t.name == w && t.bit&(tArray|tObject|tNull) == 0 {
				c.typ[s] = t.bit
			}
		}
		if c.typ[s] == 0 {
			p.l.errorf(p.at(v), "bad-value", "convert knows string, integer, number and boolean")
		}
	}
	if v := f["pad"]; v != nil {
		c.pad = p.small(v, "pad")
	}
	for i, name := range []string{"false", "true"} {
		if v := f[name]; v != nil {
			c.spell[i], c.spelled[i], c.spellAt[i] = p.words(v, name), true, p.at(v)
			if len(c.spell[i]) == 0 {
				p.l.errorf(p.at(v), "bad-value", "%s has no spelling", name)
			}
		}
	}
	r.convert = c
}

// convertMeaning changes the JSON type.
type convertMeaning struct {
	spec *convertSpec
	typ  [2]types
	leaf [2]*schema
}

func newConvertMeaning(c *convertSpec, leaf [2]*schema) *convertMeaning {
	m := &convertMeaning{spec: c, typ: c.typ, leaf: leaf}
	for s := nat; s <= loc; s++ {
		if m.typ[s] != 0 {
			continue
		}
		switch t := leaf[s].types; {
		case t&tString != 0:
			m.typ[s] = tString
		case t&tNumber != 0:
			m.typ[s] = tNumber
		case t&tInteger != 0:
			m.typ[s] = tInteger
		default:
			m.typ[s] = tBool
		}
	}
	return m
}

// spellings gives what false (0) and true (1) are called on the side that is no boolean.
func (m *convertMeaning) spellings(i int) []string {
	if m.spec.spelled[i] {
		return m.spec.spell[i]
	}
	for s := nat; s <= loc; s++ {
		if m.typ[s]&(tInteger|tNumber) != 0 && m.typ[s] != tBool {
			return [][]string{{"0"}, {"1"}}[i]
		}
	}
	return [][]string{{"false"}, {"true"}}[i]
}

func (m *convertMeaning) apply(_ *exec, d Direction, v codec.Value) (codec.Value, string) {
	from := source(d)
	to := from.other()
	text := scalarText(&v)
	if m.typ[from] == tBool {
		if v.Kind == codec.Bool || text == "true" || text == "false" {
			i := 0
			if text == "true" {
				i = 1
			}
			if m.typ[to] == tBool {
				return codec.Value{Kind: codec.Bool, True: i == 1}, ""
			}
			return m.out(to, m.spellings(i)[0])
		}
		return codec.Value{}, "type"
	}
	if m.typ[to] == tBool {
		for i := range 2 {
			if contains(m.spellings(i), text) {
				return codec.Value{Kind: codec.Bool, True: i == 1}, ""
			}
		}
		return codec.Value{}, "type"
	}
	if m.typ[from] == tString && m.typ[to] == tString {
		return codec.Str(text), ""
	}
	x, ok := parseDecimal(text)
	if !ok {
		return codec.Value{}, "type"
	}
	whole := m.typ[from] == tInteger || m.typ[to] == tInteger
	if whole && (x.scale > 0 || m.typ[from] == tString && !signDigits(text)) {
		return codec.Value{}, "type"
	}
	text = x.String()
	if m.typ[to] == tString && m.spec.pad > 0 {
		digits, neg := strings.CutPrefix(text, "-")
		if len(digits) < m.spec.pad {
			digits = strings.Repeat("0", m.spec.pad-len(digits)) + digits
		}
		text = digits
		if neg {
			text = "-" + digits
		}
	}
	return m.out(to, text)
}

func (m *convertMeaning) out(to side, text string) (codec.Value, string) {
	if m.typ[to] == tString {
		return codec.Str(text), ""
	}
	if !jsonNumber(text) {
		return codec.Value{}, "type"
	}
	return codec.Num(text), ""
}
