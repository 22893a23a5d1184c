package mapping

import (
	"fmt"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// witness looks for documents that show what a table declares to lose.
type witness struct {
	t *trial
	d Direction
	s side
	k *canonizer
	// images are what composite codes gave, by rule: two keys of one image are a loss.
	images map[*bound]map[string]string
}

// honesty constructs, for every declared loss, a document that shows it.
func (t *trial) honesty(d Direction, g *generator, n int) {
	w := &witness{t: t, d: d, s: source(d), images: map[*bound]map[string]string{}}
	losses := w.declared()
	if len(losses) == 0 {
		return
	}
	w.k = t.c.canonizer(w.s, &t.env)
	l := t.law("loss-honesty")
	l.Documents += len(losses)
	open := slices.Clone(losses)
	for i := 0; i < min(20*n, 2000) && len(open) > 0; i++ {
		doc := g.document()
		if _, err := t.run(d, &doc); err != nil && i%20 != 19 { // now and then one that fails elsewhere will do
			continue
		}
		open = slices.DeleteFunc(open, func(b *bound) bool { return w.shows(&doc, b) || i%10 == 9 && w.bent(&doc, b, g) })
	}
	l.Reached += len(losses) - len(open)
	if len(open) > 0 && l.OK {
		l.OK, l.Rule = false, itself(open[0].rule)
		l.Detail = fmt.Sprintf("no document shows the loss of %s %s", open[0].display(w.s), d)
	}
}

// declared are the rules that admit a loss in the direction.
func (w *witness) declared() (losses []*bound) {
	w.t.c.each(w.t.c.top, func(b *bound) {
		switch {
		case b.shape == "drop":
			if b.drop.has(w.d) && b.a(w.s) != nil {
				losses = append(losses, b)
			}
		case b.shape == "const":
			if !b.check && b.a(w.s) != nil && w.t.c.runs(b, w.d) {
				losses = append(losses, b)
			}
		case b.loses(w.d) && w.t.c.runs(b, w.d):
			losses = append(losses, b)
		}
	})
	return losses
}

// bent puts other values where a rule reads one, and more elements where it
// reads a list, until one is lost on the way.
func (w *witness) bent(doc *codec.Value, b *bound, g *generator) bool {
	switch b.shape {
	case "plain", "const":
		a := b.a(w.s)
		for i := range 5 {
			other := clone(doc)
			at := sites{&other, w.s}.values(b.sc, a)
			if len(at) == 0 {
				return false
			}
			if *at[0] = g.bySchema(a.leaf); i == 0 {
				*at[0] = longest(a.leaf)
			}
			if a.leaf.violates(at[0]) == "" && w.shows(&other, b) {
				return true
			}
		}
	case "join":
		for _, part := range b.parts {
			other := clone(doc)
			at := sites{&other, w.s}.values(b.sc, part.a(w.s))
			if len(at) == 0 || b.join.sep == "" {
				continue
			}
			*at[0] = codec.Str("a" + b.join.sep + "b")
			if part.a(w.s).leaf.violates(at[0]) == "" && w.shows(&other, b) {
				return true
			}
		}
	case "columns":
		a := b.a(w.s)
		if a == nil || len(a.steps) == 0 {
			return false
		}
		other := clone(doc)
		list := *a
		list.steps = a.steps[:len(a.steps)-1]
		st := a.steps[len(a.steps)-1]
		for _, v := range (sites{&other, w.s}).values(b.sc, &list) {
			for range len(b.cols) + 1 {
				e := g.value(a.leaf, a.full, 1, true)
				for _, t := range st.terms {
					e.Members = slices.DeleteFunc(e.Members, func(m codec.Member) bool { return m.Name == t.field })
					e.Members = append(e.Members, codec.Member{Name: t.field, Value: codec.Str(t.value)})
				}
				v.Items = append(v.Items, e)
			}
		}
		return w.shows(&other, b)
	}
	return false
}

// longest is the longest text that a schema takes.
func longest(s *schema) codec.Value {
	n := s.maxLen
	if n < 0 {
		n = 5000
	}
	return codec.Str(strings.Repeat("长", min(n, 5000)))
}

// shows tells whether a document has a value that a rule loses.
func (w *witness) shows(doc *codec.Value, b *bound) bool {
	in := sites{doc, w.s}
	there := func(v *codec.Value) bool { return v.Kind != codec.Absent && !(isScalar(v) && scalarText(v) == "") }
	switch b.shape {
	case "const":
		return slices.ContainsFunc(in.values(b.sc, b.a(w.s)), func(v *codec.Value) bool {
			return there(v) && scalarText(v) != b.constant.text
		})
	case "plain":
		if len(b.acc[w.s]) > 1 || b.meaning == "xref" {
			return w.merges(in, b)
		}
		return slices.ContainsFunc(in.values(b.sc, b.a(w.s)), func(v *codec.Value) bool { return w.changes(b, v) })
	case "columns":
		return len(in.values(b.sc, b.a(w.s))) > len(b.cols) || b.a(w.s) == nil
	case "join":
		return b.join.side != w.s || w.fallsApart(in, b)
	}
	return slices.ContainsFunc(in.values(b.sc, b.a(w.s)), there)
}

// changes tells a value that comes back as another than its canonical form.
func (w *witness) changes(b *bound, v *codec.Value) bool {
	p := w.k.pipe(b, w.d)
	if !isScalar(v) || p.none(v) {
		return false
	}
	image, _, code := p.run(w.k.x, v)
	if code != "" {
		return false
	}
	if b.codes != nil && b.codes.column != "" { // nothing leads back
		return w.again(b, scalarText(&image), scalarText(v))
	}
	x := *w.k.x
	x.d, x.textual = opposite(w.d), false
	back, _, code := w.k.pipe(b, opposite(w.d)).run(&x, &image)
	want, _, _ := w.k.value(b, v)
	if m, ok := b.mean.(*codesMeaning); ok {
		if m.table.find(w.d, []string{scalarText(v)}, "") == nil {
			return true // one of those that the table lacks
		}
		want = *v // its canonical form is the merged code already
	}
	return code != "" || !equalScalar(&back, &want) && !sameNumber(&back, &want)
}

// again tells an image that another key gave before.
func (w *witness) again(b *bound, image, key string) bool {
	if w.images[b] == nil {
		w.images[b] = map[string]string{}
	}
	old, ok := w.images[b][image]
	w.images[b][image] = key
	return ok && old != key
}

// merges tells several fields looked up as one that give what others gave.
func (w *witness) merges(in sites, b *bound) bool {
	var key []string
	for _, a := range b.acc[w.s] {
		vs := in.values(b.sc, a)
		if len(vs) == 0 || !isScalar(vs[0]) {
			return false
		}
		key = append(key, scalarText(vs[0]))
	}
	m, ok := b.mean.(*codesMeaning)
	if !ok {
		return true
	}
	cells, ok := m.image(w.d, key, "")
	return !ok || w.again(b, strings.Join(cells, cellSep), strings.Join(key, cellSep))
}

// fallsApart tells parts whose text would be read back as others.
func (w *witness) fallsApart(in sites, b *bound) bool {
	for i, part := range b.parts {
		vs := in.values(b.sc, part.a(w.s))
		if b.join.skip && len(vs) == 0 {
			return true
		}
		for _, v := range vs {
			t := scalarText(v)
			if b.join.skip && t == "" || part.mean != nil && w.changes(part, v) {
				return true
			}
			if b.join.pattern != nil {
				if i < len(b.parts)-1 && strings.Contains(t, b.join.pattern[i+1]) {
					return true
				}
				continue
			}
			for _, s := range append([]string{b.join.sep}, b.join.also...) {
				if s != "" && strings.Contains(t, s) && (i < len(b.parts)-1 || b.join.many) {
					return true
				}
			}
		}
	}
	return false
}
