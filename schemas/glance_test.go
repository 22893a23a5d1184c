package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestEveryTypeHasAGlanceThatTakesItsSample(t *testing.T) {
	v := newValidator(t)
	for _, f := range All() {
		if _, err := new(glancer).compile(f.Type); err != nil {
			t.Errorf("%s: %v", f.Type, err)
		}
		if data := sample(t, f.Type); !v.clean(f.Type, data) {
			t.Errorf("%s: the sample is not clean at a glance\n%s", f.Type, data)
		}
	}
	if v.clean("case.unheard-of", []byte(`{}`)) {
		t.Error("a type that is none is clean")
	}
}

// TestFixturesPassAtAGlance holds real layouts to the short way: what is clean takes it.
func TestFixturesPassAtAGlance(t *testing.T) {
	v := newValidator(t)
	files, err := filepath.Glob("../mapping/provinces/*/fixtures/*/*/national.json")
	if err != nil || len(files) < 100 {
		t.Fatal(err, len(files))
	}
	clean := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		typ := filepath.Base(filepath.Dir(filepath.Dir(file)))
		items, warnings := v.thorough(typ, data)
		switch ok := v.clean(typ, data); {
		case ok && len(items)+len(warnings) > 0:
			t.Errorf("%s: clean, but %s %s", file, brief(items), brief(warnings))
		case ok:
			clean++
		case len(items)+len(warnings) == 0:
			t.Errorf("%s: not clean at a glance, and nobody finds why", file)
		}
	}
	t.Logf("%d of %d fixtures pass at a glance", clean, len(files))
}

