package expr_test

import (
	"errors"
	"strings"
	"testing"

	"duijie/internal/codec"
	"duijie/internal/expr"
)

func obj(pairs ...any) codec.Value {
	v := codec.Value{Kind: codec.Object}
	for i := 0; i < len(pairs); i += 2 {
		v.Members = append(v.Members, codec.Member{Name: pairs[i].(string), Value: pairs[i+1].(codec.Value)})
	}
	return v
}

func list(items ...codec.Value) codec.Value { return codec.Value{Kind: codec.Array, Items: items} }

func scope() *expr.Scope {
	body := obj("code", codec.Str("0"), "n", codec.Num("7"), "half", codec.Num("1.50"), "big", codec.Num("12345678901234567890"),
		"nothing", codec.Value{Kind: codec.Null}, "yes", codec.Value{Kind: codec.Bool, True: true},
		"type", codec.Str("t"), "count", codec.Num("3"), "msg", codec.Str("张三"),
		"data", obj("ajbh", codec.Str("川-1")), "list", list(codec.Num("1"), codec.Num("2")),
		"rows", list(obj("type", codec.Str("a"), "v", codec.Num("1")), obj("type", codec.Str("b"))))
	text, name := "ok|77", "a.zip.ok"
	return expr.NewScope(expr.Vars{Status: 200, Headers: map[string]string{"X-Id": "h"}, Body: &body, Text: &text, Name: &name})
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         any
	}{
		{"status and code", `status == 200 && body.code == "0"`, true},
		{"member of nil is nil", `body.no.such.thing`, nil},
		{"index past the end is nil", `body.list[9]`, nil},
		{"index of a nil list is nil", `body.no[0].x`, nil},
		{"last element", `body.list[-1]`, int64(2)},
		{"member of a string is nil", `body.code.x`, nil},
		{"nil equals nil", `body.no == nil`, true},
		{"null equals nil", `body.nothing == nil`, true},
		{"nil differs", `body.data != nil`, true},
		{"sum with nil is nil", `body.no + 1`, nil},
		{"comparison with nil is nil", `body.no > 1`, nil},
		{"not nil is nil", `!body.no`, nil},
		{"nil or is nil", `body.no || true`, nil},
		{"and nil is nil", `true && body.no`, nil},
		{"short circuit", `false && body.no`, false},
		{"nil condition is nil", `body.no ? 1 : 2`, nil},
		{"call of nil is nil", `upper(body.no)`, nil},
		{"predicate over nil is nil", `any(body.no, {# == 1})`, nil},
		{"coalescing", `body.no ?? "x"`, "x"},
		{"nil in list", `body.no in ["a"]`, false},
		{"in a nil list", `"a" in body.no`, false},
		{"in list of constants of another type", `body.n in ["7", "8"]`, false},
		{"in list of numbers", `body.n in [6, 7]`, true},
		{"not in", `body.code not in ["1"]`, true},
		{"string is no number", `body.n == "7"`, false},
		{"constants of different types", `1 == "1"`, false},
		{"differs from other type", `body.n != "7"`, true},
		{"integer equals float", `body.n == 7.0`, true},
		{"in a string is false", `"a" in "abc"`, false},
		{"in an object", `"ajbh" in body.data`, true},
		{"field named as a built-in", `body.type == "t" && body.count == 3`, true},
		{"field named as a built-in inside a predicate", `filter(body.rows, .type == "a")[0].v`, int64(1)},
		{"nil inside a predicate", `count(body.rows, .v == 1)`, 1},
		{"chars counts code points", `chars(body.msg)`, 2},
		{"headers in lower case", `headers["x-id"]`, "h"},
		{"text", `text startsWith "ok|" ? split(text, "|")[1] : nil`, "77"},
		{"name", `name endsWith ".ok"`, true},
		{"matches", `body.code matches "^[0-9]$"`, true},
		{"slice of nil", `body.no[0:2]`, nil},
		{"slice past the end", `text[0:99]`, "ok|77"},
		{"optional chain", `body?.no?.x`, nil},
		{"fault is empty", `fault.code == ""`, true},
		{"row is nil", `row.CLZT == "1"`, false},
		{"division", `body.n / 2`, 3.5},
		{"let", `let x = body.no; x ?? 5`, 5},
		{"pipe", `body.code | trim()`, "0"},
		{"object keys are sorted", `keys(body.rows[0])[0]`, "type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := expr.Compile(c.source)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(scope())
			if err != nil || got != c.want {
				t.Fatalf("got %v (%T), %v; want %v (%T)", got, got, err, c.want, c.want)
			}
		})
	}
}

func TestTextIsJSONText(t *testing.T) {
	for source, want := range map[string]string{
		`body.n`: "7", `body.half`: "1.50", `body.big`: "12345678901234567890", `body.no`: "", `body.yes`: "true",
		`body.data.ajbh`: "川-1", `body.n + 1`: "8", `10 / 2`: "5", `string(body.big) + "|" + body.code`: "12345678901234567890|0",
		`string(body.no) ?? "-"`: "-", `body.half ?? 1`: "1.50",
	} {
		p, err := expr.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		if got, err := p.Text(scope()); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", source, got, err, want)
		}
	}
	p, _ := expr.Compile(`body.data`)
	if _, err := p.Text(scope()); err == nil {
		t.Error("an object was taken for text")
	}
}

func TestErrorsHaveAPlaceAndNoValue(t *testing.T) {
	for _, source := range []string{``, `body.`, `nosuch == 1`, `body.foo()`, `$env`, `now()`, `get(body, "x")`, `body.code matches "("`, ` run`, `1 +`} {
		_, err := expr.Compile(source)
		var e *expr.Error
		if !errors.As(err, &e) || e.Line < 1 || e.Col < 1 {
			t.Errorf("%q: %v", source, err)
		}
	}
	for _, source := range []string{`body.msg + 1`, `body.msg < 1`, `!body.msg`, `true && body.msg`, `int(body.msg)`, `body.msg ? 1 : 2`, `fromJSON(body.msg)`} {
		p, err := expr.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		_, err = p.Eval(scope())
		if err == nil || strings.Contains(err.Error(), "张三") {
			t.Errorf("%q: %v", source, err)
		}
	}
}

func TestCostIsBounded(t *testing.T) {
	body := codec.Value{Kind: codec.Array}
	for range 5000 {
		body.Items = append(body.Items, codec.Num("1"))
	}
	s := expr.NewScope(expr.Vars{Body: &body})
	for _, source := range []string{
		`all(body, all(body, true))`, `1..100000000`, `let a = repeat("x", 900000); let b = a+a+a+a; let c=b+b+b+b; c+c+c+c`,
		`count(1..900000, {count(1..900000, {true}) > 0})`,
	} {
		p, err := expr.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		if _, err := p.Eval(s); err == nil {
			t.Errorf("%q ended without an error", source)
		}
	}
}

func TestUses(t *testing.T) {
	p, err := expr.Compile(`status == 200 && body.code == "0"`)
	if err != nil || !p.Uses("body") || p.Uses("text") {
		t.Fatal(err)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`status == 200 && body.code in ["E1"]`)
	f.Add(`filter(body.rows, .type == "a")[0].v ?? text[1:2]`)
	s := scope()
	f.Fuzz(func(t *testing.T, source string) {
		p, err := expr.Compile(source)
		if err == nil {
			_, _ = p.Eval(s)
			_, _ = p.Text(s)
		}
	})
}
