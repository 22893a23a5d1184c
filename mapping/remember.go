package mapping

import (
	"sort"

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
	id := m.b.a(nat).full
	for f := m.f; f != nil; f = f.up {
		if f.list == nil || f.place == 0 && f.name == "" {
			continue
		}
		if f.localKey == "" {
			return "", false
		}
		id += "|" + f.localKey
	}
	return id, true
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

// restore puts unknown fields back into a finished document, where their parent is there.
func (x *exec) restore(doc *codec.Value) {
	if x.prog.unknown != "keep" || len(x.env.Remembered) == 0 {
		return
	}
	all, err := codec.FromJSON(x.env.Remembered)
	if err != nil {
		return
	}
	for i := range all.Members {
		m := &all.Members[i]
		if m.Name == "" || m.Name[0] != '?' {
			continue
		}
		p, err := parsePath(m.Name[1:])
		if err != nil || len(p.steps) == 0 {
			continue
		}
		at := place(doc, p.steps[:len(p.steps)-1])
		v, ok := m.Value.Get("value")
		if at == nil || at.Kind != codec.Object || !ok {
			continue
		}
		name := p.steps[len(p.steps)-1].name
		if _, there := at.Get(name); !there {
			at.Members = append(at.Members, codec.Member{Name: name, Value: *v})
		}
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
