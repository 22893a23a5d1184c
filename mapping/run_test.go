package mapping

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// A small is a pack of one type t with inline schemas, for one feature at a time.
type small struct {
	nat, loc string // JSON Schema members of properties; a leading "required:a,b;" is read first
	rules    string
	codes    map[string]string
	format   string
	charset  string
	none     []string
}

func objectSchema(s string) string {
	required := "[]"
	if rest, ok := strings.CutPrefix(s, "required:"); ok {
		names, more, _ := strings.Cut(rest, ";")
		required, s = `["`+strings.ReplaceAll(names, ",", `","`)+`"]`, more
	}
	return `{"type":"object","additionalProperties":false,"required":` + required + `,"properties":{` + s + `}}`
}

func (s small) source() Source {
	pack := fstest.MapFS{
		"mappings/t.yaml":    {Data: []byte("mapping: t\nlocal: l\nrules:\n" + s.rules)},
		"schemas/l.json":     {Data: []byte(objectSchema(s.loc))},
		"schemas/inner.json": {Data: []byte(objectSchema(`"D":{"type":"object","properties":{"a":{"type":"string"},"n":{"type":"integer"}}}`))},
	}
	pack["schemas/lines.json"] = &fstest.MapFile{Data: []byte(objectSchema(`"X":` + objectSchema(`"h":{"type":"array","items":`+objectSchema(`required:#text;"#text":`+str+`,"@u":`+str)+`}`)))}
	for name, text := range s.codes {
		pack["codes/"+name+".csv"] = &fstest.MapFile{Data: []byte(text)}
	}
	return Source{
		Name: "small", FS: pack, Profile: fstest.MapFS{"t.json": {Data: []byte(objectSchema(s.nat))}},
		SinkFormat: s.format, SourceFormat: s.format, SinkCharset: s.charset, SourceCharset: s.charset, NoneLoc: s.none, Unknown: "error",
	}
}

func (s small) compile(t *testing.T) *Program {
	t.Helper()
	p, fs := Compile(s.source(), "t")
	if p == nil {
		t.Fatalf("does not compile:\n%s", findings(fs))
	}
	return p
}

func codesOf(err error) string {
	var es Errors
	if !errors.As(err, &es) {
		return ""
	}
	var out []string
	for _, e := range es {
		out = append(out, e.Code+" "+e.Source+">"+e.Target)
	}
	return strings.Join(out, "; ")
}

const (
	str     = `{"type":"string"}`
	strs    = `{"type":"array","items":{"type":"string"}}`
	items   = `{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"k":{"type":"string"},"a":{"type":"string"},"b":{"type":"string"},"n":{"type":"integer"},"f":{"type":"string"}}}}`
	counted = `{"type":"array","items":{"type":"object","additionalProperties":false,"required":["n"],"properties":{"n":{"type":"integer","minimum":1}}}}`
	kinds   = `{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"k":{"enum":["x","y"]},"a":{"type":"string"}}}}`
)

// A translation is one document through a small pack, there and back.
type translation struct {
	name    string
	pack    small
	in      string
	local   string // or "!CODES" where to-local fails
	back    string // empty: the input again; "-": not asked; "!CODES"
	fromLoc string // a local document to begin with instead
}

