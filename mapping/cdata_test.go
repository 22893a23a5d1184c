package mapping

import "testing"

func TestEmbeddedDocumentStandsInACDATASection(t *testing.T) {
	p := small{
		format: "xml", charset: "GBK",
		nat:   `"o":` + objectSchema(`"a":`+str),
		loc:   `"R":` + objectSchema(`"x":`+str),
		rules: `- {nat: o, loc: R.x, embed: {codec: xml, local: inner, cdata: true}, each: [{nat: a, loc: D.a}, {loc: D.n, drop: to-national, why: x}]}`,
	}.compile(t)
	const head = `<?xml version="1.0" encoding="GBK"?>`
	for nat, local := range map[string]string{
		`{"o":{"a":"1 < 2"}}`:        head + `<R><x><![CDATA[<D><a>1 &lt; 2</a></D>]]></x></R>`,
		`{"o":{"a":"]]>"}}`:          head + `<R><x><![CDATA[<D><a>]]&gt;</a></D>]]></x></R>`,
		`{"o":{"a":"a\rb"}}`:         head + `<R><x><![CDATA[<D><a>a&#13;b</a></D>]]></x></R>`,
		"{\"o\":{\"a\":\"\u7532\"}}": head + "<R><x><![CDATA[<D><a>\xbc\xd7</a></D>]]></x></R>",
	} {
		b, _, err := p.ToLocal(nil, []byte(nat), &testEnv)
		if err != nil || string(b) != local {
			t.Errorf("%s gives %s, want %s (%v)", nat, b, local, err)
			continue
		}
		if back, _, err := p.ToNational(nil, b, &testEnv); err != nil || string(back) != nat {
			t.Errorf("%s comes back as %s (%v)", local, back, err)
		}
	}
}

// An inner document of JSON may hold "]]>", which ends a section.
func TestSectionEndInsideASectionIsSplit(t *testing.T) {
	p := small{
		format: "xml",
		nat:    `"o":` + objectSchema(`"a":`+str),
		loc:    `"R":` + objectSchema(`"x":`+str),
		rules:  `- {nat: o, loc: R.x, embed: {codec: json, local: inner, cdata: true}, each: [{nat: a, loc: D.a}, {loc: D.n, drop: to-national, why: x}]}`,
	}.compile(t)
	const nat, want = `{"o":{"a":"x]]>y"}}`, `<?xml version="1.0" encoding="UTF-8"?><R><x><![CDATA[{"D":{"a":"x]]]]><![CDATA[>y"}}]]></x></R>`
	b, _, err := p.ToLocal(nil, []byte(nat), &testEnv)
	if err != nil || string(b) != want {
		t.Fatalf("got %s, want %s (%v)", b, want, err)
	}
	if back, _, err := p.ToNational(nil, b, &testEnv); err != nil || string(back) != nat {
		t.Errorf("came back as %s (%v)", back, err)
	}
}
