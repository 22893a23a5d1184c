package mapping

import "duijie/internal/codec"

// rawCanon is the canonical form of a national code that has a raw one beside
// it, which wins: the national one is what the table reads it as, none where the
// table lacks it, and the raw one stays where the table would not give it back.
// False: there is no raw one.
func (k *canonizer) rawCanon(b *bound, f *frame) bool {
	m, ok := b.mean.(*codesMeaning)
	if b.raw_ == nil || k.s == loc || !ok {
		return false
	}
	v, code := k.x.get(f, b.raw_)
	if code != "" || !isScalar(v) || k.pipe(b, k.d).none(v) {
		return false
	}
	raw := scalarText(v)
	if b.text != nil {
		raw = b.text.normal(raw)
	}
	if t, ok := b.leaf(loc).typed(raw); ok && k.pipe(b, opposite(k.d)).none(&t) {
		if none := k.noValue(b); none.Kind != codec.Absent {
			n := k.x.make(f, b.a(nat))
			n.has, n.value = true, none
		}
		return true
	}
	if image, ok := m.cells(ToNational, []string{raw}, k.x.date); ok {
		for i, a := range b.acc[nat] {
			if t, ok := a.leaf.typed(image[i]); ok && image[i] != "" {
				n := k.x.make(f, a)
				n.has, n.value = true, t
				n.mark()
			}
		}
		if back, ok := m.cells(ToLocal, image, k.x.date); ok && back[0] == raw {
			return true
		}
	}
	if t, ok := b.raw_.leaf.typed(raw); ok {
		n := k.x.make(f, b.raw_)
		n.has, n.value = true, t
		n.mark()
	}
	return true
}
