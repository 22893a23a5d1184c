package mapping

import "go.yaml.in/yaml/v4"

// const, drop and computed name one side only.

func parseConst(p *parser, r *rule, n *yaml.Node) { r.constant = p.scalar(n, "const") }

func parseComputed(p *parser, r *rule, n *yaml.Node) { r.computed = p.scalar(n, "computed") }

func parseDrop(p *parser, r *rule, n *yaml.Node) { r.drop = p.roads(n, "drop") }

// whenSpec is the condition of a rule, over national or over local names.
type whenSpec struct {
	expr string
	side side
	at   pos
	bare bool // without quotes
}

func parseWhen(p *parser, r *rule, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		r.when = &whenSpec{n.Value, nat, p.at(n), bare(n)}
		return
	}
	f, ok := p.fields(n, "when", "loc")
	if !ok || f["loc"] == nil {
		return
	}
	w, _ := p.word(f["loc"], "when.loc")
	r.when = &whenSpec{w, loc, p.at(f["loc"]), bare(f["loc"])}
}

func parseRaw(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "raw", "nat")
	if ok && f["nat"] != nil {
		r.raw = p.path(f["nat"], "raw.nat")
	}
}

func parseAt(p *parser, r *rule, n *yaml.Node) { r.at_ = p.path(n, "at") }

// embedSpec is a message inside a string field.
type embedSpec struct {
	at     pos
	format string
	local  string
	cdata  bool
}

func parseEmbed(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "embed", "codec", "local", "cdata")
	if !ok {
		return
	}
	e := &embedSpec{at: p.at(n)}
	if v := f["codec"]; v != nil {
		e.format, _ = p.word(v, "codec")
	}
	if e.format != "xml" && e.format != "json" {
		p.l.errorf(e.at, "bad-value", "embed: codec is xml or json")
		return
	}
	if v := f["local"]; v != nil {
		e.local, _ = p.word(v, "local")
	}
	if v := f["cdata"]; v != nil {
		e.cdata = p.bool(v, "cdata")
	}
	r.embed = e
	if r.paths[nat] == nil && r.keys["nat"] == nil {
		r.paths[nat] = []*path{{raw: ".", self: true}}
	}
}
