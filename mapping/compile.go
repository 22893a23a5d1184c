package mapping

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

type valueT = codec.Value

func itoa(n int) string { return strconv.Itoa(n) }

// file is one parsed mappings/TYPE.yaml.
type file struct {
	name      string // inside the pack
	typ       string
	local     string
	direction roads
	declared  bool // direction: stands there
	root      *path
	rules     []*rule
	rulesAt   pos
	localAt   pos
	keys      map[string]*yaml.Node
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

// compiler turns one file into a program.
type compiler struct {
	*pack
	f           *file
	docSchema   [2]*schema
	placeSchema *schema
	textSchema  *schema
	top         *scope
	bounds      int               // rules bound so far
	writers     map[string]*bound // by target path without indices, both directions
	excused     map[Direction]map[string]bool
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
		f.direction, f.declared = ps.roads(v, "direction"), true
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
			return nil
		}
		b, err := fs.ReadFile(p.src.FS, file)
		if err != nil {
			p.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "there is no group " + file, Hint: hintNearest(name, p.groupNames())}, where)
			return nil
		}
		root, ok := p.yaml(file, b)
		if !ok {
			return nil
		}
		ps := newParser(p.l, file, seq)
		ps.uses = p.groups(seq, append(slices.Clone(stack), name))
		keys, ok := ps.fields(root, "a group", "rules")
		if !ok || keys["rules"] == nil {
			if ok {
				p.l.errorf(pos{file, 1, 1}, "syntax", "the group has no rules")
			}
			return nil
		}
		return ps.rules(keys["rules"])
	}
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

// compile joins a file with its schemas, checks it and makes its program; nil after errors.
func (p *pack) compile(f *file) (*compiler, *Program) {
	c := &compiler{pack: p, f: f, writers: map[string]*bound{}, excused: map[Direction]map[string]bool{ToLocal: {}, ToNational: {}}}
	c.textSchema = anything()
	c.textSchema.types = tString
	c.placeSchema = anything()
	c.placeSchema.types = tInteger
	before := p.l.errors
	way := ""
	if p.src.Way != nil {
		way = p.src.Way(f.typ)
	}
	if !f.declared {
		f.direction = map[string]roads{"D": roadLocal, "U": roadNational}[way]
		if f.direction == 0 {
			f.direction = roadsBoth
		}
	}
	n, err := p.profile.load(f.typ + ".json")
	if err != nil {
		where := pos{f.name, 1, 1}
		if v := f.keys["mapping"]; v != nil {
			where = at(f.name, v)
		}
		if errors.Is(err, fs.ErrNotExist) {
			p.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "the profile has no message type " + f.typ, Hint: hintNearest(f.typ, p.typeNames())}, where)
		} else {
			p.l.errorf(where, "no-such-file", "%v", err)
		}
		return c, nil
	}
	c.docSchema[nat] = n
	l, ok := p.localSchema(f.local, f.localAt)
	if !ok {
		return c, nil
	}
	c.docSchema[loc] = l
	c.top = &scope{at: f.rulesAt, flat: -1}
	c.top.sch = c.docSchema
	if f.root != nil {
		root := f.root
		c.top.shown[loc] = ""
		c.top.rename[loc] = func(p *path) *path {
			out := *p
			out.self = false
			out.steps = append(slices.Clone(root.steps), p.steps...)
			out.raw = joinPath(root.raw, p.raw)
			return &out
		}
		probe := &bound{rule: &rule{file: f.name, at: f.rulesAt}, sc: c.top}
		where := at(f.name, f.keys["root"])
		if c.access(probe, &scope{sch: c.docSchema}, loc, root, where) == nil {
			c.top = nil
			return c, nil
		}
	}
	c.bindScope(c.top, f.rules)
	c.check(way)
	if p.l.errors > before {
		return c, nil
	}
	return c, c.program()
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

// bindMeaning makes a rule's meaning from its spec and the leaves it stands between.
func (c *compiler) bindMeaning(b *bound) {
	leaf := [2]*schema{b.leaf(nat), b.leaf(loc)}
	if b.shape == "part" {
		for s := nat; s <= loc; s++ {
			if b.a(s) == nil {
				leaf[s] = c.textSchema
			}
		}
	}
	if b.shape == "computed" {
		for s := nat; s <= loc; s++ {
			if b.a(s) == nil {
				leaf[s] = c.textSchema
			}
		}
	}
	switch b.meaning {
	case "convert":
		if b.convert != nil {
			b.mean = newConvertMeaning(b.convert, leaf)
		}
	case "number":
		if b.number != nil {
			b.mean = newNumberMeaning(b.number, leaf, b.lossy)
		}
	case "time":
		if b.time != nil {
			if m := c.newTimeMeaning(b, leaf); m != nil {
				b.mean = m
			}
		}
	case "codes":
		if b.codes != nil {
			if t := c.tables.get(b.codes.table, b.codes.at); t != nil {
				b.table = t
				b.mean = &codesMeaning{spec: b.codes, table: t, leaf: leaf}
			}
		}
	case "xref":
		if b.xref != "" && !c.xrefKnown(b.xref) {
			c.l.about(sevError, b.keyAt("xref"), "xref-unknown", b, hintNearest(b.xref, c.xrefNames()), "%s is no kind of id", b.xref)
			b.bad = true
		}
	}
	if b.meaning != "" && b.meaning != "xref" && b.mean == nil {
		b.bad = true
	}
}

func zoneOf(name string) (*time.Location, error) {
	if name == defaultZone {
		return shanghai(), nil
	}
	return time.LoadLocation(name)
}

// newTimeMeaning reads the forms; nil after findings.
func (c *compiler) newTimeMeaning(b *bound, leaf [2]*schema) *timeMeaning {
	m := &timeMeaning{leaf: leaf}
	zone := defaultZone
	ok := true
	if z := b.time.zone; z != nil {
		zone = z.text
		if zone == "source" {
			m.keepZone, zone = true, defaultZone
		}
	}
	var err error
	if m.zone, err = zoneOf(zone); err != nil || zone == "" || zone == "Local" {
		c.l.about(sevError, b.time.zone.at, "bad-value", b, "", "%s is no time zone", zone)
		return nil
	}
	read := func(s *scalar) *timeForm {
		f, err := parseForm(s.text)
		if err != nil {
			c.l.about(sevError, s.at, "time-bad-pattern", b, "", "the pattern %s: %v", s.text, err)
			ok = false
		}
		return f
	}
	for s := nat; s <= loc; s++ {
		switch {
		case b.time.form[s] != nil:
			m.form[s] = read(b.time.form[s])
		case b.shape == "computed" && b.a(s) == nil:
			m.form[s] = &timeForm{raw: "rfc3339", kind: formRFC3339}
		default:
			raw := map[string]string{"date-time": "rfc3339", "date": "date"}[leaf[s].format]
			if raw == "" {
				if s == nat || leaf[s].types == tAny || leaf[s].types&tString != 0 {
					raw = "rfc3339"
				}
				if s == loc && leaf[s].format == "" {
					c.l.about(sevError, b.time.at, "time-bad-pattern", b, "", "the %s side has no format: name its pattern", s)
					return nil
				}
			}
			m.form[s] = read(&scalar{text: raw, at: b.time.at})
		}
		for i := range b.time.also[s] {
			m.also[s] = append(m.also[s], read(&b.time.also[s][i]))
		}
	}
	if !ok {
		return nil
	}
	return m
}
