package expr

import (
	"fmt"
	"regexp"

	"github.com/expr-lang/expr/ast"
)

// Names that no expression can spell, for the functions and variables that the patcher puts in.
const (
	runName   = " run"
	fnMember  = " member"
	fnSlice   = " slice"
	fnBinary  = " binary"
	fnUnary   = " unary"
	fnIsNil   = " nil"
	fnBool    = " bool"
	fnStep    = " step"
	fnString  = " string"
	letPrefix = " v"
)

// patcher rewrites the tree, children first, so that nil goes through everything.
type patcher struct {
	uses map[string]bool
	lets int
	err  *Error
}

// Visit implements ast.Visitor.
func (p *patcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		p.identifier(n)
	case *ast.ChainNode:
		ast.Patch(node, n.Node)
	case *ast.MemberNode:
		ast.Patch(node, call(fnMember, n.Node, n.Property))
	case *ast.SliceNode:
		ast.Patch(node, call(fnSlice, n.Node, orNil(n.From), orNil(n.To)))
	case *ast.UnaryNode:
		ast.Patch(node, call(fnUnary, &ast.StringNode{Value: n.Operator}, n.Node))
	case *ast.BinaryNode:
		p.binary(node, n)
	case *ast.ConditionalNode:
		p.guard(node, []*ast.Node{&n.Cond}, n)
	case *ast.BuiltinNode:
		p.builtin(node, n.Arguments, n)
	case *ast.PredicateNode:
		n.Node = call(fnStep, n.Node)
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); !ok || !callable[id.Value] {
			p.fail(n, "only functions of the language can be called")
			return
		}
		if id := n.Callee.(*ast.IdentifierNode); id.Value == "string" {
			own := call(fnString, n.Arguments...)
			own.SetLocation(n.Location())
			p.builtin(node, own.Arguments[1:], own)
			return
		}
		p.builtin(node, n.Arguments, n)
	}
}

func (p *patcher) identifier(n *ast.IdentifierNode) {
	if n.Value == "$env" {
		p.fail(n, "unknown name $env")
		return
	}
	p.uses[n.Value] = true
}

func (p *patcher) binary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "??":
	case "and", "&&", "or", "||":
		n.Right = call(fnBool, n.Right)
		p.guard(node, []*ast.Node{&n.Left}, n)
	case "matches":
		if s, ok := n.Right.(*ast.StringNode); ok {
			re, err := regexp.Compile(s.Value)
			if err != nil {
				p.fail(n.Right, "not a regular expression")
				return
			}
			n.Right = &ast.ConstantNode{Value: re}
		}
		fallthrough
	default:
		ast.Patch(node, call(fnBinary, &ast.StringNode{Value: n.Operator}, n.Left, n.Right))
	}
}

// builtin makes a call with a nil operand nil.
func (p *patcher) builtin(node *ast.Node, arguments []ast.Node, n ast.Node) {
	var guarded []*ast.Node
	for i := range arguments {
		if _, ok := arguments[i].(*ast.PredicateNode); !ok {
			guarded = append(guarded, &arguments[i])
		}
	}
	p.guard(node, guarded, n)
}

// guard computes operands once and gives nil where one of them is nil, else body.
func (p *patcher) guard(node *ast.Node, operands []*ast.Node, body ast.Node) {
	if len(operands) == 0 {
		return
	}
	values, names, refs := make([]ast.Node, 0, len(operands)), make([]string, 0, len(operands)), make([]ast.Node, 0, len(operands))
	for _, o := range operands {
		p.lets++
		name := fmt.Sprintf("%s%d", letPrefix, p.lets)
		values, names = append(values, *o), append(names, name)
		refs = append(refs, &ast.IdentifierNode{Value: name})
		*o = &ast.IdentifierNode{Value: name}
	}
	var out ast.Node = &ast.ConditionalNode{Ternary: true, Cond: call(fnIsNil, refs...), Exp1: &ast.NilNode{}, Exp2: body}
	out.SetLocation(body.Location())
	for i := len(values) - 1; i >= 0; i-- {
		out = &ast.VariableDeclaratorNode{Name: names[i], Value: values[i], Expr: out}
		out.SetLocation(body.Location())
	}
	*node = out
}

func (p *patcher) fail(n ast.Node, text string) {
	if p.err == nil {
		loc := n.Location()
		p.err = &Error{Line: 1, Col: loc.From + 1, Text: text}
	}
}

// call is a call of one of the patcher's own functions, with the run that counts its steps.
func call(name string, arguments ...ast.Node) *ast.CallNode {
	all := append([]ast.Node{&ast.IdentifierNode{Value: runName}}, arguments...)
	n := &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: all}
	if len(arguments) > 0 {
		n.SetLocation(arguments[len(arguments)-1].Location())
	}
	return n
}

func orNil(n ast.Node) ast.Node {
	if n == nil {
		return &ast.StringNode{Value: ""}
	}
	return n
}
