package mapping

import (
	"strings"

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

// join: absent and "" are one for a part; the whole is rejoined with sep.
func (k *canonizer) join(b *bound, f *frame) {
	if b.join.side != k.s {
		k.whole(b, f, b.a(k.s))
		return
	}
	for _, part := range b.parts {
		a := part.a(k.s)
		many := -1
		for i, st := range a.steps {
			if st.kind == stepEvery {
				many = i
			}
		}
		if many >= 0 {
			k.parts(b, part, a, many, f)
			continue
		}
		v, code := k.x.get(f, a)
		if code != "" {
			continue
		}
		n := k.x.make(f, a)
		if b.loses(k.d) {
			k.loose[n] = b
		}
		if !isScalar(v) || scalarText(v) == "" {
			continue
		}
		out := *v
		if part.mean != nil {
			// The other side of a part is text of its own.
			if c, real, _ := k.value(part, v); real {
				out = c
			}
		}
		n.has, n.value = true, out
		n.mark()
	}
}

func (k *canonizer) parts(b, part *bound, a *access, many int, f *frame) {
	list, code := k.x.follow(k.x.climbed(f, a).src, a, a.steps[:many])
	if code != "" {
		return
	}
	items, _ := k.x.elements(list)
	some := false
	for i := range items {
		v, code := k.x.follow(&items[i], a, a.steps[many+1:])
		some = some || code == "" && isScalar(v) && scalarText(v) != ""
	}
	if !some {
		return // no part has a value: no value
	}
	for i := range items {
		v, code := k.x.follow(&items[i], a, a.steps[many+1:])
		if code != "" {
			continue
		}
		e := k.x.add(k.x.lead(k.x.climbed(f, a).dst, a, a.steps[:many]), a.sch[many])
		e.element = true
		e.mark()
		n := e
		for j := many + 1; j < len(a.steps); j++ {
			n = k.x.child(n, a.steps[j].name, a.sch[j])
		}
		n.has, n.value = true, *v
		n.mark()
		if b.loses(k.d) {
			k.loose[n] = b
		}
	}
}

// whole writes the joined text at dst, which is another column's where gaps close.
func (k *canonizer) whole(b *bound, f *frame, dst *access) {
	v, code := k.x.get(f, b.a(k.s))
	if code != "" {
		return
	}
	n := k.x.make(f, dst)
	if b.loses(opposite(k.d)) || b.loses(k.d) {
		k.loose[n] = b
	}
	p := k.pipe(b, k.d)
	if p.none(v) || !isScalar(v) {
		k.nothing(b, n)
		return
	}
	t := scalarText(v)
	if k.s == loc && b.text != nil {
		t = b.text.normal(t)
	}
	if b.join.escape == "" && b.join.pattern == nil {
		for _, also := range b.join.also {
			if also != "" {
				t = strings.ReplaceAll(t, also, b.join.sep)
			}
		}
	} else if b.join.pattern != nil {
		k.open[n] = hasMeaning(b.parts)
	} else if whole, ok := k.rejoined(b, t); ok {
		t = whole
	} else {
		k.open[n] = true
	}
	if k.hollow(b, t) {
		k.nothing(b, n)
		return
	}
	n.has, n.value = true, codec.Str(t)
	n.mark()
}

func hasMeaning(parts []*bound) bool {
	for _, p := range parts {
		if p.mean != nil {
			return true
		}
	}
	return false
}

// rejoined takes a text apart at what no escape protects and joins it again.
func (k *canonizer) rejoined(b *bound, t string) (string, bool) {
	j := b.join
	if hasMeaning(b.parts) || j.escape == "" {
		return "", false
	}
	seps := append([]string{j.sep}, j.also...)
	var out, part strings.Builder
	parts := 1
	end := func() { // in every part what would be read as something else is protected
		text := strings.ReplaceAll(part.String(), j.escape, j.escape+j.escape)
		for _, s := range seps {
			if s != "" {
				text = strings.ReplaceAll(text, s, j.escape+s)
			}
		}
		out.WriteString(text)
		part.Reset()
	}
	for t != "" {
		protected := ""
		if rest, ok := strings.CutPrefix(t, j.escape); ok {
			for _, s := range append([]string{j.escape}, seps...) {
				if s != "" && strings.HasPrefix(rest, s) && len(s) > len(protected) {
					protected = s
				}
			}
			if protected != "" {
				part.WriteString(protected)
				t = rest[len(protected):]
				continue
			}
		}
		if s := prefixOf(t, seps); s != "" && (j.many || parts < len(b.parts)) {
			end()
			out.WriteString(j.sep)
			parts, t = parts+1, t[len(s):]
			continue
		}
		part.WriteByte(t[0])
		t = t[1:]
	}
	end()
	return out.String(), true
}

// nothing is how no value comes back.
func (k *canonizer) nothing(b *bound, n *node) {
	if out := k.pipe(b, opposite(k.d)).out; out.Kind != codec.Absent {
		n.has, n.value = true, out
	}
}

// hollow tells a joined text whose parts are all empty: it is no value.
func (k *canonizer) hollow(b *bound, t string) bool {
	o, ok := (&builder{k.c, k.d}).join(b).(*joinOp)
	if !ok || t == "" {
		return true
	}
	var parts []string
	if b.join.pattern != nil {
		parts, ok = o.match(t)
	} else {
		parts, ok = o.apart(t)
	}
	if !ok {
		return false
	}
	for _, p := range parts {
		if p != "" {
			return false
		}
	}
	return true
}
