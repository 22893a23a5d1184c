package yamlnode

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Map is one mapping whose keys are known. A nil Map has no key.
type Map struct {
	r    *Reader
	Node *yaml.Node // the mapping; never nil in a Map that Reader.Map gave
	Path string     // of the mapping, for messages: national.sign
	keys map[string]*yaml.Node
	vals map[string]*yaml.Node
}

// Map reads a mapping; known lists its keys, none: any. A node that is no
// mapping is a finding and gives an empty Map; nil and null give one without a finding.
func (r *Reader) Map(n *yaml.Node, path string, known ...string) *Map {
	m := &Map{r: r, Node: n, Path: path, keys: map[string]*yaml.Node{}, vals: map[string]*yaml.Node{}}
	if IsNull(n) {
		if n == nil {
			m.Node = &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
		}
		return m
	}
	if n.Kind != yaml.MappingNode {
		r.Error(n, "bad-value", "%s must be a mapping", named(path))
		return m
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.Error(k, "syntax", "a key must be plain text")
			continue
		case m.keys[k.Value] != nil:
			r.Error(k, "syntax", "%s stands here twice, first in line %d", join(path, k.Value), m.keys[k.Value].Line)
			continue
		case len(known) > 0 && !contains(known, k.Value):
			hint := ""
			if near := Nearest(k.Value, known); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.add("error", k, "unknown-key", hint, "unknown key "+join(path, short(k.Value)))
		}
		m.keys[k.Value], m.vals[k.Value] = k, n.Content[i+1]
	}
	return m
}

// Keys are the names in the order of the file.
func (m *Map) Keys() []string {
	var out []string
	for i := 0; i+1 < len(m.Node.Content); i += 2 {
		if k := m.Node.Content[i]; m.keys[k.Value] == k {
			out = append(out, k.Value)
		}
	}
	return out
}

// Get is the value's node, nil where the key is absent or null.
func (m *Map) Get(key string) *yaml.Node {
	if IsNull(m.vals[key]) {
		return nil
	}
	return m.vals[key]
}

// At is the node to point at for a key: its value, else the mapping.
func (m *Map) At(key string) *yaml.Node {
	if v := m.vals[key]; v != nil {
		return v
	}
	return m.Node
}

// Key is the key's own node, nil where absent.
func (m *Map) Key(key string) *yaml.Node { return m.keys[key] }

// Map reads the mapping under a key.
func (m *Map) Map(key string, known ...string) *Map {
	n := m.Get(key)
	sub := m.r.Map(n, join(m.Path, key), known...)
	if n == nil {
		sub.Node = &yaml.Node{Kind: yaml.MappingNode, Line: m.At(key).Line, Column: m.At(key).Column}
	}
	return sub
}

// Need is Text of a key that must be there and not empty.
func (m *Map) Need(key string) string {
	s := m.Text(key, "")
	if n := m.Get(key); n == nil || n.Kind == yaml.ScalarNode && s == "" {
		m.r.Error(m.At(key), "missing", "%s is missing", join(m.Path, key))
	}
	return s
}

// Text is a scalar as it stands in the file.
func (m *Map) Text(key, otherwise string) string {
	n := m.Get(key)
	if n == nil {
		return otherwise
	}
	if n.Kind != yaml.ScalarNode {
		m.r.Error(n, "bad-value", "%s must be text", join(m.Path, key))
		return otherwise
	}
	return n.Value
}

// OneOf is a scalar out of a list.
func (m *Map) OneOf(key, otherwise string, allowed ...string) string {
	s := m.Text(key, otherwise)
	if m.Get(key) != nil && m.Get(key).Kind == yaml.ScalarNode && !contains(allowed, s) {
		m.r.Error(m.At(key), "bad-value", "%s must be one of %s", join(m.Path, key), strings.Join(allowed, ", "))
		return otherwise
	}
	return s
}

// Texts is a list of scalars; a lone scalar is a list of one.
func (m *Map) Texts(key string) []string {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	for _, c := range m.List(key) {
		if c.Kind != yaml.ScalarNode || IsNull(c) {
			m.r.Error(c, "bad-value", "%s must hold text only", join(m.Path, key))
			continue
		}
		out = append(out, c.Value)
	}
	return out
}

// List is the items under a key.
func (m *Map) List(key string) []*yaml.Node {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.r.Error(n, "bad-value", "%s must be a list", join(m.Path, key))
		return nil
	}
	return n.Content
}

// Bool is true or false.
func (m *Map) Bool(key string, otherwise bool) bool {
	switch m.OneOf(key, strconv.FormatBool(otherwise), "true", "false") {
	case "true":
		return true
	default:
		return false
	}
}

// Int is a whole number that is not negative.
func (m *Map) Int(key string, otherwise int) int {
	return parse(m, key, otherwise, "a whole number", func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= 0
	})
}

// Float is a number that is not negative.
func (m *Map) Float(key string, otherwise float64) float64 {
	return parse(m, key, otherwise, "a number", func(s string) (float64, bool) {
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil && f >= 0 && f < 1e15
	})
}

// Duration is a length of time: 30d, 4h, 5m, 1h30m.
func (m *Map) Duration(key string, otherwise time.Duration) time.Duration {
	return parse(m, key, otherwise, "a length of time such as 30s, 5m, 4h or 30d", ParseDuration)
}

// Size is a number of bytes: 10MiB, 1GiB, 512.
func (m *Map) Size(key string, otherwise int64) int64 {
	return parse(m, key, otherwise, "a size such as 512, 64KiB, 10MiB or 1GiB", ParseSize)
}

// Rate is requests a second, written N/s, N/m or N/h; 0 is none.
func (m *Map) Rate(key string, otherwise float64) float64 {
	return parse(m, key, otherwise, "a rate such as 50/s, 30/m or 100/h", ParseRate)
}

// Networks is a list of addresses and prefixes.
func (m *Map) Networks(key string) []string {
	out := m.Texts(key)
	for _, s := range out {
		if _, err := netip.ParsePrefix(s); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(s); err != nil {
			m.r.Error(m.At(key), "bad-value", "%s must hold addresses or prefixes such as 10.0.0.0/8", join(m.Path, key))
			break
		}
	}
	return out
}

func parse[T any](m *Map, key string, otherwise T, kind string, read func(string) (T, bool)) T {
	n := m.Get(key)
	if n == nil {
		return otherwise
	}
	if n.Kind == yaml.ScalarNode {
		if v, ok := read(n.Value); ok {
			return v
		}
	}
	m.r.Error(n, "bad-value", "%s must be %s", join(m.Path, key), kind)
	return otherwise
}
