package mapping

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// file is one parsed mappings/TYPE.yaml.
type file struct {
	name      string // inside the pack
	typ       string
	local     string
	direction roads
	declared  bool // direction: stands there
	undecided bool // it stands there and says nothing
	root      *path
	rules     []*rule
	rulesAt   pos
	localAt   pos
	keys      map[string]*yaml.Node
	broken    bool // reading it found an error
}

// pack is what all files of one compilation share.
type pack struct {
	src     *Source
	l       *lint
	profile *schemas
	own     *schemas
	tables  *codeTables
	keyed   map[string]bool // kinds that some key: of the pack names
	xrefs   []xrefUse
}

// xrefUse is a rule that needs a key somewhere in the pack.
type xrefUse struct {
	b *bound
	p pos
}

func newPack(src *Source) *pack {
	l := newLint(src.Name)
	return &pack{
		src: src, l: l,
		profile: newSchemas(src.Profile), own: newSchemas(src.FS),
		tables: &codeTables{l: l, fs: src.FS, made: map[string]*codeTable{}, used: map[string]map[*bound]bool{}},
		keyed:  map[string]bool{},
	}
}

// format is the codec of the local side in a direction.
func (p *pack) format(d Direction) string {
	f := p.src.SinkFormat
	if d == ToNational {
		f = p.src.SourceFormat
	}
	if f == "" {
		return "json"
	}
	return f
}

func (p *pack) charset(d Direction) string {
	if d == ToLocal {
		return p.src.SinkCharset
	}
	return p.src.SourceCharset
}

// parseFile reads one file; nil after findings.
func (p *pack) parseFile(name string) *file {
	before := p.l.errors
	b, err := fs.ReadFile(p.src.FS, name)
	if err != nil {
		p.l.errorf(pos{name, 1, 1}, "no-such-file", "the file cannot be read")
		return nil
	}
	root, ok := p.yaml(name, b)
	if !ok {
		return nil
	}
	seq := 0
	ps := newParser(p.l, name, &seq)
	keys, ok := ps.fields(root, "a mapping file", "mapping", "local", "direction", "root", "rules")
	if !ok {
		return nil
	}
	f := &file{name: name, keys: keys, rulesAt: pos{name, 1, 1}}
	f.localAt = f.rulesAt
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "rules" {
			f.rulesAt = at(name, root.Content[i])
		}
	}
	if v := keys["mapping"]; v != nil {
		f.typ, _ = ps.word(v, "mapping")
	} else {
		p.l.errorf(pos{name, 1, 1}, "syntax", "the file names its message type under mapping")
	}
	if v := keys["local"]; v != nil {
		f.local, _ = ps.word(v, "local")
		f.localAt = at(name, v)
	} else {
		p.l.errorf(pos{name, 1, 1}, "syntax", "the file names its local message under local")
	}
	if v := keys["direction"]; v != nil {
		f.direction = ps.roads(v, "direction")
		f.declared, f.undecided = f.direction != 0, f.direction == 0
	}
	if v := keys["root"]; v != nil {
		f.root = ps.path(v, "root")
	}
	if keys["rules"] == nil {
		p.l.errorf(pos{name, 1, 1}, "syntax", "the file has no rules")
		return nil
	}
	ps.uses = p.groups(&seq, nil)
	f.rules = ps.rules(keys["rules"])
	f.broken = p.l.errors > before
	return f
}

// groups gives the reader of use: entries; stack names the groups being read.
func (p *pack) groups(seq *int, stack []string) func(string, pos) []*rule {
	return func(name string, where pos) []*rule {
		file := "mappings/" + name + ".yaml"
		if slices.Contains(stack, name) {
			p.l.errorf(where, "use-cycle", "the group %s uses itself", name)
			return nil
		}
		if !fs.ValidPath(file) {
			p.l.errorf(where, "no-such-file", "there is no group mappings/%s.yaml", name)
			return unknownRules(where)
		}
		b, err := fs.ReadFile(p.src.FS, file)
		if err != nil {
			p.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "there is no group " + file, Hint: hintNearest(name, p.groupNames())}, where)
			return unknownRules(where)
		}
		root, ok := p.yaml(file, b)
		if !ok {
			return unknownRules(where)
		}
		ps := newParser(p.l, file, seq)
		ps.uses = p.groups(seq, append(slices.Clone(stack), name))
		keys, ok := ps.fields(root, "a group", "rules")
		if !ok || keys["rules"] == nil {
			if ok {
				p.l.errorf(pos{file, 1, 1}, "syntax", "the group has no rules")
			}
			return unknownRules(where)
		}
		return ps.rules(keys["rules"])
	}
}

// unknownRules stand for a group that cannot be read: nobody knows what its rules name.
func unknownRules(where pos) []*rule {
	return []*rule{{file: where.file, at: where, broken: true}}
}

func (p *pack) groupNames() []string {
	files, _ := fs.Glob(p.src.FS, "mappings/*/*.yaml") // the pattern is fixed and well formed
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "mappings/"), ".yaml"))
	}
	return out
}

// yaml reads one document's root node.
func (p *pack) yaml(name string, b []byte) (*yaml.Node, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		line, col := yamlPlace(err)
		p.l.errorf(pos{name, line, col}, "syntax", "the file is no YAML: %s", yamlWords(err))
		return nil, false
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		p.l.errorf(pos{name, 1, 1}, "syntax", "the file is empty")
		return nil, false
	}
	return deref(doc.Content[0]), true
}

// localSchema loads schemas/NAME.json; without one everything is allowed, and that is told.
func (p *pack) localSchema(name string, where pos) (*schema, bool) {
	file := "schemas/" + name + ".json"
	if !fs.ValidPath(file) {
		p.l.errorf(where, "bad-value", "%s is no name of a schema", name)
		return nil, false
	}
	s, err := p.own.load(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.l.add(Finding{Severity: sevWarning, Code: "schema-missing", Message: "there is no " + file + ": every path is allowed", Hint: hintNearest(name, p.schemaNames())}, where)
		return anything(), true
	case err != nil:
		p.l.errorf(where, "bad-value", "%v", err)
		return nil, false
	}
	return s, true
}

func (p *pack) schemaNames() []string {
	files, _ := fs.Glob(p.src.FS, "schemas/*.json") // the pattern is fixed and well formed
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "schemas/"), ".json"))
	}
	return out
}

func (p *pack) xrefKnown(kind string) bool {
	_, ok := xrefKinds[kind]
	if !ok {
		_, ok = p.src.Xref[kind]
	}
	return ok
}

func (p *pack) xrefScopedByCase(kind string) bool {
	if s, ok := p.src.Xref[kind]; ok {
		return s == "case"
	}
	return xrefKinds[kind]
}

func (p *pack) xrefNames() []string {
	var out []string
	for k := range xrefKinds {
		out = append(out, k)
	}
	for k := range p.src.Xref {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (p *pack) typeNames() []string {
	if p.src.Profile == nil {
		return nil
	}
	files, _ := fs.Glob(p.src.Profile, "*.json") // the pattern is fixed and well formed
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(f, ".json"))
	}
	return out
}
