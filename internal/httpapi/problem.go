package httpapi

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/i18n"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

const (
	problemType = "application/problem+json"
	problemURN  = "urn:duijie:problem:"
	// retryLater is said with 503 where nobody knows better.
	retryLater = 10 * time.Second
)

// document is RFC 9457 with our members.
type document struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Instance string            `json:"instance"`
	Errors   []problem.Item    `json:"errors,omitempty"`
	Limit    string            `json:"limit,omitempty"`
	Shadow   string            `json:"shadow,omitempty"`
	Findings []gateway.Finding `json:"findings,omitempty"`
}

// describe writes a problem out in a language. The instance names this occurrence
// in the log; it is no path, for paths may carry case numbers.
func describe(p *problem.Problem, l i18n.Lang, instance string) document {
	title, detail := i18n.Problem(l, p.Code)
	if p.Detail != "" {
		detail = i18n.Detail(l, p.Detail)
	}
	d := document{Type: problemURN + p.Code, Title: title, Status: p.Status(), Detail: detail, Instance: instance, Limit: p.Limit, Shadow: p.Shadow}
	for _, item := range p.Items {
		if item.Detail == "" || l != i18n.EN {
			item.Detail = i18n.Check(l, item.Code)
		}
		d.Errors = append(d.Errors, item)
	}
	return d
}

func newInstance() string {
	id, err := uuid.NewV7()
	if err != nil { // the system has no randomness; the answer must still go out
		return "urn:uuid:" + uuid.Nil.String()
	}
	return "urn:uuid:" + id.String()
}

// classify turns any error of a handler into a problem. What nobody foresaw is
// internal, and says nothing more.
func classify(err error) *problem.Problem {
	var p *problem.Problem
	var tooLarge *http.MaxBytesError
	var fromEcho *echo.HTTPError
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, queue.ErrNotFound):
		return &problem.Problem{Code: "not-found"}
	case errors.Is(err, queue.ErrState):
		return &problem.Problem{Code: "state"}
	case errors.Is(err, queue.ErrIDReused):
		return &problem.Problem{Code: "id-reused"}
	case errors.Is(err, queue.ErrTooOld):
		return &problem.Problem{Code: "too-old"}
	case errors.Is(err, queue.ErrFull):
		return &problem.Problem{Code: "store", Limit: "diskFree", RetryAfter: retryLater}
	case errors.Is(err, queue.ErrReadOnly), errors.Is(err, queue.ErrFailed), errors.Is(err, queue.ErrClosed):
		return &problem.Problem{Code: "store", RetryAfter: retryLater}
	case errors.As(err, &tooLarge):
		return &problem.Problem{Code: "too-large"}
	case errors.As(err, &fromEcho):
		switch fromEcho.Code {
		case http.StatusNotFound:
			return &problem.Problem{Code: "not-found"}
		case http.StatusMethodNotAllowed:
			return &problem.Problem{Code: "method"}
		}
	}
	return &problem.Problem{Code: "internal"}
}

// fail answers a handler's error; it is echo's error handler.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := classify(err)
	instance := newInstance()
	doc := describe(p, s.langOf(c), instance)
	var refused reloadRefused
	if errors.As(err, &refused) {
		doc.Findings = refused.findings
	}
	h := c.Response().Header()
	setRetryAfter(h, p)
	if p.Status() == http.StatusUnauthorized && p.Code == "token" {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if p.Status() >= http.StatusInternalServerError {
		attrs := []any{slog.String("route", c.Path()), slog.String("code", p.Code), slog.String("instance", instance)}
		if p.Code == "internal" {
			s.log.Error("request failed", append(attrs, slog.String("error", err.Error()))...)
		} else {
			s.log.Warn("request refused", attrs...)
		}
	}
	if err := writeJSON(c, p.Status(), problemType, doc); err != nil {
		s.log.Debug("answer not written", slog.String("route", c.Path()), slog.String("error", err.Error()))
	}
}

// setRetryAfter says when to come again, in whole seconds, for 429 and 503.
func setRetryAfter(h http.Header, p *problem.Problem) {
	status := p.Status()
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return
	}
	wait := p.RetryAfter
	if wait <= 0 {
		wait = retryLater
	}
	seconds := int(math.Ceil(wait.Seconds()))
	if had, err := strconv.Atoi(h.Get("Retry-After")); err == nil && had >= seconds {
		return
	}
	h.Set("Retry-After", strconv.Itoa(seconds))
}

func (s *Server) langOf(c echo.Context) i18n.Lang {
	return i18n.Match(c.Request().Header.Get("Accept-Language"), s.lang)
}

// parameter is a refusal of something in a query or an admin call's body, by pointer.
func parameter(pointer, code, detail string) error {
	return &problem.Problem{Code: "parameter", Detail: detail, Items: []problem.Item{{Pointer: pointer, Code: code}}}
}

func notFound() error { return &problem.Problem{Code: "not-found"} }
