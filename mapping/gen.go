package mapping

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"

	"duijie/internal/codec"
)

// generator makes random documents of one side from its schema and the rules:
// dates in the rules' patterns, codes of their tables, characters of the
// charset, values of selectors; one value in ten is arbitrary.
type generator struct {
	c      *compiler
	s      side
	r      *rand.Rand
	rules  map[string][]*bound // plain rules by path without indices
	unique map[string]bool     // paths whose values identify an element
	limit  map[string]int      // the most elements of a list that has columns
	held   codec.Charset
	n      int
}

func (c *compiler) generator(s side, r *rand.Rand) *generator {
	g := &generator{c: c, s: s, r: r, rules: map[string][]*bound{}, unique: map[string]bool{}, limit: map[string]int{}}
	held, err := codec.LookupCharset(c.charset(ToLocal))
	if err == nil {
		g.held = held
	}
	g.note(c.top)
	other := map[string]bool{}
	g.identities(c.top, s, g.unique)
	g.identities(c.top, s.other(), other)
	// What corresponds to an identity is one.
	c.each(c.top, func(b *bound) {
		if x, y := b.a(s), b.a(s.other()); b.shape == "plain" && x != nil && y != nil && other[y.full] {
			g.unique[x.full] = true
		}
	})
	return g
}

// identities notes the paths whose values identify an element on a side.
func (g *generator) identities(sc *scope, s side, to map[string]bool) {
	for _, b := range sc.rules {
		if b.bad {
			continue
		}
		if a := b.key_[s]; a != nil && !a.place {
			to[a.full] = true
		}
		if st, many := b.a(s).list(); many && st.nested() {
			to[joinPath(b.sc.full[s], st.terms[st.ref()].ref)] = true
		}
		for _, sub := range b.subs() {
			g.identities(sub, s, to)
		}
	}
}

func (g *generator) note(sc *scope) {
	for _, b := range sc.rules {
		if b.bad {
			continue
		}
		if b.shape == "plain" || b.shape == "const" || b.shape == "join" && b.join.side != g.s {
			for _, a := range b.acc[g.s] {
				g.rules[a.full] = append(g.rules[a.full], b)
			}
		}
		for _, p := range b.parts {
			for _, a := range p.acc[g.s] {
				g.rules[a.full] = append(g.rules[a.full], p)
			}
		}
		if a := b.a(g.s); a != nil {
			if _, many := a.list(); many && b.columns != nil {
				g.limit[a.full] = b.columns.to - b.columns.from + 1
			}
		}
		for _, sub := range b.subs() {
			g.note(sub)
		}
	}
}

// document makes one.
func (g *generator) document() codec.Value {
	g.n = 0
	v := g.value(g.c.docSchema[g.s], "", 0, true)
	g.refer(g.c.top, []*codec.Value{&v})
	return v
}

func (g *generator) chance(p float64) bool { return g.r.Float64() < p }

func (g *generator) value(s *schema, full string, depth int, required bool) codec.Value {
	t := s.types &^ tNull
	switch {
	case t&tObject != 0 && (t == tObject || len(s.props) > 0):
		return g.object(s, full, depth)
	case t&tArray != 0 && (t == tArray || s.items != nil):
		return g.list(s, full, depth)
	}
	return g.scalar(s, full, required)
}

func (g *generator) object(s *schema, full string, depth int) codec.Value {
	out := codec.Value{Kind: codec.Object}
	for _, p := range s.props {
		if !p.required && (depth > 5 || !g.chance(0.7)) {
			continue
		}
		v := g.value(p.s, joinPath(full, quoteName(p.name)), depth+1, p.required)
		if v.Kind == codec.Absent {
			continue
		}
		out.Members = append(out.Members, codec.Member{Name: p.name, Value: v})
	}
	if s.open && len(s.props) == 0 && g.chance(0.5) {
		rest := s.rest
		if rest == nil {
			rest = &schema{types: tString, maxLen: 20, maxItems: -1, maxBytes: -1}
		}
		for i := range 1 + g.r.IntN(2) {
			v := g.value(rest, full+".{*}", depth+1, true)
			out.Members = append(out.Members, codec.Member{Name: fmt.Sprintf("k%d", i), Value: v})
		}
	}
	return out
}

