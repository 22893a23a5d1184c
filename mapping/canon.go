package mapping

import (
	"sort"
	"strings"

	"duijie/internal/codec"
)

// canonizer computes the canonical form c of a document: what it must come back
// as from the other side. It goes by the declarations, never by running the
// roads there and back.
type canonizer struct {
	c *compiler
	s side
	d Direction // away from s
	x *exec
	// loose are places whose value is only compared by its image: a rule loses
	// in the direction taken. open are places that are not compared.
	loose map[string]*bound
	open  map[string]bool
	ids   IDs
	pairs map[pairKey]string // ids of s that come back as others
	late  []func()
	// remembered: what rules with remember: lose comes back.
	remembered bool
}

// form is a canonical document and what may differ from it.
type form struct {
	doc   codec.Value
	loose map[string]*bound
	open  map[string]bool
}

// canon gives c of a document of side s.
func (c *compiler) canon(s side, doc *codec.Value, env *Env) form {
	return c.canonical(s, doc, env, false)
}

func (c *compiler) canonical(s side, doc *codec.Value, env *Env, remembered bool) form {
	d := ToLocal
	if s == loc {
		d = ToNational
	}
	k := &canonizer{c: c, s: s, d: d, loose: map[string]*bound{}, open: map[string]bool{}, ids: env.IDs, pairs: map[pairKey]string{}, remembered: remembered}
	r := &road{d: d, schema: c.docSchema, textual: s == loc && textualFormat(c.format(d)), charset: c.charset(d), excused: map[string]bool{}, writers: map[string]*bound{}}
	k.x = r.exec(env)
	k.x.oneRoot = s == loc && r.textual && c.format(d) == "xml" && len(c.docSchema[s].props) == 1
	root := &node{s: c.docSchema[s], object: !c.docSchema[s].isList()}
	f := &frame{src: doc, dst: root}
	k.x.top = f
	k.scope(c.top, f)
	for _, l := range k.late {
		l()
	}
	for _, l := range k.x.links {
		l()
	}
	out, _ := k.x.finish(root, true)
	return form{out, k.loose, k.open}
}

func (k *canonizer) scope(sc *scope, f *frame) {
	for _, b := range sc.rules {
		if b.bad || b.shape == "drop" {
			continue
		}
		if !b.runs(k.d) || !b.runs(opposite(k.d)) || b.shape == "computed" {
			k.oneWay(b, f)
			continue
		}
		if b.cond != nil && !b.cond.holds(k.x, f) {
			continue
		}
		k.rule(b, f)
	}
}

// oneWay marks what a rule of one direction writes here as not compared.
func (k *canonizer) oneWay(b *bound, f *frame) {
	if !b.runs(opposite(k.d)) {
		return
	}
	for _, a := range k.c.targets(b, opposite(k.d)) {
		if _, many := a.list(); many || a.place || a.key || a.up > 0 {
			continue
		}
		k.open[k.x.make(f, a).path()] = true
	}
}

func (k *canonizer) rule(b *bound, f *frame) {
	switch b.shape {
	case "plain":
		if len(b.acc[k.s]) > 1 {
			k.composite(b, f)
			return
		}
		k.plain(b, f)
	case "const":
		if a := b.a(k.s); a != nil {
			v, _ := a.leaf.typed(b.constant.text)
			n := k.x.make(f, a)
			n.has, n.value = true, v
			if !b.check {
				k.loose[n.path()] = b
			}
		}
	case "each":
		k.each(b, f)
	case "columns":
		k.columns(b, f)
	case "join":
		k.join(b, f)
	case "embed":
		if k.s == loc {
			k.open[k.x.make(f, b.a(loc)).path()] = true
			if v, code := k.x.get(f, b.a(loc)); code == "" && v.Kind != codec.Absent {
				n := k.x.make(f, b.a(loc))
				n.has, n.value = true, *v
				n.mark()
			}
			return
		}
		v, code := k.x.get(f, b.a(nat))
		if code == "" {
			k.scope(b.sub, &frame{up: f, src: v, dst: k.x.make(f, b.a(nat)), list: b.a(nat)})
		}
	}
}

func (k *canonizer) plain(b *bound, f *frame) {
	a, other := b.a(k.s), b.a(k.s.other())
	if a.place || a.key {
		return // the place renumbers, see each
	}
	v, code := k.x.get(f, a)
	if code != "" {
		return
	}
	n := k.x.make(f, a)
	if b.meaning == "xref" {
		k.xref(b, v, n)
		return
	}
	if other != nil && other.place {
		k.renumbered(f, v, n)
		return
	}
	if b.raw_ != nil && k.s == nat {
		// raw is there only where the table would not give the code back.
		r, code := k.x.get(f, b.raw_)
		if code == "" && isScalar(r) && scalarText(r) != "" {
			k.rawCanon(b, f, n, scalarText(r))
			return
		}
	}
	out, real, loose := k.value(b, v)
	if b.remember && k.remembered {
		out, loose = *v, false
	}
	if loose {
		k.loose[n.path()] = b
	}
	if out.Kind == codec.Absent {
		if other == nil || !other.self || v.Kind == codec.Absent || b.sc.owner == nil || b.sc.flat >= 0 {
			return
		}
		out = *v // an element of a list of scalars is carried as it stands
	}
	n.has, n.value = true, out
	if real {
		n.mark()
	}
}

