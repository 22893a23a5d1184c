package mapping

import (
	"io/fs"
	"strings"
)

var directions = [2]Direction{ToLocal, ToNational}

// check asks everything that can be known without a document.
func (c *compiler) check(way string) {
	c.conditions(c.top)
	c.each(c.top, func(b *bound) {
		c.checkDirections(b)
		if !b.bad {
			c.checkValues(b)
		}
	})
	for _, d := range directions {
		if !c.f.direction.has(d) {
			continue
		}
		c.noteWriters(c.top, d)
		c.checkTargets(d)
		c.checkRequired(d, way)
		c.checkCover(d)
		c.checkOverlap(c.top, d)
	}
	c.checkFile(way)
	c.checkTree()
}

// each visits every rule, parts not among them.
func (c *compiler) each(sc *scope, visit func(*bound)) {
	for _, b := range sc.rules {
		if b.bad {
			continue
		}
		visit(b)
		for i, sub := range b.subs() {
			if i == 0 || b.shape != "columns" {
				c.each(sub, visit)
			}
		}
	}
}

// checkDirections finds rules that can never run, and paths that only reading allows.
func (c *compiler) checkDirections(b *bound) {
	if b.shape == "drop" {
		return
	}
	if b.direction&c.f.direction == 0 {
		if b.file == c.f.name && !c.f.undecided {
			c.l.about(sevError, b.keyAt("direction", "when"), "direction", b, "", "the file never runs %s: the rule can never run", b.direction)
		}
		return
	}
	for _, d := range directions {
		to := source(d).other()
		if !c.runs(b, d) {
			continue
		}
		for _, a := range b.acc[to] {
			st, many := a.list()
			if a.up > 0 && !(many && st.nested()) {
				c.l.about(sevError, b.keyAt(to.String()), "direction", b, "say direction", "^ climbs for reading: the rule would write there")
				b.bad = true
				return
			}
		}
	}
	if b.join != nil && b.join.skip && c.runs(b, ToNational) {
		c.l.about(sevError, b.keyAt("join"), "direction", b, "direction: to-local", "absent: skip cannot be read back")
		b.bad = true
	}
	if b.codes != nil && b.codes.column != "" && c.runs(b, ToNational) {
		c.l.about(sevError, b.keyAt("codes"), "direction", b, "direction: to-local", "another column of a table is for to-local only")
		b.bad = true
	}
	if b.time != nil && b.time.zone != nil && b.time.zone.text == "source" && c.runs(b, ToNational) {
		c.l.about(sevError, b.time.zone.at, "direction", b, "direction: to-local", "zone: source is for to-local only: the offset is not read back")
	}
}

// noteWriters remembers which rule writes a target, for errors at run time.
func (c *compiler) noteWriters(sc *scope, d Direction) {
	for _, b := range sc.rules {
		if b.bad || !b.runs(d) || b.shape == "drop" {
			continue
		}
		for _, a := range c.targets(b, d) {
			if _, ok := c.writers[a.full]; !ok {
				c.writers[a.full] = b
			}
		}
		for _, sub := range b.subs() {
			c.noteWriters(sub, d)
		}
	}
}

// targets are the accesses that a rule writes in a direction.
func (c *compiler) targets(b *bound, d Direction) []*access {
	to := source(d).other()
	if b.join != nil && b.join.side == to {
		var out []*access
		for _, p := range b.parts {
			out = append(out, p.acc[to]...)
		}
		return out
	}
	return b.acc[to]
}

// checkFile looks at the file as a whole.
func (c *compiler) checkFile(way string) {
	where := pos{c.f.name, 1, 1}
	if v := c.f.keys["mapping"]; v != nil {
		where = at(c.f.name, v)
	}
	if c.f.declared && (way == "D" && c.f.direction == roadNational || way == "U" && c.f.direction == roadLocal) {
		c.l.add(Finding{Severity: sevWarning, Code: "direction-type", Message: "the type travels the other way"}, at(c.f.name, c.f.keys["direction"]))
	}
	if strings.Contains(way, "U") && c.f.direction.has(ToNational) && c.src.Key != nil {
		if k := c.src.Key(c.f.typ); k != "" && !c.writesKey(k) {
			c.l.add(Finding{Severity: sevError, Code: "subject-unmapped", Message: "no rule writes " + k + ", the key of " + c.f.typ, Nat: k}, c.f.rulesAt)
		}
	}
	if !c.hasFixture() {
		c.l.add(Finding{Severity: sevWarning, Code: "fixture-missing", Message: "there is no golden pair under fixtures/" + c.f.typ}, where)
	}
}

func (c *compiler) writesKey(key string) bool {
	_, ok := c.written(c.top, ToNational).find(key)
	return ok
}

func (c *compiler) hasFixture() bool {
	cases, err := fs.ReadDir(c.src.FS, "fixtures/"+c.f.typ)
	if err != nil {
		return false
	}
	for _, d := range cases {
		files, err := fs.ReadDir(c.src.FS, "fixtures/"+c.f.typ+"/"+d.Name())
		if err != nil {
			continue
		}
		national, local := false, false
		for _, f := range files {
			national = national || f.Name() == "national.json"
			local = local || strings.HasPrefix(f.Name(), "local.")
		}
		if national && local {
			return true
		}
	}
	return false
}
