package codec

import "strings"

// xml writes a document: its declaration, then the one top-level field as root.
func (w *writer) xml(v *Value, o Options) error {
	if o.Declaration == nil || *o.Declaration {
		w.out = append(w.out, `<?xml version="1.0" encoding="`...)
		w.out = append(w.out, w.charset.String()...)
		w.out = append(w.out, `"?>`...)
	}
	var root *Member
	for i := range v.Members {
		m := &v.Members[i]
		if m.Value.Kind == Absent {
			continue
		}
		if root != nil || m.Value.Kind == Array {
			return w.shape("xml", "more than one root element")
		}
		root = m
	}
	if v.Kind != Object || root == nil {
		return w.shape("xml", "one top-level field is due, the root element")
	}
	return w.element(root.Name, &root.Value, o.Namespaces)
}

// element writes a field as one element, a list as one for each item.
func (w *writer) element(name string, v *Value, declare map[string]string) error {
	if v.Kind == Absent {
		return nil
	}
	w.push(name)
	defer w.pop()
	if v.Kind == Array {
		for i := range v.Items {
			w.pushIndex(i)
			if v.Items[i].Kind == Array {
				return w.shape("xml", "a list inside a list")
			}
			if err := w.tags(name, &v.Items[i], nil); err != nil {
				return err
			}
			w.pop()
		}
		return nil
	}
	return w.tags(name, v, declare)
}

func (w *writer) tags(name string, v *Value, declare map[string]string) error {
	if !isName(name) {
		return w.shape("xml", "a name that no element can have")
	}
	if err := w.name(name); err != nil {
		return err
	}
	w.out = append(append(w.out, '<'), name...)
	for _, prefix := range sortedKeys(declare) {
		w.out = append(w.out, " xmlns"...)
		if prefix != "" {
			w.out = append(append(w.out, ':'), prefix...)
		}
		uri, err := w.text(declare[prefix], true)
		if err != nil {
			return err
		}
		w.out = append(w.out, `="`...)
		w.out = append(AppendXMLAttribute(w.out, uri), '"')
	}
	if err := w.attributes(v); err != nil {
		return err
	}
	w.out = append(w.out, '>')
	if err := w.content(v); err != nil {
		return err
	}
	w.out = append(append(append(w.out, "</"...), name...), '>')
	return nil
}

func (w *writer) attributes(v *Value) error {
	for i := range v.Members {
		m := &v.Members[i]
		name, ok := strings.CutPrefix(m.Name, "@")
		if !ok || m.Value.Kind == Absent {
			continue
		}
		w.push(m.Name)
		if !isName(name) {
			return w.shape("xml", "a name that no attribute can have")
		}
		if err := w.name(name); err != nil {
			return err
		}
		s, err := w.scalar("xml", &m.Value)
		if err != nil {
			return err
		}
		w.out = append(append(append(w.out, ' '), name...), `="`...)
		w.out = append(AppendXMLAttribute(w.out, s), '"')
		w.pop()
	}
	return nil
}

func (w *writer) content(v *Value) error {
	if v.Kind != Object {
		return w.characters(v)
	}
	for i := range v.Members {
		m := &v.Members[i]
		switch {
		case m.Value.Kind == Absent || strings.HasPrefix(m.Name, "@"):
		case m.Name == "#text":
			w.push(m.Name)
			if isBlank(m.Value.Text) && hasElements(v) {
				return w.shape("xml", "white space alone between elements, which nobody reads")
			}
			if err := w.characters(&m.Value); err != nil {
				return err
			}
			w.pop()
		default:
			if err := w.element(m.Name, &m.Value, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func isBlank(s string) bool { return s != "" && strings.Trim(s, " \t\r\n") == "" }

func hasElements(v *Value) bool {
	for i := range v.Members {
		m := &v.Members[i]
		if m.Value.Kind != Absent && m.Name != "#text" && !strings.HasPrefix(m.Name, "@") && (m.Value.Kind != Array || len(m.Value.Items) > 0) {
			return true
		}
	}
	return false
}

func (w *writer) characters(v *Value) error {
	s, err := w.scalar("xml", v)
	if err != nil {
		return err
	}
	if v.CDATA {
		w.out = AppendCDATA(w.out, s)
	} else {
		w.out = AppendXMLText(w.out, s)
	}
	return nil
}

// AppendXMLText escapes s for an element's text; a CR is written &#13;, as a
// reader would take a bare one for a line end.
func AppendXMLText(dst []byte, s string) []byte {
	return appendEscaped(dst, s, false)
}

// AppendXMLAttribute escapes s for a value in double quotes, line ends and tabs included.
func AppendXMLAttribute(dst []byte, s string) []byte {
	return appendEscaped(dst, s, true)
}

func appendEscaped(dst []byte, s string, attribute bool) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		esc := ""
		switch c := s[i]; {
		case c > '>':
			continue
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '\r':
			esc = "&#13;"
		case !attribute:
			continue
		case c == '"':
			esc = "&quot;"
		case c == '\n':
			esc = "&#10;"
		case c == '\t':
			esc = "&#9;"
		default:
			continue
		}
		dst = append(append(dst, s[start:i]...), esc...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}

// AppendCDATA writes s as a CDATA section; "]]>" in it is split across two, a
// CR stands between two.
func AppendCDATA(dst []byte, s string) []byte {
	s = strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>")
	s = strings.ReplaceAll(s, "\r", "]]>&#13;<![CDATA[")
	dst = append(dst, "<![CDATA["...)
	dst = append(dst, s...)
	return append(dst, "]]>"...)
}
