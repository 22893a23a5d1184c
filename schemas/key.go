package schemas

import "strings"

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
	r := Read(data)
	for name := range strings.SplitSeq(field, ".") {
		if !r.find(name) {
			return "", false
		}
	}
	return r.Text()
}

// find enters the object that is next and goes to a member of it.
func (r *Reader) find(name string) bool {
	if !r.Enter() {
		return false
	}
	for r.Next() {
		if string(r.Name) == name {
			return true
		}
	}
	return false
}
