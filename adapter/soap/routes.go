package soap

import (
	"net/http"
	"strings"
	"time"

	"duijie/adapter/address"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

func parseRoutes(m *settings.Map, by call) []*route {
	in := m.Map("routes")
	if len(in.Keys()) > 1 {
		for _, k := range tooWide {
			if m.Has(k) {
				m.Add(m.Place(k), "error", "probe-too-wide", "%s stands above several routes; it belongs to one", k)
			}
		}
	}
	above := common(m, by)
	var out []*route
	for _, name := range in.Keys() {
		one := in.Map(name)
		if i := strings.IndexByte(name, '*'); i >= 0 && i != len(name)-1 {
			in.Add(in.Place(name), "error", "bad-value", "a route is a type, a prefix such as case.* or *")
		}
		out = append(out, parseRoute(name, one, above))
		one.End()
	}
	if !m.Has("routes") {
		out = append(out, parseRoute("*", m.Reader.Map(nil), above))
	}
	safe := false
	for _, r := range out {
		safe = safe || r.info.HasProbe || r.info.Idempotent
	}
	if !safe {
		m.Add(m.Place("routes"), "warning", "may-double", "neither idempotency nor probe: what is repeated after an unknown outcome may be taken twice")
	}
	return out
}

// common reads what may stand above the routes as well as in one.
func common(m *settings.Map, by call) *route {
	r := &route{call: by, ack: rules.Parse(m.Reader, m.Node("ack")), probe: parseProbe(m, by)}
	if m.Has("idempotency") {
		in := m.Map("idempotency")
		r.keyIn, r.keyField = in.String("header"), in.String("field")
		in.End()
		r.info.Idempotent = r.keyIn != "" || r.keyField != ""
		if !r.info.Idempotent {
			m.Add(m.Place("idempotency"), "error", "missing", "idempotency needs header or field")
		}
		if _, why := template.Header(r.keyIn); why != "" || strings.ContainsAny(r.keyIn, " :") {
			m.Add(in.Place("header"), "error", "bad-value", "idempotency.header is no header name")
		}
		if r.keyField != "" && template.CheckPath(r.keyField) != nil {
			m.Add(in.Place("field"), "error", "bad-value", "idempotency.field is no path")
		}
		r.info.IdempotencyField = r.keyField
	}
	r.info.AckTimeout = m.Duration("ackTimeout", 0)
	r.info.OnAckTimeout = m.Enum("onAckTimeout", "", "look", "retry")
	r.info.OnUnknown = m.Enum("onUnknown", "", "retry", "hold")
	materials(m, r)
	r.info.HasProbe = r.probe != nil
	return r
}

// parseRoute reads one route; what it leaves out it takes from above.
func parseRoute(name string, m *settings.Map, above *route) *route {
	r := common(m, parseCall(m, above.call))
	r.name = name
	r.path = address.CompileURL(m, "path", m.String("path"), template.Message...)
	r.headers = address.Fields(m, "headers", template.Message...)
	if !m.Has("ack") {
		r.ack = above.ack
	}
	if r.probe == nil {
		r.probe, r.info.HasProbe = above.probe, above.info.HasProbe
	}
	if !m.Has("idempotency") {
		r.keyIn, r.keyField = above.keyIn, above.keyField
		r.info.Idempotent, r.info.IdempotencyField = above.info.Idempotent, above.info.IdempotencyField
	}
	if !m.Has("ackTimeout") {
		r.info.AckTimeout = above.info.AckTimeout
	}
	r.info.OnUnknown = first(r.info.OnUnknown, above.info.OnUnknown, "retry")
	r.info.OnAckTimeout = first(r.info.OnAckTimeout, above.info.OnAckTimeout, "look")
	if r.info.Materials == "" {
		r.base64 = above.base64
	}
	r.info.Materials = first(r.info.Materials, above.info.Materials, "none")
	if r.info.OnAckTimeout == "retry" && !r.info.Idempotent && !r.info.HasProbe {
		m.Add(m.Place("onAckTimeout"), "error", "bad-value", "onAckTimeout: retry needs idempotency or probe in route %s", name)
	}
	return r
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func parseProbe(m *settings.Map, by call) *probe {
	n := m.Node("probe")
	if settings.IsNull(n) {
		return nil
	}
	in := m.Reader.Map(n)
	p := &probe{
		call: parseCall(in, call{argument: by.argument, action: by.action}), path: address.CompileURL(in, "path", in.String("path"), template.Message...),
		query: address.Fields(in, "query", template.Message...), headers: address.Fields(in, "headers", template.Message...),
		found: in.Expr("found"), localRef: in.Expr("localRef"), settle: in.Duration("settle", 60*time.Second),
	}
	if in.Has("operation") {
		p.document = address.Compile(in, "document", in.Required("document"), template.Message...)
		p.method = in.Enum("method", http.MethodPost, "POST")
	} else {
		if in.Required("path") == "" {
			in.Findings[len(in.Findings)-1].Hint = "a probe has a path (plain HTTP), or an operation and a document"
		}
		p.method = in.Enum("method", http.MethodGet, "GET", "POST", "HEAD")
	}
	if !in.Has("found") {
		in.Add(n, "error", "missing", "found is missing")
	}
	in.End()
	return p
}
