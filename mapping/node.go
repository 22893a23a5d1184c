package mapping

import (
	"sort"

	"duijie/internal/codec"
)

// node is a place of the target document while it is being written.
type node struct {
	up      *node
	name    string
	s       *schema
	members []*node
	items   []*node
	list    bool
	object  bool
	has     bool // value holds what a rule wrote
	value   codec.Value
	real    bool // a rule that reads a value wrote here or below
	element bool // carried whatever it holds
	failed  bool // an error stands for it
	named   bool // an element named by [n]
	oneRoot bool // a document whose one top-level field is always written
	sel     string
	index   int // of an element
	rank    int // among its siblings
	place   int // #n; 0: not said
	byPlace bool
	trace   *trace // where an explanation is asked
	extra   []stranger
}

// node gives an empty node; they are made by the dozen.
func (x *exec) node() *node {
	if len(x.slab) == 0 {
		x.slab = make([]node, 32)
	}
	n := &x.slab[0]
	x.slab = x.slab[1:]
	return n
}

// child gives the member of that name, made where it isn't there.
func (x *exec) child(n *node, name string, s *schema) *node {
	n.object = true
	for _, m := range n.members {
		if m.name == name {
			return m
		}
	}
	m := x.node()
	m.up, m.name, m.s, m.rank = n, name, s, x.rankOf(n, name)
	n.members = append(n.members, m)
	return m
}

// item gives element i, made with those before it where it isn't there.
func (x *exec) item(n *node, i int, s *schema) *node {
	n.list = true
	for len(n.items) <= i {
		x.add(n, s)
	}
	m := n.items[i]
	m.named, m.element = true, true
	return m
}

// add appends an element.
func (x *exec) add(n *node, s *schema) *node {
	n.list = true
	m := x.node()
	m.up, m.s, m.index = n, s, len(n.items)
	n.items = append(n.items, m)
	return m
}

// selected gives the one element made for a selector, with the selector's constants.
func (x *exec) selected(n *node, st step, s *schema) *node {
	n.list = true
	for _, m := range n.items {
		if m.sel == st.selector {
			return m
		}
	}
	m := x.add(n, s)
	m.sel = st.selector
	x.selectorFields(m, st)
	return m
}

// selectorFields writes a selector's constants into an element.
func (x *exec) selectorFields(m *node, st step) {
	for _, t := range st.terms {
		if t.ref != "" {
			continue
		}
		f, _ := m.s.get(t.field)
		if f == nil {
			f = anything()
		}
		v, ok := f.typed(t.value)
		if !ok {
			v = codec.Str(t.value)
		}
		c := x.child(m, t.field, f)
		c.has, c.value = true, v
		x.told(c, nil, "selector", nil, nil)
	}
}

// mark tells all above that a value was read for here.
func (n *node) mark() {
	for ; n != nil && !n.real; n = n.up {
		n.real = true
	}
}

func (n *node) fail() {
	n.failed = true
	n.mark()
}

// path names the node from the document's top.
func (n *node) path() string {
	switch {
	case n.up == nil:
		return n.name
	case n.up.list:
		return n.up.path() + "[" + itoa(n.index) + "]"
	}
	return joinPath(n.up.path(), quoteName(n.name))
}

// full is the path without indices, as the compiler keeps writers.
func (n *node) full() string {
	switch {
	case n.up == nil:
		return n.name
	case n.up.list:
		return n.up.full() + "[]"
	}
	return joinPath(n.up.full(), quoteName(n.name))
}

// finish gives what is to be written of a node; ok false: nothing.
func (x *exec) finish(n *node, required bool) (codec.Value, bool) {
	switch {
	case n.has:
		return n.value, true
	case n.list:
		return x.finishList(n, required)
	case n.object || n.element && n.s.types&tObject != 0 && !n.s.scalar() && !n.failed || required && n.s.isObject() && !n.failed:
		return x.finishObject(n, required)
	case required && n.s.isList():
		x.counted(n, 0)
		return codec.Value{Kind: codec.Array}, true
	}
	return codec.Value{}, false
}

