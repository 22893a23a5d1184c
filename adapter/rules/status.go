package rules

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"duijie/adapter"
)

// unreadableInARow is how many unreadable answers running are the unit's trouble.
const unreadableInARow = 3

// Judge is one sink's judgement of answers. It counts the unreadable ones that
// come running, which is why a sink has one for all its routes.
type Judge struct {
	unreadable atomic.Int32
	Now        func() time.Time // for Retry-After dates
}

// Answer judges by the rules, then by the status. A nil error means that the
// receiver has the message, or took it and acknowledges later.
func (j *Judge) Answer(r *Rules, a Answer, key string) (adapter.Ack, error) {
	success := a.Status/100 == 2
	if success && a.Readable {
		j.unreadable.Store(0)
	}
	ack, matched, err := r.Judge(a, key)
	if matched {
		return ack, err
	}
	if success {
		return j.success(r, a)
	}
	return ack, j.Status(a)
}

func (j *Judge) success(r *Rules, a Answer) (adapter.Ack, error) {
	ack := adapter.Ack{Status: a.Status}
	switch {
	case !a.Readable:
		return ack, j.Unreadable(a)
	case r != nil && len(r.list) > 0:
		return ack, &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "rule", Status: a.Status,
			Err: fmt.Errorf("status %d: no rule matches the answer", a.Status)}
	}
	return ack, nil
}

// Unreadable is the failure of an answer that the codec cannot read: unknown,
// and the unit's trouble from the third running on.
func (j *Judge) Unreadable(a Answer) error {
	f := &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "unreadable", Status: a.Status}
	switch a.Broken {
	case "timeout":
		f.Code, f.Err = "timeout", fmt.Errorf("status %d: the answer did not end in time", a.Status)
		return f
	case "":
		f.Err = fmt.Errorf("status %d: unreadable answer", a.Status)
	default:
		f.Err = fmt.Errorf("status %d: %s answer", a.Status, a.Broken)
	}
	if j.unreadable.Add(1) >= unreadableInARow {
		f.Outcome, f.Cause = adapter.UnitTrouble, "unreadable"
	}
	return f
}

// Status is the failure that a status other than 2xx means where no rule matched.
func (j *Judge) Status(a Answer) error {
	f := &adapter.Failure{Code: "status", Status: a.Status, Err: fmt.Errorf("status %d", a.Status)}
	after, told := j.retryAfter(a.Header)
	switch s := a.Status; {
	case s == 408, s == 425, s == 429, s == 503 && told:
		f.Outcome, f.After = adapter.Transient, after
	case s == 401, s == 403, s == 404, s == 405, s == 407:
		f.Outcome, f.Cause = adapter.UnitTrouble, "status-"+strconv.Itoa(s)
	case s/100 == 3:
		f.Outcome, f.Cause = adapter.UnitTrouble, "redirect"
	case s/100 == 4:
		f.Outcome, f.Detail = adapter.Refused, excerpt(a.Text)
	default:
		f.Outcome = adapter.UnknownTaken
	}
	return f
}

// maxDetail bounds what is kept of a refusal's own words, in code points.
const maxDetail = 2000

// excerpt is the beginning of a peer's text: payload, for operators only.
func excerpt(s string) string {
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail])
	}
	return s
}

// retryAfter reads seconds or a date, at most an hour.
func (j *Judge) retryAfter(h http.Header) (time.Duration, bool) {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if s == "" {
		return 0, false
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return time.Duration(min(n, 3600)) * time.Second, true
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0, false
	}
	now := time.Now
	if j.Now != nil {
		now = j.Now
	}
	return min(max(at.Sub(now()), 0), time.Hour), true
}
