package mapping

import (
	"errors"
	"strings"
	"sync"
	"time"

	"duijie/internal/codec"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	exprparser "github.com/expr-lang/expr/parser"
	exprtypes "github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// maxNodes bounds an expression.
const maxNodes = 500

// expression is a compiled expression and the names that it reads.
type expression struct {
	prog  *vm.Program
	names []exprName
}

// exprName is a field as an expression names it.
type exprName struct {
	ident string
	up    int
	path  []string
	root  []step // to the object that has the field
	env   bool
}

// flatten turns chains of members into single names, so that a member of
// nothing is nothing and only what is asked for is read.
type flatten struct {
	vars  map[string]bool
	paths map[string][]string
}

func (v *flatten) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.VariableDeclaratorNode:
		v.vars[x.Name] = true
	case *ast.IdentifierNode:
		if _, ok := v.paths[x.Value]; !ok {
			v.paths[x.Value] = []string{x.Value}
		}
	case *ast.ChainNode:
		if id, ok := x.Node.(*ast.IdentifierNode); ok {
			ast.Patch(n, &ast.IdentifierNode{Value: id.Value})
		}
	case *ast.MemberNode:
		id, ok := x.Node.(*ast.IdentifierNode)
		name, isName := x.Property.(*ast.StringNode)
		if !ok || !isName || v.vars[id.Value] || x.Method {
			return
		}
		p := append(append([]string(nil), v.paths[id.Value]...), name.Value)
		flat := strings.Join(p, "\x01")
		v.paths[flat] = p
		ast.Patch(n, &ast.IdentifierNode{Value: flat})
	}
}

// idents gathers the names that are left.
type idents struct{ names map[string]bool }

func (v *idents) Visit(n *ast.Node) {
	if id, ok := (*n).(*ast.IdentifierNode); ok {
		v.names[id.Value] = true
	}
}

var exprFuncs = []string{"now", "chars"}

func parseExpr(text string) (ast.Node, map[string][]string, map[string]bool, error) {
	tree, err := exprparser.Parse(text)
	if err != nil {
		return nil, nil, nil, err
	}
	f := &flatten{vars: map[string]bool{}, paths: map[string][]string{}}
	ast.Walk(&tree.Node, f)
	g := &idents{names: map[string]bool{}}
	ast.Walk(&tree.Node, g)
	return tree.Node, f.paths, g.names, nil
}

// compileExpr makes the program; every field is declared as anything, so that
// absent values are nil and a field's name wins over a built-in function's.
func compileExpr(text string, isBool bool) (*expression, error) {
	first := &flatten{vars: map[string]bool{}, paths: map[string][]string{}}
	_, paths, names, err := parseExpr(text)
	if err != nil {
		return nil, err
	}
	env := exprtypes.Map{exprtypes.Extra: exprtypes.Any}
	for n := range names {
		env[n] = exprtypes.Any
	}
	env["now"], env["chars"] = exprtypes.TypeOf(func() string { return "" }), exprtypes.TypeOf(chars)
	opts := []expr.Option{expr.Env(env), expr.Patch(first), expr.MaxNodes(maxNodes), expr.Optimize(false), expr.DisableBuiltin("now")}
	if isBool {
		opts = append(opts, expr.AsBool())
	}
	prog, err := expr.Compile(text, opts...)
	if err != nil {
		return nil, err
	}
	e := &expression{prog: prog}
	for n := range names {
		if contains(exprFuncs, n) || first.vars[n] {
			continue
		}
		p := paths[n]
		x := exprName{ident: n}
		for len(p) > 0 && p[0] == "up" {
			x.up++
			p = p[1:]
		}
		switch {
		case len(p) > 1 && p[0] == "env" && x.up == 0:
			x.env, p = true, p[1:]
		case len(p) > 0 && p[0] == "src":
			p = p[1:]
		}
		x.path = p
		e.names = append(e.names, x)
	}
	return e, nil
}

// chars counts code points; nothing has none.
func chars(v any) int {
	s, _ := v.(string)
	return runes(s)
}

// exprError gives an error's place in the text and its words, without values.
func exprError(err error) (col int, words string) {
	if e := (*exprfile.Error)(nil); errors.As(err, &e) {
		return e.Column, strings.TrimSpace(strings.SplitN(e.Message, "\n", 2)[0])
	}
	return 0, strings.SplitN(err.Error(), "\n", 2)[0]
}

// env is what an expression sees in an execution.
func (x *exec) env_(e *expression, read func(n *exprName) any) map[string]any {
	out := make(map[string]any, len(e.names)+2)
	out["now"] = func() string { return shanghaiTime(x.env.Now) }
	out["chars"] = chars
	for i := range e.names {
		n := &e.names[i]
		if n.env {
			out[n.ident] = x.envValue(n.path[0])
			continue
		}
		out[n.ident] = read(n)
	}
	return out
}

func (x *exec) envValue(name string) any {
	switch name {
	case "receipt":
		return x.env.Receipt
	case "key":
		return x.env.Key
	case "unit":
		return x.env.Unit
	case "subject":
		return x.env.Subject
	case "time":
		return shanghaiTime(x.env.Time)
	}
	return nil
}

// shanghai is the zone of everything that names none, read once: it is a constant.
var shanghai = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation(defaultZone)
	if err != nil {
		return time.FixedZone("CST", 8*3600)
	}
	return l
})

func shanghaiTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return civilOf(t).in(shanghai()).rfc3339(false)
}

// eval runs an expression.
func (x *exec) eval(e *expression, read func(n *exprName) any) (any, error) {
	return expr.Run(e.prog, x.env_(e, read))
}

// readSource reads a name as a field of the source document.
func (x *exec) readSource(f *frame, n *exprName, s *schema) any {
	for i := 0; i < n.up && f != nil; i++ {
		f = f.up
	}
	if f == nil {
		return nil
	}
	v := f.src
	if n.root != nil {
		if v, _ = x.follow(v, nil, n.root); v == nil {
			return nil
		}
	}
	for _, name := range n.path {
		if x.textual && v.Kind == codec.String && name == "#text" {
			continue
		}
		m, ok := v.Get(name)
		if !ok {
			return nil
		}
		v = m
		if s != nil {
			s, _ = s.get(name)
		}
	}
	return exprValue(v, s, x.textual)
}

// exprValue gives a value as expressions see it: integers as int, other
// numbers as their decimal text, absent and null as nil.
func exprValue(v *codec.Value, s *schema, textual bool) any {
	switch v.Kind {
	case codec.Bool:
		return v.True
	case codec.Number:
		if s == nil || s.types&tNumber == 0 || s.types == tAny {
			if d, ok := parseDecimal(v.Text); ok {
				if n, ok := d.int(); ok {
					return n
				}
			}
		}
		return v.Text
	case codec.String:
		if textual && s != nil && s.types&tString == 0 {
			if t, ok := s.readTyped(v.Text); ok {
				return exprValue(&t, s, false)
			}
		}
		return v.Text
	case codec.Array:
		out := make([]any, len(v.Items))
		var el *schema
		if s != nil && s.types&tArray != 0 {
			el = s.element()
		}
		for i := range v.Items {
			out[i] = exprValue(&v.Items[i], el, textual)
		}
		return out
	case codec.Object:
		out := make(map[string]any, len(v.Members))
		for i := range v.Members {
			var m *schema
			if s != nil {
				m, _ = s.get(v.Members[i].Name)
			}
			out[v.Members[i].Name] = exprValue(&v.Members[i].Value, m, textual)
		}
		return out
	}
	return nil
}
