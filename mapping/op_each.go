package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// groupOp runs rules over an object on both sides.
type groupOp struct {
	b        *bound
	src, dst *access
	ops      []op
}

func (o *groupOp) run(x *exec, f *frame) {
	v, code := x.get(f, o.src)
	if code == "" {
		v, code = x.object(v)
	}
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	runAll(x, &frame{up: f, src: v, dst: x.make(f, o.dst), list: o.src}, o.ops)
}

// object reads what is to be an object.
func (x *exec) object(v *codec.Value) (*codec.Value, string) {
	switch v.Kind {
	case codec.Object, codec.Absent:
		return v, ""
	case codec.Null:
		if x.d == ToNational {
			return &absent, ""
		}
	case codec.String:
		if x.textual {
			if strings.TrimSpace(v.Text) == "" {
				return &absent, ""
			}
			return v, "" // an element with its text alone: #text may be asked for
		}
	case codec.Array:
		if x.textual && len(v.Items) == 1 {
			return &v.Items[0], ""
		}
	}
	return &absent, errType
}

// eachOp carries a list element by element.
type eachOp struct {
	b        *bound
	src, dst *access
	from, to step
	ops      []op
	key      *keyOp
	scalars  bool // elements may be no objects
	nullOK   bool
	named    []string // members of the same list that other rules name
}

func (o *eachOp) run(x *exec, f *frame) {
	list, code := x.follow(x.climbed(f, o.src).src, o.src, o.src.steps[:len(o.src.steps)-1])
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if o.from.kind == stepFree {
		o.members(x, f, list)
		return
	}
	items, code := x.elements(list)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	if x.d == ToLocal && len(items) == 0 {
		return
	}
	var mine *claim
	if o.from.nested() {
		mine = x.claim(f, o.src, items)
		for _, i := range mine.of(x, o.b, f, o.from) {
			o.element(x, f, &items[i], i)
		}
		return
	}
	for i := range items {
		v := &items[i]
		if o.from.kind == stepSelector && !matches(v, o.from.terms) {
			continue
		}
		o.element(x, f, v, i)
	}
}

func (o *eachOp) element(x *exec, f *frame, v *codec.Value, i int) {
	sub := &frame{up: f, src: v, place: i + 1, list: o.src, to: &o.to, by: o.b}
	x.frame(v, sub)
	if v.Kind == codec.Null && !o.nullOK {
		x.fail(o.b, errType, x.shown(sub), o.dst.shown, "an element is null")
		return
	}
	if v.Kind != codec.Object && !o.scalars {
		if w, code := x.object(v); code == "" {
			if w.Kind == codec.Absent {
				w = &codec.Value{Kind: codec.Object}
			}
			sub.src = w
		} else {
			x.fail(o.b, errType, x.shown(sub), o.dst.shown, codeText(errType))
			return
		}
	}
	sub.dst = o.place(x, f)
	sub.dst.mark()
	if v.Kind == codec.Null {
		sub.dst.has, sub.dst.value = true, *v
		return
	}
	runAll(x, sub, o.ops)
	if o.key != nil {
		o.key.run(x, sub)
	}
}

// place makes the element on the target side.
func (o *eachOp) place(x *exec, f *frame) *node {
	holder := x.holder(f, o.dst)
	if o.to.kind == stepFree {
		holder.object = true
		n := &node{up: holder, name: o.to.name + o.to.suffix, s: o.dst.leaf, rank: x.rankOf(holder, ""), element: true}
		holder.members = append(holder.members, n)
		return n
	}
	n := x.add(holder, o.dst.leaf)
	n.element = true
	x.selectorFields(n, o.to)
	if o.to.nested() {
		x.link(f, n, o.to)
	}
	return n
}

