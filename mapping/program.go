package mapping

import (
	"errors"
	"fmt"

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
	for _, r := range p.roads {
		if r != nil {
			r.keyPath = p.keyPath
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
	if plan := r.planned(); plan != nil {
		if out, made, ok := plan.translate(dst, in, env); ok {
			return out, made, nil
		}
	}
	return p.byTree(r, dst, in, env)
}

// byTree translates by the tree walk, which is what a plan is held to.
func (p *Program) byTree(r *road, dst, in []byte, env *Env) ([]byte, Made, error) {
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
		return dst, x.made, Errors{{Rule: r.where, Code: encodeCode(err), Text: encodeText(err)}}
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

// encodeText says what could not be written; of a value no more than the one
// character that the charset does not hold.
func encodeText(err error) string {
	if e := (*codec.CharsetError)(nil); errors.As(err, &e) {
		return fmt.Sprintf("the document cannot be written: U+%04X", e.Rune)
	}
	return "the document cannot be written"
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
	return &exec{prog: r, d: r.d, env: env, textual: r.textual, date: dateOf(env)}
}

// dateOf is the message's own date, which code tables are asked for.
func dateOf(env *Env) string {
	if env.Time.IsZero() {
		return ""
	}
	return env.Time.In(shanghai()).Format("2006-01-02")
}

// oneRoot tells a document that is one top-level field, which is always written:
// the root element of XML, the rows of CSV.
func (s *schema) oneRoot(format string) bool {
	return (format == "xml" || format == "csv") && len(s.props) == 1
}

// translate runs a road over a document.
func (x *exec) translate(doc *codec.Value) codec.Value {
	from := source(x.d)
	root := &node{s: x.prog.schema[from.other()], object: !x.prog.schema[from.other()].isList()}
	x.top = &frame{src: doc, dst: root}
	root.oneRoot = x.d == ToLocal && root.s.oneRoot(x.prog.opts.Format)
	runAll(x, x.top, x.prog.ops)
	for _, f := range x.keys {
		f()
	}
	for _, f := range x.mints {
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
	x.strangers(doc, x.prog.schema[from], foreign{})
	x.restoreElements()
	out, ok := x.finish(root, true)
	if !ok {
		out = codec.Value{Kind: codec.Object}
	}
	return out
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