func (g *generator) list(s *schema, full string, depth int) codec.Value {
	out := codec.Value{Kind: codec.Array}
	most := s.minItems + 3
	if s.maxItems >= 0 {
		most = min(most, s.maxItems)
	}
	if l, ok := g.limit[full+"[]"]; ok {
		most = max(min(most, l), s.minItems)
	}
	n := s.minItems
	if most > n {
		n += g.r.IntN(most - n + 1)
	}
	for range n {
		out.Items = append(out.Items, g.value(s.element(), full+"[]", depth+1, true))
	}
	return out
}

func (g *generator) scalar(s *schema, full string, required bool) codec.Value {
	if g.unique[full] {
		g.n++
		for _, text := range []string{"k" + itoa(g.n), itoa(g.n)} {
			if v, ok := s.typed(text); ok && s.violates(&v) == "" {
				return v
			}
		}
	}
	if !required && g.chance(0.05) {
		if v := codec.Str(""); s.violates(&v) == "" && (g.s == nat || g.spellsNone(full)) {
			return v
		}
	}
	if rs := g.rules[full]; len(rs) > 0 && g.chance(0.9) {
		b := rs[g.r.IntN(len(rs))]
		for range 5 {
			if v, ok := g.byRule(b, s); ok && s.violates(&v) == "" {
				return v
			}
		}
	}
	for range 20 {
		v := g.bySchema(s)
		if s.violates(&v) == "" {
			return v
		}
	}
	if required {
		return g.bySchema(s)
	}
	return absent
}

