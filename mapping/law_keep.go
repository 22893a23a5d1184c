package mapping

import "duijie/internal/codec"

// keyed tells a scope whose lists all have a key: what a rule loses there, or no
// schema knows, is put back into the element that it came from.
func (sc *scope) keyed() bool {
	for ; sc != nil && sc.owner != nil; sc = sc.owner.sc {
		_, many := sc.owner.a(nat).list()
		if many && sc.owner.key == nil || sc.owner.shape == "embed" {
			return false
		}
	}
	return true
}

// remembers tells whether a rule loses and remembers, outside of lists without key.
func (t *trial) remembers(d Direction) bool {
	found := false
	t.c.each(t.c.top, func(b *bound) {
		found = found || b.remember && b.loses(d) && b.shape == "plain" && b.sc.keyed()
	})
	return found
}

// keeps tells whether fields that no schema knows go along and can be told apart:
// where the document's top is an object of its own.
func (t *trial) keeps() bool {
	f := t.c.format(ToLocal)
	return t.c.src.Unknown == "keep" && t.c.format(ToNational) == f && (f == "json" || f == "form")
}

// stray is the name of a field that no schema knows.
const stray = "zz-stray"

// kept: fields that no schema knows come back where they were, at the top and in
// the elements of lists with a key.
func (t *trial) kept(d Direction, doc *codec.Value) verdict {
	s := source(d)
	in := clone(doc)
	places := t.strayPlaces(&in, s)
	for i, v := range places {
		v.Members = append(v.Members, codec.Member{Name: stray, Value: codec.Str(itoa(i))})
	}
	b, err := t.wire(s, &in)
	if err != nil {
		return verdict{err: err}
	}
	env := t.env
	out, made, err := t.p.translate(nil, b, &env, d)
	if err != nil {
		return verdict{err: err}
	}
	env.Remembered = made.Remember
	back, _, err := t.p.translate(nil, out, &env, opposite(d))
	if err != nil {
		return verdict{err: err}
	}
	got, err := t.road(opposite(d)).readTarget(back)
	if err != nil {
		return verdict{reached: true, detail: "what came back cannot be read"}
	}
	found := map[string]bool{}
	for _, v := range t.strayPlaces(&got, s) {
		if m, ok := v.Get(stray); ok {
			found[scalarText(m)] = true
		}
	}
	for i := range places {
		if !found[itoa(i)] {
			return verdict{reached: true, detail: "a field that no schema knows does not come back"}
		}
	}
	return verdict{reached: true}
}

// strayPlaces are the objects that a field may be kept in.
func (t *trial) strayPlaces(doc *codec.Value, s side) []*codec.Value {
	var out []*codec.Value
	if doc.Kind == codec.Object && !t.c.docSchema[s].open {
		out = append(out, doc)
	}
	t.c.each(t.c.top, func(b *bound) {
		st, many := b.a(s).list()
		if b.shape != "each" || !many || st.nested() || st.kind == stepFree || b.key == nil || b.cond != nil || b.direction != roadsBoth || !b.sc.keyed() || b.leaf(s).open {
			return
		}
		for _, v := range (sites{doc, s}).values(b.sc, b.a(s)) {
			if v.Kind == codec.Object {
				out = append(out, v)
			}
		}
	})
	return out
}
