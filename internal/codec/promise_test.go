package codec

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestErrorQuotesNoPersonalData(t *testing.T) {
	const secret = "510102199003071234"
	for format, docs := range map[string][]string{
		"json": {`{"a":"` + secret + `","a":1}`, `{"a":` + secret + secret + `x}`, `["` + secret + "\xff\"]"},
		"xml":  {`<a>` + secret, `<a>&` + secret + `;</a>`, `<a b="` + secret + `" b="` + secret + `"/>`, `<a></b` + secret + `>`},
		"form": {"a=" + secret + "%zz"},
		"csv":  {"a\n\"" + secret, "a\n" + secret + ",1\n", secret + "," + secret + "\n"},
	} {
		for _, doc := range docs {
			_, err := Decode([]byte(doc), Options{Format: format})
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
	for _, format := range []string{"json", "xml", "form", "text", "csv"} {
		v := Value{Kind: Object, Members: []Member{{"rows", Value{Kind: Array, Items: []Value{{Kind: Object, Members: []Member{{"b", Str(secret + "䶮")}}}}}}}}
		if _, err := Encode(nil, v, Options{Format: format, Charset: "GBK"}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// Quadratic time would take minutes on these; linear takes well under a second.
func TestHostileInputCostsLinearTime(t *testing.T) {
	const n = 200_000
	many := func(s string) string { return strings.Repeat(s, n) }
	var keys strings.Builder
	for i := range n / 4 {
		keys.WriteString(`"k` + strconv.Itoa(i) + `":1,`)
	}
	for _, row := range []struct{ name, format, in string }{
		{"members", "json", "{" + keys.String() + `"z":1}`},
		{"escapes", "json", `["` + many(`\u4e2d`) + `"]`},
		{"items", "json", "[" + many("[],") + "[]]"},
		{"comments in text", "xml", "<a>" + many("x<!---->") + "</a>"},
		{"sections", "xml", "<a>" + many("<![CDATA[x]]>") + "</a>"},
		{"line ends", "xml", "<a>" + many("\r\n") + "</a>"},
		{"repeated elements", "xml", "<a>" + many("<b/>") + "</a>"},
		{"cut characters", "xml", "<a>" + many("<b>\xc4 </b>") + "</a>"},
		{"brackets in a section", "xml", "<a><![CDATA[" + many("\xc4]") + "]]></a>"},
		{"quotes", "csv", "a\n\"" + many(`""`) + "\"\n"},
		{"repeated names", "form", many("a=1&")},
		{"blanks behind a cut character", "text", many("x") + "\xc4" + many(" ")},
	} {
		t.Run(row.name, func(t *testing.T) {
			start := time.Now()
			if _, err := Decode([]byte(row.in), Options{Format: row.format, Charset: "GBK", Cut: "trim"}); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}

func BenchmarkJSON(b *testing.B) {
	doc := []byte(`{"rows":[` + strings.Repeat(`{"caseNo":"（2024）川0104诉前调1号","name":"张三","amount":1234.50,"ok":true},`, 20) + `{}]}`)
	for _, charset := range []string{"UTF-8", "GBK"} {
		b.Run(charset, func(b *testing.B) {
			o := Options{Format: "json", Charset: charset}
			v, err := FromJSON(doc)
			if err != nil {
				b.Fatal(err)
			}
			wire, err := Encode(nil, v, o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(wire)))
			for b.Loop() {
				v, err := Decode(wire, o)
				if err != nil {
					b.Fatal(err)
				}
				if wire, err = Encode(wire[:0], v, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
