package soap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/auth"
	"duijie/adapter/client"
	"duijie/adapter/rules"
	"duijie/adapter/template"
)

// Sink hands messages over by calling a SOAP operation.
type Sink struct {
	config  *config
	codec   adapter.Codec
	answer  adapter.Codec
	timeout time.Duration
	secrets address.Secrets // of headers and query fields
	client  *client.Client
	signer  *auth.Signer
	token   *token
	judge   rules.Judge
	seq     template.Sequence
}

// New builds a sink; settings with errors are refused with the first.
func New(s adapter.Settings, d adapter.Deps) (*Sink, error) {
	c, r := parseSink(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if c.url == nil {
		return nil, fmt.Errorf("%s: soap sink of unit %s has no url", s.File, d.Unit)
	}
	t, err := c.tls.Config(d)
	if err != nil {
		return nil, err
	}
	k := &Sink{config: c, codec: s.Codec, answer: s.Answer, timeout: s.Timeout}
	k.judge.Now = d.Now
	k.seq = template.Sequence{Memory: d.Memory, Scope: "soap/" + d.Unit, Now: d.Now}
	if d.Now == nil {
		k.seq.Now = time.Now
	}
	if k.codec.Format == "" {
		k.codec.Format = "xml"
	}
	if k.answer.Format == "" {
		k.answer = k.codec
	}
	if k.token, err = c.wsse.bind(d); err != nil {
		return nil, err
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
		all = append(all, r.headers)
		if r.probe != nil {
			all = append(all, r.probe.query, r.probe.headers)
		}
	}
	var err error
	k.secrets, err = address.Bind(d, all...)
	return err
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
	what := "call " + first(r.operation, "document")
	var err error
	var unwritable *documentError
	if m.Document, err = k.embed(r, m); err != nil && !errors.As(err, &unwritable) {
		return adapter.Ack{}, fmt.Errorf("%s: %w", what, err)
	} else if err != nil {
		return adapter.Ack{}, unfit(what, err)
	}
	request, err := k.request(r, m)
	if err != nil {
		return adapter.Ack{}, unfit(what, err)
	}
	patient(ctx, &request, m)
	raw, err := k.exchange(ctx, request)
	if err != nil {
		return adapter.Ack{}, fmt.Errorf("%s: %w", what, err)
	}
	ack, err := k.judged(r, raw, m.Key)
	if err != nil {
		return ack, fmt.Errorf("%s: %w", what, err)
	}
	return ack, nil
}

// exchange sends a request with its proof; one that a stale token made fail
// with 401 goes once more with a new one.
func (k *Sink) exchange(ctx context.Context, plain client.Request) (client.Answer, error) {
	for again := false; ; again = true {
		r := plain
		r.Header = plain.Header.Clone()
		if err := k.signer.Apply(ctx, &r); err != nil {
			return client.Answer{}, err
		}
		a, err := k.client.Do(ctx, r)
		if err != nil {
			return client.Answer{}, err
		}
		if a.Status == http.StatusUnauthorized && !again && k.signer.Renew(&r) {
			continue
		}
		return a, nil
	}
}

// unfit is the failure of a message that cannot be put into an envelope: it is
// held, but one that lacks its local id only waits for it.
func unfit(what string, err error) error {
	f := &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: fmt.Errorf("%s: %w", what, err)}
	var document *documentError
	var none *template.Missing
	switch {
	case errors.Is(err, adapter.ErrNoLocalRef):
		f.Outcome, f.HoldReason, f.Cause = adapter.Transient, "", "localRef"
	case errors.As(err, &none) && none.Uncounted():
		f.Outcome, f.HoldReason = adapter.Transient, ""
	case errors.As(err, &document):
		f.Code, f.HoldReason = "mapping", "mapping"
	}
	return f
}
