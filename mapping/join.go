package mapping

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// joinSpec is several parts of one side as one text of the other.
type joinSpec struct {
	at      pos
	side    side // of the parts
	parts   []*rule
	many    bool // the one part has [*]
	sep     string
	hasSep  bool
	escape  string
	also    []string
	skip    bool     // absent: skip
	pattern []string // literals around the parts: len(parts)+1; nil without pattern
	// patternAt is where the pattern stands.
	patternAt pos
}

func parseJoin(p *parser, r *rule, n *yaml.Node) {
	told := p.l.errors
	f, ok := p.fields(n, "join", "nat", "loc", "sep", "escape", "also", "absent", "pattern")
	if !ok {
		return
	}
	j := &joinSpec{at: p.at(n)}
	pn := f["nat"]
	switch {
	case f["nat"] != nil && f["loc"] != nil:
		p.l.errorf(j.at, "syntax", "the parts of a join stand under nat or under loc")
		return
	case f["loc"] != nil:
		j.side, pn = loc, f["loc"]
	case f["nat"] == nil && r.path(nat) != nil:
		j.side = loc
	}
	if v := f["sep"]; v != nil {
		j.sep, _ = p.word(v, "sep")
		j.hasSep = true
	}
	if v := f["escape"]; v != nil {
		j.escape, _ = p.word(v, "escape")
		if runes(j.escape) != 1 {
			p.l.errorf(p.at(v), "bad-value", "escape is one character")
			return
		}
	}
	if v := f["also"]; v != nil {
		j.also = p.words(v, "also")
	}
	if v := f["absent"]; v != nil {
		w, _ := p.word(v, "absent")
		if w != "skip" {
			p.l.errorf(p.at(v), "bad-value", "absent is skip or not there")
		}
		j.skip = w == "skip"
	}
	names, ok := j.readPattern(p, f["pattern"])
	if !ok {
		return
	}
	if !j.readParts(p, r, pn, names) {
		return
	}
	for _, part := range j.parts {
		if s, is := part.path(j.side).list(); is && s.kind != stepFree {
			j.many = true
		}
	}
	switch {
	case j.pattern == nil && !j.hasSep && p.l.errors > told: // a mistyped key is told already
		return
	case j.pattern == nil && !j.hasSep:
		p.l.errorf(j.at, "syntax", "join needs sep or pattern")
		return
	case j.hasSep && j.sep == "":
		p.l.errorf(p.at(f["sep"]), "bad-value", "sep is empty: use a pattern")
		return
	case j.pattern != nil && j.hasSep:
		p.l.errorf(j.at, "wrong-kind", "join has either sep or pattern")
		return
	case j.many && len(j.parts) > 1:
		p.l.errorf(j.at, "syntax", "a part with [*] stands alone")
		return
	}
	r.join = j
}

func (j *joinSpec) readPattern(p *parser, n *yaml.Node) ([]string, bool) {
	if n == nil {
		return nil, true
	}
	w, ok := p.word(n, "pattern")
	if !ok {
		return nil, false
	}
	j.patternAt = p.at(n)
	var names []string
	rest := w
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			p.l.errorf(p.at(n), "bad-value", "the pattern has a { without }")
			return nil, false
		}
		j.pattern = append(j.pattern, rest[:open])
		names = append(names, rest[open+1:open+end])
		rest = rest[open+end+1:]
	}
	if len(names) == 0 {
		p.l.errorf(p.at(n), "bad-value", "the pattern has no {part}")
		return nil, false
	}
	j.pattern = append(j.pattern, rest)
	return names, true
}

// readParts reads the parts: a list, a mapping by the pattern's names, or the names themselves.
func (j *joinSpec) readParts(p *parser, r *rule, n *yaml.Node, names []string) bool {
	switch {
	case n == nil && names == nil:
		p.l.errorf(j.at, "syntax", "join names its parts under nat or loc")
		return false
	case n == nil:
		for _, name := range names {
			x, err := parsePath(name)
			if err != nil {
				p.l.errorf(j.at, "syntax", "pattern: %v", err)
				return false
			}
			j.parts = append(j.parts, j.part(p, x, r.keyAt("join"), nil))
		}
		return true
	case n.Kind == yaml.MappingNode:
		f, ok := p.fields(n, "the parts", names...)
		if !ok {
			return false
		}
		for _, name := range names {
			v := f[name]
			if v == nil {
				p.l.errorf(p.at(n), "syntax", "the pattern's part %s is not named", name)
				return false
			}
			if !j.addPart(p, v) {
				return false
			}
		}
		return true
	case n.Kind != yaml.SequenceNode:
		return j.addPart(p, n)
	}
	for _, c := range n.Content {
		if !j.addPart(p, deref(c)) {
			return false
		}
	}
	if names != nil && len(names) != len(j.parts) {
		p.l.errorf(p.at(n), "bad-value", "the pattern has %s, named: %d", howMany(len(names), "part"), len(j.parts))
		return false
	}
	return j.byName(p, names)
}

// byName sorts listed parts by the pattern's names where these are their paths.
// Names that no path has are read in order, but a name among paths is a mistake.
func (j *joinSpec) byName(p *parser, names []string) bool {
	var sorted []*rule
	stray := ""
	for _, name := range names {
		had := len(sorted)
		for _, part := range j.parts {
			if part.path(j.side).raw == name {
				sorted = append(sorted, part)
				break
			}
		}
		if len(sorted) == had {
			stray = name
		}
	}
	if len(sorted) > 0 && stray != "" {
		var paths []string
		for _, part := range j.parts {
			paths = append(paths, part.path(j.side).raw)
		}
		p.l.add(Finding{Severity: sevError, Code: "bad-value", Message: "the pattern's part " + stray + " is not named", Hint: hintNearest(stray, paths)}, j.patternAt)
		return false
	}
	if len(names) > 0 && len(sorted) == len(names) {
		j.parts = sorted
	}
	return true
}

func (j *joinSpec) part(p *parser, x *path, where pos, keys map[string]*yaml.Node) *rule {
	*p.seq++
	part := &rule{seq: *p.seq, file: p.file, at: where, keys: keys, shape: "part", direction: roadsBoth, check: true}
	part.paths[j.side] = []*path{x}
	return part
}

func (j *joinSpec) addPart(p *parser, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		x := p.path(n, "a part")
		if x == nil {
			return false
		}
		j.parts = append(j.parts, j.part(p, x, p.at(n), map[string]*yaml.Node{}))
		return true
	}
	f, ok := p.fields(n, "a part", j.side.String(), "codes", "time", "number", "convert", "none", "default", "text", "at")
	if !ok || len(n.Content) == 0 {
		return false
	}
	if f[j.side.String()] == nil {
		p.l.errorf(p.at(n), "syntax", "a part names its path under %s", j.side)
		return false
	}
	x := p.path(f[j.side.String()], "a part")
	if x == nil {
		return false
	}
	part := j.part(p, x, p.at(n.Content[0]), f)
	for _, k := range p.table {
		v := f[k.name]
		if v == nil || k.class == classSide {
			continue
		}
		if k.class == classMeaning {
			if part.meaning != "" {
				p.l.errorf(p.at(v), "wrong-kind", "a part has one meaning")
				return false
			}
			part.meaning = k.name
		}
		k.parse(p, part, v)
	}
	j.parts = append(j.parts, part)
	return true
}
