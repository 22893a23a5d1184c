package mapping

import (
	"regexp"
	"strings"

	"github.com/expr-lang/expr"
	exprtypes "github.com/expr-lang/expr/types"
)

// conditions compiles the expressions of a scope and those below it.
func (c *compiler) conditions(sc *scope) {
	for _, b := range sc.rules {
		if b.bad {
			continue
		}
		if b.when != nil {
			c.condition(b)
		}
		if b.shape == "computed" {
			c.calculation(b)
		}
		for _, sub := range b.subs() {
			c.conditions(sub)
		}
	}
}

// subs are the scopes below a rule.
func (b *bound) subs() []*scope {
	if b.sub != nil {
		return []*scope{b.sub}
	}
	return b.cols
}

func (c *compiler) condition(b *bound) {
	w := b.when
	if w.side == loc {
		b.direction &= roadNational
		if b.direction == 0 {
			c.l.about(sevError, w.at, "direction", b, "", "a when over local names runs to-national only: the rule can never run")
			b.bad = true
			return
		}
	}
	e := c.expression(b, &scalar{w.expr, w.bare, w.at}, w.side, true)
	if e == nil {
		b.bad = true
		return
	}
	cond := &condition{b: b, expr: e, side: w.side, sch: map[string]*schema{}, sources: map[string]*nameSource{}}
	for i := range e.names {
		n := &e.names[i]
		if n.env {
			continue
		}
		if sc := climbScope(b.sc, n.up); sc != nil {
			n.root = c.rooted(sc, w.side, n.path)
			cond.sch[n.ident] = c.named(sc, w.side, n.path)
		}
	}
	b.cond = cond
	if w.side != nat || !c.runs(b, ToNational) {
		return
	}
	for i := range e.names {
		n := &e.names[i]
		if n.env {
			continue
		}
		s, why := c.nameSource(b.sc, n)
		if s == nil {
			c.l.about(sevError, w.at, "when-undecidable", b, "", "to the national side %s is not known: %s", strings.Join(n.path, "."), why)
			b.bad = true
			continue
		}
		cond.sources[n.ident] = s
	}
}

func (c *compiler) calculation(b *bound) {
	to := nat
	if b.a(loc) != nil {
		to = loc
	}
	only := roadLocal
	if to == nat {
		only = roadNational
	}
	if b.direction &= only; b.direction == 0 {
		c.l.about(sevError, b.keyAt("direction", "computed"), "direction", b, "", "a computed value is written one way: the rule can never run")
		b.bad = true
		return
	}
	e := c.expression(b, b.computed, to.other(), false)
	if e == nil {
		b.bad = true
		return
	}
	b.calc = &calculation{expr: e, sch: map[string]*schema{}}
	for i := range e.names {
		if n := &e.names[i]; !n.env {
			if sc := climbScope(b.sc, n.up); sc != nil {
				n.root = c.rooted(sc, to.other(), n.path)
				b.calc.sch[n.ident] = c.named(sc, to.other(), n.path)
			}
		}
	}
}

// rooted are the steps that lead to the object of which a name of the top's
// local object is a field: the file's root, as in paths; what the root's object
// does not know is a field of the document.
func (c *compiler) rooted(sc *scope, s side, path []string) []step {
	if !c.hasRoot(sc, s) || len(path) == 0 {
		return nil
	}
	if p, _ := c.rootSchema().get(path[0]); p == nil {
		return nil
	}
	return c.f.root.steps
}

// named is the schema of the object of which a name is a field.
func (c *compiler) named(sc *scope, s side, path []string) *schema {
	if c.rooted(sc, s, path) != nil {
		return c.rootSchema()
	}
	return sc.sch[s]
}

// hasRoot tells the top's local object where the file has a root that one object answers.
func (c *compiler) hasRoot(sc *scope, s side) bool {
	if sc != c.top || s != loc || c.f.root == nil {
		return false
	}
	for _, st := range c.f.root.steps {
		if st.kind != stepField && st.kind != stepIndex && st.kind != stepSelector {
			return false
		}
	}
	return true
}

// rootSchema is the schema of the local object that the file's paths begin at.
func (c *compiler) rootSchema() *schema {
	s := c.docSchema[loc]
	for _, st := range c.f.root.steps {
		next := s.element()
		if st.kind == stepField {
			next, _ = s.get(st.name)
		}
		if next == nil {
			return anything()
		}
		s = next
	}
	return s
}

