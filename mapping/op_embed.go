package mapping

import (
	"duijie/internal/codec"
)

// embedOp carries a whole message inside a string field.
type embedOp struct {
	b        *bound
	nat, loc *access
	ops      []op
	opts     codec.Options
	inner    *schema
	p        *pipe
}

// options are those of the message inside: a text, so without a declaration.
func (e *embedSpec) options(namespaces map[string]string) codec.Options {
	no := false
	return codec.Options{Format: e.format, Declaration: &no, Namespaces: namespaces}
}

func (o *embedOp) run(x *exec, f *frame) {
	if x.d == ToLocal {
		o.write(x, f)
	} else {
		o.read(x, f)
	}
}

func (o *embedOp) has(x *exec, f *frame) bool {
	a := o.nat
	if x.d == ToNational {
		a = o.loc
	}
	v, code := x.get(f, a)
	return code != "" || v.Kind != codec.Absent && v.Kind != codec.Null
}

func (o *embedOp) write(x *exec, f *frame) {
	v, code := x.get(f, o.nat)
	if code == "" {
		v, code = x.object(v)
	}
	if code != "" {
		x.stop(o.b, f, o.nat, o.loc, code)
		return
	}
	n := x.make(f, o.loc)
	// The inner document hangs below nothing: its values make the field real by themselves.
	root := &node{name: n.path() + "!", s: o.inner, object: true, oneRoot: o.inner.oneRoot(o.opts.Format)}
	runAll(x, &frame{up: f, src: v, dst: root, list: o.nat, inner: true}, o.ops)
	x.wraps = append(x.wraps, func() {
		// Without a value there is no message; the object at hand is always there.
		if !root.real && (v.Kind == codec.Absent || o.nat.self && len(o.nat.steps) == 0 && !o.loc.required()) {
			return
		}
		doc, ok := x.finish(root, true)
		if !ok || root.broken() {
			n.fail()
			return
		}
		text, err := codec.EncodeString(doc, o.opts)
		if err != nil {
			n.fail()
			x.fail(o.b, encodeCode(err), x.sourcePath(f, o.nat), n.path(), "the inner document cannot be written")
			return
		}
		out := codec.Str(text)
		code := x.judge(&out, o.loc.leaf)
		if code == "" {
			code = x.speakable(&out)
		}
		if code != "" {
			n.fail()
			x.fail(o.b, code, x.sourcePath(f, o.nat), n.path(), codeText(code))
			return
		}
		out.CDATA = o.b.embed.cdata
		n.has, n.value = true, out
		x.told(n, o.b, "value", f, o.nat)
		n.mark()
	})
}

// broken tells a document with a failed value in it.
func (n *node) broken() bool {
	if n.failed {
		return true
	}
	for _, m := range n.members {
		if m.broken() {
			return true
		}
	}
	for _, m := range n.items {
		if m.broken() {
			return true
		}
	}
	return false
}

func (o *embedOp) read(x *exec, f *frame) {
	v, code := x.get(f, o.loc)
	if code != "" {
		x.stop(o.b, f, o.loc, o.nat, code)
		return
	}
	doc := absent
	if !o.p.none(v) {
		if v.Kind != codec.String {
			x.stop(o.b, f, o.loc, o.nat, errType)
			return
		}
		var err error
		if doc, err = codec.DecodeString(v.Text, o.opts); err != nil {
			x.stop(o.b, f, o.loc, o.nat, "embed")
			return
		}
	}
	textual := x.textual
	x.textual = o.opts.Format == "xml"
	sub := &frame{up: f, src: &doc, dst: x.make(f, o.nat), list: o.loc, inner: true}
	runAll(x, sub, o.ops)
	if doc.Kind != codec.Absent {
		x.strangers(&doc, o.inner, foreign{at: joinPath(x.sourcePath(f, o.loc), "!"), lost: true})
	}
	x.textual = textual
}
