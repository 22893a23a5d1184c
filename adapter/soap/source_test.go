package soap_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/soap"
	"duijie/internal/problem"
)

// open11 is a source that asks nobody who they are.
const openText = `
kind: soap
settings: {namespace: "` + space + `"}
operations:
  report: {argument: xmlData, type: {from: body.Msg.lx, values: {"1": case.accepted, "2": case.rejected}}, dedupe: body.Msg.lsh, volatile: [Msg.ts], time: body.Msg.czsj, lane: body.Msg.wbbh, reissue: hold, strict: true}
  progress: {type: case.progress, dedupe: body.progress.lsh}
  receipt: {argument: xmlData, acks: {correlate: body.Ack.wbbh, rules: [{when: body.Ack.jg == "1", ack: {localRef: body.Ack.bh}}, {when: body.Ack.jg == "2", hold: {detail: body.Ack.sm}}]}}
`

// ask calls a source without a listener.
func ask(k *soap.Source, in adapter.Intake, method, target, kind, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	k.ServeLocal(w, r, strings.TrimPrefix(r.URL.Path, "/local/320000/"), in)
	return w
}

func ask11(k *soap.Source, in adapter.Intake, body string) *httptest.ResponseRecorder {
	return ask(k, in, "POST", "/local/320000/soap", "text/xml; charset=utf-8", sealed(env11, body))
}

func TestWhatIsHandedIn(t *testing.T) {
	k, in := source(t, openText), &adaptertest.Intake{}
	w := ask11(k, in, call("report", `<Msg><lx>2</lx><lsh>7</lsh><wbbh>N-1</wbbh><czsj>2026-10-01 09:00:00</czsj><ts>1</ts></Msg>`))
	if want := `<ns:reportResponse xmlns:ns="` + space + `"><return><![CDATA[{"receipt":"receipt-1"}]]></return></ns:reportResponse>`; w.Code != 200 || !strings.Contains(w.Body.String(), want) || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Fatal(w.Code, w.Body)
	}
	got := in.Taken()[0]
	if got.Type != "case.rejected" || got.ID != "7" || got.Lane != "N-1" || !got.ReissueHold || !got.Strict || got.Endpoint != "report" || got.Time.Format(time.RFC3339) != "2026-10-01T09:00:00+08:00" ||
		string(got.Content) != `{"Msg":{"czsj":"2026-10-01 09:00:00","lsh":"7","lx":"2","wbbh":"N-1"}}` {
		t.Fatalf("%+v", got)
	}
}

