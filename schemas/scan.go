package schemas

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The bytes of JSON, read in place. A place of -1 says: not read, be it that the
// bytes are no JSON or that they are an odd kind of it.

// maxFree is how deep a value may nest that no schema describes.
const maxFree = 32

// skip passes over white space.
func skip(d []byte, i int) int {
	for i < len(d) && d[i] <= ' ' && (d[i] == ' ' || d[i] == '\n' || d[i] == '\t' || d[i] == '\r') {
		i++
	}
	return i
}

// quoted reads the string that opens at i. It gives the place of its closing
// quote, and how many bytes of it are there for escapes only: runes of the raw
// text less extra are runes of the string, and an extra of 0 says that it stands
// as it is. Halves of surrogate pairs are not read.
func quoted(d []byte, i int) (end, extra int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i++
	for {
		for i+8 <= len(d) { // eight bytes at once; the lowest mark is exact, and only it is used
			w := binary.LittleEndian.Uint64(d[i:])
			quote, slash := w^ones*'"', w^ones*'\\'
			m := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & highs
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(d) && d[i] != '"' && d[i] != '\\' && d[i] >= ' ' {
			i++
		}
		if i >= len(d) || d[i] < ' ' {
			return -1, 0
		}
		if d[i] == '"' {
			return i, extra
		}
		n := escape6(d, i)
		if n == 0 {
			return -1, 0
		}
		i += n
		extra += n - 1
	}
}

// escape6 gives the length of the escape at i, at most 6; 0 for one that is not read.
func escape6(d []byte, i int) int {
	if i+1 >= len(d) {
		return 0
	}
	switch d[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if i+6 > len(d) {
			return 0
		}
		r := rune(0)
		for _, c := range d[i+2 : i+6] {
			switch {
			case '0' <= c && c <= '9':
				c -= '0'
			case 'a' <= c|0x20 && c|0x20 <= 'f':
				c = c | 0x20 - 'a' + 10
			default:
				return 0
			}
			r = r<<4 | rune(c)
		}
		if utf8.ValidRune(r) {
			return 6
		}
	}
	return 0
}

// memberName reads a member's name, its colon and the space after it: the name as it
// stands, and the place of the value.
func memberName(d []byte, i int) ([]byte, int) {
	if i >= len(d) || d[i] != '"' {
		return nil, -1
	}
	end, extra := quoted(d, i)
	if end < 0 || extra > 0 {
		return nil, -1
	}
	name := d[i+1 : end]
	if i = skip(d, end+1); i >= len(d) || d[i] != ':' {
		return nil, -1
	}
	return name, skip(d, i+1)
}

// after reads what follows a member or an element: more says that another comes,
// at the place given; else the place is after the closing byte.
func after(d []byte, i int, closing byte) (next int, more bool) {
	if i < 0 {
		return -1, false
	}
	if i = skip(d, i); i >= len(d) {
		return -1, false
	}
	switch d[i] {
	case ',':
		return skip(d, i+1), true
	case closing:
		return i + 1, false
	}
	return -1, false
}

// literal reads a word such as true.
func literal(d []byte, i int, word string) int {
	if len(d)-i >= len(word) && string(d[i:i+len(word)]) == word {
		return i + len(word)
	}
	return -1
}

// free reads any value. Where heed is true, members that the further checks
// might look at are not read.
func free(d []byte, i, depth int, heed bool) int {
	if i < 0 || i >= len(d) || depth > maxFree {
		return -1
	}
	switch d[i] {
	case '"':
		end, _ := quoted(d, i)
		if end < 0 {
			return -1
		}
		return end + 1
	case '{', '[':
		return freeList(d, i, depth, heed)
	case 't':
		return literal(d, i, "true")
	case 'f':
		return literal(d, i, "false")
	case 'n':
		return literal(d, i, "null")
	}
	return freeNumber(d, i)
}

func freeList(d []byte, i, depth int, heed bool) int {
	closing := d[i] + 2 // ']' and '}' stand two after their opening
	if i = skip(d, i+1); i < len(d) && d[i] == closing {
		return i + 1
	}
	for more := true; more; {
		if closing == '}' {
			var n []byte
			if n, i = memberName(d, i); i < 0 || heed && telling(n) {
				return -1
			}
		}
		i, more = after(d, free(d, i, depth+1, heed), closing)
	}
	return i
}

// freeNumber reads a number of any form.
func freeNumber(d []byte, i int) int {
	digits := func() bool {
		from := i
		for i < len(d) && '0' <= d[i] && d[i] <= '9' {
			i++
		}
		return i > from
	}
	if d[i] == '-' {
		i++
	}
	if i < len(d) && d[i] == '0' {
		i++
	} else if !digits() {
		return -1
	}
	if i < len(d) && d[i] == '.' {
		if i++; !digits() {
			return -1
		}
	}
	if i < len(d) && d[i]|0x20 == 'e' {
		if i++; i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		if !digits() {
			return -1
		}
	}
	return i
}
