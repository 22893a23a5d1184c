package pack

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/codec"
	"duijie/internal/yamlnode"
	"duijie/schemas"
)

// reader carries what reading one pack.yaml needs.
type reader struct {
	*yamlnode.Reader
	p          *Pack
	find       func(kind string) (adapter.Kind, bool)
	none       []string
	namespaces map[string]string
}

func (r *reader) document(root *yaml.Node) {
	p := r.p
	m := r.Map(root, "", "unit", "name", "profile", "codec", "none", "namespaces", "xref", "sink", "source", "unknown",
		"orderWait", "xrefWait", "urgent", "reissue", "volatile", "retry", "limits")
	p.Unit, p.Title = m.Text("unit", ""), m.Text("name", "")
	if p.Unit == "" {
		r.Warn(m.At("unit"), "missing", "unit is missing: whose system the pack is for")
	}
	p.Profile = strings.TrimPrefix(m.Text("profile", "v1"), "./")
	if p.Profile != "v1" {
		if info, err := fs.Stat(p.FS, path.Clean(p.Profile)); err != nil || !info.IsDir() {
			r.Error(m.At("profile"), "no-such-file", "profile must be v1 or a folder of JSON Schemas in the pack")
		}
	}
	r.codecs(m)
	r.tokens(m)
	p.Unknown = m.OneOf("unknown", "drop", "error", "drop", "keep")
	p.OrderWait, p.XrefWait = m.Duration("orderWait", 10*time.Minute), m.Duration("xrefWait", 24*time.Hour)
	p.Urgent = map[string]bool{}
	for _, t := range m.Texts("urgent") {
		if _, known := schemas.Lookup(t); !known && p.Profile == "v1" {
			r.Error(m.At("urgent"), "bad-value", "urgent names a type that the profile does not have")
		}
		p.Urgent[t] = true
	}
	r.schedule(m)
	r.limits(m)
	r.ends(m)
}

// codecs reads codec, sink.codec, source.codec and sink.answer.
func (r *reader) codecs(m *yamlnode.Map) {
	p := r.p
	options := r.codec(m, codec.Options{Format: "json", Charset: "UTF-8"})
	sink, source := r.Map(m.Get("sink"), "sink"), r.Map(m.Get("source"), "source")
	p.SinkOptions, p.SourceOptions = r.codec(sink, options), r.codec(source, options)
	p.Codec, p.SinkCodec, p.SourceCodec = short(options), short(p.SinkOptions), short(p.SourceOptions)
	p.Answer = p.SinkCodec
	if p.Answer.Format != "json" && p.Answer.Format != "xml" {
		p.Answer.Format = "text"
	}
	a := sink.Map("answer", "format", "charset")
	p.Answer.Format = a.OneOf("format", p.Answer.Format, "json", "xml", "text")
	p.Answer.Charset = a.OneOf("charset", p.Answer.Charset, charsets...)
}

var charsets = []string{"UTF-8", "GBK", "GB18030"}

func (r *reader) codec(m *yamlnode.Map, base codec.Options) codec.Options {
	c := m.Map("codec", "format", "charset", "declaration", "bom", "cut", "substitute")
	base.Format = c.OneOf("format", base.Format, "json", "xml", "form", "csv", "rows")
	base.Charset = c.OneOf("charset", base.Charset, charsets...)
	if c.Get("declaration") != nil {
		yes := c.Bool("declaration", true)
		base.Declaration = &yes
	}
	base.BOM = c.Bool("bom", base.BOM)
	base.Cut = c.OneOf("cut", base.Cut, "error", "trim")
	if name := c.Text("substitute", ""); name != "" {
		base.Substitutes = r.substitutes(c, name)
	}
	return base
}

