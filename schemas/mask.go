package schemas

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// masked stands in the place of what may not be shown.
const masked = `"***"`

// Masker masks documents for people who may see a message but not whom it is about.
// It is immutable and safe for concurrent use.
type Masker struct{ shapes map[string]*shape }

// NewMasker reads the annotations of the profile.
func NewMasker() (*Masker, error) {
	s, err := shapes()
	return &Masker{s}, err
}

// Masker gives a masker that shares the validator's annotations.
func (v *Validator) Masker() *Masker { return &Masker{v.shapes} }

// Mask gives a copy of a message's data in which sensitive values are masked: a
// name keeps its first character, an identity or phone number its last four,
// anything else nothing. Fields that the schema does not know, ext and what
// cannot be read are masked whole. The copy has the document's order and no
// white space.
func (m *Masker) Mask(typ string, data []byte) []byte {
	s := m.shapes[typ]
	if s == nil || !json.Valid(data) {
		return []byte(masked)
	}
	return mask(nil, s, "", data)
}

// Event gives a copy of a whole event, with its data masked as by Mask and every
// extension attribute but unit masked whole.
func (m *Masker) Event(typ string, raw []byte) []byte {
	if !json.Valid(raw) {
		return []byte(masked)
	}
	envelope := &shape{Type: "object", Properties: map[string]*shape{}}
	for _, name := range []string{"specversion", "id", "source", "type", "subject", "time", "unit", "dataschema", "datacontenttype"} {
		envelope.Properties[name] = &shape{Type: "string"}
	}
	if s := m.shapes[typ]; s != nil {
		envelope.Properties["data"] = s
	}
	return mask(nil, envelope, "", raw)
}

// mask appends the masked form of one valid JSON value. A shape of nil is an unknown field.
func mask(dst []byte, s *shape, name string, raw []byte) []byte {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return maskNext(dst, s, name, d)
}

func maskNext(dst []byte, s *shape, name string, d *jsontext.Decoder) []byte {
	kind := d.PeekKind()
	if s == nil || s.Sensitive || kind == '{' && s.Properties == nil || kind == '[' && s.Items == nil {
		v, err := d.ReadValue()
		if err != nil {
			return append(dst, masked...)
		}
		return append(dst, scalar(s, name, v)...)
	}
	if kind != '{' && kind != '[' {
		v, err := d.ReadValue()
		if err != nil || !s.fits(kind) {
			return append(dst, masked...) // another type than the schema's: nobody knows what it says
		}
		return append(dst, v...)
	}
	open, _ := d.ReadToken()
	dst = append(dst, byte(open.Kind()))
	for n := 0; ; n++ {
		next := d.PeekKind()
		if next == '}' || next == ']' || next == 0 {
			_, _ = d.ReadToken()
			return append(dst, byte(kind+2)) // ']' and '}' stand two after their opening
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		if kind == '[' {
			dst = maskNext(dst, s.Items, name, d)
			continue
		}
		dst = maskMember(dst, s, d)
	}
}

// fits says that a scalar is of the schema's type, or null, which says nothing.
func (s *shape) fits(kind jsontext.Kind) bool {
	switch kind {
	case 'n':
		return true
	case '"':
		return s.Type == "string"
	case '0':
		return s.Type == "integer"
	}
	return s.Type == "boolean"
}

func maskMember(dst []byte, s *shape, d *jsontext.Decoder) []byte {
	t, err := d.ReadToken()
	if err != nil {
		return append(dst, masked+":"+masked...)
	}
	name := t.String()
	child := s.Properties[name]
	if child == nil && !showable(name) {
		name = "***" // a name may be data itself
	}
	quoted, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		quoted = []byte(masked)
	}
	dst = append(append(dst, quoted...), ':')
	return maskNext(dst, child, name, d)
}

// scalar masks one sensitive value; nothing said stays nothing said.
func scalar(s *shape, name string, v jsontext.Value) []byte {
	raw := string(v)
	if raw == "null" || raw == `""` {
		return []byte(raw)
	}
	var text string
	if s == nil || v.Kind() != '"' || json.Unmarshal(v, &text) != nil {
		return []byte(masked)
	}
	switch name {
	case "name", "legalRep", "judge", "head":
		_, size := utf8.DecodeRuneInString(text)
		text = text[:size] + "*"
	case "idNumber", "phone":
		if len(text) < 11 || !showable(text) {
			return []byte(masked)
		}
		text = "***" + text[len(text)-4:]
	default:
		return []byte(masked)
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return []byte(masked)
	}
	return quoted
}
