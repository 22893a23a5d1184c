package event

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// plain goes once over the bytes of JSON as nearly every sender writes it. It is
// the short way to what strict and Canonical say, and gives up where either would
// refuse or where something is odd, such as an escape in a member's name: then
// the decoder is asked, whose word has always been the one that counts. Fuzz
// tests hold the two ways together.
type plain struct {
	d, dst []byte
	write  bool // the canonical form, to dst
	event  bool // of a whole event: its attributes, and the canonical form of its data alone
	outer  []attribute
	// names has the members of all open objects, the innermost last.
	names   []written
	scratch []byte // of sorting and unquoting, reused
}

// written is a member: its name in d, and where it stands in dst, without a comma.
type written struct{ name, nameEnd, start, end int32 }

// plainly reads an event, which surely is one strict JSON value, as strict wants it,
// with its attributes as written. Behind dst comes the canonical form of its data.
func plainly(dst, raw []byte) (attributes []attribute, form []byte, ok bool) {
	if len(raw) > math.MaxInt32/2 || !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return nil, dst, false
	}
	p := plain{d: raw, dst: slices.Grow(dst, len(raw)), event: true, names: make([]written, 0, 64), outer: make([]attribute, 0, 12)}
	if !p.whole() {
		return nil, dst, false
	}
	return p.outer, p.dst, true
}

// appendPlain appends the canonical form of doc; false where it gives up, with dst as it was.
func appendPlain(dst, doc []byte) ([]byte, bool) {
	if len(dst)+len(doc) > math.MaxInt32/2 || !utf8.Valid(doc) {
		return dst, false
	}
	p := plain{d: doc, dst: slices.Grow(dst, len(doc)), write: true, names: make([]written, 0, 64)}
	if !p.whole() {
		return dst, false
	}
	return p.dst, true
}

func (p *plain) whole() bool {
	i := p.value(p.skip(0), 0)
	return i >= 0 && p.skip(i) == len(p.d)
}

// skip passes over white space.
func (p *plain) skip(i int) int {
	for i < len(p.d) && p.d[i] <= ' ' && (p.d[i] == ' ' || p.d[i] == '\n' || p.d[i] == '\t' || p.d[i] == '\r') {
		i++
	}
	return i
}

// value reads the value at i, which depth others are around, and gives the place
// after it; -1 where it gives up.
func (p *plain) value(i, depth int) int {
	if i >= len(p.d) {
		return -1
	}
	from := i
	switch p.d[i] {
	case '"':
		return p.text(i)
	case '{':
		return p.object(i, depth+1)
	case '[':
		return p.array(i, depth+1)
	case 't':
		i = p.literal(i, "true")
	case 'f':
		i = p.literal(i, "false")
	case 'n':
		i = p.literal(i, "null")
	default:
		i = p.number(i)
	}
	if i > from && p.write {
		p.dst = append(p.dst, p.d[from:i]...)
	}
	return i
}

func (p *plain) literal(i int, word string) int {
	if bytes.HasPrefix(p.d[i:], []byte(word)) {
		return i + len(word)
	}
	return -1
}

// end is where the string that opens at i closes, and whether it has escapes,
// which are not looked into; -1 for a control character, or no end.
func (p *plain) end(i int) (end int, escapes bool) {
	for i++; i < len(p.d); i++ {
		if i = p.ordinary(i); i == len(p.d) {
			break
		}
		switch c := p.d[i]; {
		case c == '"':
			return i, escapes
		case c == '\\':
			escapes = true
			i++ // at least one belongs to it
		case c < ' ':
			return -1, false
		}
	}
	return -1, false
}