func TestHoweverTheArgumentIsWritten(t *testing.T) {
	const doc = `&lt;Msg&gt;&lt;lx&gt;1&lt;/lx&gt;&lt;lsh&gt;甲&lt;/lsh&gt;&lt;/Msg&gt;`
	for name, body := range map[string]string{
		"escaped":                   `<report xmlns="` + space + `"><xmlData>` + doc + `</xmlData></report>`,
		"no namespace":              `<report><xmlData>` + doc + `</xmlData></report>`,
		"another namespace":         `<o:report xmlns:o="urn:old"><o:xmlData>` + doc + `</o:xmlData></o:report>`,
		"a name that a toolkit set": `<report><arg0>` + doc + `</arg0></report>`,
		"no argument element":       `<report>` + doc + `</report>`,
		"markup":                    `<n:report xmlns:n="` + space + `"><xmlData> <n:Msg><n:lx>1</n:lx><lsh>甲</lsh></n:Msg> </xmlData></n:report>`,
		"a multi-part call":         `<report><user>u</user><xmlData><![CDATA[<Msg><lx>1</lx>]]><![CDATA[<lsh>甲</lsh></Msg>]]></xmlData></report>`,
	} {
		k, in := source(t, openText), &adaptertest.Intake{}
		if w := ask11(k, in, body); w.Code != 200 || len(in.Taken()) != 1 || in.Taken()[0].ID != "甲" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	k, in := source(t, openText), &adaptertest.Intake{}
	if w := ask11(k, in, `<report><a/><b/></report>`); !strings.Contains(w.Body.String(), "malformed: operation has no argument xmlData") || len(in.Taken()) != 0 {
		t.Error(w.Body)
	}
}

func TestDocumentIsTheOperationsElement(t *testing.T) {
	k, in := source(t, openText+`answer: {ok: '<state>1</state>', error: 'text <{status}'}`), &adaptertest.Intake{}
	body := `<p:progress xmlns:p="` + space + `" xmlns:q="urn:q"><lsh>1</lsh><p:a q:x="1">文</p:a><q:b/></p:progress>`
	w := ask11(k, in, body)
	if want := `<ns:progressResponse xmlns:ns="` + space + `"><state>1</state></ns:progressResponse>`; !strings.Contains(w.Body.String(), want) {
		t.Fatal(w.Body)
	}
	want := `<progress xmlns:p="` + space + `" xmlns:q="urn:q" xmlns="` + space + `"><lsh xmlns="">1</lsh><a q:x="1">文</a><q:b/></progress>`
	if got := in.Taken()[0]; got.ID != "1" || got.Type != "case.progress" || string(got.Document) != string(gbk(t, want)) {
		t.Fatalf("%q", got.Document)
	}
	again := strings.NewReplacer("p:", "other:", "xmlns:p", "xmlns:other").Replace(body)
	if ask11(k, in, again); len(in.Taken()) != 1 {
		t.Fatal("a prefix made another message of it")
	}
	in.Refuse(&problem.Problem{Code: "backpressure", RetryAfter: 1500 * time.Millisecond})
	if w = ask11(k, in, body); !strings.Contains(w.Body.String(), `<return><![CDATA[text <503]]></return>`) || w.Header().Get("Retry-After") != "2" {
		t.Fatal(w.Body, w.Header())
	}
}

func TestRefusals(t *testing.T) {
	const entity = `<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>`
	deep := strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)
	for _, c := range []struct {
		name, body, fault string
		status            string // of answer.error where the operation is known
	}{
		{"no XML", `<`, "malformed: body is no well-formed XML", ""}, {"no envelope", `<report/>`, "malformed: body is no SOAP envelope", ""},
		{"another envelope", `<Envelope xmlns="urn:x"><Body/></Envelope>`, "malformed: body is no SOAP envelope", ""},
		{"two bodies", `<e:Envelope xmlns:e="` + env11 + `"><e:Body/><e:Body><report/></e:Body></e:Envelope>`, "malformed: body is no SOAP envelope", ""},
		{"a body of another's", `<e:Envelope xmlns:e="` + env11 + `"><Body><report/></Body><e:Body><receipt/></e:Body></e:Envelope>`, "not-found: no such operation", "404"},
		{"no body", `<e:Envelope xmlns:e="` + env11 + `"/>`, "malformed: body is no SOAP envelope", ""},
		{"two roots", sealed(env11, `<report/>`) + "<a/>", "malformed: body is no well-formed XML", "400"},
		{"a header without end", strings.Replace(sealed(env11, `<report/>`), "<e:Header/>", "<e:Header>"+strings.Repeat("<a/>", 1<<15)+"</e:Header>", 1), "malformed: body is no well-formed XML", ""},
		{"empty", sealed(env11, ``), "not-found: no such operation", ""}, {"no operation", sealed(env11, `<nosuch/>`), "not-found: no such operation", ""},
		{"an entity", strings.Replace(sealed(env11, `<report><xmlData>&x;</xmlData></report>`), "<e:Env", entity+"<e:Env", 1), "malformed: body is no well-formed XML", ""},
		{"too deep", sealed(env11, `<report><xmlData>`+deep+`</xmlData></report>`), "malformed: body is no well-formed XML", "400"},
		{"unreadable", sealed(env11, call("report", `<Msg>`)), "malformed: document cannot be read as xml", "400"},
		{"an entity inside", sealed(env11, call("report", entity+`<Msg>&x;</Msg>`)), "malformed: document cannot be read as xml", "400"},
		{"too deep inside", sealed(env11, call("report", deep)), "malformed: document cannot be read as xml", "400"},
		{"type not listed", sealed(env11, call("report", `<Msg><lx>9</lx></Msg>`)), "unknown-type: the document&#39;s type is not listed", "422"},
		{"unknown reference", sealed(env11, call("receipt", `<Ack><wbbh>N-9</wbbh><jg>1</jg></Ack>`)), "not-found: ", "404"},
	} {
		for ns, kind := range map[string]string{env11: "text/xml", env12: "application/soap+xml; charset=utf-8"} {
			in := &adaptertest.Intake{Known: []string{}}
			body := strings.ReplaceAll(c.body, env11, ns)
			w := ask(source(t, openText), in, "POST", "/local/320000/soap", kind, body)
			status, code := 500, "<faultcode>soap:Client</faultcode>"
			if ns == env12 {
				status, code = 400, "<soap:Value>soap:Sender</soap:Value>"
			}
			text := strings.ReplaceAll(w.Body.String(), "'", "&#39;")
			if w.Code != status || !strings.Contains(text, code) || !strings.Contains(text, c.fault) || len(in.Taken()) != 0 {
				t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			}
			w = ask(source(t, openText+answers), in, "POST", "/local/320000/soap", kind, body)
			if c.status != "" {
				if w.Code != 200 || !strings.Contains(w.Body.String(), `<return><![CDATA[<result><state>-1</state><msg>`+c.status+`</msg></result>]]></return>`) {
					t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
				}
			} else if !strings.Contains(w.Body.String(), "soap:Fault") || !strings.Contains(w.Body.String(), "<answer><![CDATA[<result><state>-1</state>") {
				t.Errorf("%s: a fault carries the pack's own answer: %s", c.name, w.Body)
			}
		}
	}
}

