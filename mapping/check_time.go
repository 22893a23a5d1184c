package mapping

import "strings"

// checkTime finds forms that lose, that a leaf can't take, that can be read two ways.
func (c *compiler) checkTime(b *bound, m *timeMeaning) {
	where := b.keyAt("time")
	for _, d := range directions {
		if !c.runs(b, d) {
			continue
		}
		from, to := source(d), source(d).other()
		coarse := m.form[to].coarser(m.form[from])
		switch {
		case b.shape == "computed": // nothing of the source is carried
		case coarse && !b.loses(d):
			c.l.about(sevError, where, "time-too-coarse", b, "lossy: "+string(d)+" with why", "%s drops what %s keeps", m.form[to].raw, m.form[from].raw)
		case !coarse && b.loses(d):
			c.needless(b, d)
		}
		if b.a(to) != nil {
			c.timeFits(b, m, to)
		}
	}
	for s := nat; s <= loc; s++ {
		forms := append([]*timeForm{m.form[s]}, m.also[s]...)
		for i := range forms {
			for j := range forms[:i] {
				if ambiguous(forms[i], forms[j]) {
					c.l.about(sevError, where, "time-bad-pattern", b, "", "%s and %s can read one text differently", forms[j].raw, forms[i].raw)
				}
			}
		}
	}
}

func (c *compiler) timeFits(b *bound, m *timeMeaning, s side) {
	leaf, f := b.leaf(s), m.form[s]
	where := b.time.at
	if x := b.time.form[s]; x != nil {
		where = x.at
	}
	clash := func(format string, args ...any) {
		c.l.about(sevError, where, "type-clash", b, "", format, args...)
	}
	switch {
	case leaf.types == tAny:
		return
	case leaf.types&tString == 0 && leaf.types&(tInteger|tNumber) == 0:
		clash("%s holds no time", b.a(s).shown)
		return
	case leaf.types&tString == 0 && !f.digitsOnly():
		clash("%s is a number, the form %s is not of digits only", b.a(s).shown, f.raw)
		return
	case leaf.types&tString == 0:
		return
	case leaf.format == "date" && f.kind != formDate && f.raw != "yyyy-MM-dd":
		clash("the schema says date, the form is %s", f.raw)
		return
	case leaf.format == "date-time" && f.kind != formRFC3339:
		clash("the schema says date-time, the form is %s", f.raw)
		return
	}
	lo, hi := f.length()
	if leaf.maxLen >= 0 && hi > leaf.maxLen {
		if lo > leaf.maxLen {
			clash("the form %s is longer than %s", f.raw, howMany(leaf.maxLen, "character"))
		} else {
			c.l.about(sevError, where, "text-too-long", b, "", "the form %s can be longer than %s", f.raw, howMany(leaf.maxLen, "character"))
		}
	}
}

// length bounds the characters of a written time.
func (f *timeForm) length() (lo, hi int) {
	switch f.kind {
	case formRFC3339:
		return 20, 25
	case formEpochS:
		return 1, 11
	case formEpochMS:
		return 1, 14
	}
	for _, t := range f.tokens {
		if t.unit == 0 {
			lo, hi = lo+runes(t.literal), hi+runes(t.literal)
		} else {
			lo, hi = lo+t.min, hi+t.max
		}
	}
	return lo, hi
}

// ambiguous tells two patterns that can read one text differently: some text
// has the same digits and literals for both, for other units.
func ambiguous(a, b *timeForm) bool {
	if a.raw == b.raw || a.tokens == nil || b.tokens == nil {
		return false
	}
	for _, x := range a.layouts() {
		for _, y := range b.layouts() {
			if x.shape == y.shape && x.units != y.units {
				return true
			}
		}
	}
	return false
}

type layout struct{ shape, units string }

// layouts writes out each length that a pattern's units can have.
func (f *timeForm) layouts() []layout {
	out := []layout{{}}
	for _, t := range f.tokens {
		var next []layout
		for _, l := range out {
			if t.unit == 0 {
				next = append(next, layout{l.shape + literalShape(t.literal), l.units + strings.Repeat("-", len(literalShape(t.literal)))})
				continue
			}
			for n := t.min; n <= t.max; n++ {
				next = append(next, layout{l.shape + strings.Repeat("0", n), l.units + strings.Repeat(string(rune('a'+t.unit)), n)})
			}
		}
		out = next
	}
	return out
}

// literalShape keeps a literal apart from the digits of units; its own digits count as such.
func literalShape(t string) string { return t }

// checkNumber finds digits and ranges that the schemas' bounds show to be lost.
func (c *compiler) checkNumber(b *bound, m *numberMeaning) {
	for s := nat; s <= loc; s++ {
		if b.a(s) == nil {
			continue
		}
		leaf, o := b.leaf(s), m.side[s]
		if leaf.types != tAny && leaf.types&o.typ == 0 && !(o.typ == tInteger && leaf.types&tNumber != 0) && !(o.typ == tNumber && leaf.types&tInteger != 0 && o.decimals() == 0) {
			c.l.about(sevError, o.at, "type-clash", b, "", "%s is %s, number writes %s", b.a(s).shown, leaf.types, o.typ)
			return
		}
	}
	for _, d := range directions {
		if !c.runs(b, d) || b.shape == "computed" {
			continue
		}
		from, to := source(d), source(d).other()
		have, hold := m.side[from].exponent(), m.side[to].exponent()
		lost := have.known && hold.known && have.n > hold.n
		switch {
		case lost && !b.loses(d):
			c.l.about(sevError, m.side[to].at, "number-scale", b, "lossy: "+string(d)+" with why", "%s has more decimals than %s holds", from, to)
		case !lost && have.known && hold.known && b.loses(d):
			c.needless(b, d)
		}
		c.numberRange(b, m, d)
	}
}

// exponent is how many decimals of 元 a side can tell.
type exponent struct {
	n     int
	known bool
}

func (o numberSide) exponent() exponent {
	n := o.decimals()
	if n < 0 {
		return exponent{}
	}
	if o.typ == tInteger && o.scale > 0 {
		n = o.scale
	}
	return exponent{n - o.unit, true}
}

func (c *compiler) numberRange(b *bound, m *numberMeaning, d Direction) {
	from, to := source(d), source(d).other()
	src, dst := b.leaf(from), b.leaf(to)
	scaled := func(x *decimal) decimal {
		v, o := *x, m.side[from]
		if o.typ == tInteger && o.scale > 0 {
			v = v.shift(-o.scale)
		}
		v = v.shift(o.unit)
		o = m.side[to]
		v = v.shift(-o.unit)
		if o.typ == tInteger && o.scale > 0 {
			v = v.shift(o.scale)
		}
		return v
	}
	if b.loses(d) {
		return
	}
	if src.max != nil && dst.max != nil && scaled(src.max).cmp(*dst.max) > 0 || src.min != nil && dst.min != nil && scaled(src.min).cmp(*dst.min) < 0 {
		c.l.about(sevError, m.side[to].at, "number-overflow", b, "", "the source's range is wider than the target's")
	}
}