// members carries free members as elements.
func (o *eachOp) members(x *exec, f *frame, v *codec.Value) {
	v, code := x.object(v)
	if code != "" {
		x.stop(o.b, f, o.src, o.dst, code)
		return
	}
	place := 0
	for i := range v.Members {
		m := &v.Members[i]
		inner, ok := freeName(m.Name, o.from)
		if !ok || contains(o.named, m.Name) {
			continue
		}
		place++
		sub := &frame{up: f, src: &m.Value, place: place, name: inner, list: o.src, to: &o.to, by: o.b}
		sub.dst = o.place(x, f)
		sub.dst.mark()
		if o.to.kind == stepFree {
			sub.dst.name = o.to.name + inner + o.to.suffix
		}
		runAll(x, sub, o.ops)
	}
}

// freeName gives what {*} stands for in a member's name.
func freeName(name string, st step) (string, bool) {
	if len(name) <= len(st.name)+len(st.suffix) && len(st.name)+len(st.suffix) > 0 {
		return "", false
	}
	rest, ok := strings.CutPrefix(name, st.name)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, st.suffix)
}

// claimKey is a list outside that nested rules take from.
type claimKey struct {
	f    *frame
	list string
}

// claim remembers which elements of such a list somebody took.
type claim struct {
	taken  []bool
	byKey  map[string]map[string][]int // field → value → elements
	owners map[string]*codec.Value     // field and value → the element at hand that has it
	items  []codec.Value
}

func (x *exec) claim(f *frame, a *access, items []codec.Value) *claim {
	k := claimKey{x.climbed(f, a), a.full}
	if c, ok := x.claims[k]; ok {
		return c
	}
	if x.claims == nil {
		x.claims = map[claimKey]*claim{}
	}
	c := &claim{items: items, taken: make([]bool, len(items)), byKey: map[string]map[string][]int{}, owners: map[string]*codec.Value{}}
	x.claims[k] = c
	return c
}

// of gives the elements that belong to the element at hand.
func (c *claim) of(x *exec, b *bound, f *frame, st step) []int {
	ref := st.terms[st.ref()]
	index, ok := c.byKey[ref.field]
	if !ok {
		index = map[string][]int{}
		for i := range c.items {
			if m, ok := c.items[i].Get(ref.field); ok && isScalar(m) {
				index[scalarText(m)] = append(index[scalarText(m)], i)
			}
		}
		c.byKey[ref.field] = index
	}
	k := ""
	switch {
	case f.src.Kind == codec.Object:
		if m, ok := f.src.Get(ref.ref); ok && isScalar(m) {
			k = scalarText(m)
		}
	case ref.ref == "#n":
		k = itoa(f.place)
	}
	if k == "" {
		return nil
	}
	owner := ref.field + cellSep + k
	if o, ok := c.owners[owner]; ok && o != f.src {
		x.fail(b, "key-duplicate", x.shown(f), "", codeText("key-duplicate"))
		return nil
	}
	c.owners[owner] = f.src
	var out []int
	for _, i := range index[k] {
		if matches(&c.items[i], st.terms) {
			c.taken[i] = true
			out = append(out, i)
		}
	}
	return out
}

// link sets the field of a nested element from the element at hand, once that is known.
func (x *exec) link(f *frame, n *node, st step) {
	ref := st.terms[st.ref()]
	s, _ := n.s.get(ref.field)
	if s == nil {
		s = anything()
	}
	field := x.child(n, ref.field, s)
	owner := f.dst
	x.links = append(x.links, func() {
		for _, m := range owner.members {
			if m.name == ref.ref {
				if m.failed {
					field.fail()
				}
				if m.has {
					field.has, field.value = true, m.value
					x.told(field, nil, "reference", nil, nil)
				}
			}
		}
		if !field.has && !field.failed {
			field.fail()
			x.fail(nil, "missing", "", field.path(), codeText("missing"))
		}
	})
}

// keyOp teaches pairs: what identifies an element on each side.
type keyOp struct {
	b       *bound
	kind    string
	acc     [2]*access
	written [2]bool // a rule of the element writes the key on that side
	tmpl    string
}

