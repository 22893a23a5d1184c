package codec

import (
	"bytes"
	"unicode/utf8"
)

// decodeForm reads application/x-www-form-urlencoded: percent escapes are bytes
// of the charset. A name that comes again makes a list.
func decodeForm(b []byte, c Charset, o Options) (Value, *Error) {
	if o.MaxBytes > 0 && len(b) > o.MaxBytes {
		return Value{}, parseError(o.MaxBytes, "a document of more than %d bytes", o.MaxBytes)
	}
	e := children{}
	for at := 0; at < len(b); {
		n := bytes.IndexByte(b[at:], '&')
		if n < 0 {
			n = len(b) - at
		}
		if n > 0 {
			rawName, rawValue, _ := bytes.Cut(b[at:at+n], []byte("="))
			name, err := formText(rawName, at, c, o)
			if err != nil {
				return Value{}, err
			}
			value, err := formText(rawValue, at+len(rawName)+1, c, o)
			if err != nil {
				return Value{}, err
			}
			e.add(Member{name, Str(value)})
		}
		at += n + 1
	}
	return Value{Kind: Object, Members: e.members}, nil
}

func formText(raw []byte, at int, c Charset, o Options) (string, *Error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; b {
		case '+':
			out = append(out, ' ')
		case '%':
			if i+2 >= len(raw) || unhex(raw[i+1]) < 0 || unhex(raw[i+2]) < 0 {
				return "", parseError(at+i, "a percent sign without two hexadecimal digits")
			}
			out = append(out, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
			i += 2
		default:
			out = append(out, b)
		}
	}
	s, err := c.read(out, o.cutter("text"))
	if err != nil {
		err.Offset = at // of the name or value that holds it
	}
	return s, err
}

func unhex(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// form writes one flat object; a list is its name again and again.
func (w *writer) form(v *Value) error {
	if v.Kind != Object {
		return w.shape("form", "an object is due")
	}
	some := false
	for i := range v.Members {
		m := &v.Members[i]
		items := []Value{m.Value}
		if m.Value.Kind == Array {
			items = m.Value.Items
		}
		if m.Value.Kind == Absent {
			continue
		}
		w.push(m.Name)
		if err := w.name(m.Name); err != nil {
			return err
		}
		for j := range items {
			s, err := w.scalar("form", &items[j])
			if err != nil {
				return err
			}
			if some {
				w.out = append(w.out, '&')
			}
			some = true
			w.percent(m.Name)
			w.out = append(w.out, '=')
			w.percent(s)
		}
		w.pop()
	}
	return nil
}

// percent writes a text that fits the charset. All bytes of a character beyond
// ASCII are escaped, also those that look like letters.
func (w *writer) percent(s string) {
	const hex = "0123456789ABCDEF"
	var code [4]byte
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.':
			w.out = append(w.out, byte(r))
			continue
		case r == ' ':
			w.out = append(w.out, '+')
			continue
		case r < utf8.RuneSelf:
			code[0] = byte(r)
			w.out = append(w.out, '%', hex[code[0]>>4], hex[code[0]&15])
			continue
		}
		for _, b := range w.charset.appendRune(code[:0], r) {
			w.out = append(w.out, '%', hex[b>>4], hex[b&15])
		}
	}
}
