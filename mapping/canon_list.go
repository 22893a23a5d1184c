package mapping

import (
	"duijie/internal/codec"
)

func (k *canonizer) each(b *bound, f *frame) {
	a := b.a(k.s)
	st, many := a.list()
	if !many {
		v, code := k.x.get(f, a)
		if code == "" {
			v, code = k.x.object(v)
		}
		if code == "" {
			k.scope(b.sub, &frame{up: f, src: v, dst: k.x.make(f, a), list: a})
		}
		return
	}
	list, code := k.x.follow(k.x.climbed(f, a).src, a, a.steps[:len(a.steps)-1])
	if code != "" {
		return
	}
	o := &eachOp{b: b, src: a, dst: a, from: st, to: st}
	if st.kind == stepFree {
		o.named = (&builder{k.c, k.d}).namedBeside(b, k.s)
		k.members(b, o, f, list)
		return
	}
	items, code := k.x.elements(list)
	if code != "" {
		return
	}
	var of []int
	if st.nested() {
		of = k.x.claim(f, a, items).of(k.x, b, f, st)
	} else {
		for i := range items {
			if st.kind != stepSelector || matches(&items[i], st.terms) {
				of = append(of, i)
			}
		}
	}
	for _, i := range of {
		sub := &frame{up: f, src: &items[i], place: i + 1, list: a}
		sub.dst = o.place(k.x, f)
		sub.dst.mark()
		k.scope(b.sub, sub)
		k.key(b, b.sub, sub, sub.dst.index+1)
	}
}

func (k *canonizer) members(b *bound, o *eachOp, f *frame, list *codec.Value) {
	for i := range list.Members {
		m := &list.Members[i]
		inner, ok := freeName(m.Name, o.from)
		if !ok || contains(o.named, m.Name) {
			continue
		}
		sub := &frame{up: f, src: &m.Value, name: inner, place: i + 1, list: o.src, to: &o.to}
		sub.dst = o.place(k.x, f)
		sub.dst.name = m.Name
		sub.dst.mark()
		k.scope(b.sub, sub)
	}
}

// key: an id that the other side has no field for comes back as that side's key.
func (k *canonizer) key(b *bound, sub *scope, f *frame, place int) {
	if b.key == nil || b.key.as == "" || k.s != nat {
		return
	}
	a := b.key_[nat]
	v, code := k.x.get(f, a)
	if code != "" {
		return
	}
	n := k.x.make(f, a)
	local := ""
	switch l := b.key_[loc]; {
	case b.key.tmpl != "":
		local = fillPlace(b.key.tmpl, b.columns.from+place-1)
	case l != nil && l.place:
		k.placed(b, f, n, scalarText(v))
		return
	case !n.has && b.numbered() && isScalar(v):
		local = itoa(f.place)
	default:
		if !n.has && isScalar(v) {
			n.has, n.value = true, *v
			n.mark()
		}
		return
	}
	k.pair(b, n, scalarText(v), local)
}

// numbered tells a list whose local key is the element's number in the national list.
func (b *bound) numbered() bool {
	for _, r := range b.sub.rules {
		if r.numbers(b.key_[loc]) {
			return true
		}
	}
	return false
}

// numbers tells the rule that writes the national number into the local key.
func (b *bound) numbers(key *access) bool {
	return !b.bad && b.shape == "plain" && key != nil && b.a(nat).place && b.a(loc).full == key.full
}

// placed waits until every element has its place.
func (k *canonizer) placed(b *bound, f *frame, n *node, id string) {
	n.has, n.value = true, codec.Str(id)
	n.mark()
	at := k.localPlace(b, f)
	k.pair(b, n, id, itoa(at))
}

// localPlace is the position in the local list, which several rules may fill.
func (k *canonizer) localPlace(b *bound, f *frame) int {
	list := b.a(loc).full
	if k.x.places == nil {
		k.x.places = map[claimKey]int{}
	}
	key := claimKey{f.up, list}
	k.x.places[key]++
	return k.x.places[key]
}

