package mapping

import (
	"fmt"
	"math/rand/v2"

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
	embeds map[string]*bound   // fields that hold a message of their own, by path
	chosen map[string][]string // what selectors ask of a field, by path
	pipes  map[*bound]*pipe    // away from this side
	x      *exec
	held   codec.Charset
	n      int
}

func (c *compiler) generator(s side, r *rand.Rand) *generator {
	g := &generator{c: c, s: s, r: r, rules: map[string][]*bound{}, unique: map[string]bool{}, limit: map[string]int{}, embeds: map[string]*bound{}, chosen: map[string][]string{}, pipes: map[*bound]*pipe{}}
	g.x = c.canonizer(s, &Env{}).x
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
		if b.shape == "embed" && g.s == loc {
			g.embeds[b.a(loc).full] = b
		}
		for _, p := range b.parts {
			for _, a := range p.acc[g.s] {
				g.rules[a.full] = append(g.rules[a.full], p)
			}
		}
		if a := b.a(g.s); a != nil && b.shape != "drop" {
			g.choose(a)
			if _, many := a.list(); many && b.columns != nil {
				g.limit[a.full] = b.columns.to - b.columns.from + 1
				if b.columns.over == "cut" || b.columns.over == "join" {
					g.limit[a.full] += 2
				}
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
	if b := g.embeds[full]; b != nil && g.chance(0.9) {
		if v, ok := g.embedded(b, depth); ok {
			return v
		}
	}
	return g.scalar(s, full, required)
}

// embedded makes a message inside a field.
func (g *generator) embedded(b *bound, depth int) (codec.Value, bool) {
	text, err := codec.EncodeString(g.value(b.sub.sch[loc], b.sub.full[loc], depth, true), b.embed.options(g.c.src.Namespaces))
	return codec.Str(text), err == nil
}

func (g *generator) object(s *schema, full string, depth int) codec.Value {
	out := codec.Value{Kind: codec.Object}
	for _, p := range s.props {
		if !p.required && (depth > 9 || !g.chance(0.7) || depth > 5 && g.chance(0.5)) { // a schema may repeat itself
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
	if ts := g.chosen[full]; len(ts) > 0 && g.chance(0.9) {
		if v, ok := s.typed(ts[g.r.IntN(len(ts))]); ok && s.violates(&v) == "" {
			return v
		}
	}
	if rs := g.rules[full]; len(rs) > 0 && g.chance(0.9) {
		b := rs[g.r.IntN(len(rs))]
		for i := range 8 {
			if v, ok := g.byRule(b, s); ok && s.violates(&v) == "" && (i > 5 || g.lands(b, &v)) {
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
