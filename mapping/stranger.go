package mapping

import (
	"duijie/internal/codec"
)

// strangers finds source fields that no schema knows.
func (x *exec) strangers(v *codec.Value, s *schema, at string) {
	switch v.Kind {
	case codec.Array:
		if s.types&tArray == 0 {
			return
		}
		for i := range v.Items {
			x.listed++
			x.strangers(&v.Items[i], s.element(), at)
			x.listed--
		}
	case codec.Object:
		if s.isList() && x.textual {
			x.strangers(v, s.element(), at)
			return
		}
		if s.types&tObject == 0 {
			return
		}
		for i := range v.Members {
			m := &v.Members[i]
			p, named := s.get(m.Name)
			if p == nil || !named && len(s.props) > 0 && s.rest == nil && !s.open {
				x.stranger(joinPath(at, quoteName(m.Name)), &m.Value)
				continue
			}
			if p.types != tAny || len(p.props) > 0 {
				x.strangers(&m.Value, p, joinPath(at, quoteName(m.Name)))
			}
		}
	}
}

func (x *exec) stranger(at string, v *codec.Value) {
	if x.prog.unknown == "keep" && x.listed == 0 {
		x.keep("?"+at, *v, absent)
	}
	if x.strange[at] {
		return
	}
	if x.strange == nil {
		x.strange = map[string]bool{}
	}
	x.strange[at] = true
	x.made.UnknownFields = append(x.made.UnknownFields, at)
	if x.prog.unknown == "error" {
		x.fail(nil, "unknown-field", at, "", codeText("unknown-field"))
	}
}
