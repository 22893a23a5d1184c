package mapping

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxRules bounds the rules of a table, its groups and columns among them: what
// a person writes has hundreds, what an alias or a nested range makes, millions.
const maxRules = 20000

// parser reads the nodes of one file.
type parser struct {
	l    *lint
	file string
	seq  *int
	uses func(name string, at pos) []*rule

	table []ruleKey
	known []string
}

func newParser(l *lint, file string, seq *int) *parser {
	p := &parser{l: l, file: file, seq: seq, table: ruleTable()}
	for _, k := range p.table {
		p.known = append(p.known, k.name)
	}
	return p
}

func (p *parser) at(n *yaml.Node) pos { return at(p.file, n) }

// fields reads a mapping node: known keys by name. Others are findings.
func (p *parser) fields(n *yaml.Node, what string, known ...string) (map[string]*yaml.Node, bool) {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		p.l.errorf(p.at(n), "syntax", "%s is to be a mapping", what)
		return nil, false
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], deref(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			p.l.errorf(p.at(k), "syntax", "a key of %s is no word", what)
			continue
		}
		if _, ok := out[k.Value]; ok {
			p.l.errorf(p.at(k), "syntax", "%s has the key %s twice", what, k.Value)
			continue
		}
		if !contains(known, k.Value) {
			p.l.add(Finding{Severity: sevError, Code: "unknown-key", Message: what + " has no key " + k.Value, Hint: hintNearest(k.Value, known)}, p.at(k))
			continue
		}
		out[k.Value] = v
	}
	return out, true
}

func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (p *parser) word(n *yaml.Node, what string) (string, bool) {
	n = deref(n)
	if n.Kind != yaml.ScalarNode {
		p.l.errorf(p.at(n), "syntax", "%s is to be one word", what)
		return "", false
	}
	return n.Value, true
}

func (p *parser) scalar(n *yaml.Node, what string) *scalar {
	w, ok := p.word(n, what)
	if !ok {
		return nil
	}
	n = deref(n)
	return &scalar{w, bare(n), p.at(n)}
}

// bare tells a scalar without quotes.
func bare(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

func (p *parser) words(n *yaml.Node, what string) []string {
	n = deref(n)
	if n.Kind != yaml.SequenceNode {
		w, ok := p.word(n, what)
		if !ok {
			return nil
		}
		return []string{w}
	}
	var out []string
	for _, c := range n.Content {
		if w, ok := p.word(c, what); ok {
			out = append(out, w)
		}
	}
	return out
}

func (p *parser) bool(n *yaml.Node, what string) bool {
	w, ok := p.word(n, what)
	if ok && w != "true" && w != "false" {
		p.l.errorf(p.at(n), "bad-value", "%s is to be true or false", what)
	}
	return w == "true"
}

func (p *parser) path(n *yaml.Node, what string) *path {
	w, ok := p.word(n, what)
	if !ok {
		return nil
	}
	x, err := parsePath(w)
	if err != nil {
		p.l.errorf(p.at(n), "syntax", "%s: %v", what, err)
		return nil
	}
	return x
}

func (p *parser) roads(n *yaml.Node, what string) roads {
	w, ok := p.word(n, what)
	switch w {
	case "to-local":
		return roadLocal
	case "to-national":
		return roadNational
	case "both":
		return roadsBoth
	}
	if ok {
		p.l.errorf(p.at(n), "bad-value", "%s is to be to-local, to-national or both", what)
	}
	return 0
}

// rules reads a list of rules; use: entries are replaced by their group.
func (p *parser) rules(n *yaml.Node) []*rule {
	n = deref(n)
	if n.Kind != yaml.SequenceNode {
		p.l.errorf(p.at(n), "syntax", "rules are to be a list")
		return nil
	}
	var out []*rule
	for _, c := range n.Content {
		out = append(out, p.entry(deref(c))...)
	}
	return out
}

func (p *parser) entry(n *yaml.Node) []*rule {
	if n.Kind == yaml.MappingNode && len(n.Content) >= 2 && n.Content[0].Value == "use" {
		f, _ := p.fields(n, "use", "use")
		w, ok := p.word(f["use"], "use")
		if !ok {
			return unknownRules(p.at(n))
		}
		return p.uses(w, p.at(deref(f["use"])))
	}
	if r := p.rule(n); r != nil {
		return []*rule{r}
	}
	return unknownRules(p.at(n))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