func (k *canonizer) pair(b *bound, n *node, id, local string) {
	to := local
	if k.ids != nil {
		if x, ok := k.ids.National(b.key.as, local); ok {
			to = x
		}
	}
	k.pairs[pairKey{b.key.as, nat, id}] = to
	if v, ok := b.key_[nat].leaf.typed(to); ok {
		n.has, n.value = true, v
		n.mark()
	}
}

func (k *canonizer) columns(b *bound, f *frame) {
	if b.columns.side == k.s {
		k.flat(b, f)
		return
	}
	a := b.a(k.s)
	st, _ := a.list()
	list, code := k.x.follow(k.x.climbed(f, a).src, a, a.steps[:len(a.steps)-1])
	if code != "" {
		return
	}
	items, _ := k.x.elements(list)
	o := &eachOp{b: b, src: a, dst: a, from: st, to: st}
	n := 0
	for i := range items {
		if st.kind == stepSelector && !matches(&items[i], st.terms) {
			continue
		}
		sub := &frame{up: f, src: &items[i], place: i + 1, list: a}
		if !k.counts(b.cols[0], sub) || n >= len(b.cols) {
			continue // an element without any value vanishes; what has no column is lost
		}
		n++
		sub.dst = o.place(k.x, f)
		sub.dst.mark()
		k.scope(b.cols[0], sub)
		k.key(b, b.cols[0], sub, n)
	}
}

// counts tells an element with a value that is one on the other side too.
func (k *canonizer) counts(sc *scope, f *frame) bool {
	for _, b := range sc.rules {
		if b.bad || !b.runs(k.d) || b.shape == "drop" {
			continue
		}
		if b.shape == "plain" && len(b.acc[k.s]) == 1 && b.meaning != "xref" {
			if v, code := k.x.get(f, b.a(k.s)); code == "" && !b.a(k.s).place {
				if _, real, _ := k.value(b, v); real {
					return true
				}
			}
			continue
		}
		if b.shape == "join" && b.join.side != k.s {
			if v, code := k.x.get(f, b.a(k.s)); code == "" && !k.hollow(b, scalarText(v)) {
				return true
			}
			continue
		}
		if o, ok := (&builder{k.c, k.d}).op(b).(reader); ok && o.has(k.x, f) {
			return true
		}
	}
	return false
}

// flat closes the gaps of columns: element i's fields move to the first free number.
func (k *canonizer) flat(b *bound, f *frame) { k.close(b.cols, b.cols, f) }

// close reads the columns of from and writes them, without gaps, as those of to.
func (k *canonizer) close(from, to []*scope, f *frame) {
	n := 0
	for i, sc := range from {
		sub := &frame{up: f, src: f.src, dst: f.dst, place: i + 1, list: f.list, flat: true}
		if !k.counts(sc, sub) || n >= len(to) {
			continue
		}
		k.shift(sc, to[n], sub)
		n++
	}
	for ; n < len(to); n++ {
		for _, o := range (&builder{k.c, opposite(k.d)}).scope(to[n]) {
			if bl, ok := o.(blanker); ok {
				x := *k.x
				x.d = opposite(k.d)
				bl.blank(&x, &frame{up: f, src: &absent, dst: f.dst})
			}
		}
	}
}

// shift writes the fields of one column element under another number.
func (k *canonizer) shift(from, to *scope, f *frame) {
	for i, b := range from.rules {
		if b.bad || i >= len(to.rules) || !b.runs(k.d) || !b.runs(opposite(k.d)) {
			continue
		}
		switch {
		case b.shape == "columns" && b.columns.side == k.s:
			k.close(b.cols, to.rules[i].cols, f)
		case b.shape == "join" && b.join.side != k.s:
			k.whole(b, f, to.rules[i].a(k.s))
		case b.shape != "plain" || b.a(k.s) == nil:
			if from == to {
				k.rule(b, f)
			}
		default:
			v, code := k.x.get(f, b.a(k.s))
			if code != "" {
				continue
			}
			out, real, loose := k.value(b, v)
			n := k.x.make(f, to.rules[i].a(k.s))
			if loose {
				k.loose[n] = b
			}
			if out.Kind != codec.Absent {
				n.has, n.value = true, out
				if real {
					n.mark()
				}
			}
		}
	}
}
