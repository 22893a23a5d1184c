package codec

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// transcode reads a document's bytes as text: used is the charset that fitted,
// mark the length of the byte order mark that was cut off.
//
// A byte order mark decides. Else an XML declaration does, and where its charset
// cannot read the bytes, the option: systems that changed one and forgot the
// other are common. One mistake would pass unseen, UTF-8 declared as GBK, since
// nearly any bytes are some GBK; so there the option UTF-8 wins where the bytes
// bear it out. What fits neither is an error.
func (o Options) transcode(b []byte, c Charset) (s string, used Charset, mark int, err *Error) {
	try := []Charset{c}
	switch {
	case bytes.HasPrefix(b, []byte(utf8BOM)):
		try, mark = []Charset{UTF8}, 3
	case bytes.HasPrefix(b, []byte("\x84\x31\x95\x33")):
		try, mark = []Charset{GB18030}, 4
	case o.Format == "rows":
		try = []Charset{UTF8}
	case o.Format == "xml":
		if d, ok := declared(b); ok && d != c && !(c == UTF8 && chineseUTF8(b)) {
			try = []Charset{d, c}
		}
	}
	for _, c := range try {
		s, bad := c.read(b[mark:], o.cutter(o.Format))
		if bad == nil {
			return s, c, mark, nil
		}
		if err == nil {
			bad.Offset += mark
			err = bad
		}
	}
	return "", c, mark, err
}

// declared is the charset that an XML declaration names, if we know it.
func declared(b []byte) (Charset, bool) {
	if !bytes.HasPrefix(b, []byte("<?xml")) {
		return UTF8, false
	}
	head, _, ok := strings.Cut(string(b[:min(len(b), 512)]), "?>")
	if !ok {
		return UTF8, false
	}
	_, head, ok = strings.Cut(head, "encoding")
	head = strings.TrimLeft(head, " \t\r\n")
	if !ok || !strings.HasPrefix(head, "=") {
		return UTF8, false
	}
	head = strings.TrimLeft(head[1:], " \t\r\n")
	if head == "" || head[0] != '"' && head[0] != '\'' {
		return UTF8, false
	}
	name, _, ok := strings.Cut(head[1:], head[:1])
	c, err := LookupCharset(name)
	return c, ok && name != "" && err == nil
}

// chineseUTF8 says whether b is valid UTF-8 whose characters beyond ASCII all
// take three bytes or more, as Chinese does: text in GBK practically never is.
func chineseUTF8(b []byte) bool {
	some := false
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRune(b[i:])
		if n < 3 {
			return false
		}
		some = true
		i += n
	}
	return some
}