// rawCanon: the raw code wins, the national one is what the table reads it as.
func (k *canonizer) rawCanon(b *bound, f *frame, n *node, raw string) {
	m, ok := b.mean.(*codesMeaning)
	if !ok {
		return
	}
	image, code := m.translate(ToNational, raw, k.x.date)
	if code != "" {
		return
	}
	if v, ok := b.a(nat).leaf.typed(image); ok {
		n.has, n.value = true, v
		n.mark()
	}
	if back, code := m.translate(ToLocal, image, k.x.date); code == "" && back == raw {
		return
	}
	r := k.x.make(f, b.raw_)
	if v, ok := b.raw_.leaf.typed(raw); ok {
		r.has, r.value = true, v
		r.mark()
	}
}

// renumbered keeps a number that is the place in the other list: sorted by it, it becomes 1….
func (k *canonizer) renumbered(f *frame, v *codec.Value, n *node) {
	if place, ok := decimalInt(v); ok {
		f.dst.place = place
	}
	f.dst.up.byPlace = true
	list := f.dst.up
	leaf := n
	k.late = append(k.late, func() {
		items := append([]*node(nil), list.items...)
		sort.SliceStable(items, func(i, j int) bool {
			a, b := items[i].place, items[j].place
			return a != 0 && (b == 0 || a < b)
		})
		for i, it := range items {
			if it == f.dst {
				leaf.has, leaf.value = true, codec.Num(itoa(i+1))
				leaf.mark()
			}
		}
	})
}

func (k *canonizer) xref(b *bound, v *codec.Value, n *node) {
	p := k.pipe(b, k.d)
	if p.none(v) {
		if out := k.pipe(b, opposite(k.d)).out; out.Kind != codec.Absent {
			n.has, n.value = true, out
		}
		return
	}
	if b.absent {
		k.loose[n.path()] = b
	}
	id := scalarText(v)
	n.has, n.value = true, *v
	n.mark()
	k.late = append(k.late, func() {
		if to, ok := k.pairs[pairKey{b.xref, k.s, id}]; ok {
			if t, ok := b.a(k.s).leaf.typed(to); ok {
				n.value = t
			}
		}
	})
}

func (k *canonizer) pipe(b *bound, d Direction) *pipe { return (&builder{k.c, d}).newPipe(b, d) }

// value is the canonical form of one value: by the rule's own declarations.
func (k *canonizer) value(b *bound, v *codec.Value) (out codec.Value, real, loose bool) {
	p := k.pipe(b, k.d)
	loose = b.loses(k.d)
	if p.none(v) {
		return k.noValue(b), false, loose
	}
	out = *v
	ok := true
	text := scalarText(v)
	if k.s == loc && b.text != nil {
		text = b.text.normal(text)
	}
	switch m := b.mean.(type) {
	case nil:
		out, ok = k.copied(b, v)
	case *timeMeaning:
		out, ok = k.time(m, text)
	case *numberMeaning:
		out, ok = k.number(m, text)
	case *codesMeaning:
		out, ok = k.code(b, m, text)
	case *convertMeaning:
		out, ok = k.converted(m, text)
	}
	if !ok {
		return *v, true, loose // an error on the road, not a value to compare
	}
	if out.Kind == codec.String {
		if k.s == loc && b.text != nil {
			out.Text = b.text.normal(out.Text)
			if b.text.truncate {
				out.Text, _ = k.pipe(b, ToLocal).bounded(out.Text)
			}
		}
		if k.s == nat && b.text != nil && b.mean == nil {
			out.Text = b.text.normal(out.Text)
		}
		if k.s == nat && b.text != nil && b.text.nat != nil {
			out.Text = b.text.nat.normal(out.Text)
		}
	}
	if k.imageIsNone(b, p, v) {
		return k.noValue(b), false, loose
	}
	return out, true, loose
}

// imageIsNone tells a value whose image is a spelling of no value on the other side.
func (k *canonizer) imageIsNone(b *bound, p *pipe, v *codec.Value) bool {
	image, real, code := p.run(k.x, v)
	return code == "" && real && k.pipe(b, opposite(k.d)).none(&image)
}

// noValue is what no value comes back as: what the other side's default reads
// back as, else the first spelling of this side.
func (k *canonizer) noValue(b *bound) codec.Value {
	back := k.pipe(b, opposite(k.d))
	if b.def[k.s.other()] != nil {
		def := k.pipe(b, k.d).out
		x := *k.x
		x.d, x.textual = opposite(k.d), false
		if out, _, code := back.run(&x, &def); code == "" {
			return out
		}
	}
	return back.out
}

