// Package push is the source kind push: a local system calls
// POST /local/{unit}/{endpoint} and is answered in its own way.
//
// It promises that the caller is proven on the raw bytes before anything is
// parsed, that a success is answered only after the message is durable, that
// whatever can be parsed and has a listed type is accepted, and that no answer
// quotes a value but those that the pack's own template echoes. A callback
// endpoint settles the delivery that its reference names. After a refusal nothing
// was taken; the refusal's status is that of its problem, or answer.error's.
package push

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/incoming"
	"duijie/adapter/rules"
	"duijie/adapter/template"
	"duijie/internal/problem"
)

// Kind is the source kind push.
var Kind = adapter.Kind{
	Name: "push",
	CheckSource: func(s adapter.Settings) []adapter.Finding {
		_, r := parse(s)
		return r.Findings
	},
	Source: func(s adapter.Settings, d adapter.Deps) (adapter.Source, error) { return New(s, d) },
}

// Source takes what a local system pushes.
type Source struct {
	config   *config
	unit     string
	codec    adapter.Codec
	verifier *auth.Verifier
	now      func() time.Time
}

// ProblemWriter is what an Intake may also be: it writes refusals of units
// without answer.error as the rest of the gateway does.
type ProblemWriter interface {
	WriteProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem)
}

// New builds a source; settings with errors are refused with the first.
func New(s adapter.Settings, d adapter.Deps) (*Source, error) {
	c, r := parse(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	v, err := c.auth.Verifier(d, s.Codec.Charset)
	if err != nil {
		return nil, err
	}
	out := &Source{config: c, unit: d.Unit, codec: s.Codec, verifier: v, now: d.Now}
	if out.now == nil {
		out.now = time.Now
	}
	return out, nil
}

// Run implements adapter.Source: a push source is called, so it waits.
func (s *Source) Run(ctx context.Context, _ adapter.Intake) error {
	<-ctx.Done()
	return nil
}

// call is one request on its way through.
type call struct {
	*Source
	w        http.ResponseWriter
	r        *http.Request
	in       adapter.Intake
	endpoint *incoming.Endpoint
	answer   rules.Answer // the document as rules see it
	raw      []byte
	typ      string
}

// ServeLocal implements adapter.Endpoint.
func (s *Source) ServeLocal(w http.ResponseWriter, r *http.Request, name string, in adapter.Intake) {
	c := &call{Source: s, w: w, r: r, in: in}
	undo, receipt, err := c.take(name)
	if err == nil {
		c.accepted(receipt)
		return
	}
	p := incoming.Problem(err)
	if undo != nil && (p.Status() >= 500 || p.Status() == http.StatusTooManyRequests) {
		undo() // the same signed request may come again
	}
	c.refused(p)
}

// take proves, reads and hands over; the receipt is that of the durable message.
func (c *call) take(name string) (undo func(), receipt string, err error) {
	if c.raw, err = io.ReadAll(c.r.Body); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, "", &problem.Problem{Code: "too-large", Detail: "body is over the limit"}
		}
		return nil, "", &problem.Problem{Code: "malformed", Detail: "body ended early"}
	}
	if undo, err = c.verifier.Verify(c.r, c.raw); err != nil {
		code := "signature"
		if c.config.auth.Kind != "sign" {
			code = "token"
		}
		return nil, "", &problem.Problem{Code: code, Detail: err.Error()}
	}
	c.endpoint = c.config.endpoints[name]
	switch {
	case c.endpoint == nil:
		return undo, "", &problem.Problem{Code: "not-found", Detail: "no such endpoint"}
	case c.r.Method != http.MethodPost:
		c.w.Header().Set("Allow", http.MethodPost)
		return undo, "", &problem.Problem{Code: "method", Detail: "endpoint takes POST"}
	}
	c.answer = rules.Read(0, c.r.Header, c.raw, "", c.codec)
	if !c.answer.Readable {
		return undo, "", &problem.Problem{Code: "malformed", Detail: "body cannot be read as " + c.codec.Format}
	}
	c.typ, receipt, err = c.endpoint.Hand(c.r.Context(), c.in, c.raw, c.answer)
	return undo, receipt, err
}

func (c *call) values(receipt, detail string, status int) template.Values {
	return func(name, arg string) (string, bool) {
		switch name {
		case "receipt":
			return receipt, true
		case "detail":
			return detail, true
		case "status":
			return strconv.Itoa(status), true
		case "unit":
			return c.unit, true
		case "type":
			return c.typ, true
		case "now":
			s, err := template.FormatTime(c.now(), arg)
			return s, err == nil
		case "body":
			return template.Lookup(c.answer.Body, arg)
		}
		return "", false
	}
}

func (c *call) accepted(receipt string) {
	if a := c.config.ok; a != nil {
		a.write(c.w, c.codec, c.values(receipt, "", a.status))
		return
	}
	writeJSON(c.w, "application/json", http.StatusOK, map[string]any{"receipt": receipt})
}

func (c *call) refused(p *problem.Problem) {
	if p.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	detail := p.Detail
	if detail == "" {
		detail = p.Code
	}
	if a := c.config.bad; a != nil {
		a.write(c.w, c.codec, c.values("", detail, p.Status()))
		return
	}
	if out, ok := c.in.(ProblemWriter); ok {
		out.WriteProblem(c.w, c.r, p)
		return
	}
	writeJSON(c.w, "application/problem+json", p.Status(), map[string]any{
		"type": "urn:duijie:problem:" + p.Code, "title": p.Code, "status": p.Status(), "detail": detail})
}

func writeJSON(w http.ResponseWriter, kind string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(b) // the message is durable; a caller that left may ask again
}
