package mapping

import (
	"regexp"
	"slices"
	"strings"

	"duijie/internal/codec"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
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
	e := c.expression(b, w.expr, w.at, w.side, true)
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
			cond.sch[n.ident] = sc.sch[w.side]
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
	e := c.expression(b, b.computed.text, b.computed.at, to.other(), false)
	if e == nil {
		b.bad = true
		return
	}
	b.calc = &calculation{expr: e, sch: map[string]*schema{}}
	for i := range e.names {
		if n := &e.names[i]; !n.env {
			if sc := climbScope(b.sc, n.up); sc != nil {
				b.calc.sch[n.ident] = sc.sch[to.other()]
			}
		}
	}
}

func climbScope(sc *scope, up int) *scope {
	for ; up > 0 && sc != nil; up-- {
		sc = sc.up
	}
	return sc
}

// expression compiles a text and checks its types against the schema; nil after a finding.
func (c *compiler) expression(b *bound, text string, where pos, s side, isBool bool) *expression {
	fail := func(err error) *expression {
		col, words := exprError(err)
		p := where
		if !strings.Contains(text, "\n") {
			p.col += col
		}
		hint := ""
		if m := unknownName.FindStringSubmatch(words); m != nil {
			hint = hintNearest(m[1], append(b.sc.sch[s].names(), "up", "src", "env"))
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

var unknownName = regexp.MustCompile(`unknown name (\S+)`)

// exprEnv types the names that an expression may use.
func (c *compiler) exprEnv(sc *scope, s side) exprtypes.Map {
	m := c.objectType(sc.sch[s], 3)
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
		up := c.objectType(sc.up.sch[s], 3)
		if m, ok := up.(exprtypes.Map); ok && sc.up.up != nil {
			m["up"] = exprtypes.Any
		}
		env["up"] = up
	}
	return env
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

// comparison is FIELD == CONSTANT or FIELD in CONSTANTS.
type comparison struct {
	field  string
	values []string
	negate bool
}

// comparisons gathers the comparisons of an expression; all of them, and those
// that must hold together for the whole to hold.
func comparisons(text string) (all, must []comparison, paths map[string][]string) {
	node, paths, _, err := parseExpr(text)
	if err != nil {
		return nil, nil, nil
	}
	var walk func(n ast.Node, top bool)
	walk = func(n ast.Node, top bool) {
		x, ok := n.(*ast.BinaryNode)
		if !ok {
			if u, ok := n.(*ast.UnaryNode); ok {
				walk(u.Node, false)
			}
			return
		}
		switch x.Operator {
		case "&&", "and":
			walk(x.Left, top)
			walk(x.Right, top)
		case "||", "or":
			walk(x.Left, false)
			walk(x.Right, false)
		case "==", "!=", "in":
			id, ok := x.Left.(*ast.IdentifierNode)
			other := x.Right
			if !ok {
				id, ok = x.Right.(*ast.IdentifierNode)
				other = x.Left
			}
			if !ok {
				return
			}
			vals := constants(other)
			if vals == nil {
				return
			}
			k := comparison{id.Value, vals, x.Operator == "!="}
			all = append(all, k)
			if top && !k.negate {
				must = append(must, k)
			}
		}
	}
	walk(node, true)
	return all, must, paths
}

func constants(n ast.Node) []string {
	switch x := n.(type) {
	case *ast.StringNode:
		return []string{x.Value}
	case *ast.IntegerNode:
		return []string{itoa(x.Value)}
	case *ast.BoolNode:
		return []string{map[bool]string{true: "true", false: "false"}[x.Value]}
	case *ast.ArrayNode:
		out := []string{}
		for _, e := range x.Nodes {
			v := constants(e)
			if len(v) != 1 {
				return nil
			}
			out = append(out, v[0])
		}
		return out
	}
	return nil
}

// exprConstants refuses constants that a field can never be.
func (c *compiler) exprConstants(b *bound, text string, where pos, s side) {
	all, _, paths := comparisons(text)
	for _, k := range all {
		f := c.exprField(b.sc, s, paths[k.field])
		if f == nil || !f.isEnum {
			continue
		}
		for _, v := range k.values {
			if !f.hasEnum(v) {
				c.l.about(sevError, where, "selector-value", b, hintNearest(v, enumTexts(f)), "%s can never be %s", strings.Join(paths[k.field], "."), v)
				b.bad = true
			}
		}
	}
}

// exprField gives the schema of a field as an expression names it.
func (c *compiler) exprField(sc *scope, s side, names []string) *schema {
	for len(names) > 0 && names[0] == "up" && sc.up != nil {
		sc, names = sc.up, names[1:]
	}
	if len(names) > 1 && names[0] == "src" {
		names = names[1:]
	}
	cur := sc.sch[s]
	for _, n := range names {
		if cur == nil || cur.types&tObject == 0 {
			return nil
		}
		cur, _ = cur.get(n)
	}
	return cur
}

// apart tells two conditions that can never hold together: one field, disjoint constants.
func apart(a, b *bound) bool {
	if a.when == nil || b.when == nil || a.when.side != b.when.side {
		return false
	}
	_, x, _ := comparisons(a.when.expr)
	_, y, _ := comparisons(b.when.expr)
	for _, p := range x {
		for _, q := range y {
			if p.field != q.field {
				continue
			}
			if !slices.ContainsFunc(p.values, func(v string) bool { return contains(q.values, v) }) {
				return true
			}
		}
	}
	return false
}

// nameSource finds the rule that reads a national name; nil with the reason.
func (c *compiler) nameSource(sc *scope, n *exprName) (*nameSource, string) {
	home := climbScope(sc, n.up)
	if home == nil {
		return nil, "there is no object so far up"
	}
	if len(n.path) == 0 {
		return nil, "a whole object is no field"
	}
	if len(n.path) == 1 && home.owner != nil {
		if st, ok := home.owner.a(nat).list(); ok {
			for _, t := range st.terms {
				if t.field == n.path[0] && t.ref == "" {
					v, leaf := codec.Str(t.value), c.exprField(home, nat, n.path)
					if leaf != nil {
						if x, ok := leaf.typed(t.value); ok {
							v = x
						}
					}
					return &nameSource{fixed: &v, leaf: leaf}, ""
				}
			}
		}
	}
	full := home.full[nat]
	for _, p := range n.path {
		full = joinPath(full, quoteName(p))
	}
	s, why := c.findSource(home, full, nil)
	if s != nil {
		s.up = n.up
		s.leaf = c.exprField(home, nat, n.path)
	}
	return s, why
}

func (c *compiler) findSource(sc *scope, full string, via []*access) (*nameSource, string) {
	why := "no rule of this list reads it"
	for _, b := range sc.rules {
		a := b.a(nat)
		if b.bad || a == nil {
			continue
		}
		if b.shape == "each" && b.sub != nil && (a.full == full || within(full, a.full)) {
			if _, many := a.list(); !many && b.a(loc) != nil {
				if s, _ := c.findSource(b.sub, full, append(slices.Clone(via), b.a(loc))); s != nil {
					return s, ""
				}
			}
			continue
		}
		if a.full != full {
			continue
		}
		switch {
		case !b.runs(ToNational) || !b.runs(ToLocal):
			why = "its rule runs one way"
		case b.lossy != 0:
			why = "its rule loses"
		case b.when != nil:
			why = "its rule has a when"
		case b.shape == "const":
			v, ok := a.leaf.typed(b.constant.text)
			if ok {
				return &nameSource{fixed: &v}, ""
			}
		case b.shape == "plain" && b.meaning != "xref" && len(b.acc[loc]) == 1 && len(b.acc[nat]) == 1:
			bl := &builder{c, ToNational}
			return &nameSource{via: via, src: b.a(loc), pipe: bl.newPipe(b, ToNational)}, ""
		default:
			why = "its rule is no plain one"
		}
	}
	return nil, why
}

// runs tells whether a rule takes part in a direction of this file.
func (c *compiler) runs(b *bound, d Direction) bool { return c.f.direction.has(d) && b.runs(d) }
