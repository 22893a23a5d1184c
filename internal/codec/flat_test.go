package codec

import (
	"errors"
	"testing"
)

func TestFormReadsAndWritesInItsCharset(t *testing.T) {
	o := Options{Format: "form", Charset: "GBK"}
	v, err := Decode([]byte("sqr1_xm=%D5%C5+%c8%fd&x=1&&y&x=%26%3D&raw=\xd5\xc5"), o)
	if got := string(AppendJSON(nil, v)); err != nil || got != `{"sqr1_xm":"张 三","x":["1","&="],"y":"","raw":"张"}` {
		t.Fatalf("%s, %v", got, err)
	}
	b, err := Encode([]byte("?"), v, o)
	if want := "?sqr1_xm=%D5%C5+%C8%FD&x=1&x=%26%3D&y=&raw=%D5%C5"; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	b, err = Encode(nil, Value{Kind: Object, Members: []Member{{"a", Str("腯~*é")}}}, o)
	if want := "a=%C4%5D%7E%2A%A8%A6"; err != nil || string(b) != want {
		t.Errorf("%s, %v: all bytes of a character are escaped", b, err)
	}
}

func TestFormRefusals(t *testing.T) {
	for in, code := range map[string]string{"a=%4": CodeParse, "a=%zz": CodeParse, "a=%D5": CodeCharset, "%FF=1": CodeCharset} {
		_, err := Decode([]byte(in), Options{Format: "form", Charset: "GBK"})
		var bad *Error
		if !errors.As(err, &bad) || bad.Code != code {
			t.Errorf("%s: %v", in, err)
		}
	}
	for in, want := range map[string]string{
		`[]`: "form: an object is due", `{"a":null}`: "form: no form for null at a",
		`{"a":{}}`: "form: a list or an object where a text is due at a", `{"a":["€"]}`: "GBK cannot hold U+20AC at a",
	} {
		v, _ := FromJSON([]byte(in))
		if _, err := Encode(nil, v, Options{Format: "form", Charset: "GBK"}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func TestCSVReadsAndWrites(t *testing.T) {
	for _, row := range []struct{ name, in, tree, out string }{
		{"nothing", "", `{"rows":[]}`, ""},
		{"quotes", "a,\"b,c\"\r\n\"x\"\"y\",\"1\r\n2\"\r\n", `{"rows":[{"a":"x\"y","b,c":"1\r\n2"}]}`, "a,\"b,c\"\r\n\"x\"\"y\",\"1\r\n2\"\r\n"},
		{"LF and no last line end", "a,b\n1,\n\n2,3", `{"rows":[{"a":"1","b":""},{"a":"2","b":"3"}]}`, "a,b\r\n1,\r\n2,3\r\n"},
		{"an empty cell alone", "a\r\n\"\"\r\n", `{"rows":[{"a":""}]}`, "a\r\n\"\"\r\n"},
		{"a byte order mark", "\ufeffa\r\n\u3000\r\n", "{\"rows\":[{\"a\":\"\u3000\"}]}", "a\r\n\u3000\r\n"},
		{"padding stays", "a,b\r\n x ,y  \r\n", `{"rows":[{"a":" x ","b":"y  "}]}`, "a,b\r\n x ,y  \r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := Decode([]byte(row.in), Options{Format: "csv"})
			if got := string(AppendJSON(nil, v)); err != nil || got != row.tree {
				t.Fatalf("%s, %v", got, err)
			}
			if b, err := Encode(nil, v, Options{Format: "csv"}); err != nil || string(b) != row.out {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	v, _ := FromJSON([]byte(`{"rows":[{"b":1},{"c":true,"a":""}]}`))
	if b, err := Encode(nil, v, Options{Format: "csv", Columns: []string{"a", "b"}}); err != nil || string(b) != "a,b,c\r\n,1,\r\n,,true\r\n" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestCSVRefusals(t *testing.T) {
	for in, code := range map[string]string{
		"a,b\n1\n": CodeParse, "a\n1,2\n": CodeParse, "a,a\n": CodeDuplicate, "a\n\"1": CodeParse, "a\n\"1\"2\n": CodeParse,
		"a\n1\"\n": CodeParse, "a\n1\r2\n": CodeParse,
	} {
		_, err := Decode([]byte(in), Options{Format: "csv"})
		var bad *Error
		if !errors.As(err, &bad) || bad.Code != code {
			t.Errorf("%q: %v", in, err)
		}
	}
	for in, want := range map[string]string{
		`{}`: "csv: an object with the one list rows is due", `{"rows":[{"a":[1]}]}`: "csv: a list or an object where a text is due at rows[0].a",
		`{"rows":[{}]}`: "csv: a row without cells at rows[0]", `{"rows":[{"a":null}]}`: "csv: no form for null at rows[0].a",
	} {
		v, _ := FromJSON([]byte(in))
		if _, err := Encode(nil, v, Options{Format: "csv"}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func TestRowsAreJSONWhoseTextsFitTheCharset(t *testing.T) {
	o := Options{Format: "rows", Charset: "GBK", Substitutes: map[rune]string{'䶮': "龙"}}
	v, err := Decode([]byte(`{"T_IN_CASE":[{"AJMC":"䶮  ","BZ":null,"JE":1.50}]}`), o)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Encode(nil, v, o); err != nil || string(b) != `{"T_IN_CASE":[{"AJMC":"龙  ","BZ":null,"JE":1.50}]}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestTextAnswers(t *testing.T) {
	got, err := DecodeAny([]byte("ok|\xd5\xc5"), Options{Format: "text", Charset: "GBK"})
	if err != nil || got != "ok|张" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := DecodeAny([]byte{0xff}, Options{Format: "text"}); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
	if b, err := Encode(nil, Num("7"), Options{Format: "text"}); err != nil || string(b) != "7" {
		t.Errorf("%s, %v", b, err)
	}
}

func TestUnknownFormatOrCharsetIsAnError(t *testing.T) {
	for _, o := range []Options{{Format: "yaml"}, {Format: "json", Charset: "Big5"}} {
		if _, err := Decode([]byte("1"), o); !errors.Is(err, ErrUnreadable) {
			t.Error(err)
		}
		if dst, err := Encode([]byte("was"), Num("1"), o); err == nil || string(dst) != "was" {
			t.Error(err)
		}
	}
	if _, err := Encode(nil, Num("1"), Options{Format: "json", Charset: "GBK", BOM: true}); err == nil {
		t.Error("GBK was given a byte order mark")
	}
}
