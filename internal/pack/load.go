package pack

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"duijie/adapter"
	"duijie/internal/yamlnode"
	"duijie/mapping"
	"duijie/schemas"
)

// Failed tells whether one of the findings is an error.
func Failed(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == "error" })
}

// Load reads a pack. dir is the folder as the user named it and stands in front
// of every finding's file; find gives an adapter kind by name (nil: settings of
// kinds are not looked at). The Pack is nil only where the folder or pack.yaml
// cannot be read at all; with an error among the findings it must not be run.
func Load(dir string, fsys fs.FS, find func(kind string) (adapter.Kind, bool)) (*Pack, []Finding) {
	p := &Pack{Name: baseName(dir), Dir: dir, file: under(dir, "pack.yaml")}
	r := &reader{Reader: &yamlnode.Reader{File: p.file}, p: p, find: find}
	if err := p.take(fsys); err != nil {
		r.Error(nil, "no-such-file", "the pack cannot be read: %v", cause(err))
		return nil, r.all()
	}
	raw, err := fs.ReadFile(p.FS, "pack.yaml")
	if err != nil {
		r.Error(nil, "no-such-file", "pack.yaml cannot be read: %v", cause(err))
		return nil, r.all()
	}
	root := r.Parse(raw)
	if root == nil {
		return nil, r.all()
	}
	r.document(root)
	r.kinds()
	set, found := mapping.CompilePack(r.source())
	p.Set = set
	r.routes()
	return p, merge(r.Findings(), found)
}

// take reads the folder whole.
func (p *Pack) take(fsys fs.FS) error {
	var err error
	if p.archive, err = read(fsys); err != nil {
		return err
	}
	if p.FS, err = open(p.archive); err != nil {
		return err
	}
	p.Version, err = digest(p.FS)
	return err
}

// source is what the mapping's compiler needs.
func (r *reader) source() mapping.Source {
	p := r.p
	s := mapping.Source{
		Name: p.Dir, FS: p.FS,
		SinkFormat: p.SinkCodec.Format, SinkCharset: p.SinkCodec.Charset,
		SourceFormat: p.SourceCodec.Format, SourceCharset: p.SourceCodec.Charset,
		Profile:   schemas.Profile(),
		Way:       func(t string) string { f, _ := schemas.Lookup(t); return f.Way },
		Key:       func(t string) string { f, _ := schemas.Lookup(t); return f.Key },
		SinkCodec: p.SinkOptions, SourceCodec: p.SourceOptions, Xref: p.XrefKinds,
		NoneLoc: r.none, Unknown: p.Unknown, Namespaces: r.namespaces,
	}
	if p.Profile != "v1" {
		s.Profile = folder(p.FS, p.Profile)
		s.Way = func(string) string { return "" }
		s.Key = func(string) string { return "" }
	}
	return s
}

// routes looks whether every mapped type has a way to the local system.
func (r *reader) routes() {
	p := r.p
	if p.Set == nil {
		return
	}
	routes := r.Map(yamlnode.Find(p.SinkNode, "routes"), "sink.routes")
	for _, t := range p.Set.Types() {
		f, _ := schemas.Lookup(t)
		switch {
		case !f.Down() || f.Up() || p.Profile != "v1":
		case p.SinkKind == "":
			r.Warn(nil, "no-route", "%s is mapped, but the pack has no sink", t)
		case len(routes.Keys()) > 0 && !routed(routes, t):
			r.Warn(routes.Node, "no-route", "%s is mapped, but no route takes it: it would be held", t)
		}
	}
}

// routed tells whether a type has a route: its own, that of a prefix or "*".
func routed(routes *yamlnode.Map, t string) bool {
	return slices.ContainsFunc(routes.Keys(), func(k string) bool {
		prefix, wild := strings.CutSuffix(k, "*")
		return k == t || wild && strings.HasPrefix(t, prefix)
	})
}

// merge puts findings of both readers in order, each once.
func merge(a []yamlnode.Finding, b []mapping.Finding) []Finding {
	out := make([]Finding, 0, len(a)+len(b))
	for _, f := range a {
		out = append(out, Finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint})
	}
	out = append(out, b...)
	slices.SortStableFunc(out, func(x, y Finding) int {
		if c := strings.Compare(x.File, y.File); c != 0 {
			return c
		}
		if x.Line != y.Line {
			return x.Line - y.Line
		}
		return x.Col - y.Col
	})
	return slices.Compact(out)
}

func (r *reader) all() []Finding { return merge(r.Findings(), nil) }

// folder is a folder inside a pack; a pack can name nothing outside itself.
func folder(fsys fs.FS, name string) fs.FS {
	sub, err := fs.Sub(fsys, path.Clean(name))
	if err != nil {
		return nil
	}
	return sub
}

// under is a file of a folder as the user named the folder, with /.
func under(dir, file string) string {
	dir = strings.TrimRight(strings.ReplaceAll(dir, `\`, "/"), "/")
	if dir == "" {
		return file
	}
	return dir + "/" + file
}

func baseName(dir string) string {
	dir = dir[strings.LastIndex(dir, ":")+1:]
	return path.Base(strings.ReplaceAll(dir, `\`, "/"))
}

// cause is an error without the path that the finding already names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
