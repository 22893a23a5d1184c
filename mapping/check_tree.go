package mapping

// checkTree names the rules for which the whole table runs by the tree walk:
// what they do needs the document, not its leaves.
func (c *compiler) checkTree() {
	const text = "the table runs by the tree, slower and with the same result: "
	if c.src.Unknown == "keep" {
		c.l.about(sevInfo, c.f.rulesAt, "tree", nil, "", text+"the pack keeps unknown fields")
	}
	c.each(c.top, func(b *bound) {
		if b.remember {
			c.l.about(sevInfo, b.keyAt("remember"), "tree", b, "", text+"the rule remembers")
		}
		if b.cond != nil && c.wholes(b, b.cond.expr, b.cond.side) {
			c.l.about(sevInfo, b.keyAt("when"), "tree", b, "", text+"the expression reads a list or an object")
		}
		if b.calc != nil {
			from := nat
			if b.a(nat) != nil {
				from = loc
			}
			if c.wholes(b, b.calc.expr, from) {
				c.l.about(sevInfo, b.keyAt("computed"), "tree", b, "", text+"the expression reads a list or an object")
			}
		}
	})
}

// wholes tells an expression that reads a list or an object as such.
func (c *compiler) wholes(b *bound, e *expression, s side) bool {
	for i := range e.names {
		n := &e.names[i]
		home := climbScope(b.sc, n.up)
		if n.env || home == nil {
			continue
		}
		if at := c.exprField(home, s, n.path); at != nil && at.types != tAny && at.types&(tArray|tObject) != 0 {
			return true
		}
	}
	return false
}
