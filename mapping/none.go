package mapping

import (
	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

// noneToken is one spelling of "no value".
type noneToken struct {
	absent, null bool
	text         string
	bare         bool // without quotes
	at           pos
}

func (t noneToken) matches(v *codec.Value) bool {
	switch {
	case t.absent:
		return v.Kind == codec.Absent
	case t.null:
		return v.Kind == codec.Null
	}
	return isScalar(v) && scalarText(v) == t.text
}

func (t noneToken) String() string {
	switch {
	case t.absent:
		return "absent"
	case t.null:
		return "null"
	}
	return `"` + t.text + `"`
}

func tokenOf(text string, bare bool, where pos) noneToken {
	if bare && (text == "absent" || text == "null" || text == "~") {
		return noneToken{absent: text == "absent", null: text != "absent", at: where}
	}
	return noneToken{text: text, bare: bare, at: where}
}

func parseNone(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "none", "nat", "loc")
	if !ok {
		return
	}
	for s := nat; s <= loc; s++ {
		v := f[s.String()]
		if v == nil {
			continue
		}
		nodes := v.Content
		if v.Kind == yaml.ScalarNode {
			nodes = []*yaml.Node{v}
		}
		r.none[s] = []noneToken{}
		for _, c := range nodes {
			if w := p.scalar(deref(c), "a spelling"); w != nil {
				r.none[s] = append(r.none[s], tokenOf(w.text, w.bare, w.at))
			}
		}
	}
}

func parseDefault(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "default", "nat", "loc")
	if !ok {
		return
	}
	for s := nat; s <= loc; s++ {
		if v := f[s.String()]; v != nil {
			r.def[s] = p.scalar(v, "default")
		}
	}
}

// builtinNone is what stands for no value where no rule says so.
func builtinNone(s side, format string, pack []string) []noneToken {
	absent, null, empty := noneToken{absent: true}, noneToken{null: true}, noneToken{}
	switch {
	case s == nat:
		return []noneToken{absent, empty}
	case pack != nil:
		var out []noneToken
		for _, t := range pack {
			out = append(out, tokenOf(t, true, pos{}))
		}
		return out
	case format == "csv":
		return []noneToken{empty}
	case format == "rows":
		return []noneToken{null, absent}
	}
	return []noneToken{absent, null}
}

// speakable tells what a codec can write as no value.
func (t noneToken) speakable(s side, format string) bool {
	if s == nat {
		return true
	}
	switch format {
	case "xml", "form":
		return !t.null
	case "csv":
		return !t.null && !t.absent
	}
	return true
}

// firstNone is the spelling written for no value: the first that schema and
// codec allow. ok is false where there is none.
func firstNone(tokens []noneToken, s side, format string, leaf *schema) (codec.Value, bool) {
	for _, t := range tokens {
		if !t.speakable(s, format) {
			continue
		}
		switch {
		case t.absent:
			return codec.Value{}, true
		case t.null:
			if leaf.types&tNull != 0 {
				return codec.Value{Kind: codec.Null}, true
			}
		default:
			if v, ok := leaf.typed(t.text); ok && leaf.violates(&v) == "" {
				return v, true
			}
		}
	}
	return codec.Value{}, false
}
