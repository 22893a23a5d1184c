package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	slashpath "path"
	"slices"
	"strings"
)

// Set is the compiled programs of one pack.
type Set struct {
	programs map[string]*Program
	types    []string
	findings []Finding
	version  string
	src      *Source
	files    map[string]*compiler // of the programs, for the laws
}

// Program gives the program of a message type.
func (s *Set) Program(typ string) (*Program, bool) {
	p, ok := s.programs[typ]
	return p, ok
}

// Types lists the message types that compiled, sorted.
func (s *Set) Types() []string { return slices.Clone(s.types) }

// HasErrors tells whether a finding is an error: such a pack is not loaded.
func (s *Set) HasErrors() bool { return hasErrors(s.findings) }

// Version is a hex digest over the pack's mappings, codes and schemas: what translated an attempt.
func (s *Set) Version() string { return s.version }

// CaseRef is Program.CaseKey of a type; ok is false too where the pack doesn't map the type.
func (s *Set) CaseRef(typ string, local []byte) (id string, isLocal, ok bool) {
	p, found := s.programs[typ]
	if !found {
		return "", false, false
	}
	return p.CaseKey(local)
}

// CompilePack compiles every table of a pack. A table with an error has no
// program; the rest are there, and the caller decides.
func CompilePack(src Source) (*Set, []Finding) {
	p := newPack(&src)
	set := &Set{programs: map[string]*Program{}, src: &src, files: map[string]*compiler{}}
	var files []*compiler
	for _, f := range p.parseAll() {
		c, prog := p.compile(f)
		files = append(files, c)
		if prog != nil {
			set.programs[f.typ] = prog
			set.files[f.typ] = c
			set.types = append(set.types, f.typ)
		}
	}
	p.checkPack(files)
	for _, c := range files {
		if set.files[c.f.typ] == c && c.asksBrokenTable() {
			delete(set.programs, c.f.typ)
			delete(set.files, c.f.typ)
			set.types = slices.DeleteFunc(set.types, func(t string) bool { return t == c.f.typ })
		}
	}
	slices.Sort(set.types)
	set.findings = p.l.sorted()
	set.version = version(src.FS)
	return set, set.findings
}

// asksBrokenTable tells a table of rules one of which asks a code table with an error.
func (c *compiler) asksBrokenTable() bool {
	broken := false
	c.each(c.top, func(b *bound) {
		for _, x := range append([]*bound{b}, b.parts...) {
			m, ok := x.mean.(*codesMeaning)
			broken = broken || ok && m.table.broken
		}
	})
	return broken
}

// Compile compiles one table. Program is nil where a finding is an error.
func Compile(src Source, typ string) (*Program, []Finding) {
	p := newPack(&src)
	f := p.parseFile("mappings/" + typ + ".yaml")
	if f == nil {
		return nil, p.l.sorted()
	}
	p.scanKeys()
	_, prog := p.compile(f)
	p.checkXrefs()
	p.checkTables(false)
	if hasErrors(p.l.out) {
		prog = nil
	}
	return prog, p.l.sorted()
}

// parseAll reads every mappings/TYPE.yaml, in name order.
func (p *pack) parseAll() []*file {
	names, err := fs.Glob(p.src.FS, "mappings/*.yaml")
	if err != nil || len(names) == 0 {
		p.l.errorf(pos{"mappings", 1, 1}, "no-such-file", "the pack has no mappings")
		return nil
	}
	var out []*file
	seen := map[string]bool{}
	for _, n := range names {
		f := p.parseFile(n)
		if f == nil {
			continue
		}
		if f.typ != strings.TrimSuffix(slashpath.Base(n), ".yaml") {
			where := pos{n, 1, 1}
			if v := f.keys["mapping"]; v != nil {
				where = at(n, v)
			}
			if names := p.typeNames(); f.typ != "" && len(names) > 0 && !contains(names, f.typ) {
				p.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "the profile has no message type " + f.typ, Hint: hintNearest(f.typ, names)}, where)
			} else if f.typ != "" {
				p.l.errorf(where, "bad-value", "the file's name and its mapping %s are not the same", f.typ)
			}
			continue
		}
		if !seen[f.typ] {
			seen[f.typ] = true
			out = append(out, f)
		}
	}
	return out
}

// version digests the files that decide a translation, in name order.
func version(fsys fs.FS) string {
	h := sha256.New()
	for _, dir := range []string{"codes", "mappings", "profile", "schemas"} {
		_ = fs.WalkDir(fsys, dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil // a pack need not have every folder
			}
			b, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil
			}
			h.Write([]byte(name + "\x00" + itoa(len(b)) + "\x00"))
			h.Write(b)
			return nil
		})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