// TestWhatAGlanceTakes has what senders write in their own ways and what a
// glance must leave to the library, be it clean or not.
func TestWhatAGlanceTakes(t *testing.T) {
	v := newValidator(t)
	p := func(i int, name string, value any) func(map[string]any) {
		return func(d map[string]any) { party(d, i)[name] = value }
	}
	for _, c := range []struct {
		what   string
		typ    string
		change func(map[string]any)
		raw    [2]string // replaced in the bytes
		clean  bool
	}{
		{what: "a case with resident numbers, a cause of 2026, agents, claims", typ: "case.delegated", clean: true},
		{what: "another kind of document", typ: "case.delegated", change: func(d map[string]any) { p(0, "idType", "passport")(d); p(0, "idNumber", "E0")(d) }, clean: true},
		{what: "no birthday", typ: "case.delegated", change: func(d map[string]any) { delete(party(d, 0), "birthday") }, clean: true},
		{what: "an empty text", typ: "case.delegated", change: p(0, "phone", ""), clean: true},
		{what: "line feeds and quotes in a text", typ: "case.delegated", change: func(d map[string]any) { d["facts"] = "一\n\"二\"\t\\/三" }, clean: true},
		{what: "escaped characters in a text", typ: "case.delegated", raw: [2]string{`"facts":"虚`, `"facts":"\u865a\/\u005C`}, clean: true},
		{what: "an escaped pair of surrogates", typ: "case.delegated", raw: [2]string{`"facts":"虚`, `"facts":"\ud83d\ude00`}},
		{what: "an escape in an id", typ: "case.delegated", raw: [2]string{`"id":"p1"`, `"id":"\u00701"`}},
		{what: "an escape in a name", typ: "case.delegated", raw: [2]string{`"facts":`, `"f\u0061cts":`}},
		{what: "white space", typ: "case.delegated", raw: [2]string{`,"facts":`, " ,\r\n\t\"facts\" : "}, clean: true},
		{what: "a member twice", typ: "case.delegated", raw: [2]string{`"facts":`, `"facts":"x","facts":`}},
		{what: "a free ext", typ: "case.delegated", change: func(d map[string]any) {
			d["ext"] = map[string]any{"from": "2026-01-01", "to": "2025-01-01", "uscc": "1", "甲": []any{1.5e3, nil, true, false, map[string]any{}, []any{}}}
		}, clean: true},
		{what: "a free ext of great depth", typ: "case.delegated", raw: [2]string{`{"agents"`, `{"ext":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `},"agents"`}},
		{what: "a number with a fraction", typ: "case.delegated", raw: [2]string{`"count":10`, `"count":10.0`}},
		{what: "a long number", typ: "case.delegated", raw: [2]string{`"count":10`, `"count":1234567890123456789`}},
		{what: "a number of 18 digits", typ: "case.delegated", raw: [2]string{`"count":10`, `"count":123456789012345678`}, clean: true},
		{what: "a comma too many", typ: "case.delegated", raw: [2]string{`"facts":`, `,"facts":`}},
		{what: "something after it", typ: "case.delegated", raw: [2]string{`{"agents"`, `{}{"agents"`}},
		{what: "not UTF-8", typ: "case.delegated", raw: [2]string{`"facts":"`, "\"facts\":\"\xff"}},
		{what: "a row of a table", typ: "stats.bulletin", change: func(d map[string]any) {
			d["rows"] = []any{map[string]any{"栏": "1"}, map[string]any{}}
		}, clean: true},
		{what: "a row whose column a check would look at", typ: "stats.bulletin", raw: [2]string{`"栏目":`, `"to":"2025-01-01","from":`}},
		{what: "a case of another edition", typ: "case.delegated", change: func(d map[string]any) {
			d["cause"], d["filedAt"] = map[string]any{"edition": "2021", "code": "186", "name": "x"}, "2025-12-31T23:59:59.5+08:00"
		}, clean: true},
		{what: "an end that is no agreement", typ: "case.closed", change: func(d map[string]any) { d["reason"] = "expired"; delete(d, "agreement") }, clean: true},
		{what: "six representatives", typ: "case.delegated", change: func(d map[string]any) {
			d["collective"].(map[string]any)["representatives"] = []any{"p1", "p2", "p3", "p4", "p1", "p2"}
		}},
		{what: "an edition that was not in force when the case was delegated", typ: "case.delegated", change: func(d map[string]any) {
			delete(d, "filedAt")
			d["delegatedAt"] = "2025-12-31T23:59:59+08:00"
		}},
		{what: "an escape in an identity number", typ: "case.delegated", raw: [2]string{`"idNumber":"11`, `"idNumber":"\u00311`}},
		{what: "a session that is off", typ: "av.session.changed", change: func(d map[string]any) { d["change"] = "cancelled"; delete(d, "startAt") }, clean: true},
	} {
		t.Run(c.what, func(t *testing.T) {
			data := sample(t, c.typ)
			if c.change != nil {
				data = edit(t, data, c.change)
			}
			if c.raw[0] != "" {
				if !bytes.Contains(data, []byte(c.raw[0])) {
					t.Fatal("nothing to replace")
				}
				data = bytes.Replace(data, []byte(c.raw[0]), []byte(c.raw[1]), 1)
			}
			if got := v.clean(c.typ, data); got != c.clean {
				t.Errorf("clean at a glance: %v", got)
			}
			if items, warnings := v.thorough(c.typ, data); c.clean && len(items)+len(warnings) > 0 {
				t.Errorf("clean, but %s %s", brief(items), brief(warnings))
			}
		})
	}
}

// TestWhatNoGlanceUnderstands: a keyword that this package does not know, and a
// schema at which the further checks would look otherwise, are the library's.
func TestWhatNoGlanceUnderstands(t *testing.T) {
	for _, schema := range []string{
		`true`, `{}`, `{"type":["string","null"]}`, `{"type":"number"}`, `{"type":"string","const":"a"}`, `{"type":"string","not":{}}`,
		`{"type":"string","format":"uri"}`, `{"type":"string","minimum":1}`, `{"type":"integer","maximum":1}`, `{"type":"integer","minimum":0.5}`,
		`{"type":"string","enum":["a",1]}`, `{"type":"array"}`, `{"type":"array","items":{"type":"boolean"},"uniqueItems":true}`,
		`{"type":"array","items":{"type":"array","items":{"type":"boolean"}}}`, `{"$ref":"#/$defs/x"}`, `{"$ref":"` + Base + `common#/$defs/id","maxLength":3}`,
		`{"type":"object","properties":{"a":{"type":"string"}}}`, `{"type":"object","required":["a"],"additionalProperties":false}`,
		`{"type":"object","properties":{"forParty":{"type":"integer"}},"additionalProperties":false}`,
		`{"type":"object","properties":{"to":{"type":"integer"}},"additionalProperties":false}`,
		`{"type":"object","properties":{"claims":{"type":"array","items":{"type":"object"}}},"additionalProperties":false}`,
		`{"type":"object","properties":{"claims":{"type":"array","items":{"type":"object","additionalProperties":{"type":"string"}}}},"additionalProperties":false}`,
	} {
		g := glancer{defs: map[string]json.RawMessage{"id": json.RawMessage(`{"type":"string"}`)}, patterns: map[string]*pattern{}}
		if _, err := g.node(json.RawMessage(schema), place{parties: true}); !errors.Is(err, errUnknown) {
			t.Errorf("%s: %v", schema, err)
		}
	}
}

func TestGlancesOfManyAtOnce(t *testing.T) {
	v := newValidator(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for _, f := range All() {
				data := sample(t, f.Type)
				if items, _ := v.Validate(f.Type, data); len(items) > 0 {
					t.Errorf("%d %s: %v", i, f.Type, items)
				}
				if items, _ := v.Validate(f.Type, append(data, ' ', 'x')); len(items) == 0 {
					t.Errorf("%d %s: rubbish passes", i, f.Type)
				}
			}
		})
	}
	wg.Wait()
}

// TestAMessageOfFiveThousandPartiesIsOneWalk: ids are sorted, not compared each
// with each, wherever the wrong one stands.
func TestAMessageOfFiveThousandPartiesIsOneWalk(t *testing.T) {
	v := newValidator(t)
	data := large(t)
	if !v.clean("case.delegated", data) {
		t.Fatal("not clean")
	}
	for _, c := range [][2]string{{`"id":"p5000"`, `"id":"p1"`}, {`"forParty":"p1"`, `"forParty":"p5001"`}} {
		bad := bytes.Replace(data, []byte(c[0]), []byte(c[1]), 1)
		if bytes.Equal(bad, data) || v.clean("case.delegated", bad) {
			t.Errorf("%s passes", c[1])
		}
	}
	s := &scan{}
	root := v.glance("case.delegated")
	s.clean(root, data)
	if n := testing.AllocsPerRun(3, func() { s.clean(root, data) }); n > 5 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleValidator_Validate() {
	v, err := New()
	if err != nil {
		panic(err)
	}
	items, _ := v.Validate("test.ping", []byte(`{"nonce":"n-1","at":"2026-11-20"}`))
	fmt.Println(items[0].Pointer, items[0].Code)
	// Output: /data/at format
}
