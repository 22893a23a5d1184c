package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// join is the canonical form of a text of several parts: absent and "" are one for a part; the whole is rejoined with sep.
func (k *canonizer) join(b *bound, f *frame) {
	if b.join.side != k.s {
		k.whole(b, f, b.a(k.s))
		return
	}
	texts := k.touching(b, f)
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
	for i, t := range texts {
		k.fallen(b.parts[i], f, t)
	}
}

// touching gives, by part, the other texts that parts of a pattern come back with
// where they stand side by side: each of them but the last ends after the longest
// code that fits.
func (k *canonizer) touching(b *bound, f *frame) map[int]string {
	pattern := b.join.pattern
	if pattern == nil {
		return nil
	}
	out := map[int]string{}
	for from := 0; from < len(b.parts); {
		to := from // the last part of those that touch
		for to < len(b.parts)-1 && pattern[to+1] == "" {
			to++
		}
		var texts []string
		for i := from; i <= to && to > from; i++ {
			if m := b.parts[i].mean; b.parts[i].text != nil || i < to && m == nil {
				return out // it has its own form, or is lossy
			}
			texts = append(texts, k.partText(b.parts[i], f))
		}
		whole := strings.Join(texts, "")
		for i, was := range texts {
			t := whole
			if i < len(texts)-1 {
				t = longestCode(b.parts[from+i], k.s.other(), whole)
			}
			whole = whole[len(t):]
			if t != was {
				out[from+i] = t
			}
		}
		from = to + 1
	}
	return out
}

// longestCode is what a text begins with, of the codes of a part's table.
func longestCode(part *bound, s side, text string) string {
	best := ""
	if m, ok := part.mean.(*codesMeaning); ok {
		for _, r := range m.table.rows {
			if c := r.cells[s][0]; len(c) > len(best) && strings.HasPrefix(text, c) {
				best = c
			}
		}
	}
	return best
}

// partText is what a part is in the joined text.
func (k *canonizer) partText(part *bound, f *frame) string {
	v, code := k.x.get(f, part.a(k.s))
	if code != "" || !isScalar(v) {
		return ""
	}
	if m, ok := part.mean.(*codesMeaning); ok {
		t, _ := m.translate(k.d, scalarText(v), k.x.date)
		return t
	}
	return scalarText(v)
}

// fallen is a part that comes back as another text of the whole.
func (k *canonizer) fallen(part *bound, f *frame, t string) {
	n := k.x.make(f, part.a(k.s))
	n.has, n.value = false, absent
	if m, ok := part.mean.(*codesMeaning); ok && t != "" {
		t, _ = m.translate(opposite(k.d), t, k.x.date)
	}
	if v, ok := part.a(k.s).leaf.typed(t); ok && t != "" {
		n.has, n.value = true, v
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
	if b.loses(k.d) { // a part that falls in two comes back as more elements
		k.loose[k.x.lead(k.x.climbed(f, a).dst, a, a.steps[:many])] = b
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
		var protect []string // from pair to pair; where two fit, the longer stands first
		for _, s := range append([]string{j.escape}, seps...) {
			if s != "" {
				protect = append(protect, s, j.escape+s)
			}
		}
		out.WriteString(longestFirst(protect).Replace(part.String()))
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

// longestFirst replaces by pairs of old and new, the longer old one where two fit.
func longestFirst(pairs []string) *strings.Replacer {
	for i := 0; i < len(pairs); i += 2 {
		for j := i; j > 0 && len(pairs[j]) > len(pairs[j-2]); j -= 2 {
			pairs[j], pairs[j+1], pairs[j-2], pairs[j-1] = pairs[j-2], pairs[j-1], pairs[j], pairs[j+1]
		}
	}
	return strings.NewReplacer(pairs...)
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
