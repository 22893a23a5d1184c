package template

import (
	"strconv"

	"duijie/adapter"
	"duijie/internal/codec"
)

// OfMessage gives the values of a message on its way out. body is the target
// document, read once and only where a placeholder asks for it.
func OfMessage(m adapter.Message, body func() *codec.Value) Values {
	return func(name, arg string) (string, bool) {
		plain := func(s string) (string, bool) { return s, s != "" }
		switch name {
		case "key":
			return plain(m.Key)
		case "subject":
			return plain(m.Subject)
		case "receipt":
			return plain(m.Receipt)
		case "type":
			return plain(m.Type)
		case "unit":
			return plain(m.Unit)
		case "localRef":
			return plain(m.LocalRef)
		case "now":
			s, err := FormatTime(m.AcceptedAt, arg)
			return s, err == nil
		case "body":
			return Lookup(body(), arg)
		}
		return "", false
	}
}

// Lookup gives the text of a scalar under a path such as a.b[0]."c.d"; ok is
// false where there is none or it is empty.
func Lookup(v *codec.Value, path string) (string, bool) {
	at := Find(v, path)
	if at == nil {
		return "", false
	}
	switch at.Kind {
	case codec.String, codec.Number:
		return at.Text, at.Text != ""
	case codec.Bool:
		return strconv.FormatBool(at.True), true
	}
	return "", false
}
