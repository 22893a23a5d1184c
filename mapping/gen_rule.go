package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// spellsNone tells a local field whose rules read "" as no value.
func (g *generator) spellsNone(full string) bool {
	for _, b := range g.rules[full] {
		if b.noneText(g.c, loc, ToNational, "") {
			return true
		}
	}
	return false
}

// choose notes what a path's selectors ask of the elements' fields.
func (g *generator) choose(a *access) {
	for i, st := range a.steps {
		for _, t := range st.terms {
			if at := joinPath(a.fulls[i], quoteName(t.field)); st.kind == stepSelector && t.ref == "" && !contains(g.chosen[at], t.value) {
				g.chosen[at] = append(g.chosen[at], t.value)
			}
		}
	}
}

// lands tells a value that the rule takes to the other side; where no rule does so
// plainly, every value passes for one.
func (g *generator) lands(b *bound, v *codec.Value) bool {
	if b.shape != "plain" || b.meaning == "xref" || len(b.acc[nat]) != 1 || len(b.acc[loc]) != 1 {
		return true
	}
	p := g.pipes[b]
	if p == nil {
		p = (&builder{g.c, g.x.d}).newPipe(b, g.x.d)
		g.pipes[b] = p
	}
	_, _, code := p.run(g.x, v)
	return code == ""
}

// byRule makes a value that the rule's meaning can read.
func (g *generator) byRule(b *bound, s *schema) (codec.Value, bool) {
	if b.constant != nil {
		return s.typed(b.constant.text)
	}
	if b.join != nil {
		return codec.Str(g.joined(b)), true
	}
	switch m := b.mean.(type) {
	case *timeMeaning:
		return g.time(m, s)
	case *codesMeaning:
		rows := m.table.rows
		if len(rows) == 0 {
			return absent, false
		}
		r := rows[g.r.IntN(len(rows))]
		i := 0
		for j, a := range b.acc[g.s] {
			if a.leaf == s {
				i = j
			}
		}
		if i >= len(r.cells[g.s]) {
			return absent, false
		}
		t := r.cells[g.s][i]
		if t == "" || t == "*" {
			return absent, false
		}
		return s.typed(t)
	case *numberMeaning:
		o := m.side[g.s]
		digits := itoa(g.r.IntN(1_000_000))
		n := o.decimals()
		if n < 0 || n > 2 {
			n = 2
		}
		d, _ := parseDecimal(digits)
		d = d.shift(-g.r.IntN(n + 1))
		t := d.fixed(max(o.fixed, 0))
		if o.typ == tString {
			return codec.Str(t), true
		}
		return codec.Num(d.String()), true
	case *convertMeaning:
		if m.typ[g.s] == tBool {
			return codec.Value{Kind: codec.Bool, True: g.chance(0.5)}, true
		}
		if m.typ[g.s.other()] == tBool {
			spell := m.spellings(g.r.IntN(2))
			return s.typed(spell[g.r.IntN(len(spell))])
		}
		n := codec.Num(itoa(g.r.IntN(1000)))
		if o := b.leaf(g.s.other()); o.types&(tInteger|tNumber) != 0 && !o.isEnum {
			n = g.bySchema(o)
		}
		if m.typ[g.s] == tString {
			return codec.Str(n.Text), true
		}
		return n, true
	case nil:
		// A copy is to fit its target too.
		if o := b.leaf(g.s.other()); o.types != tAny && o.scalar() && len(b.acc[nat]) < 2 {
			return g.bySchema(o), true
		}
	}
	return absent, false
}

// joined makes a text that falls into a join's parts again.
func (g *generator) joined(b *bound) string {
	var texts []string
	n := len(b.parts)
	if b.join.many {
		n = 1 + g.r.IntN(3)
	}
	for i := range n {
		p := b.parts[min(i, len(b.parts)-1)]
		t := ""
		switch m := p.mean.(type) {
		case *codesMeaning:
			if len(m.table.rows) > 0 {
				t = m.table.rows[g.r.IntN(len(m.table.rows))].cells[g.s][0]
			}
		case *timeMeaning, *numberMeaning:
			v, _ := g.byRule(p, anything())
			t = scalarText(&v)
		default:
			v := g.bySchema(p.leaf(b.join.side))
			t = scalarText(&v)
		}
		if b.join.sep != "" && i < n-1 {
			t = strings.ReplaceAll(t, b.join.sep, "")
		}
		texts = append(texts, t)
	}
	if b.join.pattern == nil {
		return strings.Join(texts, b.join.sep)
	}
	out := ""
	for i, t := range texts {
		out += b.join.pattern[i] + t
	}
	return out + b.join.pattern[len(texts)]
}

func (g *generator) time(m *timeMeaning, s *schema) (codec.Value, bool) {
	f := m.form[g.s]
	if len(m.also[g.s]) > 0 && g.chance(0.2) {
		f = m.also[g.s][g.r.IntN(len(m.also[g.s]))]
	}
	c := g.civil()
	if f.short && (c.year < 1970 || c.year > 2069) {
		c.year = 2000 + c.year%50
	}
	c, ok := c.place(m.zone)
	if !ok {
		return absent, false
	}
	t := f.format(c, g.chance(0.1) && f.kind == formRFC3339)
	if s.types&tString == 0 {
		d, _ := parseDecimal(t)
		return codec.Num(d.String()), true
	}
	return codec.Str(t), true
}
