package httpapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"duijie/internal/problem"
)

func TestOneMessageIs202WithLocationThenItsRepeat200(t *testing.T) {
	s := start(t, nil)
	first := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events})
	receipt, _ := first.json["receipt"].(string)
	if first.StatusCode != http.StatusAccepted || receipt == "" || first.json["status"] != "queued" || first.json["id"] != "e-1" || first.json["source"] != sender {
		t.Fatalf("answer = %d %s", first.StatusCode, first.raw)
	}
	if _, there := first.json["duplicate"]; there {
		t.Errorf("a first message says duplicate: %s", first.raw)
	}
	if got := first.Header.Get("Location"); got != "/v1/messages/"+receipt {
		t.Errorf("Location = %q", got)
	}
	again := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events + "; charset=utf-8"})
	if again.StatusCode != http.StatusOK || again.json["duplicate"] != true || again.json["receipt"] != receipt || again.json["status"] != "queued" {
		t.Errorf("repeat = %d %s", again.StatusCode, again.raw)
	}
}

func TestBatchIs207EachStandingAlone(t *testing.T) {
	s := start(t, nil)
	body := "[" + event("e-1", "510000") + "," + event("e-2", "999999") + "," + event("e-1", "510000") + `,{"id":7}]`
	got := s.do(call{method: "POST", path: "/v1/messages", body: body, media: many})
	results, _ := got.json["results"].([]any)
	if got.StatusCode != http.StatusMultiStatus || len(results) != 4 {
		t.Fatalf("answer = %d %s", got.StatusCode, got.raw)
	}
	member := func(i int, name string) any { return results[i].(map[string]any)[name] }
	if member(0, "status") != 202.0 || member(0, "duplicate") != false || member(0, "receipt") == "" {
		t.Errorf("first = %v", results[0])
	}
	if member(1, "status") != 403.0 || member(1, "id") != "e-2" || member(1, "source") != sender ||
		member(1, "problem").(map[string]any)["type"] != "urn:duijie:problem:unit-forbidden" {
		t.Errorf("second = %v", results[1])
	}
	if member(2, "status") != 200.0 || member(2, "duplicate") != true || member(2, "receipt") != member(0, "receipt") {
		t.Errorf("third = %v", results[2])
	}
	if id, there := results[3].(map[string]any)["id"]; !there || id != nil || member(3, "status") != 400.0 {
		t.Errorf("fourth = %v", results[3])
	}
	empty := s.do(call{method: "POST", path: "/v1/messages", body: "[]", media: many})
	if empty.StatusCode != 207 || string(empty.raw) != "{\"results\":[]}\n" {
		t.Errorf("[] = %d %s", empty.StatusCode, empty.raw)
	}
	s.do(call{method: "POST", path: "/v1/messages", body: "{}", media: many}).wantProblem(t, 400, "malformed")
}

func TestMediaTypesOutsideTheContractAre415(t *testing.T) {
	s := start(t, nil)
	for _, tt := range []struct {
		what, media string
		headers     map[string]string
	}{
		{"none", "", nil},
		{"plain JSON without attributes", "application/json", nil},
		{"text", "text/plain", map[string]string{"ce-id": "1"}},
		{"another charset", events + "; charset=gbk", nil},
		{"compressed", events, map[string]string{"Content-Encoding": "gzip"}},
		{"broken", "application/", nil},
		{"unknown cloudevents", "application/cloudevents+avro", map[string]string{"ce-id": "1"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			// A bad signature too: the media type is judged first.
			s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: tt.media,
				headers: merge(tt.headers, map[string]string{"webhook-signature": "v1,xxx"})}).wantProblem(t, 415, "media-type")
		})
	}
}

