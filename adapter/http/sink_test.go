package http_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	adapterhttp "duijie/adapter/http"
)

const document = `{"wbbh":"A1","sqr":{"xm":"张三","zjhm":"510102199001011234","dh":"13800138000"}}`

func message() adapter.Message {
	return adapter.Message{Receipt: "0198", Key: "00112233445566778899aabbccddeeff", Unit: "510000", Type: "case.delegated", Subject: "N-1",
		AcceptedAt: time.Date(2026, 10, 1, 1, 2, 3, 0, time.UTC), Document: []byte(document)}
}

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

func config(t testing.TB, text string) adapter.Settings {
	return adapter.Settings{File: "pack.yaml", Node: node(t, text), Codec: adapter.Codec{Format: "json", Charset: "UTF-8"},
		Answer: adapter.Codec{Format: "json", Charset: "UTF-8"}, Timeout: 5 * time.Second, MaxAnswer: 1 << 20}
}

func open(t testing.TB, s adapter.Settings) *adapterhttp.Sink {
	t.Helper()
	k, err := adapterhttp.New(s, adapter.Deps{Unit: "510000", Now: time.Now, Secret: func(n string) (string, error) { return "value of " + n, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func sink(t testing.TB, base, rest string) *adapterhttp.Sink {
	return open(t, config(t, fmt.Sprintf("kind: http\nsettings: {url: %q}\n%s", base, rest)))
}

func deliver(k adapter.Sink, m adapter.Message) (adapter.Ack, *adapter.Failure) {
	ctx, sent := adapter.Track(context.Background())
	ack, err := k.Deliver(ctx, m)
	if err == nil {
		return ack, nil
	}
	return ack, adapter.Classify(err, sent.Yes())
}

func TestContract(t *testing.T) {
	make := func(t *testing.T, url string, l adaptertest.Limits) adapter.Sink {
		s := config(t, fmt.Sprintf("kind: http\nsettings: {url: %q}\nroutes: {\"*\": {path: /add}}", url))
		s.Timeout, s.MaxAnswer = l.Timeout, l.MaxAnswer
		return open(t, s)
	}
	for _, rules := range []string{"without rules", "with rules"} {
		t.Run(rules, func(t *testing.T) {
			adaptertest.RunSink(t, adaptertest.Sink{
				Message: message(),
				Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
					r := adaptertest.NewHTTP(t, secure)
					if rules == "without rules" {
						return make(t, r.URL, l), r
					}
					s := config(t, fmt.Sprintf("kind: http\nsettings: {url: %q}\nroutes: {\"*\": {path: /add}}\nack:\n- {when: 'status == 200 && body.code == \"0\"', ack: {localRef: body.data.ajbh}}\n- {when: 'status == 200 && body.code != nil', hold: {code: body.code, detail: body.msg}}\n", r.URL))
					s.Timeout, s.MaxAnswer = l.Timeout, l.MaxAnswer
					return open(t, s), r
				},
				Unreachable: func(t *testing.T, l adaptertest.Limits) adapter.Sink {
					c, err := net.Listen("tcp", "127.0.0.1:0")
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					return make(t, "http://"+c.Addr().String(), l)
				},
			})
		})
	}
}

func TestRequestAsConfigured(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	k := sink(t, r.URL+"/base?v=1", `
auth: {kind: bearer, token: secret:tok, header: X-Token}
routes:
  case.delegated:
    method: PUT
    path: "/api/{type}/{subject}?key={key}"
    query: {name: "{body.sqr.xm}", fixed: "a b"}
    headers: {X-Day: "{now:yyyyMMdd}", Content-Type: text/x-own, X-Secret: secret:h}
    idempotency: {header: X-Request-Id}
  case.*: {path: /prefix}
  "*": {path: /any}
`)
	m := message()
	m.Subject = "N/1"
	if _, f := deliver(k, m); f != nil {
		t.Fatalf("%+v", f)
	}
	got, body := r.Last()
	if got.Method != "PUT" || got.RequestURI != "/base/api/case.delegated/N%2F1?v=1&key="+m.Key+"&name=%E5%BC%A0%E4%B8%89&fixed=a%20b" || string(body) != document {
		t.Fatal(got.Method, got.RequestURI)
	}
	for k, want := range map[string]string{"X-Token": "value of tok", "X-Day": "20261001", "Content-Type": "text/x-own", "X-Secret": "value of h", "X-Request-Id": m.Key, "Idempotency-Key": m.Key} {
		if got.Header.Get(k) != want {
			t.Errorf("%s: %q", k, got.Header.Get(k))
		}
	}
	for typ, path := range map[string]string{"case.withdrawn": "/base/prefix?v=1", "av.session.scheduled": "/base/any?v=1"} {
		m.Type = typ
		deliver(k, m)
		if got, _ := r.Last(); got.RequestURI != path || got.Header.Get("Idempotency-Key") != m.Key || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s %v", typ, got.RequestURI, got.Header)
		}
	}
}

func TestKeyGoesIntoTheField(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	m := message()
	for field, want := range map[string]string{"head.lsh": `,"head":{"lsh":"` + m.Key + `"}}`, "wbbh": `{"wbbh":"` + m.Key + `",`} {
		k := sink(t, r.URL, fmt.Sprintf(`idempotency: {field: %s}`, field))
		if _, f := deliver(k, m); f != nil {
			t.Fatalf("%+v", f)
		}
		got, body := r.Last()
		if !strings.Contains(string(body), want) || got.Header.Get("Idempotency-Key") != m.Key {
			t.Errorf("%s: %s", field, body)
		}
		if i, _ := k.RouteInfo(m.Type); !i.Idempotent || i.IdempotencyField != field {
			t.Errorf("%+v", i)
		}
	}
	n := r.Requests()
	if _, f := deliver(sink(t, r.URL, `idempotency: {field: sqr.xm.lsh}`), m); f == nil || f.Outcome != adapter.Refused || r.Requests() != n {
		t.Fatalf("%+v", f)
	}
}

func TestContentTypesByCodec(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	for codec, want := range map[adapter.Codec]string{{Format: "json"}: "application/json", {Format: "xml", Charset: "GBK"}: "application/xml; charset=GBK", {Format: "form", Charset: "GBK"}: "application/x-www-form-urlencoded; charset=GBK"} {
		s := config(t, fmt.Sprintf(`{kind: http, settings: {url: %q}}`, r.URL))
		s.Codec = codec
		deliver(open(t, s), message())
		if got, _ := r.Last(); got.Header.Get("Content-Type") != want {
			t.Errorf("%v: %s", codec, got.Header.Get("Content-Type"))
		}
	}
}

func TestNoRouteIsHeldRefused(t *testing.T) {
	k := sink(t, "http://127.0.0.1:1", `routes: {case.delegated: {path: /a}}`)
	m := message()
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
	for path, want := range map[string]adapter.Outcome{"/a/{body.none}": adapter.Refused, "/a/{localRef}": adapter.Transient} {
		_, f := deliver(sink(t, r.URL, fmt.Sprintf(`routes: {"*": {path: %q}}`, path)), message())
		if f.Outcome != want || f.Code != "placeholder" || (want == adapter.Refused) != (f.HoldReason == "placeholder") || errors.Is(f, adapter.ErrNoLocalRef) != (want == adapter.Transient) {
			t.Errorf("%s: %+v", path, f)
		}
	}
	m := message()
	m.LocalRef = "a\r\nX-Evil: 1"
	if _, f := deliver(sink(t, r.URL, `routes: {"*": {headers: {X-Ref: "{localRef}"}}}`), m); f.Outcome != adapter.Refused || f.HoldReason != "placeholder" {
		t.Fatalf("%+v", f)
	}
	if r.Requests() != 0 {
		t.Fatal("something was sent")
	}
}

func TestRouteRulesWinOverTheSinks(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	k := sink(t, r.URL, `
ack: [{when: 'true', hold: {code: '"sink"'}}]
routes:
  case.delegated: {ack: [{when: status == 200, await: {}}], ackTimeout: 24h}
  "*": {onUnknown: hold}
`)
	if ack, f := deliver(k, message()); f != nil || ack.Await != message().Key {
		t.Fatalf("%+v %+v", ack, f)
	}
	m := message()
	m.Type = "case.withdrawn"
	if _, f := deliver(k, m); f == nil || f.Code != "sink" {
		t.Fatalf("%+v", f)
	}
	if i, ok := k.RouteInfo("case.delegated"); !ok || i.AckTimeout != 24*time.Hour || i.OnUnknown != "retry" || i.OnAckTimeout != "look" || i.HasProbe {
		t.Fatalf("%+v", i)
	}
	if i, _ := k.RouteInfo("case.withdrawn"); i.OnUnknown != "hold" || i.AckTimeout != 0 {
		t.Fatalf("%+v", i)
	}
}

func TestProbeAsksForThisMessage(t *testing.T) {
	var status atomic.Int32
	var body atomic.Value
	var seen atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Method + " " + r.RequestURI + " " + r.Header.Get("X-A"))
		w.WriteHeader(int(status.Load()))
		fmt.Fprint(w, body.Load())
	}))
	defer s.Close()
	k := sink(t, s.URL, `
auth: {kind: bearer, token: secret:t, header: X-A}
routes:
  case.delegated: {path: /add, probe: {path: "/query?key={key}", found: body.data != nil, localRef: body.data.ajbh, settle: 1s}}
  "*": {path: /any}
`)
	if k.CanProbe("case.withdrawn") || !k.CanProbe("case.delegated") || k.Settle("case.delegated") != 10*time.Second {
		t.Fatal("probe is of another route, or settles under twice the timeout")
	}
	for _, c := range []struct {
		status int32
		body   string
		found  bool
		open   bool
	}{
		{200, `{"data":{"ajbh":"L7"}}`, true, false}, {200, `{"data":null}`, false, false}, {404, `{}`, false, false}, {403, `{"data":1}`, true, false},
		{404, ``, false, false}, {404, `not found`, false, false}, {410, `<html>`, false, false},
		{200, `<html>`, false, true}, {200, ``, false, true}, {403, `<html>`, false, true}, {500, `{}`, false, true}, {504, `{"data":1}`, false, true},
		{408, `{}`, false, true}, {425, `{}`, false, true}, {429, `{"data":1}`, false, true},
	} {
		status.Store(c.status)
		body.Store(c.body)
		ack, found, err := k.Probe(context.Background(), message())
		if found != c.found || (err != nil) != c.open || c.status == 200 && found && ack.LocalRef != "L7" {
			t.Errorf("%d %s: %+v %v %v", c.status, c.body, ack, found, err)
		}
	}
	if seen.Load() != "GET /query?key="+message().Key+" value of t" {
		t.Fatal(seen.Load())
	}
}

