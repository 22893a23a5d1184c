package httpapi_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duijie/internal/access"
	"duijie/internal/gateway"
	"duijie/internal/httpapi"
	"duijie/internal/metrics"
	"duijie/internal/queue"
)

// admin is one call of the admin listener; body "" goes without.
func (s *running) admin(method, path, body string, headers ...string) reply {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+s.AdminAddr()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(r)
}

const held1 = "/admin/v1/deliveries/r-held"

func withDeliveries(t *testing.T) *running {
	t.Helper()
	s := start(t, nil)
	s.gw.Add(held(), `{"name":"张三","phone":"13800001111"}`)
	second := held()
	second.Receipt, second.ID, second.State, second.Reason, second.Marks = "r-acked", "m-2", queue.Acked, nil, nil
	s.gw.Add(second, `{"name":"李四"}`)
	return s
}

func TestDeliveriesAreListedNewestFirstAndFiltered(t *testing.T) {
	s := withDeliveries(t)
	receipts := func(query string) string {
		got := s.admin("GET", "/admin/v1/deliveries"+query, "")
		if got.StatusCode != 200 {
			t.Fatalf("%s: %d %s", query, got.StatusCode, got.raw)
		}
		var out []string
		for _, d := range got.json["deliveries"].([]any) {
			out = append(out, d.(map[string]any)["receipt"].(string))
		}
		if next, _ := got.json["next"].(string); next != "" {
			out = append(out, "next="+next)
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"":                                   "r-acked r-held",
		"?limit=1":                           "r-acked next=2",
		"?limit=1&after=2":                   "r-held",
		"?state=held":                        "r-held",
		"?unit=510000":                       "r-acked r-held",
		"?unit=1":                            "",
		"?type=case.delegated":               "r-acked r-held",
		"?subject=x":                         "",
		"?direction=to-local":                "r-acked r-held",
		"?reason=refused":                    "r-held",
		"?mark=unseen":                       "r-held",
		"?q=m-2":                             "r-acked",
		"?since=2027-01-01T00:00:00%2B08:00": "",
		"?until=2027-01-01T00:00:00Z":        "r-acked r-held",
	} {
		if got := receipts(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for _, bad := range []string{"?state=lost", "?stat=held", "?after=x", "?limit=0", "?since=today", "?direction=up"} {
		s.admin("GET", "/admin/v1/deliveries"+bad, "").wantProblem(t, 422, "parameter")
	}
}

func TestOneDeliveryShowsThePeersTextMasked(t *testing.T) {
	s := withDeliveries(t)
	got := s.admin("GET", held1, "")
	first := got.json["attempts"].([]any)[0].(map[string]any)
	if first["detail"] != "当事人**电话***********有误" || first["code"] != "E205" || got.json["packVersion"] != "p1" || got.json["documentDigest"] != "d1" {
		t.Errorf("answer = %s", got.raw)
	}
	if _, there := got.json["payload"]; there {
		t.Error("the payload came unasked")
	}
	got = s.admin("GET", held1+"?view=payload", "")
	if name := got.json["payload"].(map[string]any)["name"]; name != "***" {
		t.Errorf("payload = %s", got.raw)
	}
	if bytes.Contains(got.raw, []byte("张三")) || bytes.Contains(got.raw, []byte("13800001111")) {
		t.Errorf("personal data: %s", got.raw)
	}
}

func TestPayloadUnmaskedNeedsAReasonAndIsAudited(t *testing.T) {
	s := withDeliveries(t)
	s.admin("POST", held1+"/payload", "{}").wantProblem(t, 422, "parameter")
	s.admin("POST", held1+"/payload", `{"reason":"  "}`).wantProblem(t, 422, "parameter")
	got := s.admin("POST", held1+"/payload", `{"reason":"party asked"}`)
	if got.StatusCode != 200 || got.json["payload"].(map[string]any)["name"] != "张三" {
		t.Errorf("answer = %d %s", got.StatusCode, got.raw)
	}
	if d := cmp.Diff([]string{"local reveal r-held"}, s.gw.Acts()); d != "" {
		t.Error(d)
	}
}

func TestActsObeyTheState(t *testing.T) {
	for _, tt := range []struct{ act, body, state, did string }{
		{"retry", "", "queued", "local retry r-held"},
		{"cancel", `{"reason":"withdrawn"}`, "cancelled", "local cancel r-held"},
		{"cancel", `{"reason":"withdrawn","lane":true}`, "cancelled", "local cancel-lane r-held"},
		{"ack", `{"localRef":"SC-9","reason":"by phone"}`, "acked", "local ack r-held"},
		{"skip", `{"reason":"waits for the court"}`, "held", "local skip r-held"},
	} {
		s := withDeliveries(t)
		got := s.admin("POST", held1+"/"+tt.act, tt.body)
		if got.StatusCode != 200 || got.json["state"] != tt.state || got.json["receipt"] != "r-held" || len(got.json["receipts"].([]any)) != 1 {
			t.Errorf("%s = %d %s", tt.act, got.StatusCode, got.raw)
		}
		if acts := s.gw.Acts(); len(acts) != 1 || acts[0] != tt.did {
			t.Errorf("%s: acts = %v", tt.act, acts)
		}
	}
	s := withDeliveries(t)
	for _, act := range []string{"retry", "cancel", "skip", "ack"} {
		s.admin("POST", "/admin/v1/deliveries/r-acked/"+act, `{"reason":"x"}`).wantProblem(t, 409, "state")
		s.admin("POST", "/admin/v1/deliveries/none/"+act, `{"reason":"x"}`).wantProblem(t, 404, "not-found")
	}
	s.admin("POST", held1+"/resend", `{"reason":"x"}`).wantProblem(t, 409, "state")
	got := s.admin("POST", "/admin/v1/deliveries/r-acked/resend", `{"reason":"lost"}`)
	if got.StatusCode != 200 || got.json["receipts"].([]any)[0] != "r-acked-again" {
		t.Errorf("resend = %d %s", got.StatusCode, got.raw)
	}
}

func TestMisspeltMembersAreRefused(t *testing.T) {
	s := withDeliveries(t)
	got := s.admin("POST", held1+"/cancel", `{"reason":"x","lanes":true}`)
	got.wantProblem(t, 422, "parameter")
	if item := got.json["errors"].([]any)[0].(map[string]any); item["pointer"] != "/lanes" || item["code"] != "unknown" {
		t.Errorf("errors = %v", item)
	}
	s.admin("POST", held1+"/cancel", `{"reason":7}`).wantProblem(t, 422, "parameter")
	s.admin("POST", held1+"/cancel", `{"reason":"x"`).wantProblem(t, 400, "malformed")
	s.admin("POST", held1+"/cancel", `{"reason":"x"} {}`).wantProblem(t, 400, "malformed")
	if acts := s.gw.Acts(); len(acts) != 0 {
		t.Errorf("acts = %v", acts)
	}
}

func TestRedriveIsACancellableJob(t *testing.T) {
	s := withDeliveries(t)
	s.admin("POST", "/admin/v1/redrive", `{"state":"held"}`).wantProblem(t, 422, "parameter")
	s.admin("POST", "/admin/v1/redrive", `{"unit":"510000","state":"sending"}`).wantProblem(t, 422, "parameter")
	dry := s.admin("POST", "/admin/v1/redrive", `{"unit":"510000","state":"held","dryRun":true}`)
	if dry.StatusCode != 200 || dry.json["total"] != 1.0 || dry.json["dryRun"] != true {
		t.Errorf("dry = %d %s", dry.StatusCode, dry.raw)
	}
	job := s.admin("POST", "/admin/v1/redrive", `{"reason":"refused","since":"2026-11-01T00:00:00+08:00"}`)
	where := job.Header.Get("Location")
	if job.StatusCode != 202 || job.json["state"] != "running" || where != "/admin/v1/jobs/"+job.json["id"].(string) {
		t.Fatalf("job = %d %s, %s", job.StatusCode, job.raw, where)
	}
	if got := s.admin("DELETE", where, ""); got.json["state"] != "cancelled" {
		t.Errorf("cancelled = %s", got.raw)
	}
	if got := s.admin("GET", where, ""); got.json["state"] != "cancelled" {
		t.Errorf("job = %s", got.raw)
	}
	s.admin("GET", "/admin/v1/jobs/none", "").wantProblem(t, 404, "not-found")
}

func TestIdsAreReadBoundAndRetired(t *testing.T) {
	s := start(t, nil)
	s.gw.AddCase(queue.Case{Unit: "510000", National: "C/1", State: "delegated", Contested: true, ContestedBy: "n:C/2"})
	const path = "/admin/v1/cases/510000/C%2F1/ids"
	sameJSON(t, s.admin("GET", path, ""), `{"unit":"510000","subject":"C/1","state":"delegated","ids":{"national":"C/1","local":null,"court":null},"otherLocal":[],"contested":true,"contestedBy":"n:C/2"}`)
	s.admin("POST", path, `{"reason":"by phone"}`).wantProblem(t, 422, "parameter")
	if got := s.admin("POST", path, `{"local":"SC-1","reason":"by phone"}`); got.StatusCode != 200 || got.json["ids"].(map[string]any)["local"] != "SC-1" {
		t.Errorf("bound = %d %s", got.StatusCode, got.raw)
	}
	if got := s.admin("DELETE", path, `{"local":"SC-1","reason":"typing error"}`); got.StatusCode != 200 || got.json["ids"].(map[string]any)["local"] != nil {
		t.Errorf("retired = %d %s", got.StatusCode, got.raw)
	}
	s.admin("GET", "/admin/v1/cases/510000/none/ids", "").wantProblem(t, 404, "not-found")
}

func TestUnitsPauseResumeAndMode(t *testing.T) {
	s := start(t, nil)
	s.gw.Views = []gateway.UnitView{{Code: "510000", Mode: "docked", Status: "ok", ToLocal: map[string]int{"queued": 2}}}
	got := s.admin("GET", "/admin/v1/units", "")
	unit := got.json["units"].([]any)[0].(map[string]any)
	if unit["code"] != "510000" || unit["toLocal"].(map[string]any)["queued"] != 2.0 || unit["toLocal"].(map[string]any)["held"] != 0.0 {
		t.Errorf("units = %s", got.raw)
	}
	for _, step := range []struct{ path, body, member, want string }{
		{"pause", "", "status", "paused"}, {"resume", "{}", "status", "ok"},
		{"mode", `{"mode":"parallel","since":"2026-12-01T00:00:00+08:00"}`, "mode", "parallel"},
	} {
		if got := s.admin("POST", "/admin/v1/units/510000/"+step.path, step.body); got.StatusCode != 200 || got.json[step.member] != step.want {
			t.Errorf("%s = %d %s", step.path, got.StatusCode, got.raw)
		}
	}
	s.admin("POST", "/admin/v1/units/510000/mode", `{"mode":"parallel"}`).wantProblem(t, 422, "parameter")
	s.admin("POST", "/admin/v1/units/510000/mode", `{"mode":"half"}`).wantProblem(t, 422, "parameter")
	s.admin("POST", "/admin/v1/units/1/pause", "").wantProblem(t, 404, "unknown-unit")
}

func TestReloadIsRefusedWholeWithTheFindings(t *testing.T) {
	s := start(t, nil)
	s.gw.Outcome = gateway.Reload{Findings: []gateway.Finding{{File: "packs/510000/pack.yaml", Line: 3, Col: 5, Severity: "error", Code: "unknown-key"}}}
	got := s.admin("POST", "/admin/v1/reload", "")
	got.wantProblem(t, 422, "reload")
	if f := got.json["findings"].([]any)[0].(map[string]any); f["file"] != "packs/510000/pack.yaml" || f["line"] != 3.0 {
		t.Errorf("findings = %s", got.raw)
	}
	if got := s.admin("POST", "/admin/v1/reload?dryRun=1", ""); got.StatusCode != 200 || got.json["applied"] != false {
		t.Errorf("dry = %d %s", got.StatusCode, got.raw)
	}
	s.gw.Outcome = gateway.Reload{Applied: true}
	sameJSON(t, s.admin("POST", "/admin/v1/reload", "{}"), `{"applied":true,"findings":[],"heldPass":0,"queuedDiffer":0}`)
}

func TestOnlyKnownHostsAreAnswered(t *testing.T) {
	s := start(t, func(c *httpapi.Config) { c.Hosts = []string{"duijie.example.gov.cn"} })
	for _, host := range []string{"localhost", "localhost:8081", "127.0.0.1:1", "[::1]:8081", "duijie.example.gov.cn", "DUIJIE.example.gov.cn.:443"} {
		if got := s.admin("GET", "/admin/v1/units", "", "Host", host); got.StatusCode != 200 {
			t.Errorf("%s = %d", host, got.StatusCode)
		}
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "10.0.0.1"} {
		s.admin("GET", "/admin/v1/units", "", "Host", host).wantProblem(t, 403, "host")
	}
}

func TestStateChangesNeedJSON(t *testing.T) {
	s := withDeliveries(t)
	for _, media := range []string{"", "application/x-www-form-urlencoded", "text/plain"} {
		s.admin("POST", held1+"/retry", "", "Content-Type", media).wantProblem(t, 415, "media-type")
	}
	if len(s.gw.Acts()) != 0 {
		t.Error("something was done")
	}
}

func TestRolesWithTokens(t *testing.T) {
	var people access.List
	for name, role := range map[string]string{"vera": "viewer", "olga": "operator", "ada": "admin"} {
		p, err := access.NewPerson(name, access.Hash(name+"-token"), role)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	s := start(t, func(c *httpapi.Config) { c.Admins, c.Metrics = people, metrics.New("v", "c") })
	s.gw.Add(held(), "{}")
	for _, path := range []string{"/admin/v1/units", "/metrics"} {
		s.admin("GET", path, "").wantProblem(t, 401, "token")
		s.admin("GET", path, "", "Authorization", "Bearer vera").wantProblem(t, 401, "token")
		if got := s.admin("GET", path, "", "Authorization", "bearer vera-token"); got.StatusCode != 200 {
			t.Errorf("%s viewer = %d", path, got.StatusCode)
		}
	}
	s.admin("POST", held1+"/retry", "").wantProblem(t, 401, "token")
	s.admin("POST", held1+"/retry", "", "Authorization", "Bearer vera-token").wantProblem(t, 403, "role")
	for _, name := range []string{"olga", "ada"} {
		if got := s.admin("POST", held1+"/retry", "", "Authorization", "Bearer "+name+"-token"); got.StatusCode != 200 {
			t.Errorf("%s = %d %s", name, got.StatusCode, got.raw)
		}
	}
	if d := cmp.Diff([]string{"olga retry r-held", "ada retry r-held"}, s.gw.Acts()); d != "" {
		t.Error(d)
	}
}

func TestLaterCallsAreNotFoundYet(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/admin/v1/audit", "/admin/v1/nowhere"} {
		s.admin("GET", path, "").wantProblem(t, 404, "not-found")
	}
	s.admin("GET", "/admin/v1/redrive", "").wantProblem(t, 405, "method")
}

func TestMetricsAreReadAtTheScrape(t *testing.T) {
	s := start(t, func(c *httpapi.Config) { c.Metrics = metrics.New("v", "c") })
	since := at
	s.gw.Views = []gateway.UnitView{{Code: "510000", Breaker: "open", Trouble: "to-local: status-401", ToLocal: map[string]int{"held": 3}, OldestToLocal: &since}}
	got := string(s.admin("GET", "/metrics", "").raw)
	for _, line := range []string{`duijie_deliveries{direction="to-local",state="held",unit="510000"} 3`, `duijie_deliveries{direction="to-national",state="queued",unit="510000"} 0`,
		`duijie_breaker_open{unit="510000"} 1`, `duijie_unit_trouble{cause="status-401",unit="510000"} 1`, `duijie_store_bytes 0`} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing %s", line)
		}
	}
}
