package mapping

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"duijie/internal/codec"
)

// ends tells the bytes at which a run of plain characters in a string ends.
var ends = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// plain gives where the run of plain characters at i ends, eight bytes at a look.
func plain(s string, i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(s) {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := x^each*'"', x^each*'\\'
		// The lowest byte that is marked is one that ends the run: a borrow only reaches those above it.
		if end := ((x-each*0x20)&^x | (quote-each)&^quote | (slash-each)&^slash) & high; end != 0 {
			return i + bits.TrailingZeros64(end)/8
		}
		i += 8
	}
	for i < len(s) && !ends[s[i]] {
		i++
	}
	return i
}

// str reads a string, its quote being next. What is escaped is written to the
// arena where it is wanted.
func (r *tokeniser) str(want bool) (val, bool) {
	s := r.s
	i := r.i + 1
	start := i
	i = plain(s, i)
	if i >= len(s) || s[i] < 0x20 {
		return val{}, false
	}
	if s[i] == '"' {
		r.i = i + 1
		return val{off: uint32(start), end: uint32(i), kind: codec.String}, true
	}
	return r.escaped(start, i, want)
}

func (r *tokeniser) escaped(start, i int, want bool) (val, bool) {
	s, from := r.s, len(r.arena)
	for {
		r.arena = append(r.arena, s[start:i]...)
		if i >= len(s) || s[i] < 0x20 {
			return val{}, false
		}
		if s[i] == '"' {
			break
		}
		if i, r.arena = unescape(s, i, r.arena); i < 0 {
			return val{}, false
		}
		start = i
		i = plain(s, i)
	}
	r.i = i + 1
	v := val{off: uint32(from), end: uint32(len(r.arena)), kind: codec.String, esc: true}
	if !want {
		r.arena = r.arena[:from]
	}
	return v, true
}

// unescape reads the escape at i and gives what follows it; -1: it is none.
func unescape(s string, i int, to []byte) (int, []byte) {
	if i+1 >= len(s) {
		return -1, to
	}
	if k := strings.IndexByte(`"\/bfnrt`, s[i+1]); k >= 0 {
		return i + 2, append(to, "\"\\/\b\f\n\r\t"[k])
	}
	if s[i+1] != 'u' {
		return -1, to
	}
	c, ok := hex4(s, i+2)
	if i += 6; ok && utf16.IsSurrogate(c) {
		low := rune(0)
		if ok = strings.HasPrefix(s[i:], `\u`); ok {
			low, ok = hex4(s, i+2)
		}
		i += 6
		c = utf16.DecodeRune(c, low)
		ok = ok && c != utf8.RuneError
	}
	if !ok {
		return -1, to
	}
	return i, utf8.AppendRune(to, c)
}

func hex4(s string, i int) (rune, bool) {
	if len(s)-i < 4 {
		return 0, false
	}
	var c rune
	for _, b := range []byte(s[i : i+4]) {
		switch {
		case '0' <= b && b <= '9':
			b -= '0'
		case 'a' <= b && b <= 'f':
			b -= 'a' - 10
		case 'A' <= b && b <= 'F':
			b -= 'A' - 10
		default:
			return 0, false
		}
		c = c<<4 | rune(b)
	}
	return c, true
}

// number reads a JSON number.
func (r *tokeniser) number() bool {
	r.take('-')
	if !r.take('0') && !r.digits() {
		return false
	}
	if r.take('.') && !r.digits() {
		return false
	}
	if r.take('e') || r.take('E') {
		if !r.take('+') {
			r.take('-')
		}
		return r.digits()
	}
	return true
}

func (r *tokeniser) digits() bool {
	start := r.i
	for r.i < len(r.s) && '0' <= r.s[r.i] && r.s[r.i] <= '9' {
		r.i++
	}
	return r.i > start
}
