package mapping

import "go.yaml.in/yaml/v4"

// xrefKinds are the kinds of ids; true: scoped by unit and case, else by unit.
var xrefKinds = map[string]bool{
	"case": false, "org": false, "mediator": false, "expert": false,
	"party": true, "agent": true, "claim": true, "material": true,
}

func parseXref(p *parser, r *rule, n *yaml.Node) { r.xref, _ = p.word(n, "xref") }

func parseMint(p *parser, r *rule, n *yaml.Node) {
	w, _ := p.word(n, "mint")
	if w != "uuid" {
		p.l.errorf(p.at(n), "bad-value", "mint is uuid")
	}
	r.mint = true
}

func parseUnknown(p *parser, r *rule, n *yaml.Node) {
	w, _ := p.word(n, "unknown")
	if w != "absent" {
		p.l.errorf(p.at(n), "bad-value", "unknown is absent")
	}
	r.absent = true
}
