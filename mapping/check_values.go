package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// checkValues asks what one rule can do wrong with its values.
func (c *compiler) checkValues(b *bound) {
	c.checkConstant(b)
	c.checkNone(b)
	c.checkDefault(b)
	switch b.shape {
	case "plain":
		c.checkPlain(b)
	case "columns":
		c.checkColumns(b)
	case "join":
		c.checkJoin(b)
	case "embed":
		if leaf := b.leaf(loc); leaf.types&tString == 0 {
			c.l.about(sevError, b.keyAt("loc"), "type-clash", b, "", "a message is embedded in a string, not in %s", leaf.types)
		}
	case "drop":
		if b.path(nat).wide() || b.path(loc).wide() {
			c.l.about(sevWarning, b.keyAt("nat", "loc"), "wide-drop", b, "name what is dropped", "what comes new to the schema is dropped too")
		}
	case "computed":
		if b.mean == nil {
			break
		}
		c.checkMeaning(b)
	}
	if b.xref != "" && c.xrefScopedByCase(b.xref) {
		c.xrefs = append(c.xrefs, xrefUse{b, b.keyAt("xref")})
	}
	c.checkTruncate(b)
}

// yamlScalar warns of a bare scalar that YAML reads as something else than the text the schema wants.
func (c *compiler) yamlScalar(b *bound, s *scalar, leaf *schema) {
	if s == nil || !s.bare || leaf.types == tAny || leaf.types&tString == 0 || leaf.types&(tNumber|tInteger|tBool) != 0 {
		return
	}
	if yamlTyped(s.text) {
		c.l.about(sevWarning, s.at, "yaml-scalar", b, `quote it: "`+s.text+`"`, "YAML reads %s as no text, the schema says string", s.text)
	}
}

func yamlTyped(t string) bool {
	switch strings.ToLower(t) {
	case "true", "false", "yes", "no", "on", "off", "null", "~", "":
		return true
	}
	if isDate(t) || strings.HasPrefix(t, "0x") || strings.HasPrefix(t, "0o") {
		return true
	}
	_, ok := parseDecimal(strings.ReplaceAll(t, "_", ""))
	return ok
}

// unspoken finds a character of a text that the wire charset to the local side cannot hold.
func (c *compiler) unspoken(b *bound, text string, where pos) {
	if !c.runs(b, ToLocal) {
		return
	}
	held, err := codec.LookupCharset(c.charset(ToLocal))
	if err != nil {
		return
	}
	opts := c.src.options(ToLocal)
	for _, r := range text {
		if r >= 0x80 && !held.Holds(r) {
			if _, ok := opts.Substitutes[r]; !ok {
				c.l.about(sevError, where, "charset", b, "", "%s does not hold U+%04X", held, r)
				return
			}
		}
	}
}

func (c *compiler) checkConstant(b *bound) {
	if b.constant == nil {
		return
	}
	for s := nat; s <= loc; s++ {
		a := b.a(s)
		if a == nil {
			continue
		}
		d := ToLocal
		if s == nat {
			d = ToNational
		}
		c.yamlScalar(b, b.constant, a.leaf)
		v, ok := a.leaf.typed(b.constant.text)
		if !ok || a.leaf.violates(&v) != "" {
			c.l.about(sevError, b.constant.at, "const-violates", b, hintNearest(b.constant.text, enumTexts(a.leaf)), "the schema of %s does not allow this constant", a.shown)
			continue
		}
		if s == loc {
			c.unspoken(b, b.constant.text, b.constant.at)
		}
		for _, t := range c.noneOf(b, s, d) {
			if t.matches(&v) && c.runs(b, opposite(d)) {
				c.l.about(sevError, b.constant.at, "none-collides", b, "", "the constant is a spelling of no value")
			}
		}
	}
}

// checkNone looks at the written spelling where a rule names its own.
func (c *compiler) checkNone(b *bound) {
	for _, d := range directions {
		to := source(d).other()
		if !c.runs(b, d) || b.none[to] == nil || len(b.acc[to]) == 0 || b.shape == "drop" {
			continue
		}
		where := b.keyAt("none")
		leaf := b.leaf(to)
		for i := range b.none[to] {
			t := b.none[to][i]
			if !t.absent && !t.null {
				c.yamlScalar(b, &scalar{t.text, t.bare, t.at}, leaf)
			}
			if t.at.line > 0 {
				where = t.at
			}
			if !t.speakable(to, c.formatOf(to, d)) && (i == 0 || len(b.none[to]) == 1) {
				c.l.about(sevError, where, "none-unspeakable", b, "", "%s cannot say %s", c.formatOf(to, d), t)
				return
			}
			if t.absent || t.null {
				if i == 0 && t.null && leaf.types&tNull == 0 && len(b.none[to]) == 1 {
					c.l.about(sevError, where, "none-violates", b, "", "the schema does not allow null")
				}
				continue
			}
			if to == loc {
				c.unspoken(b, t.text, where)
			}
		}
		if _, ok := firstNone(b.none[to], to, c.formatOf(to, d), leaf); !ok && len(b.none[to]) > 0 {
			c.l.about(sevError, b.keyAt("none"), "none-violates", b, "", "the schema of %s allows none of the spellings", b.a(to).shown)
		} else if t := b.none[to][0:]; len(t) > 0 && !t[0].absent && !t[0].null {
			if v, ok := leaf.typed(t[0].text); !ok || leaf.violates(&v) != "" {
				c.l.about(sevError, where, "none-violates", b, "", "the schema of %s does not allow the first spelling", b.a(to).shown)
			}
		}
	}
}

func (c *compiler) checkDefault(b *bound) {
	for _, d := range directions {
		to := source(d).other()
		def := b.def[to]
		if def == nil || !c.runs(b, d) || len(b.acc[to]) == 0 {
			continue
		}
		leaf := b.leaf(to)
		c.yamlScalar(b, def, leaf)
		v, ok := leaf.typed(def.text)
		if !ok || leaf.violates(&v) != "" {
			c.l.about(sevError, def.at, "default-violates", b, hintNearest(def.text, enumTexts(leaf)), "the schema of %s does not allow this default", b.a(to).shown)
			continue
		}
		if to == loc {
			c.unspoken(b, def.text, def.at)
		}
		collides, back := false, opposite(d)
		for _, t := range c.noneOf(b, to, d) {
			collides = collides || t.matches(&v) && c.runs(b, back)
		}
		if collides {
			c.l.about(sevError, def.at, "none-collides", b, "", "the default is a spelling of no value")
			continue
		}
		if !c.runs(b, back) || b.meaning == "xref" || b.shape != "plain" || len(b.acc[nat]) > 1 || len(b.acc[loc]) > 1 {
			continue
		}
		p := (&builder{c, back}).newPipe(b, back)
		x := &exec{prog: &road{d: back}, d: back, env: &Env{}}
		if _, _, code := p.run(x, &v); code != "" && code != "charset" {
			c.l.about(sevError, def.at, "default-unreadable", b, "", "the default cannot be read back: %s", codeText(code))
		}
	}
}
