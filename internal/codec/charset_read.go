package codec

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Text reads b in a charset; the error wraps ErrUnreadable. A byte order mark
// is a character here: only documents have one.
func Text(b []byte, charset string) (string, error) {
	return TextOf(b, Options{Charset: charset})
}

// TextOf is Text by the options' Charset and Cut, for one value such as a column.
func TextOf(b []byte, o Options) (string, error) {
	c, err := LookupCharset(o.Charset)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	s, bad := c.read(b, o.cutter("text"))
	if bad != nil {
		return "", bad
	}
	return s, nil
}

// read turns bytes into text. A sequence that the charset does not know is an
// error, but for a cut character at a value's end where cut says so.
func (c Charset) read(b []byte, cut *cutter) (string, *Error) {
	if c == UTF8 {
		return readUTF8(b, cut)
	}
	i := bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf })
	if i < 0 {
		return string(b), nil
	}
	t := gb()
	out := make([]byte, 0, len(b)+len(b)/2+4)
	out = append(out, b[:i]...)
	for i < len(b) {
		if b[i] < utf8.RuneSelf {
			out = append(out, b[i])
			i++
			continue
		}
		if cut.insideCDATA(b, i) {
			i++
			continue
		}
		r, n := t.next(b[i:])
		if n == 0 {
			n = c.cutLength(b[i:])
			if n == 0 || !cut.valueEnds(b, i, i+n) {
				return "", &Error{Code: CodeCharset, Offset: i, What: "invalid " + c.String()}
			}
		} else {
			out = utf8.AppendRune(out, r)
		}
		i += n
	}
	return string(out), nil
}

// next reads one character that does not begin with ASCII; n is 0 where there is none.
func (t *gbTables) next(b []byte) (r rune, n int) {
	hi := b[0]
	if hi == 0x80 {
		return '€', 1
	}
	if hi == 0xff || len(b) < 2 {
		return 0, 0
	}
	lo := b[1]
	if lo >= 0x40 && lo != 0x7f && lo != 0xff {
		if r := t.two[twoIndex(hi, lo)]; r != 0 {
			return rune(r), 2
		}
		return 0, 0
	}
	if len(b) < 4 || !digit(lo) || b[2] < 0x81 || b[2] > 0xfe || !digit(b[3]) {
		return 0, 0
	}
	lin := ((int(hi-0x81)*10+int(lo-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	switch {
	case lin < bmpFour:
		return rune(t.four[lin]), 4
	case lin >= astral && lin < maxFour:
		return rune(lin - astral + 0x10000), 4
	}
	return 0, 0
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// cutLength is the length of the beginning of a character at b: a lone lead
// byte, in GB18030 up to three bytes of four.
func (c Charset) cutLength(b []byte) int {
	if b[0] < 0x81 || b[0] > 0xfe {
		return 0
	}
	if c == GB18030 && len(b) > 1 && digit(b[1]) {
		if len(b) > 2 && b[2] >= 0x81 && b[2] <= 0xfe {
			return 3
		}
		return 2
	}
	return 1
}

func readUTF8(b []byte, cut *cutter) (string, *Error) {
	if utf8.Valid(b) {
		return string(b), nil
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError || n != 1 {
			out = append(out, b[i:i+n]...)
			i += n
			continue
		}
		for i+n < len(b) && n < 3 && b[i+n]&0xc0 == 0x80 {
			n++
		}
		if utf8.FullRune(b[i:i+n]) || !cut.valueEnds(b, i, i+n) {
			return "", &Error{Code: CodeCharset, Offset: i, What: "invalid UTF-8"}
		}
		i += n
	}
	return string(out), nil
}
