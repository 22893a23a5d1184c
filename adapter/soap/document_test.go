package soap_test

import (
	"fmt"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

// bodyOf is what stands in Body of the last envelope.
func bodyOf(t *testing.T, r *adaptertest.HTTP) string {
	t.Helper()
	_, b := r.Last()
	_, after, ok := strings.Cut(string(b), "<soap:Body>")
	body, _, end := strings.Cut(after, "</soap:Body>")
	if !ok || !end {
		t.Fatal(string(b))
	}
	return body
}

func TestKeyGoesIntoTheField(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	m := message(t)
	for _, c := range []struct{ field, document, want string }{
		{"Msg.@lsh", `<?xml version="1.0" encoding="GBK"?><Msg lx="1"><a>甲</a></Msg>`, `<?xml version="1.0" encoding="GBK"?><Msg lx="1" lsh="` + m.Key + `"><a>甲</a></Msg>`},
		{"Msg.lsh", `<Msg><lsh/><a>甲</a></Msg>`, `<Msg><lsh>` + m.Key + `</lsh><a>甲</a></Msg>`},
		{"Msg.lsh", `<Msg><lsh>` + m.Key + `</lsh><!-- kept --><a/></Msg>`, `<Msg><lsh>` + m.Key + `</lsh><!-- kept --><a/></Msg>`},
		{"aj:Msg.aj:lsh", `<aj:Msg xmlns:aj="urn:aj" xmlns:b="urn:b"><b:x/></aj:Msg>`, `<aj:Msg xmlns:aj="urn:aj" xmlns:b="urn:b"><b:x></b:x><aj:lsh>` + m.Key + `</aj:lsh></aj:Msg>`},
	} {
		k := sinkOf(t, r.URL, l2, `idempotency: {field: "`+c.field+`"}`)
		m.Document = gbk(t, c.document)
		deliver(k, m)
		if got := bodyOf(t, r); !strings.Contains(got, "<xmlData><![CDATA["+c.want+"]]></xmlData>") {
			t.Errorf("%s: %s, want %s", c.field, got, c.want)
		}
		if i, _ := k.RouteInfo(m.Type); !i.Idempotent || i.IdempotencyField != c.field {
			t.Errorf("%+v", i)
		}
	}
	n := r.Requests()
	for _, doc := range []string{`<Msg>text</Msg>`, `<Msg`} {
		m.Document = []byte(doc)
		if _, f := deliver(sinkOf(t, r.URL, l2, `idempotency: {field: Msg.lsh}`), m); f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" || r.Requests() != n {
			t.Errorf("%s: %+v", doc, f)
		}
	}
}

func TestDocumentWithoutArgument(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	r.Answer = []byte(sealed(env11, `<t:submitCaseResponse xmlns:t="u" xmlns="v"><t:state>1</t:state><bh id="x">L-1</bh></t:submitCaseResponse>`))
	const rules = `ack: [{when: body.submitCaseResponse.state == "1" && body.state == "1", ack: {localRef: 'body.bh["#text"]'}}]`
	for _, c := range []struct{ settings, document, want string }{
		{`operation: submitCase, namespace: "urn:n"`, `<?xml version="1.0" encoding="GBK"?><submitCase a="1"><xm>甲</xm></submitCase>`, `<ns:submitCase a="1" xmlns:ns="urn:n"><xm>甲</xm></ns:submitCase>`},
		{`namespace: "urn:n", qualified: true`, `<submitCase><xm>甲</xm></submitCase>`, `<submitCase xmlns="urn:n"><xm>甲</xm></submitCase>`},
		{`namespace: "urn:n"`, `<submitCase xmlns="urn:own"><xm>甲</xm></submitCase>`, `<submitCase xmlns="urn:own"><xm>甲</xm></submitCase>`},
		{`namespace: "urn:n"`, `<submitCase xmlns:ns="urn:own"><ns:xm>甲</ns:xm></submitCase>`, `<ns0:submitCase xmlns:ns="urn:own" xmlns:ns0="urn:n"><ns:xm>甲</ns:xm></ns0:submitCase>`},
		{`operation: submitCase, namespace: "urn:n"`, `<Msg><xm>甲</xm></Msg>`, `<ns:submitCase xmlns:ns="urn:n"><Msg><xm>甲</xm></Msg></ns:submitCase>`},
		{`operation: submitCase`, `<Msg><xm>甲</xm></Msg>`, `<submitCase><Msg><xm>甲</xm></Msg></submitCase>`},
		{`http2: false`, `<Msg><xm>甲]]&gt;</xm></Msg>`, `<Msg><xm>甲]]&gt;</xm></Msg>`},
	} {
		m := message(t)
		m.Document = gbk(t, c.document)
		ack, f := deliver(sinkOf(t, r.URL, c.settings, rules), m)
		if got := bodyOf(t, r); f != nil || ack.LocalRef != "L-1" || got != c.want {
			t.Errorf("%s: %s %+v, want %s", c.settings, got, f, c.want)
		}
	}
	m := message(t)
	m.Document = []byte("no markup")
	if _, f := deliver(sinkOf(t, r.URL, `operation: x`, ""), m); f == nil || f.HoldReason != "mapping" {
		t.Fatalf("%+v", f)
	}
	void := sinkOf(t, says(t, 200, sealed(env11, `<submitCaseResponse/>`)), `operation: submitCase`, "")
	if _, f := deliver(void, message(t)); f != nil {
		t.Fatalf("an operation that gives nothing back has answered: %+v", f)
	}
}

func TestAnyCodecGoesIntoTheArgument(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	r.Answer = []byte(sealed(env11, `<r><return>{"code":"0","id":7}</return></r>`))
	s := config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, %s}\nidempotency: {field: k}\nack: [{when: body.code == \"0\", ack: {localRef: body.id}}]", r.URL, l2))
	s.Codec, s.Answer = adapter.Codec{Format: "json", Charset: "GBK"}, adapter.Codec{Format: "json", Charset: "GBK"}
	m := message(t)
	m.Document = gbk(t, `{"xm":"甲]]>"}`)
	ack, f := deliver(open(t, s), m)
	if got := bodyOf(t, r); f != nil || ack.LocalRef != "7" || !strings.Contains(got, `<![CDATA[{"xm":"甲]]]]><![CDATA[>","k":"`+m.Key+`"}]]>`) {
		t.Fatalf("%s %+v", got, f)
	}
	n := r.Requests()
	s.Codec = adapter.Codec{Format: "text", Charset: "GBK"}
	m.Document = []byte("a\x01b")
	s.Node = node(t, fmt.Sprintf("{kind: soap, settings: {url: %q, operation: o, argument: a}}", r.URL))
	if _, f := deliver(open(t, s), m); f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" || !strings.Contains(f.Error(), "XML cannot hold U+0001") || r.Requests() != n {
		t.Fatalf("%+v", f)
	}
}
