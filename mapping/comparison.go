package mapping

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

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
	cur := c.named(sc, s, names)
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
