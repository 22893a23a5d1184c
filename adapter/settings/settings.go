// Package settings reads the YAML mappings of sinks, sources and auth key by
// key, for every adapter kind alike.
//
// It promises that all findings come at once, each with line and column, that a
// key nobody asked for is a finding, and that a secret is a secret:NAME or a
// finding. It resolves nothing and opens nothing: what it gives back is as
// written. No finding quotes a value that may be a secret.
package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/expr"
)

// Reader gathers findings about one file.
type Reader struct {
	File     string
	Findings []adapter.Finding
}

// Add notes a finding at a node.
func (r *Reader) Add(n *yaml.Node, severity, code, format string, args ...any) {
	f := adapter.Finding{File: r.File, Line: 1, Col: 1, Severity: severity, Code: code, Message: fmt.Sprintf(format, args...)}
	if n != nil && n.Line > 0 {
		f.Line, f.Col = n.Line, n.Column
	}
	r.Findings = append(r.Findings, f)
}

// Err is the first finding of severity error as a plain error, nil where there is none.
func (r *Reader) Err() error {
	for _, f := range r.Findings {
		if f.Severity == "error" {
			return fmt.Errorf("%s:%d:%d: error[%s]: %s", f.File, f.Line, f.Col, f.Code, f.Message)
		}
	}
	return nil
}

// Map is one mapping being read.
type Map struct {
	*Reader
	At   *yaml.Node // nil where the mapping is not there
	keys []string
	vals map[string]*yaml.Node
	used map[string]bool
}

// Map opens a mapping; nil or null is an empty one.
func (r *Reader) Map(n *yaml.Node) *Map {
	m := &Map{Reader: r, At: n, vals: map[string]*yaml.Node{}, used: map[string]bool{}}
	n = deref(n)
	switch {
	case IsNull(n):
		return m
	case n.Kind != yaml.MappingNode:
		r.Add(n, "error", "wrong-kind", "must be a mapping")
		return m
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i].Value, deref(n.Content[i+1])
		if _, double := m.vals[k]; double {
			r.Add(v, "error", "syntax", "key %q stands twice", k)
			continue
		}
		m.keys = append(m.keys, k)
		m.vals[k] = v
	}
	return m
}

func deref(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		return deref(n.Content[0])
	}
	return n
}

// IsNull tells whether a node is missing or null.
func IsNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// Keys are the mapping's keys in order.
func (m *Map) Keys() []string { return m.keys }

// Has tells whether the key is there.
func (m *Map) Has(key string) bool { return m.vals[key] != nil }

// Node is the value of a key, nil where it is not there; it counts as read.
func (m *Map) Node(key string) *yaml.Node {
	m.used[key] = true
	return m.vals[key]
}

// Place is the value's node for findings, else the mapping's.
func (m *Map) Place(key string) *yaml.Node {
	if n := m.vals[key]; n != nil {
		return n
	}
	return m.At
}

// Map opens the mapping under a key.
func (m *Map) Map(key string) *Map { return m.Reader.Map(m.Node(key)) }

// String is a scalar's text as written, "" where it is not there.
func (m *Map) String(key string) string { return m.Scalar(m.Node(key)) }

// Scalar is a node's text as written.
func (r *Reader) Scalar(n *yaml.Node) string {
	n = deref(n)
	if IsNull(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.Add(n, "error", "wrong-kind", "must be a scalar")
		return ""
	}
	return n.Value
}

// Required is String, and a finding where it is empty.
func (m *Map) Required(key string) string {
	s := m.String(key)
	if s == "" {
		m.Add(m.Place(key), "error", "missing", "%s is missing", key)
	}
	return s
}

// Enum is one of a few words.
func (m *Map) Enum(key, otherwise string, words ...string) string {
	s := m.String(key)
	if s == "" {
		return otherwise
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	m.Add(m.Place(key), "error", "bad-value", "%s must be one of %s", key, strings.Join(words, ", "))
	return otherwise
}

// Bool is true or false.
func (m *Map) Bool(key string, otherwise bool) bool {
	switch m.String(key) {
	case "":
		return otherwise
	case "true":
		return true
	case "false":
		return false
	}
	m.Add(m.Place(key), "error", "bad-value", "%s must be true or false", key)
	return otherwise
}

// Int is a whole number from least on.
func (m *Map) Int(key string, otherwise, least int) int {
	s := m.String(key)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least {
		m.Add(m.Place(key), "error", "bad-value", "%s must be a whole number from %d on", key, least)
		return otherwise
	}
	return n
}

// Duration is a time such as 30s, 10m, 24h or 30d.
func (m *Map) Duration(key string, otherwise time.Duration) time.Duration {
	s := m.String(key)
	if s == "" {
		return otherwise
	}
	d, err := ParseDuration(s)
	if err != nil {
		m.Add(m.Place(key), "error", "bad-value", "%s must be a time such as 30s, 10m, 24h or 30d", key)
		return otherwise
	}
	return d
}

// ParseDuration reads Go's durations and whole days (30d); never negative.
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		err = fmt.Errorf("negative time")
	}
	return d, err
}

// Expr compiles an expression; nil where the key is not there or a finding was made.
func (m *Map) Expr(key string) *expr.Program { return m.Program(m.Node(key)) }

// Program compiles the expression that a node holds.
func (r *Reader) Program(n *yaml.Node) *expr.Program {
	n = deref(n)
	if n == nil {
		return nil
	}
	p, err := expr.Compile(r.Scalar(n))
	if err == nil {
		return p
	}
	e, _ := err.(*expr.Error)
	at := *n
	if e != nil {
		at.Line, at.Column = position(n, e)
		r.Add(&at, "error", "expr", "%s", e.Text)
	}
	return nil
}

// position is where in the file an expression's error stands, as far as the style of the scalar tells.
func position(n *yaml.Node, e *expr.Error) (line, col int) {
	switch n.Style {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		return n.Line + e.Line, e.Col
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		return n.Line, n.Column + e.Col
	}
	if e.Line > 1 {
		return n.Line + e.Line - 1, e.Col
	}
	return n.Line, n.Column + e.Col - 1
}

// End notes every key that nobody asked for.
func (m *Map) End() {
	for _, k := range m.keys {
		if m.used[k] {
			continue
		}
		m.Add(m.vals[k], "error", "unknown-key", "unknown key %q", k)
		if near := nearest(k, m.used); near != "" {
			m.Findings[len(m.Findings)-1].Hint = "did you mean " + near + "?"
		}
	}
}