func (x *exec) finishList(n *node, required bool) (codec.Value, bool) {
	out := codec.Value{Kind: codec.Array}
	gap := -1
	if n.byPlace {
		n.sortByPlace()
	}
	for _, m := range n.items {
		if m.sel != "" && !m.real {
			continue
		}
		v, ok := x.finish(m, m.element)
		if !ok {
			if gap < 0 && !m.failed && (m.named || !m.element) {
				gap = m.index
			}
			if m.element && !m.named && !m.failed {
				x.missing(m) // every element is carried
			}
			continue
		}
		if gap >= 0 && m.named {
			x.fail(nil, "index-gap", "", n.path()+"["+itoa(gap)+"]", "an element before another one is not written")
			gap = -1
		}
		out.Items = append(out.Items, v)
	}
	if len(out.Items) == 0 && !required {
		return codec.Value{}, false
	}
	x.counted(n, len(out.Items))
	return out, true
}

// counted checks a list's length against its schema.
func (x *exec) counted(n *node, have int) {
	if n.failed || x.prog.excused[n.full()+shortened] || have >= n.s.minItems && (n.s.maxItems < 0 || have <= n.s.maxItems) {
		return
	}
	b := x.prog.writers[n.full()+"[]"]
	src := ""
	if b != nil {
		src = b.display(source(x.d))
	}
	x.fail(b, "target", src, n.path(), "the list has more or fewer elements than its schema says")
}

// sortByPlace puts the elements in the order that #n gave them, those without one last.
func (n *node) sortByPlace() {
	sort.SliceStable(n.items, func(i, j int) bool {
		a, b := n.items[i].place, n.items[j].place
		return a != 0 && (b == 0 || a < b)
	})
	for i, m := range n.items {
		m.index = i
	}
}

func (x *exec) finishObject(n *node, required bool) (codec.Value, bool) {
	if !n.real && !required && !n.element {
		return codec.Value{}, false
	}
	out := codec.Value{Kind: codec.Object}
	for _, m := range x.sorted(n) {
		req := n.s.requires(m.name) || n.oneRoot
		v, ok := x.finish(m, req)
		if !ok {
			if (req || m.element) && !m.failed {
				x.missing(m)
			}
			continue
		}
		out.Members = append(out.Members, codec.Member{Name: m.name, Value: v})
	}
	for i := range n.s.props {
		if p := &n.s.props[i]; (p.required || n.oneRoot) && !n.hasMember(p.name) {
			out = x.unwritten(n, p, out)
		}
	}
	for _, s := range n.extra {
		putBack(&out, s)
	}
	return out, true
}

func (n *node) hasMember(name string) bool {
	for _, m := range n.members {
		if m.name == name {
			return true
		}
	}
	return false
}

// sorted gives the members in schema order, then in rule order.
func (x *exec) sorted(n *node) []*node {
	ms := n.members
	for i := 1; i < len(ms); i++ {
		for j := i; j > 0 && ms[j].rank < ms[j-1].rank; j-- {
			ms[j], ms[j-1] = ms[j-1], ms[j]
		}
	}
	return ms
}

// rankOf is a member's place among its siblings: the schema's, else after all of them.
func (x *exec) rankOf(n *node, name string) int {
	if i, ok := n.s.index[name]; ok {
		return i
	}
	x.order++
	return len(n.s.props) + x.order
}

// unwritten deals with a required member that no rule touched: containers stand empty.
func (x *exec) unwritten(n *node, p *prop, out codec.Value) codec.Value {
	m := &node{up: n, name: p.name, s: p.s}
	if x.prog.excused[m.full()] {
		return out
	}
	if v, ok := x.finish(m, true); ok {
		// Its place among the members is that of the schema.
		at := len(out.Members)
		rank := n.s.index[p.name]
		for i := range out.Members {
			if r, ok := n.s.index[out.Members[i].Name]; !ok || r > rank {
				at = i
				break
			}
		}
		out.Members = append(out.Members, codec.Member{})
		copy(out.Members[at+1:], out.Members[at:])
		out.Members[at] = codec.Member{Name: p.name, Value: v}
		return out
	}
	x.missing(m)
	return out
}

func (x *exec) missing(m *node) {
	full := m.full()
	if x.prog.excused[full] {
		return
	}
	b := x.prog.writers[full]
	src := ""
	if b != nil {
		src = b.display(source(x.d))
	}
	x.fail(b, "missing", src, m.path(), "a required value is not there")
}
