package poll

import (
	"net/http"
	"net/url"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/auth"
	"duijie/adapter/incoming"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// config is a poll source's mapping, checked and without its secrets.
type config struct {
	url     *url.URL // nil where the pack leaves it to the unit
	headers []address.Field
	http2   bool
	auth    *auth.Spec
	tls     *auth.TLS

	method    string
	path      *template.URL
	source    string // the path as written, for errors
	query     []address.Field
	own       []address.Field    // headers of the request
	body      *template.Template // nil: none
	paged     bool               // the request has a {page}
	from      int
	step      int
	items     *expr.Program
	known     bool          // until: known
	until     *expr.Program // of a page that is the last; nil: an empty page is
	each      *incoming.Endpoint
	cursor    *cursor // nil: none
	every     time.Duration
	usesPages bool // an expression of each speaks of the page
}

// placeholders are those of a request.
var placeholders = []string{"page", "cursor", "now", "unit"}

// parse reads a source's mapping; all findings are the reader's.
func parse(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec"} {
		m.Node(k) // read by the pack
	}
	c := &config{}
	parseCaller(c, m, besideHTTP(s))
	parseRequest(c, m)
	parsePages(c, m)
	each := m.Map("each")
	for _, k := range []string{"acks", "strict"} {
		if each.Has(k) {
			each.Add(each.Node(k), "error", "bad-value", "%s is for sources that are called", k)
		}
	}
	if !each.Has("acks") {
		c.each = incoming.Parse("poll", each)
		c.usesPages = c.each.Uses("body")
	}
	each.End()
	c.cursor = parseCursor(m)
	if c.every = m.Duration("every", 30*time.Second); c.every < 10*time.Millisecond {
		m.Add(m.Place("every"), "error", "bad-value", "every must be a time such as 30s")
	}
	checkUse(c, m)
	m.End()
	return c, r
}

// besideHTTP is the mapping of an http sink, empty where there is none.
func besideHTTP(s adapter.Settings) *settings.Map {
	quiet := &settings.Reader{File: s.File}
	sink := quiet.Map(s.SinkNode)
	if sink.String("kind") != "http" {
		return quiet.Map(nil)
	}
	return sink
}

// parseCaller reads where and as whom it calls; what it leaves out is the sink's.
func parseCaller(c *config, m, sink *settings.Map) {
	own, theirs := m.Map("settings"), sink.Map("settings")
	pick := func(key string) *settings.Map {
		own.Node(key)
		if own.Has(key) {
			return own
		}
		return theirs
	}
	c.url = address.Base(pick("url"))
	c.headers = address.Fields(pick("headers"), "headers", placeholders...)
	c.http2 = pick("http2").Bool("http2", false)
	own.End()
	from := m
	if m.Node("auth"); !m.Has("auth") {
		from = sink
	}
	c.auth = auth.Parse(from.Reader, from.Node("auth"))
	if from = m; !m.Has("tls") {
		from = sink
	}
	m.Node("tls")
	c.tls = auth.ParseTLS(from.Reader, from.Node("tls"))
}

func parseRequest(c *config, m *settings.Map) {
	in := m.Map("request")
	c.method = in.Enum("method", http.MethodGet, "GET", "POST")
	c.source = in.String("path")
	var err error
	if c.path, err = template.CompileURL(c.source, placeholders...); err != nil {
		in.Add(in.Place("path"), "error", "placeholder", "%s", err)
	}
	c.query, c.own = address.Fields(in, "query", placeholders...), address.Fields(in, "headers", placeholders...)
	if in.Has("body") {
		c.body = address.Compile(in, "body", in.String("body"), placeholders...)
		if c.method == http.MethodGet {
			in.Add(in.Place("body"), "error", "bad-value", "a GET has no body")
		}
	}
	in.End()
}

func parsePages(c *config, m *settings.Map) {
	in := m.Map("pages")
	c.from, c.step = in.Int("from", 1, 0), in.Int("step", 1, 1)
	if c.items = in.Expr("items"); !in.Has("items") {
		in.Add(in.At, "error", "missing", "items is missing: where a page has its list")
	}
	switch n := in.Node("until"); {
	case settings.IsNull(n):
	case in.Scalar(n) == "empty":
	case in.Scalar(n) == "known":
		c.known = true
	default:
		c.until = in.Program(n)
	}
	in.End()
}

// checkUse holds the placeholders of the request to what the pages and the cursor say.
func checkUse(c *config, m *settings.Map) {
	uses := func(name string) bool {
		t, err := template.Compile(c.source, placeholders...)
		found := err == nil && t.Uses(name) || c.body != nil && c.body.Uses(name)
		for _, list := range [][]address.Field{c.query, c.own, c.headers} {
			for _, f := range list {
				found = found || f.Value != nil && f.Value.Uses(name)
			}
		}
		return found
	}
	c.paged = uses("page")
	pages := m.Map("pages")
	if !c.paged && pages.Has("until") {
		m.Add(pages.Place("until"), "warning", "one-page", "the request has no {page}, so that only one page is read")
	}
	switch {
	case c.cursor == nil && uses("cursor"):
		m.Add(m.Place("request"), "error", "missing", "the request has a {cursor}, but there is no cursor")
	case c.cursor != nil && !uses("cursor"):
		m.Add(m.Place("cursor"), "warning", "cursor-unused", "the request has no {cursor}")
	}
}
