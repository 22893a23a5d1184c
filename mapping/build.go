package mapping

import (
	"sort"
	"sync"

	"duijie/internal/codec"
)

// road is a program's one direction.
type road struct {
	d         Direction
	where     string // FILE:LINE of rules:
	ops       []op
	excused   map[string]bool
	writers   map[string]*bound
	schema    [2]*schema
	opts      codec.Options // of the local side
	textual   bool
	charset   string
	held      codec.Charset
	unknown   string
	keyPath   *path
	remembers bool
	lazy      *lazyPlan // nil: the tree runs it
}

// lazyPlan is a road's plan, made when it is first asked for.
type lazyPlan struct {
	once sync.Once
	plan *plan
}

// unspeakable finds a character that the wire charset does not hold.
func (r *road) unspeakable(t string) (rune, bool) {
	if r.held == codec.UTF8 {
		return 0, false
	}
	for _, c := range t {
		if c >= 0x80 && !r.held.Holds(c) {
			if _, ok := r.opts.Substitutes[c]; !ok {
				return c, true
			}
		}
	}
	return 0, false
}

func textualFormat(f string) bool { return f == "xml" || f == "form" || f == "csv" || f == "rows" }

// builder makes the ops of one direction.
type builder struct {
	*compiler
	d Direction
}

func (c *compiler) road(d Direction) *road {
	held, err := codec.LookupCharset(c.charset(d))
	if err != nil {
		held = codec.UTF8
	}
	r := &road{
		d: d, where: c.f.name + ":" + itoa(c.f.rulesAt.line), excused: c.excused[d], writers: c.writers,
		schema: c.docSchema, charset: c.charset(d), held: held, unknown: c.src.Unknown,
		textual: d == ToNational && textualFormat(c.format(d)),
	}
	r.lazy = &lazyPlan{}
	r.opts = c.src.options(d)
	if r.opts.Format == "csv" && r.opts.Columns == nil {
		if rows, _ := c.docSchema[loc].get("rows"); rows != nil {
			r.opts.Columns = rows.element().names()
		}
	}
	c.each(c.top, func(b *bound) { r.remembers = r.remembers || b.remember })
	b := &builder{c, d}
	r.ops = b.scope(c.top)
	return r
}

// scope makes the ops of a list of rules; those that look at others come last.
func (b *builder) scope(sc *scope) []op {
	var ops []op
	late := map[int]bool{}
	for _, r := range sc.rules {
		if r.bad || !r.runs(b.d) {
			continue
		}
		o := b.op(r)
		if o == nil {
			continue
		}
		if r.cond != nil {
			o = &whenOp{cond: r.cond, op: o, b: r}
		}
		if r.date != nil {
			late[len(ops)] = true
		}
		ops = append(ops, o)
	}
	if len(late) > 0 {
		idx := make([]int, len(ops))
		for i := range idx {
			idx[i] = i
		}
		sort.SliceStable(idx, func(i, j int) bool { return !late[idx[i]] && late[idx[j]] })
		sorted := make([]op, len(ops))
		for i, j := range idx {
			sorted[i] = ops[j]
		}
		ops = sorted
	}
	if n := b.named(sc); n != nil {
		ops = append([]op{n}, ops...)
	}
	if g := b.guard(sc); g != nil {
		ops = append(ops, g)
	}
	return ops
}

// namedOp makes the elements that rules name by [n]: they are always written.
type namedOp struct{ places []*access }

func (o *namedOp) run(x *exec, f *frame) {
	for _, a := range o.places {
		x.lead(x.climbed(f, a).dst, a, a.steps)
	}
}

func (b *builder) named(sc *scope) op {
	o := &namedOp{}
	for _, r := range sc.rules {
		if r.bad || !r.runs(b.d) || r.shape == "drop" || r.cond != nil {
			continue
		}
		for _, a := range b.targets(r, b.d) {
			for i, st := range a.steps {
				if st.kind == stepSelector {
					break
				}
				if st.kind == stepIndex && a.sch[i].types&tObject != 0 && !a.sch[i].scalar() {
					c := *a
					c.steps = a.steps[:i+1]
					o.places = append(o.places, &c)
				}
			}
		}
	}
	if len(o.places) == 0 {
		return nil
	}
	return o
}

func (b *builder) op(r *bound) op {
	from := source(b.d)
	to := from.other()
	switch r.shape {
	case "plain":
		return b.plain(r, from, to)
	case "const":
		return b.constant(r, from)
	case "each":
		return b.each(r, from, to)
	case "columns":
		return b.columns(r)
	case "join":
		return b.join(r)
	case "embed":
		return b.embed(r)
	case "computed":
		if r.calc == nil || r.a(to) == nil {
			return nil
		}
		return &computedOp{b: r, dst: r.a(to), calc: r.calc, p: b.newPipe(r, b.d)}
	}
	return nil
}

func (b *builder) plain(r *bound, from, to side) op {
	p := b.newPipe(r, b.d)
	switch {
	case r.meaning == "xref":
		return &xrefOp{b: r, src: r.a(from), dst: r.a(to), p: p, scoped: b.xrefScopedByCase(r.xref)}
	case len(r.acc[nat]) > 1 || len(r.acc[loc]) > 1:
		m, ok := r.mean.(*codesMeaning)
		if !ok {
			return nil
		}
		o := &compositeOp{b: r, src: r.acc[from], dst: r.acc[to], m: m, raw: b.rawCode(r), date: r.date}
		for i := range r.acc[from] {
			o.in = append(o.in, b.pipeAt(r, r.acc[from][i].leaf, r.acc[to][0].leaf))
		}
		for i := range r.acc[to] {
			o.out = append(o.out, b.pipeAt(r, r.acc[from][0].leaf, r.acc[to][i].leaf))
		}
		return o
	}
	o := &plainOp{b: r, src: r.a(from), dst: r.a(to), p: p, raw: b.rawCode(r), date: r.date}
	o.required = o.dst.required()
	return o
}