func merge(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestSizeIsJudgedBeforeTheSignature(t *testing.T) {
	s := start(t, nil)
	bad := map[string]string{"webhook-signature": "v1,xxx"}
	big := strings.Repeat("x", 5000)
	s.do(call{method: "POST", path: "/v1/messages", body: big, media: events, headers: bad}).wantProblem(t, 413, "too-large")
	s.do(call{method: "POST", path: "/v1/messages", body: strings.Repeat("x", 3<<20), media: events, headers: bad}).wantProblem(t, 413, "too-large")
	s.do(call{method: "POST", path: "/v1/messages", body: strings.Repeat("x", 4096), media: events, headers: bad}).wantProblem(t, 401, "signature")
	exact := event("e-1", "510000") + strings.Repeat(" ", 4096-len(event("e-1", "510000")))
	if got := s.do(call{method: "POST", path: "/v1/messages", body: exact, media: events}); got.StatusCode != 202 {
		t.Errorf("exactly the limit = %d %s", got.StatusCode, got.raw)
	}
}

func TestBinaryModeOnlyWhereSignaturesAreNotTheProof(t *testing.T) {
	s := start(t, nil)
	headers := map[string]string{"ce-specversion": "1.0", "ce-id": "b-1", "ce-source": sender, "ce-type": "case.delegated", "ce-subject": "%E6%A1%88-1", "ce-unit": "440000"}
	binary := call{method: "POST", path: "/v1/messages", body: `{"caseNo":"1"}`, media: "application/json", headers: headers}

	s.do(binary).wantProblem(t, 415, "media-type")
	forged := binary
	forged.headers = merge(headers, map[string]string{"webhook-signature": "v1,xxx"})
	s.do(forged).wantProblem(t, 401, "signature") // the signature is judged first

	unsigned := binary
	unsigned.unsigned = true
	got := s.do(unsigned)
	if got.StatusCode != 202 || got.json["id"] != "b-1" {
		t.Fatalf("unsigned = %d %s", got.StatusCode, got.raw)
	}
	if d, err := s.gw.Delivery(got.json["receipt"].(string)); err != nil || d.Subject != "案-1" {
		t.Errorf("subject = %q, %v", d.Subject, err)
	}
	s.gw.Mutual = true
	mutual := binary
	mutual.headers = merge(headers, map[string]string{"ce-id": "b-2", "ce-unit": "510000"})
	if got := s.do(mutual); got.StatusCode != 202 {
		t.Errorf("mutual TLS = %d %s", got.StatusCode, got.raw)
	}
}

func TestRefusalsSayWhenToComeAgainAndWhichLimit(t *testing.T) {
	s := start(t, nil)
	s.gw.Refuse = &problem.Problem{Code: "backpressure", Limit: "backlogUnit", RetryAfter: 2500 * time.Millisecond}
	got := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events})
	got.wantProblem(t, 503, "backpressure")
	if got.Header.Get("Retry-After") != "3" || got.json["limit"] != "backlogUnit" {
		t.Errorf("Retry-After %q, %s", got.Header.Get("Retry-After"), got.raw)
	}
	inBatch := s.do(call{method: "POST", path: "/v1/messages", body: "[" + event("e-1", "510000") + "]", media: many})
	if inBatch.StatusCode != 207 || inBatch.Header.Get("Retry-After") != "3" {
		t.Errorf("batch = %d, Retry-After %q", inBatch.StatusCode, inBatch.Header.Get("Retry-After"))
	}
	s.gw.Refuse = &problem.Problem{Code: "rate", Limit: "senderRate"}
	got = s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events})
	got.wantProblem(t, 429, "rate")
	if n, err := strconv.Atoi(got.Header.Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After = %q", got.Header.Get("Retry-After"))
	}
	s.gw.Refuse = &problem.Problem{Code: "unit-resident", Shadow: "r-shadow"}
	got = s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events})
	got.wantProblem(t, 409, "unit-resident")
	if got.json["shadow"] != "r-shadow" {
		t.Errorf("shadow: %s", got.raw)
	}
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	s := start(t, nil)
	s.gw.Refuse = &problem.Problem{Code: "schema", Items: []problem.Item{{Pointer: "/data/parties/0/name", Code: "required"}}}
	post := func(accept string) (title string, item map[string]any) {
		got := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events, headers: map[string]string{"Accept-Language": accept}})
		got.wantProblem(t, 422, "schema")
		return got.json["title"].(string), got.json["errors"].([]any)[0].(map[string]any)
	}
	zh, item := post("")
	if zh != "正文不符合规范" || item["pointer"] != "/data/parties/0/name" || item["code"] != "required" || item["detail"] != "必填项缺失" {
		t.Errorf("zh: %q %v", zh, item)
	}
	if en, item := post("en-GB,en;q=0.9"); en != "Data not valid" || item["detail"] != "required, but missing" {
		t.Errorf("en: %q %v", en, item)
	}
}

func TestPanicIs500WithoutDetailsAndTheListenerGoesOn(t *testing.T) {
	s := start(t, nil)
	s.gw.Panics = true
	got := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events})
	got.wantProblem(t, 500, "internal")
	if strings.Contains(string(got.raw), "张三") || strings.Contains(s.log.String(), "张三") {
		t.Errorf("a panic's words got out: %s\n%s", got.raw, s.log)
	}
	s.gw.Panics = false
	if got := s.do(call{method: "POST", path: "/v1/messages", body: event("e-1", "510000"), media: events}); got.StatusCode != 202 {
		t.Errorf("afterwards = %d", got.StatusCode)
	}
}
