package mapping

// srcKind is what the trie expects at a place.
type srcKind uint8

const (
	srcAny    srcKind = iota // nobody reads it; only its names are checked
	srcLeaf                  // a slot for a value
	srcObject                // rules read members
	srcList                  // rules read elements
)

// srcNode is a place of the source: what may stand there and who reads it.
type srcNode struct {
	kind  srcKind
	s     *schema
	kids  []srcKid
	index *perfect
	slot  int // in the frame of home; of a leaf or a list
	home  int // the list whose frame it lies in
	list  int // of the elements' frames
	elem  *srcNode
	raw   *srcNode // of a leaf that may be a list or an object: what is in it
	open  bool     // members beyond the kids are allowed
	rest  *srcNode // what they are
}

type srcKid struct {
	name string
	n    *srcNode
}

// ahead is how many names are compared before the table is asked.
const ahead = 3

// maxKids bounds the members that one object's bits can tell.
const maxKids = 256

var nobody = newPerfect(nil)

// anySource is a place of which nothing is known.
func anySource() *srcNode {
	n := &srcNode{open: true, slot: -1, index: nobody}
	n.rest, n.elem = n, n
	return n
}

// find gives the kid of that name: those after the last one first, as documents
// mostly keep their schema's order and leave out some.
func (n *srcNode) find(name string, hint int) int {
	for i := hint; i < len(n.kids) && i < hint+ahead; i++ {
		if n.kids[i].name == name {
			return i
		}
	}
	return n.index.find(name)
}

// trie builds the source side of a plan.
type trie struct {
	widths []int
	any    *srcNode
	checks map[*schema]*srcNode
}

func newTrie() *trie {
	return &trie{widths: []int{0}, any: anySource(), checks: map[*schema]*srcNode{}}
}

func (t *trie) node(s *schema, home int) *srcNode {
	return &srcNode{s: s, slot: -1, home: home, index: nobody}
}

// become turns a place into what a rule wants it to be; ok is false where
// another rule wants it otherwise.
func (n *srcNode) become(k srcKind) bool {
	if n.kind == srcAny {
		n.kind = k
	}
	return n.kind == k
}

// child gives the member of that name.
func (t *trie) child(n *srcNode, name string) (*srcNode, bool) {
	if n.s == nil || n.s.types&tObject == 0 || !n.become(srcObject) {
		return nil, false
	}
	for i := range n.kids {
		if n.kids[i].name == name {
			return n.kids[i].n, true
		}
	}
	s, _ := n.s.get(name)
	if s == nil {
		return nil, false
	}
	c := t.node(s, n.home)
	n.kids = append(n.kids, srcKid{name, c})
	return c, true
}

// leaf gives the slot of a value; lists and objects are kept as they stand.
func (t *trie) leaf(n *srcNode) (int, bool) {
	if !n.become(srcLeaf) {
		return 0, false
	}
	if n.raw == nil && n.s.types&(tArray|tObject) != 0 {
		n.raw = t.check(n.s)
	}
	if n.slot < 0 {
		n.slot = t.slot(n.home)
	}
	return n.slot, true
}

// elements gives the place of a list's elements.
func (t *trie) elements(n *srcNode) (*srcNode, bool) {
	if n.s == nil || n.s.types&tArray == 0 || !n.become(srcList) {
		return nil, false
	}
	if n.elem == nil {
		n.slot = t.slot(n.home)
		n.list = len(t.widths)
		t.widths = append(t.widths, 1)
		n.elem = t.node(n.s.element(), n.list)
	}
	return n.elem, true
}

func (t *trie) slot(home int) int {
	t.widths[home]++
	return t.widths[home] - 1
}

// finish adds the members that no rule reads, for their names; ok is false
// where an object has too many.
func (t *trie) finish(n *srcNode) bool {
	switch n.kind {
	case srcList:
		return t.finish(n.elem)
	case srcObject:
		for i := range n.kids {
			if !t.finish(n.kids[i].n) {
				return false
			}
		}
		for _, p := range n.s.props {
			if !n.names(p.name) {
				n.kids = append(n.kids, srcKid{p.name, t.check(p.s)})
			}
		}
		n.inOrder()
		t.openness(n)
		return n.number()
	case srcAny:
		*n = *t.check(n.s)
	}
	return true
}

func (n *srcNode) names(name string) bool {
	for i := range n.kids {
		if n.kids[i].name == name {
			return true
		}
	}
	return false
}

// inOrder sorts the kids as the schema has them.
func (n *srcNode) inOrder() {
	rank := func(k srcKid) int {
		if i, ok := n.s.index[k.name]; ok {
			return i
		}
		return len(n.s.props)
	}
	for i := 1; i < len(n.kids); i++ {
		for j := i; j > 0 && rank(n.kids[j]) < rank(n.kids[j-1]); j-- {
			n.kids[j], n.kids[j-1] = n.kids[j-1], n.kids[j]
		}
	}
}

func (n *srcNode) number() bool {
	if len(n.kids) > maxKids {
		return false
	}
	names := make([]string, len(n.kids))
	for i := range n.kids {
		names[i] = n.kids[i].name
	}
	n.index = newPerfect(names)
	return true
}

func (t *trie) openness(n *srcNode) {
	if n.open = n.s.open; n.open {
		n.rest = t.any
		if n.s.rest != nil {
			n.rest = t.check(n.s.rest)
		}
	}
}

// check gives a place that nobody reads: as the tree walk, it only looks for
// names that the schema doesn't know.
func (t *trie) check(s *schema) *srcNode {
	if s == nil || s.types == tAny && len(s.props) == 0 {
		return t.any
	}
	if n, ok := t.checks[s]; ok {
		return n
	}
	n := &srcNode{s: s, slot: -1, open: true, rest: t.any, elem: t.any, index: nobody}
	t.checks[s] = n
	if s.types&tArray != 0 {
		n.elem = t.check(s.element())
	}
	if s.types&tObject != 0 {
		for _, p := range s.props {
			n.kids = append(n.kids, srcKid{p.name, t.check(p.s)})
		}
		t.openness(n)
		if !n.number() {
			n.kids, n.open = nil, false // nothing is found then: such a document is the tree's
		}
	}
	return n
}
