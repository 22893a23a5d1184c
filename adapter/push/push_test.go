package push_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/auth"
	"duijie/adapter/client"
	"duijie/adapter/push"
	"duijie/adapter/settings"
	"duijie/internal/problem"
)

const signed = `{kind: sign, algorithm: sm3, key: secret:sign, string: "appid=cdrs&nonce={nonce}&ts={ts}&body={bodyhash}&key={key}", put: {headers: {appid: cdrs, ts: "{ts}", nonce: "{nonce}", sign: "{sign}"}}}`

const source = `
kind: push
auth: ` + signed + `
endpoints:
  progress: {type: case.progress, dedupe: body.lsh, volatile: [ts, "list[*].at"], time: body.czsj}
  report: {type: {from: body.lx, values: {"1": case.accepted, "2": case.rejected}}, dedupe: body.lsh, time: {from: body.rq, time: yyyyMMdd}, lane: body.wbbh, reissue: hold, strict: true}
  receipt: {acks: {correlate: body.wbbh, rules: [{when: body.jg == "1", ack: {localRef: body.ajbh}}, {when: body.jg == "2", hold: {code: body.dm, detail: body.sm}}]}}
`

const native = `
answer:
  ok: {status: 200, body: {code: "0", msg: success, n: 1, list: [true, null], data: {lsh: "{receipt}", own: "{body.lsh}"}}}
  error: {status: 200, body: {code: "E{status}", msg: "{detail}"}}
`

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

func config(t testing.TB, text string) adapter.Settings {
	return adapter.Settings{File: "pack.yaml", Node: node(t, text), Codec: adapter.Codec{Format: "json", Charset: "UTF-8"}}
}

func deps() adapter.Deps {
	return adapter.Deps{Unit: "510000", Now: time.Now, Secret: func(string) (string, error) { return "k", nil }}
}

