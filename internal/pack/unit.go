package pack

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/yamlnode"
)

// Use is how a unit uses a pack: what duijie.yaml says of it.
type Use struct {
	File      string // the configuration, as findings name it
	Line, Col int    // of the unit
	Settings  *yaml.Node
	Secrets   map[string]string // NAME → reference
	// Loopback: the public listener can be reached from this machine only.
	Loopback bool
	// Mutual: the unit has mTLS.
	Mutual bool
}

// shift sets lines of the configuration apart from those of pack.yaml while kinds check both at once.
const shift = 1 << 24

// CheckUse finds what is wrong between a unit and its pack: settings that no end
// knows or takes, secrets that are not bound, and surfaces that anybody could call.
func (p *Pack) CheckUse(u Use) []Finding {
	r := &yamlnode.Reader{File: u.File}
	at := &yaml.Node{Line: u.Line, Column: u.Col}
	_, _, stray := p.overlay(u.Settings)
	for _, key := range stray {
		r.Error(key, "unknown-key", "settings: neither the pack's sink nor its source knows this key")
	}
	sink, source, _ := p.overlay(shifted(u.Settings))
	if p.sink.CheckSink != nil {
		again(r, u.File, p.sink.CheckSink(p.sinkSettings(sink)))
	}
	if p.source.CheckSource != nil {
		again(r, u.File, p.source.CheckSource(p.sourceSettings(source, sink)))
	}
	named, needed := map[string]*yaml.Node{}, map[string]*yaml.Node{}
	for _, end := range []*yaml.Node{sink, source} {
		secrets(end, named)
		secrets(onThisMachine(end), needed)
	}
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		if u.Secrets[name] == "" {
			r.Error(at, "secret-unbound", "secrets: the pack needs secret:%s, which the unit does not bind", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.Secrets)) {
		if named[name] == nil {
			r.Warn(at, "secret-unused", "secrets: the pack names no secret:%s", name)
		}
	}
	if !u.Loopback && !u.Mutual && (p.SinkKind == "pull" && callable(sink) || p.SourceKind == "push" && callable(source) || p.SourceKind == "soap" && callable(source) && (p.SinkKind != "soap" || !tokens(sink))) {
		r.Error(at, "open-local", "anybody could call the unit's /local surface: it needs auth, mTLS or a listener on loopback")
	}
	return merge(r.Findings(), nil)
}

// onThisMachine is an end without the keys to a server where its folder needs none:
// a unit may put a folder of this machine, or a share, in the place of one over SFTP.
func onThisMachine(end *yaml.Node) *yaml.Node {
	root := yamlnode.Find(yamlnode.Find(end, "settings"), "root")
	if k := yamlnode.Find(end, "kind"); k == nil || k.Value != "file" || root == nil || strings.HasPrefix(root.Value, "sftp://") {
		return end
	}
	out := yamlnode.Clone(end)
	in := yamlnode.Find(out, "settings")
	for i := len(in.Content) - 2; i >= 0; i -= 2 {
		if k := in.Content[i].Value; k == "key" || k == "knownHosts" {
			in.Content = slices.Delete(in.Content, i, i+2)
		}
	}
	return out
}

// again keeps the findings that are about the unit's own lines.
func again(r *yamlnode.Reader, file string, fs []adapter.Finding) {
	for _, f := range fs {
		if f.Line >= shift {
			r.Add(yamlnode.Finding{File: file, Line: f.Line - shift, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint})
		}
	}
}

func shifted(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Line += shift
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out.Content[i] = shifted(c)
	}
	return &out
}

// callable tells whether an end that local systems call asks nobody who they are.
func callable(end *yaml.Node) bool {
	if kind := yamlnode.Find(yamlnode.Find(end, "auth"), "kind"); kind != nil && kind.Value != "none" {
		return false
	}
	if e := yamlnode.Find(yamlnode.Find(end, "settings"), "envelope"); e != nil && e.Value == "sm" {
		return false
	}
	return !tokens(end)
}

// tokens tells whether an end asks for WS-Security's UsernameToken; a soap source
// takes that from its sink where it says nothing itself.
func tokens(end *yaml.Node) bool {
	return !yamlnode.IsNull(yamlnode.Find(yamlnode.Find(end, "settings"), "wsse"))
}