func TestCredentials(t *testing.T) {
	text := func(secret string) string { return token("tj", "PasswordText", secret, "") }
	by := func(settings string) string {
		return strings.Replace(openText, `settings: {`, "settings: {"+settings+", ", 1)
	}
	for _, c := range []struct {
		name, settings, header string
		ok                     bool
	}{
		{"text", `wsse: {user: tj, password: secret:p}`, text("value of p"), true}, {"digest where text is enough", `wsse: {user: tj, password: secret:p}`, proof(time.Now(), fresh(), "value of p"), true},
		{"another text", `wsse: {user: tj, password: secret:p}`, text("x"), false}, {"another user", `wsse: {user: t, password: secret:p}`, text("value of p"), false},
		{"text where a digest is due", `wsse: {user: tj, password: secret:p, digest: true}`, text("value of p"), false}, {"nothing", `wsse: {user: tj, password: secret:p}`, "", false},
		{"a digest without a nonce", `wsse: {user: tj, password: secret:p}`, token("tj", "PasswordDigest", "AAAA", ""), false},
		{"an empty token", `wsse: {user: tj, password: secret:p}`, `<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>`, false},
		{"an old stamp, long tolerance", `wsse: {user: tj, password: secret:p, tolerance: 1h}`, proof(time.Now().Add(-50*time.Minute), fresh(), "value of p"), true},
	} {
		in := &adaptertest.Intake{}
		envelope := strings.Replace(sealed(env11, call("report", "<Msg><lx>1</lx><lsh>1</lsh></Msg>")), "<e:Header/>", "<e:Header>"+c.header+"</e:Header>", 1)
		w := ask(source(t, by(c.settings)), in, "POST", "/local/320000/soap", "text/xml", envelope)
		if c.ok != (w.Code == 200) || c.ok != (len(in.Taken()) == 1) || !c.ok && !strings.Contains(w.Body.String(), "<faultstring>token: caller is not proven") || strings.Contains(w.Body.String(), "value of p") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	in := &adaptertest.Intake{}
	if w := ask11(source(t, openText+`auth: {kind: basic, user: u, password: secret:p}`), in, call("report", "<Msg/>")); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(w.Body.String(), "<code>token</code><status>401</status>") {
		t.Error(w.Code, w.Body)
	}
}

// The rest of an envelope is not read for who is not proven.
func TestProvenBeforeRead(t *testing.T) {
	k, in := source(t, sourceText), &adaptertest.Intake{}
	broken := `<report><xmlData><![CDATA[<Msg/>]]></xmlData></repor`
	if w := ask11(k, in, broken); !strings.Contains(w.Body.String(), "<code>token</code>") {
		t.Fatal(w.Body)
	}
	header := "<e:Header>" + proof(time.Now(), fresh(), "value of p") + "</e:Header>"
	if w := ask(k, in, "POST", "/local/320000/soap", "text/xml", strings.Replace(sealed(env11, broken), "<e:Header/>", header, 1)); !strings.Contains(w.Body.String(), "<code>malformed</code>") {
		t.Fatal(w.Body)
	}
}

func TestSameTokenMayComeAgainAfter503(t *testing.T) {
	k, in := source(t, sourceText), &adaptertest.Intake{}
	envelope := strings.Replace(sealed(env11, call("report", "<Msg><lx>1</lx></Msg>")), "<e:Header/>", "<e:Header>"+proof(time.Now(), fresh(), "value of p")+"</e:Header>", 1)
	send := func() string {
		return ask(k, in, "POST", "/local/320000/soap", "text/xml", envelope).Body.String()
	}
	in.Refuse(&problem.Problem{Code: "store"})
	first := send()
	in.Refuse(nil)
	if second, third := send(), send(); !strings.Contains(first, "soap:Server") || !strings.Contains(second, "receipt-1") || !strings.Contains(third, "token: ") {
		t.Fatal(first, second, third)
	}
}

func TestCallbackAcknowledges(t *testing.T) {
	k, in := source(t, openText+answers), &adaptertest.Intake{Known: []string{"N-1"}}
	for doc, want := range map[string]string{`<Ack><wbbh>N-1</wbbh><jg>1</jg><bh>L7</bh></Ack>`: "<state>1</state><bh>N-1</bh>", `<Ack><wbbh>N-2</wbbh><jg>1</jg></Ack>`: "<msg>404</msg>", `<Ack/>`: "<msg>422</msg>"} {
		if w := ask11(k, in, call("receipt", doc)); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", doc, w.Body)
		}
	}
	if got := in.Late(); len(got) != 1 || got[0].Ack.LocalRef != "L7" {
		t.Fatalf("%+v", got)
	}
}

