package mapping

import (
	"regexp/syntax"
	"strings"

	"duijie/internal/codec"
)

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
	if t := b.String(); strings.TrimSpace(t) != "" || n == 0 {
		return t
	}
	return "空" // blanks alone say nothing, and trimming would leave nothing
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
