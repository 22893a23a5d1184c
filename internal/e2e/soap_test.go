package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// An invented local system of SOAP and GBK, both ways.
const soapPack = `unit: "990000"
name: 外部测试系统（虚构，SOAP）
profile: v1
codec: {format: xml, charset: GBK}
sink:
  kind: soap
  settings: {url: "http://placeholder.invalid", namespace: "urn:outside", operation: submit, argument: xmlData, wsse: {user: tj, password: secret:p}}
  idempotency: {field: Msg.@lsh}
  ack:
    - {when: body.return.state == "1", ack: {localRef: body.return.bh}}
    - {when: fault.code != "" && fault.code != "Client", retry: {after: 100ms}}
source:
  kind: soap
  operations:
    progress: {argument: xmlData, type: case.progress, dedupe: body.Msg.lsh}
  answer: {ok: '<return><state>1</state><bh>{receipt}</bh></return>', error: '<return><state>-1</state><msg>{status}</msg></return>'}
retry: {initial: 100ms, max: 1s}
limits: {timeout: 5s}
`

const soapStep = `{"type":"object","required":["Msg"],"properties":{"Msg":{"type":"object","properties":{"anhao":{"type":"string"},"shijian":{"type":"string"},"ss":{"type":"string"}}}}}`
const soapProgress = `{"type":"object","required":["Msg"],"properties":{"Msg":{"type":"object","properties":{"ajh":{"type":"string"},"lb":{"type":"string"},"sj":{"type":"string"},"lsh":{"type":"string"}}}}}`

// soapUnit lays out the pack of SOAP in place of the usual one.
func soapUnit(t *testing.T, g *gateway) {
	write(t, g.dir, "secret", "local secret\n")
	write(t, g.dir, "packs/outside/pack.yaml", soapPack)
	write(t, g.dir, "packs/outside/schemas/step.json", soapStep)
	write(t, g.dir, "packs/outside/schemas/jinzhan.json", soapProgress)
	write(t, g.dir, "packs/outside/mappings/case.delegated.yaml", strings.Replace(mappingYAML("case.delegated", "delegatedAt"), "rules:\n", "rules:\n  - {nat: facts, loc: Msg.ss}\n", 1))
	inside := strings.NewReplacer("loc: anhao", "loc: Msg.anhao", "loc: shijian", "loc: Msg.shijian", "loc: ajh", "loc: Msg.ajh", "loc: lb", "loc: Msg.lb", "loc: sj", "loc: Msg.sj", "loc: lsh", "loc: Msg.lsh",
		"settings: {url", "secrets: {p: file:secret}\n    settings: {url", "data: ./data", "data: ./data\npublicPath: /duijie")
	files, err := filepath.Glob(filepath.Join(g.dir, "packs/outside/mappings/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, filepath.Join(g.dir, "duijie.yaml")) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte(inside.Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// counter is the other side's desk: it keeps what it was sent.
type counter struct {
	mu     sync.Mutex
	bodies []string
}

func (c *counter) take(r *http.Request) string {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies = append(c.bodies, string(b))
	return string(b)
}

func (c *counter) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.bodies...)
}

// until waits for a delivery's state.
func (g *gateway) until(receipt, state string) (view struct {
	State, LocalRef string
	Reason          struct{ Code, Detail string }
}) {
	g.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if g.get(g.admin+"/admin/v1/deliveries/"+receipt, &view); view.State == state {
			return view
		}
	}
	g.t.Fatalf("%s is %+v, want %s", receipt, view, state)
	return view
}

