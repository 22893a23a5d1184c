package schemas

import "unicode/utf8"

// A glance is a type's schema and the dictionary's further checks in a form that
// goes once over the bytes of a message's data. Its yes means that the library
// and check find nothing at all, neither item nor warning; anything else means
// only that they have to be asked. So it need not understand every message, and
// it says nothing about what is wrong with one: most messages of a peer that
// works are clean, and the findings of the others stay where they were.
//
// What it never may do is say yes where they would not. FuzzFastYes holds it to that.

type kind uint8

const (
	kindText    kind = iota // string
	kindInteger             // integer
	kindBoolean             // boolean
	kindList                // array
	kindObject              // object
	kindFree                // an object that no schema describes
)

type format uint8

const (
	formatNone format = iota
	formatDate
	formatTime
)

// node is a schema at its place in the message, references resolved.
type node struct {
	kind kind
	mark mark
	// heed is for what is free: further checks look inside.
	heed bool
	// exact texts have a form, so that one with escapes is left to the library.
	exact      bool
	format     format
	min, max   int // of runes, elements
	minimum    int64
	bounded    bool // minimum holds
	enum       []string
	pattern    *pattern
	items      *node
	list       list
	members    *members
	additional *node // what other members than the known are; nil: there are none
}

// members are the known ones of an object.
type members struct {
	all      []member
	index    [64]uint8 // by hash: the number of the first, from 1; 0 for none
	required uint64    // a bit a member
	checks   checks
	expect   string // the text at which a member is expected
	missing  uint64 // the bit of that member
}

type member struct {
	name string
	node *node
	slot slot  // where the frame keeps it
	next uint8 // of equal hash, as in index
}

// hash spreads the names of one object; it is not empty.
func hash[T string | []byte](name T) uint8 {
	return (uint8(len(name))*5 + name[0]*3 + name[len(name)-1]*7 + name[len(name)/2]) & 63
}

// find gives the number of a member, from 0; -1 for an unknown one.
func (m *members) find(name []byte) int {
	if len(name) == 0 {
		return -1
	}
	for at := m.index[hash(name)]; at != 0; at = m.all[at-1].next {
		if string(name) == m.all[at-1].name {
			return int(at) - 1
		}
	}
	return -1
}

// span is a text in the data, without its quotes.
type span struct{ from, to int32 }

// scan is one walk over one message's data. It is used again, for its memory.
type scan struct {
	data    []byte
	listed  []span // ids of the lists that are open, the innermost last
	parties []span // ids of the message's parties, sorted
	named   []span // who is said to be one of them
	had     bool   // the message carries parties
	kept    [markEnd]span
}

// clean says that the data surely are without a finding.
func (s *scan) clean(root *node, data []byte) bool {
	if len(data) > 1<<30 || !utf8.Valid(data) {
		return false
	}
	s.data, s.had, s.kept = data, false, [markEnd]span{}
	s.listed, s.parties, s.named = s.listed[:0], s.parties[:0], s.named[:0]
	i := s.value(root, skip(data, 0))
	return i >= 0 && skip(data, i) == len(data) && s.references() && s.cause()
}

// value reads the value at i and gives the place after it; -1: ask the library.
func (s *scan) value(n *node, i int) int {
	d := s.data
	if i >= len(d) {
		return -1
	}
	switch c := d[i]; n.kind {
	case kindText:
		if c == '"' {
			return s.text(n, i)
		}
	case kindObject:
		if c == '{' {
			return s.object(n, i)
		}
	case kindList:
		if c == '[' {
			return s.elements(n, i)
		}
	case kindInteger:
		return s.integer(n, i)
	case kindBoolean:
		if c == 't' {
			return literal(d, i, "true")
		}
		return literal(d, i, "false")
	case kindFree:
		if c == '{' {
			return free(d, i, 0, n.heed)
		}
	}
	return -1
}

func (s *scan) text(n *node, i int) int {
	end, extra := quoted(s.data, i)
	if end < 0 || extra > 0 && n.exact {
		return -1
	}
	raw := s.data[i+1 : end]
	if len(raw) < n.min {
		return -1
	}
	if len(raw) > n.max || n.min > 1 { // else there are not more runes than bytes, nor none
		if runes := utf8.RuneCount(raw) - extra; runes < n.min || runes > n.max {
			return -1
		}
	}
	if !n.exact {
		return end + 1
	}
	if n.pattern != nil && !n.pattern.match(raw) || n.enum != nil && !among(n.enum, raw) ||
		n.format == formatDate && !isDate(raw) || n.format == formatTime && !isTime(raw) {
		return -1
	}
	if n.mark != markNone {
		s.note(n.mark, span{int32(i + 1), int32(end)})
	}
	return end + 1
}

func among(enum []string, text []byte) bool {
	for _, e := range enum {
		if string(text) == e {
			return true
		}
	}
	return false
}

// integer reads one that is written as one, of at most 18 digits.
func (s *scan) integer(n *node, i int) int {
	d, from, negative, value := s.data, i, false, int64(0)
	if d[i] == '-' {
		negative = true
		i++
	}
	first := i
	for ; i < len(d) && '0' <= d[i] && d[i] <= '9'; i++ {
		if i-first == 18 {
			return -1
		}
		value = value*10 + int64(d[i]-'0')
	}
	if i == first || d[first] == '0' && i-first > 1 {
		return -1
	}
	if negative {
		value = -value
	}
	if n.bounded && value < n.minimum {
		return -1
	}
	if n.mark != markNone {
		s.note(n.mark, span{int32(from), int32(i)})
	}
	return i // a fraction or an exponent is nothing that follows a value
}

func (s *scan) elements(n *node, i int) int {
	d, count, open := s.data, 0, len(s.listed)
	i = skip(d, i+1)
	if i < len(d) && d[i] == ']' {
		i++
	} else {
		for more := true; more; count++ {
			i, more = after(d, s.value(n.items, i), ']')
		}
	}
	if i < 0 || count < n.min || count > n.max || n.list != listPlain && !s.apart(n.list, open) {
		return -1
	}
	return i
}

func (s *scan) object(n *node, i int) int {
	d, m := s.data, n.members
	var kept frame
	seen := uint64(0)
	i = skip(d, i+1)
	if i < len(d) && d[i] == '}' {
		i++
	} else {
		for more := true; more; {
			var called []byte
			if called, i = memberName(d, i); i < 0 {
				return -1
			}
			end := -1
			if at := m.find(called); at >= 0 {
				if seen&(1<<at) != 0 {
					return -1
				}
				seen |= 1 << at
				end = s.value(m.all[at].node, i)
				if slot := m.all[at].slot; slot != slotNone && end >= 0 {
					kept[slot] = span{int32(i + 1), int32(end - 1)} // a text: compile sees to that
				}
			} else if n.additional != nil && !telling(called) {
				end = s.value(n.additional, i)
			}
			i, more = after(d, end, '}')
		}
	}
	if i < 0 || m.required&^seen != 0 || m.checks != 0 && !s.agrees(m, &kept, seen) {
		return -1
	}
	return i
}
