package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"duijie/internal/queue"
)

// getMessage is GET /v1/messages/{receipt}.
func (s *Server) getMessage(c echo.Context) error {
	caller, err := s.reader(c)
	if err != nil {
		return err
	}
	d, err := s.gw.Delivery(pathParam(c, "receipt"))
	if err != nil {
		return fmt.Errorf("read delivery: %w", err)
	}
	if !caller.Sees(d.Unit) {
		return notFound()
	}
	return answerJSON(c, viewDelivery(d, s.langOf(c)))
}

// findMessage is GET /v1/messages?source=&id=.
func (s *Server) findMessage(c echo.Context) error {
	caller, err := s.reader(c)
	if err != nil {
		return err
	}
	q := newQuery(c, "source", "id")
	source, id := q.required("source"), q.required("id")
	if err := q.err(); err != nil {
		return err
	}
	d, err := s.gw.DeliveryByID(source, id)
	if err != nil {
		return fmt.Errorf("read delivery by id: %w", err)
	}
	if !caller.Sees(d.Unit) {
		return notFound()
	}
	return answerJSON(c, viewDelivery(d, s.langOf(c)))
}

// getCase is GET /v1/cases/{unit}/{subject}.
func (s *Server) getCase(c echo.Context) error {
	caller, err := s.reader(c)
	if err != nil {
		return err
	}
	unit, subject := pathParam(c, "unit"), pathParam(c, "subject")
	if !caller.Sees(unit) {
		return notFound()
	}
	found, err := s.gw.Case(unit, subject)
	if err != nil {
		return fmt.Errorf("read case: %w", err)
	}
	v := caseAnswer{Unit: unit, Subject: subject, State: orNull(found.State), Deadlines: []deadline{},
		IDs:      caseIDs{orNull(found.National), orNull(found.Local), orNull(found.Court)},
		Timeline: make([]moment, 0, len(found.Timeline))}
	if found.National != "" {
		v.Subject = found.National
	}
	for _, d := range found.Timeline {
		v.Timeline = append(v.Timeline, moment{d.Receipt, string(d.Direction), orNull(d.Type), stamp(d.Time), stamp(d.AcceptedAt), string(d.State), list(d.Marks)})
	}
	for _, d := range found.Deadlines {
		v.Deadlines = append(v.Deadlines, deadline{d.Name, stamp(d.StartedAt), stamp(d.DueAt), d.State})
	}
	return answerJSON(c, v)
}

// Pages of reconcile: lines of about 400 bytes.
const (
	reconcileLimit = 1000
	reconcileMost  = 10_000
)

// getReconcile is GET /v1/reconcile: NDJSON, and a last line with the cursor where there is more.
func (s *Server) getReconcile(c echo.Context) error {
	caller, err := s.reader(c)
	if err != nil {
		return err
	}
	q := newQuery(c, "unit", "since", "until", "after", "limit")
	unit, since, until := q.text("unit"), q.time("since"), q.time("until")
	after, limit := q.cursor("after"), q.limit("limit", reconcileLimit, reconcileMost)
	if err := q.err(); err != nil {
		return err
	}
	if unit != "" && !caller.Sees(unit) {
		return notFound()
	}
	// One page is small: it is gathered before the first byte, so that an error is
	// still a problem document and never a list that looks whole.
	var lines bytes.Buffer
	next, err := s.gw.Reconcile(caller, unit, since, until, after, limit, func(d queue.Delivery) error {
		return encodeLine(&lines, viewReconcile(d))
	})
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	if next != 0 {
		if err := encodeLine(&lines, map[string]string{"next": strconv.FormatUint(next, 10)}); err != nil {
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/x-ndjson", lines.Bytes())
}
