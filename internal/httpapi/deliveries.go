package httpapi

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"duijie/internal/i18n"
	"duijie/internal/mask"
	"duijie/internal/queue"
)

const (
	pageLimit = 50
	pageMost  = 500
)

// listDeliveries is GET /admin/v1/deliveries: newest first, by cursor.
func (s *Server) listDeliveries(c echo.Context) error {
	q := newQuery(c, "unit", "state", "type", "subject", "direction", "reason", "mark", "q", "since", "until", "after", "limit")
	f := queue.Filter{
		State: queue.State(q.one("state", i18n.States()...)), Type: q.text("type"), Subject: q.text("subject"),
		Direction: queue.Direction(q.one("direction", string(queue.ToLocal), string(queue.ToNational))),
		Reason:    q.text("reason"), Mark: q.text("mark"), Query: q.text("q"),
		Since: q.time("since"), Until: q.time("until"), Before: q.cursor("after"), Limit: q.limit("limit", pageLimit, pageMost),
	}
	if unit := q.text("unit"); unit != "" {
		f.Units = []string{unit}
	}
	if err := q.err(); err != nil {
		return err
	}
	found, next, err := s.gw.Deliveries(f)
	if err != nil {
		return fmt.Errorf("list deliveries: %w", err)
	}
	page := struct {
		Deliveries []delivery `json:"deliveries"`
		Next       *string    `json:"next"`
	}{Deliveries: make([]delivery, 0, len(found))}
	for _, d := range found {
		page.Deliveries = append(page.Deliveries, viewDelivery(d, s.langOf(c)))
	}
	if next != 0 {
		cursor := strconv.FormatUint(next, 10)
		page.Next = &cursor
	}
	return answerJSON(c, page)
}

// adminDelivery is one for operators: what senders see and more, masked.
type adminDelivery struct {
	delivery
	Attempts       []adminAttempt `json:"attempts"`
	Tried          int            `json:"tried"` // all attempts, also those not shown
	Outcomes       map[string]int `json:"outcomes"`
	PackVersion    *string        `json:"packVersion"`
	DocumentDigest *string        `json:"documentDigest"`
	Skipped        bool           `json:"skipped"`
	Purged         bool           `json:"purged"`
	// Payload is there with ?view=payload; null once purged.
	Payload *json.RawMessage `json:"payload,omitempty"`
}

type adminAttempt struct {
	attempt
	Detail         *string `json:"detail"`
	PackVersion    *string `json:"packVersion"`
	DocumentDigest *string `json:"documentDigest"`
	Probe          bool    `json:"probe"`
}

// getDelivery is GET /admin/v1/deliveries/{receipt}.
func (s *Server) getDelivery(c echo.Context) error {
	q := newQuery(c, "view")
	view := q.one("view", "payload")
	if err := q.err(); err != nil {
		return err
	}
	d, err := s.gw.Delivery(pathParam(c, "receipt"))
	if err != nil {
		return fmt.Errorf("read delivery: %w", err)
	}
	payload, masked, err := s.payloads(d)
	if err != nil {
		return err
	}
	v := adminDelivery{delivery: viewDelivery(d, s.langOf(c)), Tried: d.Tried, Outcomes: d.Counts, PackVersion: orNull(d.PackVersion),
		DocumentDigest: orNull(d.DocDigest), Skipped: d.Skipped, Purged: d.Purged, Attempts: make([]adminAttempt, 0, len(d.Attempts))}
	if v.Outcomes == nil {
		v.Outcomes = map[string]int{}
	}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, adminAttempt{viewAttempt(a), orNull(mask.Text(a.Detail, payload, masked)), orNull(a.PackVersion), orNull(a.DocDigest), a.Probe})
	}
	if view == "payload" {
		raw := jsonOrText(masked)
		v.Payload = &raw
	}
	return answerJSON(c, v)
}

// payloads gives the payload as it came and masked; both empty once purged.
func (s *Server) payloads(d queue.Delivery) (payload, masked []byte, err error) {
	payload, err = s.gw.Payload(d.Receipt)
	if err != nil {
		if classify(err).Code == "not-found" {
			return nil, nil, nil
		}
		return nil, nil, fmt.Errorf("read payload: %w", err)
	}
	if masked, err = s.gw.Masked(d); err != nil {
		return nil, nil, fmt.Errorf("mask payload: %w", err)
	}
	return payload, masked, nil
}

// jsonOrText is a payload as a JSON value: itself where it is JSON, a string where
// it is text, {"base64"} where it is neither, null where it is gone.
func jsonOrText(raw []byte) json.RawMessage {
	var v any
	switch {
	case len(raw) == 0:
		return json.RawMessage("null")
	case json.Valid(raw):
		return raw
	case utf8.Valid(raw):
		v = string(raw)
	default:
		v = map[string][]byte{"base64": raw}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null") // a string or bytes always encode
	}
	return out
}
