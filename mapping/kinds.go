package mapping

import "go.yaml.in/yaml/v4"

// keyClass is what a key of a rule is.
type keyClass uint8

const (
	classSide keyClass = iota
	classShape
	classMeaning
	classModifier
	classPart // belongs to one shape or meaning
)

// ruleKey is one entry of the rule table: all that a rule may say. The format's
// JSON Schema and the documentation are made from it.
type ruleKey struct {
	name  string
	class keyClass
	parse func(*parser, *rule, *yaml.Node)
	doc   string
}

// ruleTable is the whole language of a rule. Shapes stand before each, which
// columns and embed bring with them.
func ruleTable() []ruleKey {
	return []ruleKey{
		{"nat", classSide, parseSide(nat), "path on the national side"},
		{"loc", classSide, parseSide(loc), "path on the local side"},

		{"columns", classShape, parseColumns, "a list as numbered flat fields"},
		{"embed", classShape, parseEmbed, "a whole message inside a string field"},
		{"join", classShape, parseJoin, "several parts as one text"},
		{"const", classShape, parseConst, "a fixed value"},
		{"computed", classShape, parseComputed, "an expression"},
		{"drop", classShape, parseDrop, "a declared loss"},
		{"entries", classShape, nil, "an object's members as a list of key and value"},
		{"each", classShape, parseEach, "element by element, or a group"},

		{"convert", classMeaning, parseConvert, "another JSON type"},
		{"codes", classMeaning, parseCodes, "a code table"},
		{"time", classMeaning, parseTime, "another form of time"},
		{"number", classMeaning, parseNumber, "another form of number"},
		{"xref", classMeaning, parseXref, "another side's id"},

		{"key", classPart, parseKey, "what identifies an element on each side"},
		{"raw", classPart, parseRaw, "where a code is kept as it came"},
		{"at", classPart, parseAt, "the date that a code table is asked for"},
		{"check", classPart, func(p *parser, r *rule, n *yaml.Node) { r.check = p.bool(n, "check") }, "false: another value than the constant is ignored"},
		{"mint", classPart, parseMint, "make an id where none is known"},
		{"unknown", classPart, parseUnknown, "absent: leave out what has no known id"},

		{"none", classModifier, parseNone, "spellings of no value"},
		{"default", classModifier, parseDefault, "what is written where the source has no value"},
		{"text", classModifier, parseText, "normal form of the local text"},
		{"when", classModifier, parseWhen, "the rule is there only if"},
		{"lossy", classModifier, func(p *parser, r *rule, n *yaml.Node) {
			r.lossy = p.roads(n, "lossy")
			r.broken = r.broken || r.lossy == 0
		}, "a direction that loses"},
		{"why", classModifier, func(p *parser, r *rule, n *yaml.Node) {
			w, _ := p.word(n, "why")
			r.why = oneLine(w)
		}, "the reason"},
		{"direction", classModifier, func(p *parser, r *rule, n *yaml.Node) {
			r.narrowed = true
			if d := p.roads(n, "direction"); d != 0 {
				r.direction = d
			} else {
				r.broken = true
			}
		}, "the only direction that the rule runs"},
		{"sensitive", classModifier, func(p *parser, r *rule, n *yaml.Node) { r.sensitive = p.bool(n, "sensitive") }, "masked where it is shown"},
		{"remember", classModifier, func(p *parser, r *rule, n *yaml.Node) { r.remember = p.bool(n, "remember") }, "kept and put back"},
	}
}

func parseSide(s side) func(*parser, *rule, *yaml.Node) {
	return func(p *parser, r *rule, n *yaml.Node) {
		if n.Kind == yaml.SequenceNode {
			var ps []*path
			for _, c := range n.Content {
				x := p.path(c, s.String())
				if x == nil {
					return
				}
				ps = append(ps, x)
			}
			r.paths[s] = ps
			return
		}
		if n.Kind == yaml.ScalarNode && n.Value == "*" {
			r.paths[s] = []*path{{raw: "*"}}
			return
		}
		if x := p.path(n, s.String()); x != nil {
			r.paths[s] = []*path{x}
		}
	}
}

// wide tells drop's "*": the rest of the object at hand.
func (p *path) wide() bool { return p != nil && p.raw == "*" }
