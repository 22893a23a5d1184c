package propose

import (
	"bytes"
	"encoding/json"
	"strings"
)

// field is one place of a document's form.
type field struct {
	name     string
	typ      string // object array string integer number boolean, "" unknown
	children []*field
	items    *field // of an array
	required bool
	maxLen   int
	enum     []string
	format   string
	ref      string   // the shared type that it was declared by, as money
	label    string   // what people call it
	values   []string // of a sample; for shapes only, never written
}

func (f *field) child(name string) *field {
	for _, c := range f.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// add gives the child of that name, new where there is none.
func (f *field) add(name string) *field {
	if c := f.child(name); c != nil {
		return c
	}
	c := &field{name: name}
	f.children = append(f.children, c)
	return c
}

func (f *field) leaf() bool {
	return len(f.children) == 0 && f.items == nil && f.typ != "object" && f.typ != "array"
}

// writeSchema is the JSON Schema of a form, in its order.
func writeSchema(f *field) []byte {
	var b bytes.Buffer
	b.WriteString(`{"$schema":"https://json-schema.org/draft/2020-12/schema",`)
	writeForm(&b, f)
	b.WriteByte('}')
	var out bytes.Buffer
	if json.Indent(&out, b.Bytes(), "", "  ") != nil {
		return b.Bytes()
	}
	return append(out.Bytes(), '\n')
}

// writeForm writes an object's members without its braces.
func writeForm(b *bytes.Buffer, f *field) {
	sep := ""
	member := func(name string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			return // strings and numbers of ours
		}
		b.WriteString(sep + quote(name) + ":")
		b.Write(raw)
		sep = ","
	}
	if f.typ != "" {
		member("type", f.typ)
	}
	if f.label != "" {
		member("description", f.label)
	}
	if f.maxLen > 0 {
		member("maxLength", f.maxLen)
	}
	if len(f.enum) > 0 {
		member("enum", f.enum)
	}
	if f.items != nil {
		b.WriteString(sep + `"items":{`)
		writeForm(b, f.items)
		b.WriteByte('}')
		sep = ","
	}
	if f.typ != "object" {
		return
	}
	b.WriteString(sep + `"properties":{`)
	var required []string
	for i, c := range f.children {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(c.name) + ":{")
		writeForm(b, c)
		b.WriteByte('}')
		if c.required {
			required = append(required, c.name)
		}
	}
	b.WriteByte('}')
	sep = ","
	if required != nil {
		member("required", required)
	}
	member("additionalProperties", false)
}

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(raw)
}

// path joins a name to the path before it; names with marks of the path language are quoted.
func path(before, name string) string {
	if strings.ContainsAny(name, `.[]{}"`) {
		name = `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
	}
	if before == "" {
		return name
	}
	return before + "." + name
}
