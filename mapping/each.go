package mapping

import (
	"go.yaml.in/yaml/v4"
)

func parseEach(p *parser, r *rule, n *yaml.Node) {
	r.eachAt = p.at(n)
	r.each = p.rules(n)
	if r.each == nil && n.Kind == yaml.SequenceNode {
		r.each = []*rule{}
	}
}

// keySpec says what identifies an element on each side.
type keySpec struct {
	at                 pos
	nat                *path
	natAt, locAt, asAt pos
	loc                *path // nil with tmpl
	tmpl               string
	as                 string
}

func parseKey(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "key", "nat", "loc", "as")
	if !ok {
		return
	}
	k := &keySpec{at: p.at(n)}
	if v := f["nat"]; v != nil {
		k.nat, k.natAt = p.path(v, "key.nat"), p.at(v)
	}
	if v := f["loc"]; v != nil {
		k.locAt = p.at(v)
		w, _ := p.word(v, "key.loc")
		if hasPlace(w) {
			k.tmpl = w
		} else {
			k.loc = p.path(v, "key.loc")
		}
	}
	if v := f["as"]; v != nil {
		k.as, _ = p.word(v, "key.as")
		k.asAt = p.at(v)
	}
	if f["nat"] == nil || f["loc"] == nil {
		p.l.errorf(k.at, "syntax", "key names both nat and loc")
		return
	}
	if k.nat == nil || k.loc == nil && k.tmpl == "" {
		return
	}
	r.key = k
}

// expandEntries makes the two rules that entries: is short for.
func expandEntries(p *parser, r *rule) {
	n, ok := r.keys["entries"]
	if !ok {
		return
	}
	f, ok := p.fields(n, "entries", "key", "value")
	if !ok {
		return
	}
	list := nat
	if _, is := r.path(loc).list(); is {
		if s, _ := r.path(loc).list(); s.kind != stepFree {
			list = loc
		}
	}
	object := list.other()
	r.eachAt = p.at(n)
	r.each = []*rule{}
	for _, k := range []string{"key", "value"} {
		v := f[k]
		if v == nil {
			p.l.errorf(p.at(n), "syntax", "entries names key and value")
			return
		}
		*p.seq++
		sub := &rule{seq: *p.seq, file: p.file, at: p.at(v), keys: map[string]*yaml.Node{}, names: nil, direction: roadsBoth, check: true, shape: "plain"}
		x := p.path(v, "entries."+k)
		if x == nil {
			return
		}
		inner := &path{raw: ".", self: true}
		if k == "key" {
			inner = &path{raw: "#key", key: true}
		}
		sub.paths[list], sub.paths[object] = []*path{x}, []*path{inner}
		r.each = append(r.each, sub)
	}
	// The object side names its free members where it is a bare object.
	if s, is := r.path(object).list(); !is || s.kind != stepFree {
		old := r.path(object)
		c := *old
		c.self = false
		c.steps = append(append([]step(nil), old.steps...), step{kind: stepFree})
		c.raw = joinPath(old.raw, "{*}")
		r.paths[object] = []*path{&c}
	}
}
