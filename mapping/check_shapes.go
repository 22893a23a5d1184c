package mapping

import (
	"slices"
)

func (c *compiler) checkTruncate(b *bound) {
	t := b.text
	if t == nil || !c.runs(b, ToLocal) {
		return
	}
	if t.truncate && !b.loses(ToLocal) {
		c.l.about(sevError, b.keyAt("text"), "undeclared-loss", b, "lossy: to-local with why", "truncating loses the rest of the text")
	}
}

func (c *compiler) checkColumns(b *bound) {
	k := b.columns
	d := ToLocal
	if k.side == nat {
		d = ToNational
	}
	if !c.runs(b, d) {
		return
	}
	a := b.a(k.side.other())
	n := len(a.steps) - 1
	list := a.owner(n)
	if k.over == "" && (list.maxItems < 0 || list.maxItems > k.to-k.from+1) {
		c.l.about(sevError, k.at, "columns-range", b, "over: error, cut or a join", "the list can have more than %s", howMany(k.to-k.from+1, "element"))
	}
	if b.loses(d) && list.maxItems >= 0 && list.maxItems <= k.to-k.from+1 && copies(b.each) {
		c.needless(b, d)
	}
	if (k.over == "cut" || k.over == "join") && !b.loses(d) {
		c.l.about(sevError, k.overAt, "undeclared-loss", b, "lossy: "+string(d)+" with why", "what has no column is lost")
	}
}

// copies tells that rules copy values as they are.
func copies(rules []*rule) bool {
	for _, r := range rules {
		if r.shape != "plain" || r.meaning != "" || r.text != nil {
			return false
		}
	}
	return true
}

// checkJoin finds parts that cannot be told apart again.
func (c *compiler) checkJoin(b *bound) {
	j := b.join
	d := ToLocal
	if j.side == loc {
		d = ToNational
	}
	if b.loses(d) {
		return
	}
	if j.skip && c.runs(b, d) {
		c.l.about(sevError, b.keyAt("join"), "undeclared-loss", b, "lossy: "+string(d)+" with why", "absent: skip loses which part is missing")
		return
	}
	for i, p := range b.parts {
		last := i == len(b.parts)-1
		if last && !j.many {
			break
		}
		if j.pattern != nil && j.pattern[i+1] == "" {
			if p.meaning != "codes" {
				c.l.about(sevError, p.at, "join-ambiguous", b, "codes on the part, or a literal between", "where the part ends cannot be told")
				return
			}
			continue
		}
		if j.escape == "" && freeText(p, j.side) {
			c.l.about(sevError, p.at, "join-ambiguous", b, "escape, or lossy with why", "the part may hold what separates it from the next")
			return
		}
	}
}

// freeText tells a part that may hold any text.
func freeText(p *bound, s side) bool {
	leaf := p.leaf(s)
	if p.meaning != "" || leaf.types&tString == 0 {
		return false
	}
	return !leaf.isEnum && leaf.pattern == nil && leaf.format == ""
}

// checkMeaning asks the meaning's own questions.
func (c *compiler) checkMeaning(b *bound) {
	switch m := b.mean.(type) {
	case *timeMeaning:
		c.checkTime(b, m)
	case *numberMeaning:
		c.checkNumber(b, m)
	case *convertMeaning:
		c.checkConvert(b, m)
	case *codesMeaning:
		c.checkCodes(b, m)
	}
}

func (c *compiler) checkConvert(b *bound, m *convertMeaning) {
	for s := nat; s <= loc; s++ {
		if leaf := b.leaf(s); leaf.types != tAny && widened(leaf.types)&widened(m.typ[s]) == 0 {
			c.l.about(sevError, b.keyAt("convert"), "type-clash", b, "", "%s is %s, not %s", s, leaf.types, m.typ[s])
			return
		}
	}
	for s := nat; s <= loc; s++ {
		if m.typ[s] == tBool {
			continue
		}
		leaf := b.leaf(s)
		if m.typ[s.other()] != tBool {
			continue
		}
		var all []string
		for i := range 2 {
			spell := m.spellings(i)
			if s == nat && len(spell) > 1 {
				c.l.about(sevError, m.spec.spellAt[i], "bad-value", b, "", "several spellings belong to the local side")
			}
			for k, t := range spell {
				if slices.Contains(all, t) || slices.Contains(spell[:k], t) {
					where := m.spec.spellAt[i]
					if first := m.spec.spellAt[0]; first.line > where.line || first.line == where.line && first.col > where.col {
						where = first
					}
					c.l.about(sevError, where, "bad-value", b, "", "the spelling %s stands twice", t)
				}
			}
			all = append(all, spell...)
			if len(spell) == 0 {
				continue
			}
			if v, ok := leaf.typed(spell[0]); !ok || leaf.violates(&v) != "" {
				c.l.about(sevError, b.keyAt("convert"), "type-clash", b, hintNearest(spell[0], enumTexts(leaf)), "the schema of %s does not allow the spelling %s", s, spell[0])
			}
		}
		if leaf.isEnum && s == nat {
			for _, v := range enumTexts(leaf) {
				if !slices.Contains(all, v) {
					c.l.about(sevError, b.keyAt("convert"), "type-clash", b, "", "the value %s has no boolean", v)
				}
			}
		}
	}
}
