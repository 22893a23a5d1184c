package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duijie/internal/httpapi"
	"duijie/internal/queue"
)

var at = time.Date(2026, 11, 20, 1, 2, 3, 456_000_000, time.UTC)

func held() queue.Delivery {
	return queue.Delivery{
		Message: queue.Message{Receipt: "r-held", Key: "0123456789abcdef0123456789abcdef", Direction: queue.ToLocal, Unit: "510000", Source: sender, ID: "m-1",
			Type: "case.delegated", Subject: "(2026)川 1", Time: at, AcceptedAt: at, Digest: [32]byte{0xab}, Warnings: []queue.Warning{{Pointer: "/data/parties/0/uscc", Code: "uscc"}}},
		State: queue.Held, DueAt: at, Marks: []string{"unseen"}, Reason: &queue.Reason{Code: "refused", Detail: "rule 3"}, PackVersion: "p1", DocDigest: "d1",
		Attempts: []queue.Attempt{{N: 1, At: at.Add(time.Second), Took: 42 * time.Millisecond, Outcome: "permanent", Status: 200, Code: "E205", Detail: "当事人张三电话13800001111有误", PackVersion: "p1", DocDigest: "d1"},
			{N: 2, At: at.Add(time.Minute)}},
	}
}

func TestDeliveryHasEveryFieldOfTheContract(t *testing.T) {
	s := start(t, nil)
	s.gw.Add(held(), `{"name":"张三","phone":"13800001111"}`)
	s.gw.Add(queue.Delivery{Message: queue.Message{Receipt: "r-new", Key: "k", Direction: queue.ToNational, Unit: "510000", Source: "urn:duijie:local:510000:progress", ID: "7", Type: "case.progress", AcceptedAt: at}, State: queue.Queued, DueAt: at}, `{}`)

	const want = `{"receipt":"r-held","key":"0123456789abcdef0123456789abcdef","id":"m-1","source":"urn:national:mohrss","state":"held","direction":"to-local",
		"unit":"510000","type":"case.delegated","subject":"(2026)川 1","acceptedAt":"2026-11-20T09:02:03.456+08:00","dueAt":null,"localRef":null,"ackAt":null,
		"attempts":[{"n":1,"at":"2026-11-20T09:02:04.456+08:00","ms":42,"outcome":"permanent","status":200,"code":"E205"},
			{"n":2,"at":"2026-11-20T09:03:03.456+08:00","ms":null,"outcome":null,"status":null,"code":null}],
		"marks":["unseen"],"warnings":[{"pointer":"/data/parties/0/uscc","code":"uscc"}],"reason":{"code":"refused","detail":"rule 3"},"blockedBy":null,"missing":[]}`
	for _, path := range []string{"/v1/messages/r-held", "/v1/messages?source=urn:national:mohrss&id=m-1"} {
		sameJSON(t, s.do(call{path: path}), want)
	}
	const queued = `{"receipt":"r-new","key":"k","id":"7","source":"urn:duijie:local:510000:progress","state":"queued","direction":"to-national",
		"unit":"510000","type":"case.progress","subject":null,"acceptedAt":"2026-11-20T09:02:03.456+08:00","dueAt":"2026-11-20T09:02:03.456+08:00","localRef":null,"ackAt":null,
		"attempts":[],"marks":[],"warnings":[],"reason":null,"blockedBy":null,"missing":[]}`
	sameJSON(t, s.do(call{path: "/v1/messages/r-new"}), queued)
}

