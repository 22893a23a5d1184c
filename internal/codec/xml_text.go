package codec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// text reads character data up to the next markup.
func (p *xmlParser) text() (string, *Error) {
	start := p.i
	n := strings.IndexByte(p.s[p.i:], '<')
	if n < 0 {
		return "", parseError(p.i, "an element does not end")
	}
	p.i += n
	raw := p.s[start:p.i]
	if n := strings.Index(raw, "]]>"); n >= 0 {
		return "", parseError(start+n, "the end of a CDATA section without its beginning")
	}
	return p.resolve(raw, start, false)
}

// quoted reads an attribute's value; white space in it becomes blanks, as XML wants it.
func (p *xmlParser) quoted() (string, *Error) {
	if p.i >= len(p.s) || p.s[p.i] != '"' && p.s[p.i] != '\'' {
		return "", parseError(p.i, "a quoted value is due")
	}
	start := p.i + 1
	n := strings.IndexByte(p.s[start:], p.s[p.i])
	if n < 0 {
		return "", parseError(p.i, "an attribute does not end")
	}
	p.i = start + n + 1
	raw := p.s[start : start+n]
	if n := strings.IndexByte(raw, '<'); n >= 0 {
		return "", parseError(start+n, "a tag inside an attribute")
	}
	return p.resolve(raw, start, true)
}

// resolve reads references and line ends in raw, which stands at offset at.
func (p *xmlParser) resolve(raw string, at int, attribute bool) (string, *Error) {
	special := "&\r"
	if attribute {
		special = "&\r\n\t"
	}
	var buf []byte
	for done := 0; ; {
		n := strings.IndexAny(raw[done:], special)
		if n < 0 {
			if buf == nil {
				return raw, nil
			}
			return string(append(buf, raw[done:]...)), nil
		}
		buf = append(buf, raw[done:done+n]...)
		done += n
		switch c := raw[done]; {
		case c == '&':
			r, width := reference(raw[done:])
			if width == 0 {
				return "", parseError(at+done, "a reference that XML does not know")
			}
			if !isXMLChar(r) || !utf8.ValidRune(r) {
				return "", &Error{Code: CodeCharset, Offset: at + done, What: "a character that XML forbids"}
			}
			buf = utf8.AppendRune(buf, r)
			done += width
			continue
		case c == '\r' && strings.HasPrefix(raw[done:], "\r\n"):
			done++
		}
		if done++; attribute {
			buf = append(buf, ' ')
		} else {
			buf = append(buf, '\n')
		}
	}
}

// reference reads the reference that s begins with; width is 0 where there is none.
func reference(s string) (r rune, width int) {
	end := strings.IndexByte(s[:min(len(s), 16)], ';')
	if end < 2 {
		return 0, 0
	}
	switch name := s[1:end]; {
	case name == "lt":
		r = '<'
	case name == "gt":
		r = '>'
	case name == "amp":
		r = '&'
	case name == "quot":
		r = '"'
	case name == "apos":
		r = '\''
	case name[0] != '#':
		return 0, 0
	default:
		digits, base := name[1:], 10
		if strings.HasPrefix(digits, "x") {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(digits, base, 31)
		if err != nil || digits[0] == '+' {
			return 0, 0
		}
		r = rune(n)
	}
	return r, end + 1
}

// lineEnds turns the line ends of character data into line feeds, as XML wants it.
func lineEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// children gathers what an element holds.
type children struct {
	members  []Member
	seen     memberSet      // of the attributes as written
	where    map[string]int // of members, once there are many
	elements bool
	text     textRun // between child elements
	textAt   int     // member index of "#text", +1
	run      textRun // since the last child element
}

// element is told that a child element begins here.
func (e *children) element() {
	e.elements = true
	e.settle()
}

// settle takes the run that ended into the text, unless it is white space
// between elements.
func (e *children) settle() {
	if s := e.run.take(); strings.Trim(s, " \t\r\n") != "" || !e.elements && s != "" {
		if e.textAt == 0 {
			e.members = append(e.members, Member{Name: "#text"})
			e.textAt = len(e.members)
		}
		e.text.add(s)
	}
}

// add takes a child; a name that came before makes a list.
func (e *children) add(m Member) {
	i := e.find(m.Name)
	if i < 0 {
		if e.members = append(e.members, m); e.where != nil {
			e.where[m.Name] = len(e.members) - 1
		}
		return
	}
	have := &e.members[i].Value
	if have.Kind != Array {
		*have = Value{Kind: Array, Items: []Value{*have}}
	}
	have.Items = append(have.Items, m.Value)
}

func (e *children) find(name string) int {
	if e.where == nil {
		for i := len(e.members) - 1; i >= 0; i-- {
			if e.members[i].Name == name {
				return i
			}
		}
		if len(e.members) < 24 {
			return -1
		}
		e.where = make(map[string]int, 2*len(e.members))
		for i := range e.members {
			e.where[e.members[i].Name] = i
		}
	}
	if i, ok := e.where[name]; ok {
		return i
	}
	return -1
}

// value is the element's: its text where it has neither attributes nor children.
func (e *children) value() Value {
	e.settle()
	text := Str(e.text.take())
	if e.textAt == 0 && len(e.members) > 0 {
		return Value{Kind: Object, Members: e.members}
	}
	if e.textAt == 0 || len(e.members) == 1 {
		return text
	}
	e.members[e.textAt-1].Value = text
	return Value{Kind: Object, Members: e.members}
}

// textRun joins pieces of text; one piece alone is not copied.
type textRun struct {
	one  string
	more []byte
}

func (t *textRun) add(s string) {
	switch {
	case t.more != nil:
		t.more = append(t.more, s...)
	case t.one == "":
		t.one = s
	case s != "":
		t.more = append(append(t.more, t.one...), s...)
	}
}

func (t *textRun) take() string {
	s := t.one
	if t.more != nil {
		s = string(t.more)
	}
	*t = textRun{}
	return s
}