func climbScope(sc *scope, up int) *scope {
	for ; up > 0 && sc != nil; up-- {
		sc = sc.up
	}
	return sc
}

// expression compiles a text and checks its types against the schema; nil after a finding.
func (c *compiler) expression(b *bound, written *scalar, s side, isBool bool) *expression {
	text, where := written.text, written.at
	fail := func(err error) *expression {
		col, words := exprError(err)
		p := where
		if !strings.Contains(text, "\n") {
			p.col += col
			if !written.bare && col > 0 {
				p.col++ // the quote
			}
		}
		hint := ""
		if m := unknownName.FindStringSubmatch(words); m != nil {
			hint = hintNearest(m[1], append(c.exprNames(b.sc, s), "up", "src", "env"))
		} else if m := unknownField.FindStringSubmatch(words); m != nil {
			hint = hintNearest(m[1], envNames)
		}
		c.l.about(sevError, p, "expr", b, hint, "%s", words)
		return nil
	}
	env := c.exprEnv(b.sc, s)
	opts := []expr.Option{expr.Env(env), expr.MaxNodes(maxNodes), expr.Optimize(false), expr.DisableBuiltin("now")}
	if isBool {
		opts = append(opts, expr.AsBool())
	}
	if _, err := expr.Compile(text, opts...); err != nil {
		return fail(err)
	}
	e, err := compileExpr(text, isBool)
	if err != nil {
		return fail(err)
	}
	c.exprConstants(b, text, where, s)
	return e
}

var (
	unknownName  = regexp.MustCompile(`unknown name (\S+)`)
	unknownField = regexp.MustCompile(`unknown field (\S+)`)
	// envNames are the fields of env.
	envNames = []string{"receipt", "key", "unit", "time"}
)

// exprEnv types the names that an expression may use.
func (c *compiler) exprEnv(sc *scope, s side) exprtypes.Map {
	m := c.scopeType(sc, s)
	env := exprtypes.Map{}
	if own, ok := m.(exprtypes.Map); ok {
		env = own
	} else {
		env[exprtypes.Extra] = exprtypes.Any
	}
	env["now"], env["chars"] = exprtypes.TypeOf(func() string { return "" }), exprtypes.TypeOf(chars)
	env["src"] = exprtypes.Any
	env["env"] = exprtypes.Map{"receipt": exprtypes.String, "key": exprtypes.String, "unit": exprtypes.String, "time": exprtypes.String}
	if sc.up != nil {
		up := c.scopeType(sc.up, s)
		if m, ok := up.(exprtypes.Map); ok && sc.up.up != nil {
			m["up"] = exprtypes.Any
		}
		env["up"] = up
	}
	return env
}

// scopeType types the object at hand; at the top that of the file's root, with
// the document's own fields behind it.
func (c *compiler) scopeType(sc *scope, s side) exprtypes.Type {
	m, ok := c.objectType(sc.sch[s], 3).(exprtypes.Map)
	if !c.hasRoot(sc, s) || !ok {
		return c.objectType(sc.sch[s], 3)
	}
	own, ok := c.objectType(c.rootSchema(), 3).(exprtypes.Map)
	if !ok {
		m[exprtypes.Extra] = exprtypes.Any
		return m
	}
	for name, t := range own {
		m[name] = t
	}
	return m
}

// exprNames are the fields that an expression may name.
func (c *compiler) exprNames(sc *scope, s side) []string {
	names := sc.sch[s].names()
	if c.hasRoot(sc, s) {
		names = append(c.rootSchema().names(), names...)
	}
	return names
}

// objectType gives the type of a schema as expressions see it.
func (c *compiler) objectType(s *schema, depth int) exprtypes.Type {
	switch t := s.types &^ tNull; {
	case t == tString, t&^tInteger == tNumber:
		return exprtypes.String
	case t == tInteger:
		return exprtypes.Int
	case t == tBool:
		return exprtypes.Bool
	case t == tArray && depth > 0:
		return exprtypes.Array(c.objectType(s.element(), depth-1))
	case t == tObject && depth > 0:
		m := exprtypes.Map{}
		for _, p := range s.props {
			m[p.name] = c.objectType(p.s, depth-1)
		}
		if s.open {
			m[exprtypes.Extra] = exprtypes.Any
		}
		return m
	}
	return exprtypes.Any
}

// runs tells whether a rule takes part in a direction of this file.
func (c *compiler) runs(b *bound, d Direction) bool { return c.f.direction.has(d) && b.runs(d) }
