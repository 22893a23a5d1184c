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
	if p := Scan(raw); p != nil {
		return nil, p
	}
	r := reader{event: &Event{Raw: raw}, members: members(raw)}
	r.read()
	if len(r.items) > 0 {
		return r.event, &problem.Problem{Code: "envelope", Items: r.items}
	}
	return r.event, nil
}

// reader takes attributes out of members; what is left are extensions.
type reader struct {
	event   *Event
	members map[string]json.RawMessage
	items   []problem.Item
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
	} else if data, there := r.members["data"]; there {
		e.Data = data
	} else {
		r.fail("data", "required", "is required")
	}
	delete(r.members, "data")
	e.Extensions = r.members
	slices.SortFunc(r.items, func(a, b problem.Item) int { return strings.Compare(a.Pointer, b.Pointer) })
}

// take removes a member; null is the same as absent, as CloudEvents says of attributes.
func (r *reader) take(name string) (json.RawMessage, bool) {
	v, there := r.members[name]
	delete(r.members, name)
	return v, there && string(v) != "null"
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

// members gives the members of an object that Scan accepted, as written; none for another value.
func members(raw []byte) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	r := schemas.Read(raw)
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 || raw[0] != '{' {
		return out
	}
	for r.Enter(); r.Next(); {
		out[string(r.Name)] = r.Value()
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
