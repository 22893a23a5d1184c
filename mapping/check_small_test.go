package mapping

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// What one small table is told, beside its missing fixture: "severity[code] line" each.
func TestFindingsOfSmallTables(t *testing.T) {
	party := `{"type":"array","items":{"type":"object","additionalProperties":false,"required":["role"],"properties":{"role":{"enum":["a","b"]},"kind":{"enum":["p","o"]},"n":{"type":"string"}}}}`
	for _, c := range []struct {
		name string
		pack small
		want string
	}{
		{"selectors of two fields overlap", small{nat: `"l":` + party, loc: `"x":` + strs + `,"y":` + strs,
			rules: "- {nat: \"l[role=a]\", loc: \"x[*]\", each: [{nat: n, loc: .}, {nat: kind, drop: to-local, why: x}]}\n- {nat: \"l[kind=p]\", loc: \"y[*]\", each: [{nat: n, loc: .}, {nat: role, drop: to-local, why: x}]}"},
			"error[selector-gap] 4; error[overlap] 5; error[required-unmapped] 5"},
		{"all elements and some", small{nat: `"l":` + strs, loc: `"x":` + str + `,"y":` + strs,
			rules: "- {nat: \"l[0]\", loc: x}\n- {nat: \"l[*]\", loc: \"y[*]\", each: [{nat: ., loc: .}]}"}, "error[overlap] 5"},
		{"a message embedded in a number", small{nat: `"o":` + objectSchema(`"a":`+str), loc: `"x":{"type":"integer"}`, rules: `- {nat: o, loc: x, embed: {codec: json}, each: [{nat: a, loc: b}]}`}, "error[type-clash] 4"},
		{"columns that hold every element lose none", small{nat: `"l":{"type":"array","maxItems":2,"items":` + objectSchema(`"a":`+str) + `}`, loc: `"k1_a":` + str + `,"k2_a":` + str,
			rules: `- {nat: "l[*]", columns: {loc: "k{n}_{f}", n: 1..2, over: cut}, each: [{nat: a, loc: a}], lossy: to-local, why: x}`}, "warning[lossy-needless] 4"},
		{"a text longer than its target", small{nat: `"a":{"type":"string","maxLength":20}`, loc: `"x":{"type":"string","maxLength":10}`, rules: `- {nat: a, loc: x}`}, "error[text-too-long] 4"},
		{"a text longer than its target in bytes", small{nat: `"a":{"type":"string","maxLength":20}`, loc: `"x":{"type":"string","x-maxBytes":39}`, rules: `- {nat: a, loc: x}`, charset: "GBK"}, "error[text-too-long] 4"},
		{"bytes that suffice", small{nat: `"a":{"type":"string","maxLength":20}`, loc: `"x":{"type":"string","x-maxBytes":40}`, rules: `- {nat: a, loc: x}`, charset: "GBK"}, ""},
		{"an open source says nothing", small{nat: `"a":` + str, loc: `"x":{"type":"string","maxLength":10}`, rules: `- {nat: a, loc: x}`}, ""},
		{"a declared truncation", small{nat: `"a":{"type":"string","maxLength":20}`, loc: `"x":{"type":"string","maxLength":10}`, rules: `- {nat: a, loc: x, text: {max: 10, over: truncate}, lossy: to-local, why: x}`}, ""},
		{"a range wider than its target's", small{nat: `"a":{"type":"integer","minimum":0,"maximum":500}`, loc: `"x":{"type":"integer","minimum":0,"maximum":100}`, rules: `- {nat: a, loc: x}`}, "error[number-overflow] 4"},
		{"XML cannot say null", small{nat: `"a":` + str, loc: `"R":` + objectSchema(`"x":{"type":["string","null"]}`), rules: `- {nat: a, loc: R.x, none: {loc: [null]}}`, format: "xml"}, "error[none-unspeakable] 4"},
		{"a character that GBK does not hold", small{nat: `"a":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {loc: x, const: 䶮}\n- {nat: a, loc: y}", charset: "GBK"}, "error[charset] 4"},
		{"a row that is never asked", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\np,1,>\n"}}, "warning[codes-unused] 3"},
		{"a gap in time", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc,dir,from,until\np,1,,,2025-06-30\np,2,,2026-01-01,\n"}}, "warning[codes-stale] 3"},
		{"an overlap in time", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc,dir,from,until\np,1,,,2026-06-30\np,2,,2026-01-01,\n"}}, "warning[codes-stale] 3"},
		{"time without gap", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc,dir,from,until\np,1,,,2025-12-31\np,2,,2026-01-01,\n"}}, ""},
		{"a row that nothing reads back", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c, lossy: to-local, why: x}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\nq,2,>\n"}}, "error[codes-merge] 4"},
		{"a row that nothing need read back", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c, direction: to-local, lossy: to-local, why: x}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\nq,2,>\n"}}, ""},
		{"a code for unknown ones that nothing reads back", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: {table: c, unknown: {loc: "9"}}, lossy: to-local, why: x}`, codes: map[string]string{"c": "nat,loc\np,1\n"}}, "error[codes-missing] 4"},
		{"an unknown code becomes another without saying so", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: {table: c, unknown: {nat: p}}}`, codes: map[string]string{"c": "nat,loc\np,1\n"}}, "error[undeclared-loss] 4"},
		{"a loss where the enum is complete", small{nat: `"a":{"enum":["p"]}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: {table: c, unknown: {loc: "9"}}, lossy: to-local, why: x}`, codes: map[string]string{"c": "nat,loc\np,1\n"}}, "warning[lossy-needless] 4"},
		{"two formats", small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":{"type":"string","format":"date-time"}`, rules: `- {nat: a, loc: x}`}, "error[type-clash] 4"},
		{"an enum that is no subset", small{nat: `"a":{"enum":["p","q"]}`, loc: `"x":{"enum":["p"]}`, rules: `- {nat: a, loc: x}`}, "error[type-clash] 4"},
		{"a pattern on an integer", small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, time: {loc: yyyy-MM-dd}}`}, "error[type-clash] 4"},
		{"a form longer than its field", small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":{"type":"string","maxLength":8}`, rules: `- {nat: a, loc: x, time: {loc: yyyy-MM-dd}}`}, "error[type-clash] 4"},
		{"parts that touch", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {pattern: "{a}{b}", nat: [a, b]}}`}, "error[join-ambiguous] 4"},
		{"a list of free texts", small{nat: `"l":` + strs, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*]"], sep: ","}}`}, "error[join-ambiguous] 4"},
		{"other elements than the first", small{nat: `"l":` + strs, loc: `"x":` + str, rules: `- {nat: "l[0]", loc: x}`}, "error[undeclared-loss] 3"},
		{"one element at most", small{nat: `"l":{"type":"array","maxItems":1,"items":{"type":"string"}}`, loc: `"x":` + str, rules: `- {nat: "l[0]", loc: x}`}, ""},
		{"an element that may not be there", small{nat: `required:a;"a":` + str, loc: `required:l;"l":{"type":"array","maxItems":1,"items":` + objectSchema(`required:x;"x":`+str) + `}`, rules: `- {nat: a, loc: "l[0].x"}`}, "warning[may-miss] 4"},
		{"an element that is always there", small{nat: `required:a;"a":` + str, loc: `required:l;"l":{"type":"array","minItems":1,"maxItems":1,"items":` + objectSchema(`required:x;"x":`+str) + `}`, rules: `- {nat: a, loc: "l[0].x"}`}, ""},
		{"[*] in a plain rule", small{nat: `"l":` + strs, loc: `"x":` + str, rules: `- {nat: "l[*]", loc: x}`}, "error[syntax] 4"},
		{"a list with an object", small{nat: `"l":` + items, loc: `"x":` + objectSchema(`"a":`+str), rules: `- {nat: "l[*]", loc: x, each: [{nat: a, loc: a}]}`}, "error[type-clash] 4"},
		{"rules that exclude each other", small{nat: `"k":{"enum":["x","y"]},"a":` + str + `,"b":` + str, loc: `"t":` + str + `,"p":` + str, rules: "- {nat: k, loc: t}\n- {nat: a, loc: p, when: 'k == \"x\"'}\n- {nat: b, loc: p, when: 'k == \"y\"'}"}, ""},
		{"rules that do not", small{nat: `"k":{"enum":["x","y"]},"a":` + str + `,"b":` + str, loc: `"t":` + str + `,"p":` + str, rules: "- {nat: k, loc: t}\n- {nat: a, loc: p, when: 'k == \"x\"'}\n- {nat: b, loc: p, when: 'k != \"z\" && chars(a) > 1'}"}, "error[selector-value] 6; error[when-undecidable] 6"},
		{"an object as a whole and a field of it", small{nat: `"o":` + objectSchema(`"a":`+str) + `,"b":` + str, loc: `"x":` + objectSchema(`"a":`+str), rules: "- {nat: o, loc: x}\n- {nat: b, loc: x.a}"}, "error[written-twice] 5"},
		{"objects that are not equal", small{nat: `"o":` + objectSchema(`"a":`+str+`,"b":`+str), loc: `"x":` + objectSchema(`"a":`+str), rules: `- {nat: o, loc: x}`}, "error[type-clash] 4"},
		{"comparing with nothing", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x}\n- {nat: b, loc: y, when: 'a != nil'}"}, ""},
		{"comparing text with numbers", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x}\n- {nat: b, loc: y, when: 'a > 3'}"}, "error[expr] 5"},
		{"a list in an expression", small{nat: `"l":` + items + `,"b":` + str, loc: `"y":{"type":"integer"},"z":` + str, rules: "- {loc: y, computed: 'len(l)', direction: to-local, why: x}\n- {nat: l, drop: to-local, why: x}\n- {nat: b, loc: z}"}, "info[tree] 4"},
		{"what is remembered", small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":{"type":"string"}`, rules: `- {nat: a, loc: x, time: {loc: yyyyMMdd}, remember: true, lossy: to-local, why: x}`}, "info[tree] 4"},
		{"a list in a condition", small{nat: `"l":` + strs + `,"b":` + str, loc: `"z":` + str, rules: "- {nat: l, drop: to-local, why: x}\n- {nat: b, loc: z, when: 'len(l) > 0', direction: to-local, why: x}"}, "info[tree] 5"},
		{"spellings of a national enum", small{nat: `"a":{"enum":["yes","no","part"]}`, loc: `"x":{"type":"boolean"}`, rules: `- {nat: a, loc: x, convert: {nat: string, loc: boolean, true: "yes", false: "no"}}`}, "error[type-clash] 4"},
		{"composite codes with the wrong number of paths", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {nat: [a, b], loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc\np,1\n"}}, "error[bad-value] 4"},
		{"another column both ways", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c.short}`, codes: map[string]string{"c": "nat,loc,short\np,1,s\n"}}, "error[direction] 4"},
		{"a recursive schema", small{nat: `"o":{"$ref":"#/$defs/t"}},"$defs":{"t":` + objectSchema(`"a":`+str+`,"o":{"$ref":"#/$defs/t"}`), loc: `"x":` + str, rules: "- {nat: o.a, loc: x}\n- {nat: o.o, drop: to-local, why: x}"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := c.pack.source()
			if pack := src.FS.(fstest.MapFS); c.pack.format != "" || pack != nil {
				pack["fixtures/t/x/national.json"], pack["fixtures/t/x/local.json"] = &fstest.MapFile{}, &fstest.MapFile{}
			}
			_, fs := CompilePack(src)
			var got []string
			for _, f := range fs {
				got = append(got, fmt.Sprintf("%s[%s] %d", f.Severity, f.Code, f.Line))
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("got  %s\nwant %s\n%s", strings.Join(got, "; "), c.want, findings(fs))
			}
		})
	}
}
