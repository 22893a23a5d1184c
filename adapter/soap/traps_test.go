package soap_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/internal/codec"
)

func TestTrap01BusinessErrorBehind200(t *testing.T) {
	for state, want := range map[string]adapter.Outcome{"0": adapter.Transient, "-1": adapter.Refused, "7": adapter.UnknownTaken} {
		answer := sealed(env11, `<r><return><![CDATA[<return><state>`+state+`</state><msg>张三 有误</msg><bh/></return>]]></return></r>`)
		_, f := deliver(sinkOf(t, says(t, 200, answer), l2, l2Rules), message(t))
		if f == nil || f.Outcome != want || strings.Contains(f.Error(), "张三") || want == adapter.Refused && (f.Code != "E-1" || f.Detail != "张三 有误") {
			t.Errorf("state %s: %+v", state, f)
		}
	}
}

// Trap 8: an amount is text on the way; nothing makes 1234.50 a float.
func TestTrap08AmountsStayAsWritten(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	m := message(t)
	m.Document = []byte(`<?xml version="1.0" encoding="GBK"?><Msg><je>1234.50</je><fen>0123450</fen><wan>1.0E3</wan></Msg>`)
	deliver(sinkOf(t, r.URL, l2, "idempotency: {field: Msg.lsh}"), m)
	if _, body := r.Last(); !strings.Contains(string(body), `<je>1234.50</je><fen>0123450</fen><wan>1.0E3</wan><lsh>`+m.Key+`</lsh>`) {
		t.Fatal(string(body))
	}
	in := &adaptertest.Intake{}
	local{serve(t, source(t, sourceText), in).URL + "/local/320000/soap", "1.1"}.call(t, call("report", `<Msg><lx>1</lx><lsh>007</lsh><je>1.0E3</je></Msg>`))
	if got := in.Taken(); len(got) != 1 || got[0].ID != "007" || string(got[0].Content) != `{"Msg":{"je":"1.0E3","lsh":"007","lx":"1"}}` {
		t.Fatalf("%+v", got)
	}
}

// Trap 11: rare characters go as they are in the envelope's UTF-8. That GBK lacks
// them is found before, in the mapping; what a codec cannot read never leaves.
func TestTrap11RareCharacters(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	r.Answer = []byte(taken("䶮𬭎-1"))
	s := config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, %s}\n%s", r.URL, l2, l2Rules))
	s.Codec.Charset = "GB18030"
	m := message(t)
	m.Document = encoded(t, "GB18030", "A", "䶮𬭎㐂·〇")
	ack, f := deliver(open(t, s), m)
	if _, body := r.Last(); f != nil || ack.LocalRef != "䶮𬭎-1" || !strings.Contains(string(body), `encoding="GB18030"?><Msg`) || !strings.Contains(string(body), "<xm>䶮𬭎㐂·〇</xm>") || strings.Contains(string(body), "?<") {
		t.Fatalf("%+v %+v", ack, f)
	}
	// A probe's document is written here: a character that GBK lacks holds, and names its code point alone.
	k := sinkOf(t, r.URL, l2, `routes: {"*": {probe: {operation: q, document: "<Q>{subject}</Q>", found: "true"}}}`)
	n := r.Requests()
	m = message(t)
	m.Subject = "张三䶮"
	_, _, err := k.Probe(t.Context(), m)
	if f := adapter.Classify(err, false); f.Outcome != adapter.Refused || f.HoldReason != "mapping" || r.Requests() != n || !strings.Contains(f.Error(), "GBK cannot hold U+4DAE") || strings.Contains(f.Error(), "张三") {
		t.Fatalf("%+v", f)
	}
}

// Trap 14: full-width brackets and digits stay full-width, both ways.
func TestTrap14FullWidthStays(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	r.Answer = []byte(taken("（苏）1２号"))
	m := message(t)
	m.Document = encoded(t, "GBK", "A", "有限公司（南京）(1)１２")
	ack, f := deliver(sinkOf(t, r.URL, l2, l2Rules), m)
	if _, body := r.Last(); f != nil || ack.LocalRef != "（苏）1２号" || !strings.Contains(string(body), "<xm>有限公司（南京）(1)１２</xm>") {
		t.Fatalf("%+v %+v", ack, f)
	}
}

