package mapping

import (
	"strings"
	"testing"
	"testing/fstest"
)

// combined are clean tables that put several features together, which no single
// one of them shows.
func combined() map[string]small {
	kids := `{"type":"array","maxItems":2,"items":` + objectSchema(`"n":`+str+`,"age":{"type":"integer","minimum":0,"maximum":150}`) + `}`
	inner := objectSchema(`"a":` + str + `,"n":{"type":"integer"}`)
	claims := `{"type":"array","items":` + objectSchema(`"text":`+str) + `}`
	return map[string]small{
		"a JSON message with optional fields inside XML": {
			nat: `"o":` + inner + `,"b":` + str, loc: `"R":` + objectSchema(`"x":`+str+`,"y":`+str), format: "xml",
			rules: "- {nat: o, loc: R.x, embed: {codec: json, local: inner}, each: [{nat: a, loc: D.a}, {nat: n, loc: D.n}]}\n- {nat: b, loc: R.y}"},
		"rows chosen by a text of any kind": {
			nat: `required:l;"l":{"type":"array","minItems":1,"items":` + objectSchema(`required:k,id;"k":{"enum":["a","b"]},"id":{"type":"string","minLength":1},"e":{"type":"integer","minimum":1,"maximum":3}`) + `}`,
			loc: `required:rows;"rows":{"type":"array","minItems":1,"items":` + objectSchema(`required:t,i;"t":`+str+`,"i":`+str+`,"e":`+str) + `}`, format: "csv",
			rules: "- {nat: 'l[k=a]', loc: 'rows[t=甲]', each: [{nat: id, loc: i}, {nat: e, loc: e, convert: {nat: integer, loc: string}}]}\n" +
				"- {nat: 'l[k=b]', loc: 'rows[t=乙]', each: [{nat: id, loc: i}, {nat: e, loc: e, convert: {nat: integer, loc: string}}]}\n" +
				"- {loc: 'rows[*]', drop: to-national, why: x}"},
		"columns in columns, whose gaps stay": {
			nat: `"g":{"type":"array","maxItems":2,"items":` + objectSchema(`"m":`+str+`,"kids":`+kids) + `}`,
			loc: `"g1_m":` + str + `,"g2_m":` + str + `,"g1_k1_n":` + str + `,"g1_k1_a":` + str + `,"g1_k2_n":` + str + `,"g1_k2_a":` + str + `,"g2_k1_n":` + str + `,"g2_k1_a":` + str + `,"g2_k2_n":` + str + `,"g2_k2_a":` + str, format: "form",
			rules: "- nat: g[*]\n  columns: {loc: 'g{n}_{f}', n: 1..2}\n  each:\n    - {nat: m, loc: m}\n" +
				"    - nat: kids[*]\n      columns: {loc: 'k{n}_{f}', n: 1..2, gap: keep}\n      each: [{nat: n, loc: n}, {nat: age, loc: a, convert: {nat: integer, loc: string}}]"},
		"rows numbered within the row that they belong to": {
			nat: `"l":{"type":"array","items":` + objectSchema(`required:id;"id":{"type":"string","minLength":1},"claims":`+claims) + `}`,
			loc: `required:P,Q;"P":{"type":"array","items":` + objectSchema(`required:n;"n":{"type":"integer"}`) + `},"Q":{"type":"array","items":` + objectSchema(`required:p,n;"p":{"type":"integer"},"n":{"type":"integer"},"t":`+str) + `}`, format: "rows",
			rules: "- nat: l[*]\n  loc: P[*]\n  key: {nat: id, loc: n, as: party}\n  each:\n    - {nat: '#n', loc: n}\n" +
				"    - {nat: 'claims[*]', loc: '^.Q[p=.n]', each: [{nat: '#n', loc: n}, {nat: text, loc: t}]}"},
		"a message inside a field that holds what is at hand": {
			nat: `"i":` + str + `,"l":{"type":"array","items":` + objectSchema(`"v":`+str+`,"u":`+str) + `}`, loc: `"i":` + str + `,"x":` + str, format: "form",
			rules: "- {nat: i, loc: i}\n- {loc: x, embed: {codec: xml, local: lines}, each: [{nat: 'l[*]', loc: 'X.h[*]', each: [{nat: v, loc: '#text', none: {nat: [\"\", absent], loc: [\"\"]}}, {nat: u, loc: '@u'}]}]}"},
		"separators of which one begins another": {
			nat: `"l":` + strs, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*]"], sep: "; ", also: [";", ";;"], escape: "^"}}`},
		"a column of a dated table": {
			nat: `"a":{"enum":["p","q"]}`, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x, codes: c}\n- {nat: a, loc: y, codes: c.short, direction: to-local, why: x}",
			codes: map[string]string{"c": "nat,loc,short,from,until\np,1,P,,2025-12-31\np,2,P,2026-01-01,\nq,3,Q,,\n"}},
		"national fields as numbered columns of a list": {
			nat:   `required:no;"no":{"type":"string","minLength":1},"p1_n":` + str + `,"p1_t":` + str + `,"p2_n":` + str + `,"p2_t":` + str,
			loc:   `"no":` + str + `,"r":{"type":"array","maxItems":2,"items":` + objectSchema(`required:n;"n":`+str+`,"t":`+str) + `}`,
			rules: "- {nat: no, loc: no, default: {nat: 无}}\n- {loc: 'r[*]', columns: {nat: 'p{n}_{f}', n: 1..2}, each: [{nat: n, loc: n, default: {loc: 无名}}, {nat: t, loc: t}]}"},
		"names that are quoted": {
			nat: `"n[0]":` + str + `,"a.b":` + str + `,"{z}":` + str + `,"q\"q":` + str, loc: `"x y":` + str + `,"b/c":` + str + `,"e:f":` + str + `,"#d":` + str,
			rules: "- {nat: '\"n[0]\"', loc: x y}\n- {nat: '\"a.b\"', loc: b/c}\n- {nat: '\"{z}\"', loc: 'e:f'}\n- {nat: '\"q\\\"q\"', loc: '#d'}"},
		"columns of a CSV": {
			nat: `required:l;"l":{"type":"array","items":` + objectSchema(`required:i;"i":{"type":"string","minLength":1},"t":`+strs) + `}`,
			loc: `required:rows;"rows":{"type":"array","items":` + objectSchema(`required:i;"i":`+str+`,"t1":`+str+`,"t2":`+str) + `}`, format: "csv",
			rules: "- nat: l[*]\n  loc: rows[*]\n  each:\n    - {nat: i, loc: i}\n    - {nat: 't[*]', columns: {loc: 't{n}', n: 1..2, over: error}, each: [{nat: ., loc: .}]}"},
		"parts that touch and run into one another": {
			nat: `"a":{"enum":["s","n"]},"b":{"enum":["门","口"]}`, loc: `"x":` + str,
			rules: `- {loc: x, join: {nat: [{nat: a, codes: c}, b], pattern: "{a}{b}"}}`, codes: map[string]string{"c": "nat,loc\ns,南\nn,南门\n"}},
	}
}

