package event

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// china is the offset that the gateway writes; the country has one, without summer time.
var china = time.FixedZone("+08:00", 8*60*60)

// Build writes a structured event, always in the same order, so that equal events
// are equal bytes. TimeText goes before Time; Raw is not read. The data are
// copied as they are; an event without an attribute that Parse requires is an error.
func Build(e *Event) ([]byte, error) {
	at := e.TimeText
	if at == "" && !e.Time.IsZero() {
		at = e.Time.In(china).Format("2006-01-02T15:04:05.999999999Z07:00")
	}
	out := append(make([]byte, 0, len(e.Data)+1024), `{"specversion":"1.0"`...)
	for _, m := range [...][2]string{
		{"id", e.ID}, {"source", e.Source}, {"type", e.Type}, {"subject", e.Subject}, {"time", at}, {"unit", e.Unit}, {"dataschema", e.DataSchema},
	} {
		if m[1] != "" {
			out = append(out, `,"`+m[0]+`":`...)
			out = appendText(out, m[1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Extensions)) {
		out = append(out, ',')
		out = appendText(out, name)
		out = append(out, ':')
		out = append(out, e.Extensions[name]...)
	}
	out = append(out, `,"datacontenttype":"application/json","data":`...)
	out = append(append(out, e.Data...), '}')
	if _, p := Parse(out); p != nil {
		if len(p.Items) > 0 {
			return nil, errors.New("build event: " + p.Items[0].Pointer + ": " + p.Items[0].Code)
		}
		return nil, errors.New("build event: " + p.Error())
	}
	return out, nil
}
