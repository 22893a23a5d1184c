// Package push is the source kind push: a local system calls
// POST /local/{unit}/{endpoint} and is answered in its own way.
//
// It promises that the caller is proven on the raw bytes before anything is
// parsed, that a success is answered only after the message is durable, that
// whatever can be parsed and has a listed type is accepted, and that no answer
// quotes a value but those that the pack's own template echoes. With an envelope,
// documents come and answers go in it; problem documents stand alone. A callback
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
	"duijie/adapter/envelope"
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
	envelope *envelope.Envelope // nil: none
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
	for _, e := range c.endpoints {
		e.Lend(d.Materials, s.Codec)
	}
	if c.envelope != nil {
		out.envelope, err = c.envelope.Bind(d)
	}
	return out, err
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
	if undo, err = c.open(undo); err != nil {
		return undo, "", err
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

// open takes the document out of its envelope, where there is one.
func (c *call) open(proven func()) (undo func(), err error) {
	if c.envelope == nil {
		return proven, nil
	}
	document, forget, err := c.envelope.Open(c.raw)
	if err != nil {
		return proven, &problem.Problem{Code: "signature", Detail: err.Error()}
	}
	c.raw = document
	return func() { proven(); forget() }, nil
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
		c.answered(a, c.values(receipt, "", a.status))
		return
	}
	c.write("application/json", http.StatusOK, marshal(map[string]any{"receipt": receipt}))
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
		c.answered(a, c.values("", detail, p.Status()))
		return
	}
	if out, ok := c.in.(ProblemWriter); ok {
		out.WriteProblem(c.w, c.r, p)
		return
	}
	send(c.w, "application/problem+json", p.Status(), marshal(map[string]any{
		"type": "urn:duijie:problem:" + p.Code, "title": p.Code, "status": p.Status(), "detail": detail}))
}

// answered sends a native answer.
func (c *call) answered(a *answer, values template.Values) {
	c.write(c.codec.ContentType(), a.status, a.native(c.codec, values))
}

// write sends an answer, in an envelope where the unit has one.
func (c *call) write(kind string, status int, b []byte) {
	if c.envelope != nil {
		sealed, err := c.envelope.Seal(b)
		if err != nil { // our own key does not work: the message is durable all the same
			status, sealed = http.StatusInternalServerError, nil
		}
		kind, b = "application/json", sealed
	}
	send(c.w, kind, status, b)
}

func send(w http.ResponseWriter, kind string, status int, b []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // the message is durable; a caller that left may ask again
}

// marshal writes plain texts and numbers, which cannot fail.
func marshal(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}
