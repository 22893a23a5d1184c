// Package incoming is one endpoint of a source that is called, whatever the wire:
// what type its documents have, what makes two of them one message, and how a
// document becomes a durable message or the acknowledgement of a delivery.
//
// It promises that whatever can be parsed and has a listed type is handed over
// (what the expressions cannot find stays empty), that nil means durable, and
// that no error quotes a value. After an error, a *problem.Problem or one of
// Intake's, nothing was taken. An Endpoint is immutable and safe for concurrent use.
package incoming

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// Endpoint is what settings say of one path, operation or list.
type Endpoint struct {
	Name string

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
	// materials are where its documents have attachments; nil: nowhere.
	materials *attach.Rule
	keeper    adapter.MaterialKeeper
	codec     codec.Options
}

// Parse reads one endpoint; findings are the reader's. The caller ends the map.
func Parse(name string, m *settings.Map) *Endpoint {
	e := &Endpoint{Name: name}
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
	e.materials = attach.ParseRule(m, "", "base64")
	return e
}

// Lend gives the endpoint what keeps attachments and the codec of its documents,
// before the first one.
func (e *Endpoint) Lend(keeper adapter.MaterialKeeper, c adapter.Codec) {
	e.keeper, e.codec = keeper, codec.Options{Format: c.Format, Charset: c.Charset, Cut: c.Cut}
}

func parseTime(e *Endpoint, m *settings.Map) {
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

func parseAcks(e *Endpoint, m *settings.Map) {
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
