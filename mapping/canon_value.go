package mapping

import (
	"strings"

	"duijie/internal/codec"
)

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
		out, ok = k.time(m, text, v.Kind == codec.Number)
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

func (k *canonizer) time(m *timeMeaning, text string, number bool) (codec.Value, bool) {
	own, other := m.form[k.s], m.form[k.s.other()]
	if number {
		text = own.unNumber(text)
	}
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
	case k.s == loc && b.raw_ != nil:
		return typed(text)
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
	if !ok || k.rawCanon(b, f) {
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
	if row := m.table.find(k.d, key, k.x.date); row != nil && (k.s == nat || b.raw_ == nil) {
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
			k.loose[n] = b
		}
	}
}
