// Package event is the envelope that every message travels in: CloudEvents 1.0
// in structured JSON, single or as a batch.
//
// It promises that what Parse takes is strict JSON with every attribute that the
// road needs, that everything wrong with an envelope is found at once, that two
// writings of the same content have the same Digest and other content another,
// and that hostile bytes cost linear time. Errors carry no value of the message.
// It judges no type, no unit and no data: those checks come later on the road.
package event

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"duijie/schemas"
)

// Event is one parsed message. Its slices share memory with Raw and must not be changed.
type Event struct {
	ID, Source, Type, Subject, Unit string
	// DataSchema is as given, empty where absent; Schema resolves that.
	DataSchema string
	Time       time.Time
	TimeText   string // as given, with the sender's offset
	// Data is the JSON of data, as given.
	Data []byte
	// Extensions are all other attributes, their values as JSON.
	Extensions map[string]json.RawMessage
	Raw        []byte

	digest *[32]byte // where Parse came by it
}

// Schema is the event's dataschema; v1 of its type where it names none.
func (e *Event) Schema() string {
	if e.DataSchema == "" {
		return schemas.Base + e.Type
	}
	return e.DataSchema
}

// Digest is what makes content the same: SM3 over the canonical form of type,
// subject, unit, dataschema and data. An absent dataschema counts as v1, which it
// means. Time, other attributes and the layout of bytes do not count.
func Digest(e *Event) ([32]byte, error) {
	if e.digest != nil {
		return *e.digest, nil
	}
	form, err := appendCanonical(append(make([]byte, 0, len(e.Data)+512), formBegins...), e.Data)
	if err != nil {
		return [32]byte{}, err
	}
	return digestOf(e, form), nil
}

// formBegins is what stands before the data in the form that is digested.
const formBegins = `{"data":`

// digestOf completes the form, which has all up to the data.
func digestOf(e *Event, form []byte) [32]byte {
	for _, m := range [...][2]string{{"dataschema", e.Schema()}, {"subject", e.Subject}, {"type", e.Type}, {"unit", e.Unit}} {
		form = append(append(append(form, `,"`...), m[0]...), `":`...)
		form = appendText(form, m[1])
	}
	return sm3.Sum(append(form, '}'))
}

// Key is a delivery's key: the first 32 hex digits of SM3(unit LF source LF id).
// It is computed, not minted, so that a rebuilt gateway repeats itself under the same keys.
func Key(unit, source, id string) string {
	sum := sm3.Sum([]byte(unit + "\n" + source + "\n" + id))
	return hex.EncodeToString(sum[:16])
}
