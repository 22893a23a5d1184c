package event

import (
	"bytes"
	"encoding/json"
	"mime"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"duijie/internal/problem"
	"duijie/schemas"
)

// maxName is the length of an attribute in bytes.
const maxName = 256

// Parse reads a structured event: strictly (malformed), then its envelope
// (envelope, every attribute that is missing or wrong at once). With an envelope
// problem the event has what could be read, so that an answer can name it; with a
// malformed one it is nil.
func Parse(raw []byte) (*Event, *problem.Problem) {
	attributes, form, ok := plainly(append(make([]byte, 0, len(raw)+512), formBegins...), raw)
	if !ok {
		if p := strict(raw); p != nil {
			return nil, p
		}
		return envelope(raw, attributesOf(raw), nil)
	}
	return envelope(raw, attributes, form)
}

// Stored reads an event that Parse took before: it does not look again whether it is strict.
func Stored(raw []byte) (*Event, *problem.Problem) { return envelope(raw, attributesOf(raw), nil) }

// envelope makes an event of its attributes; form, where it is given, begins its canonical form.
func envelope(raw []byte, attributes []attribute, form []byte) (*Event, *problem.Problem) {
	r := reader{event: &Event{Raw: raw}, attributes: attributes}
	r.read()
	if len(r.items) > 0 {
		return r.event, &problem.Problem{Code: "envelope", Items: r.items}
	}
	if form != nil {
		sum := digestOf(r.event, form)
		r.event.digest = &sum
	}
	return r.event, nil
}

// attribute is a member of the event, as written but for escapes in its name.
type attribute struct{ name, value []byte }

// reader takes attributes; what is left are extensions.
type reader struct {
	event      *Event
	attributes []attribute
	items      []problem.Item
}

func (r *reader) read() {
	e := r.event
	if v := r.text("specversion", true); v != "" && v != "1.0" {
		r.fail("specversion", "const", "is 1.0")
	}
	e.ID = r.text("id", true)
	e.Source = r.text("source", true)
	e.Type = r.text("type", true)
	e.Subject = r.text("subject", true)
	e.Unit = r.text("unit", true)
	e.TimeText = r.text("time", true)
	if e.TimeText != "" {
		var ok bool
		if e.Time, ok = schemas.ParseTime(e.TimeText); !ok {
			e.TimeText = ""
			r.fail("time", "format", "an RFC 3339 time with an offset, T and Z in upper case")
		}
	}
	e.DataSchema = r.text("dataschema", false)
	if e.DataSchema != "" && e.Type != "" && e.DataSchema != schemas.Base+e.Type {
		r.fail("dataschema", "const", "is "+schemas.Base+"TYPE")
	}
	if t := r.text("datacontenttype", false); t != "" && !isJSON(t) {
		r.fail("datacontenttype", "pattern", "data are JSON")
	}
	if _, there := r.take("data_base64"); there {
		r.fail("data_base64", "additionalProperties", "data are JSON")
	} else if e.Data = r.remove("data"); e.Data == nil {
		r.fail("data", "required", "is required")
	}
	for _, a := range r.attributes {
		if a.value != nil && string(a.name) != "data" {
			if e.Extensions == nil {
				e.Extensions = map[string]json.RawMessage{}
			}
			e.Extensions[string(a.name)] = a.value
		}
	}
	slices.SortFunc(r.items, func(a, b problem.Item) int { return strings.Compare(a.Pointer, b.Pointer) })
}

// remove takes an attribute; nil: it is absent.
func (r *reader) remove(name string) []byte {
	for i, a := range r.attributes {
		if string(a.name) == name && a.value != nil {
			r.attributes[i].value = nil
			return a.value
		}
	}
	return nil
}

// take removes an attribute; null is the same as absent, as CloudEvents says.
func (r *reader) take(name string) ([]byte, bool) {
	v := r.remove(name)
	return v, v != nil && string(v) != "null"
}

// text takes an attribute that is a string; "" where it is absent or wrong.
func (r *reader) text(name string, required bool) string {
	v, there := r.take(name)
	switch {
	case !there && required:
		r.fail(name, "required", "is required")
		return ""
	case !there:
		return ""
	case v[0] != '"':
		r.fail(name, "type", "is a string")
		return ""
	}
	s, err := unquote(v)
	switch {
	case err != nil:
		r.fail(name, "type", "is a string")
	case s == "":
		r.fail(name, "minLength", "is empty")
	case len(s) > maxName:
		r.fail(name, "maxLength", "is longer than 256 bytes")
	case strings.ContainsFunc(s, unicode.IsControl):
		r.fail(name, "pattern", "has control characters")
	default:
		return s
	}
	return ""
}

func (r *reader) fail(name, code, detail string) {
	r.items = append(r.items, problem.Item{Pointer: "/" + name, Code: code, Detail: detail})
}

// attributesOf gives the members of an object that is strict JSON; none for another value.
func attributesOf(raw []byte) (out []attribute) {
	r := schemas.Read(raw)
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	for r.Enter(); r.Next(); {
		out = append(out, attribute{r.Name, r.Value()})
	}
	return out
}

// unquote gives a string of valid JSON.
func unquote(v []byte) (string, error) {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), nil
	}
	s, err := jsontext.AppendUnquote(nil, v)
	return string(s), err
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	_, sub, ok := strings.Cut(t, "/")
	return err == nil && ok && (sub == "json" || strings.HasSuffix(sub, "+json"))
}
