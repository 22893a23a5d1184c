package push

import (
	"net/http"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// answer is a native answer: a status and a body with placeholders.
type answer struct {
	status int
	text   *template.Template // of scalar bodies
	tree   *node              // of YAML mappings and lists, for JSON
}

// node is one node of an answer's tree.
type node struct {
	kind  yaml.Kind
	names []string
	nodes []*node
	text  *template.Template // of strings
	plain string             // numbers, true, false and null as they go into JSON
}

// placeholders are those of an answer; body.PATH is the document that came.
var placeholders = []string{"receipt", "status", "detail", "unit", "type", "now", "body.PATH"}

func parseAnswer(m *settings.Map, key string, c adapter.Codec) *answer {
	in := m.Map(key)
	a := &answer{status: in.Int("status", http.StatusOK, 200)}
	n := in.Node("body")
	switch {
	case settings.IsNull(n):
	case n.Kind == yaml.ScalarNode:
		a.text = compile(in, n)
	case c.Format != "json" && c.Format != "":
		in.Add(n, "error", "wrong-kind", "body is a template string with codec %s", c.Format)
	default:
		a.tree = tree(in, n)
	}
	in.End()
	return a
}

func compile(m *settings.Map, n *yaml.Node) *template.Template {
	t, err := template.Compile(m.Scalar(n), placeholders...)
	if err != nil {
		m.Add(n, "error", "placeholder", "%s", err)
	}
	return t
}

func tree(m *settings.Map, n *yaml.Node) *node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	out := &node{kind: n.Kind}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			out.names = append(out.names, n.Content[i].Value)
			out.nodes = append(out.nodes, tree(m, n.Content[i+1]))
		}
	case yaml.SequenceNode:
		for _, one := range n.Content {
			out.nodes = append(out.nodes, tree(m, one))
		}
	default:
		switch n.Tag {
		case "!!int", "!!float", "!!bool":
			if v, err := codec.FromJSON([]byte(n.Value)); err == nil && v.Kind != codec.String {
				out.plain = n.Value
				return out
			}
		case "!!null":
			out.plain = "null"
			return out
		}
		out.text = compile(m, n)
	}
	return out
}

// value renders the tree; a placeholder without a value is an empty string.
func (n *node) value(values template.Values) codec.Value {
	switch n.kind {
	case yaml.MappingNode:
		v := codec.Value{Kind: codec.Object}
		for i, name := range n.names {
			v.Members = append(v.Members, codec.Member{Name: name, Value: n.nodes[i].value(values)})
		}
		return v
	case yaml.SequenceNode:
		v := codec.Value{Kind: codec.Array}
		for _, one := range n.nodes {
			v.Items = append(v.Items, one.value(values))
		}
		return v
	}
	if n.text == nil {
		v, _ := codec.FromJSON([]byte(n.plain)) // checked when it was parsed
		return v
	}
	s, _ := n.text.Render(template.Raw, values) // cannot fail: every placeholder has a value
	return codec.Str(s)
}

// bytes renders the answer in the codec of the source.
func (a *answer) bytes(c adapter.Codec, values template.Values) []byte {
	var text string
	switch {
	case a.tree != nil:
		text = string(codec.AppendJSON(nil, a.tree.value(values)))
	case a.text != nil:
		place := template.Raw
		switch c.Format {
		case "json", "":
			place = template.JSON
		case "xml":
			place = template.XML
		case "form":
			place = template.Query
		}
		text, _ = a.text.Render(place, values)
	}
	b, err := codec.EncodeText(text, c.Charset, nil)
	if err != nil { // an echoed value that the charset cannot hold: the rest still goes
		b, _ = codec.EncodeText(ascii(text), c.Charset, nil)
	}
	return b
}

func ascii(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r > 0x7f {
			out[i] = '?'
		}
	}
	return string(out)
}

// native renders an answer; a placeholder without a value is empty.
func (a *answer) native(c adapter.Codec, values template.Values) []byte {
	return a.bytes(c, func(name, arg string) (string, bool) {
		v, _ := values(name, arg)
		return v, true
	})
}
