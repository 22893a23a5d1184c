package mapping

import (
	"duijie/internal/codec"
)

// foreign is where the search for unknown fields is.
type foreign struct {
	at     string // from the top, without indices
	rel    string // from the element around it
	around *frame // that element; nil: none
	lost   bool   // inside a list whose elements nothing tells apart
}

func (f foreign) field(name string) foreign {
	f.at, f.rel = joinPath(f.at, quoteName(name)), joinPath(f.rel, quoteName(name))
	return f
}

// element goes into an element of a list: known again by the frame that carried it.
func (f foreign) element(x *exec, v *codec.Value) foreign {
	if x.prog.unknown == "keep" {
		if e := x.frameOf[v]; e != nil {
			f.around, f.rel = e, ""
		} else {
			f.lost = true
		}
	}
	return f
}

// strangers finds source fields that no schema knows.
func (x *exec) strangers(v *codec.Value, s *schema, f foreign) {
	switch v.Kind {
	case codec.Array:
		if s.types&tArray == 0 {
			return
		}
		for i := range v.Items {
			x.strangers(&v.Items[i], s.element(), f.element(x, &v.Items[i]))
		}
	case codec.Object:
		if s.isList() && x.textual {
			x.strangers(v, s.element(), f.element(x, v))
			return
		}
		if s.types&tObject == 0 {
			return
		}
		for i := range v.Members {
			m := &v.Members[i]
			p, named := s.get(m.Name)
			if p == nil || !named && len(s.props) > 0 && s.rest == nil && !s.open {
				x.stranger(f.field(m.Name), &m.Value)
				continue
			}
			if p.types != tAny || len(p.props) > 0 {
				x.strangers(&m.Value, p, f.field(m.Name))
			}
		}
	}
}

func (x *exec) stranger(f foreign, v *codec.Value) {
	if x.prog.unknown == "keep" && !f.lost {
		x.keepStranger(f.rel, v, f.around)
	}
	if x.strange[f.at] {
		return
	}
	if x.strange == nil {
		x.strange = map[string]bool{}
	}
	x.strange[f.at] = true
	x.made.UnknownFields = append(x.made.UnknownFields, f.at)
	if x.prog.unknown == "error" {
		x.fail(nil, "unknown-field", f.at, "", codeText("unknown-field"))
	}
}