func translations() []translation {
	return []translation{
		{name: "a default for no value", pack: small{nat: `"a":` + str, loc: `required:x;"x":` + str, rules: `- {nat: a, loc: x, default: {loc: Z, nat: Q}}`},
			in: `{}`, local: `{"x":"Z"}`, back: `{"a":"Z"}`},
		{name: "a spelling of none is written and read", pack: small{nat: `"a":` + str, loc: `required:x;"x":` + str, rules: `- {nat: a, loc: x, none: {loc: ["无", "-", absent]}}`},
			in: `{"a":""}`, local: `{"x":"无"}`, back: `{}`},
		{name: "a value whose image is none is none on the way back", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, none: {loc: [absent, "-"]}}`},
			in: `{"a":"-"}`, local: `{"x":"-"}`, back: `{}`},
		{name: "another JSON type", pack: small{nat: `"a":{"type":"integer"}`, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x}`},
			in: `{"a":"1"}`, local: `!type a>x`},
		{name: "convert with pad", pack: small{nat: `"a":{"type":"integer"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, convert: {nat: integer, loc: string, pad: 6}}`},
			in: `{"a":42}`, local: `{"x":"000042"}`},
		{name: "convert of booleans", pack: small{nat: `"a":{"type":"boolean"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, convert: {nat: boolean, loc: string, true: ["1", "是"], false: ["0"]}}`},
			fromLoc: `{"x":"是"}`, back: `{"a":true}`, local: `{"x":"1"}`},
		{name: "元 to 分", pack: small{nat: `"a":` + str, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, number: {loc: {unit: 分}}}`},
			in: `{"a":"1234.50"}`, local: `{"x":123450}`},
		{name: "元 to 万元 as a number", pack: small{nat: `"a":` + str, loc: `"x":{"type":"number"}`, rules: `- {nat: a, loc: x, number: {loc: {unit: 万元}}}`},
			fromLoc: `{"x":1.5E1}`, back: `{"a":"150000.00"}`, local: `{"x":15}`},
		{name: "too many decimals", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, number: {loc: {type: string}}}`},
			fromLoc: `{"x":"1.005"}`, back: `!number-digits x>a`},
		{name: "no float on the way", pack: small{nat: `"a":{"type":"number"}`, loc: `"x":{"type":"number"}`, rules: `- {nat: a, loc: x}`},
			in: `{"a":0.1000000000000000055511151231257827}`, local: `{"x":0.1000000000000000055511151231257827}`},
		{name: "an impossible date", pack: small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyy年M月d日}}`},
			fromLoc: `{"x":"2026年2月30日"}`, back: `!time x>a`},
		{name: "variable digits", pack: small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyy年M月d日}}`},
			in: `{"a":"2026-02-03"}`, local: `{"x":"2026年2月3日"}`},
		{name: "an hour that Shanghai skipped", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss"}}`},
			fromLoc: `{"x":"1986-05-04 02:30:00"}`, back: `!time x>a`},
		{name: "an hour that Shanghai had twice", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss"}}`},
			fromLoc: `{"x":"1986-09-14 01:30:00"}`, back: `{"a":"1986-09-14T01:30:00+09:00"}`, local: `{"x":"1986-09-14 01:30:00"}`},
		{name: "a shorter form is read as well", pack: small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":{"type":"string","pattern":"^([0-9]{8}|[0-9]{6})$"}`, rules: `- {nat: a, loc: x, time: {loc: yyyyMMdd, also: [yyMMdd]}}`},
			fromLoc: `{"x":"130707"}`, back: `{"a":"2013-07-07"}`, local: `{"x":"20130707"}`},
		{name: "a time on an integer field", pack: small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, time: {loc: yyMMdd}}`},
			in: `{"a":"2005-01-02"}`, local: `{"x":50102}`},
		{name: "text is normal in both directions", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {trim: both, width: half, case: upper, nat: {width: full}}}`},
			in: `{"a":" 甲（ａ）　"}`, local: `{"x":"甲(A)"}`, back: `{"a":"甲（Ａ）"}`},
		{name: "a text that is too long", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {max: {bytes: 4}}}`, charset: "GBK"},
			in: `{"a":"甲乙丙"}`, local: `!text-long a>x`},
		{name: "a text cut between characters", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {max: {bytes: 5}, over: truncate}, lossy: to-local, why: x}`, charset: "GBK"},
			fromLoc: "{\"x\":\"a\"}", back: `{"a":"a"}`, local: `{"x":"a"}`},
		{name: "a character outside the charset", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x}`, charset: "GBK"},
			in: `{"a":"䶮"}`, local: `!charset a>x`},
		{name: "15 digits become 18", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {id18: true}}`},
			in: `{"a":"110101900101123"}`, local: `{"x":"110101199001011237"}`, back: "-"},
		{name: "an unknown code", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c}`, codes: map[string]string{"c": "nat,loc\np,1\n"}},
			in: `{"a":"q"}`, local: `!code-unknown a>x`},
		{name: "a merge with raw is iso", pack: small{nat: `"a":` + str + `,"r":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: {table: c, unknown: {nat: o}}, raw: {nat: r}}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\np,2,<\no,9,\n"}},
			fromLoc: `{"x":"2"}`, back: `{"a":"p","r":"2"}`, local: `{"x":"2"}`},
		{name: "an unknown code with raw is iso", pack: small{nat: `"a":` + str + `,"r":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: {table: c, unknown: {nat: o}}, raw: {nat: r}}`, codes: map[string]string{"c": "nat,loc\np,1\no,9\n"}},
			fromLoc: `{"x":"77"}`, back: `{"a":"o","r":"77"}`, local: `{"x":"77"}`},
		{name: "composite codes", pack: small{nat: `"e":` + str + `,"c":` + str, loc: `"x":` + str, rules: `- {nat: [e, c], loc: x, codes: c}`, codes: map[string]string{"c": "nat1,nat2,loc\n2021,186,A\n2026,205,B\n"}},
			in: `{"e":"2026","c":"205"}`, local: `{"x":"B"}`},
		{name: "codes by date", pack: small{nat: `"a":` + str + `,"d":{"type":"string","format":"date"}`, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x, codes: c, at: d}\n- {nat: d, loc: y}", codes: map[string]string{"c": "nat,loc,dir,from,until\np,1,,,2025-12-31\np,2,,2026-01-01,\n"}},
			in: `{"a":"p","d":"2025-12-31"}`, local: `{"x":"1","y":"2025-12-31"}`},
		{name: "a constant is checked", pack: small{nat: `"a":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {loc: x, const: \"1\"}\n- {nat: a, loc: y}"},
			fromLoc: `{"x":"2","y":"b"}`, back: `!const x>`},
		{name: "an optional object is not made by a constant", pack: small{nat: `"a":` + str, loc: `"o":` + objectSchema(`"c":`+str+`,"d":`+str) + `,"z":` + str, rules: "- {loc: o.c, const: \"1\"}\n- {nat: a, loc: o.d}\n- {loc: z, const: K}"},
			in: `{}`, local: `{"z":"K"}`},
		{name: "selectors group the elements", pack: small{nat: `"l":` + kinds, loc: `"p":` + strs + `,"q":` + strs, rules: "- {nat: \"l[k=y]\", loc: \"q[*]\", each: [{nat: a, loc: .}]}\n- {nat: \"l[k=x]\", loc: \"p[*]\", each: [{nat: a, loc: .}]}"},
			in: `{"l":[{"k":"x","a":"1"},{"k":"y","a":"2"},{"k":"x","a":"3"}]}`, local: `{"p":["1","3"],"q":["2"]}`, back: `{"l":[{"k":"y","a":"2"},{"k":"x","a":"1"},{"k":"x","a":"3"}]}`},
		{name: "a plain rule finds at most one element", pack: small{nat: `"l":` + kinds, loc: `"p":` + str + `,"q":` + str, rules: "- {nat: \"l[k=x].a\", loc: p}\n- {nat: \"l[k=y].a\", loc: q}"},
			in: `{"l":[{"k":"x","a":"1"},{"k":"x","a":"2"}]}`, local: `!selector-many l[k=x].a>p`},
		{name: "a plain rule makes its element", pack: small{nat: `"l":` + kinds, loc: `"p":` + str + `,"q":` + str, rules: "- {nat: \"l[k=x].a\", loc: p}\n- {nat: \"l[k=y].a\", loc: q}"},
			fromLoc: `{"q":"2"}`, back: `{"l":[{"k":"y","a":"2"}]}`, local: `{"q":"2"}`},
		{name: "an element that nobody takes", pack: small{nat: `"l":` + items, loc: `"p":` + strs, rules: "- {nat: \"l[k=x]\", loc: \"p[*]\", each: [{nat: a, loc: .}, {nat: \"*\", drop: to-local, why: x}]}"},
			in: `{"l":[{"k":"x","a":"1"},{"k":"z","a":"2"}]}`, local: `!uncarried l[1]>`},
		{name: "elements by index", pack: small{nat: `"l":{"type":"array","maxItems":2,"items":{"type":"string"}}`, loc: `"p":` + str + `,"q":` + str, rules: "- {nat: \"l[0]\", loc: p}\n- {nat: \"l[1]\", loc: q}\n- {nat: l, drop: to-local, why: x}"},
			in: `{"l":["1","2"]}`, local: `{"p":"1","q":"2"}`},
		{name: "a gap before an element", pack: small{nat: `"l":{"type":"array","maxItems":2,"items":{"type":"string"}}`, loc: `"p":` + str + `,"q":` + str, rules: "- {nat: \"l[0]\", loc: p}\n- {nat: \"l[1]\", loc: q}\n- {nat: l, drop: to-local, why: x}"},
			fromLoc: `{"q":"2"}`, back: `!index-gap >l[0]`},
		{name: "positions", pack: small{nat: `"l":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}}`, loc: `"p":` + items, rules: "- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: \"#n\", loc: n}, {nat: a, loc: a}, {loc: \"*\", drop: to-national, why: x}]}"},
			fromLoc: `{"p":[{"n":2,"a":"b"},{"a":"c"},{"n":1,"a":"a"}]}`, back: `{"l":[{"a":"a"},{"a":"b"},{"a":"c"}]}`, local: `{"p":[{"a":"a","n":1},{"a":"b","n":2},{"a":"c","n":3}]}`},
		{name: "columns close gaps", pack: small{nat: `"l":` + strs, loc: `"c1":` + str + `,"c2":` + str + `,"c3":` + str, rules: "- {nat: \"l[*]\", columns: {loc: \"c{n}\", n: 1..3, over: error}, each: [{nat: ., loc: .}]}"},
			fromLoc: `{"c1":"a","c3":"b"}`, back: `{"l":["a","b"]}`, local: `{"c1":"a","c2":"b"}`},
		{name: "columns refuse gaps", pack: small{nat: `"l":` + strs, loc: `"c1":` + str + `,"c2":` + str, rules: "- {nat: \"l[*]\", columns: {loc: \"c{n}\", n: 1..2, over: error, gap: error}, each: [{nat: ., loc: .}]}"},
			fromLoc: `{"c2":"a"}`, back: `!columns-gap c1>l`},
		{name: "too many for the columns", pack: small{nat: `"l":` + strs, loc: `"c1":` + str + `,"c2":` + str, rules: "- {nat: \"l[*]\", columns: {loc: \"c{n}\", n: 1..2, over: error}, each: [{nat: ., loc: .}]}"},
			in: `{"l":["a","b","c"]}`, local: `!columns-over l>c{n}`},
		{name: "padded and required columns", pack: small{nat: `"l":` + strs, loc: `required:c01,c02;"c01":` + str + `,"c02":` + str, rules: "- {nat: \"l[*]\", columns: {loc: \"c{n:2}\", n: 1..2, over: error}, each: [{nat: ., loc: ., none: {loc: [\"\", absent]}}]}"},
			in: `{"l":["a"]}`, local: `{"c01":"a","c02":""}`},
		{name: "what has no column is joined", pack: small{nat: `"l":` + strs, loc: `"c1":` + str + `,"rest":` + str, rules: "- {nat: \"l[*]\", columns: {loc: \"c{n}\", n: 1..1, over: {join: {loc: rest, sep: \"、\", each: [.]}}}, lossy: to-local, why: x, each: [{nat: ., loc: .}]}\n- {loc: rest, drop: to-national, why: x}"},
			in: `{"l":["a","b","c"]}`, local: `{"c1":"a","rest":"b、c"}`, back: `{"l":["a"]}`},
		{name: "parts by a separator", pack: small{nat: `"a":{"enum":["1","2"]},"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: " "}}`},
			in: `{"a":"1","b":"x y"}`, local: `{"x":"1 x y"}`},
		{name: "an escaped separator", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: ";", escape: "\\"}}`},
			in: `{"a":"1;\\2","b":"\\;3"}`, local: `{"x":"1\\;\\\\2;\\\\\\;3"}`},
		{name: "fewer parts than listed", pack: small{nat: `"a":{"enum":["1","2"]},"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: " "}}`},
			fromLoc: `{"x":"1"}`, back: `!join-parts x>`},
		{name: "any number of parts", pack: small{nat: `"l":{"type":"array","items":{"enum":["p","q","r"]}}`, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*]"], sep: ","}}`},
			in: `{"l":["p","r"]}`, local: `{"x":"p,r"}`},
		{name: "a pattern with codes", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {pattern: "{a}{b}（完）", nat: {a: {nat: a, codes: c}, b: b}}}`, codes: map[string]string{"c": "nat,loc\n51,四川\n5101,四川成都\n"}},
			in: `{"a":"5101","b":"高新区"}`, local: `{"x":"四川成都高新区（完）"}`},
		{name: "a message inside a field", pack: small{nat: `"o":` + objectSchema(`"a":`+str+`,"n":{"type":"integer"}`), loc: `"x":` + str, rules: `- {nat: o, loc: x, embed: {codec: xml, local: inner}, each: [{nat: a, loc: D.a}, {nat: n, loc: D.n}]}`},
			in: `{"o":{"a":"<&>","n":7}}`, local: `{"x":"<D><a>&lt;&amp;&gt;</a><n>7</n></D>"}`},
		{name: "a broken message inside a field", pack: small{nat: `"o":` + objectSchema(`"a":`+str), loc: `"x":` + str, rules: `- {nat: o, loc: x, embed: {codec: json, local: inner}, each: [{nat: a, loc: D.a}, {loc: "*", drop: to-national, why: x}]}`},
			fromLoc: `{"x":"{"}`, back: `!embed x>o`},
		{name: "numbers over two lists as keys", pack: small{
			nat: `"l":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["id","k"],"properties":{"id":{"type":"string","minLength":1},"k":{"enum":["x","y"]}}}},"r":` + str,
			loc: `"p":` + counted + `,"q":` + counted + `,"r":{"type":"integer","minimum":1}`,
			rules: "- {nat: r, loc: r, xref: party}\n- {nat: \"l[k=x]\", loc: \"p[*]\", key: {nat: id, loc: n, as: party}, each: [{nat: \"#n\", loc: n}]}\n" +
				"- {nat: \"l[k=y]\", loc: \"q[*]\", key: {nat: id, loc: n, as: party}, each: [{nat: \"#n\", loc: n}]}"},
			in: `{"l":[{"id":"B","k":"y"},{"id":"A","k":"x"}],"r":"A"}`, local: `{"p":[{"n":2}],"q":[{"n":1}],"r":2}`, back: `{"l":[{"id":"1","k":"y"},{"id":"2","k":"x"}],"r":"2"}`},
		{name: "a join without value is written as none", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"x":{"type":["string","null"]}`, rules: `- {loc: x, join: {nat: [a, b], sep: "|", escape: "^"}, none: {loc: [null, absent, ""]}}`},
			in: `{}`, local: `{"x":null}`},
		{name: "free members as a list", pack: small{nat: `"e":{"type":"object","additionalProperties":{"type":"string"}}`, loc: `"p":` + items, rules: `- {nat: e, loc: "p[*]", entries: {key: k, value: a}}` + "\n" + `- {loc: p, drop: to-national, why: x}`},
			in: `{"e":{"z":"1","b":"2"}}`, local: `{"p":[{"k":"z","a":"1"},{"k":"b","a":"2"}]}`},
		{name: "free members with a prefix", pack: small{nat: `"l":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"k":{"type":"string"},"a":{"type":"string"}}}}`, loc: `"o":{"type":"object","additionalProperties":{"type":"string"}}`, rules: `- {nat: "l[*]", loc: "o.rating-{*}", each: [{nat: k, loc: "#key"}, {nat: a, loc: .}]}` + "\n" + `- {loc: o, drop: to-national, why: x}`},
			in: `{"l":[{"k":"a","a":"1"}]}`, local: `{"o":{"rating-a":"1"}}`, back: "-"},
		{name: "nesting by key on the local side", pack: small{nat: `"l":` + `{"type":"array","items":` + objectSchema(`"a":`+str+`,"m":`+strs) + `}`, loc: `"p":{"type":"array","items":` + objectSchema(`"a":`+str) + `},"q":{"type":"array","items":` + objectSchema(`"f":`+str+`,"v":`+str) + `}`,
			rules: "- nat: \"l[*]\"\n  loc: \"p[*]\"\n  each:\n    - {nat: a, loc: a}\n    - {nat: \"m[*]\", loc: \"^.q[f=.a]\", each: [{nat: ., loc: v}]}"},
			in: `{"l":[{"a":"1","m":["x","y"]},{"a":"2","m":["z"]}]}`, local: `{"p":[{"a":"1"},{"a":"2"}],"q":[{"f":"1","v":"x"},{"f":"1","v":"y"},{"f":"2","v":"z"}]}`},
		{name: "an element that nobody claims", pack: small{nat: `"l":` + `{"type":"array","items":` + objectSchema(`"a":`+str+`,"m":`+strs) + `}`, loc: `"p":{"type":"array","items":` + objectSchema(`"a":`+str) + `},"q":{"type":"array","items":` + objectSchema(`"f":`+str+`,"v":`+str) + `}`,
			rules: "- nat: \"l[*]\"\n  loc: \"p[*]\"\n  each:\n    - {nat: a, loc: a}\n    - {nat: \"m[*]\", loc: \"^.q[f=.a]\", each: [{nat: ., loc: v}]}"},
			fromLoc: `{"p":[{"a":"1"}],"q":[{"f":"9","v":"x"}]}`, back: `!orphan q[0]>`},
		{name: "when chooses a rule", pack: small{nat: `"k":{"enum":["x","y"]},"a":` + str, loc: `"t":` + str + `,"p":` + str + `,"q":` + str, rules: "- {nat: k, loc: t}\n- {nat: a, loc: p, when: 'k == \"x\"'}\n- {nat: a, loc: q, when: 'k in [\"y\"]'}"},
			in: `{"k":"y","a":"1"}`, local: `{"t":"y","q":"1"}`},
		{name: "a value whose rules are not there", pack: small{nat: `"k":{"enum":["x","y"]},"a":` + str, loc: `"t":` + str + `,"p":` + str, rules: "- {nat: k, loc: t}\n- {nat: a, loc: p, when: 'k == \"x\"'}"},
			in: `{"k":"y","a":"1"}`, local: `!uncarried a>`},
		{name: "a computed value reads absent as nil", pack: small{nat: `"a":` + str + `,"o":` + objectSchema(`"n":`+str), loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x}\n- {loc: y, computed: 'o.n ?? \"none\"', direction: to-local, why: x}\n- {nat: o, drop: to-local, why: x}"},
			in: `{"a":"1"}`, local: `{"x":"1","y":"none"}`},
		{name: "attributes and text of XML", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"R":` + objectSchema(`"e":`+objectSchema(`"@id":`+str+`,"#text":`+str)), rules: "- {nat: a, loc: \"R.e.@id\"}\n- {nat: b, loc: \"R.e.#text\"}", format: "xml"},
			in: `{"a":"1","b":"x<y"}`, local: `<?xml version="1.0" encoding="UTF-8"?><R><e id="1">x&lt;y</e></R>`},
		{name: "the text of an element without attributes", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"R":` + objectSchema(`"e":`+objectSchema(`"@id":`+str+`,"#text":`+str)), rules: "- {nat: a, loc: \"R.e.@id\"}\n- {nat: b, loc: \"R.e.#text\"}", format: "xml"},
			fromLoc: `<R><e>y</e></R>`, back: `{"b":"y"}`, local: `<?xml version="1.0" encoding="UTF-8"?><R><e>y</e></R>`},
		{name: "nested columns", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"a":`+str+`,"m":`+strs) + `}`, loc: `"p1_a":` + str + `,"p1_m1":` + str + `,"p1_m2":` + str + `,"p2_a":` + str + `,"p2_m1":` + str + `,"p2_m2":` + str,
			rules: "- nat: \"l[*]\"\n  columns: {loc: \"p{n}_{f}\", n: 1..2, over: error}\n  each:\n    - {nat: a, loc: a}\n    - {nat: \"m[*]\", columns: {loc: \"m{n}\", n: 1..2, over: error}, each: [{nat: ., loc: .}]}"},
			in: `{"l":[{"a":"1","m":["x"]},{"a":"2","m":["y","z"]}]}`, local: `{"p1_a":"1","p1_m1":"x","p2_a":"2","p2_m1":"y","p2_m2":"z"}`},
		{name: "references follow the keys of the document", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"id":`+str+`,"a":`+str) + `},"r":` + str, loc: `"p":{"type":"array","items":` + objectSchema(`"a":`+str) + `},"q":` + str,
			rules: "- {nat: r, loc: q, xref: party}\n- {nat: \"l[*]\", loc: \"p[*]\", key: {nat: id, loc: \"#n\", as: party}, each: [{nat: a, loc: a}]}"},
			in: `{"l":[{"id":"x7","a":"1"},{"id":"x9","a":"2"}],"r":"x9"}`, local: `{"p":[{"a":"1"},{"a":"2"}],"q":"2"}`, back: `{"l":[{"id":"1","a":"1"},{"id":"2","a":"2"}],"r":"2"}`},
		{name: "two elements with one key", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"id":`+str+`,"a":`+str) + `}`, loc: `"p":{"type":"array","items":` + objectSchema(`"a":`+str) + `}`,
			rules: "- {nat: \"l[*]\", loc: \"p[*]\", key: {nat: id, loc: \"#n\", as: party}, each: [{nat: a, loc: a}]}"},
			in: `{"l":[{"id":"x","a":"1"},{"id":"x","a":"2"}]}`, local: `!key-duplicate l[1]>`},
		{name: "an id that nobody knows", pack: small{nat: `"r":` + str, loc: `"q":` + str, rules: "- {nat: r, loc: q, xref: org}"},
			in: `{"r":"x9"}`, local: `!xref-unknown r>q`},
		{name: "an id that may be absent", pack: small{nat: `"r":` + str + `,"a":` + str, loc: `"q":` + str + `,"b":` + str, rules: "- {nat: r, loc: q, xref: org, unknown: absent}\n- {nat: a, loc: b}"},
			in: `{"r":"x9","a":"1"}`, local: `{"b":"1"}`, back: `{"a":"1"}`},
		{name: "a path from the top", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"a":`+str) + `},"c":` + str, loc: `"H":` + objectSchema(`"n":`+str) + `,"p":{"type":"array","items":` + objectSchema(`"a":`+str+`,"c":`+str) + `}`,
			rules: "- {nat: c, loc: H.n}\n- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: a, loc: a}, {nat: ^.c, loc: c, direction: to-local, why: x}]}"},
			in: `{"l":[{"a":"1"},{"a":"2"}],"c":"K"}`, local: `{"H":{"n":"K"},"p":[{"a":"1","c":"K"},{"a":"2","c":"K"}]}`, back: `{"l":[{"a":"1"},{"a":"2"}],"c":"K"}`},
		{name: "a null element", pack: small{nat: `"l":` + items, loc: `"p":` + items, rules: "- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: a, loc: a}, {nat: \"*\", drop: to-local, why: x}, {loc: \"*\", drop: to-national, why: x}]}"},
			in: `{"l":[null]}`, local: `!type l[0]>p[*]`},
		{name: "an empty element is carried", pack: small{nat: `"l":` + items, loc: `"p":` + items, rules: "- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: a, loc: a}, {nat: \"*\", drop: to-local, why: x}, {loc: \"*\", drop: to-national, why: x}]}"},
			in: `{"l":[{},{"a":"1"}]}`, local: `{"p":[{},{"a":"1"}]}`},
		{name: "a named element is always written", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"p":` + items, rules: "- {nat: a, loc: \"p[0].a\"}\n- {nat: b, loc: \"p[1].a\"}\n- {loc: p, drop: to-national, why: x}"},
			in: `{"b":"1"}`, local: `{"p":[{},{"a":"1"}]}`},
		{name: "all errors of a message", pack: small{nat: `"a":{"type":"integer"},"b":{"type":"string","format":"date"},"c":` + str, loc: `required:z;"x":{"type":"integer"},"y":` + str + `,"z":` + str, rules: "- {nat: a, loc: x}\n- {nat: b, loc: y, time: {loc: yyyyMMdd}}\n- {nat: c, loc: z}"},
			in: `{"a":true,"b":"2026-02-30"}`, local: `!type a>x; time b>y; missing c>z`},
		{name: "a target that breaks its schema", pack: small{nat: `"a":` + str, loc: `"x":{"type":"string","pattern":"^[0-9]+$"}`, rules: "- {nat: a, loc: x}"},
			in: `{"a":"q"}`, local: `!target a>x`},
		{name: "a doubled member", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: "- {nat: a, loc: x}"},
			in: `{"a":"q","a":"r"}`, local: `!duplicate-member >`},
		{name: "exchange tables", pack: small{format: "rows", none: []string{"", "null"},
			nat: `"no":` + str + `,"amount":` + str + `,"n":{"type":"integer"},"l":{"type":"array","items":` + objectSchema(`required:role;"role":{"enum":["a","b"]},"name":`+str) + `}`,
			loc: `"T_IN_CASE":{"type":"array","maxItems":1,"items":` + objectSchema(`"WBBH":{"type":["string","null"]},"BDE":{"type":["string","null"]},"N":{"type":["integer","null"]},"CLZT":`+str) + `},"T_IN_PARTY":{"type":"array","items":` + objectSchema(`required:LX;"XH":{"type":"integer"},"LX":{"enum":["1","2"]},"XM":{"type":["string","null"]},"WBBH":{"type":["string","null"]}`) + `}`,
			rules: "- {nat: no, loc: \"T_IN_CASE[0].WBBH\"}\n- {nat: amount, loc: \"T_IN_CASE[0].BDE\", number: {loc: {fixed: 2}}}\n- {nat: n, loc: \"T_IN_CASE[0].N\"}\n- {loc: \"T_IN_CASE[0].CLZT\", const: \"0\"}\n" +
				"- nat: \"l[role=a]\"\n  loc: \"T_IN_PARTY[LX=1]\"\n  each: &party\n    - {nat: \"#n\", loc: XH}\n    - {nat: name, loc: XM}\n    - {nat: ^.no, loc: WBBH, direction: to-local, why: 外键}\n- {nat: \"l[role=b]\", loc: \"T_IN_PARTY[LX=2]\", each: *party}"},
			in:    `{"no":"C1","amount":"12.50","n":3,"l":[{"role":"a","name":"甲"},{"role":"a"},{"role":"b","name":"乙"}]}`,
			local: `{"T_IN_CASE":[{"WBBH":"C1","BDE":"12.50","N":3,"CLZT":"0"}],"T_IN_PARTY":[{"XH":1,"LX":"1","XM":"甲","WBBH":"C1"},{"XH":2,"LX":"1","XM":"","WBBH":"C1"},{"XH":3,"LX":"2","XM":"乙","WBBH":"C1"}]}`},
		{name: "GBK XML below a root element", pack: small{format: "xml", charset: "GBK",
			nat:   `"no":` + str + `,"at":{"type":"string","format":"date-time"},"l":{"type":"array","items":` + objectSchema(`"name":`+str) + `}`,
			loc:   `"Msg":` + objectSchema(`required:Body;"@lsh":`+str+`,"Head":`+objectSchema(`"sj":`+str)+`,"Body":`+objectSchema(`"wbbh":`+str+`,"dsr":{"type":"array","items":`+objectSchema(`"@xh":{"type":"integer"},"xm":`+str)+`}`)),
			rules: "- {nat: no, loc: Msg.Body.wbbh}\n- {nat: at, loc: Msg.Head.sj, time: {loc: \"yyyy-MM-dd HH:mm:ss\"}}\n- {loc: \"Msg.@lsh\", computed: env.key, direction: to-local, why: x}\n- {nat: \"l[*]\", loc: \"Msg.Body.dsr[*]\", each: [{nat: \"#n\", loc: \"@xh\"}, {nat: name, loc: xm}]}"},
			in:    `{"no":"C1","at":"2026-11-20T09:00:00+08:00","l":[{"name":"A"}]}`,
			local: `<?xml version="1.0" encoding="GBK"?><Msg lsh="K"><Head><sj>2026-11-20 09:00:00</sj></Head><Body><wbbh>C1</wbbh><dsr xh="1"><xm>A</xm></dsr></Body></Msg>`},
		{name: "CSV rows", pack: small{format: "csv",
			nat: `"l":{"type":"array","items":` + objectSchema(`"a":`+str+`,"n":{"type":"integer"}`) + `}`, loc: `"rows":{"type":"array","items":` + objectSchema(`"A":`+str+`,"N":{"type":["integer","string"]}`) + `}`,
			rules: "- {nat: \"l[*]\", loc: \"rows[*]\", each: [{nat: a, loc: A}, {nat: n, loc: N, convert: {nat: integer, loc: string}}]}"},
			in: `{"l":[{"a":"1,2","n":3},{"a":"x"}]}`, local: "A,N\r\n\"1,2\",3\r\nx,\r\n"},
		{name: "when over local names", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"k":` + str + `,"x":` + str, rules: "- {nat: a, loc: x, when: {loc: 'k == \"1\"'}}\n- {nat: b, loc: x, when: {loc: 'k == \"2\"'}}\n- {loc: k, drop: to-national, why: x}\n- {nat: a, drop: to-local, why: x}\n- {nat: b, drop: to-local, why: x}"},
			fromLoc: `{"k":"2","x":"v"}`, back: `{"b":"v"}`, local: `{}`},
		{name: "a list under a condition", pack: small{nat: `"k":{"enum":["x","y"]},"l":` + strs, loc: `"t":` + str + `,"p":` + strs, rules: "- {nat: k, loc: t}\n- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: ., loc: .}], when: 'k == \"x\"'}"},
			in: `{"k":"y","l":["1"]}`, local: `!uncarried l[0]>`},
		{name: "a constant that is not checked", pack: small{nat: `"a":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {loc: x, const: \"1\", check: false, why: x}\n- {nat: a, loc: y}"},
			fromLoc: `{"x":"2","y":"b"}`, back: `{"a":"b"}`, local: `{"x":"1","y":"b"}`},
		{name: "other separators are read", pack: small{nat: `"l":{"type":"array","items":{"enum":["p","q","r"]}}`, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*]"], sep: ",", also: ["、", ";"]}}`},
			fromLoc: `{"x":"p、q;r"}`, back: `{"l":["p","q","r"]}`, local: `{"x":"p,q,r"}`},
		{name: "an empty part that the list cannot hold", pack: small{nat: `"l":{"type":"array","items":{"enum":["p","q"]}}`, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*]"], sep: ","}}`},
			fromLoc: `{"x":"p,"}`, back: `!target x>l[1]`},
		{name: "parts without value leave no separator", pack: small{nat: `"a":` + str + `,"b":` + str + `,"c":` + str, loc: `"x":` + str, rules: "- {loc: x, join: {nat: [a, b, c], sep: \"-\", absent: skip}, lossy: to-local, direction: to-local, why: x}\n- {nat: a, drop: to-local, why: x}"},
			in: `{"a":"1","c":"3"}`, local: `{"x":"1-3"}`, back: `{}`},
		{name: "no part has a value", pack: small{nat: `"a":{"enum":["1"]},"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: "-"}}`},
			in: `{}`, local: `{}`},
		{name: "a part of a list's elements", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"c":{"enum":["p","q"]}`) + `}`, loc: `"x":` + str, rules: `- {loc: x, join: {nat: ["l[*].c"], sep: ","}}`},
			in: `{"l":[{"c":"p"},{"c":"q"}]}`, local: `{"x":"p,q"}`},
		{name: "computed to the national side", pack: small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x}\n- {nat: b, computed: '(x ?? \"\") + (y ?? \"\")', direction: to-national, why: x}\n- {loc: y, drop: to-national, why: x}"},
			fromLoc: `{"x":"1","y":"2"}`, back: `{"a":"1","b":"12"}`, local: `{"x":"1"}`},
		{name: "computed with a meaning", pack: small{nat: `"a":` + str, loc: `"x":` + str + `,"t":` + str + `,"n":{"type":"integer"}`, rules: "- {nat: a, loc: x}\n- {loc: t, computed: env.time, time: {loc: yyyyMMdd}, direction: to-local, why: x}\n- {loc: n, computed: '\"12.50\"', number: {loc: {unit: 分}}, direction: to-local, why: x}"},
			in: `{"a":"1"}`, local: `{"x":"1","t":"20261120","n":1250}`, back: `{"a":"1"}`},
		{name: "one level up in a condition", pack: small{nat: `"k":{"enum":["x","y"]},"l":{"type":"array","items":` + objectSchema(`"a":`+str) + `}`, loc: `"t":` + str + `,"p":{"type":"array","items":` + objectSchema(`"a":`+str+`,"b":`+str) + `}`,
			rules: "- {nat: k, loc: t}\n- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: a, loc: a, when: 'up.k == \"x\"'}, {nat: a, loc: b, when: 'up.k == \"y\"'}]}"},
			in: `{"k":"y","l":[{"a":"1"}]}`, local: `{"t":"y","p":[{"b":"1"}]}`},
		{name: "an id made for the other side", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"id":`+str) + `},"r":` + str, loc: `"p":{"type":"array","items":` + objectSchema(`"bh":`+str) + `},"q":` + str,
			rules: "- {nat: r, loc: q, xref: party}\n- {nat: \"l[*]\", loc: \"p[*]\", key: {nat: id, loc: bh, as: party}, each: [{nat: id, loc: bh, xref: party, mint: uuid}]}"},
			in: `{"l":[{"id":"x7"}],"r":"x7"}`, local: `{"p":[{"bh":"0d731542-5525-54a8-a768-1f5a4fc5d18d"}],"q":"0d731542-5525-54a8-a768-1f5a4fc5d18d"}`, back: "-"},
		{name: "any other code", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: "- {nat: a, loc: x, codes: c, lossy: to-local, why: x}", codes: map[string]string{"c": "nat,loc,dir\n*,9,>\np,1,\no,9,\n"}},
			in: `{"a":"zz"}`, local: `{"x":"9"}`, back: `{"a":"o"}`},
		{name: "the longest matching row of two columns", pack: small{nat: `"e":` + str + `,"c":` + str, loc: `"x":` + str, rules: "- {nat: [e, c], loc: x, codes: c, lossy: to-local, why: x}", codes: map[string]string{"c": "nat1,nat2,loc,dir\n2026,*,X,>\n2026,205,B,\n2026,0,X,\n"}},
			in: `{"e":"2026","c":"999"}`, local: `{"x":"X"}`, back: `{"e":"2026","c":"0"}`},
		{name: "a group in columns", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"n":`+str+`,"d":`+objectSchema(`"a":`+str+`,"b":`+str)) + `}`, loc: `"c1_n":` + str + `,"c1_x":` + str + `,"c1_y":` + str + `,"c2_n":` + str + `,"c2_x":` + str + `,"c2_y":` + str,
			rules: "- nat: \"l[*]\"\n  columns: {loc: \"c{n}_{f}\", n: 1..2, over: error}\n  each:\n    - {nat: n, loc: n}\n    - {nat: d.a, loc: x}\n    - {nat: d.b, loc: y}"},
			in: `{"l":[{"n":"1"},{"d":{"b":"2"}}]}`, local: `{"c1_n":"1","c2_y":"2"}`},
		{name: "a join in columns", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"a":{"enum":["1","2"]},"b":`+str) + `}`, loc: `"c1":` + str + `,"c2":` + str,
			rules: "- {nat: \"l[*]\", columns: {loc: \"c{n}\", n: 1..2, over: error}, each: [{loc: ., join: {nat: [a, b], sep: \"-\"}}]}"},
			in: `{"l":[{"a":"1","b":"x"},{"a":"2","b":"y"}]}`, local: `{"c1":"1-x","c2":"2-y"}`},
		{name: "the head of a message from below its root", pack: small{nat: `"l":{"type":"array","items":` + objectSchema(`"a":`+str) + `},"h":` + str, loc: `"H":` + objectSchema(`"n":`+str) + `,"p":{"type":"array","items":` + objectSchema(`"a":`+str+`,"h":`+str) + `}`,
			rules: "- {nat: h, loc: /H.n}\n- {nat: \"l[*]\", loc: \"p[*]\", each: [{nat: a, loc: a}, {loc: h, computed: up.h, direction: to-local, why: x}]}"},
			in: `{"l":[{"a":"1"}],"h":"K"}`, local: `{"H":{"n":"K"},"p":[{"a":"1","h":"K"}]}`},
		{name: "an inner document with an error", pack: small{nat: `"o":` + objectSchema(`"a":`+str+`,"n":`+str), loc: `"x":` + str, rules: `- {nat: o, loc: x, embed: {codec: json, local: inner}, each: [{nat: a, loc: D.a}, {nat: n, loc: D.n, convert: {nat: string, loc: integer}}]}`},
			in: `{"o":{"a":"1","n":"q"}}`, local: `!type o.n>x!.D.n`},
		{name: "objects in an expression", pack: small{nat: `"o":` + objectSchema(`"a":`+str+`,"n":{"type":"integer"}`) + `,"l":` + items, loc: `"x":{"type":"integer"},"y":{"type":"boolean"}`, rules: "- {loc: x, computed: '(o.n ?? 1) * 2 + len(l ?? []) + chars(o.a)', direction: to-local, why: x}\n- {loc: y, computed: 'any(l ?? [], .k == \"q\")', direction: to-local, why: x}\n- {nat: \"*\", drop: to-local, why: x}"},
			in: `{"o":{"a":"甲乙","n":4},"l":[{"k":"q"}]}`, local: `{"x":11,"y":true}`, back: `{}`},
		{name: "milliseconds since the epoch", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, time: {loc: epoch-ms}}`},
			in: `{"a":"2026-11-20T01:00:00.123Z"}`, local: `{"x":1795136400123}`, back: `{"a":"2026-11-20T09:00:00.123+08:00"}`},
		{name: "the written offset is kept", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss", zone: source}, direction: to-local, why: x}`},
			in: `{"a":"2026-11-20T01:00:00-05:00"}`, local: `{"x":"2026-11-20 01:00:00"}`, back: "{}"},
		{name: "another zone", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss", zone: Asia/Urumqi}}`},
			in: `{"a":"2026-11-20T01:00:00Z"}`, local: `{"x":"2026-11-20 07:00:00"}`, back: `{"a":"2026-11-20T07:00:00+06:00"}`},
		{name: "a month", pack: small{nat: `"a":{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}$"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {nat: yyyy-MM, loc: yyyy年M月}}`},
			in: `{"a":"2026-02"}`, local: `{"x":"2026年2月"}`},
		{name: "a day becomes its first moment", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyy/MM/dd, also: [yyyyMMdd]}, lossy: to-local, why: x}`},
			fromLoc: `{"x":"20261120"}`, back: `{"a":"2026-11-20T00:00:00+08:00"}`, local: `{"x":"2026/11/20"}`},
		{name: "an empty text may be a value", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, none: {nat: [absent]}}`},
			in: `{"a":""}`, local: `{"x":""}`},
		{name: "0000-00-00 is never parsed", pack: small{nat: `"a":{"type":"string","format":"date"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyy-MM-dd}, none: {loc: ["0000-00-00", "", absent]}}`},
			fromLoc: `{"x":"0000-00-00"}`, back: `{}`, local: `{"x":"0000-00-00"}`},
		{name: "an exponent from a string", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, number: {loc: {fixed: 2}}}`},
			fromLoc: `{"x":"+01.0E3"}`, back: `{"a":"1000.00"}`, local: `{"x":"1000.00"}`},
		{name: "rounding where that is declared", pack: small{nat: `"a":` + str, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, number: {loc: {unit: 元}}, lossy: to-local, why: x}`},
			in: `{"a":"-2.50"}`, local: `{"x":-3}`, back: `{"a":"-3.00"}`},
		{name: "a number outside the target's range", pack: small{nat: `"a":` + str, loc: `"x":{"type":"integer","maximum":100}`, rules: `- {nat: a, loc: x, number: {loc: {unit: 分}}}`},
			in: `{"a":"2.00"}`, local: `!number-range a>x`},
		{name: "thousands have no separators", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, number: {}}`},
			fromLoc: `{"x":"1,000"}`, back: `!type x>a`},
		{name: "what is lost comes back where nothing changed", pack: small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyyMMdd}, lossy: to-local, why: x, remember: true}`},
			in: `{"a":"2026-11-20T09:00:00+08:00"}`, local: `{"x":"20261120"}`, back: `{"a":"2026-11-20T00:00:00+08:00"}`},
		{name: "an unknown field", pack: small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x}`},
			fromLoc: `{"x":"1","y":2}`, back: `!unknown-field y>`},
		{name: "one XML element is a list of one", pack: small{nat: `"l":` + strs + `,"n":{"type":"integer"}`, loc: `"R":` + objectSchema(`"i":`+strs+`,"n":{"type":"integer"}`), rules: "- {nat: \"l[*]\", loc: \"R.i[*]\", each: [{nat: ., loc: .}]}\n- {nat: n, loc: R.n}", format: "xml"},
			in: `{"l":["a"],"n":3}`, local: `<?xml version="1.0" encoding="UTF-8"?><R><i>a</i><n>3</n></R>`},
		{name: "a form knows text only", pack: small{nat: `"a":` + str + `,"n":{"type":"integer"},"b":{"type":"boolean"}`, loc: `"x":` + str + `,"n":{"type":"integer"},"b":{"type":"boolean"}`, rules: "- {nat: a, loc: x}\n- {nat: n, loc: n}\n- {nat: b, loc: b}", format: "form"},
			in: `{"a":"甲 b","n":-3,"b":true}`, local: `x=%E7%94%B2+b&n=-3&b=true`},
	}
}

func TestTranslation(t *testing.T) {
	for _, c := range translations() {
		t.Run(c.name, func(t *testing.T) {
			p := c.pack.compile(t)
			back := func(local string) {
				b, _, err := p.ToNational(nil, []byte(local), &testEnv)
				want := c.back
				if want == "" {
					want = c.in
				}
				if got := codesOf(err); strings.HasPrefix(want, "!") {
					if got != want[1:] {
						t.Errorf("to national: errors %q, want %q (%s)", got, want[1:], b)
					}
				} else if err != nil {
					t.Errorf("to national: %v", got)
				} else if want != "-" && string(b) != want {
					t.Errorf("to national:\n got %s\nwant %s", b, want)
				}
				c.in = string(b)
			}
			if c.fromLoc != "" {
				back(c.fromLoc)
				if strings.HasPrefix(c.back, "!") {
					return
				}
			}
			b, _, err := p.ToLocal(nil, []byte(c.in), &testEnv)
			if got := codesOf(err); strings.HasPrefix(c.local, "!") {
				if got != c.local[1:] {
					t.Errorf("to local: errors %q, want %q (%s)", got, c.local[1:], b)
				}
				return
			} else if err != nil {
				t.Fatalf("to local: %v", got)
			}
			if string(b) != c.local {
				t.Errorf("to local:\n got %s\nwant %s", b, c.local)
			}
			if c.fromLoc == "" {
				back(string(b))
			}
		})
	}
}

// Names of the local object begin at the file's root, also where that is a row.
func TestLocalNamesOfAConditionBeginAtTheRoot(t *testing.T) {
	s := small{
		format: "rows", nat: `"a":` + str + `,"b":` + str,
		loc: `"T":{"type":"array","maxItems":1,"items":` + objectSchema(`"X":{"type":["string","null"]},"K":{"enum":["1","2"]}`) + `}`,
	}
	src := s.source()
	src.FS.(fstest.MapFS)["mappings/t.yaml"] = &fstest.MapFile{Data: []byte(`mapping: t
local: l
direction: to-national
root: T[0]
rules:
  - {nat: a, loc: X, when: {loc: 'K == "1"'}}
  - {nat: b, loc: X, when: {loc: 'K == "2"'}}
  - {loc: K, drop: to-national, why: x}
`)}
	p, fs := Compile(src, "t")
	if p == nil {
		t.Fatal(findings(fs))
	}
	for in, want := range map[string]string{`{"T":[{"X":"v","K":"1"}]}`: `{"a":"v"}`, `{"T":[{"X":"v","K":"2"}]}`: `{"b":"v"}`} {
		b, _, err := p.ToNational(nil, []byte(in), &testEnv)
		if err != nil || string(b) != want {
			t.Errorf("%s gives %s, want %s (%v)", in, b, want, err)
		}
	}
}
