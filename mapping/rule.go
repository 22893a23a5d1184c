package mapping

import (
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

	// broken: a finding makes it unusable. What it names still counts as spoken
	// for, so that one mistake is one finding.
	broken bool
	// doubtful: a finding is about one of its keys; its paths and shape stand.
	doubtful bool
}

func (r *rule) spoiled() *rule {
	r.broken = true
	return r
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

func (p *parser) rule(n *yaml.Node) *rule {
	told := p.l.errors
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
	r := &rule{seq: *p.seq, file: p.file, at: p.at(n.Content[0]), keys: f, direction: roadsBoth, check: true, doubtful: p.l.errors > told}
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
				return r.spoiled()
			}
			if r.shape == "" {
				r.shape = k.name
			}
		case classMeaning:
			if r.meaning != "" {
				p.l.errorf(p.at(v), "wrong-kind", "a rule has one meaning: %s or %s", r.meaning, k.name)
				return r.spoiled()
			}
			r.meaning = k.name
		}
		if k.parse != nil {
			told := p.l.errors
			k.parse(p, r, v)
			r.doubtful = r.doubtful || p.l.errors > told && k.name != "each"
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
		if r.doubtful {
			return r.spoiled() // an error of a key is told already
		}
		p.l.errorf(r.at, "wrong-kind", format, args...)
		return r.spoiled()
	}
	for s := nat; s <= loc; s++ {
		if _, ok := r.keys[s.String()]; ok && r.paths[s] == nil {
			return r.spoiled() // its error is told already
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
			return r.spoiled()
		}
		if !hasNat || !hasLoc {
			return bad("each needs both nat and loc")
		}
	case "columns":
		if r.columns == nil {
			return r.spoiled()
		}
		if hasNat == hasLoc || len(r.paths[r.columns.side]) > 0 {
			return bad("columns stand for one side, the list is named on the other")
		}
		if r.keys["each"] == nil {
			return bad("columns need each")
		}
	case "join":
		if r.join == nil {
			return r.spoiled()
		}
		if hasNat == hasLoc || len(r.paths[r.join.side]) > 0 {
			return bad("join stands for one side, the joined text is named on the other")
		}
	case "embed":
		if r.embed == nil {
			return r.spoiled()
		}
		if !hasLoc || r.keys["each"] == nil {
			return bad("embed needs loc and each")
		}
	case "const", "drop", "computed":
		if hasNat == hasLoc {
			return bad("%s names one side", r.shape)
		}
		if r.shape == "const" && r.constant == nil || r.shape == "computed" && r.computed == nil || r.shape == "drop" && r.drop == 0 {
			return r.spoiled()
		}
	}
	for _, k := range []struct {
		name, of string
		ok       bool
	}{
		{"key", "each or columns", r.shape == "each" || r.shape == "columns"},
		{"raw", "codes", r.meaning == "codes"}, {"at", "codes", r.meaning == "codes"},
		{"check", "const", r.shape == "const"},
		{"mint", "xref", r.meaning == "xref"}, {"unknown", "xref", r.meaning == "xref"},
	} {
		if v := r.keys[k.name]; v != nil && !k.ok {
			p.l.errorf(p.at(v), "wrong-kind", "%s belongs to %s", k.name, k.of)
			return r.spoiled()
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
