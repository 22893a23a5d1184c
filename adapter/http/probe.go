package http

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/client"
	"duijie/adapter/rules"
)

// CanProbe implements adapter.Prober.
func (k *Sink) CanProbe(messageType string) bool {
	r := k.route(messageType)
	return r != nil && r.probe != nil
}

// Settle implements adapter.Prober: never under twice the timeout.
func (k *Sink) Settle(messageType string) time.Duration {
	if r := k.route(messageType); r != nil && r.probe != nil {
		return max(r.probe.settle, 2*k.timeout)
	}
	return 0
}

// Probe implements adapter.Prober. What the receiver did not answer (408, 425,
// 429, 5xx, an unreadable answer where found asks for the body, unless its status
// alone says that nothing is there) is an error and leaves the question open.
func (k *Sink) Probe(ctx context.Context, m adapter.Message) (adapter.Ack, bool, error) {
	r := k.route(m.Type)
	if r == nil || r.probe == nil {
		return adapter.Ack{}, false, fmt.Errorf("no route with a probe takes type %s", m.Type)
	}
	p := r.probe
	what := "probe " + strings.ToLower(p.method) + " " + p.source
	request, err := k.question(p, m)
	if err != nil {
		return adapter.Ack{}, false, unfit(what, err)
	}
	a, err := k.exchange(ctx, request, nil)
	if err != nil {
		return adapter.Ack{}, false, fmt.Errorf("%s: %w", what, err)
	}
	ack, found, err := k.found(p, a)
	if err != nil {
		return ack, false, fmt.Errorf("%s: %w", what, err)
	}
	return ack, found, nil
}

func (k *Sink) question(p *probe, m adapter.Message) (client.Request, error) {
	values := k.values(m)
	u, err := k.secrets.URL(k.config.url, p.path, p.query, values)
	if err != nil {
		return client.Request{}, err
	}
	out := client.Request{Method: p.method, URL: u, Header: http.Header{"Accept": {"*/*"}}, Question: true}
	for _, list := range [][]address.Field{k.config.headers, p.headers} {
		if err := k.secrets.SetHeaders(out.Header, list, values); err != nil {
			return client.Request{}, err
		}
	}
	return out, nil
}

func (k *Sink) found(p *probe, a rules.Answer) (adapter.Ack, bool, error) {
	ack := adapter.Ack{Status: a.Status}
	switch {
	case a.Status == 408, a.Status == 425, a.Status == 429, a.Status >= 500:
		return ack, false, k.judge.Status(a)
	case a.Broken != "", !a.Readable && !a.Absent() && p.found.Uses("body"):
		return ack, false, &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "unreadable", Status: a.Status,
			Err: fmt.Errorf("status %d: unreadable answer", a.Status)}
	}
	scope := a.Scope()
	found, err := p.found.True(scope)
	if err != nil {
		return ack, false, rules.Expression(fmt.Errorf("found: %w", err))
	}
	if found && p.localRef != nil {
		if ack.LocalRef, err = p.localRef.Text(scope); err != nil {
			return ack, false, rules.Expression(fmt.Errorf("localRef: %w", err))
		}
		ack.LocalRef = strings.TrimSpace(ack.LocalRef)
	}
	return ack, found, nil
}
