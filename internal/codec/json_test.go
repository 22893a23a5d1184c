package codec

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestJSONKeepsNumbersOrderAndText(t *testing.T) {
	for _, in := range []string{
		`{"b":1.50,"a":-0,"c":1e400,"d":12345678901234567890}`,
		`[]`, `{}`, `"\u0000\u001f\"\\\b\f\n\r\t/<>&` + "\u2028" + `"`, `[null,true,false,"",[{}]]`, `0`,
	} {
		v, err := FromJSON([]byte(in))
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		if got := string(AppendJSON([]byte("x"), v)); got != "x"+in {
			t.Errorf("%s came back as %s", in, got)
		}
		if got, err := Encode(nil, v, Options{Format: "json"}); err != nil || string(got) != in {
			t.Errorf("%s was encoded as %s, %v", in, got, err)
		}
	}
}

func TestJSONReadsEscapesAndMark(t *testing.T) {
	v, err := FromJSON([]byte("\ufeff [\"\\u4E2d\\ud83d\\ude00\\/\"] \r\n\t"))
	if err != nil || v.Items[0].Text != "中😀/" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestJSONRefusals(t *testing.T) {
	wide := `{"k0":0`
	for i := 1; i < 40; i++ {
		wide += `,"k` + strings.Repeat("0", i+1) + `":0`
	}
	for _, row := range []struct {
		name, in, code string
		at             int
	}{
		{"nothing", "", CodeParse, 0},
		{"a doubled member", `{"a":1,"b":2,"a":3}`, CodeDuplicate, 13},
		{"a doubled member by escape", `{"a":1,"\u0061":3}`, CodeDuplicate, 7},
		{"a doubled member among many", wide + `,"k0":1}`, CodeDuplicate, len(wide) + 1},
		{"invalid UTF-8", "[\"\xff\"]", CodeCharset, 2},
		{"invalid UTF-8 after a mark", "\ufeff[\"\xff\"]", CodeCharset, 5},
		{"a surrogate in UTF-8", "[\"\xed\xa0\x80\"]", CodeCharset, 2},
		{"a lone high surrogate", `["\ud800"]`, CodeCharset, 2},
		{"a lone low surrogate", `["\udc00\ud800"]`, CodeCharset, 2},
		{"65 levels", strings.Repeat("[", 65), CodeParse, 64},
		{"two values", `1 2`, CodeParse, 2},
		{"a trailing comma", `[1,]`, CodeParse, 3},
		{"a comma before a brace", `{"a":1,}`, CodeParse, 7},
		{"a number with leading zero", `[01]`, CodeParse, 2},
		{"a number without fraction", `[1.]`, CodeParse, 1},
		{"a plus", `[+1]`, CodeParse, 1},
		{"a raw control character", "[\"\n\"]", CodeParse, 2},
		{"an unknown escape", `["\x"]`, CodeParse, 2},
		{"single quotes", `['a']`, CodeParse, 1},
		{"an end in a string", `["abc`, CodeParse, 5},
		{"an end in an escape", `["\u12`, CodeParse, 2},
		{"a comment", `[1/**/]`, CodeParse, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := FromJSON([]byte(row.in))
			var bad *Error
			if !errors.As(err, &bad) || !errors.Is(err, ErrUnreadable) || bad.Code != row.code || bad.Offset != row.at {
				t.Errorf("%v (%+v), want %s at %d", err, bad, row.code, row.at)
			}
		})
	}
	if _, err := FromJSON([]byte(strings.Repeat("[", 64) + strings.Repeat("]", 64) + "")); err != nil {
		t.Errorf("64 levels: %v", err)
	}
}

func TestJSONRefusesANumberThatIsNone(t *testing.T) {
	for _, n := range []string{"", "007", "1x", "NaN", "+1"} {
		dst, err := Encode([]byte("was"), Value{Kind: Object, Members: []Member{{"a", Num(n)}}}, Options{Format: "json"})
		var bad *ShapeError
		if !errors.As(err, &bad) || bad.Path != "a" || string(dst) != "was" {
			t.Errorf("%q: %v, dst %q", n, err, dst)
		}
	}
}

func TestJSONInGBKKeepsPathsInErrors(t *testing.T) {
	o := Options{Format: "json", Charset: "GBK"}
	v, err := FromJSON([]byte(`{"当事人":[{"姓名":"张三"},{"姓名":"䶮"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Encode(nil, v, o)
	if want := "GBK cannot hold U+4DAE at 当事人[1].姓名"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	o.Substitutes = map[rune]string{'䶮': `"龙天"`}
	b, err := Encode(nil, v, o)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(b, o)
	if got := string(AppendJSON(nil, back)); err != nil || got != `{"当事人":[{"姓名":"张三"},{"姓名":"\"龙天\""}]}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Encode(nil, Value{Kind: Object, Members: []Member{{"䶮", Str("")}}}, o); err == nil {
		t.Error("a member name was substituted")
	}
}

func TestAnyIsWhatExpressionsExpect(t *testing.T) {
	v, err := FromJSON([]byte(`{"i":9223372036854775807,"big":12345678901234567890,"f":1.0,"z":-0,"s":"x","n":null,"b":true,"l":[1,{}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"i": int64(9223372036854775807), "big": 12345678901234567890.0, "f": 1.0, "z": negativeZero(), "s": "x", "n": nil, "b": true,
		"l": []any{int64(1), map[string]any{}}}
	if got := v.Any(); !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
	exact := v.AnyExact().(map[string]any)
	for key, want := range map[string]string{"big": "12345678901234567890", "f": "1.0", "i": "9223372036854775807"} {
		if got, ok := NumberText(exact[key]); !ok || got != want {
			t.Errorf("%s = %q, %v", key, got, ok)
		}
	}
	for _, row := range []struct {
		in   any
		want string
	}{{int64(-7), "-7"}, {1.5, "1.5"}, {2.0, "2"}, {1e21, "1e+21"}, {1e20, "100000000000000000000"}, {"x", ""}, {nil, ""}} {
		if got, ok := NumberText(row.in); got != row.want || ok != (row.want != "") {
			t.Errorf("NumberText(%v) = %q, %v", row.in, got, ok)
		}
	}
}

func negativeZero() float64 { return math.Copysign(0, -1) }