func TestStaleTokenIsRenewedOnce(t *testing.T) {
	var tokens, calls atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			fmt.Fprintf(w, `{"access_token":"t%d","expires_in":3600}`, tokens.Add(1))
			return
		}
		calls.Add(1)
		if r.Header.Get("Authorization") != "Bearer t2" {
			w.WriteHeader(401)
			return
		}
		fmt.Fprint(w, `{}`)
	}))
	defer s.Close()
	k := sink(t, s.URL, fmt.Sprintf(`auth: {kind: oauth2, url: "%s/token", client: c, secret: secret:s}`, s.URL))
	if _, f := deliver(k, message()); f != nil || calls.Load() != 2 || tokens.Load() != 2 {
		t.Fatalf("%+v %d %d", f, calls.Load(), tokens.Load())
	}
}

func TestFindingsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"settings:\n  ulr: x\n":                                                 "2:8 unknown-key",
		"settings: {url: 'ftp://x'}\n":                                          "1:17 bad-value",
		"settings: {url: 'http://u:p@x'}\n":                                     "1:17 secret-literal",
		"settings:\n  headers: {X: env:Y}\n":                                    "2:16 secret-literal",
		"auth: {kind: basic, user: u, password: geheim}\n":                      "1:40 secret-literal",
		"routes: {a: {path: '/{nosuch}'}}\n":                                    "1:20 placeholder",
		"routes: {a: {poll: {}}}\n":                                             "1:20 unknown-key",
		"routes: {a: {}, b: {}}\nprobe: {path: /q, found: 'true'}\n":            "2:8 probe-too-wide",
		"routes: {a: {}, b: {}}\nackTimeout: 24h\n":                             "2:13 probe-too-wide",
		"routes: {a: {}, b: {}}\nidempotency: {header: X}\n":                    "2:14 probe-too-wide",
		"routes: {a: {onAckTimeout: retry}}\n":                                  "1:28 bad-value",
		"routes: {a: {probe: {path: /q}}}\n":                                    "1:21 missing",
		"ack:\n- {when: body. == 1, ack: {}}\n":                                 "2:19 expr",
		"materials: somehow\n":                                                  "1:12 bad-value",
		"routes: {a: {path: /a}}\n":                                             "1:9 may-double",
		"routes: {'ca*se': {probe: {path: /q, found: 'true'}}}\n":               "1:19 bad-value",
		"tls: {ca: x, key: secret:k}\nidempotency: {header: Idempotency-Key}\n": "1:6 bad-value",
	} {
		var got []string
		for _, f := range adapterhttp.Kind.CheckSink(config(t, text)) {
			got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Col, f.Code))
		}
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	for _, good := range []string{"idempotency: {header: Idempotency-Key}", "routes: {a: {probe: {path: /q, found: status == 200}}, b: {materials: 'first-put:/m/{sha256}'}}", "codec: {format: json}\nanswer: {format: json}\nprobe: {path: /q, found: 'true'}\nonUnknown: hold\nmaterials: link"} {
		if f := adapterhttp.Kind.CheckSink(config(t, good)); len(f) > 0 {
			t.Errorf("%q: %+v", good, f)
		}
	}
}
