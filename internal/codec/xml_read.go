package codec

import (
	"strings"
	"unicode/utf8"
)

// decodeXML reads a document by XML 1.0 without document types: the five named
// entities and character references are all that is resolved, nothing is
// fetched. Comments and processing instructions are skipped.
func decodeXML(s string, depth int, namespaces map[string]string) (Value, *Error) {
	for i, r := range s {
		if !isXMLChar(r) {
			return Value{}, &Error{Code: CodeCharset, Offset: i, What: "a character that XML forbids"}
		}
	}
	p := xmlParser{s: s, depth: depth, names: newNames(namespaces)}
	if err := p.misc(true); err != nil {
		return Value{}, err
	}
	if p.i >= len(p.s) {
		return Value{}, parseError(p.i, "no root element")
	}
	root, err := p.element()
	if err != nil {
		return Value{}, err
	}
	if err := p.misc(false); err != nil {
		return Value{}, err
	}
	if p.i < len(p.s) {
		return Value{}, parseError(p.i, "more than one root element")
	}
	return Value{Kind: Object, Members: []Member{root}}, nil
}

type xmlParser struct {
	s     string
	i     int
	depth int // elements that may still be opened
	names names
}

// misc skips what may stand around the root element; at its end comes the root or nothing.
func (p *xmlParser) misc(declaration bool) *Error {
	if declaration && strings.HasPrefix(p.s, "<?xml") && len(p.s) > 5 && isXMLSpace(p.s[5]) {
		if err := p.skip("?>", "the XML declaration"); err != nil {
			return err
		}
	}
	for {
		p.space()
		switch {
		case p.has("<!--") || p.has("<?"):
			if err := p.skipMarkup(); err != nil {
				return err
			}
		case p.has("<!"):
			return parseError(p.i, "a document type declaration")
		case p.i >= len(p.s) || p.has("<"):
			return nil
		default:
			return parseError(p.i, "text outside the root element")
		}
	}
}

func (p *xmlParser) has(w string) bool { return strings.HasPrefix(p.s[p.i:], w) }

func (p *xmlParser) space() bool {
	start := p.i
	for p.i < len(p.s) && isXMLSpace(p.s[p.i]) {
		p.i++
	}
	return p.i > start
}

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skip goes behind the next end.
func (p *xmlParser) skip(end, of string) *Error {
	n := strings.Index(p.s[p.i:], end)
	if n < 0 {
		return parseError(p.i, "%s does not end", of)
	}
	p.i += n + len(end)
	return nil
}

// skipMarkup skips a comment or a processing instruction.
func (p *xmlParser) skipMarkup() *Error {
	if p.has("<!--") {
		p.i += 4
		return p.skip("-->", "a comment")
	}
	if len(p.s) >= p.i+5 && strings.EqualFold(p.s[p.i:p.i+5], "<?xml") && (len(p.s) == p.i+5 || !isNameByte(p.s[p.i+5])) {
		return parseError(p.i, "an XML declaration that is not at the start")
	}
	return p.skip("?>", "a processing instruction")
}

// element reads an element; a "<" is next.
func (p *xmlParser) element() (Member, *Error) {
	start := p.i
	if p.depth--; p.depth < 0 {
		return Member{}, parseError(start, "nested too deeply")
	}
	p.i++
	name, err := p.name()
	if err != nil {
		return Member{}, err
	}
	outer := p.names.enter()
	e := children{}
	empty, err := p.attributes(&e)
	if err != nil {
		return Member{}, err
	}
	if !empty {
		if err := p.content(&e, name); err != nil {
			return Member{}, err
		}
	}
	m := Member{p.names.resolve(name, false), e.value()}
	p.names.leave(outer)
	p.depth++
	return m, nil
}

func (p *xmlParser) name() (string, *Error) {
	start := p.i
	for i, r := range p.s[p.i:] {
		if !isNameChar(r) || i == 0 && !isNameStart(r) {
			break
		}
		p.i = start + i + utf8.RuneLen(r)
	}
	if p.i == start {
		return "", parseError(start, "a name is due")
	}
	return p.s[start:p.i], nil
}

// attributes reads the rest of a start tag. Their names wait for all the
// declarations of the tag.
func (p *xmlParser) attributes(e *children) (empty bool, err *Error) {
	start := p.i
	for {
		spaced := p.space()
		switch {
		case p.has("/>"):
			p.i += 2
			return true, p.nameAttributes(e, start)
		case p.has(">"):
			p.i++
			return false, p.nameAttributes(e, start)
		case !spaced:
			return false, parseError(p.i, "a start tag does not end")
		}
		at := p.i
		name, err := p.name()
		if err != nil {
			return false, err
		}
		p.space()
		if !p.has("=") {
			return false, parseError(p.i, "an attribute without a value")
		}
		p.i++
		p.space()
		value, err := p.quoted()
		if err != nil {
			return false, err
		}
		if ok, err := p.names.declare(name, value, at); err != nil {
			return false, err
		} else if ok {
			continue
		}
		if !e.seen.add(e.members, name) {
			return false, &Error{Code: CodeDuplicate, Offset: at, What: "an attribute is named twice in one tag"}
		}
		e.members = append(e.members, Member{name, Str(value)})
	}
}

// nameAttributes gives the attributes their names in the tree.
func (p *xmlParser) nameAttributes(e *children, at int) *Error {
	var seen memberSet
	for i := range e.members {
		name := "@" + p.names.resolve(e.members[i].Name, true)
		if !seen.add(e.members[:i], name) {
			return &Error{Code: CodeDuplicate, Offset: at, What: "an attribute is named twice in one tag"}
		}
		e.members[i].Name = name
	}
	return nil
}

// content reads up to and with the end tag of the element as written.
func (p *xmlParser) content(e *children, name string) *Error {
	for {
		switch {
		case p.i >= len(p.s):
			return parseError(p.i, "an element does not end")
		case p.has("</"):
			at := p.i
			p.i += 2
			if end, err := p.name(); err != nil || end != name {
				return parseError(at, "an end tag that fits no start tag")
			}
			if p.space(); !p.has(">") {
				return parseError(p.i, "an end tag does not end")
			}
			p.i++
			return nil
		case p.has("<![CDATA["):
			p.i += len("<![CDATA[")
			start := p.i
			if err := p.skip("]]>", "a CDATA section"); err != nil {
				return err
			}
			e.run.add(lineEnds(p.s[start : p.i-len("]]>")]))
		case p.has("<!--") || p.has("<?"):
			if err := p.skipMarkup(); err != nil {
				return err
			}
		case p.has("<!"):
			return parseError(p.i, "a declaration inside an element")
		case p.has("<"):
			e.element()
			m, err := p.element()
			if err != nil {
				return err
			}
			e.add(m)
		default:
			s, err := p.text()
			if err != nil {
				return err
			}
			e.run.add(s)
		}
	}
}
