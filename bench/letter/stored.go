package letter

import (
	"crypto/sha256"
	"fmt"
	"time"

	"duijie/internal/event"
	"duijie/internal/queue"
)

// Source is the sender of all letters.
const Source = "urn:bench"

// The types of what is put into a store directly.
const (
	First = "case.delegated"           // opens a case
	Next  = "case.materials.requested" // one that follows
	Last  = "case.withdrawn"           // ends it
)

// Subject is the case of a number.
func Subject(n uint64) string { return fmt.Sprintf("B%0*d", len(place), n) }

// Stored is a message as the gateway's intake would put it: with its key, its
// digest and what it means for its case. Body is what its sender gave.
func Stored(unit, subject, kind string, n uint64, at time.Time, body []byte) queue.NewMessage {
	id := fmt.Sprintf("b-%d", n)
	return queue.NewMessage{
		Message: queue.Message{
			Receipt: fmt.Sprintf("01980000-0000-7000-8000-%012x", n), Key: event.Key(unit, Source, id), Direction: queue.ToLocal, Unit: unit,
			Source: Source, ID: id, Type: kind, Subject: subject, Time: at, AcceptedAt: at, Digest: sha256.Sum256([]byte(id)),
			Lane: "n:" + subject, Payload: body,
		},
		Event: &queue.CaseEvent{Type: kind, Direction: queue.ToLocal, Time: at, Now: at, Delegation: "pre"},
	}
}

// Short is a body of a few hundred bytes that the measured pack translates.
func Short(unit, subject, kind string, n uint64, at time.Time) []byte {
	stamp := at.Format("2006-01-02T15:04:05Z07:00")
	data := fmt.Sprintf(`"caseNo":"%s","withdrawnAt":"%s","by":"applicant"`, subject, stamp)
	switch kind {
	case First:
		data = fmt.Sprintf(`"caseNo":"%s","delegation":"pre","facts":"虚构：拖欠工资"`, subject)
	case Next:
		data = fmt.Sprintf(`"caseNo":"%s","requestNo":"R%d","at":"%s","items":[{"type":"other","text":"虚构：补充材料"}]`, subject, n, stamp)
	}
	return fmt.Appendf(nil, `{"specversion":"1.0","id":"b-%d","source":"%s","type":"%s","subject":"%s","time":"%s","unit":"%s","data":{%s}}`,
		n, Source, kind, subject, stamp, unit, data)
}
