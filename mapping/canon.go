package mapping

import (
	"sort"

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
	loose   map[*node]*bound
	open    map[*node]bool
	ids     IDs
	pairs   map[pairKey]string // ids of s that come back as others
	late    []func()
	numbers map[claimKey][]numbered
	groups  map[claimKey]int
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
	k := c.canonizer(s, env)
	k.remembered = remembered
	root := &node{s: c.docSchema[s], object: !c.docSchema[s].isList(), oneRoot: s == loc && c.docSchema[s].oneRoot(c.format(k.d))}
	f := &frame{src: doc, dst: root}
	k.x.top = f
	k.scope(c.top, f)
	for _, l := range k.late {
		l()
	}
	for _, l := range k.x.links {
		l()
	}
	for i := len(k.x.wraps) - 1; i >= 0; i-- {
		k.x.wraps[i]()
	}
	out, _ := k.x.finish(root, true)
	res := form{out, map[string]*bound{}, map[string]bool{}}
	for n, b := range k.loose {
		res.loose[n.path()] = b
	}
	for n := range k.open {
		res.open[n.path()] = true
	}
	return res
}

func (c *compiler) canonizer(s side, env *Env) *canonizer {
	d := ToLocal
	if s == loc {
		d = ToNational
	}
	k := &canonizer{c: c, s: s, d: d, loose: map[*node]*bound{}, open: map[*node]bool{}, ids: env.IDs, pairs: map[pairKey]string{}}
	r := &road{d: d, schema: c.docSchema, textual: s == loc && textualFormat(c.format(d)), charset: c.charset(d), excused: map[string]bool{}, writers: map[string]*bound{}}
	k.x = r.exec(env)
	return k
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
		k.open[k.x.make(f, a)] = true
	}
}

func (k *canonizer) rule(b *bound, f *frame) {
	switch b.shape {
	case "plain":
		if len(b.acc[nat]) > 1 || len(b.acc[loc]) > 1 {
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
				k.loose[n] = b
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
			k.inner(b, f)
			return
		}
		v, code := k.x.get(f, b.a(nat))
		if code == "" {
			k.scope(b.sub, &frame{up: f, src: v, dst: k.x.make(f, b.a(nat)), list: b.a(nat)})
		}
	}
}

// inner writes the text of a message inside a field anew, from the canonical
// form of what it holds; where its rules lose or go one way only, or references
// cross them, any text will do.
func (k *canonizer) inner(b *bound, f *frame) {
	v, code := k.x.get(f, b.a(loc))
	if code != "" || v.Kind == codec.Absent {
		return
	}
	n := k.x.make(f, b.a(loc))
	n.has, n.value = true, *v
	n.mark()
	o, ok := (&builder{k.c, k.d}).embed(b).(*embedOp)
	if !ok || k.pipe(b, k.d).none(v) || !k.exact(b.sub) {
		k.open[n] = true
		return
	}
	doc, err := codec.DecodeString(v.Text, o.opts)
	if err != nil {
		k.open[n] = true
		return
	}
	root := &node{s: o.inner, object: true, oneRoot: o.inner.oneRoot(o.opts.Format)}
	textual := k.x.textual
	k.x.textual = o.opts.Format == "xml"
	k.scope(b.sub, &frame{up: f, src: &doc, dst: root, list: b.a(loc), inner: true})
	k.x.textual = textual
	k.x.wraps = append(k.x.wraps, func() {
		out, ok := k.x.finish(root, true)
		text, err := codec.EncodeString(out, o.opts)
		if !ok || err != nil || !root.real { // one without values need not come back
			k.open[n] = true
			return
		}
		n.value = codec.Str(text)
	})
}

// exact tells rules that give back what they read, all of it.
func (k *canonizer) exact(sc *scope) bool {
	for _, b := range sc.rules {
		oneWay := !b.runs(k.d) || !b.runs(opposite(k.d)) || b.shape == "computed" || b.shape == "drop"
		if b.bad || oneWay || b.lossy != 0 || b.meaning == "xref" || b.key != nil || b.shape == "const" && !b.check || b.shape == "join" {
			return false
		}
		for _, sub := range b.subs() {
			if !k.exact(sub) {
				return false
			}
		}
	}
	return true
}

func (k *canonizer) plain(b *bound, f *frame) {
	a, other := b.a(k.s), b.a(k.s.other())
	if a.place && !other.place {
		// The other side keeps the position: the order comes back.
		f.dst.place = f.place
		f.dst.up.byPlace = true
	}
	if a.place || a.key {
		return
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
		k.renumbered(b, f, v, n)
		return
	}
	if k.rawCanon(b, f) {
		return
	}
	out, real, loose := k.value(b, v)
	if b.remember && k.remembered && b.sc.keyed() {
		if p := k.pipe(b, k.d); !p.none(v) || isScalar(v) && isScalar(&p.out) { // else nothing was carried
			out = *v
		}
		loose = false
	}
	if loose {
		k.loose[n] = b
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

// Places of the elements that one rule takes, and that one enclosing element claims.
const (
	rulePlaces  = 1_000_000
	groupPlaces = 1_000 * rulePlaces
)

// numbered is an element whose number is its place in the other side's list.
type numbered struct {
	element, leaf *node
	place, rule   int
	group         int     // of a list nested by key: the enclosing element's, in their order
	key           pairKey // that others refer to it by; empty where it is no key
}

// renumbered: the other side's list is sorted by the number, which comes back
// as 1…; here the elements stay grouped in rule order, sorted within.
func (k *canonizer) renumbered(b *bound, f *frame, v *codec.Value, n *node) {
	key := claimKey{f.up, b.sc.owner.a(k.s.other()).full}
	if k.numbers == nil {
		k.numbers, k.groups = map[claimKey][]numbered{}, map[claimKey]int{}
	}
	if _, ok := k.numbers[key]; !ok {
		// Before the references, which may name the numbers.
		k.late = append([]func(){func() { k.renumber(k.numbers[key]) }}, k.late...)
		k.groups[key] = len(k.groups)
	}
	place, _ := decimalInt(v)
	x := numbered{element: f.dst, leaf: n, place: place, rule: b.sc.owner.seq}
	if st, _ := b.sc.owner.a(k.s).list(); st.nested() {
		x.group = k.groups[key]
	}
	if o := b.sc.owner; o.key != nil && b.numbers(o.key_[loc]) {
		x.key = pairKey{o.key.as, loc, scalarText(v)}
	}
	k.numbers[key] = append(k.numbers[key], x)
}

func (k *canonizer) renumber(all []numbered) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].place, all[j].place
		return a != 0 && (b == 0 || a < b)
	})
	for i, x := range all {
		x.leaf.has, x.leaf.value = true, codec.Num(itoa(i+1))
		x.leaf.mark()
		if x.key.kind != "" {
			k.pairs[x.key] = itoa(i + 1)
		}
		x.element.place = x.group*groupPlaces + x.rule*rulePlaces + i + 1
		x.element.up.byPlace = true
	}
}

func (k *canonizer) xref(b *bound, v *codec.Value, n *node) {
	p := k.pipe(b, k.d)
	if p.none(v) {
		k.nothing(b, n)
		return
	}
	if b.absent {
		k.loose[n] = b
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
