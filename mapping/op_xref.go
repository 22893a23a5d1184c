package mapping

import (
	"crypto/sha1"

	"duijie/internal/codec"

	"github.com/google/uuid"
)

// xrefOp translates an id through the document's keys, the crosswalk, or by making one.
type xrefOp struct {
	b        *bound
	src, dst *access
	p        *pipe // none, default, text; the meaning is the crosswalk's
	scoped   bool
}

func (o *xrefOp) run(x *exec, f *frame) {
	v, code := x.get(f, o.src)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if o.p.first != nil && v.Kind == codec.String {
		v = &codec.Value{Kind: codec.String, Text: o.p.first.normal(v.Text)}
	}
	if o.p.isNone(v) {
		if out := o.p.out; out.Kind != codec.Absent {
			n := x.make(f, o.dst)
			n.has, n.value = true, out
			x.told(n, o.b, o.p.how(false), nil, nil)
		}
		return
	}
	if !isScalar(v) {
		x.stop(o.b, f, o.src, o.dst, errType)
		return
	}
	n := x.make(f, o.dst)
	id := scalarText(v)
	resolve := func() { o.resolve(x, f, n, id) }
	if o.b.mint {
		x.mints = append(x.mints, resolve) // others may refer to what is made here
	} else {
		x.refs = append(x.refs, resolve)
	}
}

func (o *xrefOp) resolve(x *exec, f *frame, n *node, id string) {
	kind := o.b.xref
	target, ok := x.pairs[pairKey{kind, source(x.d), id}]
	if !ok {
		target, ok = x.askFor(kind, id, o.dst.leaf)
	}
	if !ok && o.b.mint {
		target, ok = o.mint(x, id), true
		p := Pair{Kind: kind, National: id, Local: target}
		if x.d == ToNational {
			p.National, p.Local = target, id
		}
		x.made.Pairs = append(x.made.Pairs, p)
		if x.pairs == nil {
			x.pairs = map[pairKey]string{}
		}
		x.pairs[pairKey{kind, source(x.d), id}] = target
	}
	if !ok {
		if o.b.absent {
			return
		}
		n.fail()
		x.fail(o.b, "xref-unknown", x.sourcePath(f, o.src), n.path(), codeText("xref-unknown"))
		last := &x.errs[len(x.errs)-1]
		last.Kind, last.ID = kind, id
		return
	}
	v, typed := o.dst.leaf.typed(target)
	code := "target"
	if typed {
		if o.p.last != nil && v.Kind == codec.String {
			v.Text, _ = o.p.bounded(o.p.last.normal(v.Text))
		}
		if code = x.judge(&v, o.dst.leaf); code == "" && x.d == ToLocal {
			code = x.speakable(&v)
		}
	}
	if code != "" {
		n.fail()
		x.fail(o.b, code, x.sourcePath(f, o.src), n.path(), codeText(code))
		return
	}
	n.has, n.value = true, v
	x.told(n, o.b, "value", f, o.src)
	n.mark()
}

// mintSpace is the name space of the ids that translations make.
var mintSpace = uuid.NewHash(sha1.New(), uuid.NameSpaceURL, []byte("urn:duijie:mint"), 5)

// mint makes the UUIDv5 of (unit, kind, scope, id).
func (o *xrefOp) mint(x *exec, id string) string {
	unit, scope := "", ""
	if x.env != nil {
		unit = x.env.Unit
		if o.scoped {
			scope = x.env.Subject
		}
	}
	name := unit + "\n" + o.b.xref + "\n" + scope + "\n" + id
	return uuid.NewHash(sha1.New(), mintSpace, []byte(name), 5).String()
}
