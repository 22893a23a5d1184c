package codec

import (
	"encoding/json"
	"math"
	"strconv"
)

// Any gives v as expressions see it: map[string]any, []any, string, bool, nil;
// JSON integers that fit are int64, other numbers float64. Absent members are
// left out.
func (v Value) Any() any { return v.any(numberAny) }

// AnyExact is Any with every number as a json.Number, which keeps its text:
// two 20-digit ids stay two.
func (v Value) AnyExact() any {
	return v.any(func(s string) any { return json.Number(s) })
}

func (v Value) any(number func(string) any) any {
	switch v.Kind {
	case Bool:
		return v.True
	case Number:
		return number(v.Text)
	case String:
		return v.Text
	case Array:
		a := make([]any, len(v.Items))
		for i := range v.Items {
			a[i] = v.Items[i].any(number)
		}
		return a
	case Object:
		m := make(map[string]any, len(v.Members))
		for i := range v.Members {
			if v.Members[i].Value.Kind != Absent {
				m[v.Members[i].Name] = v.Members[i].Value.any(number)
			}
		}
		return m
	}
	return nil
}

func numberAny(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" {
		return n
	}
	f, _ := strconv.ParseFloat(s, 64) // out of range is ±Inf
	return f
}

// NumberText writes a number of an expression as its JSON text; ok is false for
// anything that is no number, and for what JSON has no text for. It cannot give
// back digits that a float64 lost: see AnyExact.
func NumberText(x any) (text string, ok bool) {
	switch n := x.(type) {
	case json.Number:
		return n.String(), true
	case int:
		return strconv.Itoa(n), true
	case int64:
		return strconv.FormatInt(n, 10), true
	case uint64:
		return strconv.FormatUint(n, 10), true
	case float64:
		if math.IsInf(n, 0) || math.IsNaN(n) {
			return "", false
		}
		format := byte('f')
		if a := math.Abs(n); a != 0 && (a < 1e-6 || a >= 1e21) {
			format = 'e'
		}
		return strconv.FormatFloat(n, format, -1, 64), true
	}
	return "", false
}
