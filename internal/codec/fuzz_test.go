package codec

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// fuzzCodec holds a codec to: no panic; errors typed; what was read can be
// written (or is refused by type) and reads back as the same tree.
func fuzzCodec(f *testing.F, format string, seeds ...string) {
	for _, s := range seeds {
		for _, charset := range []string{"UTF-8", "GBK", "GB18030"} {
			if b, err := EncodeText(s, charset, nil); err == nil {
				f.Add(b, charset, false)
				f.Add(b[:len(b)*2/3], charset, true)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, charset string, trim bool) {
		if c, err := LookupCharset(charset); err != nil || charset != c.String() {
			return
		}
		o := Options{Format: format, Charset: charset, Namespaces: map[string]string{"aj": "urn:aj", "": "urn:d"}}
		if trim {
			o.Cut = "trim"
		}
		v, err := Decode(b, o)
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || !errors.Is(err, ErrUnreadable) || bad.Offset < 0 || bad.Code == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		v.Any()
		out, err := Encode([]byte("was"), v, o)
		if err != nil {
			var bad *CharsetError
			var shape *ShapeError
			if !errors.As(err, &bad) && !errors.As(err, &shape) || string(out) != "was" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if charset != "UTF-8" && bytes.HasPrefix(out[3:], []byte(utf8BOM)) {
			return // 锘縀 and the like open with the bytes of UTF-8's mark
		}
		back, err := Decode(out[3:], o)
		if err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%q was read as\n%s, written as\n%q and read as\n%s, %v", b, AppendJSON(nil, v), out[3:], AppendJSON(nil, back), err)
		}
	})
}

func FuzzJSON(f *testing.F) {
	fuzzCodec(f, "json", `{"姓名":"张·〇","n":[1.50,-0,1e9,null,true,{}]}`, `["\u4e2d\ud83d\ude00\"\\"]`, `{"a":1,"a":2}`, "\ufeff[]", `["\ud800"]`)
}

func FuzzXML(f *testing.F) {
	fuzzCodec(f, "xml", `<?xml version="1.0" encoding="GBK"?><案件 编号="1"><甲>张</甲><甲/>文<!-- --></案件>`,
		`<a><![CDATA[x]]]]><![CDATA[>]]>&#13;&lt;&#x4e2d;</a>`, `<x:a xmlns:x="urn:aj" x:b='&quot;'><c xmlns="urn:q"/></x:a>`, `<!DOCTYPE a><a>&e;</a>`)
}

func FuzzForm(f *testing.F) {
	fuzzCodec(f, "form", "a=%D5%C5&a=+&b", "姓名=张&x=%zz")
}

func FuzzCSV(f *testing.F) {
	fuzzCodec(f, "csv", "姓名,\"b,\"\"c\"\r\n张,\r\n\"\r\n\",x\n", "a\n\"\"\n", "a,a\n")
}

func FuzzText(f *testing.F) {
	fuzzCodec(f, "text", "ok|张三|䶮", "\ufeffx", "€", "\ue81e\u9fb4")
}

func FuzzRows(f *testing.F) {
	fuzzCodec(f, "rows", `{"T_IN_CASE":[{"AJMC":"张  ","BZ":null}]}`)
}
