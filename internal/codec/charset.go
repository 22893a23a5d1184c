package codec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Charset is a character encoding of documents.
type Charset uint8

// The charsets.
const (
	UTF8 Charset = iota
	// GBK writes exactly what Python's gbk codec encodes, and reads GB18030 with byte 80 as the euro sign.
	GBK
	// GB18030 holds every character but the private-use twins of the few that its editions moved.
	GB18030
)

// LookupCharset knows a charset by name, in any case; empty is UTF-8, GB2312 and CP936 are GBK.
func LookupCharset(name string) (Charset, error) {
	switch strings.ToUpper(name) {
	case "", "UTF-8", "UTF8":
		return UTF8, nil
	case "GBK", "GB2312", "CP936":
		return GBK, nil
	case "GB18030", "GB18030-2022":
		return GB18030, nil
	}
	return UTF8, fmt.Errorf("no charset %q", name)
}

// String is the name as declarations write it.
func (c Charset) String() string {
	switch c {
	case GBK:
		return "GBK"
	case GB18030:
		return "GB18030"
	}
	return "UTF-8"
}

// Holds says whether the charset can write r.
func (c Charset) Holds(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= 0
	case c == UTF8 || r >= 1<<16:
		return c != GBK && utf8.ValidRune(r)
	case c == GBK:
		return inGBK(r, gb().enc[r])
	}
	return gb().enc[r] != 0
}

// Append writes s in the charset. At the first character that the charset
// cannot hold it stops with a *CharsetError and returns dst as it came.
func (c Charset) Append(dst []byte, s string) ([]byte, error) {
	came := len(dst)
	for i, r := range s {
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
			continue
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") || !c.Holds(r) {
			return dst[:came], &CharsetError{Charset: c.String(), Rune: r}
		}
		dst = c.appendRune(dst, r)
	}
	return dst, nil
}

// appendRune writes an r that the charset holds.
func (c Charset) appendRune(dst []byte, r rune) []byte {
	if c == UTF8 || r < utf8.RuneSelf {
		return utf8.AppendRune(dst, r)
	}
	code := uint32(0)
	if r < 1<<16 {
		code = gb().enc[r]
	} else {
		code = fourCode(astral + int(r) - 0x10000)
	}
	if code < 1<<16 {
		return append(dst, byte(code>>8), byte(code))
	}
	return append(dst, byte(code>>24), byte(code>>16), byte(code>>8), byte(code))
}

// EncodeText writes s in a charset, with substitutes for what it cannot hold.
// An error is a *CharsetError, or names a charset that does not exist.
func EncodeText(s, charset string, sub map[rune]string) ([]byte, error) {
	c, err := LookupCharset(charset)
	if err != nil {
		return nil, err
	}
	if s, err = c.Substitute(s, sub); err != nil {
		return nil, err
	}
	return c.Append(nil, s)
}

// Substitute returns s with its substitutes in the place of characters that the
// charset cannot hold; one that has none is a *CharsetError.
func (c Charset) Substitute(s string, sub map[rune]string) (string, error) {
	return c.fit(s, sub, false)
}

// fit is Substitute that also refuses what XML forbids where xml is set.
func (c Charset) fit(s string, sub map[rune]string, xml bool) (string, error) {
	if c == UTF8 && !xml && utf8.ValidString(s) {
		return s, nil
	}
	var buf []byte // nil while s itself serves
	start := 0
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf && (b >= 0x20 || !xml) {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1
		if !bad && c.Holds(r) && (!xml || isXMLChar(r)) {
			i += n
			continue
		}
		text, ok := sub[r]
		if bad || !ok || !c.holdsAll(text, xml) {
			e := &CharsetError{Charset: c.String(), Rune: r}
			if xml && !isXMLChar(r) {
				e.Charset = "XML"
			}
			return "", e
		}
		buf = append(append(buf, s[start:i]...), text...)
		i += n
		start = i
	}
	if start == 0 {
		return s, nil
	}
	return string(append(buf, s[start:]...)), nil
}

func (c Charset) holdsAll(s string, xml bool) bool {
	for _, r := range s {
		if !c.Holds(r) || xml && !isXMLChar(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func isXMLChar(r rune) bool {
	return r >= 0x20 && r != 0xfffe && r != 0xffff || r == '\t' || r == '\n' || r == '\r'
}
