package mapping

import (
	"strings"
	"unicode/utf8"

	"duijie/internal/codec"
)

// val is a slot: where a value's text is, in the document or, with esc, in the
// text of unescaped strings. A list's is the number of its first element and
// how many there are.
type val struct {
	off, end uint32
	kind     codec.Kind
	esc      bool
	on       bool // of a boolean
}

// tokeniser reads RFC 8259 as strictly as the codec's own reader, but
// that it only says no where the other says why.
type tokeniser struct {
	s         string
	i         int
	depth     int
	nulls     bool // null is read as no list and no object
	textual   bool // the codec knows only text: one object may be a list of one
	slabs     [][]val
	widths    []int
	arena     []byte
	unescaped string
	names     []string // of members that no trie names, of the objects under way
}

const planDepth = 64 // as the codec's

func (r *tokeniser) setup(p *plan) {
	r.widths = p.widths
	r.slabs = make([][]val, len(p.widths))
	r.nulls, r.textual = p.r.d == ToNational, p.r.textual
}

// clear forgets the document.
func (r *tokeniser) clear() {
	r.s, r.unescaped = "", ""
	r.arena = r.arena[:0]
	clear(r.names)
	r.names = r.names[:0]
}

func (r *tokeniser) document(s string, n *srcNode) bool {
	if !utf8.ValidString(s) {
		return false
	}
	r.s, r.i, r.depth = s, 0, planDepth
	for i := range r.slabs {
		r.slabs[i] = r.slabs[i][:0]
	}
	r.frame(0)
	if r.space(); r.i >= len(s) || s[r.i] != '{' || !r.object(n, 0) {
		return false
	}
	r.space()
	r.unescaped = string(r.arena)
	return r.i == len(s)
}

// frame adds a list's next frame, empty, and gives its base.
func (r *tokeniser) frame(list int) int {
	slab, w := r.slabs[list], r.widths[list]
	base := len(slab)
	if cap(slab)-base < w {
		bigger := make([]val, base, max(2*cap(slab), base+16*w))
		copy(bigger, slab)
		slab = bigger
	}
	slab = slab[:base+w]
	clear(slab[base:])
	r.slabs[list] = slab
	return base
}

// text is a value's.
func (r *tokeniser) text(v val) string {
	switch {
	case v.kind == codec.Bool:
		if v.on {
			return "true"
		}
		return "false"
	case v.kind != codec.String && v.kind != codec.Number:
		return ""
	case v.esc:
		return r.unescaped[v.off:v.end]
	}
	return r.s[v.off:v.end]
}

func (r *tokeniser) space() {
	if r.i < len(r.s) && r.s[r.i] > ' ' {
		return
	}
	r.blanks()
}

