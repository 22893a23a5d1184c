package mapping

import (
	"duijie/internal/codec"
)

// state tells what an emit step did.
type state uint8

const (
	stateWrote state = 1 << iota // a value stands there
	stateReal                    // a rule that reads one wrote it
	stateAmiss                   // something required is not there: an error if the object around it stands
)

// writer is an emit step: it appends one value, or nothing.
type writer interface {
	write(r *planRun) state
}

type outKind uint8

const (
	outOpen outKind = iota // nothing is known of it yet
	outLeaf
	outObject
	outList
)

// outNode is a place of the target. Its members stand in the order in which
// they are written.
type outNode struct {
	kind     outKind
	name     string
	key      []byte // ,"name":
	s        *schema
	up       *outNode
	element  bool
	required bool
	excused  bool // may be missing although it is required
	writers  []writer
	kids     []*outNode
	makers   []*maker
	shorter  bool // the list may have fewer or more elements than its schema says
	captures uint8
	level    int // of read's slot
	slot     int
	read     *valueWriter // the one that writes here, where nothing read is nothing written
	linked   bool         // its value is the key of the element around it
	full     string
}

// node writes a place.
func (r *planRun) node(n *outNode) state {
	switch n.kind {
	case outObject:
		return r.object(n, n.required)
	case outList:
		return r.listed(n)
	}
	at := len(r.out)
	st := r.leaf(n)
	if n.captures != 0 && st != 0 {
		for i := range r.captured {
			if n.captures&(1<<i) != 0 {
				r.captured[i] = [2]int{at, len(r.out)}
			}
		}
	}
	return st
}

// leaf lets the rules write one after the other: what was read stands before
// what stands for no value.
func (r *planRun) leaf(n *outNode) state {
	if len(n.writers) == 1 {
		return n.writers[0].write(r)
	}
	at := len(r.out)
	var all state
	for _, w := range n.writers {
		mine := len(r.out)
		st := w.write(r)
		switch {
		case st == 0:
		case all != 0 && st&stateReal == 0 && !always(w):
			r.out = r.out[:mine]
		case all != 0:
			r.out = r.out[:at+copy(r.out[at:], r.out[mine:])]
		}
		all |= st
	}
	return all
}

// always tells a writer whose value stands whatever another rule wrote.
func always(w writer) bool {
	_, ok := unconditional(w).(*valueWriter)
	return !ok
}

// object writes an object: where no rule below it read a value and nobody asks
// for it, what was written is taken back.
func (r *planRun) object(n *outNode, asked bool) state {
	at := len(r.out)
	r.out = append(r.out, '{')
	var all state
	some := false
	for _, m := range n.kids {
		var v val
		if m.read != nil {
			c := &r.at[m.level]
			if v = r.slabs[c.list][c.base+m.slot]; v.kind == codec.Absent {
				if m.required && !m.excused {
					all |= stateAmiss
				}
				continue
			}
		}
		mine := len(r.out)
		if some {
			r.out = append(r.out, m.key...)
		} else {
			r.out = append(r.out, m.key[1:]...)
		}
		var st state
		if m.read != nil && m.captures == 0 {
			st = m.read.valuePipe.write(r, v)
		} else {
			st = r.node(m)
		}
		if r.bad {
			return 0
		}
		if st == 0 {
			r.out = r.out[:mine]
			if m.required && !m.excused {
				all |= stateAmiss
			}
			continue
		}
		some = true
		all |= st
	}
	if all&stateReal == 0 && !asked {
		r.out = r.out[:at]
		for i := range r.captured {
			if r.captured[i][0] >= at {
				r.captured[i] = [2]int{}
			}
		}
		return 0
	}
	r.out = append(r.out, '}')
	return all | stateWrote
}

// listed writes a list, the elements of its rules one after the other.
func (r *planRun) listed(n *outNode) state {
	at := len(r.out)
	r.out = append(r.out, '[')
	count, all, real := 0, stateWrote, false
	for _, m := range n.makers {
		if m.one != nil {
			all |= r.one(m, &count) &^ stateWrote
		} else {
			r.make(m, m.via, &count)
			real = real || count > 0
		}
		if r.bad {
			return 0
		}
	}
	if count == 0 && !n.required {
		r.out = r.out[:at]
		return 0
	}
	if !n.shorter && (count < n.s.minItems || n.s.maxItems >= 0 && count > n.s.maxItems) {
		all |= stateAmiss
	}
	r.out = append(r.out, ']')
	if real {
		all |= stateReal
	}
	return all
}

