package propose

import (
	"slices"
	"strings"
)

// How sure a guess is, by what it rests on.
const (
	sureEqual  = 0.9 // the same name
	sureWord   = 0.8 // the table of words
	sureSample = 0.1 // less where a shape was guessed too
	sureList   = 0.7
)

// rule is one line of the table to be.
type rule struct {
	nat, loc string
	more     string // further keys, in flow style
	sure     float64
	note     string
	inner    []rule // of each
	comment  bool   // a guess that cannot stand as a rule yet
}

// left is a local field that no guess took.
type left struct{ path, typ, label string }

type guesser struct {
	element string // what an element of the list at hand is, as party
	used    map[*field]bool
	guessed int
	left    []left
}

// place is a field with its path from the object at hand.
type place struct {
	f    *field
	path string
}

// pair gives the rules between two objects. natAt and locAt are the paths inside the
// element at hand; objects are walked, lists become each.
func (g *guesser) pair(nat, loc *field, natAt, locAt string) []rule {
	var out []rule
	for _, c := range loc.children {
		at := path(locAt, c.name)
		switch {
		case c.leaf():
			if r, ok := g.match(nat, c, natAt, at); ok {
				out = append(out, r)
				continue
			}
			g.left = append(g.left, left{at, c.typ, c.label})
		case c.items != nil:
			if r, ok := g.list(nat, c, natAt, at); ok {
				out = append(out, r)
				continue
			}
			if c.items.leaf() || len(c.items.children) == 0 {
				g.left = append(g.left, left{at + "[*]", "array", c.label})
				continue
			}
			out = append(out, g.only(nat, c, natAt, at)...)
		default:
			inside, insideAt := nat, natAt
			if p, ok := group(nat, c, natAt); ok && p.f.items == nil {
				inside, insideAt = p.f, p.path
			}
			out = append(out, g.pair(inside, c, insideAt, at)...)
		}
	}
	return out
}

// only is a list whose one element is the message itself, as a table's row is.
func (g *guesser) only(nat, list *field, natAt, at string) []rule {
	return g.pair(nat, list.items, natAt, at+"[0]")
}

// match finds the national field of a local leaf.
func (g *guesser) match(nat, c *field, natAt, at string) (rule, bool) {
	places := leaves(nat, natAt, 0)
	for _, p := range places {
		if plain(p.f.name) == plain(c.name) && !g.used[p.f] {
			return g.take(p, c, at, sureEqual), true
		}
	}
	for _, w := range words() {
		if !w.calls(c.name, c.label) {
			continue
		}
		for _, p := range places {
			if !g.used[p.f] && (p.path == w.nat || strings.HasSuffix(p.path, "."+w.nat)) {
				return g.take(p, c, at, sureWord), true
			}
		}
	}
	return rule{}, false
}

func (g *guesser) take(p place, c *field, at string, sure float64) rule {
	g.used[p.f] = true
	r := rule{nat: p.path, loc: at, sure: sure}
	shape(&r, p.f, c, g.element)
	if r.comment {
		return r
	}
	g.guessed++
	return r
}

// list finds the national list of a local one, and pairs their elements.
func (g *guesser) list(nat, c *field, natAt, at string) (rule, bool) {
	p, ok := group(nat, c, natAt)
	if !ok || p.f.items == nil || g.used[p.f] && !strings.Contains(p.path, "[") {
		return rule{}, false
	}
	g.used[p.f] = true
	r := rule{nat: p.path, loc: at + "[*]", sure: sureList}
	if !strings.Contains(r.nat, "[") {
		r.nat += "[*]"
	}
	if p.f.items.leaf() || c.items.leaf() {
		if !p.f.items.leaf() || !c.items.leaf() {
			return rule{}, false
		}
		r.inner = []rule{{nat: ".", loc: ".", sure: sureList}}
		g.guessed += 2
		return r, true
	}
	inner := &guesser{used: map[*field]bool{}, element: singular(p.f.name)}
	r.inner = inner.pair(p.f.items, c.items, "", "")
	for _, l := range inner.left {
		g.left = append(g.left, left{at + "[*]." + l.path, l.typ, l.label})
	}
	if !slices.ContainsFunc(r.inner, func(r rule) bool { return !r.comment }) {
		return rule{}, false
	}
	g.guessed += inner.guessed + 1
	return r, true
}

// singular is the name of one element of a list.
func singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// group is the national object or list that a local one is called.
func group(nat, c *field, natAt string) (place, bool) {
	for _, f := range nat.children {
		if !f.leaf() && plain(f.name) == plain(c.name) {
			return place{f, path(natAt, f.name)}, true
		}
	}
	for _, w := range lists() {
		name, selector, _ := strings.Cut(w.nat, "[")
		if !w.calls(c.name, c.label) {
			continue
		}
		if f := nat.child(name); f != nil {
			p := path(natAt, name)
			if selector != "" {
				p += "[" + selector
			}
			return place{f, p}, true
		}
	}
	return place{}, false
}

// leaves are the values of an object and of the objects in it, its own first.
func leaves(f *field, at string, depth int) []place {
	var own, deeper []place
	for _, c := range f.children {
		switch p := path(at, c.name); {
		case c.leaf():
			own = append(own, place{c, p})
		case c.items == nil && depth < deepest:
			deeper = append(deeper, leaves(c, p, depth+1)...)
		}
	}
	return append(own, deeper...)
}

// missing are the required national fields that nothing took.
func (g *guesser) missing(f *field) []string { return g.rest(f, "", true) }

// open are the optional ones, lists by their name alone.
func (g *guesser) open(f *field) []string { return g.rest(f, "", false) }

func (g *guesser) rest(f *field, at string, required bool) []string {
	var out []string
	for _, c := range f.children {
		p := path(at, c.name)
		switch {
		case g.used[c]:
		case c.items == nil && len(c.children) > 0 && (c.required == required || !required):
			out = append(out, g.rest(c, p, required)...)
		case c.required == required:
			if c.items != nil {
				p += "[*]"
			}
			out = append(out, p)
		}
	}
	return out
}
