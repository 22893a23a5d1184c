package schemas

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// KeyValue gives the field of the data that must equal the message's subject.
// False where the type is unknown or has none, or where the data lack it or hold
// no string there.
func KeyValue(typ string, data []byte) (string, bool) {
	f, ok := byType[typ]
	if !ok || f.Key == "" {
		return "", false
	}
	if s, ok := stringAt(data, f.Key); ok || f.Else == "" {
		return s, ok
	}
	return stringAt(data, f.Else)
}

// UnitValue gives the data's own unit, which must equal the envelope's where it is there.
func UnitValue(data []byte) (string, bool) { return stringAt(data, "unit") }

// TimeValue gives the event's own time as the data tell it; false where the
// type has none or the data lack it.
func TimeValue(typ string, data []byte) (string, bool) {
	f, ok := byType[typ]
	if !ok || f.EventTime == "" {
		return "", false
	}
	return stringAt(data, f.EventTime)
}

// stringAt reads one string by its path of plain names, without building a tree.
func stringAt(data []byte, field string) (string, bool) {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for name := range strings.SplitSeq(field, ".") {
		if !enter(d, name) {
			return "", false
		}
	}
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return "", false
	}
	return t.String(), true
}

// enter reads up to the value of a member of the object that comes next.
func enter(d *jsontext.Decoder, name string) bool {
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return false
	}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return false
		}
		if t.String() == name {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}
