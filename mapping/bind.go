package mapping

import (
	"strings"
)

// scope is a list of rules over one object at hand.
type scope struct {
	up     *scope
	owner  *bound // the rule whose each this is; nil at the top
	at     pos    // of rules: or each:
	sch    [2]*schema
	rename [2]func(*path) *path
	shown  [2]string
	full   [2]string
	rules  []*bound
	flat   int // of columns: the element's number; else -1
}

// bound is a rule joined with the schemas at its place.
type bound struct {
	*rule
	sc    *scope
	acc   [2][]*access
	sub   *scope   // of each and embed
	cols  []*scope // of columns, one an element
	parts []*bound // of join
	rest  *access  // of columns' over: join
	restF []*access
	raw_  *access
	date  *access
	key_  [2]*access
	table *codeTable
	mean  meaning
	cond  *condition
	calc  *calculation
	bad   bool // a finding makes it unusable
	// meant: the finding is about a part of it; what it names counts as of a rule
	// without fault, so that one mistake is one finding.
	meant bool
	lost  [2]bool // what it names on a side cannot be known
}

// meaning translates one value in one direction; code is an error code.
type meaning interface {
	apply(x *exec, d Direction, v valueT) (out valueT, code string)
}

func (b *bound) a(s side) *access {
	if b == nil || len(b.acc[s]) == 0 {
		return nil
	}
	return b.acc[s][0]
}

func (b *bound) leaf(s side) *schema {
	if a := b.a(s); a != nil {
		return a.leaf
	}
	return anything()
}

// display is the path of a side as findings show it.
func (b *bound) display(s side) string {
	var out []string
	for _, a := range b.acc[s] {
		out = append(out, a.shown)
	}
	if len(out) == 0 {
		for _, p := range b.paths[s] {
			out = append(out, joinPath(b.sc.shown[s], p.raw))
		}
	}
	if len(out) == 0 && b.columns != nil && b.columns.side == s {
		out = append(out, joinPath(b.sc.shown[s], b.columns.raw))
	}
	if len(out) == 0 && b.join != nil && b.join.side == s {
		for _, p := range b.parts {
			out = append(out, p.display(s))
		}
	}
	return strings.Join(out, ", ")
}

// bindScope joins rules with the schemas of a scope.
func (c *compiler) bindScope(sc *scope, rules []*rule) {
	for _, r := range rules {
		if c.bounds++; c.bounds > maxRules {
			if c.bounds == maxRules+1 {
				c.l.errorf(r.at, "bad-value", "the table has more than %d rules, each column counted", maxRules)
			}
			return
		}
		b := &bound{rule: r, sc: sc, bad: r.broken || r.doubtful, meant: r.doubtful && !r.broken}
		sc.rules = append(sc.rules, b)
		c.bind(b)
	}
}

func (c *compiler) bind(b *bound) {
	for s := nat; s <= loc; s++ {
		for _, p := range b.paths[s] {
			if p.wide() {
				continue
			}
			a := c.access(b, b.sc, s, p, b.keyAt(s.String()))
			if a == nil {
				b.bad, b.meant, b.lost[s] = true, false, true
				continue
			}
			if a.guessed {
				b.bad, b.meant = true, !b.lost[nat] && !b.lost[loc] && !b.broken
			}
			b.acc[s] = append(b.acc[s], a)
		}
	}
	if b.broken {
		b.loseSides()
	}
	if b.bad && !b.meant {
		return
	}
	if !b.bad {
		c.lists(b)
	}
	switch b.shape {
	case "each":
		c.bindEach(b)
	case "columns":
		c.bindColumns(b)
	case "join":
		c.bindJoin(b)
	case "embed":
		c.bindEmbed(b)
	}
	if b.raw != nil {
		if b.raw_ = c.access(b, b.sc, nat, b.raw, b.keyAt("raw")); b.raw_ == nil {
			b.bad = true
		}
	}
	if b.at_ != nil {
		if b.date = c.access(b, b.sc, nat, b.at_, b.keyAt("at")); b.date == nil {
			b.bad = true
		}
	}
	if !b.bad {
		c.bindMeaning(b)
	}
}

// loseSides notes which side of a broken rule nobody can know.
func (b *bound) loseSides() {
	oneSided := b.shape == "const" || b.shape == "drop" || b.shape == "computed"
	for s := nat; s <= loc; s++ {
		b.lost[s] = len(b.acc[s]) == 0 && !(oneSided && len(b.acc[s.other()]) > 0)
	}
}

// lists refuses [*] and selectors of many where one value is meant.
func (c *compiler) lists(b *bound) {
	for s := nat; s <= loc; s++ {
		for _, a := range b.acc[s] {
			for i, st := range a.steps {
				last := i == len(a.steps)-1
				switch {
				case b.shape == "part" || b.shape == "drop":
				case st.kind == stepEvery && (!last || b.shape != "each" && b.shape != "columns"):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "[*] stands only at the end of a path of each, columns, join or drop")
					b.bad = true
				case st.kind == stepFree && (!last || b.shape != "each" && b.shape != "drop"):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "{*} stands only at the end of a path of each or drop")
					b.bad = true
				case st.nested() && (b.shape != "each" || !last || a.up == 0):
					c.l.about(sevError, b.keyAt(s.String()), "syntax", b, "", "nesting by key is ^.list[f=.k] on an each")
					b.bad = true
				}
			}
		}
	}
}
