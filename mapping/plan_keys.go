package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// keyWalk is a rule's elements as they are gone through for their keys, before
// anything is written: a reference may stand before what it refers to.
type keyWalk struct {
	m      *maker // nil: the document itself
	key    *planKey
	below  []*keyWalk
	count  int        // of the place in the target list; -1: nobody asks
	spread *spreading // the elements go into numbered fields
	fresh  []int      // counts that begin anew with each element
}

// planKey is what identifies an element on each side.
type planKey struct {
	o     *keyOp
	level int
	ref   slotRef  // of the source's key
	place bool     // the source's key is the element's place
	text  string   // the source's key, where it is a numbered field
	from  int      // the number of the first of them
	leaf  *outNode // of the target's key; nil: it is the element's place there
}

// keyWriter writes a key that no rule writes: the crosswalk's, else the other side's.
type keyWriter struct {
	k *planKey
	a *access
}

// keyed plans a rule's key.
func (b *planner) keyed(o *keyOp, inner *planScope) bool {
	from := source(b.r.d)
	to := from.other()
	k := &planKey{o: o, level: inner.level}
	if o.tmpl != "" || o.acc[from] == nil || o.acc[to] == nil {
		return false
	}
	if a := o.acc[from]; a.place {
		k.place = true
	} else {
		var ok bool
		if k.ref, ok = b.read(inner, a); !ok {
			return false
		}
	}
	inner.walk.key = k
	a := o.acc[to]
	if a.place {
		b.placed = append(b.placed, inner.dst.up)
		return true
	}
	return b.keyLeaf(k, inner.dst, a, to)
}

// keyLeaf finds the leaf of the target's key, and makes it where no rule does.
func (b *planner) keyLeaf(k *planKey, elem *outNode, a *access, to side) bool {
	n, ok := lead(elem, a, a.steps)
	if !ok || a.up > 0 || a.abs || !n.become(outLeaf) {
		return false
	}
	k.leaf = n
	if !k.o.written[to] {
		if len(n.writers) > 0 {
			return false
		}
		n.writers, n.linked = []writer{&keyWriter{k, a}}, true
	}
	return true
}

// walks readies the way through the elements with keys; false: it is not to be had.
func (b *planner) walks(top *keyWalk) bool {
	numbers := map[*outNode]int{}
	for _, list := range b.placed {
		if _, ok := numbers[list]; !ok {
			numbers[list] = len(numbers)
		}
	}
	owners := map[*outNode]*keyWalk{}
	var note func(w *keyWalk) bool
	note = func(w *keyWalk) bool {
		w.count = -1
		if w.m != nil {
			owners[w.m.elem] = w
			if w.m.elem != nil && w.spread == nil {
				if n, ok := numbers[w.m.elem.up]; ok {
					w.count = n
				}
			}
		}
		for _, k := range w.planKeys() {
			for _, x := range k.leaf.writers {
				if _, ok := unconditional(x).(*xrefWriter); ok {
					return false // its id is known later than keys are
				}
			}
		}
		kept := w.below[:0]
		for _, s := range w.below {
			if !note(s) {
				return false
			}
			if s.key != nil || s.count >= 0 || len(s.below) > 0 {
				kept = append(kept, s)
			}
		}
		w.below = kept
		return true
	}
	if !note(top) {
		return false
	}
	for list, n := range numbers {
		for _, m := range list.makers {
			if m.one != nil || m.split != nil || m.gather != nil {
				return false
			}
		}
		home := list.up
		for home != nil && !home.element {
			home = home.up
		}
		w := top
		if home != nil {
			if w = owners[home]; w == nil {
				return false
			}
		}
		w.fresh = append(w.fresh, n)
	}
	b.plan.keys, b.plan.counts = top, len(numbers)
	if len(top.below) == 0 {
		b.plan.keys = nil
	}
	return true
}

// planKeys are the keys that are written as a field.
func (w *keyWalk) planKeys() []*planKey {
	switch {
	case w.m != nil && w.m.gather != nil:
		return w.m.gather.keys
	case w.key != nil && w.key.leaf != nil:
		return []*planKey{w.key}
	}
	return nil
}

// unconditional is a writer without its conditions.
func unconditional(w writer) writer {
	for {
		switch x := w.(type) {
		case *whenWriter:
			w = x.w
		case *columnWriter:
			w = x.w
		default:
			return w
		}
	}
}

// keys pairs the keys of all elements.
func (r *planRun) keys(w *keyWalk) {
	for _, n := range w.fresh {
		r.counts[n] = 0
	}
	for _, s := range w.below {
		switch {
		case s.m.gather != nil:
			r.gatherKeys(s.m.gather)
		case s.spread != nil:
			r.spreadKeys(s.spread, s.key)
		default:
			r.elements(s.m, func() { r.keyed(s) })
		}
		if r.bad {
			return
		}
	}
}

func (r *planRun) keyed(w *keyWalk) {
	place := 0
	if w.count >= 0 {
		r.counts[w.count]++
		place = r.counts[w.count]
	}
	r.keys(w)
	if w.key == nil || r.bad {
		return
	}
	from := w.key.fromText(r)
	if from == "" {
		return
	}
	target := ""
	if w.key.leaf == nil {
		target = itoa(place)
	} else {
		target = r.written(w.key.leaf)
	}
	if target != "" {
		r.pair(w.key.o.kind, from, target)
	}
}

// fromText is the key's text on the side that is read.
func (k *planKey) fromText(r *planRun) string {
	if k.text != "" {
		return k.text
	}
	if k.place {
		return itoa(r.at[k.level].place)
	}
	return r.text(r.slot(k.ref))
}

// written is the text that a leaf gets.
func (r *planRun) written(n *outNode) string {
	at := len(r.out)
	if r.leaf(n) == 0 || r.bad {
		return ""
	}
	v, err := codec.FromJSON(r.out[at:])
	r.out = r.out[:at]
	r.bad = r.bad || err != nil
	return scalarText(&v)
}

// pair notes that two keys are one element's; two elements with one key are an error.
func (r *planRun) pair(kind, from, target string) {
	s := r.x.d
	k, back := pairKey{kind, source(s), from}, pairKey{kind, source(s).other(), target}
	old, ok := r.pairs[k]
	if other, taken := r.pairs[back]; ok && old != target || taken && other != from {
		r.bad = true
		return
	}
	if !ok && kind != "" {
		p := Pair{Kind: kind, National: strings.Clone(from), Local: strings.Clone(target)}
		if s == ToNational {
			p.National, p.Local = p.Local, p.National
		}
		r.made = append(r.made, p)
	}
	if r.pairs == nil {
		r.pairs = map[pairKey]string{}
	}
	r.pairs[k], r.pairs[back] = target, from
}

func (w *keyWriter) write(r *planRun) state {
	from := w.k.fromText(r)
	if from == "" {
		return 0
	}
	return r.fresh(w.k.o, w.a, from)
}

// fresh writes the other side's key for one.
func (r *planRun) fresh(o *keyOp, a *access, from string) state {
	target := from
	if o.kind != "" {
		if id, ok := r.x.ask(o.kind, strings.Clone(from)); ok {
			target = id
		}
	}
	v, ok := a.leaf.typed(target)
	if !ok || r.x.judge(&v, a.leaf) != "" || !writable(&v, r.x.d) {
		r.bad = true
		return 0
	}
	r.value_(v)
	return stateWrote | stateReal
}