// Trap 18: a receiver's 413 needs a person; our own limit answers 413 in SOAP's way.
func TestTrap18BodySizeLimits(t *testing.T) {
	if _, f := deliver(sinkOf(t, says(t, 413, ""), l2, ""), message(t)); f == nil || f.Outcome != adapter.Refused || f.Status != 413 {
		t.Fatalf("%+v", f)
	}
	in := &adaptertest.Intake{}
	url := serve(t, source(t, sourceText+answers), in).URL + "/local/320000/soap"
	status, told := local{url, "1.1"}.call(t, call("report", "<Msg><lsh>"+strings.Repeat("长", 1<<19)+"</lsh></Msg>"))
	if status != 500 || !strings.Contains(told, "<faultcode>soap:Client</faultcode><faultstring>too-large") || !strings.Contains(told, "<msg>413</msg>") || len(in.Taken()) != 0 {
		t.Fatal(status, told)
	}
}

// Trap 19: a byte order mark, a declaration that lies, two charsets in one message.
func TestTrap19MarksAndWrongDeclarations(t *testing.T) {
	answer := func(declaration string) string {
		return strings.Replace(sealed(env11, `<r><return><![CDATA[<?xml version="1.0" encoding="GBK"?><return><state>1</state><bh>编号1</bh></return>]]></return></r>`), `<?xml version="1.0" encoding="UTF-8"?>`, declaration, 1)
	}
	gb := func(s string) []byte { return gbk(t, s) }
	for name, c := range map[string]struct {
		kind   string
		answer []byte
	}{
		"an empty first line":             {"text/xml", []byte("\r\n" + answer(`<?xml version="1.0" encoding="UTF-8"?>`))},
		"byte order mark":                 {"text/xml; charset=utf-8", []byte("\xef\xbb\xbf" + answer(`<?xml version="1.0" encoding="UTF-8"?>`))},
		"GBK, declared":                   {"text/xml", gb(answer(`<?xml version="1.0" encoding="GBK"?>`))},
		"GBK, told by HTTP":               {"text/xml; charset=GBK", gb(answer(``))},
		"GBK, declared as gb2312":         {"text/xml;charset=gb2312", gb(answer(`<?xml version="1.0" encoding="gb2312"?>`))},
		"UTF-8, declared as GBK by error": {"text/xml; charset=utf-8", []byte(answer(`<?xml version="1.0" encoding="GBK"?>`))},
		"GBK, declared as UTF-8 by error": {"text/xml; charset=GBK", gb(answer(`<?xml version="1.0" encoding="UTF-8"?>`))},
	} {
		if ack, f := deliver(sinkOf(t, saysAs(t, 200, c.kind, c.answer), l2, l2Rules), message(t)); f != nil || ack.LocalRef != "编号1" {
			t.Errorf("%s: %+v %+v", name, ack, f)
		}
	}
	// The document of a message may have a mark of its own: it does not stand inside the string.
	r := adaptertest.NewHTTP(t, false)
	s := config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, %s}", r.URL, l2))
	s.Codec.Charset = "UTF-8"
	m := message(t)
	m.Document = []byte("\xef\xbb\xbf<Msg>张三</Msg>")
	deliver(open(t, s), m)
	if _, body := r.Last(); !strings.Contains(string(body), "<![CDATA[<Msg>张三</Msg>]]>") {
		t.Fatal(string(body))
	}
	// Bytes that are in no charset are never sent as something else.
	m.Document = []byte{'<', 'M', '>', 0xff, 0xff}
	if _, f := deliver(open(t, s), m); f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" {
		t.Fatalf("%+v", f)
	}
}

