package mapping

import (
	"sort"
	"strings"

	"duijie/internal/codec"
)

// What a lossy rule drops under remember:, and what no schema knows under
// unknown: keep, travels beside the document: Made.Remember of one direction is
// given back as Env.Remembered of the other, for the same unit, type and
// subject. It is payload.

// memo is a value under remember:, until all keys of the document are known.
type memo struct {
	b    *bound
	f    *frame
	o    *plainOp
	read codec.Value // what was read
	out  codec.Value // what was written
}

// kept is one remembered value: what stood there, and what was carried of it.
type kept struct{ value, carried codec.Value }

// identity names a rule's place in a document by its path and the keys of the
// elements around it; ok is false inside a list without a key.
func (m *memo) identity() (string, bool) {
	keys, ok := m.f.identity()
	return m.b.a(nat).full + keys, ok
}

// identity names an element by the lists and keys around it.
func (f *frame) identity() (string, bool) {
	id := ""
	for ; f != nil; f = f.up {
		if f.list == nil || f.place == 0 && f.name == "" {
			continue
		}
		if f.localKey == "" {
			return "", false
		}
		if f.by != nil && f.by.a(nat) != nil {
			id += keySep + f.by.a(nat).p.raw
		}
		id += keySep + f.localKey
	}
	return id, true
}

// frame notes the frame of an element, so that what no schema knows of it is
// found again; v is its source, nil where it has none of its own.
func (x *exec) frame(v *codec.Value, f *frame) {
	if x.prog.unknown != "keep" {
		return
	}
	if x.frameOf == nil {
		x.frameOf = map[*codec.Value]*frame{}
	}
	if v != nil {
		x.frameOf[v] = f
	}
	x.framed = append(x.framed, f)
}

// remember puts back what the other direction kept, where what was carried did
// not change, and keeps what this one loses.
func (x *exec) remember() {
	if len(x.memos) == 0 {
		return
	}
	old := readKept(x.env.Remembered)
	for i := range x.memos {
		m := &x.memos[i]
		id, ok := m.identity()
		if !ok {
			continue
		}
		if k, ok := old[id]; ok && equalScalar(&k.carried, &m.read) && x.judge(&k.value, m.o.p.dst) == "" {
			n := x.make(m.f, m.o.dst)
			n.has, n.value = true, k.value
			x.told(n, m.b, "remembered", m.f, m.o.src)
			n.mark()
			m.out = k.value
		}
		if m.b.loses(x.d) && isScalar(&m.read) && isScalar(&m.out) {
			x.keep(id, m.read, m.out)
		}
	}
}

func (x *exec) keep(id string, value, carried codec.Value) {
	if x.kept == nil {
		x.kept = map[string]kept{}
	}
	x.kept[id] = kept{value, carried}
}

// unknownMark begins the identity of a kept field that no schema knows.
const unknownMark = "?"

// keySep stands before each list and key of an identity; no path holds it.
const keySep = "\x1f"

// keepStranger keeps a field that no schema knows, by its path inside the element around it.
func (x *exec) keepStranger(at string, v *codec.Value, around *frame) {
	keys, ok := "", true
	if around != nil {
		keys, ok = around.identity()
	}
	if ok {
		x.keep(unknownMark+at+keys, *v, absent)
	}
}

// restore puts the fields back that no schema knows, where their parent is
// there: into the elements first, then into the document.
func (x *exec) restore(doc *codec.Value) {
	for _, s := range x.strangersKept() {
		if !strings.Contains(s.at, keySep) {
			putBack(doc, s)
		}
	}
}

// restoreElements puts them where the elements around them are written.
func (x *exec) restoreElements() {
	old := x.strangersKept()
	if len(old) == 0 {
		return
	}
	for _, f := range x.framed {
		keys, ok := f.identity()
		if !ok || keys == "" || f.dst == nil {
			continue
		}
		for _, s := range old {
			if at, is := strings.CutSuffix(s.at, keys); is && at != "" && !strings.Contains(at, keySep) {
				f.dst.extra = append(f.dst.extra, stranger{at, s.value})
			}
		}
	}
}

// stranger is a field that no schema knows, to be written again.
type stranger struct {
	at    string // path, and keys of the elements around
	value codec.Value
}

// strangersKept are the kept fields, in order of identity.
func (x *exec) strangersKept() []stranger {
	if x.prog.unknown != "keep" || len(x.env.Remembered) == 0 {
		return nil
	}
	var out []stranger
	for id, k := range readKept(x.env.Remembered) {
		if at, is := strings.CutPrefix(id, unknownMark); is {
			out = append(out, stranger{at, k.value})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].at < out[j].at })
	return out
}

// putBack writes a field where its parent is there and nothing stands.
func putBack(doc *codec.Value, s stranger) {
	p, err := parsePath(s.at)
	if err != nil || len(p.steps) == 0 {
		return
	}
	parent := place(doc, p.steps[:len(p.steps)-1])
	if parent == nil || parent.Kind != codec.Object {
		return
	}
	name := p.steps[len(p.steps)-1].name
	if _, there := parent.Get(name); !there {
		parent.Members = append(parent.Members, codec.Member{Name: name, Value: s.value})
	}
}

func readKept(b []byte) map[string]kept {
	if len(b) == 0 {
		return nil
	}
	v, err := codec.FromJSON(b)
	if err != nil {
		return nil // written by another version: nothing is remembered
	}
	out := map[string]kept{}
	for i := range v.Members {
		m := &v.Members[i].Value
		out[v.Members[i].Name] = kept{*memberOf(m, "value"), *memberOf(m, "carried")}
	}
	return out
}

// bytesKept writes what is kept, in order of identity.
func (x *exec) bytesKept() []byte {
	if len(x.kept) == 0 {
		return nil
	}
	var ids []string
	for id := range x.kept {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	out := codec.Value{Kind: codec.Object}
	for _, id := range ids {
		k := x.kept[id]
		v := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: "value", Value: k.value}}}
		if k.carried.Kind != codec.Absent {
			v.Members = append(v.Members, codec.Member{Name: "carried", Value: k.carried})
		}
		out.Members = append(out.Members, codec.Member{Name: id, Value: v})
	}
	return codec.AppendJSON(nil, out)
}

// Remembers tells whether a translation of the program may hold something back
// for the way back: Made.Remember is to be stored, and given as Env.Remembered.
func (p *Program) Remembers() bool {
	if p.c.src.Unknown == "keep" {
		return true
	}
	found := false
	p.c.each(p.c.top, func(b *bound) { found = found || b.remember })
	return found
}