func TestDescription(t *testing.T) {
	k, in := source(t, openText), &adaptertest.Intake{}
	r := httptest.NewRequest("GET", "http://gw.example.cn:8080/local/320000/soap?WSDL", nil)
	w := httptest.NewRecorder()
	k.ServeLocal(w, r, "soap", in)
	for _, part := range []string{`location="http://gw.example.cn:8080/duijie/local/320000/soap"`, `targetNamespace="` + space + `"`, `<xs:element name="report">`, `<xs:element name="xmlData" type="xs:string"/>`, `<xs:any `} {
		if w.Code != 200 || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" || !strings.Contains(w.Body.String(), part) {
			t.Errorf("%d lacks %s: %s", w.Code, part, w.Body)
		}
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", `tj.example.cn, inner"<`)
	w = httptest.NewRecorder()
	if k.ServeLocal(w, r, "soap", in); !strings.Contains(w.Body.String(), `location="https://tj.example.cn/duijie/local/320000/soap"`) {
		t.Error(w.Body)
	}
	for target, status := range map[string]int{"/local/320000/soap": 405, "/local/320000/other?wsdl": 404} {
		if w := ask(k, in, "GET", target, "", ""); w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

// writer is an intake that writes problems as the gateway does.
type writer struct{ adaptertest.Intake }

func (*writer) WriteProblem(w http.ResponseWriter, _ *http.Request, p *problem.Problem) {
	w.WriteHeader(p.Status())
	_, _ = io.WriteString(w, "written "+p.Code) // a recorder takes everything
}

func TestProblemsAreTheGateways(t *testing.T) {
	if w := ask(source(t, openText), &writer{}, "GET", "/local/320000/soap", "", ""); w.Body.String() != "written method" || w.Header().Get("Allow") != "POST" {
		t.Fatal(w.Body)
	}
}

func TestJSONInTheArgument(t *testing.T) {
	s := config(t, strings.NewReplacer("body.Msg.", "body.", "progress: {", "progress: {argument: xmlData, ").Replace(openText)+`answer: {ok: '{"bh":"{receipt}","lsh":"{body.lsh}"}'}`)
	s.Codec = adapter.Codec{Format: "json", Charset: "UTF-8"}
	k, err := soap.NewSource(s, deps())
	if err != nil {
		t.Fatal(err)
	}
	in := &adaptertest.Intake{}
	if w := ask11(k, in, call("report", `{"lx":"1","lsh":"a\"\u0001䶮"}`)); !strings.Contains(w.Body.String(), `{"bh":"receipt-1","lsh":"a\"\u0001䶮"}`) || in.Taken()[0].ID != "a\"\x01䶮" {
		t.Fatal(w.Body)
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{sealed(env11, call("report", `<Msg><lx>1</lx></Msg>`)), sealed(env12, `<progress xmlns="u" xmlns:p="v"><p:a p:b="1"/></progress>`), `<`, sealed(env11, ``), "\xef\xbb\xbf" + sealed(env11, `<report><xmlData><a/></xmlData></report>`)} {
		f.Add([]byte(s), "text/xml; charset=GBK")
	}
	k, err := soap.NewSource(config(f, openText+answers), deps())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		in := &adaptertest.Intake{}
		w := ask(k, in, "POST", "/local/320000/soap", kind, string(body))
		if ok := bytes.Contains(w.Body.Bytes(), []byte("<result><state>1</state>")) && w.Code == 200; ok != (len(in.Taken()) > 0) && !bytes.Contains(body, []byte("receipt")) && !bytes.Contains(body, []byte("state")) {
			t.Fatal(w.Code, w.Body)
		}
		if out := w.Body.String(); !strings.HasSuffix(out, "</soap:Envelope>") {
			t.Fatalf("no envelope came back: %s", out)
		}
	})
}