// substitutes reads a table char,text.
func (r *reader) substitutes(c *yamlnode.Map, name string) map[rune]string {
	raw, err := fs.ReadFile(r.p.FS, path.Clean(name))
	if err != nil {
		r.Error(c.At("substitute"), "no-such-file", "the table of substitutes cannot be read: %v", cause(err))
		return nil
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 || rows[0][0] != "char" || rows[0][1] != "text" {
		r.Error(c.At("substitute"), "bad-value", "a table of substitutes has the header char,text")
		return nil
	}
	out := map[rune]string{}
	for _, row := range rows[1:] {
		char, size := utf8.DecodeRuneInString(row[0])
		if size != len(row[0]) || size == 0 {
			r.Error(c.At("substitute"), "bad-value", "a row of the table of substitutes does not begin with one character")
			continue
		}
		out[char] = row[1]
	}
	return out
}

func short(o codec.Options) adapter.Codec {
	return adapter.Codec{Format: o.Format, Charset: o.Charset, Cut: o.Cut}
}

// tokens reads none, namespaces and xref.
func (r *reader) tokens(m *yamlnode.Map) {
	none := m.Map("none", "loc")
	for _, n := range none.List("loc") {
		if n.Kind != yaml.ScalarNode {
			r.Error(n, "bad-value", "none.loc must hold spellings only")
			continue
		}
		r.none = append(r.none, token(n))
	}
	ns := m.Map("namespaces")
	r.namespaces = map[string]string{}
	for _, k := range ns.Keys() {
		r.namespaces[k] = ns.Need(k)
	}
	r.p.SinkOptions.Namespaces, r.p.SourceOptions.Namespaces = r.namespaces, r.namespaces
	x := m.Map("xref")
	r.p.XrefKinds = map[string]string{}
	for _, k := range x.Keys() {
		r.p.XrefKinds[k] = x.OneOf(k, "unit", "unit", "case")
	}
}

// token is a spelling of "no value": bare absent and null are tokens, what is
// quoted is text, which is kept apart by its quotes where it reads like a token.
func token(n *yaml.Node) string {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	switch {
	case quoted && (n.Value == "absent" || n.Value == "null"):
		return `"` + n.Value + `"`
	case !quoted && n.Tag == "!!null":
		return "null"
	}
	return n.Value
}

func (r *reader) schedule(m *yamlnode.Map) {
	n := m.Map("retry", "initial", "max", "multiplier", "jitter")
	t := Retry{Initial: n.Duration("initial", 5*time.Second), Max: n.Duration("max", 10*time.Minute), Multiplier: n.Float("multiplier", 2), Jitter: n.Float("jitter", 0.3)}
	if t.Initial <= 0 || t.Max < t.Initial {
		r.Error(n.Node, "bad-value", "retry.initial must be above 0 and retry.max at least as long")
	}
	if t.Multiplier < 1 || t.Multiplier > 100 {
		r.Error(n.At("multiplier"), "bad-value", "retry.multiplier must be 1 to 100")
	}
	if t.Jitter > 1 {
		r.Error(n.At("jitter"), "bad-value", "retry.jitter must be 0 to 1")
	}
	r.p.Retry = t
}

func (r *reader) limits(m *yamlnode.Map) {
	n := m.Map("limits", "concurrency", "rate", "timeout", "answer", "breaker")
	b := n.Map("breaker", "failures", "open")
	l := Limits{Concurrency: n.Int("concurrency", 8), Rate: n.Rate("rate", 0), Timeout: n.Duration("timeout", 15*time.Second), Answer: n.Size("answer", 1<<20),
		BreakerFailures: b.Int("failures", 0), BreakerOpen: b.Duration("open", 30*time.Second)}
	if l.Concurrency < 1 || l.Concurrency > 10_000 {
		r.Error(n.At("concurrency"), "bad-value", "limits.concurrency must be 1 to 10000")
	}
	if l.Timeout <= 0 || l.Answer <= 0 || l.BreakerOpen <= 0 {
		r.Error(n.Node, "bad-value", "limits.timeout, limits.answer and limits.breaker.open must be above 0")
	}
	r.p.Limits = l
}

// ends reads sink and source, whose insides are their kinds' business.
func (r *reader) ends(m *yamlnode.Map) {
	p := r.p
	sink, source := r.Map(m.Get("sink"), "sink"), r.Map(m.Get("source"), "source")
	if n := m.Get("sink"); n != nil {
		p.SinkNode, p.SinkKind = n, sink.Need("kind")
	}
	if n := m.Get("source"); n != nil {
		p.SourceNode, p.SourceKind = yamlnode.Clone(n), source.Need("kind")
	}
	if p.SinkNode == nil && p.SourceNode == nil {
		r.Error(m.Node, "missing", "a pack needs a sink, a source or both")
	}
	m.OneOf("reissue", "", "hold")
	m.Texts("volatile")
	for _, key := range []string{"reissue", "volatile"} {
		if m.Get(key) != nil {
			spread(p.SourceNode, m.Key(key), m.Get(key))
		}
	}
}

// spread gives each endpoint, read or item of a source what the pack says for all of them.
func spread(source, key, value *yaml.Node) {
	var to []*yaml.Node
	for _, part := range []string{"endpoints", "operations"} {
		if n := yamlnode.Find(source, part); n != nil && n.Kind == yaml.MappingNode {
			for i := 1; i < len(n.Content); i += 2 {
				to = append(to, n.Content[i])
			}
		}
	}
	if n := yamlnode.Find(source, "reads"); n != nil {
		to = append(to, n.Content...)
	}
	to = append(to, yamlnode.Find(source, "each"))
	for _, n := range to {
		if n != nil && n.Kind == yaml.MappingNode && yamlnode.Find(n, key.Value) == nil && yamlnode.Find(n, "acks") == nil {
			yamlnode.Set(n, key, value)
		}
	}
}
