package mapping

import (
	"strings"

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

type codesSpec struct {
	at      pos
	table   string
	column  string
	unknown [2]*scalar
	unkAt   pos
}

func parseCodes(p *parser, r *rule, n *yaml.Node) {
	c := &codesSpec{at: p.at(n)}
	name := n
	if n.Kind == yaml.MappingNode {
		f, ok := p.fields(n, "codes", "table", "unknown")
		if !ok {
			return
		}
		if f["table"] == nil {
			p.l.errorf(c.at, "syntax", "codes names its table")
			return
		}
		name = f["table"]
		if v := f["unknown"]; v != nil {
			m, ok := p.fields(v, "unknown", "nat", "loc")
			if !ok {
				return
			}
			c.unkAt = p.at(v)
			for s := nat; s <= loc; s++ {
				if x := m[s.String()]; x != nil {
					c.unknown[s] = p.scalar(x, "unknown")
				}
			}
		}
	}
	w, ok := p.word(name, "codes")
	if !ok {
		return
	}
	c.at = p.at(name)
	c.table, c.column, _ = strings.Cut(w, ".")
	r.codes = c
}

// codesMeaning looks a code up in its table.
type codesMeaning struct {
	spec  *codesSpec
	table *codeTable
	leaf  [2]*schema
}

// image gives the texts of the other side for a key; ok false: unknown.
func (m *codesMeaning) image(d Direction, key []string, date string) ([]string, bool) {
	row := m.table.find(d, key, date)
	if row == nil {
		return nil, false
	}
	to := source(d).other()
	if to == loc && m.spec.column != "" {
		return []string{row.extra[m.spec.column]}, true
	}
	return row.cells[to], true
}

// cells is image, with what stands for a code that the table lacks.
func (m *codesMeaning) cells(d Direction, key []string, date string) ([]string, bool) {
	to := source(d).other()
	out, ok := m.image(d, key, date)
	if u := m.spec.unknown[to]; !ok && u != nil {
		width := m.table.width[to]
		if to == loc && m.spec.column != "" {
			width = 1
		}
		out, ok = make([]string, width), true
		out[width-1] = u.text
	}
	return out, ok
}

func (m *codesMeaning) translate(d Direction, text, date string) (string, string) {
	out, ok := m.cells(d, []string{text}, date)
	if !ok {
		return "", "code-unknown"
	}
	return out[0], ""
}

func (m *codesMeaning) apply(x *exec, d Direction, v codec.Value) (codec.Value, string) {
	text, code := m.translate(d, scalarText(&v), x.date)
	if code != "" {
		return codec.Value{}, code
	}
	out, ok := m.leaf[source(d).other()].typed(text)
	if !ok {
		return codec.Value{}, "target"
	}
	return out, ""
}
