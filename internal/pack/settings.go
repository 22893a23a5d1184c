package pack

import (
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/yamlnode"
)

// SinkSettings are the pack's with a unit's `settings:` laid over them, key by
// key; a value replaces the whole value. unit may be nil.
func (p *Pack) SinkSettings(unit *yaml.Node) adapter.Settings {
	sink, _, _ := p.overlay(unit)
	out := p.sinkSettings(sink)
	out.FromUnit = fromUnit(unit, "sink")
	return out
}

// SourceSettings are the same for the source.
func (p *Pack) SourceSettings(unit *yaml.Node) adapter.Settings {
	sink, source, _ := p.overlay(unit)
	out := p.sourceSettings(source, sink)
	out.FromUnit = fromUnit(unit, "source")
	return out
}

func (p *Pack) sinkSettings(node *yaml.Node) adapter.Settings {
	return adapter.Settings{File: p.file, Node: node, Codec: p.SinkCodec, Answer: p.Answer, Timeout: p.Limits.Timeout, MaxAnswer: p.Limits.Answer}
}

func (p *Pack) sourceSettings(node, sink *yaml.Node) adapter.Settings {
	return adapter.Settings{File: p.file, Node: node, Codec: p.SourceCodec, Answer: p.Answer, Timeout: p.Limits.Timeout, MaxAnswer: p.Limits.Answer, SinkNode: sink}
}

// overlay lays a unit's settings over copies of both ends. stray are the keys
// that neither end knows.
func (p *Pack) overlay(unit *yaml.Node) (sink, source *yaml.Node, stray []*yaml.Node) {
	sink, source = yamlnode.Clone(p.SinkNode), yamlnode.Clone(p.SourceNode)
	if unit == nil || unit.Kind != yaml.MappingNode {
		return sink, source, nil
	}
	for i := 0; i+1 < len(unit.Content); i += 2 {
		key, value := unit.Content[i], unit.Content[i+1]
		switch {
		case key.Value == "sink" && value.Kind == yaml.MappingNode:
			stray = append(stray, lay(sink, value)...)
		case key.Value == "source" && value.Kind == yaml.MappingNode:
			stray = append(stray, lay(source, value)...)
		default:
			taken := false
			if p.sinkKnows(key, value) {
				put(sink, key, value)
				taken = true
			}
			if p.sourceKnows(key, value) {
				put(source, key, value)
				taken = true
			}
			if !taken {
				stray = append(stray, key)
			}
		}
	}
	return sink, source, stray
}

// lay puts every key of a unit's sink: or source: over an end's settings.
// fromUnit names the settings of one end ("sink", "source") that the unit set
// itself, flat or below the end's own key.
func fromUnit(unit *yaml.Node, end string) map[string]bool {
	out := map[string]bool{}
	if unit == nil || unit.Kind != yaml.MappingNode {
		return out
	}
	for i := 0; i+1 < len(unit.Content); i += 2 {
		key, value := unit.Content[i].Value, unit.Content[i+1]
		if value.Kind != yaml.MappingNode || key != "sink" && key != "source" {
			out[key] = true
			continue
		}
		if key == end {
			for j := 0; j+1 < len(value.Content); j += 2 {
				out[value.Content[j].Value] = true
			}
		}
	}
	return out
}

func lay(end, over *yaml.Node) (stray []*yaml.Node) {
	for i := 0; i+1 < len(over.Content); i += 2 {
		if end == nil {
			stray = append(stray, over.Content[i])
			continue
		}
		put(end, over.Content[i], over.Content[i+1])
	}
	return stray
}

// put sets one key below settings.
func put(end, key, value *yaml.Node) {
	s := yamlnode.Find(end, "settings")
	if s == nil || s.Kind != yaml.MappingNode {
		s = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: key.Line, Column: key.Column}
		yamlnode.Set(end, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "settings", Line: key.Line, Column: key.Column}, s)
	}
	yamlnode.Set(s, yamlnode.Clone(key), yamlnode.Clone(value))
}

// marked is a line that no file has: a finding about it is about the key in question.
const marked = 1 << 30

func (p *Pack) sinkKnows(key, value *yaml.Node) bool {
	if p.SinkNode == nil {
		return false
	}
	if p.sink.CheckSink == nil {
		return true
	}
	end := yamlnode.Clone(p.SinkNode)
	put(end, mark(key), mark(value))
	return !unknown(p.sink.CheckSink(p.sinkSettings(end)))
}

func (p *Pack) sourceKnows(key, value *yaml.Node) bool {
	if p.SourceNode == nil {
		return false
	}
	if p.source.CheckSource == nil {
		return true
	}
	end := yamlnode.Clone(p.SourceNode)
	put(end, mark(key), mark(value))
	return !unknown(p.source.CheckSource(p.sourceSettings(end, p.SinkNode)))
}

// mark gives one node, not those below it, the line that no file has.
func mark(n *yaml.Node) *yaml.Node {
	out := *n
	out.Line = marked
	return &out
}

func unknown(fs []adapter.Finding) bool {
	for _, f := range fs {
		if f.Code == "unknown-key" && f.Line == marked {
			return true
		}
	}
	return false
}
