package push

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// config is a push source's mapping, checked and without its secrets.
type config struct {
	auth      *auth.Spec
	endpoints map[string]*endpoint
	ok, bad   *answer // nil: 200 {"receipt"} and problem documents
}

// endpoint is one path below /local/{unit}/.
type endpoint struct {
	name     string
	typ      string
	from     *expr.Program // where the type comes from the document
	values   map[string]string
	dedupe   *expr.Program
	lane     *expr.Program
	time     *expr.Program
	pattern  string // of time; empty: RFC 3339 or yyyy-MM-dd HH:mm:ss
	volatile []string
	reissue  bool
	strict   bool
	// A callback that acknowledges has these and no type.
	correlate *expr.Program
	rules     *rules.Rules
	materials string
}

func parse(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	m.Node("kind")
	m.Node("codec") // read by the pack
	c := &config{auth: auth.Parse(r, m.Node("auth")), endpoints: map[string]*endpoint{}}
	if c.auth.Kind == "oauth2" {
		m.Add(m.Place("auth"), "error", "bad-value", "a push source cannot verify oauth2")
	}
	own := m.Map("settings")
	own.Enum("envelope", "none", "none")
	own.End()
	in := m.Map("endpoints")
	if len(in.Keys()) == 0 {
		m.Add(m.Place("endpoints"), "error", "missing", "endpoints are missing")
	}
	for _, name := range in.Keys() {
		one := in.Map(name)
		c.endpoints[name] = parseEndpoint(name, one)
		one.End()
	}
	if m.Has("answer") {
		a := m.Map("answer")
		c.ok, c.bad = parseAnswer(a, "ok", s.Codec), parseAnswer(a, "error", s.Codec)
		a.End()
	}
	m.End()
	return c, r
}

func parseEndpoint(name string, m *settings.Map) *endpoint {
	e := &endpoint{name: name}
	if m.Has("acks") {
		parseAcks(e, m.Map("acks"))
		return e
	}
	if n := m.Node("type"); n != nil && n.Kind == yaml.MappingNode {
		in := m.Reader.Map(n)
		e.from, e.values = in.Expr("from"), map[string]string{}
		if e.from == nil && !in.Has("from") {
			in.Add(n, "error", "missing", "from is missing")
		}
		values := in.Map("values")
		for _, v := range values.Keys() {
			e.values[v] = values.String(v)
		}
		if len(e.values) == 0 {
			in.Add(in.Place("values"), "error", "missing", "values are missing")
		}
		in.End()
	} else {
		e.typ = m.Required("type")
	}
	e.dedupe, e.lane = m.Expr("dedupe"), m.Expr("lane")
	if !m.Has("dedupe") {
		m.Add(m.At, "warning", "no-dedupe", "endpoint %s has no dedupe: the digest of the content stands in", name)
	}
	parseTime(e, m)
	e.volatile = paths(m, "volatile")
	e.reissue = m.Enum("reissue", "", "hold") == "hold"
	e.strict = m.Bool("strict", false)
	e.materials = m.String("materials")
	return e
}

func parseTime(e *endpoint, m *settings.Map) {
	n := m.Node("time")
	if n == nil || n.Kind != yaml.MappingNode {
		e.time = m.Program(n)
		return
	}
	in := m.Reader.Map(n)
	e.time, e.pattern = in.Expr("from"), in.Required("time")
	if err := template.CheckPattern(e.pattern); err != nil {
		in.Add(in.Place("time"), "error", "time-bad-pattern", "%s", err)
	}
	if !in.Has("from") {
		in.Add(n, "error", "missing", "from is missing")
	}
	in.End()
}

func paths(m *settings.Map, key string) []string {
	n := m.Node(key)
	if settings.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.Add(n, "error", "wrong-kind", "%s must be a list of paths", key)
		return nil
	}
	var out []string
	for _, one := range n.Content {
		out = append(out, m.Scalar(one))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func parseAcks(e *endpoint, m *settings.Map) {
	e.correlate = m.Expr("correlate")
	e.rules = rules.Parse(m.Reader, m.Node("rules"))
	for _, k := range []string{"correlate", "rules"} {
		if !m.Has(k) {
			m.Add(m.At, "error", "missing", "%s is missing", k)
		}
	}
	if e.rules.Only("ack", "hold") {
		m.End()
		return
	}
	m.Add(m.Place("rules"), "error", "bad-value", "a callback's rules say ack or hold")
	m.End()
}