func (o *keyOp) run(x *exec, f *frame) {
	from := source(x.d)
	to := from.other()
	v := o.source(x, f, from)
	var n *node
	if a := o.acc[to]; a != nil && !a.place && !o.written[to] {
		n = x.make(f, a)
	}
	x.keys = append(x.keys, func() { o.pair(x, f, v, n) })
}

// source gives the key's text on the side that is read.
func (o *keyOp) source(x *exec, f *frame, s side) string {
	if s == loc && o.tmpl != "" {
		return fillPlace(o.tmpl, f.place)
	}
	a := o.acc[s]
	v, code := x.get(f, a)
	if code != "" || !isScalar(v) {
		return ""
	}
	return scalarText(v)
}

func (o *keyOp) pair(x *exec, f *frame, from string, fresh *node) {
	s := source(x.d)
	to := s.other()
	if from == "" {
		return
	}
	target := ""
	switch a := o.acc[to]; {
	case to == loc && o.tmpl != "":
		target = fillPlace(o.tmpl, f.place)
	case a != nil && a.place:
		if target = itoa(f.dst.index + 1); f.dst.place != 0 {
			target = itoa(f.dst.place)
		}
	case fresh != nil:
		target = o.made(x, from, a, fresh)
	case a != nil:
		n := x.make(f, a)
		if n.has {
			target = scalarText(&n.value)
		}
	}
	if f.localKey = target; s == loc {
		f.localKey = from
	}
	if target == "" {
		return
	}
	if x.pairs == nil {
		x.pairs = map[pairKey]string{}
	}
	k, back := pairKey{o.kind, s, from}, pairKey{o.kind, to, target}
	if old, ok := x.pairs[k]; ok && old != target {
		x.fail(o.b, "key-duplicate", x.shown(f), "", codeText("key-duplicate"))
		return
	}
	if old, ok := x.pairs[back]; ok && old != from {
		x.fail(o.b, "key-duplicate", x.shown(f), "", codeText("key-duplicate"))
		return
	}
	if _, ok := x.pairs[k]; !ok && o.kind != "" {
		p := Pair{Kind: o.kind, National: from, Local: target}
		if s == loc {
			p.National, p.Local = target, from
		}
		x.made.Pairs = append(x.made.Pairs, p)
	}
	x.pairs[k], x.pairs[back] = target, from
}

// made is the key of a side that no rule writes: the crosswalk's, else the other side's text.
func (o *keyOp) made(x *exec, from string, a *access, n *node) string {
	target := from
	if o.kind != "" {
		if id, ok := x.ask(o.kind, from); ok {
			target = id
		}
	}
	v, ok := a.leaf.typed(target)
	code := "target"
	if ok {
		code = x.judge(&v, a.leaf)
	}
	if code != "" {
		n.fail()
		x.fail(o.b, code, "", n.path(), codeText(code))
		return ""
	}
	n.has, n.value = true, v
	x.told(n, o.b, "key", nil, nil)
	n.mark()
	return target
}

// ask looks an id of the source side up in the crosswalk.
func (x *exec) ask(kind, id string) (string, bool) {
	if x.env == nil || x.env.IDs == nil {
		return "", false
	}
	if x.d == ToLocal {
		return x.env.IDs.Local(kind, id)
	}
	return x.env.IDs.National(kind, id)
}

// askFor is ask for a field of that schema. Ids of a list that is no crosswalk
// are made to fit where the types do not allow the same on both sides.
func (x *exec) askFor(kind, id string, leaf *schema) (string, bool) {
	target, ok := x.ask(kind, id)
	if !ok || x.d != ToLocal {
		return target, ok
	}
	if _, fits := leaf.typed(target); !fits {
		if l, made := x.env.IDs.(ListedIDs); made && target == id && leaf.types&(tInteger|tNumber) != 0 {
			return l.number(id), true
		}
	}
	return target, true
}