func TestCombinedFeaturesAreCleanAndKeepTheLaws(t *testing.T) {
	for name, s := range combined() {
		t.Run(name, func(t *testing.T) {
			src := s.source()
			pack := src.FS.(fstest.MapFS)
			pack["fixtures/t/x/national.json"], pack["fixtures/t/x/local.json"] = &fstest.MapFile{}, &fstest.MapFile{}
			set, fs := CompilePack(src)
			if len(fs) > 0 {
				t.Fatal(findings(fs))
			}
			for _, l := range set.laws("t", TestOptions{N: 300, Seed: 4}) {
				if !l.OK {
					t.Errorf("%s: %s %s, %d of %d\n%s", l.Law, l.Rule, l.Detail, l.Reached, l.Documents, l.Counterexample)
				}
			}
			covered, _ := set.Coverage("t")
			for _, c := range covered {
				if c.State == "missing" {
					t.Errorf("coverage: %s %s is missing", c.Side, c.Path)
				}
			}
		})
	}
}

// A document may be a list, and lists may hold lists.
func TestAListAsADocument(t *testing.T) {
	s := small{loc: `"d":{"type":"array","items":` + objectSchema(`"i":`+str+`,"g":{"type":"array","items":`+strs+`}`) + `}`,
		rules: "- nat: '[*]'\n  loc: d[*]\n  each:\n    - {nat: id, loc: i}\n    - {nat: 'g[*]', loc: 'g[*]', each: [{nat: '[*]', loc: '[*]', each: [{nat: ., loc: .}]}]}"}
	src := s.source()
	src.Profile = fstest.MapFS{"t.json": {Data: []byte(`{"type":"array","items":` + objectSchema(`"id":`+str+`,"g":{"type":"array","items":`+strs+`}`) + `}`)}}
	set, fs := CompilePack(src)
	if set.HasErrors() {
		t.Fatal(findings(fs))
	}
	for _, l := range set.laws("t", TestOptions{N: 100, Seed: 4}) {
		if !l.OK {
			t.Errorf("%s: %s %s\n%s", l.Law, l.Rule, l.Detail, l.Counterexample)
		}
	}
	p, _ := set.Program("t")
	out, _, err := p.ToLocal(nil, []byte(`[{"id":"a","g":[["1"],[]]},{}]`), &testEnv)
	if err != nil || string(out) != `{"d":[{"i":"a","g":[["1"],[]]},{}]}` {
		t.Errorf("%s %v", out, err)
	}
}

