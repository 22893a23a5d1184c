package mapping

import (
	"slices"
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

// checkPlain compares the leaves that a value passes between.
func (c *compiler) checkPlain(b *bound) {
	if b.meaning != "" {
		c.checkMeaning(b)
		return
	}
	src, dst := b.leaf(nat), b.leaf(loc)
	for _, d := range directions {
		if !c.runs(b, d) {
			continue
		}
		from, to := b.leaf(source(d)), b.leaf(source(d).other())
		if why := clash(from, to, map[[2]*schema]bool{}); why != "" {
			c.l.about(sevError, b.keyAt("loc", "nat"), "type-clash", b, clashHint(src, dst), "%s", why)
			return
		}
		c.checkLength(b, d, from, to)
		c.checkBounds(b, d, from, to)
		if b.loses(d) && !c.canLose(b, d, from, to) {
			c.needless(b, d)
		}
	}
}

func (c *compiler) needless(b *bound, d Direction) {
	c.l.about(sevWarning, b.keyAt("lossy"), "lossy-needless", b, "", "nothing can be lost %s here", d)
}

// canLose tells whether a copied value can lose something in a direction.
func (c *compiler) canLose(b *bound, d Direction, from, to *schema) bool {
	if d == ToLocal && b.text != nil && b.text.truncate {
		return true
	}
	if !from.scalar() || !to.scalar() {
		return true
	}
	if b.text != nil || b.remember {
		return true
	}
	return to.maxLen >= 0 && (from.maxLen < 0 || from.maxLen > to.maxLen)
}

func clashHint(a, b *schema) string {
	switch {
	case a.format != b.format && (a.format != "" && b.format != ""):
		return "time: says how the two forms correspond"
	case a.scalar() && b.scalar():
		return "convert: or number: changes the type"
	}
	return ""
}

// clash says why a copy cannot join two leaves; empty: it can.
func clash(from, to *schema, seen map[[2]*schema]bool) string {
	if from.types == tAny || to.types == tAny || seen[[2]*schema{from, to}] {
		return ""
	}
	seen[[2]*schema{from, to}] = true
	f, t := widened(from.types), widened(to.types)
	if f&t&^tNull == 0 {
		return "a copy cannot join " + from.types.String() + " and " + to.types.String()
	}
	if from.format != to.format && timeFormat(from.format) && timeFormat(to.format) {
		return "the formats " + from.format + " and " + to.format + " are not the same"
	}
	if from.isEnum && to.isEnum {
		for i := range from.enum {
			if !to.inEnum(&from.enum[i]) {
				return "the enum of the target lacks values of the source's"
			}
		}
	}
	if f&t&tArray != 0 && from.items != nil && to.items != nil {
		if why := clash(from.items, to.items, seen); why != "" {
			return "elements: " + why
		}
	}
	if f&t&tObject != 0 && len(from.props) > 0 && (len(to.props) > 0 || !to.open) {
		for _, p := range from.props {
			q, _ := to.get(p.name)
			if q == nil {
				return "the target's object has no field " + p.name
			}
			if why := clash(p.s, q, seen); why != "" {
				return p.name + ": " + why
			}
		}
		for _, q := range to.props {
			if i, ok := from.index[q.name]; q.required && (!ok || !from.props[i].required) && !from.open {
				return "the target's object requires " + q.name
			}
		}
	}
	return ""
}

func timeFormat(f string) bool { return f == "date" || f == "date-time" || f == "time" }

func widened(t types) types {
	if t&(tNumber|tInteger) != 0 {
		t |= tNumber | tInteger
	}
	return t
}

// checkLength compares the bounds of two texts.
func (c *compiler) checkLength(b *bound, d Direction, from, to *schema) {
	if b.loses(d) || from.types&tString == 0 || to.types&tString == 0 {
		return
	}
	longest := from.maxLen
	for i := range from.enum {
		if i == 0 {
			longest = 0
		}
		longest = max(longest, runes(scalarText(&from.enum[i])))
	}
	if from.format == "date" && longest < 0 {
		longest = 10
	}
	if longest < 0 {
		return
	}
	bytes := func(n int) int { return n * widest(c.charset(d)) }
	if t := b.text; t != nil && d == ToLocal && t.max > 0 {
		if t.bytes {
			if to.maxBytes >= 0 && t.max > to.maxBytes {
				c.l.about(sevError, t.maxAt, "text-too-long", b, "", "max is %d bytes, the target takes %d", t.max, to.maxBytes)
			}
			return
		}
		longest = min(longest, t.max)
	}
	switch {
	case to.maxLen >= 0 && longest > to.maxLen:
		c.l.about(sevError, b.keyAt(source(d).other().String()), "text-too-long", b, "text: {max, over: truncate} with lossy", "up to %d characters go into %d", longest, to.maxLen)
	case d == ToLocal && to.maxBytes >= 0 && !from.isEnum && from.pattern == nil && from.format == "" && bytes(longest) > to.maxBytes:
		c.l.about(sevError, b.keyAt("loc"), "text-too-long", b, "text: {max: {bytes: N}, over: truncate} with lossy", "up to %d bytes go into %d", bytes(longest), to.maxBytes)
	}
}

// widest is the length of the longest usual character of a charset.
func widest(charset string) int {
	held, err := codec.LookupCharset(charset)
	switch {
	case err != nil || held == codec.UTF8:
		return 3
	case held == codec.GB18030:
		return 4
	}
	return 2
}

// checkBounds compares ranges where both sides have them.
func (c *compiler) checkBounds(b *bound, d Direction, from, to *schema) {
	if b.loses(d) || from.isEnum || from.types&(tInteger|tNumber) == 0 {
		return
	}
	if from.max != nil && to.max != nil && from.max.cmp(*to.max) > 0 || from.min != nil && to.min != nil && from.min.cmp(*to.min) < 0 {
		c.l.about(sevError, b.keyAt(source(d).other().String()), "number-overflow", b, "", "the source's range is wider than the target's")
	}
}

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
		c.l.about(sevError, k.at, "columns-range", b, "over: error, cut or a join", "the list can have more than %d elements", k.to-k.from+1)
	}
	if (k.over == "cut" || k.over == "join") && !b.loses(d) {
		c.l.about(sevError, k.overAt, "undeclared-loss", b, "lossy: "+string(d)+" with why", "what has no column is lost")
	}
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
