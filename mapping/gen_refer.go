package mapping

import (
	"duijie/internal/codec"
)

// refer gives the elements of lists that are nested by key the key of an
// element that claims them.
func (g *generator) refer(sc *scope, at []*codec.Value) {
	type claimers struct {
		keys []string
		st   step
		a    *access
	}
	found := map[string]*claimers{}
	var order []string
	for _, b := range sc.rules {
		if b.bad || b.shape != "each" && b.shape != "columns" || b.a(g.s) == nil || len(b.subs()) == 0 {
			continue
		}
		a := b.a(g.s)
		st, many := a.list()
		var inner []*codec.Value
		for _, v := range at {
			inner = append(inner, elementsAt(v, a, st, many)...)
		}
		sub := b.subs()[0]
		for _, n := range sub.rules {
			if n.bad || n.a(g.s) == nil {
				continue
			}
			nst, nmany := n.a(g.s).list()
			if !nmany || !nst.nested() || n.a(g.s).up != 1 {
				continue
			}
			ref := nst.terms[nst.ref()]
			k := found[n.a(g.s).full]
			if k == nil {
				k = &claimers{st: nst, a: n.a(g.s)}
				found[n.a(g.s).full] = k
				order = append(order, n.a(g.s).full)
			}
			for _, e := range inner {
				if m, ok := e.Get(ref.ref); ok && isScalar(m) {
					k.keys = append(k.keys, scalarText(m))
				}
			}
		}
		g.refer(sub, inner)
	}
	for _, full := range order {
		k := found[full]
		ref := k.st.terms[k.st.ref()]
		for _, v := range at {
			holder := holderAt(v, k.a)
			if holder == nil {
				continue
			}
			if len(k.keys) == 0 {
				holder.Items = nil
				continue
			}
			for i := range holder.Items {
				if m, ok := holder.Items[i].Get(ref.field); ok {
					m.Text = k.keys[g.r.IntN(len(k.keys))]
				}
			}
		}
	}
}

func holderAt(v *codec.Value, a *access) *codec.Value {
	for _, st := range a.steps[:len(a.steps)-1] {
		next, ok := v.Get(st.name)
		if !ok {
			return nil
		}
		v = next
	}
	return holderField(v)
}

func holderField(v *codec.Value) *codec.Value {
	if v.Kind != codec.Array {
		return nil
	}
	return v
}

// elementsAt gives what an access names below a value.
func elementsAt(v *codec.Value, a *access, st step, many bool) []*codec.Value {
	if a.up > 0 {
		return nil
	}
	steps := a.steps
	if many {
		steps = steps[:len(steps)-1]
	}
	for _, s := range steps {
		if s.kind != stepField {
			return nil
		}
		next, ok := v.Get(s.name)
		if !ok {
			return nil
		}
		v = next
	}
	if !many {
		return []*codec.Value{v}
	}
	var out []*codec.Value
	for i := range v.Items {
		if st.kind != stepSelector || matches(&v.Items[i], st.terms) {
			out = append(out, &v.Items[i])
		}
	}
	return out
}
