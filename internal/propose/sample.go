package propose

import (
	"duijie/internal/codec"
)

// readSample derives the form of one document.
func readSample(in Input) (*field, error) {
	v, err := codec.Decode(in.Data, codec.Options{Format: in.Format, Charset: in.Charset})
	if err != nil {
		return nil, err
	}
	f := &field{}
	f.learn(&v, in.Format != "json")
	if f.typ != "object" {
		return nil, ErrNothing
	}
	return f, nil
}

// learn adds what a value shows to a form. In text codecs every leaf is a string.
func (f *field) learn(v *codec.Value, text bool) {
	switch v.Kind {
	case codec.Object:
		f.typ = "object"
		for i := range v.Members {
			f.add(v.Members[i].Name).learn(&v.Members[i].Value, text)
		}
	case codec.Array:
		f.typ = "array"
		if f.items == nil {
			f.items = &field{}
		}
		for i := range v.Items {
			f.items.learn(&v.Items[i], text)
		}
	case codec.String:
		f.scalar("string", v.Text)
	case codec.Number:
		typ := "integer"
		for _, r := range v.Text {
			if r == '.' || r == 'e' || r == 'E' {
				typ = "number"
			}
		}
		f.scalar(typ, v.Text)
	case codec.Bool:
		f.scalar("boolean", "")
	}
}

func (f *field) scalar(typ, text string) {
	switch {
	case f.typ == "", f.typ == "integer" && typ == "number":
		f.typ = typ
	case f.typ == "number" && typ == "integer":
	case f.typ != typ:
		return // the first word stands; lint shows the rest
	}
	if text != "" {
		f.values = append(f.values, text)
	}
}
