package codec

import (
	"errors"
	"strings"
	"testing"
)

var aj = map[string]string{"aj": "urn:aj", "dsr": "urn:dsr"}

func TestXMLReadsAsATree(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"text", `<a>x</a>`, `{"a":"x"}`},
		{"empty elements are one", `<a><b></b><c/></a>`, `{"a":{"b":"","c":""}}`},
		{"attributes", `<a n="1" m='"2"'>x</a>`, `{"a":{"@n":"1","@m":"\"2\"","#text":"x"}}`},
		{"attributes alone", `<a n="1"></a>`, `{"a":{"@n":"1"}}`},
		{"repeated elements are one list", `<a><b>1</b><c/><b x="2"/><b>3</b></a>`, `{"a":{"b":["1",{"@x":"2"},"3"],"c":""}}`},
		{"white space between elements is nothing", "<a>\n  <b>1</b>\r\n\t<b>2</b>\n</a>\n", `{"a":{"b":["1","2"]}}`},
		{"white space alone is text, as CHAR columns pad", "<a>  </a>", `{"a":"  "}`},
		{"padding stays", "<a><b>x  </b></a>", `{"a":{"b":"x  "}}`},
		{"ideographic blanks are text", "<a>\u3000<b/></a>", "{\"a\":{\"#text\":\"\u3000\",\"b\":\"\"}}"},
		{"mixed content", `<a>x<b/>y</a>`, `{"a":{"#text":"xy","b":""}}`},
		{"CDATA", `<a><![CDATA[<b>&amp;</b>]]></a>`, `{"a":"<b>&amp;</b>"}`},
		{"CDATA split around its end", `<a><![CDATA[x]]]]><![CDATA[>y]]></a>`, `{"a":"x]]>y"}`},
		{"a document in a string", `<a>&lt;?xml version="1.0"?&gt;&lt;b/&gt;</a>`, `{"a":"<?xml version=\"1.0\"?><b/>"}`},
		{"comments and instructions", `<?xml version="1.0"?><!-- <x> --><?p i?><a>x<!-- - -->y<?p?>z</a><!---->`, `{"a":"xyz"}`},
		{"references", `<a b="&#x4e2d;&quot;&#10;">&lt;&gt;&amp;&apos;&#20013;&#13;</a>`, `{"a":{"@b":"中\"\n","#text":"<>&'中\r"}}`},
		{"line ends", "<a b='1\r\n2\t3'>x\r\ny\rz</a>", `{"a":{"@b":"1 2 3","#text":"x\ny\nz"}}`},
		{"Chinese names", `<案件 编号="1"><当事人>甲</当事人></案件>`, `{"案件":{"@编号":"1","当事人":"甲"}}`},
		{"namespaces by URI", `<x:a xmlns:x="urn:aj" x:n="1"><b xmlns="urn:dsr">1</b><y:c xmlns:y="urn:other"/></x:a>`,
			`{"aj:a":{"@aj:n":"1","dsr:b":"1","y:c":""}}`},
		{"a default namespace that is not the pack's", `<a xmlns="urn:x"><b/></a>`, `{"a":{"b":""}}`},
		{"the pack's prefix for another URI", `<aj:a xmlns:aj="urn:x"/>`, `{"{urn:x}a":""}`},
		{"a declaration ends with its element", `<a><b xmlns:q="urn:aj"><q:c/></b><q:c/></a>`, `{"a":{"b":{"aj:c":""},"q:c":""}}`},
		{"a prefix without declaration", `<soap:a soap:x=""/>`, `{"soap:a":{"@soap:x":""}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := Decode([]byte(row.in), Options{Format: "xml", Namespaces: aj})
			if got := string(AppendJSON(nil, v)); err != nil || got != row.want {
				t.Errorf("got %s, %v; want %s", got, err, row.want)
			}
		})
	}
}

func TestXMLRefusals(t *testing.T) {
	for _, row := range []struct{ name, in, code string }{
		{"nothing", "", CodeParse},
		{"text alone", "x", CodeParse},
		{"a document type", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, CodeParse},
		{"an unknown entity", `<a>&nbsp;</a>`, CodeParse},
		{"a bare ampersand", `<a>a & b</a>`, CodeParse},
		{"two roots", `<a/><b/>`, CodeParse},
		{"text behind", `<a/>x`, CodeParse},
		{"a wrong end", `<a></b>`, CodeParse},
		{"no end", `<a><b>`, CodeParse},
		{"no end of CDATA", `<a><![CDATA[x]]</a>`, CodeParse},
		{"an end of CDATA in text", `<a>]]></a>`, CodeParse},
		{"an attribute without quotes", `<a b=1/>`, CodeParse},
		{"a tag in an attribute", `<a b="<"/>`, CodeParse},
		{"attributes that touch", `<a b="1"c="2"/>`, CodeParse},
		{"an attribute twice", `<a b="1" b="2"/>`, CodeDuplicate},
		{"an attribute twice by URI", `<a xmlns:x="urn:aj" xmlns:y="urn:aj" x:b="1" y:b="2"/>`, CodeDuplicate},
		{"a prefix declared twice", `<a xmlns:x="1" xmlns:x="2"/>`, CodeDuplicate},
		{"declarations without end", `<a` + strings.Repeat(`><a xmlns:x="1" xmlns:y="2" xmlns:z="3" xmlns="4" xmlns:v="5"`, 60) + `/>`, CodeParse},
		{"65 levels", strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65), CodeParse},
		{"a late declaration", ` <?xml version="1.0"?><a/>`, CodeParse},
		{"a forbidden character", "<a>\x01</a>", CodeCharset},
		{"a forbidden reference", "<a>&#1;</a>", CodeCharset},
		{"a surrogate", "<a>&#xD800;</a>", CodeCharset},
		{"a forbidden code point", "<a>\uffff</a>", CodeCharset},
		{"a signed reference", "<a>&#+65;</a>", CodeParse},
		{"an empty reference", "<a>&#x;</a>", CodeParse},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := Decode([]byte(row.in), Options{Format: "xml", Namespaces: aj})
			var bad *Error
			if !errors.As(err, &bad) || !errors.Is(err, ErrUnreadable) || bad.Code != row.code {
				t.Errorf("%v, want %s", err, row.code)
			}
		})
	}
	if _, err := Decode([]byte(strings.Repeat("<a>", 64)+strings.Repeat("</a>", 64)), Options{Format: "xml"}); err != nil {
		t.Errorf("64 levels: %v", err)
	}
	if _, err := Decode([]byte("<a>xxxx</a>"), Options{Format: "xml", MaxBytes: 10}); err == nil {
		t.Error("a document over MaxBytes was read")
	}
}

func TestXMLDeclaredCharsets(t *testing.T) {
	gbk := func(declaration, text string) string {
		b, err := EncodeText(declaration+"<a>"+text+"</a>", "GBK", nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const declaredUTF8, declaredGBK = `<?xml version="1.0" encoding="utf-8"?>`, `<?xml version='1.0'  encoding = 'gb2312' ?>`
	for _, row := range []struct{ name, option, in, want string }{
		{"the declaration over the option", "UTF-8", gbk(declaredGBK, "张三"), "张三"},
		{"UTF-8 declared, option GBK", "GBK", declaredUTF8 + "<a>张三</a>", "张三"},
		{"a wrong declaration of UTF-8", "GBK", gbk(declaredUTF8, "张三"), "张三"},
		{"a wrong declaration of GBK", "UTF-8", declaredGBK + "<a>张三</a>", "张三"},
		{"a wrong declaration of GBK, odd length", "UTF-8", declaredGBK + "<a>张三丰</a>", "张三丰"},
		{"GBK that passes for UTF-8", "UTF-8", gbk(declaredGBK, "选"), "选"},
		{"no declaration", "GBK", gbk("", "张三"), "张三"},
		{"an unknown declaration", "GBK", gbk(`<?xml version="1.0" encoding="Big5"?>`, "张三"), "张三"},
		{"a byte order mark over both", "GBK", "\ufeff" + declaredGBK + "<a>张三</a>", "张三"},
		{"a byte order mark in GB18030", "UTF-8", "\x84\x31\x95\x33" + gbk(declaredUTF8, "张三"), "张三"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := Decode([]byte(row.in), Options{Format: "xml", Charset: row.option})
			if err != nil {
				t.Fatal(err)
			}
			if a, ok := v.Get("a"); !ok || a.Text != row.want {
				t.Errorf("read %+q", a.Text)
			}
		})
	}
	for _, in := range []string{declaredUTF8 + "<a>\xff</a>", declaredGBK + "<a>\xff</a>", "\ufeff<a>\xc4\xe3</a>"} {
		var bad *Error
		if _, err := Decode([]byte(in), Options{Format: "xml", Charset: "GBK"}); !errors.As(err, &bad) || bad.Code != CodeCharset {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestXMLInAStringKeepsItsCharacters(t *testing.T) {
	o := Options{Format: "xml", Charset: "GBK"}
	v, err := DecodeString("\ufeff<?xml version=\"1.0\" encoding=\"GBK\"?><a>中文</a>", o)
	if a, ok := v.Get("a"); err != nil || !ok || a.Text != "中文" {
		t.Fatalf("%+v, %v", v, err)
	}
	s, err := EncodeString(v, o)
	if want := `<?xml version="1.0" encoding="GBK"?><a>中文</a>`; err != nil || s != want {
		t.Errorf("%s, %v", s, err)
	}
	if _, err := EncodeString(Value{Kind: Object, Members: []Member{{"a", Str("䶮")}}}, o); err == nil {
		t.Error("a character outside the declared charset was written")
	}
}

func TestXMLWrites(t *testing.T) {
	no := false
	for _, row := range []struct{ name, in, want string }{
		{"an empty element", `{"a":""}`, `<a></a>`},
		{"an object without members", `{"a":{}}`, `<a></a>`},
		{"attributes wherever they stand", `{"a":{"b":1.50,"@n":true,"#text":"x"}}`, `<a n="true"><b>1.50</b>x</a>`},
		{"lists", `{"a":{"b":["1",{"@x":"2"}],"c":[]}}`, `<a><b>1</b><b x="2"></b></a>`},
		{"a list of one as root", `{"a":"<&>\"'\r\n\t]]>"}`, "<a>&lt;&amp;&gt;\"'&#13;\n\t]]&gt;</a>"},
		{"attributes escape line ends", `{"a":{"@b":"<\"\r\n\t'>"}}`, `<a b="&lt;&quot;&#13;&#10;&#9;'&gt;"></a>`},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := FromJSON([]byte(row.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Encode([]byte(">"), v, Options{Format: "xml", Declaration: &no})
			if err != nil || string(got) != ">"+row.want {
				t.Errorf("got %s, %v; want %s", got, err, row.want)
			}
		})
	}
	v := Value{Kind: Object, Members: []Member{{"aj:案件", Value{Kind: Object, Members: []Member{{"@bh", Str("1")},
		{"正文", Value{Kind: String, CDATA: true, Text: "a]]>\r<b/>"}}}}}}}
	got, err := Encode(nil, v, Options{Format: "xml", Charset: "gb18030", BOM: true, Namespaces: aj})
	want, _ := EncodeText("\ufeff"+`<?xml version="1.0" encoding="GB18030"?><aj:案件 xmlns:aj="urn:aj" xmlns:dsr="urn:dsr" bh="1">`+
		`<正文><![CDATA[a]]]]><![CDATA[>]]>&#13;<![CDATA[<b/>]]></正文></aj:案件>`, "GB18030", nil)
	if err != nil || string(got) != string(want) {
		t.Errorf("%q, %v", got, err)
	}
	back, err := Decode(got, Options{Format: "xml", Namespaces: aj})
	if s := string(AppendJSON(nil, back)); err != nil || s != `{"aj:案件":{"@bh":"1","正文":"a]]>\r<b/>"}}` {
		t.Errorf("%s, %v", s, err)
	}
}

