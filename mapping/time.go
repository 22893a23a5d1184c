package mapping

import (
	"time"
	_ "time/tzdata" // Asia/Shanghai must be known on every machine

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

// defaultZone is where a time without one is.
const defaultZone = "Asia/Shanghai"

type timeSpec struct {
	at   pos
	form [2]*scalar
	zone *scalar
	also [2][]scalar
}

func parseTime(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "time", "nat", "loc", "zone", "also")
	if !ok {
		return
	}
	t := &timeSpec{at: p.at(n)}
	for s := nat; s <= loc; s++ {
		if v := f[s.String()]; v != nil {
			t.form[s] = p.scalar(v, "time."+s.String())
		}
	}
	if v := f["zone"]; v != nil {
		t.zone = p.scalar(v, "zone")
	}
	list := func(s side, v *yaml.Node) {
		nodes := v.Content
		if v.Kind == yaml.ScalarNode {
			nodes = []*yaml.Node{v}
		}
		for _, c := range nodes {
			if w := p.scalar(deref(c), "also"); w != nil {
				t.also[s] = append(t.also[s], *w)
			}
		}
	}
	if v := f["also"]; v != nil {
		if v.Kind == yaml.MappingNode {
			if m, ok := p.fields(v, "also", "nat", "loc"); ok {
				for s := nat; s <= loc; s++ {
					if m[s.String()] != nil {
						list(s, m[s.String()])
					}
				}
			}
		} else {
			list(loc, v)
		}
	}
	r.time = t
}

// timeMeaning translates times between two forms.
type timeMeaning struct {
	form     [2]*timeForm
	also     [2][]*timeForm
	zone     *time.Location
	keepZone bool // zone: source
	leaf     [2]*schema
}

func (m *timeMeaning) apply(_ *exec, d Direction, v codec.Value) (codec.Value, string) {
	from := source(d)
	to := from.other()
	text := scalarText(&v)
	if v.Kind == codec.Number {
		text = m.form[from].unNumber(text)
	}
	c, ok := m.form[from].parse(text)
	for i := 0; !ok && i < len(m.also[from]); i++ {
		c, ok = m.also[from][i].parse(text)
	}
	if !ok {
		return codec.Value{}, "time"
	}
	out, ok := m.write(c, m.form[from], m.form[to], d)
	if !ok {
		return codec.Value{}, "time"
	}
	if to == loc || m.leaf[to].types&tString == 0 {
		if m.leaf[to].types&tString == 0 && m.form[to].digitsOnly() {
			if dec, ok := parseDecimal(out); ok {
				return codec.Num(dec.String()), ""
			}
		}
	}
	return codec.Str(out), ""
}

// write gives the form's text of a moment.
func (m *timeMeaning) write(c civil, from, to *timeForm, d Direction) (string, bool) {
	b, ok := m.append(make([]byte, 0, 40), c, from, to, d)
	return string(b), ok
}

// append writes the form's text of a moment.
func (m *timeMeaning) append(b []byte, c civil, from, to *timeForm, d Direction) ([]byte, bool) {
	keep := m.keepZone && d == ToLocal
	switch {
	case c.fixed && !keep:
		c = c.in(m.zone)
	case c.fixed:
	case to.absolute():
		var ok bool
		if c, ok = c.place(m.zone); !ok {
			return b, false
		}
	}
	if to.short && (c.year < 1970 || c.year > 2069) {
		return b, false // yy says 1970 to 2069
	}
	if to.kind == formRFC3339 && from.kind != formRFC3339 {
		return to.append(b, c, from.fraction()), true
	}
	if to.kind == formRFC3339 {
		return to.append(b, c, c.nano != 0), true
	}
	return to.append(b, c, false), true
}