// pipeAt is a rule's pipe between other leaves than its first.
func (b *builder) pipeAt(r *bound, src, dst *schema) *pipe {
	p := b.newPipe(r, b.d)
	p.src, p.dst = src, dst
	return p
}

func (b *builder) constant(r *bound, from side) op {
	for s := nat; s <= loc; s++ {
		a := r.a(s)
		if a == nil {
			continue
		}
		v, ok := a.leaf.typed(r.constant.text)
		if !ok {
			v = codec.Str(r.constant.text)
		}
		p := b.newPipe(r, b.d)
		return &constOp{b: r, a: a, v: v, write: s != from, p: p}
	}
	return nil
}

func (b *builder) each(r *bound, from, to side) op {
	src, dst := r.a(from), r.a(to)
	ops := b.scope(r.sub)
	st, many := src.list()
	if !many {
		return &groupOp{b: r, src: src, dst: dst, ops: ops}
	}
	target, _ := dst.list()
	o := &eachOp{b: r, src: src, dst: dst, from: st, to: target, ops: ops, key: b.key(r, r.sub)}
	o.scalars = src.leaf.types&tObject == 0 || src.leaf.scalar()
	o.nullOK = dst.leaf.types&tNull != 0 && dst.leaf.types != tAny && src.leaf.types&tNull != 0
	if st.kind == stepFree {
		o.named = b.namedBeside(r, from)
	}
	return o
}

// namedBeside lists the members that other rules of the list name.
func (b *builder) namedBeside(r *bound, s side) []string {
	var out []string
	a := r.a(s)
	for _, o := range r.sc.rules {
		if o == r || o.bad {
			continue
		}
		for _, x := range o.acc[s] {
			if len(x.steps) >= len(a.steps) && samePrefix(x.steps, a.steps[:len(a.steps)-1]) && x.steps[len(a.steps)-1].kind == stepField {
				out = append(out, x.steps[len(a.steps)-1].name)
			}
		}
	}
	return out
}

func samePrefix(steps, prefix []step) bool {
	if len(steps) < len(prefix) {
		return false
	}
	for i := range prefix {
		if !steps[i].same(prefix[i]) {
			return false
		}
	}
	return true
}

func (b *builder) key(r *bound, sub *scope) *keyOp {
	if r.key == nil || sub == nil {
		return nil
	}
	o := &keyOp{b: r, kind: r.key.as, acc: r.key_, tmpl: r.key.tmpl}
	for s := nat; s <= loc; s++ {
		if a := r.key_[s]; a != nil {
			for _, x := range sub.rules {
				for _, y := range x.acc[s] {
					if y.full == a.full && x.runs(b.d) && x.shape != "drop" {
						o.written[s] = true
					}
				}
			}
		}
	}
	return o
}

func (b *builder) columns(r *bound) op {
	many := r.columns.side.other()
	st, _ := r.a(many).list()
	o := &columnsOp{b: r, list: r.a(many), st: st, flatName: r.columns.raw, rest: r.rest, restF: r.restF}
	for _, sc := range r.cols {
		o.ops = append(o.ops, b.scope(sc))
	}
	if len(r.cols) > 0 {
		o.key = b.key(r, r.cols[0])
	}
	return o
}

func (b *builder) join(r *bound) op {
	whole := r.a(r.join.side.other())
	if whole == nil {
		return nil
	}
	o := &joinOp{b: r, j: r.join, whole: whole, lossy: r.loses(b.d), p: b.newPipe(r, b.d)}
	for _, part := range r.parts {
		jp := joinPart{a: part.a(r.join.side), many: -1}
		for i, st := range jp.a.steps {
			if st.kind == stepEvery {
				jp.many = i
			}
		}
		jp.p = b.partPipe(r, part)
		if m, ok := part.mean.(*codesMeaning); ok {
			jp.codes = m.longest(r.join.side.other())
		}
		o.parts = append(o.parts, jp)
	}
	return o
}

// partPipe is the pipe of a part: its own meaning, plain text on the whole's side.
func (b *builder) partPipe(r, part *bound) *pipe {
	p := b.newPipe(part, b.d)
	text := anything()
	text.types = tString
	from := source(b.d)
	if from == r.join.side {
		p.src, p.dst = part.leaf(from), text
		p.charset = ""
		if part.def[from.other()] == nil {
			p.out = absent
		}
		if p.mean == nil {
			p.mean = textMeaning{text}
		}
	} else {
		p.src, p.dst = text, part.leaf(from.other())
		if p.mean == nil {
			p.mean = textMeaning{p.dst}
		}
		if def := part.def[from.other()]; def == nil {
			p.out = absent
			if v, ok := firstNone(b.noneOf(part, from.other(), b.d), from.other(), b.formatOf(from.other(), b.d), p.dst); ok {
				p.out = v
			}
		}
	}
	return p
}

// textMeaning takes a value over as the text that a leaf's schema types.
type textMeaning struct{ leaf *schema }

func (m textMeaning) apply(_ *exec, _ Direction, v codec.Value) (codec.Value, string) {
	out, ok := m.leaf.typed(scalarText(&v))
	if !ok {
		return absent, errType
	}
	return out, ""
}

func (b *builder) embed(r *bound) op {
	o := &embedOp{b: r, nat: r.a(nat), loc: r.a(loc), inner: r.sub.sch[loc], p: b.newPipe(r, b.d)}
	o.opts = r.embed.options(b.src.Namespaces)
	o.ops = b.scope(r.sub)
	return o
}
