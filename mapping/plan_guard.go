package mapping

import (
	"duijie/internal/codec"
)

// guard tells whether nothing is left over that a rule should have carried.
type guard interface {
	holds(r *planRun) bool
}

// listPlanGuard holds a list's elements to the rules that take them.
type listPlanGuard struct {
	list   slotRef
	id     int
	claim  int // of nested rules; -1: none
	takers []planTaker
}

type planTaker struct {
	kind  stepKind
	index int
	terms []planTerm
	cond  *planCondition
}

func (g *listPlanGuard) holds(r *planRun) bool {
	v := r.slot(g.list)
	if v.kind != codec.Array {
		return true
	}
	for i := range int(v.end) {
		if g.claim >= 0 && r.claims[g.claim].took(i) || g.takes(r, v, i) {
			continue
		}
		return false
	}
	return true
}

func (g *listPlanGuard) takes(r *planRun, v val, i int) bool {
	c := cursor{list: g.id, base: (int(v.off) + i) * r.widths[g.id]}
	for k := range g.takers {
		t := &g.takers[k]
		if t.kind == stepIndex && t.index != i || t.kind == stepSelector && !r.fits(t.terms, c) {
			continue
		}
		if t.cond == nil || t.cond.holds(r) {
			return true
		}
	}
	return false
}

// leafPlanGuard holds a value to the conditions under which it is carried.
type leafPlanGuard struct {
	ref   slotRef
	pipe  *pipe
	conds []*planCondition
}

func (g *leafPlanGuard) holds(r *planRun) bool {
	for _, c := range g.conds {
		if c.holds(r) {
			return true
		}
	}
	v := r.hand(r.slot(g.ref))
	return g.pipe.none(v)
}

// nesting is a rule's share of a list outside: the elements whose field equals
// the key of the element at hand.
type nesting struct {
	claim int
	field int // slot of the elements
	key   slotRef
	place *srcNode // of the element at hand
}

// claimed is one list outside in one translation: its elements by key, who took
// them, and who has which key.
type claimed struct {
	built  bool
	head   map[string]int32
	chain  []int32 // the next of the same key; -1: none
	tail   map[string]int32
	taken  []bool
	owners map[string]claimant
}

type claimant struct {
	list, base int
	place      *srcNode
}

const keptClaims = 1 << 12 // larger maps are not kept for the next translation

func (c *claimed) clear() {
	if !c.built {
		return
	}
	c.built = false
	if len(c.chain) > keptClaims {
		*c = claimed{}
		return
	}
	clear(c.head)
	clear(c.tail)
	clear(c.owners)
	c.chain, c.taken = c.chain[:0], c.taken[:0]
}

func (c *claimed) took(i int) bool { return c.built && c.taken[i] }

// share is the elements of one key.
type share struct {
	c    *claimed
	head int32
}

func (s share) first() int     { return int(s.head) }
func (s share) next(i int) int { return int(s.c.chain[i]) }
func (s share) take(i int)     { s.c.taken[i] = true }

// claim gives the elements that belong to the element at hand.
func (r *planRun) claim(n *nesting, list val, id int) share {
	c := &r.claims[n.claim]
	if !c.built {
		c.build(r, list, id, n.field)
	}
	none := share{c, -1}
	k := r.text(r.slot(n.key))
	if k == "" {
		return none
	}
	at := r.at[len(r.at)-1]
	me := claimant{at.list, at.base, n.place}
	if o, ok := c.owners[k]; ok && o != me {
		r.bad = true // two with one key
		return none
	}
	c.owners[k] = me
	if head, ok := c.head[k]; ok {
		return share{c, head}
	}
	return none
}

func (c *claimed) build(r *planRun, list val, id, field int) {
	c.built = true
	if c.head == nil {
		c.head, c.tail, c.owners = map[string]int32{}, map[string]int32{}, map[string]claimant{}
	}
	for i := range int(list.end) {
		c.chain = append(c.chain, -1)
		c.taken = append(c.taken, false)
		v := r.slabs[id][(int(list.off)+i)*r.widths[id]+field]
		if v.kind != codec.String && v.kind != codec.Number && v.kind != codec.Bool {
			continue
		}
		k := r.text(v)
		if t, ok := c.tail[k]; ok {
			c.chain[t] = int32(i)
		} else {
			c.head[k] = int32(i)
		}
		c.tail[k] = int32(i)
	}
}
