package auth

import (
	"strconv"
	"time"

	"duijie/adapter/template"
	"duijie/internal/codec"
)

// signed is the byte string that the signature is over: text in the signature's
// charset, the body as raw bytes.
func (s *Spec) signed(m message, k keys, ts, nonce string) ([]byte, error) {
	fields := m.fields()
	const mark = "\x00body\x00" // stands where the raw bytes go; no text of ours has a NUL
	text, err := s.text.Render(template.Raw, func(name, arg string) (string, bool) {
		switch name {
		case "params":
			return params(fields, s.signField()), true
		case "values":
			return values(fields, arg), true
		case "body":
			return mark, true
		case "bodyhash":
			return s.algorithm.bodyHash(m.body), true
		case "method":
			return m.method, true
		case "path":
			return m.path, true
		case "query":
			return m.query, true
		case "ts":
			return ts, true
		case "nonce":
			return nonce, true
		case "key":
			return k.text, true
		case "header":
			return m.header.Get(arg), true
		}
		return "", false
	})
	if err != nil {
		return nil, err
	}
	var out []byte
	for {
		before, after, found := cut(text, mark)
		b, err := codec.EncodeText(before, s.charset, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		if !found {
			return out, nil
		}
		out, text = append(out, m.body...), after
	}
}

func cut(s, sep string) (before, after string, found bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

// signField is the name of the query or form field that gets {sign}.
func (s *Spec) signField() string {
	for _, list := range [][]put{s.query, s.form} {
		for _, p := range list {
			if p.signs() {
				return p.name
			}
		}
	}
	return ""
}

// stamp writes a time as the settings' ts says.
func (s *Spec) stamp(t time.Time) string {
	switch s.ts {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unixms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	text, _ := template.FormatTime(t, s.ts) // the pattern was checked
	return text
}

// read reads what stamp wrote.
func (s *Spec) read(text string) (time.Time, error) {
	switch s.ts {
	case "unix", "unixms":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return time.Time{}, errClock
		}
		if s.ts == "unix" {
			return time.Unix(n, 0), nil
		}
		return time.UnixMilli(n), nil
	}
	return template.ParseTime(text, s.ts)
}