// maker writes elements: one for each that a rule takes of the source.
type maker struct {
	list   slotRef
	id     int // of the source list's frames
	terms  []planTerm
	nested *nesting
	split  *splitting // the elements are parts of a text
	gather *gathering // the elements are numbered fields
	one    *single    // the element that plain rules name
	conds  []*planCondition
	via    []*maker // lists outside, gone through first
	elem   *outNode
	guards []guard
}

// planTerm is an equation of a selector over a frame.
type planTerm struct {
	slot  int
	value string
}

// slotRef is a slot of the element at hand at one level, or of one that a path
// leads to from there.
type slotRef struct {
	level, slot int
	hops        []hop
}

// hop leads into one element of a list: by its place, or by a selector.
type hop struct {
	slot, id, index int
	terms           []planTerm
}

func (r *planRun) slot(ref slotRef) val {
	if ref.hops != nil {
		return r.hopped(ref)
	}
	c := &r.at[ref.level]
	return r.slabs[c.list][c.base+ref.slot]
}

func (r *planRun) hopped(ref slotRef) val {
	c := r.at[ref.level]
	for i := range ref.hops {
		h := &ref.hops[i]
		v := r.slabs[c.list][c.base+h.slot]
		found := -1
		if h.terms == nil && h.index < int(v.end) {
			found = h.index
		}
		for k := 0; h.terms != nil && k < int(v.end); k++ {
			if e := (cursor{list: h.id, base: (int(v.off) + k) * r.widths[h.id]}); r.fits(h.terms, e) {
				r.bad = r.bad || found >= 0
				found = k
			}
		}
		if v.kind != codec.Array || found < 0 {
			return val{}
		}
		c = cursor{list: h.id, base: (int(v.off) + found) * r.widths[h.id]}
	}
	return r.slabs[c.list][c.base+ref.slot]
}

func (r *planRun) make(m *maker, via []*maker, count *int) {
	over := m
	if len(via) > 0 {
		over = via[0]
	}
	switch {
	case over.gather != nil:
		r.gathered(over, count)
	case over.split != nil:
		if r.hold(over.conds) {
			over.split.write(r, count)
		}
	default:
		r.elements(over, func() { r.inside(m, via, count) })
	}
}

// elements goes through the elements that a rule takes of its list.
func (r *planRun) elements(m *maker, each func()) {
	if !r.hold(m.conds) {
		return
	}
	v := r.slot(m.list)
	if v.kind != codec.Array && (m.nested == nil || r.x.d == ToLocal) {
		return
	}
	level := len(r.at)
	if m.nested != nil { // to the national side keys are compared even where the list outside is not there
		chain := r.claim(m.nested, v, m.id)
		for i := chain.first(); i >= 0 && !r.bad; i = chain.next(i) {
			if r.enter(m, v, i) {
				chain.take(i)
				each()
			}
			r.at = r.at[:level]
		}
		return
	}
	for i := 0; i < int(v.end) && !r.bad; i++ {
		if r.enter(m, v, i) {
			each()
		}
		r.at = r.at[:level]
	}
}

// enter makes element i the one at hand; false where the selector doesn't take it.
func (r *planRun) enter(m *maker, list val, i int) bool {
	c := cursor{list: m.id, base: (int(list.off) + i) * r.widths[m.id], place: i + 1}
	r.at = append(r.at, c)
	return r.fits(m.terms, c)
}

func (r *planRun) fits(terms []planTerm, c cursor) bool {
	for i := range terms {
		v := r.slabs[c.list][c.base+terms[i].slot]
		if v.kind != codec.String && v.kind != codec.Number && v.kind != codec.Bool || r.text(v) != terms[i].value {
			return false
		}
	}
	return true
}

// inside goes on to the next list, or writes the element at hand.
func (r *planRun) inside(m *maker, via []*maker, count *int) {
	if len(via) > 0 {
		r.make(m, via[1:], count)
		return
	}
	r.next(count)
	r.bad = !r.element(m.elem) || r.bad
	for _, g := range m.guards {
		r.bad = r.bad || !g.holds(r)
	}
}

// next goes on to the next element of the list that is being written.
func (r *planRun) next(count *int) {
	if *count > 0 {
		r.out = append(r.out, ',')
	}
	*count++
}

// element writes an element, which always stands.
func (r *planRun) element(n *outNode) bool {
	var st state
	if n.kind == outObject {
		st = r.object(n, true)
	} else {
		st = r.leaf(n)
	}
	return st != 0 && st&stateAmiss == 0
}