// ordinary passes by bytes, eight at a time, that are no quote, no backslash and
// no control character.
func (p *plain) ordinary(i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(p.d); i += 8 {
		v := binary.LittleEndian.Uint64(p.d[i:])
		quote, slash := v^ones*'"', v^ones*'\\'
		// The high bit of a byte: it is below ' ', or was one of the two. A borrow
		// reaches only bytes behind one that is marked already.
		if m := ((v-ones*' ')&^v | (quote-ones)&^quote | (slash-ones)&^slash) & high; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	return i
}

func (p *plain) text(i int) int {
	end, escapes := p.end(i)
	if end < 0 {
		return -1
	}
	end++
	if escapes {
		var err error
		if p.scratch, err = jsontext.AppendUnquote(p.scratch[:0], p.d[i:end]); err != nil {
			return -1
		}
		if p.write {
			p.dst = appendText(p.dst, string(p.scratch))
		}
	} else if p.write {
		p.dst = append(p.dst, p.d[i:end]...) // as it stands: only what JSON needs is ever escaped
	}
	return end
}

func (p *plain) number(i int) int {
	digits := func() bool {
		from := i
		for i < len(p.d) && '0' <= p.d[i] && p.d[i] <= '9' {
			i++
		}
		return i > from
	}
	next := func(one, other byte) bool {
		if i < len(p.d) && (p.d[i] == one || p.d[i] == other) {
			i++
			return true
		}
		return false
	}
	next('-', '-')
	if !next('0', '0') && !digits() {
		return -1
	}
	if next('.', '.') && !digits() {
		return -1
	}
	if next('e', 'E') {
		if next('+', '-'); !digits() {
			return -1
		}
	}
	return i // a digit after a leading zero is nothing that follows a value
}

// after reads what follows a member or an element: more says that another comes,
// at the place given; else that is the place after the closing byte.
func (p *plain) after(i int, closing byte) (next int, more bool) {
	if i < 0 {
		return -1, false
	}
	if i = p.skip(i); i >= len(p.d) {
		return -1, false
	}
	switch p.d[i] {
	case ',':
		return p.skip(i + 1), true
	case closing:
		return i + 1, false
	}
	return -1, false
}

func (p *plain) put(c byte) {
	if p.write {
		p.dst = append(p.dst, c)
	}
}

func (p *plain) array(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	p.put('[')
	if i = p.skip(i + 1); i < len(p.d) && p.d[i] == ']' {
		i++
	} else {
		for more := true; more; {
			if i, more = p.after(p.value(i, depth), ']'); more {
				p.put(',')
			}
		}
	}
	p.put(']')
	return i
}

func (p *plain) object(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	p.put('{')
	open, start := len(p.names), len(p.dst)
	if i = p.skip(i + 1); i < len(p.d) && p.d[i] == '}' {
		i++
	} else {
		for more := true; more; {
			if i, more = p.member(i, depth); more {
				p.put(',')
			}
		}
	}
	if i < 0 || !p.sort(p.names[open:], start) {
		return -1
	}
	p.names = p.names[:open]
	p.put('}')
	return i
}

// member reads a member and what follows it.
func (p *plain) member(i, depth int) (next int, more bool) {
	if i >= len(p.d) || p.d[i] != '"' {
		return -1, false
	}
	end, escapes := p.end(i)
	if end < 0 || escapes {
		return -1, false
	}
	m := written{name: int32(i + 1), nameEnd: int32(end), start: int32(len(p.dst))}
	if p.write {
		p.dst = append(p.dst, p.d[i:end+1]...)
	}
	if i = p.skip(end + 1); i >= len(p.d) || p.d[i] != ':' {
		return -1, false
	}
	p.put(':')
	if i = p.skip(i + 1); p.event && depth == 1 {
		i = p.attribute(p.d[m.name:m.nameEnd], i)
	} else {
		i = p.value(i, depth)
	}
	m.end = int32(len(p.dst))
	p.names = append(p.names, m)
	return p.after(i, '}')
}

// attribute reads the value at i of a member of the event itself.
func (p *plain) attribute(name []byte, i int) int {
	from := i
	p.write = string(name) == "data"
	if i = p.value(i, 1); i >= 0 {
		p.outer = append(p.outer, attribute{name, p.d[from:i:i]})
	}
	p.write = false
	return i
}

// sort puts the members of an object in order, which stand in dst from start on;
// false where one is there twice.
func (p *plain) sort(ms []written, start int) bool {
	compare := func(a, b written) int { return bytes.Compare(p.d[a.name:a.nameEnd], p.d[b.name:b.nameEnd]) }
	ordered := true
	for i := 1; i < len(ms) && ordered; i++ {
		ordered = compare(ms[i-1], ms[i]) < 0
	}
	if ordered {
		return true
	}
	slices.SortFunc(ms, compare)
	for i := 1; i < len(ms); i++ {
		if compare(ms[i-1], ms[i]) == 0 {
			return false
		}
	}
	if !p.write {
		return true
	}
	p.scratch = append(p.scratch[:0], p.dst[start:]...)
	p.dst = p.dst[:start]
	for i, m := range ms {
		if i > 0 {
			p.dst = append(p.dst, ',')
		}
		p.dst = append(p.dst, p.scratch[int(m.start)-start:int(m.end)-start]...)
	}
	return true
}
