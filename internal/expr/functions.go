package expr

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm/runtime"
)

var (
	errCost = errors.New("costs more than an expression may")
	errType = errors.New("types do not fit")
)

// callable are the functions besides the library's own that an expression may call.
var callable = map[string]bool{"chars": true, "string": true, "keys": true, "values": true, "toPairs": true}

type function = func(...any) (any, error)

// functions are the patcher's own and those that replace or join the library's built-ins.
func functions() []expr.Option {
	own := map[string]function{
		fnMember: withRun(func(r *run, a []any) (any, error) { return member(a[0], a[1]) }),
		fnSlice:  withRun(func(r *run, a []any) (any, error) { return slice(a[0], a[1], a[2]) }),
		fnBinary: withRun(func(r *run, a []any) (any, error) { return binary(a[0].(string), a[1], a[2]) }),
		fnUnary:  withRun(func(r *run, a []any) (any, error) { return unary(a[0].(string), a[1]) }),
		fnBool:   withRun(func(r *run, a []any) (any, error) { return boolOrNil(a[0]) }),
		fnString: withRun(func(r *run, a []any) (any, error) { return one(a, r.spell) }),
		fnStep:   withRun(func(r *run, a []any) (any, error) { return a[0], nil }),
		fnIsNil: withRun(func(r *run, a []any) (any, error) {
			for _, v := range a {
				if v == nil {
					return true, nil
				}
			}
			return false, nil
		}),
	}
	var out []expr.Option
	for name, f := range own {
		out = append(out, expr.Function(name, f))
	}
	out = append(out,
		expr.DisableBuiltin("string"), expr.DisableBuiltin("keys"), expr.DisableBuiltin("values"), expr.DisableBuiltin("toPairs"),
		expr.Function("chars", chars), expr.Function("keys", keys), expr.Function("values", values), expr.Function("toPairs", pairs))
	return out
}

// withRun counts the step and gives the function its run.
func withRun(f func(*run, []any) (any, error)) function {
	return func(a ...any) (any, error) {
		r, _ := a[0].(*run)
		if r == nil {
			return nil, errType
		}
		if r.steps++; r.steps > maxSteps {
			return nil, errCost
		}
		return f(r, a[1:])
	}
}

func one(a []any, f func(any) (any, error)) (any, error) {
	if len(a) != 1 {
		return nil, errType
	}
	return f(a[0])
}

// chars counts code points.
func chars(a ...any) (any, error) {
	return one(a, func(v any) (any, error) {
		s, ok := v.(string)
		if !ok {
			return nil, errType
		}
		return utf8.RuneCountInString(s), nil
	})
}

func sorted(v any) ([]string, map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, nil, errType
	}
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	return names, m, nil
}

func each(a []any, f func(k string, v any) any) (any, error) {
	return one(a, func(v any) (any, error) {
		names, m, err := sorted(v)
		out := make([]any, 0, len(names))
		for _, k := range names {
			out = append(out, f(k, m[k]))
		}
		return out, err
	})
}

func keys(a ...any) (any, error)   { return each(a, func(k string, _ any) any { return k }) }
func values(a ...any) (any, error) { return each(a, func(_ string, v any) any { return v }) }
func pairs(a ...any) (any, error)  { return each(a, func(k string, v any) any { return []any{k, v} }) }

// member is a member of an object or an element of a list; nil where there is none.
func member(of, at any) (any, error) {
	switch v := of.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if k, ok := at.(string); ok {
			return v[k], nil
		}
		return nil, nil
	case []any:
		i, ok := integer(at)
		if !ok {
			return nil, nil
		}
		if i < 0 {
			i += len(v)
		}
		if i < 0 || i >= len(v) {
			return nil, nil
		}
		return v[i], nil
	}
	i, ok := integer(at)
	if n := length(of); ok && n >= 0 {
		if i < 0 {
			i += n
		}
		if i >= 0 && i < n {
			return runtime.Fetch(of, i), nil
		}
	}
	return nil, nil
}

func slice(of, from, to any) (any, error) {
	n := length(of)
	if of == nil || from == nil || to == nil {
		return nil, nil
	}
	if n < 0 {
		return nil, errType
	}
	bound := func(v any, otherwise int) (int, error) {
		if v == "" {
			return otherwise, nil
		}
		i, ok := integer(v)
		if !ok {
			return 0, errType
		}
		if i < 0 {
			i += n
		}
		return min(max(i, 0), n), nil
	}
	a, err := bound(from, 0)
	if err != nil {
		return nil, err
	}
	b, err := bound(to, n)
	if err != nil {
		return nil, err
	}
	return runtime.Slice(of, a, max(a, b)), nil
}

func unary(op string, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch op {
	case "!", "not":
		b, ok := v.(bool)
		if !ok {
			return nil, errType
		}
		return !b, nil
	case "-":
		return runtime.Negate(v), nil
	}
	return v, nil
}

func boolOrNil(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if _, ok := v.(bool); !ok {
		return nil, errType
	}
	return v, nil
}

func binary(op string, a, b any) (any, error) {
	switch op {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in":
		return contains(b, a), nil
	}
	if a == nil || b == nil {
		return nil, nil
	}
	switch op {
	case "contains", "startsWith", "endsWith", "matches":
		return textual(op, a, b)
	case "+":
		if s, ok := a.(string); ok {
			if t, ok := b.(string); ok && len(s)+len(t) > maxText {
				return nil, errCost
			}
		}
		return runtime.Add(a, b), nil
	case "-":
		return runtime.Subtract(a, b), nil
	case "*":
		return runtime.Multiply(a, b), nil
	case "/":
		return runtime.Divide(a, b), nil
	case "%":
		return runtime.Modulo(a, b), nil
	case "**", "^":
		return runtime.Exponent(a, b), nil
	case "<":
		return runtime.Less(a, b), nil
	case ">":
		return runtime.More(a, b), nil
	case "<=":
		return runtime.LessOrEqual(a, b), nil
	case ">=":
		return runtime.MoreOrEqual(a, b), nil
	case "..":
		from, to := runtime.ToInt(a), runtime.ToInt(b)
		if to-from > maxSteps {
			return nil, errCost
		}
		return runtime.MakeRange(from, to), nil
	}
	return nil, fmt.Errorf("operator %s: %w", op, errType)
}

func textual(op string, a, b any) (any, error) {
	s, ok := a.(string)
	if !ok {
		return nil, errType
	}
	if re, ok := b.(*regexp.Regexp); ok {
		return re.MatchString(s), nil
	}
	t, ok := b.(string)
	if !ok {
		return nil, errType
	}
	switch op {
	case "contains":
		return strings.Contains(s, t), nil
	case "startsWith":
		return strings.HasPrefix(s, t), nil
	case "endsWith":
		return strings.HasSuffix(s, t), nil
	}
	re, err := regexp.Compile(t)
	if err != nil {
		return nil, errType
	}
	return re.MatchString(s), nil
}
