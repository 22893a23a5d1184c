package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	slashpath "path"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// Program is one compiled message type of one pack. It is immutable and safe for concurrent use.
type Program struct {
	typ, local string
	direction  roads
	roads      [2]*road // to-local, to-national; nil where the file doesn't run that way
	key        *keyReader
	c          *compiler // what it was made from, for Explain
	keyPath    *path
}

// Type is the message type of the national profile.
func (p *Program) Type() string { return p.typ }

// Local is the name of the local message.
func (p *Program) Local() string { return p.local }

// Direction is to-local, to-national or both.
func (p *Program) Direction() Direction { return Direction(p.direction.String()) }

// Runs tells whether the program translates in a direction.
func (p *Program) Runs(d Direction) bool { return p.direction.has(d) }

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
	slices.Sort(set.types)
	set.findings = p.l.sorted()
	set.version = version(src.FS)
	return set, set.findings
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
	p.checkTables()
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
			p.l.errorf(where, "bad-value", "the file's name and its mapping %s are not the same", f.typ)
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

// program makes the roads of a file that has no errors.
func (c *compiler) program() *Program {
	p := &Program{c: c, typ: c.f.typ, local: c.f.local, direction: c.f.direction}
	for i, d := range []Direction{ToLocal, ToNational} {
		if c.f.direction.has(d) {
			p.roads[i] = c.road(d)
		}
	}
	if c.src.Key != nil {
		if k := c.src.Key(c.f.typ); k != "" {
			p.keyPath, _ = parsePath(k)
			p.key = c.keyReader(k)
		}
	}
	return p
}

// ToLocal translates a national document and appends the local one to dst. On
// error, which is Errors with all that is wrong, dst comes back as it was.
func (p *Program) ToLocal(dst, national []byte, env *Env) ([]byte, Made, error) {
	return p.translate(dst, national, env, ToLocal)
}

// ToNational translates a local document and appends the national one to dst.
func (p *Program) ToNational(dst, local []byte, env *Env) ([]byte, Made, error) {
	return p.translate(dst, local, env, ToNational)
}

func (p *Program) translate(dst, in []byte, env *Env, d Direction) ([]byte, Made, error) {
	r := p.roads[0]
	if d == ToNational {
		r = p.roads[1]
	}
	if r == nil {
		return dst, Made{}, Errors{{Code: "direction", Rule: p.typ, Text: "the table does not run " + string(d)}}
	}
	doc, err := r.decode(in)
	if err != nil {
		return dst, Made{}, Errors{{Rule: r.where, Code: decodeCode(err), Text: "the document cannot be read"}}
	}
	x := r.exec(env)
	out := x.translate(&doc)
	if len(x.errs) > 0 {
		return dst, x.made, x.errs
	}
	x.restore(&out)
	x.made.Remember = x.bytesKept()
	x.teach(&doc, &out, p.keyPath)
	b, err := r.encode(dst, out)
	if err != nil {
		return dst, x.made, Errors{{Rule: r.where, Code: encodeCode(err), Text: "the document cannot be written"}}
	}
	return b, x.made, nil
}

func (r *road) decode(in []byte) (codec.Value, error) {
	if r.d == ToLocal {
		return codec.FromJSON(in)
	}
	return codec.Decode(in, r.opts)
}

func (r *road) encode(dst []byte, v codec.Value) ([]byte, error) {
	if r.d == ToNational {
		return codec.AppendJSON(dst, v), nil
	}
	return codec.Encode(dst, v, r.opts)
}

func decodeCode(err error) string {
	if e := (*codec.Error)(nil); errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return "parse"
}

func encodeCode(err error) string {
	if e := (*codec.CharsetError)(nil); errors.As(err, &e) {
		return "charset"
	}
	return "target"
}

func (r *road) exec(env *Env) *exec {
	if env == nil {
		env = &Env{}
	}
	x := &exec{prog: r, d: r.d, env: env, textual: r.textual}
	if !env.Time.IsZero() {
		x.date = env.Time.In(shanghai()).Format("2006-01-02")
	}
	return x
}

// translate runs a road over a document.
func (x *exec) translate(doc *codec.Value) codec.Value {
	from := source(x.d)
	root := &node{s: x.prog.schema[from.other()], object: !x.prog.schema[from.other()].isList()}
	x.top = &frame{src: doc, dst: root}
	x.oneRoot = x.d == ToLocal && x.prog.opts.Format == "xml" && len(root.s.props) == 1
	runAll(x, x.top, x.prog.ops)
	for _, f := range x.keys {
		f()
	}
	for _, f := range x.refs {
		f()
	}
	x.remember()
	for _, f := range x.links {
		f()
	}
	for i := len(x.wraps) - 1; i >= 0; i-- {
		x.wraps[i]()
	}
	x.strangers(doc, x.prog.schema[from], "")
	out, ok := x.finish(root, true)
	if !ok {
		out = codec.Value{Kind: codec.Object}
	}
	return out
}

