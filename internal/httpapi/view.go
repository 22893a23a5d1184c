package httpapi

import (
	"encoding/hex"
	"time"

	"duijie/internal/i18n"
	"duijie/internal/queue"
)

// beijing is the zone of every time we write.
var beijing = time.FixedZone("CST", 8*60*60)

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// stamp writes a time as RFC 3339 +08:00 with milliseconds; null for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.In(beijing).Format(timeFormat)
	return &text
}

func stampAt(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return stamp(*t)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list is never null in an answer.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// delivery is a message and its fate, as its sender sees it.
type delivery struct {
	Receipt    string          `json:"receipt"`
	Key        string          `json:"key"`
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	State      string          `json:"state"`
	Direction  string          `json:"direction"`
	Unit       string          `json:"unit"`
	Type       *string         `json:"type"`
	Subject    *string         `json:"subject"`
	AcceptedAt *string         `json:"acceptedAt"`
	DueAt      *string         `json:"dueAt"`
	LocalRef   *string         `json:"localRef"`
	AckAt      *string         `json:"ackAt"`
	Attempts   []attempt       `json:"attempts"`
	Marks      []string        `json:"marks"`
	Warnings   []queue.Warning `json:"warnings"`
	Reason     *queue.Reason   `json:"reason"`
	BlockedBy  *string         `json:"blockedBy"`
	Missing    []string        `json:"missing"`
}

type attempt struct {
	N       int     `json:"n"`
	At      *string `json:"at"`
	MS      *int64  `json:"ms"`
	Outcome *string `json:"outcome"` // null while under way
	Status  *int    `json:"status"`
	Code    *string `json:"code"`
}

// viewDelivery is what senders may know; nothing of a peer's text. The language is
// for a reason whose detail the road left to its code.
func viewDelivery(d queue.Delivery, l i18n.Lang) delivery {
	v := delivery{
		Receipt: d.Receipt, Key: d.Key, ID: d.ID, Source: d.Source, State: string(d.State),
		Direction: string(d.Direction), Unit: d.Unit, Type: orNull(d.Type), Subject: orNull(d.Subject),
		AcceptedAt: stamp(d.AcceptedAt), LocalRef: orNull(d.LocalRef), AckAt: stamp(d.AckAt),
		Attempts: make([]attempt, 0, len(d.Attempts)), Marks: list(d.Marks), Warnings: list(d.Warnings),
		BlockedBy: orNull(d.BlockedBy), Missing: list(d.Missing),
	}
	if d.State == queue.Queued {
		v.DueAt = stamp(d.DueAt)
	}
	if d.Reason != nil && (d.State == queue.Held || d.State == queue.Cancelled) {
		reason := *d.Reason
		reason.Detail = i18n.Detail(l, reason.Detail)
		if reason.Detail == "" {
			reason.Detail, _ = i18n.Reason(l, reason.Code)
		}
		v.Reason = &reason
	}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, viewAttempt(a))
	}
	return v
}

func viewAttempt(a queue.Attempt) attempt {
	v := attempt{N: a.N, At: stamp(a.At), Outcome: orNull(a.Outcome), Code: orNull(a.Code)}
	if a.Outcome != "" {
		ms := a.Took.Milliseconds()
		v.MS = &ms
	}
	if a.Status != 0 {
		v.Status = &a.Status
	}
	return v
}

// caseAnswer is GET /v1/cases/{unit}/{subject}.
type caseAnswer struct {
	Unit      string     `json:"unit"`
	Subject   string     `json:"subject"`
	State     *string    `json:"state"`
	IDs       caseIDs    `json:"ids"`
	Timeline  []moment   `json:"timeline"`
	Deadlines []deadline `json:"deadlines"`
}

type caseIDs struct {
	National *string `json:"national"`
	Local    *string `json:"local"`
	Court    *string `json:"court"`
}

type moment struct {
	Receipt    string   `json:"receipt"`
	Direction  string   `json:"direction"`
	Type       *string  `json:"type"`
	Time       *string  `json:"time"`
	AcceptedAt *string  `json:"acceptedAt"`
	State      string   `json:"state"`
	Marks      []string `json:"marks"`
}

type deadline struct {
	Name      string  `json:"name"`
	StartedAt *string `json:"startedAt"`
	DueAt     *string `json:"dueAt"`
	State     string  `json:"state"`
}

// reconcileLine is one accepted message for a sender that compares.
type reconcileLine struct {
	Receipt    string  `json:"receipt"`
	Key        string  `json:"key"`
	ID         string  `json:"id"`
	Source     string  `json:"source"`
	Type       string  `json:"type"`
	Subject    *string `json:"subject"`
	Digest     string  `json:"digest"`
	State      string  `json:"state"`
	AcceptedAt *string `json:"acceptedAt"`
	AckAt      *string `json:"ackAt"`
	LocalRef   *string `json:"localRef"`
}

func viewReconcile(d queue.Delivery) reconcileLine {
	return reconcileLine{Receipt: d.Receipt, Key: d.Key, ID: d.ID, Source: d.Source, Type: d.Type, Subject: orNull(d.Subject),
		Digest: hex.EncodeToString(d.Digest[:]), State: string(d.State), AcceptedAt: stamp(d.AcceptedAt), AckAt: stamp(d.AckAt), LocalRef: orNull(d.LocalRef)}
}
