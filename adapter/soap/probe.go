package soap

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
	"duijie/adapter/template"
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
// 429, 5xx, a fault or an unreadable answer that found does not ask about) is an
// error and leaves the question open.
func (k *Sink) Probe(ctx context.Context, m adapter.Message) (adapter.Ack, bool, error) {
	r := k.route(m.Type)
	if r == nil || r.probe == nil {
		return adapter.Ack{}, false, fmt.Errorf("no route with a probe takes type %s", m.Type)
	}
	p := r.probe
	what := "probe " + first(p.operation, strings.ToLower(p.method))
	request, err := k.question(p, m)
	if err != nil {
		return adapter.Ack{}, false, unfit(what, err)
	}
	raw, err := k.exchange(ctx, request)
	if err != nil {
		return adapter.Ack{}, false, fmt.Errorf("%s: %w", what, err)
	}
	var a rules.Answer
	if p.document != nil {
		a, _ = k.result(raw, p.call)
	} else {
		a = rules.Read(raw.Status, raw.Header, raw.Body, raw.Broken, k.answer)
	}
	ack, found, err := k.found(p, a)
	if err != nil {
		return ack, false, fmt.Errorf("%s: %w", what, err)
	}
	return ack, found, nil
}

// question is the request that asks: a call, or plain HTTP.
func (k *Sink) question(p *probe, m adapter.Message) (out client.Request, err error) {
	values := k.values(m)
	if p.document != nil {
		document, err := p.document.Render(place(k.codec.Format), values)
		if err != nil {
			return out, address.LocalRef(err)
		}
		if err := holds(k.codec.Charset, document); err != nil {
			return out, &documentError{err.Error()}
		}
		if out, err = k.post(p.call, document, values); err != nil {
			return out, err
		}
	} else {
		out = client.Request{Method: p.method, Header: http.Header{"Accept": {"*/*"}}, Question: true}
		if err := k.secrets.SetHeaders(out.Header, k.config.headers, values); err != nil {
			return out, err
		}
	}
	if out.URL, err = k.secrets.URL(k.config.url, p.path, p.query, values); err != nil {
		return out, err
	}
	return out, k.secrets.SetHeaders(out.Header, p.headers, values)
}

// place is how a value is escaped in a document of a format.
func place(format string) template.Place {
	switch format {
	case "json", "rows":
		return template.JSON
	case "xml", "":
		return template.XML
	case "form":
		return template.Query
	}
	return template.Raw
}

func (k *Sink) found(p *probe, a rules.Answer) (adapter.Ack, bool, error) {
	ack := adapter.Ack{Status: a.Status}
	switch {
	case a.Status == 408, a.Status == 425, a.Status == 429, a.Status >= 500:
		return ack, false, k.judge.Status(a)
	case a.Broken != "", !a.Readable && (p.document != nil || !a.Absent()) && p.found.Uses("body"):
		return ack, false, &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "unreadable", Status: a.Status,
			Err: fmt.Errorf("status %d: unreadable answer", a.Status)}
	case a.Fault.Code != "" && !p.found.Uses("fault"):
		return ack, false, &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "rule", Status: a.Status,
			Err: fmt.Errorf("status %d: fault in place of an answer", a.Status)}
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