func (k *canonizer) copied(b *bound, v *codec.Value) (codec.Value, bool) {
	if isScalar(v) {
		if k.x.textual && v.Kind == codec.String {
			return b.leaf(loc).readTyped(v.Text)
		}
		return *v, true
	}
	out, code := k.x.copied(v, b.leaf(k.s), b.leaf(k.s.other()))
	return out, code == ""
}

func (k *canonizer) time(m *timeMeaning, text string) (codec.Value, bool) {
	own, other := m.form[k.s], m.form[k.s.other()]
	text = own.unNumber(text)
	c, ok := own.parse(text)
	for i := 0; !ok && i < len(m.also[k.s]); i++ {
		c, ok = m.also[k.s][i].parse(text)
	}
	if !ok {
		return absent, false
	}
	if c.fixed && other.absolute() {
		c = c.in(m.zone)
	} else if c.fixed && !(m.keepZone && k.s == nat) {
		c = c.in(m.zone)
	} else if c.fixed {
		// zone: source: the clock reading stays, in the zone on the way back.
		c.fixed = false
		if c, ok = c.place(m.zone); !ok {
			return absent, false
		}
	} else if own.absolute() || other.absolute() {
		if c, ok = c.place(m.zone); !ok {
			return absent, false
		}
	}
	fraction := other.fraction() || other.kind == formRFC3339 && own.kind == formRFC3339 && c.nano != 0
	if !other.fraction() && other.kind != formRFC3339 {
		c.nano = 0
	}
	t := own.format(c, fraction)
	if m.leaf[k.s].types&tString == 0 {
		d, ok := parseDecimal(t)
		return codec.Num(d.String()), ok
	}
	return codec.Str(t), true
}

func (k *canonizer) number(m *numberMeaning, text string) (codec.Value, bool) {
	d, ok := parseDecimal(text)
	if !ok {
		return absent, false
	}
	o := m.side[k.s]
	t := d.String()
	if o.typ != tInteger && o.fixed > 0 {
		t = d.fixed(o.fixed)
	}
	if o.typ == tString {
		return codec.Str(t), true
	}
	return codec.Num(t), true
}

// code gives the two-way row's code for one that is merged with it.
func (k *canonizer) code(b *bound, m *codesMeaning, text string) (codec.Value, bool) {
	typed := func(t string) (codec.Value, bool) { return b.leaf(k.s).typed(t) }
	image := ""
	row := m.table.find(k.d, []string{text}, k.x.date)
	switch u := m.spec.unknown[k.s.other()]; {
	case row != nil:
		image = row.cells[k.s.other()][0]
	case u != nil:
		image = u.text
	default:
		return absent, false
	}
	if k.s == loc && b.raw_ != nil && text != "" {
		return typed(text)
	}
	back := m.table.find(opposite(k.d), []string{image}, k.x.date)
	if back != nil {
		return typed(back.cells[k.s][0])
	}
	if u := m.spec.unknown[k.s]; u != nil {
		return typed(u.text)
	}
	return absent, false
}

func (k *canonizer) converted(m *convertMeaning, text string) (codec.Value, bool) {
	if m.typ[k.s] == tBool {
		return codec.Value{Kind: codec.Bool, True: text == "true" || k.x.textual && text == "1"}, true
	}
	if m.typ[k.s.other()] == tBool {
		for i := range 2 {
			if contains(m.spellings(i), text) {
				v, code := m.out(k.s, m.spellings(i)[0])
				return v, code == ""
			}
		}
		return absent, false
	}
	if m.typ[nat] == tString && m.typ[loc] == tString {
		return codec.Str(text), true
	}
	d, ok := parseDecimal(text)
	if !ok {
		return absent, false
	}
	t := d.String()
	if m.typ[k.s] == tString && m.spec.pad > 0 {
		digits, neg := strings.CutPrefix(t, "-")
		for len(digits) < m.spec.pad {
			digits = "0" + digits
		}
		if t = digits; neg {
			t = "-" + digits
		}
	}
	v, code := m.out(k.s, t)
	return v, code == ""
}

func (k *canonizer) composite(b *bound, f *frame) {
	m, ok := b.mean.(*codesMeaning)
	if !ok {
		return
	}
	key := make([]string, len(b.acc[k.s]))
	some := false
	for i, a := range b.acc[k.s] {
		if v, code := k.x.get(f, a); code == "" && isScalar(v) {
			key[i] = scalarText(v)
			some = some || key[i] != ""
		}
	}
	if !some {
		return
	}
	if row := m.table.find(k.d, key, k.x.date); row != nil {
		if back := m.table.find(opposite(k.d), row.cells[k.s.other()], k.x.date); back != nil {
			key = back.cells[k.s]
		}
	}
	for i, a := range b.acc[k.s] {
		if key[i] == "" {
			continue
		}
		n := k.x.make(f, a)
		if v, ok := a.leaf.typed(key[i]); ok {
			n.has, n.value = true, v
			n.mark()
		}
		if b.loses(k.d) {
			k.loose[n.path()] = b
		}
	}
}
