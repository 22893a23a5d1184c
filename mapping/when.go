package mapping

import (
	"duijie/internal/codec"
)

// condition is a rule's when.
type condition struct {
	b    *bound
	expr *expression
	side side
	// sources say, to the national side, which rule reads each national name.
	sources map[string]*nameSource
	sch     map[string]*schema // of the object that a name begins at, by name
}

// nameSource is the value of a national name while only the local document is there.
type nameSource struct {
	up    int
	via   []*access // groups on the way to the rule
	src   *access
	pipe  *pipe
	fixed *codec.Value
	leaf  *schema
}

// holds evaluates the condition for the object at hand. One that fails is told
// once, as an error of its rule, and does not hold.
func (c *condition) holds(x *exec, f *frame) bool {
	v, err := x.eval(c.expr, func(n *exprName) any { return c.read(x, f, n) })
	if err != nil {
		x.failOnce(c.b, f, "expr")
		return false
	}
	b, ok := v.(bool)
	if !ok {
		x.failOnce(c.b, f, "expr")
	}
	return ok && b
}

func (x *exec) failOnce(b *bound, f *frame, code string) {
	rule, at := itself(b.rule), x.shown(f)
	for i := range x.errs {
		if x.errs[i].Rule == rule && x.errs[i].Code == code && x.errs[i].Source == at {
			return
		}
	}
	x.fail(b, code, at, "", codeText(code))
}

func (c *condition) read(x *exec, f *frame, n *exprName) any {
	if source(x.d) == c.side {
		return x.readSource(f, n, c.sch[n.ident])
	}
	s := c.sources[n.ident]
	if s == nil {
		return nil
	}
	if s.fixed != nil {
		return exprValue(s.fixed, s.leaf, false)
	}
	for i := 0; i < s.up && f != nil; i++ {
		f = f.up
	}
	for _, a := range s.via {
		v, code := x.get(f, a)
		if code != "" {
			return nil
		}
		f = &frame{up: f, src: v, list: a}
	}
	if f == nil {
		return nil
	}
	v, code := x.get(f, s.src)
	if code != "" {
		return nil
	}
	out, _, code := s.pipe.run(x, v)
	if code != "" {
		return nil // the rule itself tells
	}
	return exprValue(&out, s.leaf, false)
}

// whenOp runs a rule only where its when holds.
type whenOp struct {
	b    *bound
	cond *condition
	op   op
}

func (o *whenOp) run(x *exec, f *frame) {
	if o.cond.holds(x, f) {
		o.op.run(x, f)
	}
}

func (o *whenOp) has(x *exec, f *frame) bool {
	r, ok := o.op.(reader)
	return ok && o.cond.holds(x, f) && r.has(x, f)
}

func (o *whenOp) blank(x *exec, f *frame) {
	if b, ok := o.op.(blanker); ok {
		b.blank(x, f)
	}
}

// calculation is a computed rule's expression.
type calculation struct {
	expr *expression
	sch  map[string]*schema
}

// computedOp writes what an expression gives.
type computedOp struct {
	b    *bound
	dst  *access
	calc *calculation
	p    *pipe
}

func (o *computedOp) run(x *exec, f *frame) {
	v, err := x.eval(o.calc.expr, func(n *exprName) any { return x.readSource(f, n, o.calc.sch[n.ident]) })
	if err != nil {
		x.stop(o.b, f, nil, o.dst, "expr")
		return
	}
	in, ok := valueOf(v)
	if !ok {
		x.stop(o.b, f, nil, o.dst, "expr")
		return
	}
	if in.Kind == codec.Number && o.p.mean == nil && o.p.dst.types&tString != 0 && o.p.dst.types&(tInteger|tNumber) == 0 {
		in = codec.Str(in.Text)
	}
	p := *o.p
	p.src = anything()
	p.first = nil
	textual := x.textual
	x.textual = false
	out, _, code := p.run(x, &in)
	x.textual = textual
	if code != "" {
		x.stop(o.b, f, nil, o.dst, code)
		return
	}
	if out.Kind == codec.Absent {
		return
	}
	n := x.make(f, o.dst)
	n.has, n.value = true, out
	x.told(n, o.b, "computed", nil, nil)
}

// valueOf gives an expression's result as a document's value.
func valueOf(v any) (codec.Value, bool) {
	switch t := v.(type) {
	case nil:
		return absent, true
	case string:
		return codec.Str(t), true
	case bool:
		return codec.Value{Kind: codec.Bool, True: t}, true
	case int:
		return codec.Num(itoa(t)), true
	case []any:
		out := codec.Value{Kind: codec.Array}
		for _, e := range t {
			x, ok := valueOf(e)
			if !ok {
				return absent, false
			}
			out.Items = append(out.Items, x)
		}
		return out, true
	}
	return absent, false
}