// strangers finds source fields that no schema knows.
func (x *exec) strangers(v *codec.Value, s *schema, at string) {
	switch v.Kind {
	case codec.Array:
		if s.types&tArray == 0 {
			return
		}
		for i := range v.Items {
			x.listed++
			x.strangers(&v.Items[i], s.element(), at)
			x.listed--
		}
	case codec.Object:
		if s.isList() && x.textual {
			x.strangers(v, s.element(), at)
			return
		}
		if s.types&tObject == 0 {
			return
		}
		for i := range v.Members {
			m := &v.Members[i]
			p, named := s.get(m.Name)
			if p == nil || !named && len(s.props) > 0 && s.rest == nil && !s.open {
				x.stranger(joinPath(at, quoteName(m.Name)), &m.Value)
				continue
			}
			if p.types != tAny || len(p.props) > 0 {
				x.strangers(&m.Value, p, joinPath(at, quoteName(m.Name)))
			}
		}
	}
}

func (x *exec) stranger(at string, v *codec.Value) {
	if x.prog.unknown == "keep" && x.listed == 0 {
		x.keep("?"+at, *v, absent)
	}
	if x.strange[at] {
		return
	}
	if x.strange == nil {
		x.strange = map[string]bool{}
	}
	x.strange[at] = true
	x.made.UnknownFields = append(x.made.UnknownFields, at)
	if x.prog.unknown == "error" {
		x.fail(nil, "unknown-field", at, "", codeText("unknown-field"))
	}
}

// teach notes what the national document says of the case.
func (x *exec) teach(doc, out *codec.Value, key *path) {
	national := doc
	if x.d == ToNational {
		national = out
	}
	if key != nil && x.d == ToNational {
		v := national
		for _, st := range key.steps {
			next, ok := v.Get(st.name)
			if !ok {
				v = &absent
				break
			}
			v = next
		}
		x.made.Subject = scalarText(v)
	}
	n, ok1 := national.Get("caseNo")
	l, ok2 := national.Get("localCaseNo")
	if ok1 && ok2 && scalarText(n) != "" && scalarText(l) != "" {
		x.made.Pairs = append(x.made.Pairs, Pair{"case", scalarText(n), scalarText(l)})
	}
}

// keyReader reads only the field of a local document that says whose it is.
type keyReader struct {
	r     *road
	op    *plainOp
	xref  *xrefOp
	konst string
}

func (c *compiler) keyReader(key string) *keyReader {
	if !c.f.direction.has(ToNational) {
		return nil
	}
	b := &builder{c, ToNational}
	for _, r := range c.top.rules {
		if !r.runs(ToNational) || r.bad || r.a(nat) == nil || r.a(nat).full != key {
			continue
		}
		k := &keyReader{r: c.road(ToNational)}
		switch r.shape {
		case "plain":
			switch o := b.plain(r, loc, nat).(type) {
			case *plainOp:
				k.op = o
			case *xrefOp:
				k.xref = o
			default:
				return nil
			}
		case "const":
			k.konst = r.constant.text
		default:
			return nil
		}
		return k
	}
	return nil
}

// CaseKey tells, before any translation, which case a local document belongs
// to: the value of the field that becomes the national key. isLocal says that
// it is the local system's id, to be looked up; ok is false where the document
// does not say.
func (p *Program) CaseKey(local []byte) (id string, isLocal, ok bool) {
	k := p.key
	if k == nil {
		return "", false, false
	}
	if k.konst != "" {
		return k.konst, false, true
	}
	doc, err := k.r.decode(local)
	if err != nil {
		return "", false, false
	}
	x := k.r.exec(nil)
	x.top = &frame{src: &doc, dst: &node{s: anything()}}
	if k.xref != nil {
		v, code := x.get(x.top, k.xref.src)
		if code != "" || k.xref.p.none(v) || !isScalar(v) {
			return "", false, false
		}
		t := scalarText(v)
		if k.xref.p.first != nil {
			t = k.xref.p.first.normal(t)
		}
		return t, true, true
	}
	v, code := x.get(x.top, k.op.src)
	if code != "" {
		return "", false, false
	}
	out, real, code := k.op.p.run(x, v)
	if code != "" || !real || !isScalar(&out) {
		return "", false, false
	}
	return scalarText(&out), false, true
}

// options are the codec's for the local side of a direction.
func (s *Source) options(d Direction) codec.Options {
	o, format, charset := s.SinkCodec, s.SinkFormat, s.SinkCharset
	if d == ToNational {
		o, format, charset = s.SourceCodec, s.SourceFormat, s.SourceCharset
	}
	if format != "" {
		o.Format = format
	}
	if o.Format == "" {
		o.Format = "json"
	}
	if charset != "" {
		o.Charset = charset
	}
	if o.Namespaces == nil {
		o.Namespaces = s.Namespaces
	}
	return o
}