func TestXMLRefusesToWriteWhatItHasNoFormFor(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"no root", `{}`, "xml: one top-level field is due, the root element"},
		{"a bare text", `"x"`, "xml: one top-level field is due, the root element"},
		{"two roots", `{"a":1,"b":2}`, "xml: more than one root element"},
		{"a list as root", `{"a":[1]}`, "xml: more than one root element"},
		{"null", `{"a":{"b":null}}`, "xml: no form for null at a.b"},
		{"a list in a list", `{"a":{"b":[[1]]}}`, "xml: a list inside a list at a.b[0]"},
		{"a list as attribute", `{"a":{"@b":[1]}}`, "xml: a list or an object where a text is due at a.@b"},
		{"a name with a blank", `{"a b":1}`, "xml: a name that no element can have at a b"},
		{"a control character", `{"a":{"b":["x","\u0001"]}}`, "XML cannot hold U+0001 at a.b[1]"},
		{"a character that the charset lacks", `{"a":{"@b":"䶮"}}`, "GBK cannot hold U+4DAE at a.@b"},
		{"a name that the charset lacks", `{"䶮":""}`, "GBK cannot hold U+4DAE at 䶮"},
		{"white space beside elements", `{"a":{"b":1,"#text":" "}}`, "xml: white space alone between elements, which nobody reads at a.#text"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := FromJSON([]byte(row.in))
			if err != nil {
				t.Fatal(err)
			}
			dst, err := Encode([]byte("was"), v, Options{Format: "xml", Charset: "GBK"})
			if err == nil || err.Error() != row.want || string(dst) != "was" {
				t.Errorf("%v, dst %q; want %s", err, dst, row.want)
			}
		})
	}
}