func sameJSON(t *testing.T, got reply, want string) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != 200 {
		t.Fatalf("answer = %d %s", got.StatusCode, got.raw)
	}
	if d := cmp.Diff(w, any(got.json)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWhatACallerMayNotSeeIs404(t *testing.T) {
	s := start(t, nil)
	other := held()
	other.Unit, other.Receipt, other.ID = "440000", "r-other", "m-2"
	s.gw.Add(other, "{}")
	s.gw.Add(held(), "{}")
	s.gw.AddCase(queue.Case{Unit: "440000", National: "C-9"})
	for _, path := range []string{"/v1/messages/r-other", "/v1/messages/r-none", "/v1/messages/", "/v1/messages?source=" + sender + "&id=m-2", "/v1/cases/440000/C-9", "/v1/cases/510000/none", "/v1/reconcile?unit=440000", "/v1/materials/abc", "/nowhere"} {
		s.do(call{path: path}).wantProblem(t, 404, "not-found")
	}
	// A read without signature sees the units of the senders without one, no more.
	if got := s.do(call{path: "/v1/messages/r-other", unsigned: true}); got.StatusCode != 200 {
		t.Errorf("unsigned, own unit = %d", got.StatusCode)
	}
	s.do(call{path: "/v1/messages/r-held", unsigned: true}).wantProblem(t, 404, "not-found")
	for _, signature := range []string{"v1,xxx", " "} {
		s.do(call{path: "/v1/messages/r-held", headers: map[string]string{"webhook-signature": signature}}).wantProblem(t, 401, "signature")
	}
}

func TestReadsSignMethodAndRequestTarget(t *testing.T) {
	s := start(t, func(c *httpapi.Config) { c.PublicPath = "/duijie" })
	s.gw.Add(held(), "{}")
	for what, c := range map[string]call{
		"plain":                       {path: "/v1/messages/r-held"},
		"with a query":                {path: "/v1/messages?id=m-1&source=" + sender},
		"under publicPath":            {path: "/duijie/v1/messages/r-held"},
		"publicPath taken by a proxy": {path: "/v1/messages/r-held", signTarget: "/duijie/v1/messages/r-held"},
	} {
		if got := s.do(c); got.StatusCode != 200 {
			t.Errorf("%s: %d %s", what, got.StatusCode, got.raw)
		}
	}
	s.do(call{path: "/v1/messages/r-held", signTarget: "/v1/messages/r-other"}).wantProblem(t, 401, "signature")
	got := s.do(call{method: "POST", path: "/duijie/v1/messages", body: event("e-1", "510000"), media: events})
	if !strings.HasPrefix(got.Header.Get("Location"), "/duijie/v1/messages/") {
		t.Errorf("Location = %q", got.Header.Get("Location"))
	}
}

func TestCaseShowsIdsAndTimeline(t *testing.T) {
	s := start(t, nil)
	s.gw.Add(held(), "{}")
	s.gw.AddCase(queue.Case{Unit: "510000", National: "(2026)川 1", Court: "court/1", State: "delegated"})
	const want = `{"unit":"510000","subject":"(2026)川 1","state":"delegated","ids":{"national":"(2026)川 1","local":null,"court":"court/1"},
		"timeline":[{"receipt":"r-held","direction":"to-local","type":"case.delegated","time":"2026-11-20T09:02:03.456+08:00","acceptedAt":"2026-11-20T09:02:03.456+08:00","state":"held","marks":["unseen"]}],
		"deadlines":[]}`
	for _, path := range []string{"/v1/cases/510000/%282026%29%E5%B7%9D%201", "/v1/cases/510000/(2026)%E5%B7%9D%201", "/v1/cases/510000/court%2F1"} {
		sameJSON(t, s.do(call{path: path}), want)
	}
}

func TestReconcilePagesByCursor(t *testing.T) {
	s := start(t, nil)
	for _, id := range []string{"a", "b", "c"} {
		d := held()
		d.Receipt, d.ID = "r-"+id, id
		s.gw.Add(d, "{}")
	}
	var ids []string
	after := ""
	for range 3 {
		got := s.do(call{path: "/v1/reconcile?limit=2&unit=510000&since=2026-01-01T00:00:00%2B08:00" + after})
		if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/x-ndjson" {
			t.Fatalf("answer = %d %s", got.StatusCode, got.raw)
		}
		after = ""
		for _, line := range strings.Split(strings.TrimSpace(string(got.raw)), "\n") {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			if next, ok := v["next"]; ok {
				after = "&after=" + next.(string)
				continue
			}
			ids = append(ids, v["id"].(string))
			if v["digest"] != "ab"+strings.Repeat("00", 31) || v["ackAt"] != nil || v["acceptedAt"] != "2026-11-20T09:02:03.456+08:00" {
				t.Errorf("line = %s", line)
			}
		}
		if after == "" {
			break
		}
	}
	if strings.Join(ids, "") != "abc" {
		t.Errorf("ids = %v", ids)
	}
}

