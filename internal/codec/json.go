package codec

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const defaultDepth = 64

// FromJSON reads one JSON document in UTF-8, with or without a byte order mark.
// Numbers keep their text. Doubled members, invalid UTF-8, lone surrogates and
// nesting over 64 are errors; they wrap ErrUnreadable.
func FromJSON(b []byte) (Value, error) {
	whole := string(b)
	s := trimBOM(whole)
	v, err := decodeJSON(s, defaultDepth)
	if err != nil {
		err.Offset += len(whole) - len(s)
	}
	return found(v, err)
}

const utf8BOM = "\ufeff"

func trimBOM(s string) string { return strings.TrimPrefix(s, utf8BOM) }

func decodeJSON(s string, depth int) (Value, *Error) {
	p := jsonParser{s: s, depth: depth}
	return p.document()
}

// jsonParser reads RFC 8259, strictly. Strings without escapes share the input's memory.
type jsonParser struct {
	s     string
	i     int
	depth int // levels that may still be opened
}

func (p *jsonParser) document() (Value, *Error) {
	v, err := p.value()
	if err != nil {
		return v, err
	}
	p.space()
	if p.i < len(p.s) {
		return v, parseError(p.i, "more than one JSON value")
	}
	return v, nil
}

func (p *jsonParser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *jsonParser) value() (Value, *Error) {
	p.space()
	if p.i >= len(p.s) {
		return Value{}, parseError(p.i, "the JSON text ends where a value is due")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		s, err := p.str()
		return Value{Kind: String, Text: s}, err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for _, w := range [...]struct {
		word string
		v    Value
	}{{"true", Value{Kind: Bool, True: true}}, {"false", Value{Kind: Bool}}, {"null", Value{Kind: Null}}} {
		if strings.HasPrefix(p.s[p.i:], w.word) {
			p.i += len(w.word)
			return w.v, nil
		}
	}
	return Value{}, parseError(p.i, "no JSON value")
}

func (p *jsonParser) open() *Error {
	if p.depth--; p.depth < 0 {
		return parseError(p.i, "nested too deeply")
	}
	p.i++
	return nil
}

func (p *jsonParser) object() (Value, *Error) {
	v := Value{Kind: Object}
	if err := p.open(); err != nil {
		return v, err
	}
	var seen memberSet
	for first := true; ; first = false {
		p.space()
		if first && p.at('}') {
			break
		}
		start := p.i
		if !p.at2('"') {
			return v, parseError(p.i, "a member name is due in a JSON object")
		}
		name, err := p.str()
		if err != nil {
			return v, err
		}
		if !seen.add(v.Members, name) {
			return v, &Error{Code: CodeDuplicate, Offset: start, What: "a member is named twice in one JSON object"}
		}
		if p.space(); !p.at(':') {
			return v, parseError(p.i, "a colon is due in a JSON object")
		}
		m, err := p.value()
		if err != nil {
			return v, err
		}
		v.Members = append(v.Members, Member{name, m})
		p.space()
		if p.at(',') {
			continue
		}
		if p.at('}') {
			break
		}
		return v, parseError(p.i, "a comma or a closing brace is due in a JSON object")
	}
	p.depth++
	return v, nil
}

func (p *jsonParser) array() (Value, *Error) {
	v := Value{Kind: Array}
	if err := p.open(); err != nil {
		return v, err
	}
	for first := true; ; first = false {
		p.space()
		if first && p.at(']') {
			break
		}
		item, err := p.value()
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, item)
		p.space()
		if p.at(',') {
			continue
		}
		if p.at(']') {
			break
		}
		return v, parseError(p.i, "a comma or a closing bracket is due in a JSON array")
	}
	p.depth++
	return v, nil
}

// at takes c if it comes next; at2 only looks.
func (p *jsonParser) at(c byte) bool {
	if !p.at2(c) {
		return false
	}
	p.i++
	return true
}

func (p *jsonParser) at2(c byte) bool { return p.i < len(p.s) && p.s[p.i] == c }

func (p *jsonParser) number() (Value, *Error) {
	start := p.i
	p.at('-')
	if !p.at('0') && !p.digits() {
		return Value{}, parseError(start, "no JSON number")
	}
	if p.at('.') && !p.digits() {
		return Value{}, parseError(start, "no JSON number")
	}
	if p.at('e') || p.at('E') {
		if !p.at('+') {
			p.at('-')
		}
		if !p.digits() {
			return Value{}, parseError(start, "no JSON number")
		}
	}
	return Value{Kind: Number, Text: p.s[start:p.i]}, nil
}

func (p *jsonParser) digits() bool {
	start := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

// str reads a string, the opening quote being next.
func (p *jsonParser) str() (string, *Error) {
	p.i++
	start := p.i
	var buf []byte // nil while the input itself serves
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			out := p.s[start:p.i]
			if buf != nil {
				out = string(append(buf, out...))
			}
			p.i++
			return out, nil
		case c == '\\':
			buf = append(buf, p.s[start:p.i]...)
			var err *Error
			if buf, err = p.escape(buf); err != nil {
				return "", err
			}
			start = p.i
		case c < 0x20:
			return "", parseError(p.i, "a control character in a JSON string")
		case c < utf8.RuneSelf:
			p.i++
		default:
			r, n := utf8.DecodeRuneInString(p.s[p.i:])
			if r == utf8.RuneError && n == 1 {
				return "", &Error{Code: CodeCharset, Offset: p.i, What: "invalid UTF-8"}
			}
			p.i += n
		}
	}
	return "", parseError(p.i, "the JSON text ends inside a string")
}

func (p *jsonParser) escape(buf []byte) ([]byte, *Error) {
	at := p.i
	if p.i+1 >= len(p.s) {
		return nil, parseError(at, "the JSON text ends inside a string")
	}
	c := p.s[p.i+1]
	p.i += 2
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return append(buf, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return nil, parseError(at, "no JSON escape")
	}
	r, ok := p.hex4()
	if !ok {
		return nil, parseError(at, "no JSON escape")
	}
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if ok = strings.HasPrefix(p.s[p.i:], `\u`); ok {
			p.i += 2
			low, ok = p.hex4()
		}
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return nil, &Error{Code: CodeCharset, Offset: at, What: "a lone surrogate in a JSON string"}
		}
	}
	return utf8.AppendRune(buf, r), nil
}

func (p *jsonParser) hex4() (rune, bool) {
	if len(p.s)-p.i < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.s[p.i : p.i+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.i += 4
	return r, true
}

// memberSet finds doubled names: by looking while an object is small, by a set
// afterwards, so that a hostile object costs linear time.
type memberSet struct{ names map[string]struct{} }

func (s *memberSet) add(have []Member, name string) bool {
	if s.names == nil {
		if len(have) < 24 {
			for i := range have {
				if have[i].Name == name {
					return false
				}
			}
			return true
		}
		s.names = make(map[string]struct{}, 2*len(have))
		for i := range have {
			s.names[have[i].Name] = struct{}{}
		}
	}
	if _, ok := s.names[name]; ok {
		return false
	}
	s.names[name] = struct{}{}
	return true
}