// Trap 19, from the local system: whatever the declaration in the string says, the
// gateway reads the bytes that it is handed as this very text.
func TestTrap19DocumentsReadBackAsTheyCame(t *testing.T) {
	for _, doc := range []string{
		`<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>一些 张三</lsh></Msg>`, `<?xml version="1.0" encoding="UTF-8"?><Msg><lx>1</lx><lsh>一些</lsh></Msg>`,
		`<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>䶮𬭎</lsh></Msg>`, `<Msg><lx>1</lx><lsh>〇·（）</lsh></Msg>`, `<?xml version="1.0"?><Msg><lx>1</lx><lsh>plain</lsh></Msg>`,
		"\r\n  " + `<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>缩进</lsh></Msg>`, "\ufeff" + `<?xml version="1.0" encoding="utf-16"?><Msg><lx>1</lx><lsh>宽</lsh></Msg>`,
	} {
		in := &adaptertest.Intake{}
		status, told := local{serve(t, source(t, sourceText+answers), in).URL + "/local/320000/soap", "1.1"}.call(t, call("report", doc))
		if status != 200 || len(in.Taken()) != 1 {
			t.Fatal(status, told)
		}
		v, err := codec.Decode(in.Taken()[0].Document, codec.Options{Format: "xml", Charset: "GBK"})
		want, _ := codec.DecodeString(strings.TrimSpace(doc), codec.Options{Format: "xml"})
		if err != nil || string(codec.AppendJSON(nil, v)) != string(codec.AppendJSON(nil, want)) {
			t.Errorf("%s: %q %v", doc, in.Taken()[0].Document, err)
		}
	}
}

// Trap 20: the end of a CDATA section inside a document; PHP's server and clients read it back too.
func TestTrap20EndOfCDATAInside(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	m := message(t)
	m.Document = encoded(t, "GBK", "A", "a]]>b]]]]>>\r\n&<")
	deliver(sinkOf(t, r.URL, l2, ""), m)
	_, body := r.Last()
	v, err := codec.Decode(body, codec.Options{Format: "xml"})
	if err != nil {
		t.Fatal(err)
	}
	s := v.Any().(map[string]any)["soap:Envelope"].(map[string]any)["soap:Body"].(map[string]any)["ns:submitCase"].(map[string]any)["xmlData"].(string)
	if want, _ := codec.Text(m.Document, "GBK"); s != want {
		t.Fatalf("%q, want %q", s, want)
	}
	in := &adaptertest.Intake{}
	local{serve(t, source(t, sourceText+answers), in).URL + "/local/320000/soap", "1.1"}.call(t, call("report", `<Msg><lx>1</lx><lsh><![CDATA[a]]]]><![CDATA[>b]]></lsh></Msg>`))
	if len(in.Taken()) != 1 || in.Taken()[0].ID != "a]]>b" {
		t.Fatalf("%+v", in.Taken())
	}
}

// Trap 27: a login page or a firewall's page with 200 acknowledges nothing, and
// three running are the unit's trouble.
func TestTrap27HTMLWith200(t *testing.T) {
	for _, page := range []string{"<html><body>请登录</body></html>", "<!DOCTYPE html><html><body><p>blocked", "", "OK", "<Envelope><Body><return><state>1</state></return></Body></Envelope>"} {
		k := sinkOf(t, saysAs(t, 200, "text/html", []byte(page)), l2, l2Rules)
		for i, want := range []adapter.Outcome{adapter.UnknownTaken, adapter.UnknownTaken, adapter.UnitTrouble} {
			if _, f := deliver(k, message(t)); f == nil || f.Outcome != want || f.Code != "unreadable" {
				t.Errorf("%q, answer %d: %+v", page, i+1, f)
			}
		}
	}
}

func TestWhatCameOnceMayNotBeReplayed(t *testing.T) {
	in := &adaptertest.Intake{}
	url := serve(t, source(t, sourceText+answers), in).URL + "/local/320000/soap"
	send := func(at time.Time, nonce []byte, password string) string {
		_, told := post(t, url, "text/xml", strings.Replace(sealed(env11, call("report", "<Msg><lx>1</lx><lsh>1</lsh></Msg>")), "<e:Header/>", "<e:Header>"+proof(at, nonce, password)+"</e:Header>", 1))
		return told
	}
	nonce := fresh()
	if told := send(time.Now(), nonce, "value of p"); !strings.Contains(told, "<state>1</state>") {
		t.Fatal(told)
	}
	for name, told := range map[string]string{
		"replayed": send(time.Now(), nonce, "value of p"), "too old": send(time.Now().Add(-6*time.Minute), fresh(), "value of p"),
		"from the future": send(time.Now().Add(6*time.Minute), fresh(), "value of p"), "another password": send(time.Now(), fresh(), "another"),
	} {
		if !strings.Contains(told, "<state>-1</state><msg>401</msg>") {
			t.Errorf("%s: %s", name, told)
		}
	}
	if told := send(time.Now().Add(-4*time.Minute), fresh(), "value of p"); !strings.Contains(told, "<state>1</state>") {
		t.Fatal("a clock within the tolerance", told)
	}
}