func open(t testing.TB, s adapter.Settings) *push.Source {
	t.Helper()
	k, err := push.New(s, deps())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign proves a request as the local system would.
func sign(t testing.TB, r *http.Request, body string) {
	t.Helper()
	f := &settings.Reader{}
	s, err := auth.Parse(f, node(t, signed)).Signer(deps(), "UTF-8", nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &client.Request{Method: r.Method, URL: r.URL, Header: r.Header, Body: []byte(body)}
	if err := s.Apply(context.Background(), out); err != nil {
		t.Fatal(err)
	}
}

func post(t testing.TB, k *push.Source, in adapter.Intake, name, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", "/local/510000/"+name, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	sign(t, r, body)
	w := httptest.NewRecorder()
	k.ServeLocal(w, r, name, in)
	return w
}

// local pushes over real HTTP.
type local struct{ server *httptest.Server }

func (l local) send(t *testing.T, body string) (int, string) {
	u, _ := url.Parse(l.server.URL + "/local/510000/progress")
	r := &http.Request{Method: "POST", URL: u, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	sign(t, r, body)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

func (l local) Offer(t *testing.T, n int) (bool, string) {
	status, told := l.send(t, fmt.Sprintf(`{"lsh":"S%d","ts":"%d","xm":"张三","zjhm":"510102199001011234","dh":"13800138000"}`, n, time.Now().UnixNano()))
	return status == 200 && !strings.Contains(told, `"E`), told
}

func (l local) Garbage(t *testing.T) string {
	_, told := l.send(t, `{"xm":"张三","zjhm":510102199001011234`)
	return told
}

func TestContract(t *testing.T) {
	for name, text := range map[string]string{"plain answers": source, "native answers": source + native} {
		t.Run(name, func(t *testing.T) {
			adaptertest.RunSource(t, adaptertest.Source{Open: func(t *testing.T, in adapter.Intake) (adapter.Source, adaptertest.Local) {
				k := open(t, config(t, text))
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					k.ServeLocal(w, r, strings.TrimPrefix(r.URL.Path, "/local/510000/"), in)
				}))
				t.Cleanup(s.Close)
				return k, local{s}
			}})
		})
	}
}

func TestWhatIsHandedIn(t *testing.T) {
	k, in := open(t, config(t, source)), &adaptertest.Intake{}
	w := post(t, k, in, "report", `{"rq":"20261001","lx":2,"lsh":12345678901234567890,"wbbh":"N-1"}`)
	if w.Code != 200 || w.Body.String() != `{"receipt":"receipt-1"}` {
		t.Fatal(w.Code, w.Body)
	}
	got := in.Taken()[0]
	if got.Type != "case.rejected" || got.ID != "12345678901234567890" || got.Lane != "N-1" || !got.ReissueHold || !got.Strict || got.Endpoint != "report" ||
		got.Time.Format(time.RFC3339) != "2026-10-01T00:00:00+08:00" {
		t.Fatalf("%+v", got)
	}
	post(t, k, in, "progress", ` {"lsh":"a","czsj":"2026-10-01 09:00:00","ts":"1","n":1.50,"list":[{"at":1,"b":2,"a":3}]}`)
	got = in.Taken()[1]
	if string(got.Content) != `{"czsj":"2026-10-01 09:00:00","list":[{"a":3,"b":2}],"lsh":"a","n":1.50}` || got.Time.Format(time.RFC3339) != "2026-10-01T09:00:00+08:00" || got.Document[0] != ' ' {
		t.Fatalf("%s %v", got.Content, got.Time)
	}
	post(t, k, in, "progress", `{"czsj":"soon"}`)
	if got = in.Taken()[2]; got.ID != "" || !got.Time.IsZero() {
		t.Fatalf("what the document lacks must not refuse it: %+v", got)
	}
}

func TestNativeAnswers(t *testing.T) {
	k, in := open(t, config(t, source+native)), &adaptertest.Intake{}
	w := post(t, k, in, "progress", `{"lsh":"a\"b"}`)
	if w.Code != 200 || w.Body.String() != `{"code":"0","msg":"success","n":1,"list":[true,null],"data":{"lsh":"receipt-1","own":"a\"b"}}` || w.Header().Get("Content-Type") != "application/json" {
		t.Fatal(w.Code, w.Body)
	}
	for _, c := range []struct{ name, endpoint, body, want string }{
		{"unreadable", "progress", `{`, `"E400"`}, {"type not listed", "report", `{"lx":"9"}`, `"E422"`}, {"no type", "report", `{}`, `"E422"`}, {"no endpoint", "nosuch", `{}`, `"E404"`},
	} {
		if w := post(t, k, in, c.endpoint, c.body); w.Code != 200 || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	w = httptest.NewRecorder()
	k.ServeLocal(w, httptest.NewRequest("POST", "/local/510000/progress", strings.NewReader(`{}`)), "progress", in)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"E401"`) {
		t.Fatal("401 has the native answer too", w.Body)
	}
	in.Refuse(&problem.Problem{Code: "backpressure", RetryAfter: 1500 * time.Millisecond})
	if w = post(t, k, in, "progress", `{}`); !strings.Contains(w.Body.String(), `"E503"`) || w.Header().Get("Retry-After") != "2" {
		t.Fatal(w.Body, w.Header())
	}
	if len(in.Taken()) != 1 {
		t.Fatal("a refusal was taken")
	}
}

func TestProblemsWithoutAnswer(t *testing.T) {
	k, in := open(t, config(t, source)), &adaptertest.Intake{}
	for body, status := range map[string]int{`{`: 400, `{"lx":"9"}`: 422} {
		w := post(t, k, in, "report", body)
		if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), "urn:duijie:problem:") {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest("GET", "/local/510000/progress", nil)
	sign(t, r, "")
	w := httptest.NewRecorder()
	if k.ServeLocal(w, r, "progress", in); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Fatal(w.Code)
	}
	w = httptest.NewRecorder()
	k.ServeLocal(w, httptest.NewRequest("GET", "/local/510000/progress", nil), "progress", in)
	if w.Code != 401 || !strings.Contains(w.Body.String(), "problem:signature") {
		t.Fatal(w.Code, w.Body)
	}
}

func TestProvenBeforeParsed(t *testing.T) {
	k, in := open(t, config(t, source)), &adaptertest.Intake{}
	r := httptest.NewRequest("POST", "/local/510000/progress", strings.NewReader(`{"lsh":"b"}`))
	sign(t, r, `{"lsh":"a"}`)
	w := httptest.NewRecorder()
	if k.ServeLocal(w, r, "progress", in); w.Code != 401 || len(in.Taken()) != 0 {
		t.Fatal(w.Code)
	}
}

func TestSignedRequestMayComeAgainAfter503(t *testing.T) {
	k, in := open(t, config(t, source)), &adaptertest.Intake{}
	r := httptest.NewRequest("POST", "/local/510000/progress", nil)
	sign(t, r, `{"lsh":"a"}`)
	send := func() int {
		r.Body = io.NopCloser(strings.NewReader(`{"lsh":"a"}`))
		w := httptest.NewRecorder()
		k.ServeLocal(w, r, "progress", in)
		return w.Code
	}
	in.Refuse(&problem.Problem{Code: "store"})
	first := send()
	in.Refuse(nil)
	if second, third := send(), send(); first != 503 || second != 200 || third != 401 {
		t.Fatal(first, second, third)
	}
}

func TestCallbackAcknowledges(t *testing.T) {
	k, in := open(t, config(t, source)), &adaptertest.Intake{Known: []string{"N-1"}}
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"wbbh":"N-1","jg":"1","ajbh":"L7"}`, 200}, {`{"wbbh":"N-1","jg":"2","dm":"E9","sm":"张三不符"}`, 200}, {`{"wbbh":"N-1","jg":"0"}`, 200},
		{`{"wbbh":"N-2","jg":"1"}`, 404}, {`{"jg":"1"}`, 422},
	} {
		if w := post(t, k, in, "receipt", c.body); w.Code != c.status || strings.Contains(w.Body.String(), "张三") {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
	}
	got := in.Late()
	if len(got) != 2 || got[0].Ack.LocalRef != "L7" || got[0].Refused || !got[1].Refused || got[1].Code != "E9" || got[1].Detail == "" || got[1].Correlate != "N-1" {
		t.Fatalf("%+v", got)
	}
}

func TestXMLAnswersAreTemplates(t *testing.T) {
	s := config(t, `
kind: push
endpoints: {report: {type: case.progress, dedupe: body.Msg.lsh}}
answer: {ok: {body: '<r><bh>{receipt}</bh><own>{body.Msg.lsh}</own></r>'}, error: {status: 400, body: '<r><msg>{status}</msg></r>'}}
`)
	s.Codec = adapter.Codec{Format: "xml", Charset: "GBK"}
	k, in := open(t, s), &adaptertest.Intake{}
	w := post(t, k, in, "report", "<Msg><lsh>a&lt;\xd6\xd0</lsh></Msg>")
	if w.Code != 200 || w.Body.String() != "<r><bh>receipt-1</bh><own>a&lt;\xd6\xd0</own></r>" || w.Header().Get("Content-Type") != "application/xml; charset=GBK" || in.Taken()[0].ID != "a<中" {
		t.Fatalf("%d %q %+v", w.Code, w.Body, in.Taken())
	}
	if w := post(t, k, in, "report", "<Msg>"); w.Code != 400 || w.Body.String() != "<r><msg>400</msg></r>" {
		t.Fatal(w.Code, w.Body)
	}
}

func TestFindingsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"kind: push\n": "1:1 missing",
		"endpoints: {a: {type: t, dedup: body.x}}\n":                                                    "1:33 unknown-key",
		"endpoints: {a: {type: t}}\n":                                                                   "1:16 no-dedupe",
		"endpoints: {a: {dedupe: body.x}}\n":                                                            "1:16 missing",
		"endpoints: {a: {type: t, dedupe: 'body.'}}\n":                                                  "expr",
		"endpoints: {a: {type: {from: body.x}, dedupe: body.x}}\n":                                      "1:23 missing",
		"endpoints: {a: {type: t, dedupe: body.x, reissue: drop}}\n":                                    "1:51 bad-value",
		"endpoints: {a: {type: t, dedupe: body.x, time: {from: body.t, time: QQ}}}\n":                   "1:69 time-bad-pattern",
		"endpoints: {a: {acks: {correlate: body.x}}}\n":                                                 "1:23 missing",
		"endpoints: {a: {acks: {correlate: body.x, rules: [{when: 'true', retry: {}}]}}}\n":             "bad-value",
		"endpoints: {a: {type: t, dedupe: body.x}}\nauth: {kind: oauth2, url: u, client: c, secret: s}": "secret-literal",
		"endpoints: {a: {type: t, dedupe: body.x}}\nanswer: {ok: {body: '{nosuch}'}}":                   "2:21 placeholder",
	} {
		var got []string
		for _, f := range push.Kind.CheckSource(config(t, text)) {
			got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Col, f.Code))
		}
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	if f := push.Kind.CheckSource(config(t, source+native)); len(f) > 0 {
		t.Fatalf("%+v", f)
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"lx":"1","lsh":1}`, `{`, `[]`, `null`, `{"rq":"20261001","lx":"2"}`} {
		f.Add([]byte(s))
	}
	k := open(f, config(f, strings.Replace(source, "auth: "+signed, "", 1)+native))
	f.Fuzz(func(t *testing.T, body []byte) {
		in := &adaptertest.Intake{}
		for _, name := range []string{"progress", "report", "receipt"} {
			w := httptest.NewRecorder()
			k.ServeLocal(w, httptest.NewRequest("POST", "/local/510000/"+name, bytes.NewReader(body)), name, in)
			if ok := strings.Contains(w.Body.String(), `"code":"0"`); name != "receipt" && ok != (len(in.Taken()) > 0) {
				t.Fatalf("%s: %s", name, w.Body)
			}
			in = &adaptertest.Intake{}
		}
	})
}
