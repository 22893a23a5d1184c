package pack

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/yamlnode"
)

// kinds resolves the adapter kinds and has them check their settings.
func (r *reader) kinds() {
	p := r.p
	r.references(p.SinkNode)
	r.references(p.SourceNode)
	if r.find == nil {
		return
	}
	p.sink = r.kind("sink", p.SinkNode, p.SinkKind)
	p.source = r.kind("source", p.SourceNode, p.SourceKind)
	if p.SinkNode != nil && p.sink.Name != "" && p.sink.Sink == nil {
		r.Error(yamlnode.Find(p.SinkNode, "kind"), "bad-value", "kind %s is none of a sink", p.sink.Name)
	} else if p.sink.CheckSink != nil {
		r.add(p.sink.CheckSink(p.sinkSettings(p.SinkNode)))
	}
	if p.SourceNode != nil && p.source.Name != "" && p.source.Source == nil {
		r.Error(yamlnode.Find(p.SourceNode, "kind"), "bad-value", "kind %s is none of a source", p.source.Name)
	} else if p.source.CheckSource != nil {
		r.add(p.source.CheckSource(p.sourceSettings(p.SourceNode, p.SinkNode)))
	}
}

func (r *reader) kind(end string, node *yaml.Node, name string) adapter.Kind {
	if node == nil || name == "" {
		return adapter.Kind{}
	}
	k, ok := r.find(name)
	if !ok {
		r.Error(yamlnode.Find(node, "kind"), "bad-value", "%s.kind names no kind of adapter", end)
	}
	return k
}

func (r *reader) add(fs []adapter.Finding) {
	for _, f := range fs {
		r.Add(yamlnode.Finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint})
	}
}

// references finds env: and file: in what a pack says: packs come from
// elsewhere, so they may name secrets only. Attachments that come as files are
// named by `materials: file:PATH` and are none.
func (r *reader) references(n *yaml.Node) {
	if n == nil {
		return
	}
	for i, c := range n.Content {
		key := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = n.Content[i-1].Value
		}
		if c.Kind == yaml.ScalarNode && key != "materials" && (strings.HasPrefix(c.Value, "env:") || strings.HasPrefix(c.Value, "file:")) {
			r.Error(c, "secret-literal", "a pack names secrets as secret:NAME only; the unit binds them to env:NAME or file:PATH")
		}
		r.references(c)
	}
}

// secrets lists the names behind secret:NAME below a node, with their places.
func secrets(n *yaml.Node, found map[string]*yaml.Node) {
	if n == nil {
		return
	}
	if name, ok := strings.CutPrefix(n.Value, "secret:"); ok && n.Kind == yaml.ScalarNode && name != "" && found[name] == nil {
		found[name] = n
	}
	for _, c := range n.Content {
		secrets(c, found)
	}
}