// TestSOAPBothWays runs the whole program between a platform and a local system
// of SOAP: the document goes as a GBK document in a string, a character that GBK
// lacks holds the message before anything is sent, and what the local system
// calls reaches the platform.
func TestSOAPBothWays(t *testing.T) {
	var local, national counter
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local.take(r)
		io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><submitResponse><return>&lt;return>&lt;state>1&lt;/state>&lt;bh>本地1号&lt;/bh>&lt;/return></return></submitResponse></s:Body></s:Envelope>`)
	}))
	defer system.Close()
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		national.take(r)
		io.WriteString(w, `{}`)
	}))
	defer platform.Close()
	g := newGateway(t, strings.TrimPrefix(system.URL, "http://"), strings.TrimPrefix(platform.URL, "http://"))
	soapUnit(t, g)
	g.start()

	send := func(caseNo, facts string) string {
		t.Helper()
		body := bytes.Replace(eventOf("case.delegated", caseNo), []byte(`"facts":"虚构"`), []byte(`"facts":"`+facts+`"`), 1)
		res, err := post(http.DefaultClient, "http://"+g.public+"/v1/messages", "application/cloudevents+json", body)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var a struct{ Receipt string }
		if err := json.NewDecoder(res.Body).Decode(&a); err != nil || res.StatusCode != 202 {
			t.Fatal(res.StatusCode, err)
		}
		return a.Receipt
	}
	if v := g.until(send("S1", "（甲）·〇"), "acked"); v.LocalRef != "本地1号" {
		t.Fatalf("%+v", v)
	}
	if got := local.all()[0]; !strings.Contains(got, `<![CDATA[<?xml version="1.0" encoding="GBK"?><Msg lsh="`) || !strings.Contains(got, "<ss>（甲）·〇</ss>") || !strings.Contains(got, ">local secret</wsse:Password>") {
		t.Fatal(got)
	}
	if v := g.until(send("S2", "䶮某"), "held"); v.Reason.Code != "mapping" || !strings.Contains(v.Reason.Detail, "charset") || strings.Contains(v.Reason.Detail, "䶮") || len(local.all()) != 1 {
		t.Fatalf("%+v", v)
	}

	call := func(password, document string) string {
		t.Helper()
		res, err := http.Post("http://"+g.public+"/duijie/local/990000/soap", "text/xml; charset=utf-8", strings.NewReader(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>tj</w:Username><w:Password>`+password+`</w:Password></w:UsernameToken></w:Security></s:Header><s:Body><n:progress xmlns:n="urn:outside"><xmlData><![CDATA[`+document+`]]></xmlData></n:progress></s:Body></s:Envelope>`))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(res.StatusCode, err, string(b))
		}
		return string(b)
	}
	const step = `<?xml version="1.0" encoding="GBK"?><Msg><ajh>本地1号</ajh><lb>1</lb><sj>2026-11-20 10:00:00</sj><lsh>䶮1</lsh></Msg>`
	if got := call("wrong", step); !strings.Contains(got, "<state>-1</state><msg>401</msg>") {
		t.Fatal(got)
	}
	told := call("local secret", step)
	_, receipt, _ := strings.Cut(told, "<bh>")
	receipt, _, _ = strings.Cut(receipt, "<")
	g.until(receipt, "acked")
	if again := call("local secret", step); again != told {
		t.Fatal("a repeat is the same message", again)
	}
	var event struct {
		Type, Subject string
		Data          struct{ CaseNo, Kind, At string }
	}
	if err := json.Unmarshal([]byte(national.all()[0]), &event); err != nil || event.Type != "case.progress" || event.Data.CaseNo != "S1" || event.Data.Kind != "contacted" || event.Data.At != "2026-11-20T10:00:00+08:00" || len(national.all()) != 1 {
		t.Fatalf("%+v %v", event, err)
	}

	res, err := http.Get("http://" + g.public + "/duijie/local/990000/soap?wsdl")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var wsdl struct {
		Address struct {
			Location string `xml:"location,attr"`
		} `xml:"service>port>address"`
	}
	if err := xml.NewDecoder(res.Body).Decode(&wsdl); err != nil || wsdl.Address.Location != "http://"+g.public+"/duijie/local/990000/soap" {
		t.Fatal(wsdl, err)
	}
}
