// Package http is the adapter kind http: each message is one request to a local
// system's REST or form interface.
//
// It promises one request an attempt, a route by type with the key in the
// Idempotency-Key header always, placeholders that stay in their place, the
// pack's acknowledgement rules first and the delivery's table of statuses after
// them, and a probe that asks for this message and leaves the question open
// where the receiver did not answer it. After nil the receiver has the message;
// after an error adapter.Classify says what is known; no error quotes content.
// A Sink may be used by many goroutines at once.
package http

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/attach"
	"duijie/adapter/auth"
	"duijie/adapter/client"
	"duijie/adapter/rules"
	"duijie/adapter/template"
)

// Kind is the adapter kind http.
var Kind = adapter.Kind{
	Name: "http",
	CheckSink: func(s adapter.Settings) []adapter.Finding {
		_, r := parse(s)
		return r.Findings
	},
	Sink: func(s adapter.Settings, d adapter.Deps) (adapter.Sink, error) { return New(s, d) },
}

// Sink hands messages over by HTTP.
type Sink struct {
	config  *config
	unit    string
	codec   adapter.Codec
	answer  adapter.Codec
	timeout time.Duration
	secrets address.Secrets // of headers and query fields
	client  *client.Client
	signer  *auth.Signer
	judge   rules.Judge
	now     func() time.Time
	put     recent // what was put before a message
	seq     template.Sequence
}

// New builds a sink; settings with errors are refused with the first.
func New(s adapter.Settings, d adapter.Deps) (*Sink, error) {
	c, r := parse(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if c.url == nil {
		return nil, fmt.Errorf("%s: http sink of unit %s has no url", s.File, d.Unit)
	}
	t, err := c.tls.Config(d)
	if err != nil {
		return nil, err
	}
	k := &Sink{config: c, unit: d.Unit, codec: s.Codec, answer: s.Answer, timeout: s.Timeout}
	k.judge.Now, k.now = d.Now, d.Now
	if k.now == nil {
		k.now = time.Now
	}
	k.seq = template.Sequence{Memory: d.Memory, Scope: "http/" + d.Unit, Now: k.now}
	if k.answer.Format == "" {
		k.answer = answerCodec(s.Codec)
	}
	k.client = client.New(client.Options{Host: c.url.Hostname(), Allow: d.Allow, Timeout: s.Timeout, MaxAnswer: s.MaxAnswer, HTTP2: c.http2, TLS: t})
	if k.signer, err = c.auth.Signer(d, s.Codec.Charset, k.client); err != nil {
		return nil, err
	}
	return k, k.bind(d)
}

// bind fetches the secrets of headers and query fields.
func (k *Sink) bind(d adapter.Deps) error {
	all := [][]address.Field{k.config.headers}
	for _, r := range k.config.routes {
		all = append(all, r.query, r.headers)
		if r.probe != nil {
			all = append(all, r.probe.query, r.probe.headers)
		}
	}
	var err error
	k.secrets, err = address.Bind(d, all...)
	return err
}

// answerCodec is how answers are read unless set: as documents where these are json or xml, else as text.
func answerCodec(c adapter.Codec) adapter.Codec {
	if c.Format == "json" || c.Format == "xml" {
		return c
	}
	return adapter.Codec{Format: "text", Charset: c.Charset}
}

// Close ends idle connections.
func (k *Sink) Close() error {
	k.client.Close()
	return nil
}

// route finds by type, then by the longest prefix, then *.
func (k *Sink) route(messageType string) *route {
	var best *route
	for _, r := range k.config.routes {
		if r.name == messageType {
			return r
		}
		prefix, ok := strings.CutSuffix(r.name, "*")
		if ok && strings.HasPrefix(messageType, prefix) && (best == nil || len(r.name) > len(best.name)) {
			best = r
		}
	}
	return best
}

// RouteInfo implements adapter.Router.
func (k *Sink) RouteInfo(messageType string) (adapter.RouteInfo, bool) {
	r := k.route(messageType)
	if r == nil {
		return adapter.RouteInfo{}, false
	}
	return r.info, true
}

// Deliver implements adapter.Sink.
func (k *Sink) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	r := k.route(m.Type)
	if r == nil {
		return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Refused, Code: "rule", HoldReason: "refused",
			Err: fmt.Errorf("no route takes type %s", m.Type)}
	}
	what := strings.ToLower(r.method) + " " + r.source
	request, err := k.request(r, m)
	if err != nil {
		return adapter.Ack{}, unfit(what, err)
	}
	body, err := k.attached(r, m, &request)
	if err != nil {
		return adapter.Ack{}, unfit(what, err)
	}
	a, err := k.exchange(ctx, request, body)
	if err != nil {
		return adapter.Ack{}, fmt.Errorf("%s: %w", what, err)
	}
	ack, err := k.judge.Answer(r.ack, a, m.Key)
	if err != nil {
		return ack, fmt.Errorf("%s: %w", what, err)
	}
	return ack, nil
}

// exchange sends a request with its proof; one that a stale token made fail
// with 401 goes once more with a new one.
func (k *Sink) exchange(ctx context.Context, plain client.Request, body *attach.Stream) (rules.Answer, error) {
	for again := false; ; again = true {
		r := plain
		r.Header = plain.Header.Clone()
		if err := k.carry(ctx, &r, body); err != nil {
			return rules.Answer{}, err
		}
		if err := k.signer.Apply(ctx, &r); err != nil {
			return rules.Answer{}, err
		}
		a, err := k.client.Do(ctx, r)
		if err != nil {
			return rules.Answer{}, err
		}
		if a.Status == http.StatusUnauthorized && !again && k.signer.Renew(&r) {
			continue
		}
		return rules.Read(a.Status, a.Header, a.Body, a.Broken, k.answer), nil
	}
}

// unfit is the failure of a message that the settings cannot send: it is held,
// but one that lacks its local id only waits for it, and one that could not be
// counted is tried again.
func unfit(what string, err error) error {
	f := &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: fmt.Errorf("%s: %w", what, err)}
	var none *template.Missing
	switch {
	case errors.Is(err, adapter.ErrNoLocalRef):
		f.Outcome, f.HoldReason, f.Cause = adapter.Transient, "", "localRef"
	case errors.As(err, &none) && none.Uncounted():
		f.Outcome, f.HoldReason = adapter.Transient, ""
	}
	return f
}
