package soap

import (
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/incoming"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

// service is a source's mapping, checked and without its secrets.
type service struct {
	namespace  string
	version    *version // what the WSDL offers; both are understood
	qualified  bool
	wsse       *security
	auth       *auth.Spec
	operations map[string]*operation
	names      []string           // of the operations, in order
	ok, bad    *template.Template // result strings; nil: {"receipt"}, and faults
}

// operation is one that a local system may call.
type operation struct {
	*incoming.Endpoint
	argument string // empty: the document is the operation's element
}

// placeholders are those of an answer; body.PATH is the document that came.
var placeholders = []string{"receipt", "status", "detail", "unit", "type", "now", "body.PATH"}

// parseSource reads a source's mapping; what its settings leave out is the sink's.
func parseSource(s adapter.Settings) (*service, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	m.Node("kind")
	m.Node("codec") // read by the pack
	c := &service{operations: map[string]*operation{}}
	own, sink := m.Map("settings"), (&settings.Reader{File: s.File}).Map(nil)
	if out := sink.Reader.Map(s.SinkNode); out.String("kind") == "soap" {
		sink = out.Map("settings")
	}
	pick := func(key string) *settings.Map {
		own.Node(key)
		if !own.Has(key) && sink.Has(key) {
			return sink
		}
		return own
	}
	c.namespace = pick("namespace").String("namespace")
	c.version = lookup(pick("version").Enum("version", "1.1", "1.1", "1.2"))
	c.qualified = pick("qualified").Bool("qualified", false)
	c.wsse = parseSecurity(pick("wsse"))
	own.End()
	c.auth = auth.Parse(r, m.Node("auth"))
	if c.auth.Kind == "oauth2" {
		m.Add(m.Place("auth"), "error", "bad-value", "a soap source cannot verify oauth2")
	}
	c.parseOperations(m, s.Codec)
	if m.Has("answer") {
		a := m.Map("answer")
		c.ok, c.bad = answer(a, "ok"), answer(a, "error")
		a.End()
	}
	m.End()
	return c, r
}

func (c *service) parseOperations(m *settings.Map, codec adapter.Codec) {
	in := m.Map("operations")
	c.names = in.Keys()
	if len(c.names) == 0 {
		m.Add(m.Place("operations"), "error", "missing", "operations are missing")
	}
	for _, n := range c.names {
		one := in.Map(n)
		if !name.MatchString(n) {
			in.Add(in.Place(n), "error", "bad-value", "an operation is the name of an element, without a prefix")
		}
		o := &operation{argument: elementName(one, "argument"), Endpoint: incoming.Parse(n, one)}
		if o.argument == "" && codec.Format != "" && codec.Format != "xml" {
			one.Add(one.At, "error", "missing", "operation %s needs an argument: its documents are %s", n, codec.Format)
		}
		c.operations[n] = o
		one.End()
	}
}

func answer(m *settings.Map, key string) *template.Template {
	n := m.Node(key)
	if settings.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.ScalarNode {
		m.Add(n, "error", "wrong-kind", "answer.%s is the result string with placeholders", key)
		return nil
	}
	t, err := template.Compile(m.Scalar(n), placeholders...)
	if err != nil {
		m.Add(n, "error", "placeholder", "%s", err)
	}
	return t
}