// spellsNone tells a local field whose rules read "" as no value.
func (g *generator) spellsNone(full string) bool {
	for _, b := range g.rules[full] {
		if b.noneText(g.c, loc, ToNational, "") {
			return true
		}
	}
	return false
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
		if m.typ[g.s] == tString {
			return codec.Str(itoa(g.r.IntN(1000))), true
		}
		return codec.Num(itoa(g.r.IntN(1000))), true
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
		if m, ok := p.mean.(*codesMeaning); ok && len(m.table.rows) > 0 {
			t = m.table.rows[g.r.IntN(len(m.table.rows))].cells[g.s][0]
		} else {
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

func (g *generator) civil() civil {
	return civil{year: 1950 + g.r.IntN(90), month: 1 + g.r.IntN(12), day: 1 + g.r.IntN(28), hour: g.r.IntN(24), minute: g.r.IntN(60), second: g.r.IntN(60)}
}

func (g *generator) bySchema(s *schema) codec.Value {
	if s.isEnum && len(s.enum) > 0 {
		return s.enum[g.r.IntN(len(s.enum))]
	}
	t := s.types &^ tNull
	switch {
	case t&tString != 0:
		return codec.Str(g.text(s))
	case t&(tInteger|tNumber) != 0:
		lo, hi := 0, 10000
		if s.min != nil {
			if n, ok := s.min.int(); ok {
				lo = n
				hi = n + 10000
			}
		}
		if s.max != nil {
			if n, ok := s.max.int(); ok {
				hi = n
			}
		}
		return codec.Num(itoa(lo + g.r.IntN(max(hi-lo+1, 1))))
	case t&tBool != 0:
		return codec.Value{Kind: codec.Bool, True: g.chance(0.5)}
	}
	return codec.Str("x")
}

// alphabet is what names and texts are made of here, traps among them.
var alphabet = []rune("甲乙丙丁张李王省市区县有限公司一二三〇·（）()〔〕，。 abcXYZ0123456789xX-;|、é")

func (g *generator) text(s *schema) string {
	switch s.format {
	case "date":
		return (&timeForm{kind: formDate, tokens: datePattern}).format(g.civil(), false)
	case "date-time":
		c := g.civil()
		c.fixed, c.offset = true, 8*3600
		if g.chance(0.2) {
			c.offset = []int{0, 9 * 3600, -5 * 3600}[g.r.IntN(3)]
		}
		return c.rfc3339(g.chance(0.1))
	}
	if s.pattern != nil {
		re, err := syntax.Parse(s.pattern.String(), syntax.Perl)
		if err == nil {
			var b strings.Builder
			g.regex(&b, re.Simplify(), 0)
			return clip(b.String(), s.maxLen)
		}
	}
	n := max(s.minLen, 1) + g.r.IntN(8)
	if s.maxLen >= 0 {
		n = min(n, s.maxLen)
	}
	var b strings.Builder
	for range n {
		r := alphabet[g.r.IntN(len(alphabet))]
		if !g.held.Holds(r) {
			r = '中'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func clip(t string, n int) string {
	if n < 0 || runes(t) <= n {
		return t
	}
	return string([]rune(t)[:n])
}

// regex writes a text that a pattern matches.
func (g *generator) regex(b *strings.Builder, re *syntax.Regexp, depth int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		if len(re.Rune) >= 2 {
			i := g.r.IntN(len(re.Rune)/2) * 2
			lo, hi := re.Rune[i], min(re.Rune[i+1], re.Rune[i]+200)
			b.WriteRune(lo + rune(g.r.IntN(int(hi-lo)+1)))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteRune('x')
	case syntax.OpCapture:
		g.regex(b, re.Sub[0], depth)
	case syntax.OpConcat:
		for _, s := range re.Sub {
			g.regex(b, s, depth)
		}
	case syntax.OpAlternate:
		g.regex(b, re.Sub[g.r.IntN(len(re.Sub))], depth)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		lo, hi := 0, 3
		switch re.Op {
		case syntax.OpPlus:
			lo = 1
		case syntax.OpQuest:
			hi = 1
		case syntax.OpRepeat:
			lo, hi = re.Min, re.Max
			if hi < 0 || hi > lo+8 {
				hi = lo + 8
			}
		}
		for range lo + g.r.IntN(hi-lo+1) {
			g.regex(b, re.Sub[0], depth+1)
		}
	}
}

// refer gives the elements of lists that are nested by key the key of an
// element that claims them.
func (g *generator) refer(sc *scope, at []*codec.Value) {
	type claimers struct {
		keys []string
		st   step
		a    *access
	}
	found := map[string]*claimers{}
	var order []string
	for _, b := range sc.rules {
		if b.bad || b.shape != "each" && b.shape != "columns" || b.a(g.s) == nil || len(b.subs()) == 0 {
			continue
		}
		a := b.a(g.s)
		st, many := a.list()
		var inner []*codec.Value
		for _, v := range at {
			inner = append(inner, elementsAt(v, a, st, many)...)
		}
		sub := b.subs()[0]
		for _, n := range sub.rules {
			if n.bad || n.a(g.s) == nil {
				continue
			}
			nst, nmany := n.a(g.s).list()
			if !nmany || !nst.nested() || n.a(g.s).up != 1 {
				continue
			}
			ref := nst.terms[nst.ref()]
			k := found[n.a(g.s).full]
			if k == nil {
				k = &claimers{st: nst, a: n.a(g.s)}
				found[n.a(g.s).full] = k
				order = append(order, n.a(g.s).full)
			}
			for _, e := range inner {
				if m, ok := e.Get(ref.ref); ok && isScalar(m) {
					k.keys = append(k.keys, scalarText(m))
				}
			}
		}
		g.refer(sub, inner)
	}
	for _, full := range order {
		k := found[full]
		ref := k.st.terms[k.st.ref()]
		for _, v := range at {
			holder := holderAt(v, k.a)
			if holder == nil {
				continue
			}
			if len(k.keys) == 0 {
				holder.Items = nil
				continue
			}
			for i := range holder.Items {
				if m, ok := holder.Items[i].Get(ref.field); ok {
					m.Text = k.keys[g.r.IntN(len(k.keys))]
				}
			}
		}
	}
}

func holderAt(v *codec.Value, a *access) *codec.Value {
	for _, st := range a.steps[:len(a.steps)-1] {
		next, ok := v.Get(st.name)
		if !ok {
			return nil
		}
		v = next
	}
	return holderField(v)
}

func holderField(v *codec.Value) *codec.Value {
	if v.Kind != codec.Array {
		return nil
	}
	return v
}

// elementsAt gives what an access names below a value.
func elementsAt(v *codec.Value, a *access, st step, many bool) []*codec.Value {
	if a.up > 0 {
		return nil
	}
	steps := a.steps
	if many {
		steps = steps[:len(steps)-1]
	}
	for _, s := range steps {
		if s.kind != stepField {
			return nil
		}
		next, ok := v.Get(s.name)
		if !ok {
			return nil
		}
		v = next
	}
	if !many {
		return []*codec.Value{v}
	}
	var out []*codec.Value
	for i := range v.Items {
		if st.kind != stepSelector || matches(&v.Items[i], st.terms) {
			out = append(out, &v.Items[i])
		}
	}
	return out
}