func (r *tokeniser) blanks() {
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

func (r *tokeniser) take(c byte) bool {
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

// value reads one value into the frame at base.
func (r *tokeniser) value(n *srcNode, base int) bool {
	r.space()
	if r.i >= len(r.s) {
		return false
	}
	c := r.s[r.i]
	if r.textual && n.kind == srcList && c != '[' && c != 'n' {
		return r.lone(n, base)
	}
	switch c {
	case '{':
		if n.raw != nil {
			return r.whole(n, base, codec.Object)
		}
		if r.textual && n.kind == srcAny && n.s != nil && n.s.isList() {
			n = n.elem // the one element of a list
		}
		return (n.kind == srcObject || n.kind == srcAny) && r.object(n, base)
	case '[':
		if n.raw != nil {
			return r.whole(n, base, codec.Array)
		}
		if n.kind == srcAny {
			return r.skipped(n)
		}
		return n.kind == srcList && r.list(n, base)
	case '"':
		if r.textual && n.kind == srcObject {
			return r.bare(n, base)
		}
		v, ok := r.str(n.kind == srcLeaf)
		return ok && r.put(n, base, v)
	case 't', 'f', 'n':
		return r.word(n, base, c)
	}
	start := r.i
	if !r.number() {
		return false
	}
	return r.put(n, base, val{off: uint32(start), end: uint32(r.i), kind: codec.Number})
}

// whole keeps where a list or an object stands.
func (r *tokeniser) whole(n *srcNode, base int, k codec.Kind) bool {
	start := r.i
	if !r.value(n.raw, base) {
		return false
	}
	return r.put(n, base, val{off: uint32(start), end: uint32(r.i), kind: k})
}

// put fills a slot with a scalar; where rules want a list or an object there is none.
func (r *tokeniser) put(n *srcNode, base int, v val) bool {
	switch n.kind {
	case srcLeaf:
		r.slabs[n.home][base+n.slot] = v
		return true
	case srcAny:
		return true
	}
	return v.kind == codec.Null && r.nulls
}

func (r *tokeniser) word(n *srcNode, base int, c byte) bool {
	w, v := "null", val{kind: codec.Null}
	switch c {
	case 't':
		w, v = "true", val{kind: codec.Bool, on: true}
	case 'f':
		w, v = "false", val{kind: codec.Bool}
	}
	if !strings.HasPrefix(r.s[r.i:], w) {
		return false
	}
	r.i += len(w)
	return r.put(n, base, v)
}

func (r *tokeniser) object(n *srcNode, base int) bool {
	if r.depth--; r.depth < 0 {
		return false
	}
	r.i++
	var seen [maxKids / 64]uint64
	unknown := len(r.names)
	for hint, first := 0, true; ; first = false {
		r.space()
		if first && r.take('}') {
			break
		}
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			return false
		}
		v, ok := r.str(false)
		if !ok || v.esc {
			return false // an escaped name: the tree knows it
		}
		name := r.s[v.off:v.end]
		if r.space(); !r.take(':') {
			return false
		}
		kid := n.rest
		if k := n.find(name, hint); k >= 0 {
			if seen[k>>6]&(1<<(k&63)) != 0 {
				return false
			}
			seen[k>>6] |= 1 << (k & 63)
			kid, hint = n.kids[k].n, k+1
		} else if !n.open || !r.fresh(name, unknown) {
			return false
		}
		if !r.value(kid, base) {
			return false
		}
		r.space()
		if r.take(',') {
			continue
		}
		if !r.take('}') {
			return false
		}
		break
	}
	r.names = r.names[:unknown]
	r.depth++
	return true
}

// fresh tells a name that this object did not have yet.
func (r *tokeniser) fresh(name string, from int) bool {
	if len(r.names)-from > 24 {
		return false
	}
	for _, n := range r.names[from:] {
		if n == name {
			return false
		}
	}
	r.names = append(r.names, name)
	return true
}

// list reads elements, each into a frame of its own.
func (r *tokeniser) list(n *srcNode, base int) bool {
	first := len(r.slabs[n.list]) / r.widths[n.list]
	count := 0
	ok := r.items(func() bool {
		count++
		inner := r.frame(n.list)
		r.space()
		if r.i < len(r.s) && r.s[r.i] == 'n' {
			return false // a null element
		}
		return r.value(n.elem, inner)
	})
	r.slabs[n.home][base+n.slot] = val{off: uint32(first), end: uint32(count), kind: codec.Array}
	return ok
}

// lone reads what a codec that knows only text gives for a list of one.
func (r *tokeniser) lone(n *srcNode, base int) bool {
	first := len(r.slabs[n.list]) / r.widths[n.list]
	ok := r.value(n.elem, r.frame(n.list))
	r.slabs[n.home][base+n.slot] = val{off: uint32(first), end: 1, kind: codec.Array}
	return ok
}

// bare reads what such a codec gives for an object without fields: its text,
// which a path may name by #text. A text that is not blank has no other fields.
func (r *tokeniser) bare(n *srcNode, base int) bool {
	v, ok := r.str(true)
	if !ok {
		return false
	}
	text := r.s
	if v.esc {
		text = string(r.arena)
	}
	blank := strings.TrimSpace(text[v.off:v.end]) == ""
	for _, k := range n.kids {
		switch {
		case k.name == "#text":
			if !r.put(k.n, base, v) {
				return false
			}
		case !blank && k.n.kind != srcAny && !strings.HasPrefix(k.name, "@"):
			return false
		}
	}
	return true
}

func (r *tokeniser) skipped(n *srcNode) bool {
	return r.items(func() bool { return r.value(n.elem, 0) })
}

func (r *tokeniser) items(item func() bool) bool {
	if r.depth--; r.depth < 0 {
		return false
	}
	r.i++
	for first := true; ; first = false {
		r.space()
		if first && r.take(']') {
			break
		}
		if !item() {
			return false
		}
		r.space()
		if r.take(',') {
			continue
		}
		if !r.take(']') {
			return false
		}
		break
	}
	r.depth++
	return true
}
