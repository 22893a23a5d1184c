package soap_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

// says makes a receiver that always answers thus, as UTF-8 XML unless told otherwise.
func says(t testing.TB, status int, answer string) string {
	t.Helper()
	return saysAs(t, status, "text/xml; charset=utf-8", []byte(answer))
}

func saysAs(t testing.TB, status int, kind string, answer []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write(answer) // a client that left is another test's business
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestEnvelopeOnTheWire(t *testing.T) {
	for version, want := range map[string]struct{ ns, kind, action string }{
		"1.1": {env11, "text/xml; charset=UTF-8", `"urn:submit/case.delegated"`}, "1.2": {env12, `application/soap+xml; charset=UTF-8; action="urn:submit/case.delegated"`, ""},
	} {
		r := adaptertest.NewHTTP(t, false)
		r.Answer = []byte(taken("L-1"))
		k := sinkOf(t, r.URL+"/ws", l2+`, version: "`+version+`", action: "urn:submit/{type}", headers: {X-A: secret:h}`, l2Rules+`
auth: {kind: basic, user: u, password: secret:b}
idempotency: {header: X-Lsh}`)
		if ack, f := deliver(k, message(t)); f != nil || ack.LocalRef != "L-1" {
			t.Fatalf("%+v %+v", ack, f)
		}
		got, body := r.Last()
		s := string(body)
		for _, part := range []string{`<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="` + want.ns + `">`, `<ns:submitCase xmlns:ns="` + space + `"><xmlData><![CDATA[` + document + `]]></xmlData></ns:submitCase>`, "<wsse:Username>tj</wsse:Username>"} {
			if !strings.Contains(s, part) {
				t.Fatalf("%s lacks %s", s, part)
			}
		}
		if strings.Contains(s, "value of p") {
			t.Fatal("the digest sends the password")
		}
		if got.Header.Get("Content-Type") != want.kind || got.Header.Get("SOAPAction") != want.action || got.URL.Path != "/ws" || got.Method != "POST" {
			t.Fatal(got.Header, got.URL)
		}
		key := message(t).Key
		if got.Header.Get("Idempotency-Key") != key || got.Header.Get("X-Lsh") != key || got.Header.Get("X-A") != "value of h" || got.Header.Get("Authorization") == "" {
			t.Fatal(got.Header)
		}
	}
}

func TestSOAP11AlwaysHasAnAction(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	deliver(sinkOf(t, r.URL, l2, ""), message(t))
	if got, _ := r.Last(); len(got.Header.Values("SOAPAction")) != 1 || got.Header.Get("SOAPAction") != `""` {
		t.Fatal(got.Header)
	}
}

func TestFaultsByWhoseTheyAre(t *testing.T) {
	fault11 := func(code string) string {
		return sealed(env11, `<e:Fault><faultcode>e:`+code+`</faultcode><faultstring>张三 不收</faultstring></e:Fault>`)
	}
	fault12 := func(code, sub string) string {
		return sealed(env12, `<e:Fault><e:Code><e:Value>e:`+code+`</e:Value><e:Subcode><e:Value>w:`+sub+`</e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang="zh">张三 不收</e:Text></e:Reason></e:Fault>`)
	}
	for _, c := range []struct {
		name, answer string
		status       int
		want         adapter.Outcome
		detail       string
	}{
		{"client", fault11("Client"), 500, adapter.Refused, "张三 不收"}, {"client, 200", fault11("Client"), 200, adapter.Refused, "张三 不收"},
		{"client with a reason", fault11("Client.Data"), 500, adapter.Refused, "张三 不收"}, {"server", fault11("Server"), 500, adapter.UnknownTaken, "张三 不收"},
		{"server, 200", fault11("Server"), 200, adapter.UnknownTaken, "张三 不收"}, {"a code of their own", fault11("E99"), 500, adapter.UnknownTaken, "张三 不收"},
		{"no code", sealed(env11, `<e:Fault/>`), 200, adapter.UnknownTaken, ""}, {"sender", fault12("Sender", "x"), 400, adapter.Refused, "张三 不收"},
		{"receiver", fault12("Receiver", "x"), 500, adapter.UnknownTaken, "张三 不收"}, {"password expired", fault11("FailedAuthentication"), 500, adapter.UnitTrouble, ""},
		{"password expired, 1.2", fault12("Sender", "FailedAuthentication"), 400, adapter.UnitTrouble, ""}, {"fault behind 401", fault11("Client"), 401, adapter.UnitTrouble, ""},
		{"fault behind 404", fault11("Client"), 404, adapter.UnitTrouble, ""}, {"fault behind 429", fault11("Client"), 429, adapter.Transient, ""},
		{"an element that is called Fault", sealed(env11, `<Fault><faultcode>Client</faultcode></Fault>`), 200, adapter.UnknownTaken, ""},
	} {
		_, f := deliver(sinkOf(t, says(t, c.status, c.answer), l2, ""), message(t))
		if f == nil || f.Outcome != c.want || f.Detail != c.detail || strings.Contains(f.Error(), "张三") {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestARuleDecidesAFaultFirst(t *testing.T) {
	for code, want := range map[string]adapter.Outcome{"Server": adapter.Transient, "Busy": adapter.Transient, "Client": adapter.Refused} {
		_, f := deliver(sinkOf(t, says(t, 500, sealed(env11, `<e:Fault><faultcode>e:`+code+`</faultcode><faultstring>x</faultstring></e:Fault>`)), l2, l2Rules), message(t))
		if f == nil || f.Outcome != want || want == adapter.Transient && f.After != 30*time.Second {
			t.Errorf("%s: %+v", code, f)
		}
	}
	k := sinkOf(t, says(t, 200, sealed(env11, `<e:Fault><faultcode>e:Client</faultcode><faultstring>已存在 L-9</faultstring></e:Fault>`)), l2, `ack: [{when: 'fault.text contains "已存在"', ack: {localRef: 'fault.text[-3:]'}}]`)
	if ack, f := deliver(k, message(t)); f != nil || ack.LocalRef != "L-9" {
		t.Fatalf("%+v %+v", ack, f)
	}
}

func TestResultWhereverItStands(t *testing.T) {
	const result = `&lt;return&gt;&lt;state&gt;1&lt;/state&gt;&lt;bh&gt;L-1&lt;/bh&gt;&lt;/return&gt;`
	for name, body := range map[string]string{
		"JAX-WS":                `<n:submitCaseResponse xmlns:n="u"><return>` + result + `</return></n:submitCaseResponse>`,
		".NET":                  `<submitCaseResponse xmlns="u"><submitCaseResult>` + result + `</submitCaseResult></submitCaseResponse>`,
		"Axis":                  `<submitCaseResponse><submitCaseReturn>` + result + `</submitCaseReturn><code>0</code></submitCaseResponse>`,
		"CDATA with a comment":  `<submitCaseResponse><out><!-- x --><![CDATA[<return><state>1</state>]]><![CDATA[<bh>L-1</bh></return>]]></out></submitCaseResponse>`,
		"bare":                  `<submitCaseReturn>` + result + `</submitCaseReturn>`,
		"markup, no string":     `<r xmlns="u"><n:return xmlns:n="v"><n:state>1</n:state><bh>L-1</bh></n:return></r>`,
		"RPC of SOAP 1.2":       `<r><p:result xmlns:p="http://www.w3.org/2003/05/soap-rpc">ret</p:result><ret>` + result + `</ret></r>`,
		"an indented string":    "<r><return>\r\n  &lt;?xml version=\"1.0\" encoding=\"GBK\"?&gt;" + result + `</return></r>`,
		"a mark before it":      "<r><return>\ufeff" + result + `</return></r>`,
		"another toolkit's own": `<r><return xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xsd:string">` + result + `</return></r>`,
	} {
		if ack, f := deliver(sinkOf(t, says(t, 200, sealed(env11, body)), l2, l2Rules), message(t)); f != nil || ack.LocalRef != "L-1" {
			t.Errorf("%s: %+v %+v", name, ack, f)
		}
	}
	for name, body := range map[string]string{"empty": `<r/>`, "no document": `<r><return>OK</return></r>`, "nothing": ``} {
		if _, f := deliver(sinkOf(t, says(t, 200, sealed(env11, body)), l2, ""), message(t)); f == nil || f.Outcome != adapter.UnknownTaken || f.Code != "unreadable" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestTextAnswers(t *testing.T) {
	s := config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, %s}\nack: [{when: 'text startsWith \"ok|\"', ack: {localRef: 'text[3:]'}}]", says(t, 200, sealed(env11, `<r><return>ok|L-1</return></r>`)), l2))
	s.Answer.Format = "text"
	if ack, f := deliver(open(t, s), message(t)); f != nil || ack.LocalRef != "L-1" {
		t.Fatalf("%+v %+v", ack, f)
	}
}

func TestRoutesCallOperationsOfTheirOwn(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	k := sinkOf(t, r.URL, l2, `
routes:
  case.withdrawn: {operation: withdrawCase, action: urn:w, path: /w, headers: {X-D: "{now:yyyyMMdd}"}, argument: doc, onUnknown: hold}
  case.*: {ack: [{when: status == 200, await: {}}], ackTimeout: 24h}
`)
	m := message(t)
	if ack, f := deliver(k, m); f != nil || ack.Await != m.Key {
		t.Fatalf("%+v", f)
	}
	m.Type = "case.withdrawn"
	deliver(k, m)
	got, body := r.Last()
	if got.URL.Path != "/w" || got.Header.Get("SOAPAction") != `"urn:w"` || got.Header.Get("X-D") != "20261001" || !strings.Contains(string(body), "<ns:withdrawCase xmlns") || !strings.Contains(string(body), "<doc><![CDATA[") {
		t.Fatal(got.URL, got.Header, string(body))
	}
	if i, ok := k.RouteInfo("case.withdrawn"); !ok || i.OnUnknown != "hold" {
		t.Fatalf("%+v", i)
	}
	m.Type = "av.session.ended"
	if _, f := deliver(k, m); f.Outcome != adapter.Refused || f.HoldReason != "refused" {
		t.Fatalf("%+v", f)
	}
	if _, ok := k.RouteInfo(m.Type); ok {
		t.Fatal("a route was found")
	}
}

func TestPlaceholderWithoutValueHoldsAndLocalRefWaits(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	for action, want := range map[string]adapter.Outcome{"urn:{body.Msg.none}": adapter.Refused, "urn:{localRef}": adapter.Transient} {
		_, f := deliver(sinkOf(t, r.URL, l2+`, action: "`+action+`"`, ""), message(t))
		if f == nil || f.Outcome != want || f.Code != "placeholder" || (want == adapter.Refused) != (f.HoldReason == "placeholder") || errors.Is(f, adapter.ErrNoLocalRef) != (want == adapter.Transient) {
			t.Errorf("%s: %+v", action, f)
		}
	}
	if r.Requests() != 0 {
		t.Fatal("something was sent")
	}
}

func TestStaleTokenIsRenewedOnce(t *testing.T) {
	calls := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			calls++
			fmt.Fprintf(w, `{"access_token":"t%d","expires_in":3600}`, calls)
			return
		}
		if r.Header.Get("Authorization") != "Bearer t2" {
			w.WriteHeader(401)
			return
		}
		fmt.Fprint(w, taken("L-1"))
	}))
	defer s.Close()
	k := sinkOf(t, s.URL, l2, fmt.Sprintf(`auth: {kind: oauth2, url: "%s/token", client: c, secret: secret:s}`, s.URL))
	if _, f := deliver(k, message(t)); f != nil || calls != 2 {
		t.Fatalf("%+v %d", f, calls)
	}
}

func TestProbeAsksForThisMessage(t *testing.T) {
	var status int
	var answer, asked string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, r.ContentLength+1)
		n, _ := r.Body.Read(b) // the length is known
		asked = r.Method + " " + r.RequestURI + " " + r.Header.Get("SOAPAction") + " " + string(b[:n])
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer s.Close()
	probes := map[string]string{
		"call": `{operation: queryCase, action: urn:q, document: '<?xml version="1.0" encoding="GBK"?><Query><lsh>{key}</lsh><x>{body.Msg.xm}</x></Query>', found: body.return.state == "1", localRef: body.return.bh, settle: 1s}`,
		"http": `{path: "/q?lsh={key}", found: body.return.state == "1", localRef: body.return.bh}`,
	}
	for kind, probe := range probes {
		k := sinkOf(t, s.URL, l2, "routes: {case.delegated: {probe: "+probe+"}, '*': {}}")
		if k.CanProbe("case.withdrawn") || !k.CanProbe("case.delegated") || kind == "call" && k.Settle("case.delegated") != 10*time.Second || kind == "http" && k.Settle("case.delegated") != time.Minute || k.Settle("x") != 0 {
			t.Fatal("probe is of another route, or settles under twice the timeout")
		}
		ask := func(s int, result string) (adapter.Ack, bool, error) {
			status, answer = s, result
			if kind == "call" && result != "<html>" && !strings.Contains(result, "Fault") {
				answer = sealed(env11, `<queryCaseResponse><return><![CDATA[`+result+`]]></return></queryCaseResponse>`)
			}
			return k.Probe(context.Background(), message(t))
		}
		for _, c := range []struct {
			status      int
			answer      string
			found, open bool
		}{
			{200, `<return><state>1</state><bh>L7</bh></return>`, true, false}, {200, `<return><state>0</state></return>`, false, false},
			{200, `<html>`, false, true}, {500, `<return/>`, false, true}, {504, `<return><state>1</state></return>`, false, true}, {429, `<return/>`, false, true},
			{404, `<html>`, false, kind == "call"}, // the service is gone, or the message is not there
		} {
			ack, found, err := ask(c.status, c.answer)
			if found != c.found || (err != nil) != c.open || found && ack.LocalRef != "L7" {
				t.Errorf("%s %d %s: %+v %v %v", kind, c.status, c.answer, ack, found, err)
			}
		}
		switch kind {
		case "call":
			if _, found, err := ask(200, sealed(env11, `<e:Fault><faultcode>e:Server</faultcode></e:Fault>`)); found || err == nil {
				t.Error("a fault is no answer to the question")
			}
			if !strings.HasPrefix(asked, `POST / "urn:q" `) || !strings.Contains(asked, `<ns:queryCase xmlns:ns="`+space+`"><xmlData><![CDATA[<?xml version="1.0" encoding="GBK"?><Query><lsh>`+message(t).Key+`</lsh><x>张三</x></Query>]]></xmlData>`) || !strings.Contains(asked, "UsernameToken") {
				t.Error(asked)
			}
		case "http":
			if !strings.HasPrefix(asked, "GET /q?lsh="+message(t).Key+"  ") {
				t.Error(asked)
			}
		}
	}
	if _, _, err := sinkOf(t, s.URL, l2, "").Probe(context.Background(), message(t)); err == nil {
		t.Error("probed without a probe")
	}
}
