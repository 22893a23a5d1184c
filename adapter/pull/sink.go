// Package pull is the sink kind pull: the local system comes and asks for its
// messages (GET /local/{unit}/pull) and confirms them (POST /local/{unit}/confirm).
//
// It promises that the caller is proven before anything is offered or settled,
// that what a GET hands out is durably offered to that call alone until redeliver
// is over, and that a message offered again is the same bytes under the same key.
// A call that is refused gets a problem document and changed nothing. After an
// answer that the caller did not hear, the messages come again once redeliver is
// over; after a confirmation that it did not hear, it may confirm again.
package pull

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/envelope"
	"duijie/internal/problem"
)

// Kind is the sink kind pull.
var Kind = adapter.Kind{
	Name: "pull",
	CheckSink: func(s adapter.Settings) []adapter.Finding {
		_, r := parse(s)
		return r.Findings
	},
	Sink: func(s adapter.Settings, d adapter.Deps) (adapter.Sink, error) { return New(s, d) },
}

// Sink answers a local system that asks. It may be used by many goroutines at once.
type Sink struct {
	config   *config
	codec    adapter.Codec
	verifier *auth.Verifier
	envelope *envelope.Envelope // nil: none
}

// New builds a sink; settings with errors are refused with the first.
func New(s adapter.Settings, d adapter.Deps) (*Sink, error) {
	c, r := parse(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	k := &Sink{config: c, codec: s.Codec}
	var err error
	if k.verifier, err = c.auth.Verifier(d, s.Codec.Charset); err != nil {
		return nil, err
	}
	if c.envelope != nil {
		k.envelope, err = c.envelope.Bind(d)
	}
	return k, err
}

// Deliver implements adapter.Sink; a pull sink is asked and never sends.
func (k *Sink) Deliver(context.Context, adapter.Message) (adapter.Ack, error) {
	return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Transient, Code: "network", Err: errors.New("the local system comes and asks")}
}

// RouteInfo implements adapter.Router: every type waits for its confirmation, and
// what did not get it in time is offered again.
func (k *Sink) RouteInfo(string) (adapter.RouteInfo, bool) {
	return adapter.RouteInfo{OnUnknown: "retry", AckTimeout: k.config.redeliver, OnAckTimeout: "look", Materials: k.config.materials}, true
}

// Answers implements adapter.Pulled.
func (k *Sink) Answers(name string) bool { return name == "pull" || name == "confirm" }

// ServePull implements adapter.Pulled.
func (k *Sink) ServePull(w http.ResponseWriter, r *http.Request, name string, out adapter.Outbox) error {
	method := http.MethodGet
	answer := k.pull
	if name == "confirm" {
		method, answer = http.MethodPost, k.confirm
	}
	body, undo, err := k.take(w, r, method)
	var said []byte
	if err == nil {
		said, err = answer(r, body, out)
	}
	if err == nil && k.envelope != nil {
		said, err = k.envelope.Seal(said)
	}
	if err != nil {
		p := asProblem(err)
		if undo != nil && (p.Status() >= 500 || p.Status() == http.StatusTooManyRequests) {
			undo() // the same signed request may come again
		}
		return p
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(said)))
	_, _ = w.Write(said) // what a caller that left did not hear comes again
	return nil
}

// take proves the caller on the raw bytes.
func (k *Sink) take(w http.ResponseWriter, r *http.Request, method string) (body []byte, undo func(), err error) {
	if r.Method != method {
		w.Header().Set("Allow", method)
		return nil, nil, &problem.Problem{Code: "method", Detail: "takes " + method}
	}
	if body, err = io.ReadAll(r.Body); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, nil, &problem.Problem{Code: "too-large", Detail: "body is over the limit"}
		}
		return nil, nil, &problem.Problem{Code: "malformed", Detail: "body ended early"}
	}
	if undo, err = k.verifier.Verify(r, body); err != nil {
		code := "signature"
		if k.config.auth.Kind != "sign" {
			code = "token"
		}
		return nil, nil, &problem.Problem{Code: code, Detail: err.Error()}
	}
	if k.envelope == nil || method == http.MethodGet {
		return body, undo, nil
	}
	proven := undo
	plain, forget, err := k.envelope.Open(body)
	if err != nil {
		return nil, proven, &problem.Problem{Code: "signature", Detail: err.Error()}
	}
	return plain, func() { proven(); forget() }, nil
}

// pull hands out messages.
func (k *Sink) pull(r *http.Request, _ []byte, out adapter.Outbox) ([]byte, error) {
	n := k.config.max
	if s := r.URL.Query().Get("max"); s != "" {
		asked, err := strconv.Atoi(s)
		if err != nil || asked < 1 {
			return nil, &problem.Problem{Code: "parameter", Detail: "max must be a whole number from 1 on"}
		}
		n = min(n, asked)
	}
	ms, err := out.Offer(r.Context(), n)
	if err != nil {
		return nil, err
	}
	return k.messages(ms)
}

// asProblem finds the refusal in an error; any other error is ours.
func asProblem(err error) *problem.Problem {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p
	}
	return &problem.Problem{Code: "internal"}
}
