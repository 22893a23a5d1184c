package codec

// AppendJSON writes v as JSON in UTF-8: members in their order, numbers as
// their text, only what must be escaped escaped. An absent member is left out;
// any other Absent is null. It trusts v: Encode is the one that checks.
func AppendJSON(dst []byte, v Value) []byte {
	w := writer{out: dst}
	w.trusted(&v)
	return w.out
}

func (w *writer) trusted(v *Value) {
	switch v.Kind {
	case Bool, Null, Absent:
		w.out = append(w.out, jsonWord(v)...)
	case Number:
		w.out = append(w.out, v.Text...)
	case String:
		w.out = AppendJSONString(w.out, v.Text)
	case Array:
		w.out = append(w.out, '[')
		for i := range v.Items {
			w.comma(i > 0)
			w.trusted(&v.Items[i])
		}
		w.out = append(w.out, ']')
	case Object:
		w.out = append(w.out, '{')
		some := false
		for i := range v.Members {
			if m := &v.Members[i]; m.Value.Kind != Absent {
				w.comma(some)
				some = true
				w.out = append(AppendJSONString(w.out, m.Name), ':')
				w.trusted(&m.Value)
			}
		}
		w.out = append(w.out, '}')
	}
}

// json is trusted with every text fitted and every number checked.
func (w *writer) json(v *Value) error {
	switch v.Kind {
	case Number:
		p := jsonParser{s: v.Text}
		if _, err := p.number(); err != nil || p.i != len(p.s) {
			return w.shape("json", "a number that is none")
		}
		w.out = append(w.out, v.Text...)
	case String:
		s, err := w.text(v.Text, false)
		if err != nil {
			return err
		}
		w.out = AppendJSONString(w.out, s)
	case Array:
		w.out = append(w.out, '[')
		for i := range v.Items {
			w.comma(i > 0)
			w.pushIndex(i)
			if err := w.json(&v.Items[i]); err != nil {
				return err
			}
			w.pop()
		}
		w.out = append(w.out, ']')
	case Object:
		w.out = append(w.out, '{')
		some := false
		for i := range v.Members {
			m := &v.Members[i]
			if m.Value.Kind == Absent {
				continue
			}
			w.push(m.Name)
			if err := w.name(m.Name); err != nil {
				return err
			}
			w.comma(some)
			some = true
			w.out = append(AppendJSONString(w.out, m.Name), ':')
			if err := w.json(&m.Value); err != nil {
				return err
			}
			w.pop()
		}
		w.out = append(w.out, '}')
	default:
		w.out = append(w.out, jsonWord(v)...)
	}
	return nil
}

func (w *writer) comma(due bool) {
	if due {
		w.out = append(w.out, ',')
	}
}

func jsonWord(v *Value) string {
	switch {
	case v.Kind != Bool:
		return "null"
	case v.True:
		return "true"
	}
	return "false"
}

// AppendJSONString writes s as a JSON string: quotes, backslashes and control
// characters escaped, all else as it stands.
func AppendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