// A table that was read with an error has no program, be the error in its rules
// or in a code table that they ask.
func TestWhatIsBrokenHasNoProgram(t *testing.T) {
	for name, s := range map[string]small{
		"a path":        {nat: `"a":` + str, loc: `"x":` + str, rules: "- {nat: a, loc: x}\n- {nat: 'a[', loc: x}"},
		"a code table":  {nat: `"a":` + str, loc: `"x":` + str, rules: "- {nat: a, loc: x, codes: c}", codes: map[string]string{"c": "nat,loc\np,1\nq,1\n"}},
		"a table's row": {nat: `"a":` + str, loc: `"x":` + str, rules: "- {nat: a, loc: x, codes: c}", codes: map[string]string{"c": "nat,loc,dir\np,1,\nq,2,up\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			set, fs := CompilePack(s.source())
			if _, ok := set.Program("t"); ok || !set.HasErrors() {
				t.Error(ok, findings(fs))
			}
		})
	}
}

// An element of XML with attributes alone has an empty text, as golden documents
// have it, and members named by {*} are covered.
func TestGoldenTextOfAnElementWithAttributes(t *testing.T) {
	s := small{
		nat:    `required:a;"a":` + str + `,"b":` + str + `,"r-x":` + str + `,"r-y":` + str,
		loc:    `"R":` + objectSchema(`"e":`+objectSchema(`required:#text;"@i":`+str+`,"#text":`+str)+`,"s":`+objectSchema(`"x":`+str+`,"y":`+str)),
		rules:  "- {nat: a, loc: 'R.e.#text', none: {nat: [\"\", absent], loc: [\"\", absent]}}\n- {nat: b, loc: 'R.e.@i'}\n- {nat: 'r-{*}', loc: 'R.s.{*}', each: [{nat: ., loc: .}]}",
		format: "xml",
	}
	src := s.source()
	pack := src.FS.(fstest.MapFS)
	pack["fixtures/t/x/national.json"] = &fstest.MapFile{Data: []byte(`{"a":"","b":"1","r-x":"2"}`)}
	pack["fixtures/t/x/local.xml"] = &fstest.MapFile{Data: []byte(`<?xml version="1.0" encoding="UTF-8"?><R><e i="1"></e><s><x>2</x></s></R>`)}
	set, fs := CompilePack(src)
	if len(fs) > 0 {
		t.Fatal(findings(fs))
	}
	rs, err := set.Fixtures("t")
	if err != nil || len(rs) != 2 {
		t.Fatal(rs, err)
	}
	for _, r := range rs {
		if !r.OK {
			t.Errorf("%s: %s", r.Direction, r.Detail)
		}
	}
	covered, _ := set.Coverage("t")
	for _, c := range covered {
		if c.State != "mapped" || strings.HasPrefix(c.Path, "r-") && c.Rule == "" {
			t.Errorf("coverage: %+v", c)
		}
	}
}
