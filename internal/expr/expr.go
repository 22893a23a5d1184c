// Package expr evaluates the expressions of adapter rules (when, found, dedupe,
// lane, values under ack) behind one small interface over expr-lang/expr.
//
// It promises that a member of nil and an index past the end are nil, and so is
// whatever is computed from nil, but by ==, !=, in and ??; that == and in between
// different types are false and never an error; that equal input gives equal
// output (no clock, no random order, no world); that every evaluation ends within
// a bounded number of steps and bytes; and that an error names the place in the
// expression, never a value. A Program is immutable and may be evaluated by many
// goroutines at once, each with its own Scope.
package expr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Limits of one expression and of one evaluation.
const (
	maxSource = 4096
	maxNodes  = 500
	maxSteps  = 1_000_000
	maxMemory = 4_000_000
	maxText   = 16 << 20
)

// Names are the fields that an expression may speak of.
var Names = []string{"status", "headers", "body", "text", "row", "item", "fault", "name"}

// Error is an expression that does not compile, or whose evaluation failed.
// Line counts from 1, Col from 1 within the expression.
type Error struct {
	Line, Col int
	Text      string // words of ours or of the compiler; never a value of a message
}

func (e *Error) Error() string { return fmt.Sprintf("expression %d:%d: %s", e.Line, e.Col, e.Text) }

// Program is a compiled expression.
type Program struct {
	source  string
	program *vm.Program
	uses    map[string]bool
}

// Compile checks an expression. The error is an *Error.
func Compile(source string) (*Program, error) {
	if len(source) > maxSource {
		return nil, &Error{Line: 1, Col: 1, Text: fmt.Sprintf("longer than %d bytes", maxSource)}
	}
	if strings.TrimSpace(source) == "" {
		return nil, &Error{Line: 1, Col: 1, Text: "empty expression"}
	}
	p := &patcher{uses: map[string]bool{}}
	options := append(functions(),
		expr.Env(environment()), expr.Patch(p), expr.Optimize(false), expr.MaxNodes(maxNodes))
	for _, b := range []string{"now", "timezone", "get"} {
		options = append(options, expr.DisableBuiltin(b))
	}
	program, err := expr.Compile(source, options...)
	if p.err != nil {
		return nil, p.err
	}
	if err != nil {
		return nil, located(err, true)
	}
	return &Program{source: source, program: program, uses: p.uses}, nil
}

// String is the source.
func (p *Program) String() string { return p.source }

// Uses tells whether the expression speaks of a field, for example body.
func (p *Program) Uses(name string) bool { return p.uses[name] }

// Eval gives the value: nil, bool, int64, int, float64, string, []any or map[string]any.
func (p *Program) Eval(s *Scope) (any, error) {
	s.run.steps = 0
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(p.program, s.env)
	if err != nil {
		return nil, located(err, false)
	}
	return v, nil
}

// True tells whether the value is true; any other value is not.
func (p *Program) True(s *Scope) (bool, error) {
	v, err := p.Eval(s)
	b, ok := v.(bool)
	return ok && b, err
}

// Text gives the value as text: a number as its JSON text, nil as "".
// A list or an object is an error.
func (p *Program) Text(s *Scope) (string, error) {
	v, err := p.Eval(s)
	if err != nil || v == nil {
		return "", err
	}
	if t, ok := s.run.text(v); ok {
		return t, nil
	}
	return "", &Error{Line: 1, Col: 1, Text: fmt.Sprintf("needs text, gives %s", kindOf(v))}
}

func located(err error, words bool) *Error {
	out := &Error{Line: 1, Col: 1, Text: "cannot be computed from this answer"}
	if errors.Is(err, errCost) {
		out.Text = errCost.Error()
	}
	var f *file.Error
	if errors.As(err, &f) {
		if f.Line > 0 {
			out.Line, out.Col = f.Line, f.Column+1
		}
		if words {
			out.Text = f.Message
		}
	} else if words {
		out.Text = err.Error()
	}
	return out
}

// environment declares every field, so that its name wins over a built-in of that name.
func environment() types.Map {
	env := types.Map{runName: types.Any}
	for _, n := range Names {
		env[n] = types.Any
	}
	return env
}
