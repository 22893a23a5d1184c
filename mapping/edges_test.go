package mapping

import (
	"strings"
	"testing"
)

// The edges of the language, one small table each: "nat IN -> OUT CODES" goes to
// local, "loc IN -> OUT CODES" to national.
func TestEdges(t *testing.T) {
	date, dt := `{"type":"string","format":"date"}`, `{"type":"string","format":"date-time"}`
	for _, c := range []struct {
		name string
		pack small
		rows []string
	}{
		{"midnight is 00:00 and no minute has a second 60", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss"}}`}, []string{
			`nat {"a":"2026-01-01T24:00:00+08:00"} ->  time a>x`,
			`nat {"a":"2016-12-31T23:59:60Z"} ->  time a>x`,
			`nat {"a":"2026-01-01T00:00:00.999Z"} -> {"x":"2026-01-01 08:00:00"}`,
			`nat {"a":"2026-01-01T10:00:00-00:00"} -> {"x":"2026-01-01 18:00:00"}`,
			`nat {"a":"2026-01-01t10:00:00z"} -> {"x":"2026-01-01 18:00:00"}`,
			`loc {"x":"2026-01-01 24:00:00"} ->  time x>a`,
			`loc {"x":"2026-01-01 23:59:60"} ->  time x>a`,
			`loc {"x":"2026-1-01 23:59:59"} ->  time x>a`,
			`loc {"x":"2026-01-01 23:59:59 "} ->  time x>a`,
			`loc {"x":"0000-01-01 00:00:00"} -> {"a":"0000-01-01T00:00:00+08:05"}`,
			`loc {"x":"2026-02-29 00:00:00"} ->  time x>a`,
		}},
		{"two digits are 1970 to 2069", small{nat: `"a":` + date, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyMMdd}}`}, []string{
			`nat {"a":"1969-12-31"} ->  time a>x`,
			`nat {"a":"2070-01-01"} ->  time a>x`,
			`nat {"a":"1970-01-01"} -> {"x":"700101"}`,
			`loc {"x":"691231"} -> {"a":"2069-12-31"}`,
			`loc {"x":"700101"} -> {"a":"1970-01-01"}`,
		}},
		{"units of one or two digits", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy/M/d H:mm:ss"}}`}, []string{
			`nat {"a":"2026-01-02T03:04:05+08:00"} -> {"x":"2026/1/2 3:04:05"}`,
			`loc {"x":"2026/01/02 03:04:05"} -> {"a":"2026-01-02T03:04:05+08:00"}`,
			`loc {"x":"2026/1/2 13:04:05"} -> {"a":"2026-01-02T13:04:05+08:00"}`,
			`loc {"x":"2026/001/2 13:04:05"} ->  time x>a`,
		}},
		{"thousandths", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyyMMddHHmmssSSS"}}`}, []string{
			`nat {"a":"2026-01-02T03:04:05.6789+08:00"} -> {"x":"20260102030405678"}`,
			`nat {"a":"2026-01-02T03:04:05+08:00"} -> {"x":"20260102030405000"}`,
			`loc {"x":"20260102030405678"} -> {"a":"2026-01-02T03:04:05.678+08:00"}`,
			`loc {"x":"20260102030405000"} -> {"a":"2026-01-02T03:04:05.000+08:00"}`,
		}},
		{"seconds since the epoch are an integer", small{nat: `"a":` + dt, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, time: {loc: epoch-s}}`}, []string{
			`nat {"a":"1969-12-31T23:59:59Z"} -> {"x":-1}`,
			`loc {"x":-1} -> {"a":"1970-01-01T07:59:59+08:00"}`,
			`loc {"x":0} -> {"a":"1970-01-01T08:00:00+08:00"}`,
			`loc {"x":1.0} ->  time x>a`,
			`loc {"x":1e3} ->  time x>a`,
		}},
		{"a zone that is named", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss", zone: UTC}}`}, []string{
			`nat {"a":"2026-01-02T03:04:05+08:00"} -> {"x":"2026-01-01 19:04:05"}`,
			`loc {"x":"2026-01-01 19:04:05"} -> {"a":"2026-01-01T19:04:05Z"}`,
		}},
		{"what a number reads", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, number: {loc: {fixed: 2}}}`}, []string{
			`nat {"a":"+005.50"} -> {"x":"5.50"}`,
			`nat {"a":"-0"} -> {"x":"0.00"}`,
			`nat {"a":"-0.00"} -> {"x":"0.00"}`,
			`nat {"a":".5"} -> {"x":"0.50"}`,
			`nat {"a":"5."} -> {"x":"5.00"}`,
			`nat {"a":"1e3"} -> {"x":"1000.00"}`,
			`nat {"a":"1,000"} ->  type a>x`,
			`nat {"a":" 5"} ->  type a>x`,
			`nat {"a":"5.123"} ->  number-digits a>x`,
			`nat {"a":""} -> {}`,
			`nat {"a":"abc"} ->  type a>x`,
			`nat {"a":"1e-2"} -> {"x":"0.01"}`,
			`nat {"a":"１"} ->  type a>x`,
			`loc {"x":"0007"} -> {"a":"7.00"}`,
			`loc {"x":"7.10"} -> {"a":"7.10"}`,
			`loc {"x":"-7"} -> {"a":"-7.00"}`,
		}},
		{"rounding half away from zero", small{nat: `"a":` + str, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, number: {nat: {fixed: 3}, loc: {unit: 分}}, lossy: to-local, why: x}`}, []string{
			`nat {"a":"-0.005"} -> {"x":-1}`,
			`nat {"a":"0.005"} -> {"x":1}`,
			`nat {"a":"0.004"} -> {"x":0}`,
			`nat {"a":"1.995"} -> {"x":200}`,
			`loc {"x":-5} -> {"a":"-0.050"}`,
			`loc {"x":5.0} -> {"a":"0.050"}`,
			`loc {"x":5e1} -> {"a":"0.500"}`,
		}},
		{"units keep every digit", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, number: {loc: {unit: 万元}}}`}, []string{
			`nat {"a":"1.00"} -> {"x":"0.0001"}`,
			`nat {"a":"12345.67"} -> {"x":"1.234567"}`,
			`loc {"x":"1.234567"} -> {"a":"12345.67"}`,
			`loc {"x":"1.2345678"} ->  number-digits x>a`,
		}},
		{"what an integer reads", small{nat: `"a":{"type":"integer"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, convert: {nat: integer, loc: string, pad: 4}}`}, []string{
			`nat {"a":-7} -> {"x":"-0007"}`,
			`nat {"a":12345} -> {"x":"12345"}`,
			`nat {"a":1.0} -> {"x":"0001"}`,
			`nat {"a":1e2} -> {"x":"0100"}`,
			`loc {"x":"+007"} -> {"a":7}`,
			`loc {"x":"-0"} -> {"a":0}`,
			`loc {"x":"1.0"} ->  type x>a`,
			`loc {"x":"1e2"} ->  type x>a`,
			`loc {"x":" 1"} ->  type x>a`,
			`loc {"x":"0x1"} ->  type x>a`,
			`loc {"x":"99999999999999999999"} -> {"a":99999999999999999999}`,
		}},
		{"spellings of a boolean on an integer", small{nat: `"a":{"type":"boolean"}`, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, convert: {nat: boolean, loc: integer, true: ["1"], false: ["0"]}}`}, []string{
			`nat {"a":true} -> {"x":1}`,
			`nat {"a":false} -> {"x":0}`,
			`loc {"x":1} -> {"a":true}`,
			`loc {"x":2} ->  type x>a`,
		}},
		{"gaps that are kept", small{nat: `"l":{"type":"array","items":{"type":["object","null"],"properties":{"a":{"type":"string"}}}}`, loc: `"x1":` + str + `,"x2":` + str + `,"x3":` + str, rules: `- {nat: "l[*]", columns: {loc: "x{n}", n: 1..3, over: error, gap: keep}, each: [{nat: a, loc: .}]}`}, []string{
			`nat {"l":[{"a":"1"},null,{"a":"3"}]} -> {"x1":"1","x2":"3"}`,
			`nat {"l":[{"a":"1"},{},{"a":"3"}]} -> {"x1":"1","x2":"3"}`,
			`loc {"x1":"1","x3":"3"} -> {"l":[{"a":"1"},null,{"a":"3"}]}`,
			`loc {"x3":"3"} -> {"l":[null,null,{"a":"3"}]}`,
		}},
		{"the rest of a list in one text", small{nat: `"l":` + items, loc: `"x1_a":` + str + `,"r":` + str, rules: `- {nat: "l[*]", columns: {loc: "x{n}_{f}", n: 1..1, over: {join: {loc: r, sep: "、", each: [a, b]}}}, each: [{nat: a, loc: a}, {nat: b, drop: to-local, why: x}, {nat: k, drop: to-local, why: x}, {nat: n, drop: to-local, why: x}, {nat: f, drop: to-local, why: x}], lossy: to-local, why: x}`}, []string{
			`nat {"l":[{"a":"1"},{"a":"2","b":"B"},{"a":"3"}]} -> {"x1_a":"1","r":"2、B、3"}`,
			`nat {"l":[{"a":"1"}]} -> {"x1_a":"1"}`,
			`loc {"x1_a":"1","r":"2、B、3"} -> {"l":[{"a":"1"}]}`,
			`loc {"r":"2"} -> {}`,
		}},
		{"an escape protects the separator and itself", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: "|", escape: "\\"}}`}, []string{
			`nat {"a":"p|q","b":"r\\s"} -> {"x":"p\\|q|r\\\\s"}`,
			`nat {"a":"p\\","b":"|"} -> {"x":"p\\\\|\\|"}`,
			`nat {"a":"p"} -> {"x":"p|"}`,
			`nat {"b":"q"} -> {"x":"|q"}`,
			`nat {} -> {}`,
			`nat {"a":"","b":""} -> {}`,
			`loc {"x":"a|b\\|c"} -> {"a":"a","b":"b|c"}`,
			`loc {"x":"a\\|b|c"} -> {"a":"a|b","b":"c"}`,
			`loc {"x":"a|b|c"} -> {"a":"a","b":"b|c"}`,
			`loc {"x":"a"} ->  join-parts x>`,
			`loc {"x":"|"} -> {}`,
			`loc {"x":"\\"} ->  join-parts x>`,
			`loc {"x":"a\\n|b"} -> {"a":"a\\n","b":"b"}`,
		}},
		{"literals match leftmost", small{nat: `"a":{"enum":["甲","乙"]},"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], pattern: "{a}（{b}）"}}`}, []string{
			`nat {"a":"甲","b":"乙（丙）"} -> {"x":"甲（乙（丙））"}`,
			`nat {"a":"甲"} -> {"x":"甲（）"}`,
			`nat {} -> {}`,
			`loc {"x":"甲（乙（丙））"} -> {"a":"甲","b":"乙（丙）"}`,
			`loc {"x":"甲（）"} -> {"a":"甲"}`,
			`loc {"x":"甲"} ->  join-parts x>`,
		}},
		{"any other code is read, not written", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c, lossy: both, why: x}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\n*,9,>\nq,9,<\n"}}, []string{
			`nat {"a":"p"} -> {"x":"1"}`,
			`nat {"a":"zzz"} -> {"x":"9"}`,
			`nat {"a":""} -> {}`,
			`loc {"x":"9"} -> {"a":"q"}`,
			`loc {"x":"1"} -> {"a":"p"}`,
		}},
		{"a code as it came", small{nat: `"a":` + str + `,"r":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c, raw: {nat: r}}`, codes: map[string]string{"c": "nat,loc,dir\np,1,\np,2,<\n"}}, []string{
			`nat {"a":"p"} -> {"x":"1"}`,
			`nat {"a":"p","r":"2"} -> {"x":"2"}`,
			`nat {"a":"p","r":"7"} -> {"x":"7"}`,
			`nat {"r":"2"} -> {"x":"2"}`,
			`loc {"x":"2"} -> {"a":"p","r":"2"}`,
			`loc {"x":"1"} -> {"a":"p"}`,
			`loc {"x":"7"} -> {"r":"7"}`,
		}},
		{"texts that end as a separator begins", small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], sep: "--", escape: "^"}}`}, []string{
			`nat {"a":"p-","b":"q"} ->  join-parts a>x`,
			`nat {"a":"p-q","b":"q-"} -> {"x":"p-q--q-"}`,
			`nat {"a":"p--","b":"^--"} -> {"x":"p^----^^^--"}`,
			`loc {"x":"p^----^^^--"} -> {"a":"p--","b":"^--"}`,
		}},
		{"texts that end as a literal begins", small{nat: `"a":{"enum":["p|","|p"]},"b":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b], pattern: "{a}||{b}"}}`}, []string{
			`nat {"a":"p|","b":"q"} ->  join-parts a>x`,
			`nat {"a":"|p","b":"|q"} -> {"x":"|p|||q"}`,
			`loc {"x":"|p|||q"} -> {"a":"|p","b":"|q"}`,
		}},
		{"local mean time", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss"}}`}, []string{
			`nat {"a":"1900-01-01T00:00:00+08:05"} -> {"x":"1900-01-01 00:00:00"}`,
			`nat {"a":"1900-01-01T00:00:00Z"} -> {"x":"1900-01-01 08:05:00"}`,
			`loc {"x":"1900-01-01 00:00:00"} -> {"a":"1900-01-01T00:00:00+08:05"}`,
			`loc {"x":"1905-01-01 00:00:00"} -> {"a":"1905-01-01T00:00:00+08:00"}`,
		}},
		{"the rest of a list in one text", small{nat: `"l":` + items, loc: `"x1_a":` + str + `,"r":` + str, rules: `- {nat: "l[*]", columns: {loc: "x{n}_{f}", n: 1..1, over: {join: {loc: r, sep: "、", each: [a, b]}}}, each: [{nat: a, loc: a}, {nat: b, drop: to-local, why: x}, {nat: k, drop: to-local, why: x}, {nat: n, drop: to-local, why: x}, {nat: f, drop: to-local, why: x}], lossy: to-local, why: x}`}, []string{
			`nat {"l":[{"a":"1"},{"a":"2","b":"B"},{"a":"3"}]} -> {"x1_a":"1","r":"2、B、3"}`,
			`nat {"l":[{"a":"1"}]} -> {"x1_a":"1"}`,
			`loc {"x1_a":"1","r":"2、B、3"} -> {"l":[{"a":"1"}]}`,
			`loc {"r":"2"} -> {}`,
		}},
		{"required columns without element", small{nat: `"l":` + items, loc: `required:x1,x2;"x1":` + str + `,"x2":` + str, rules: `- {nat: "l[*]", columns: {loc: "x{n}", n: 1..2, over: error}, each: [{nat: a, loc: ., none: {loc: ["-"]}}, {nat: b, drop: to-local, why: x}, {nat: k, drop: to-local, why: x}, {nat: n, drop: to-local, why: x}, {nat: f, drop: to-local, why: x}]}`}, []string{
			`nat {"l":[{"a":"1"}]} -> {"x1":"1","x2":"-"}`,
			`nat {} -> {"x1":"-","x2":"-"}`,
			`nat {"l":[{"b":"only"},{"a":"2"}]} -> {"x1":"2","x2":"-"}`,
			`loc {"x1":"-","x2":"q"} -> {"l":[{"a":"q"}]}`,
		}},
		{"parts left out", small{nat: `"a":` + str + `,"b":` + str + `,"c":` + str, loc: `"x":` + str, rules: `- {loc: x, join: {nat: [a, b, c], sep: "-", absent: skip}, direction: to-local, lossy: to-local, why: x}`}, []string{
			`nat {"a":"1","c":"3"} -> {"x":"1-3"}`,
			`nat {"b":"2"} -> {"x":"2"}`,
			`nat {} -> {}`,
		}},
		{"normal forms of a text", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {trim: both, width: {brackets: full, digits: half}, case: upper, max: 6}}`}, []string{
			`nat {"a":" 〔ａ１(b)〕 "} ->  text-long a>x`,
			`nat {"a":"(1234567)"} ->  text-long a>x`,
			`nat {"a":"    "} -> {"x":""}`,
			`loc {"x":"（a）"} -> {"a":"（A）"}`,
		}},
		{"identity numbers", small{nat: `"a":` + str, loc: `"x":` + str, rules: `- {nat: a, loc: x, text: {case: upper, id18: true}}`}, []string{
			`nat {"a":"110105491231002"} -> {"x":"11010519491231002X"}`,
			`nat {"a":"11010519491231002x"} -> {"x":"11010519491231002X"}`,
			`nat {"a":"12345"} -> {"x":"12345"}`,
			`loc {"x":"110105491231002"} -> {"a":"11010519491231002X"}`,
		}},
		{"a date of a moment", small{nat: `"a":` + date, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss"}, lossy: to-national, why: x}`}, []string{
			`nat {"a":"2026-01-02"} -> {"x":"2026-01-02 00:00:00"}`,
			`loc {"x":"2026-01-02 03:04:05"} -> {"a":"2026-01-02"}`,
		}},
		{"the offset as written", small{nat: `"a":` + dt, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: "yyyy-MM-dd HH:mm:ss", zone: source}, direction: to-local, why: x}`}, []string{
			`nat {"a":"2026-01-02T03:04:05-05:00"} -> {"x":"2026-01-02 03:04:05"}`,
			`nat {"a":"2026-01-02T03:04:05Z"} -> {"x":"2026-01-02 03:04:05"}`,
		}},
		{"null where the target allows it", small{nat: `"a":` + str, loc: `"x":{"type":["string","null"]}`, rules: `- {nat: a, loc: x}`}, []string{
			`nat {"a":null} ->  type a>x`,
			`nat {} -> {}`,
			`loc {"x":null} -> {}`,
			`loc {"x":""} -> {"a":""}`,
		}},
		{"lists without elements", small{nat: `"a":` + strs, loc: `required:x;"x":` + strs, rules: `- {nat: "a[*]", loc: "x[*]", each: [{nat: ., loc: .}]}`}, []string{
			`nat {"a":null} ->  type a>x`,
			`nat {"a":[]} -> {"x":[]}`,
			`nat {} -> {"x":[]}`,
			`nat {"a":[""]} -> {"x":[""]}`,
			`loc {"x":null} -> {}`,
			`loc {"x":[]} -> {}`,
			`loc {"x":[""]} -> {"a":[""]}`,
			`loc {"x":[null]} ->  type x[0]>a[*]`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.pack.compile(t)
			for _, row := range c.rows {
				way, rest, _ := strings.Cut(row, " ")
				in, want, _ := strings.Cut(rest, " -> ")
				run := p.ToLocal
				if way == "loc" {
					run = p.ToNational
				}
				b, _, err := run(nil, []byte(in), &testEnv)
				if got := strings.TrimSpace(string(b) + " " + codesOf(err)); got != strings.TrimSpace(want) {
					t.Errorf("%s %s\n got %s\nwant %s", way, in, got, want)
				}
			}
		})
	}
}
