package httpapi

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/problem"
)

// mode is how a CloudEvent travels.
type mode int

const (
	structured mode = iota
	batch
	binary
)

const attributePrefix = "Ce-" // as http.Header writes it

// modeOf reads the content mode off the headers; what is none of ours is 415.
func modeOf(h http.Header) (mode, error) {
	refuse := &problem.Problem{Code: "media-type"}
	if enc := h.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return 0, refuse // the signature covers the bytes as sent
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return 0, refuse
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return 0, refuse
	}
	switch {
	case media == "application/cloudevents+json":
		return structured, nil
	case media == "application/cloudevents-batch+json":
		return batch, nil
	case (media == jsonType || strings.HasSuffix(media, "+json")) && !strings.HasPrefix(media, "application/cloudevents") && hasAttributes(h):
		return binary, nil
	}
	return 0, refuse
}

func hasAttributes(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, attributePrefix) {
			return true
		}
	}
	return false
}

// attributes reads ce-* headers, percent-decoded as the CloudEvents HTTP binding
// says, and the content type as datacontenttype.
func attributes(h http.Header) (map[string]string, error) {
	out := map[string]string{"datacontenttype": h.Get("Content-Type")}
	for name, values := range h {
		attr, ok := strings.CutPrefix(name, attributePrefix)
		if !ok {
			continue
		}
		attr = strings.ToLower(attr)
		pointer := "/" + attr
		if !safeName(attr) {
			pointer = ""
		}
		v, err := url.PathUnescape(values[0])
		if len(values) != 1 || err != nil {
			return nil, &problem.Problem{Code: "envelope", Items: []problem.Item{{Pointer: pointer, Code: "envelope"}}}
		}
		out[attr] = v
	}
	return out, nil
}

// postMessages is POST /v1/messages: one event, structured or binary, or a batch.
func (s *Server) postMessages(c echo.Context) error {
	r := c.Request()
	mode, err := modeOf(r.Header)
	if err != nil {
		return err
	}
	raw, err := readBody(c.Response(), r, s.cfg.MaxBody)
	if err != nil {
		return err
	}
	caller, err := s.authenticate(r, raw)
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	switch mode {
	case batch:
		answers, err := s.gw.ReceiveBatch(r.Context(), caller, raw)
		if err != nil {
			return fmt.Errorf("receive batch: %w", err)
		}
		return s.answerBatch(c, answers)
	case binary:
		if !caller.Unsigned && !caller.MutualTLS { // signatures do not cover headers
			return &problem.Problem{Code: "media-type", Detail: "binary mode needs mutual TLS"}
		}
		attrs, err := attributes(r.Header)
		if err != nil {
			return err
		}
		return s.answerOne(c, s.gw.ReceiveBinary(r.Context(), caller, attrs, raw))
	}
	return s.answerOne(c, s.gw.Receive(r.Context(), caller, raw))
}

// taken is the answer to a message that the gateway will deliver.
type taken struct {
	Receipt   string `json:"receipt"`
	ID        string `json:"id"`
	Source    string `json:"source"`
	Status    string `json:"status"`
	Duplicate bool   `json:"duplicate,omitempty"`
}

func (s *Server) answerOne(c echo.Context, a gateway.Answer) error {
	if a.Err != nil {
		return fmt.Errorf("receive: %w", a.Err)
	}
	c.Response().Header().Set("Location", s.cfg.PublicPath+"/v1/messages/"+a.Receipt)
	return writeJSON(c, statusOf(a), jsonType, taken{a.Receipt, a.ID, a.Source, string(a.Status), a.Duplicate})
}

func statusOf(a gateway.Answer) int {
	if a.Duplicate {
		return http.StatusOK
	}
	return http.StatusAccepted
}

// The two kinds of a batch's results.
type (
	takenItem struct {
		Status    int    `json:"status"`
		Receipt   string `json:"receipt"`
		ID        string `json:"id"`
		Source    string `json:"source"`
		Duplicate bool   `json:"duplicate"`
	}
	refusedItem struct {
		Status  int      `json:"status"`
		ID      *string  `json:"id"`
		Source  *string  `json:"source"`
		Problem document `json:"problem"`
	}
)

func (s *Server) answerBatch(c echo.Context, answers []gateway.Answer) error {
	results := make([]any, 0, len(answers))
	lang, instance := s.langOf(c), newInstance()
	for _, a := range answers {
		if a.Err == nil {
			results = append(results, takenItem{statusOf(a), a.Receipt, a.ID, a.Source, a.Duplicate})
			continue
		}
		p := classify(a.Err)
		if p.Code == "internal" {
			s.log.Error("batch item failed", "instance", instance, "error", a.Err.Error())
		}
		setRetryAfter(c.Response().Header(), p) // the longest wait of all
		results = append(results, refusedItem{p.Status(), orNull(a.ID), orNull(a.Source), describe(p, lang, instance)})
	}
	return writeJSON(c, http.StatusMultiStatus, jsonType, map[string]any{"results": results})
}
