package sql

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// sourceConfig is a source's mapping, checked and without its secrets.
type sourceConfig struct {
	connection connection
	reads      []*read
}

// read is one table that the local system writes and the gateway reads.
type read struct {
	typ      string
	typeOf   *expr.Program     // in the place of typ: what values are looked up
	types    map[string]string // its values and their types
	table    string
	children []child
	where    condition
	order    []ordering
	key      string
	dedupe   *expr.Program
	complete *expr.Program
	lane     *expr.Program
	time     *expr.Program
	pattern  string // of time; empty: RFC 3339 or yyyy-MM-dd HH:mm:ss
	mark     []assignment
	every    time.Duration
	batch    int
	volatile []string
	hold     bool // reissue: hold
	// materials are where rows have attachments, as base64; nil: nowhere.
	materials *attach.Rule
}

// child is a table whose rows belong to a row of the table read.
type child struct {
	table string
	on    []link
}

type link struct{ child, parent string }

type ordering struct {
	column string
	down   bool
}

type assignment struct{ column, value string }

// spelled are the columns of the table that settings name, as they name them.
func (r *read) spelled() []string {
	out := append(r.where.columns(), r.key)
	for _, o := range r.order {
		out = append(out, o.column)
	}
	for _, a := range r.mark {
		out = append(out, a.column)
	}
	for _, c := range r.children {
		for _, l := range c.on {
			out = append(out, l.parent)
		}
	}
	return out
}

// parseSource reads a source's mapping; all findings are the reader's.
func parseSource(s adapter.Settings) (*sourceConfig, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec"} {
		m.Node(k) // read by the pack
	}
	own := m.Map("settings")
	c := &sourceConfig{connection: parseConnection(own, sinkSettings(r, s.SinkNode))}
	own.End()
	n := m.Node("reads")
	switch {
	case settings.IsNull(n):
		m.Add(m.At, "error", "missing", "reads are missing")
	case n.Kind != yaml.SequenceNode:
		m.Add(n, "error", "wrong-kind", "reads must be a list")
	default:
		for _, item := range n.Content {
			c.reads = append(c.reads, parseRead(r.Map(item)))
		}
	}
	m.End()
	return c, r
}

// sinkSettings is what a source takes from a sink of its kind; nil where there is none.
func sinkSettings(r *settings.Reader, sink *yaml.Node) *settings.Map {
	quiet := &settings.Reader{File: r.File}
	m := quiet.Map(sink)
	if m.String("kind") != "sql" {
		return nil
	}
	return m.Map("settings")
}

func parseRead(m *settings.Map) *read {
	r := &read{table: required(m, "table"), key: required(m, "key")}
	parseType(m, r)
	parseChildren(m, r)
	if m.Has("where") {
		n := m.Node("where")
		cond, err := parseWhere(m.Scalar(n))
		if err != nil {
			at := *n
			if n.Style == 0 {
				at.Column += err.at
			} else if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
				at.Column += err.at + 1
			}
			m.Add(&at, "error", "bad-value", "where: %s", err)
		}
		r.where = cond
	}
	parseOrder(m, r)
	r.dedupe, r.complete, r.lane = m.Expr("dedupe"), m.Expr("complete"), m.Expr("lane")
	parseTime(m, r)
	mark := m.Map("mark")
	for _, k := range mark.Keys() {
		r.mark = append(r.mark, assignment{k, mark.String(k)})
	}
	if len(r.mark) > 0 && !m.Has("where") {
		m.Add(m.Place("mark"), "warning", "mark-without-where", "rows are marked but read whatever the mark says")
	}
	r.every, r.batch = m.Duration("every", 5*time.Second), m.Int("batch", 100, 1)
	if r.every < 10*time.Millisecond {
		m.Add(m.Place("every"), "error", "bad-value", "every must be a time such as 5s")
	}
	r.volatile = names(m, "volatile")
	r.hold = m.Enum("reissue", "", "take", "hold") == "hold"
	r.materials = attach.ParseRule(m, "rows", "base64")
	m.End()
	return r
}

// parseType reads a type, or {from: EXPR, values: {VALUE: TYPE}}.
func parseType(m *settings.Map, r *read) {
	n := m.Node("type")
	switch {
	case settings.IsNull(n):
		m.Add(m.Place("type"), "error", "missing", "type is missing")
	case n.Kind != yaml.MappingNode:
		r.typ = m.Scalar(n)
	default:
		in := m.Reader.Map(n)
		r.typeOf, r.types = in.Expr("from"), map[string]string{}
		values := in.Map("values")
		for _, k := range values.Keys() {
			r.types[k] = values.String(k)
		}
		if !in.Has("from") || len(r.types) == 0 {
			in.Add(n, "error", "missing", "type needs from and values")
		}
		in.End()
	}
}

func parseChildren(m *settings.Map, r *read) {
	in := m.Map("children")
	for _, table := range in.Keys() {
		c := child{table: table}
		on := in.Map(table)
		for _, k := range on.Keys() {
			c.on = append(c.on, link{child: k, parent: required(on, k)})
		}
		if len(c.on) == 0 {
			in.Add(in.Place(table), "error", "missing", "children need {COLUMN: COLUMN OF %s}", r.table)
		}
		r.children = append(r.children, c)
	}
}

// parseOrder reads `COLUMN [asc|desc], …`.
func parseOrder(m *settings.Map, r *read) {
	for part := range strings.SplitSeq(m.String("order"), ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 0 && !m.Has("order"):
		case len(words) == 1, len(words) == 2 && strings.EqualFold(words[1], "asc"):
			r.order = append(r.order, ordering{column: words[0]})
		case len(words) == 2 && strings.EqualFold(words[1], "desc"):
			r.order = append(r.order, ordering{words[0], true})
		default:
			m.Add(m.Place("order"), "error", "bad-value", "order must be COLUMN or COLUMN desc, several with commas")
		}
	}
	if len(r.order) == 0 {
		r.order = []ordering{{column: r.key}}
	}
}

// parseTime reads an expression, or {from: EXPR, time: PATTERN}.
func parseTime(m *settings.Map, r *read) {
	n := m.Node("time")
	if n == nil || n.Kind != yaml.MappingNode {
		r.time = m.Program(n)
		return
	}
	in := m.Reader.Map(n)
	r.time, r.pattern = in.Expr("from"), in.String("time")
	if r.pattern != "" {
		if err := template.CheckPattern(r.pattern); err != nil {
			in.Add(in.Place("time"), "error", "bad-value", "%s", err)
		}
	}
	in.End()
}
