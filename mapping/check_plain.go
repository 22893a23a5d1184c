package mapping

import (
	"duijie/internal/codec"
)

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
				c.l.about(sevError, t.maxAt, "text-too-long", b, "", "max is %s, the target takes %d", howMany(t.max, "byte"), to.maxBytes)
			}
			return
		}
		longest = min(longest, t.max)
	}
	switch {
	case to.maxLen >= 0 && longest > to.maxLen:
		c.l.about(sevError, b.keyAt(source(d).other().String()), "text-too-long", b, "text: {max, over: truncate} with lossy", "up to %s go into %d", howMany(longest, "character"), to.maxLen)
	case d == ToLocal && to.maxBytes >= 0 && !from.isEnum && from.pattern == nil && from.format == "" && bytes(longest) > to.maxBytes:
		c.l.about(sevError, b.keyAt("loc"), "text-too-long", b, "text: {max: {bytes: N}, over: truncate} with lossy", "up to %s go into %d", howMany(bytes(longest), "byte"), to.maxBytes)
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
