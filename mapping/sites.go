package mapping

import "duijie/internal/codec"

// sites finds in a document of one side the values that rules name, through the
// lists around them.
type sites struct {
	doc *codec.Value
	s   side
}

// homes are the objects at hand of a scope.
func (w sites) homes(sc *scope) []*codec.Value {
	o := sc.owner
	switch {
	case o == nil:
		return []*codec.Value{w.doc}
	case o.shape == "embed" && w.s == loc:
		return nil // inside a text
	case o.shape == "columns" && o.columns.side == w.s, o.a(w.s) == nil:
		return w.homes(sc.up)
	}
	return w.values(o.sc, o.a(w.s))
}

// values are what an access of a rule in a scope names.
func (w sites) values(sc *scope, a *access) []*codec.Value {
	if a == nil || a.place || a.key {
		return nil
	}
	at := []*codec.Value{w.doc}
	if home := climbScope(sc, a.up); !a.abs && home != nil {
		at = w.homes(home)
	}
	for _, st := range a.steps {
		var next []*codec.Value
		for _, v := range at {
			next = append(next, taken(v, st)...)
		}
		at = next
	}
	return at
}

// taken are the values that one step names.
func taken(v *codec.Value, st step) (out []*codec.Value) {
	switch st.kind {
	case stepField:
		if m, ok := v.Get(st.name); ok {
			out = append(out, m)
		}
	case stepFree:
		for i := range v.Members {
			if _, ok := freeName(v.Members[i].Name, st); ok {
				out = append(out, &v.Members[i].Value)
			}
		}
	case stepIndex:
		if st.index < len(v.Items) {
			out = append(out, &v.Items[st.index])
		}
	default:
		for i := range v.Items {
			if st.kind == stepEvery || matches(&v.Items[i], st.terms) {
				out = append(out, &v.Items[i])
			}
		}
	}
	return out
}
