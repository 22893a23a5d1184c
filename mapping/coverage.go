package mapping

import "strings"

// Covered is one leaf of one side's schema and what the table does with it.
type Covered struct {
	Type string `json:"type"`
	Side string `json:"side"` // nat or loc
	Path string `json:"path"`
	// State is mapped, constant, defaulted, dropped, excused or missing.
	State string `json:"state"`
	Rule  string `json:"rule,omitempty"`
	Why   string `json:"why,omitempty"`
}

// Coverage tells for every leaf of both schemas of a type what happens to it.
func (s *Set) Coverage(typ string) ([]Covered, bool) {
	c, ok := s.files[typ]
	if !ok {
		return nil, false
	}
	var out []Covered
	for side := nat; side <= loc; side++ {
		k := &counter{c: c, s: side, rules: map[string]*bound{}}
		c.each(c.top, k.note)
		k.leaves(c.docSchema[side], "", nil)
		for i := range k.out {
			k.out[i].Type = typ
		}
		out = append(out, k.out...)
	}
	return out, true
}

type counter struct {
	c     *compiler
	s     side
	rules map[string]*bound
	basic []string // fields of selectors and keys
	drops []*bound
	free  []*bound // that carry members by a part of their name
	out   []Covered
}

func (k *counter) note(b *bound) {
	if b.shape == "drop" {
		if b.path(k.s) != nil {
			k.drops = append(k.drops, b)
		}
		return
	}
	note := func(a *access) {
		if a == nil || a.place || a.key {
			return
		}
		if st, many := a.list(); many {
			for _, t := range st.terms {
				k.basic = append(k.basic, joinPath(a.full, quoteName(t.field)))
			}
			if st.kind == stepFree {
				k.free = append(k.free, b)
			}
		}
		if len(b.subs()) == 0 || b.shape == "embed" && k.s == loc {
			k.rules[a.full] = b
		}
	}
	for _, a := range b.acc[k.s] {
		note(a)
	}
	for _, p := range b.parts {
		for _, a := range p.acc[k.s] {
			note(a)
		}
	}
	if k.s == nat {
		note(b.raw_)
	}
	if a := b.key_[k.s]; a != nil {
		k.basic = append(k.basic, a.full)
	}
	if b.shape == "columns" && b.columns.side == k.s {
		for _, sub := range b.cols {
			k.c.each(sub, k.note)
		}
	}
}

func (k *counter) leaves(s *schema, full string, above []*schema) {
	for _, a := range above {
		if a == s {
			return
		}
	}
	above = append(above, s)
	if b := k.rules[full]; b != nil && full != "" {
		k.add(full, b)
		return
	}
	switch {
	case s.isObject() && len(s.props) > 0:
		for _, p := range s.props {
			k.leaves(p.s, joinPath(full, quoteName(p.name)), above)
		}
	case s.isList() && !s.element().scalar():
		k.leaves(s.element(), full+"[]", above)
	case s.isList():
		if b := k.rules[full+"[]"]; b != nil {
			k.add(full, b)
		} else {
			k.unmapped(full)
		}
	default:
		k.unmapped(full)
	}
}

// fitsFree tells a member whose name a path with {*} takes, or what is below one.
func (k *counter) fitsFree(a *access, full string) bool {
	st, _ := a.list()
	rest, ok := strings.CutPrefix(full, strings.TrimSuffix(a.full, "{*}"))
	if !ok {
		return false
	}
	p, err := parsePath(rest)
	if err != nil || len(p.steps) == 0 || p.steps[0].kind != stepField {
		return false
	}
	_, ok = freeName(p.steps[0].name, st)
	return ok
}

func (k *counter) add(full string, b *bound) {
	c := Covered{Side: k.s.String(), Path: full, State: "mapped", Rule: itself(b.rule), Why: b.why}
	switch {
	case b.shape == "const":
		c.State = "constant"
	case b.def[k.s] != nil:
		c.State = "defaulted"
	}
	k.out = append(k.out, c)
}

func (k *counter) unmapped(full string) {
	c := Covered{Side: k.s.String(), Path: full, State: "missing"}
	for path, b := range k.rules {
		if within(full, path) || within(path, full) {
			c.State, c.Rule = "mapped", itself(b.rule)
		}
	}
	for _, p := range k.basic {
		if p == full {
			c.State = "mapped"
		}
	}
	for _, b := range k.free {
		if c.State == "missing" && k.fitsFree(b.a(k.s), full) {
			c.State, c.Rule = "mapped", itself(b.rule)
		}
	}
	if c.State == "missing" {
		for _, b := range k.drops {
			a := b.a(k.s)
			if a != nil && (within(full, a.full) || within(full, strings.TrimSuffix(a.full, "[]"))) || a == nil && (b.sc.full[k.s] == "" || within(full, b.sc.full[k.s])) {
				c.State, c.Rule, c.Why = "dropped", itself(b.rule), b.why
				break
			}
		}
	}
	for _, d := range directions {
		if c.State == "missing" && k.c.excused[d][full] && source(d).other() == k.s {
			c.State = "excused"
		}
	}
	k.out = append(k.out, c)
}