func TestParametersAreNamedNeverQuoted(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/v1/reconcile?limit=%E5%BC%A0%E4%B8%89", "/v1/reconcile?since=%E5%BC%A0%E4%B8%89", "/v1/reconcile?%E5%BC%A0%E4%B8%89=1", "/v1/messages?id=1&source=2&name=%E5%BC%A0%E4%B8%89", "/v1/messages"} {
		got := s.do(call{path: path})
		got.wantProblem(t, 422, "parameter")
		if strings.Contains(string(got.raw), "张三") || strings.Contains(string(got.raw), "%E5") {
			t.Errorf("%s: quoted: %s", path, got.raw)
		}
	}
}

func TestWrongMethodSaysWhichAreAllowed(t *testing.T) {
	s := start(t, nil)
	got := s.do(call{method: "DELETE", path: "/v1/messages"})
	got.wantProblem(t, 405, "method")
	if allow := got.Header.Get("Allow"); !strings.Contains(allow, "POST") || !strings.Contains(allow, "GET") {
		t.Errorf("Allow = %q", allow)
	}
}

func TestLocalCallsReachTheGatewayWithTheRealClient(t *testing.T) {
	s := start(t, func(c *httpapi.Config) { c.Trusted = []string{"127.0.0.0/8", "10.0.0.9"} })
	forwarded := map[string]string{"X-Forwarded-For": "203.0.113.7, 10.0.0.9"}
	for path, want := range map[string]string{
		"/local/510000/progress": "POST 510000 progress from 203.0.113.7:0",
		"/local/510000/a/b%2Fc":  "POST 510000 a/b/c from 203.0.113.7:0",
	} {
		got := s.do(call{method: "POST", path: path, body: "x", headers: forwarded})
		if string(got.raw) != want {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
	direct := start(t, nil)
	if got := direct.do(call{path: "/local/510000/pull?max=1", headers: forwarded}); !strings.Contains(string(got.raw), "from 127.0.0.1:") {
		t.Errorf("an untrusted peer chose its address: %s", got.raw)
	}
	direct.do(call{method: http.MethodDelete, path: "/local/510000/pull"}).wantProblem(t, 405, "method")
}

func TestReadinessIs503OnlyWhenDown(t *testing.T) {
	s := start(t, nil)
	for status, want := range map[string]int{"ok": 200, "degraded": 200, "down": 503} {
		s.gw.Readiness.Status, s.gw.Readiness.Units = status, map[string]string{"510000": "ok"}
		got := s.do(call{path: "/readyz", unsigned: true})
		if got.StatusCode != want || got.json["status"] != status || got.json["store"] != "ok" {
			t.Errorf("%s = %d %s", status, got.StatusCode, got.raw)
		}
	}
	if got := s.do(call{path: "/healthz", unsigned: true}); got.StatusCode != 200 {
		t.Errorf("healthz = %d", got.StatusCode)
	}
}

func TestSchemasAndApiDescriptionAreServed(t *testing.T) {
	s := start(t, nil)
	if got := s.do(call{path: "/schemas/national/v1/case.delegated.json", unsigned: true}); got.StatusCode != 200 || got.json["type"] != "object" {
		t.Errorf("schema = %d %s", got.StatusCode, got.raw)
	}
	for _, path := range []string{"/schemas/national/v1/none.json", "/schemas/", "/schemas/national", "/schemas/..%2f..%2fgo.mod"} {
		s.do(call{path: path, unsigned: true}).wantProblem(t, 404, "not-found")
	}
	if got := s.do(call{path: "/openapi.yaml", unsigned: true}); got.StatusCode != 200 || !strings.HasPrefix(string(got.raw), "openapi: 3.1.0") {
		t.Errorf("openapi = %d", got.StatusCode)
	}
}
