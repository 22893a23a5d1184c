package mapping

import (
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// widthClass is a class of characters with a half and a full form.
type widthClass uint8

const (
	widthBrackets widthClass = 1 << iota
	widthDigits
	widthLetters
	widthRest
	widthAll = widthBrackets | widthDigits | widthLetters | widthRest
)

// textSpec is the normal form of a text.
type textSpec struct {
	at                  pos
	trimLeft, trimRight bool
	half, full          widthClass
	upper, lower        bool
	id18                bool
	max                 int // 0: no bound
	bytes               bool
	truncate            bool
	maxAt               pos
	nat                 *textSpec
}

func parseText(p *parser, r *rule, n *yaml.Node) {
	r.text = p.text(n, true)
}

func (p *parser) text(n *yaml.Node, outer bool) *textSpec {
	known := []string{"trim", "width", "case", "id18", "max", "over"}
	if outer {
		known = append(known, "nat")
	}
	f, ok := p.fields(n, "text", known...)
	if !ok {
		return nil
	}
	t := &textSpec{at: p.at(n)}
	if v := f["trim"]; v != nil {
		w, _ := p.word(v, "trim")
		switch w {
		case "both":
			t.trimLeft, t.trimRight = true, true
		case "left":
			t.trimLeft = true
		case "right":
			t.trimRight = true
		default:
			p.l.errorf(p.at(v), "bad-value", "trim is both, left or right")
		}
	}
	if v := f["width"]; v != nil {
		p.width(t, v)
	}
	if v := f["case"]; v != nil {
		w, _ := p.word(v, "case")
		t.upper, t.lower = w == "upper", w == "lower"
		if !t.upper && !t.lower {
			p.l.errorf(p.at(v), "bad-value", "case is upper or lower")
		}
	}
	if v := f["id18"]; v != nil {
		t.id18 = p.bool(v, "id18")
	}
	if v := f["max"]; v != nil {
		t.maxAt = p.at(v)
		num := v
		if v.Kind == yaml.MappingNode {
			m, _ := p.fields(v, "max", "bytes")
			t.bytes, num = true, m["bytes"]
		}
		if num != nil {
			w, _ := p.word(num, "max")
			x, err := strconv.Atoi(w)
			if err != nil || x < 1 {
				p.l.errorf(p.at(num), "bad-value", "max is to be a whole number from 1")
			}
			t.max = x
		}
	}
	if v := f["over"]; v != nil {
		w, _ := p.word(v, "over")
		t.truncate = w == "truncate"
		if w != "truncate" && w != "error" {
			p.l.errorf(p.at(v), "bad-value", "over is error or truncate")
		}
	}
	if v := f["nat"]; v != nil {
		t.nat = p.text(v, false)
	}
	return t
}

func (p *parser) width(t *textSpec, v *yaml.Node) {
	set := func(v *yaml.Node, c widthClass) {
		w, _ := p.word(v, "width")
		switch w {
		case "half":
			t.half |= c
		case "full":
			t.full |= c
		default:
			p.l.errorf(p.at(v), "bad-value", "width is half or full")
		}
	}
	if v.Kind == yaml.ScalarNode {
		set(v, widthAll)
		return
	}
	f, ok := p.fields(v, "width", "brackets", "digits", "letters")
	if !ok {
		return
	}
	for name, c := range map[string]widthClass{"brackets": widthBrackets, "digits": widthDigits, "letters": widthLetters} {
		if f[name] != nil {
			set(f[name], c)
		}
	}
}

// normal applies trim, width, case and id18; max is the writer's.
func (t *textSpec) normal(s string) string {
	if t == nil {
		return s
	}
	switch {
	case t.trimLeft && t.trimRight:
		s = strings.TrimSpace(s)
	case t.trimLeft:
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
	case t.trimRight:
		s = strings.TrimRightFunc(s, unicode.IsSpace)
	}
	if t.half != 0 || t.full != 0 {
		s = strings.Map(t.widen, s)
	}
	if t.upper || t.lower {
		s = asciiCase(s, t.upper)
	}
	if t.id18 {
		s = id18(s)
	}
	return s
}

func classOf(r rune) widthClass {
	switch {
	case r >= '0' && r <= '9':
		return widthDigits
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return widthLetters
	case strings.ContainsRune("()[]{}<>", r):
		return widthBrackets
	}
	return widthRest
}

func (t *textSpec) widen(r rune) rune {
	// 〔〕 have no half form of their own; as brackets they are round ones.
	if t.half&widthBrackets != 0 && t.half != widthAll {
		switch r {
		case '〔':
			return '('
		case '〕':
			return ')'
		}
	}
	if t.full&widthBrackets != 0 && t.full != widthAll {
		switch r {
		case '〔':
			return '（'
		case '〕':
			return '）'
		}
	}
	half := r
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		half = r - 0xFEE0
	case r == 0x3000:
		half = ' '
	}
	c := classOf(half)
	switch {
	case half != r && t.half&c != 0:
		return half
	case half == r && t.full&c != 0 && r == ' ':
		return 0x3000
	case half == r && t.full&c != 0 && r >= 0x21 && r <= 0x7E:
		return r + 0xFEE0
	}
	return r
}

func asciiCase(s string, upper bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case upper && r >= 'a' && r <= 'z':
			return r - 32
		case !upper && r >= 'A' && r <= 'Z':
			return r + 32
		}
		return r
	}, s)
}

// id18 gives a 15-digit resident number (15 位身份证号) its 18-digit form.
func id18(s string) string {
	if len(s) != 15 || !allDigits(s) {
		return s
	}
	s = s[:6] + "19" + s[6:]
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(s[i]-'0')
	}
	return s + string("10X98765432"[sum%11])
}
