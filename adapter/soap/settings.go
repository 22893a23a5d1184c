package soap

import (
	"net/url"
	"regexp"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/auth"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// config is a sink's mapping, checked and without its secrets.
type config struct {
	url       *url.URL // nil where the pack leaves it to the unit
	version   *version
	namespace string
	qualified bool
	headers   []address.Field
	http2     bool
	wsse      *security
	auth      *auth.Spec
	tls       *auth.TLS
	routes    []*route
}

// call is which operation is called and how.
type call struct {
	operation string // empty: the document's root element names it
	argument  string // empty: the document is the operation's element
	action    *template.Template
}

// route is how messages of one type, of a prefix or of every type are sent.
type route struct {
	call
	name     string // case.delegated, case.* or *
	path     *template.URL
	headers  []address.Field
	ack      *rules.Rules
	probe    *probe
	keyIn    string // idempotency.header
	keyField string // idempotency.field
	base64   string // path in the document where attachments go
	info     adapter.RouteInfo
}

// probe asks for this message: by an operation with a document of its own, or by plain HTTP.
type probe struct {
	call
	document *template.Template // nil: plain HTTP
	method   string
	path     *template.URL
	query    []address.Field
	headers  []address.Field
	found    *expr.Program
	localRef *expr.Program
	settle   time.Duration
}

// tooWide belong to a route; above several routes they are too wide.
var tooWide = []string{"probe", "idempotency", "ackTimeout"}

// parseSink reads a sink's mapping; all findings are the reader's.
func parseSink(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	c := &config{auth: auth.Parse(r, m.Node("auth")), tls: auth.ParseTLS(r, m.Node("tls"))}
	own := m.Map("settings")
	c.url = address.Base(own)
	c.version = lookup(own.Enum("version", "1.1", "1.1", "1.2"))
	c.namespace = own.String("namespace")
	c.qualified = own.Bool("qualified", false)
	c.headers = address.Fields(own, "headers", template.Message...)
	c.http2 = own.Bool("http2", false)
	c.wsse = parseSecurity(own)
	above := parseCall(own, call{action: address.Compile(own, "action", "", template.Message...)})
	own.End()
	c.routes = parseRoutes(m, above)
	c.check(s, own)
	m.End()
	return c, r
}

// check finds what only the whole can tell.
func (c *config) check(s adapter.Settings, own *settings.Map) {
	for _, r := range c.routes {
		switch format := s.Codec.Format; {
		case r.argument != "" && r.operation == "":
			own.Add(own.Place("operation"), "error", "missing", "route %s has an argument, but no operation", r.name)
			return
		case r.argument == "" && format != "" && format != "xml":
			own.Add(own.Place("argument"), "error", "missing", "a document of codec %s needs an argument; without one it is the operation's element", format)
			return
		}
	}
}

// parseCall reads operation, argument and action; what is left out is above's.
func parseCall(m *settings.Map, above call) call {
	c := above
	for key, into := range map[string]*string{"operation": &c.operation, "argument": &c.argument} {
		if m.Has(key) {
			*into = elementName(m, key)
		}
	}
	if m.Has("action") {
		c.action = address.Compile(m, "action", m.String("action"), template.Message...)
	}
	return c
}

// name is an element's name without a prefix.
var name = regexp.MustCompile(`^[\pL_][\pL\pN\pM._-]*$`)

func elementName(m *settings.Map, key string) string {
	s := m.String(key)
	if s != "" && !name.MatchString(s) {
		m.Add(m.Place(key), "error", "bad-value", "%s must be the name of an element, without a prefix", key)
		return ""
	}
	return s
}
