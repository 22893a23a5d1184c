package mapping

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// roads is a set of directions.
type roads uint8

const (
	roadLocal roads = 1 << iota
	roadNational
	roadsBoth = roadLocal | roadNational
)

func roadOf(d Direction) roads {
	if d == ToLocal {
		return roadLocal
	}
	return roadNational
}

func (r roads) has(d Direction) bool { return r&roadOf(d) != 0 }

func (r roads) String() string {
	switch r {
	case roadLocal:
		return "to-local"
	case roadNational:
		return "to-national"
	case roadsBoth:
		return "both"
	}
	return "none"
}

// sources gives the side that a direction reads.
func source(d Direction) side {
	if d == ToLocal {
		return nat
	}
	return loc
}

// scalar is a scalar of a mapping file: its source text, to be typed by a schema.
type scalar struct {
	text string
	bare bool // without quotes
	at   pos
}

// rule is one parsed entry of a table, not yet joined with schemas.
type rule struct {
	seq     int
	file    string
	at      pos // its first key
	keys    map[string]*yaml.Node
	names   []string // keys in the file's order
	shape   string
	meaning string
	paths   [2][]*path // several where a code table is composite
	each    []*rule
	eachAt  pos

	why       string
	lossy     roads
	direction roads // roadsBoth unless set
	narrowed  bool  // direction: stands there
	none      [2][]noneToken
	def       [2]*scalar
	text      *textSpec
	when      *whenSpec
	key       *keySpec
	at_       *path // at: of codes
	raw       *path
	mint      bool
	absent    bool // unknown: absent
	sensitive bool
	remember  bool

	constant *scalar
	check    bool
	drop     roads
	columns  *columnsSpec
	join     *joinSpec
	embed    *embedSpec
	computed *scalar

	convert *convertSpec
	codes   *codesSpec
	time    *timeSpec
	number  *numberSpec
	xref    string
}

func (r *rule) path(s side) *path {
	if len(r.paths[s]) == 0 {
		return nil
	}
	return r.paths[s][0]
}

// keyAt is the place of a key's value; the rule's own where the key isn't there.
func (r *rule) keyAt(names ...string) pos {
	for _, n := range names {
		if v, ok := r.keys[n]; ok {
			return at(r.file, v)
		}
	}
	return r.at
}

// runs tells whether the rule takes part in a direction.
func (r *rule) runs(d Direction) bool { return r.direction.has(d) }

// loses tells a loss that the rule admits in a direction.
func (r *rule) loses(d Direction) bool { return r.lossy.has(d) }

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
			return nil
		}
		return p.uses(w, p.at(deref(f["use"])))
	}
	if r := p.rule(n); r != nil {
		return []*rule{r}
	}
	return nil
}

func (p *parser) rule(n *yaml.Node) *rule {
	f, ok := p.fields(n, "a rule", p.known...)
	if !ok || len(n.Content) == 0 {
		if ok {
			p.l.errorf(p.at(n), "syntax", "a rule is empty")
		}
		return nil
	}
	if *p.seq++; *p.seq > maxRules {
		if *p.seq == maxRules+1 {
			p.l.errorf(p.at(n), "bad-value", "the table has more than %d rules", maxRules)
		}
		return nil
	}
	r := &rule{seq: *p.seq, file: p.file, at: p.at(n.Content[0]), keys: f, direction: roadsBoth, check: true}
	for i := 0; i < len(n.Content); i += 2 {
		r.names = append(r.names, n.Content[i].Value)
	}
	for _, k := range p.table {
		v, ok := f[k.name]
		if !ok {
			continue
		}
		switch k.class {
		case classShape:
			// columns and embed bring each with them.
			if r.shape != "" && !(k.name == "each" && (r.shape == "columns" || r.shape == "embed")) {
				p.l.errorf(p.at(v), "wrong-kind", "a rule is either %s or %s", r.shape, k.name)
				return nil
			}
			if r.shape == "" {
				r.shape = k.name
			}
		case classMeaning:
			if r.meaning != "" {
				p.l.errorf(p.at(v), "wrong-kind", "a rule has one meaning: %s or %s", r.meaning, k.name)
				return nil
			}
			r.meaning = k.name
		}
		if k.parse != nil {
			k.parse(p, r, v)
		}
	}
	if r.shape == "entries" {
		r.shape = "each"
		if len(r.paths[nat]) == 1 && len(r.paths[loc]) == 1 {
			expandEntries(p, r)
		}
	}
	if r.shape == "" {
		r.shape = "plain"
	}
	return p.complete(r)
}

// complete asks for the keys that a shape needs and refuses those that say nothing beside it.
func (p *parser) complete(r *rule) *rule {
	bad := func(format string, args ...any) *rule {
		p.l.errorf(r.at, "wrong-kind", format, args...)
		return nil
	}
	for s := nat; s <= loc; s++ {
		if _, ok := r.keys[s.String()]; ok && r.paths[s] == nil {
			return nil // its error is told already
		}
	}
	hasNat, hasLoc := len(r.paths[nat]) > 0, len(r.paths[loc]) > 0
	switch r.shape {
	case "plain":
		if !hasNat || !hasLoc {
			return bad("a rule without a shape names both nat and loc")
		}
	case "each":
		if r.each == nil && r.keys["entries"] == nil {
			return nil
		}
		if !hasNat || !hasLoc {
			return bad("each needs both nat and loc")
		}
	case "columns":
		if r.columns == nil {
			return nil
		}
		if hasNat == hasLoc || len(r.paths[r.columns.side]) > 0 {
			return bad("columns stand for one side, the list is named on the other")
		}
		if r.keys["each"] == nil {
			return bad("columns need each")
		}
	case "join":
		if r.join == nil {
			return nil
		}
		if hasNat == hasLoc || len(r.paths[r.join.side]) > 0 {
			return bad("join stands for one side, the joined text is named on the other")
		}
	case "embed":
		if r.embed == nil {
			return nil
		}
		if !hasLoc || r.keys["each"] == nil {
			return bad("embed needs loc and each")
		}
	case "const", "drop", "computed":
		if hasNat == hasLoc {
			return bad("%s names one side", r.shape)
		}
		if r.shape == "const" && r.constant == nil || r.shape == "computed" && r.computed == nil || r.shape == "drop" && r.drop == 0 {
			return nil
		}
	}
	if r.meaning != "" && (r.shape != "plain" && r.shape != "computed") {
		return bad("%s takes no meaning, so no %s", r.shape, r.meaning)
	}
	if (r.shape == "each" || r.shape == "columns" || r.shape == "embed") && r.text != nil {
		return bad("%s takes no text", r.shape)
	}
	if len(r.paths[nat]) > 1 || len(r.paths[loc]) > 1 {
		if r.meaning != "codes" {
			return bad("a list of paths is for composite codes only")
		}
	}
	if r.why == "" && (r.lossy != 0 || r.drop != 0 || !r.check) {
		what := "lossy"
		if r.drop != 0 {
			what = "drop"
		} else if !r.check {
			what = "check: false"
		}
		p.l.errorf(r.keyAt("drop", "lossy", "check"), "why-missing", "%s wants its reason under why", what)
	}
	return r
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
