package soap_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/soap"
	"duijie/internal/codec"
)

const (
	env11 = "http://schemas.xmlsoap.org/soap/envelope/"
	env12 = "http://www.w3.org/2003/05/soap-envelope"
	space = "http://js.example.cn/tj"
)

// gbk is a text as a GBK system holds it.
func gbk(t testing.TB, s string) []byte {
	t.Helper()
	b, err := codec.EncodeText(s, "GBK", nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const document = `<?xml version="1.0" encoding="GBK"?><Msg lx="1"><lsh>A1</lsh><xm>张三</xm><zjhm>510102199001011234</zjhm><dh>13800138000</dh></Msg>`

func message(t testing.TB) adapter.Message {
	return adapter.Message{Receipt: "0198", Key: "00112233445566778899aabbccddeeff", Unit: "320000", Type: "case.delegated", Subject: "N-1",
		AcceptedAt: time.Date(2026, 10, 1, 1, 2, 3, 0, time.UTC), Document: gbk(t, document)}
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
	c := adapter.Codec{Format: "xml", Charset: "GBK"}
	return adapter.Settings{File: "pack.yaml", Node: node(t, text), Codec: c, Answer: c, Timeout: 5 * time.Second, MaxAnswer: 1 << 20}
}

func deps() adapter.Deps {
	return adapter.Deps{Unit: "320000", Now: time.Now, PublicPath: "/duijie", Secret: func(n string) (string, error) { return "value of " + n, nil }}
}

// sinkOf makes a sink; settings are those besides url, rest what stands beside them.
func sinkOf(t testing.TB, url, settings, rest string) *soap.Sink {
	return open(t, config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, %s}\n%s", url, settings, rest)))
}

func open(t testing.TB, s adapter.Settings) *soap.Sink {
	t.Helper()
	k, err := soap.New(s, deps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

const l2 = `namespace: "` + space + `", operation: submitCase, argument: xmlData, wsse: {user: tj, password: secret:p, digest: true}`

const l2Rules = `
ack:
  - {when: fault.code != "" && fault.code != "Client", retry: {after: 30s}}
  - {when: body.return.state == "1", ack: {localRef: body.return.bh}}
  - {when: body.return.state == "0", retry: {}}
  - {when: body.return.state == "-1", hold: {code: '"E" + body.return.state', detail: body.return.msg}}
`

func deliver(k adapter.Sink, m adapter.Message) (adapter.Ack, *adapter.Failure) {
	ctx, sent := adapter.Track(context.Background())
	ack, err := k.Deliver(ctx, m)
	if err == nil {
		return ack, nil
	}
	return ack, adapter.Classify(err, sent.Yes())
}

// sealed is an envelope of a version's namespace around a body.
func sealed(ns, body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="` + ns + `"><e:Header/><e:Body>` + body + `</e:Body></e:Envelope>`
}

// taken is the answer of L2: a document as a string, which has a declaration too.
func taken(bh string) string {
	return sealed(env11, `<n:submitCaseResponse xmlns:n="`+space+`"><return>&lt;?xml version="1.0" encoding="GBK"?&gt;&lt;return&gt;&lt;state&gt;1&lt;/state&gt;&lt;msg/&gt;&lt;bh&gt;`+bh+`&lt;/bh&gt;&lt;/return&gt;</return></n:submitCaseResponse>`)
}

const sourceText = `
kind: soap
settings: {namespace: "` + space + `", wsse: {user: tj, password: secret:p, digest: true}}
operations:
  report: {argument: xmlData, type: {from: body.Msg.lx, values: {"1": case.accepted, "2": case.rejected}}, dedupe: body.Msg.lsh, volatile: [Msg.ts]}
  receipt: {argument: xmlData, acks: {correlate: body.Ack.wbbh, rules: [{when: body.Ack.jg == "1", ack: {localRef: body.Ack.bh}}, {when: body.Ack.jg == "2", hold: {detail: body.Ack.sm}}]}}
`

const answers = `
answer: {ok: '<result><state>1</state><bh>{receipt}</bh><lsh>{body.Msg.lsh}</lsh></result>', error: '<result><state>-1</state><msg>{status}</msg></result>'}
`

func source(t testing.TB, text string) *soap.Source {
	t.Helper()
	k, err := soap.NewSource(config(t, text), deps())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// serve puts a source on a listener below /local/320000/.
func serve(t testing.TB, k *soap.Source, in adapter.Intake) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		k.ServeLocal(w, r, strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/duijie"), "/local/320000/"), in)
	}))
	t.Cleanup(s.Close)
	return s
}
