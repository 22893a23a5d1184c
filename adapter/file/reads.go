package file

import (
	"fmt"
	"hash/fnv"
	"path"
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

// read is one folder that the local system writes and the gateway reads.
type read struct {
	typ      string
	typeOf   *expr.Program     // in the place of typ: what values are looked up
	types    map[string]string // its values and their types
	dir      string
	match    string // a pattern of names
	document string // the entry in the zip; empty: the file is the document
	dedupe   *expr.Program
	lane     *expr.Program
	time     *expr.Program
	pattern  string // of time; empty: RFC 3339 or yyyy-MM-dd HH:mm:ss
	every    time.Duration
	stable   time.Duration
	work     string
	done     string
	bad      string
	ok, err  *template.Template // receipts; nil: none
	volatile []string
	hold     bool // reissue: hold
	strict   bool
	// materials are where documents name their attachments; nil: nowhere.
	materials *attach.Rule
}

// mark tells this read's claims from those of another that shares its work folder.
func (r *read) mark() string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s\n%s", r.dir, r.match)
	return fmt.Sprintf("%08x", h.Sum32())
}

// parseSource reads a source's mapping; all findings are the reader's.
func parseSource(s adapter.Settings) (*sourceConfig, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec"} {
		m.Node(k) // read by the pack
	}
	own := m.Map("settings")
	c := &sourceConfig{connection: parseConnection(s, own, sinkSettings(r, s.SinkNode))}
	own.End()
	n := m.Node("reads")
	switch {
	case settings.IsNull(n):
		m.Add(m.At, "error", "missing", "reads are missing")
	case n.Kind != yaml.SequenceNode:
		m.Add(n, "error", "wrong-kind", "reads must be a list")
	default:
		for _, item := range n.Content {
			c.reads = append(c.reads, parseRead(r.Map(item), s.Codec.Format))
		}
	}
	m.End()
	return c, r
}

// sinkSettings is what a source takes from a sink of its kind; nil where there is none.
func sinkSettings(r *settings.Reader, sink *yaml.Node) *settings.Map {
	quiet := &settings.Reader{File: r.File}
	m := quiet.Map(sink)
	if m.String("kind") != "file" {
		return nil
	}
	return m.Map("settings")
}

func parseRead(m *settings.Map, format string) *read {
	r := &read{dir: folder(m, "dir", "."), match: m.String("match"), document: m.String("document"), work: folder(m, "work", "work"),
		done: folder(m, "done", "done"), bad: folder(m, "bad", "bad")}
	if r.match == "" {
		r.match = "*"
	}
	if _, err := path.Match(r.match, "x"); err != nil {
		m.Add(m.Place("match"), "error", "bad-value", "match must be a pattern such as *.zip")
	}
	for _, k := range []string{r.work, r.done, r.bad} {
		if k == r.dir {
			m.Add(m.Place("dir"), "error", "bad-value", "work, done and bad must be folders of their own")
		}
	}
	if r.document != "" && !safeEntry(r.document) {
		m.Add(m.Place("document"), "error", "bad-value", "document must be a path inside the zip")
	}
	parseType(m, r)
	parseTime(m, r)
	r.dedupe, r.lane = m.Expr("dedupe"), m.Expr("lane")
	if r.dedupe == nil && !m.Has("dedupe") {
		m.Add(m.At, "warning", "no-dedupe", "without dedupe the content alone tells a repeat")
	}
	r.every, r.stable = every(m), m.Duration("stable", 3*time.Second)
	if m.Has("receipts") {
		in := m.Map("receipts")
		r.ok, r.err = named(in, "ok", "name"), named(in, "error", "name")
		in.End()
	}
	for _, n := range items(m, "volatile") {
		r.volatile = append(r.volatile, m.Scalar(n))
	}
	r.hold, r.strict = m.Enum("reissue", "", "take", "hold") == "hold", m.Bool("strict", false)
	r.materials = attach.ParseRule(m, format, "base64", "zip", "file", "entries")
	if r.materials != nil && (r.materials.Kind == "zip" || r.materials.Kind == "entries") && r.document == "" {
		m.Add(m.Place("materials"), "error", "bad-value", "materials: zip:PATH and entries need document, the entry that names the others")
	}
	m.End()
	return r
}

func items(m *settings.Map, key string) []*yaml.Node {
	n := m.Node(key)
	switch {
	case settings.IsNull(n):
		return nil
	case n.Kind != yaml.SequenceNode:
		m.Add(n, "error", "wrong-kind", "%s must be a list", key)
		return nil
	}
	return n.Content
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

// parseTime reads an expression, or {from: EXPR, time: PATTERN}.
func parseTime(m *settings.Map, r *read) {
	n := m.Node("time")
	if n == nil || n.Kind != yaml.MappingNode {
		r.time = m.Program(n)
		return
	}
	in := m.Reader.Map(n)
	r.time, r.pattern = in.Expr("from"), in.String("time")
	if r.pattern == "" {
		in.Add(n, "error", "missing", "time needs from and a pattern")
	} else if err := template.CheckPattern(r.pattern); err != nil {
		in.Add(in.Place("time"), "error", "bad-value", "%s", err)
	}
	in.End()
}
