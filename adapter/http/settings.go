package http

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/attach"
	"duijie/adapter/auth"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// config is a sink's mapping, checked and without its secrets.
type config struct {
	url     *url.URL // nil where the pack leaves it to the unit
	headers []address.Field
	http2   bool
	auth    *auth.Spec
	tls     *auth.TLS
	routes  []*route
}

// route is how messages of one type, of a prefix or of every type are sent.
type route struct {
	name     string // case.delegated, case.* or *
	method   string
	path     *template.URL
	source   string // the path as written, for errors
	query    []address.Field
	headers  []address.Field
	ack      *rules.Rules
	probe    *probe
	keyIn    string // idempotency.header
	info     adapter.RouteInfo
	keyField string
	// base64 is the path in the document where attachments go, put the address to
	// which they are put before the message; of info.Materials.
	base64 string
	put    *template.URL
}

type probe struct {
	method   string
	path     *template.URL
	source   string
	query    []address.Field
	headers  []address.Field
	found    *expr.Program
	localRef *expr.Program
	settle   time.Duration
}

// tooWide belong to a route; above several routes they are too wide.
var tooWide = []string{"probe", "idempotency", "poll", "ackTimeout"}

// parse reads a sink's mapping; all findings are the reader's.
func parse(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	c := &config{auth: auth.Parse(r, m.Node("auth")), tls: auth.ParseTLS(r, m.Node("tls"))}
	own := m.Map("settings")
	c.url = address.Base(own)
	c.headers = address.Fields(own, "headers", template.Message...)
	c.http2 = own.Bool("http2", false)
	own.End()
	parseRoutes(c, m)
	m.End()
	return c, r
}

func parseRoutes(c *config, m *settings.Map) {
	in := m.Map("routes")
	wide := len(in.Keys()) > 1
	if wide {
		for _, k := range tooWide {
			if m.Has(k) {
				m.Add(m.Place(k), "error", "probe-too-wide", "%s stands above several routes; it belongs to one", k)
			}
		}
	}
	above := common(m)
	for _, name := range in.Keys() {
		one := in.Map(name)
		if i := strings.IndexByte(name, '*'); i >= 0 && i != len(name)-1 {
			in.Add(in.Place(name), "error", "bad-value", "a route is a type, a prefix such as case.* or *")
		}
		c.routes = append(c.routes, parseRoute(name, one, above))
		one.End()
	}
	if !m.Has("routes") {
		c.routes = append(c.routes, parseRoute("*", m.Reader.Map(nil), above))
	}
	safe := false
	for _, r := range c.routes {
		safe = safe || r.info.HasProbe || r.info.Idempotent
	}
	if !safe {
		m.Add(m.Place("routes"), "warning", "may-double", "neither idempotency nor probe: what is repeated after an unknown outcome may be taken twice")
	}
}

// common reads what may stand above the routes as well as in one.
func common(m *settings.Map) *route {
	r := &route{ack: rules.Parse(m.Reader, m.Node("ack")), probe: parseProbe(m)}
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

// materials reads how attachments go.
func materials(m *settings.Map, r *route) {
	s := m.String("materials")
	r.info.Materials = s
	path, base64 := strings.CutPrefix(s, "base64:")
	put, first := strings.CutPrefix(s, "first-put:")
	switch {
	case s == "", s == "none", s == "link", s == "multipart":
	case base64 && attach.CheckPath(path) == nil:
		r.base64 = path
	case first && strings.HasPrefix(put, "/") && strings.Contains(put, "{sha256}"):
		u, err := template.CompileURL(put, append([]string{"sha256"}, template.Message...)...)
		if err != nil {
			m.Add(m.Place("materials"), "error", "placeholder", "%s", err)
		}
		r.put = u
	default:
		m.Add(m.Place("materials"), "error", "bad-value", "materials must be none, link, multipart, base64:PATH or first-put:/path/{sha256}")
	}
}

// parseRoute reads one route; what it leaves out it takes from above.
func parseRoute(name string, m *settings.Map, above *route) *route {
	r := common(m)
	r.name = name
	r.method = m.Enum("method", http.MethodPost, "GET", "POST", "PUT", "PATCH", "DELETE")
	r.source = m.String("path")
	r.path = address.CompileURL(m, "path", r.source, template.Message...)
	r.query, r.headers = address.Fields(m, "query", template.Message...), address.Fields(m, "headers", template.Message...)
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
	if !m.Has("materials") {
		r.base64, r.put = above.base64, above.put
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

func parseProbe(m *settings.Map) *probe {
	n := m.Node("probe")
	if settings.IsNull(n) {
		return nil
	}
	in := m.Reader.Map(n)
	p := &probe{
		method: in.Enum("method", http.MethodGet, "GET", "POST", "HEAD"), source: in.Required("path"),
		query: address.Fields(in, "query", template.Message...), headers: address.Fields(in, "headers", template.Message...),
		found: in.Expr("found"), localRef: in.Expr("localRef"), settle: in.Duration("settle", 60*time.Second),
	}
	p.path = address.CompileURL(in, "path", p.source, template.Message...)
	if !in.Has("found") {
		in.Add(n, "error", "missing", "found is missing")
	}
	in.End()
	return p
}
