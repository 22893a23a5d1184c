package expr

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"duijie/internal/codec"
)

// Fault is the fault of a SOAP answer; empty where there is none.
type Fault struct{ Code, Text string }

// Vars are the fields of one evaluation; what is left out is nil.
type Vars struct {
	Status          int               // nil where 0
	Headers         map[string]string // names in lower case, first values
	Body, Row, Item *codec.Value
	Text, Name      *string
	Fault           Fault
	// Trace remembers where lists and objects stand in the trees, for List.
	Trace bool
}

// Scope is what expressions are evaluated over. One goroutine at a time uses it.
type Scope struct {
	env map[string]any
	run *run
}

// run is the state of one scope: the steps of the running evaluation, and the
// text of the numbers that no int64 holds, as they were written.
type run struct {
	steps int
	texts map[float64]string
	// nodes are the trees' own nodes behind the values, nil where nobody asks for them.
	nodes map[uintptr]Node
}

// NewScope prepares fields for any number of evaluations.
func NewScope(v Vars) *Scope {
	r := &run{texts: map[float64]string{}}
	if v.Trace {
		r.nodes = map[uintptr]Node{}
	}
	headers := make(map[string]any, len(v.Headers))
	for k, h := range v.Headers {
		headers[strings.ToLower(k)] = h
	}
	env := map[string]any{
		runName: r, "headers": headers, "status": nil, "text": nil, "name": nil,
		"body": r.value(v.Body, ""), "row": r.value(v.Row, ""), "item": r.value(v.Item, ""),
		"fault": map[string]any{"code": v.Fault.Code, "text": v.Fault.Text},
	}
	if v.Status != 0 {
		env["status"] = v.Status
	}
	if v.Text != nil {
		env["text"] = *v.Text
	}
	if v.Name != nil {
		env["name"] = *v.Name
	}
	return &Scope{env: env, run: r}
}

func (r *run) value(v *codec.Value, name string) any {
	if v == nil {
		return nil
	}
	switch v.Kind {
	case codec.Bool:
		return v.True
	case codec.String:
		return v.Text
	case codec.Number:
		return r.number(v.Text)
	case codec.Array:
		out := make([]any, len(v.Items))
		for i := range v.Items {
			out[i] = r.value(&v.Items[i], name)
		}
		r.trace(out, v, name)
		return out
	case codec.Object:
		out := make(map[string]any, len(v.Members))
		for i := range v.Members {
			out[v.Members[i].Name] = r.value(&v.Members[i].Value, v.Members[i].Name)
		}
		r.trace(out, v, name)
		return out
	}
	return nil
}

// number is an int64 where the text is an integer that fits, else a float64
// whose text is remembered.
func (r *run) number(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text // beyond float64: only its text says what it is
	}
	r.texts[f] = text
	return f
}

// text is a scalar's text; ok is false for lists and objects.
func (r *run) text(v any) (string, bool) {
	if f, ok := v.(float64); ok {
		if t, ok := r.texts[f]; ok {
			return t, true
		}
	}
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	}
	if _, ok := number(v); ok {
		b, err := json.Marshal(v)
		return string(b), err == nil
	}
	return "", false
}

// spell is string(v): a scalar's text, a list or an object as JSON.
func (r *run) spell(v any) (any, error) {
	if t, ok := r.text(v); ok {
		return t, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, errType
	}
	return string(b), nil
}

func kindOf(v any) string {
	switch v.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "another type"
}

func number(v any) (float64, bool) {
	r := reflect.ValueOf(v)
	switch {
	case v == nil:
		return 0, false
	case r.CanInt():
		return float64(r.Int()), true
	case r.CanUint():
		return float64(r.Uint()), true
	case r.CanFloat():
		return r.Float(), true
	}
	return 0, false
}

func integer(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), int64(int(v)) == v
	}
	return 0, false
}

// length is that of a list or a string, -1 of anything else.
func length(v any) int {
	if v == nil {
		return -1
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Array, reflect.String:
		return r.Len()
	}
	return -1
}

// equal compares without ever failing: different types are different.
func equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, ok := y[k]
			if !ok || !equal(v, w) {
				return false
			}
		}
		return true
	}
	if x, ok := reflectInt(a); ok {
		if y, ok := reflectInt(b); ok {
			return x == y
		}
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	if n := length(a); n >= 0 && n == length(b) && kindOfSlice(a) && kindOfSlice(b) {
		x, y := reflect.ValueOf(a), reflect.ValueOf(b)
		for i := range n {
			if !equal(x.Index(i).Interface(), y.Index(i).Interface()) {
				return false
			}
		}
		return true
	}
	return false
}

func reflectInt(v any) (int64, bool) {
	if v == nil {
		return 0, false
	}
	if r := reflect.ValueOf(v); r.CanInt() {
		return r.Int(), true
	}
	return 0, false
}

func kindOfSlice(v any) bool { return reflect.ValueOf(v).Kind() == reflect.Slice }

// contains tells whether a list has an element, or an object a member of that name.
func contains(in, v any) bool {
	switch x := in.(type) {
	case nil:
		return false
	case map[string]any:
		k, ok := v.(string)
		if !ok {
			return false
		}
		_, ok = x[k]
		return ok
	}
	if !kindOfSlice(in) {
		return false
	}
	list := reflect.ValueOf(in)
	for i := range list.Len() {
		if equal(list.Index(i).Interface(), v) {
			return true
		}
	}
	return false
}
