package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duijie/internal/access"
	"duijie/internal/console"
	"duijie/internal/deadline"
	"duijie/internal/gateway"
	"duijie/internal/httpapi/memgateway"
	"duijie/internal/i18n"
	"duijie/internal/queue"
	"duijie/schemas"
)

var now = time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)

const heldReceipt = "01934a2b-0000-7000-8000-000000000001"

// desk is a gateway with cases whose clocks run.
type desk struct {
	*memgateway.Gateway
	due  []gateway.Due
	gaps []int
}

func (d *desk) CalendarGaps() []int { return d.gaps }

func (d *desk) Due(f gateway.DueFilter) gateway.DueList {
	l := gateway.DueList{At: now.Add(-20 * time.Second)}
	for _, one := range d.due {
		if f.Unit != "" && f.Unit != one.Unit {
			continue
		}
		if one.State == deadline.Overdue {
			l.Overdue++
		} else {
			l.Near++
		}
		if f.State != "" && f.State != one.State {
			continue
		}
		if l.Total >= f.From && len(l.Clocks) < f.Limit {
			l.Clocks = append(l.Clocks, one)
		}
		l.Total++
	}
	return l
}

// clock is one that falls due at the end of a day so many days from now.
func clock(unit, national, local, state, name string, days int) gateway.Due {
	due := time.Date(2026, 11, 20+days, 15, 59, 59, 0, time.UTC)
	d := gateway.Due{Unit: unit, National: national, Local: local, CaseState: state, Clock: deadline.Clock{Name: name, StartedAt: due.AddDate(0, 0, -30), DueAt: due, State: deadline.Running}}
	if due.Before(now) {
		d.State = deadline.Overdue
	}
	return d
}

// night is a gateway as an operator finds it at night: one unit without credentials,
// two kinds of held deliveries, one lane waiting.
func night() *desk {
	gw := empty()
	gw.due = []gateway.Due{
		clock("510000", "(2026)川0104诉前调1号", "", "delegated", "accept", -9),
		clock("320000", "(2026)苏0102诉前调8号", "", "mediating", "mediate.pre", -1),
		clock("510000", "", "SC-2026-77", "accepted", "mediate.own", 2),
		clock("320000", "(2026)苏0102诉前调9号", "", "closed", "confirm", 5),
	}
	gw.Now = func() time.Time { return now }
	at := func(d time.Duration) *time.Time { t := now.Add(-d); return &t }
	gw.Views = []gateway.UnitView{
		{Code: "310000", Name: "上海市（示例）", Pack: "310000", Version: "9f1c2d3e4f", Mode: "docked", FileMode: "docked", Status: "ok", Breaker: "closed"},
		{Code: "320000", Name: "江苏省（示例）", Pack: "320000", Version: "51aa90cc31", Mode: "docked", FileMode: "parallel", Status: "trouble",
			Trouble: "to-local: status-401", TroubleAt: at(100 * time.Minute), Counts: map[string]int{"queued": 37, "awaiting": 2, "acked": 80},
			ToLocal: map[string]int{"queued": 36, "awaiting": 2}, ToNational: map[string]int{"queued": 1}, Oldest: at(2 * time.Hour)},
		{Code: "510000", Name: "四川省（示例）", Pack: "510000", Version: "7c0de1a2b3", Mode: "parallel", Since: at(200 * time.Hour), FileMode: "parallel", Status: "ok",
			Counts: map[string]int{"held": 3, "queued": 2, "acked": 900}, ToLocal: map[string]int{"held": 2, "queued": 2}, ToNational: map[string]int{"held": 1}, Oldest: at(50 * time.Hour)},
	}
	add := func(n int, unit, typ, subject string, state queue.State, dir queue.Direction, more func(*queue.Delivery)) {
		d := queue.Delivery{Message: queue.Message{Receipt: fmt.Sprintf("01934a2b-0000-7000-8000-%012d", n), Key: fmt.Sprintf("%032x", n), Direction: dir, Unit: unit,
			Source: "urn:national:mohrss", ID: fmt.Sprintf("evt-%d", n), Type: typ, Subject: subject, Time: now, AcceptedAt: now.Add(-time.Duration(60-n) * time.Hour)}, State: state, StateAt: now.Add(-time.Duration(50-n) * time.Hour)}
		if more != nil {
			more(&d)
		}
		gw.Add(d, `{"caseNo":"`+subject+`","parties":[{"role":"applicant","name":"张三丰","phone":"13800001111"}],"facts":"拖欠工资<b>三个月</b>"}`)
	}
	add(1, "510000", "case.delegated", "(2026)川0104诉前调1号", queue.Held, queue.ToLocal, func(d *queue.Delivery) {
		d.Reason, d.Tried = &queue.Reason{Code: "refused", Detail: "rule 3 of the route"}, 2
		d.Marks = []string{"possibly-sent"}
		d.Warnings = []queue.Warning{{Pointer: "/data/parties/1/uscc", Code: "uscc"}}
		d.Attempts = []queue.Attempt{{N: 1, At: now.Add(-50 * time.Hour), Took: 15 * time.Second, Outcome: "unknown", Code: "timeout"},
			{N: 2, At: now.Add(-49 * time.Hour), Took: 42 * time.Millisecond, Outcome: "permanent", Status: 200, Code: "E205", Detail: "当事人张三丰（电话13800001111）证件号码校验失败"}}
		d.PackVersion, d.DocDigest = "7c0de1a2b3", strings.Repeat("ab", 32)
		d.Case = &queue.Case{State: "delegated", National: d.Subject, Court: "(2026)川0104民诉前调77号",
			OtherLocal: []string{"LA-78"}, Marks: []string{queue.RefusedLater}}
	})
	add(2, "510000", "case.materials.supplied", "(2026)川0104诉前调1号", queue.Queued, queue.ToLocal, func(d *queue.Delivery) { d.BlockedBy = heldReceipt })
	add(3, "510000", "case.delegated", "(2026)川0104诉前调3号", queue.Held, queue.ToLocal, func(d *queue.Delivery) { d.Reason = &queue.Reason{Code: "mapping"} })
	add(4, "510000", "case.progress", "", queue.Held, queue.ToNational, func(d *queue.Delivery) { d.Reason = &queue.Reason{Code: "mapping"} })
	add(5, "320000", "case.delegated", "(2026)苏0102诉前调9号", queue.Queued, queue.ToLocal, func(d *queue.Delivery) { d.Failures, d.DueAt = 3, now.Add(time.Minute) })
	add(6, "320000", "case.delegated", "(2026)苏0102诉前调8号", queue.Awaiting, queue.ToLocal, func(d *queue.Delivery) { d.AwaitUntil = now.Add(5 * time.Hour) })
	add(7, "510000", "case.closed", "(2026)川0104诉前调5号", queue.Acked, queue.ToNational, func(d *queue.Delivery) { d.AckAt = now.Add(-time.Hour) })
	add(8, "510000", "case.withdrawn", "(2026)川0104诉前调6号", queue.Cancelled, queue.ToLocal, func(d *queue.Delivery) { d.Reason = &queue.Reason{Code: "operator"} })
	return gw
}

func empty() *desk { return &desk{Gateway: memgateway.New()} }

func people(t *testing.T) access.List {
	t.Helper()
	var out access.List
	for name, role := range map[string]string{"olga": "operator", "vera": "viewer"} {
		p, err := access.NewPerson(name, access.Hash(name+"-token"), role)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// browser is a client that keeps cookies and does what forms do.
type browser struct {
	*http.Client
	t    *testing.T
	base string
}

func open(t *testing.T, gw console.Gateway, admins access.List) *browser {
	t.Helper()
	c, err := console.New(console.Config{Gateway: gw, Admins: admins, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, t, s.URL}
}

func (b *browser) do(r *http.Request) (*http.Response, string) {
	b.t.Helper()
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(raw)
}

func (b *browser) get(path string) string {
	b.t.Helper()
	r, err := http.NewRequest("GET", b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	_, text := b.do(r)
	return text
}

func (b *browser) post(path string, form url.Values, headers ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest("POST", b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.base)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.do(r)
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *browser) formToken(path string) string {
	b.t.Helper()
	m := tokenField.FindStringSubmatch(b.get(path))
	if m == nil {
		b.t.Fatalf("%s has no form", path)
	}
	return m[1]
}

func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func TestOverviewSaysWhatIsStuckAndWhy(t *testing.T) {
	b := open(t, night(), nil)
	page := b.get("/")
	wants(t, page, "3 件投递待人工处理", "1 个对接单位故障", "对方不接受我方凭据（401）", "已持续 1 小时 40 分", "39 件报文在等待",
		"无法转换", "修正省份包后重新加载，再重试", "对方拒收", "配置文件为 并行", "/deliveries?reason=mapping&amp;state=held")
	if strings.Index(page, "<b>320000</b>") > strings.Index(page, "<b>310000</b>") {
		t.Error("a unit in trouble does not come first")
	}
	wants(t, open(t, empty(), nil).get("/"), "一切正常", "没有待人工处理的投递")
	slow := empty()
	since := now.Add(-2 * time.Hour)
	slow.Views = []gateway.UnitView{{Code: "510000", Status: "ok", Breaker: "open", Counts: map[string]int{"queued": 4}, Oldest: &since,
		Overdue: map[string]int{"accept": 2, "mediate.pre": 1, "confirm": 0}}}
	wants(t, open(t, slow, nil).get("/"), "1 个对接单位积压超过 1 小时", "连续失败，暂停尝试", "3 个办理期限已超期")
}

func TestListFiltersAndNamesTheReason(t *testing.T) {
	b := open(t, night(), nil)
	wants(t, b.get("/deliveries"), "排在同案另一投递之后", "已失败 3 次", "回执期限", "（转换后才知案号）")
	held := b.get("/deliveries?state=held&reason=mapping")
	wants(t, held, "本页 2 件", "修正省份包后重新加载")
	if strings.Contains(held, "已失败 3 次") {
		t.Error("the filter let others through")
	}
	wants(t, b.get("/deliveries?q=evt-6"), "本页 1 件", "诉前调8号")
	wants(t, b.get("/deliveries?unit=none"), "没有符合条件的投递")
}

func TestNoPageShowsPersonalData(t *testing.T) {
	b := open(t, night(), nil)
	for _, path := range []string{"/", "/deliveries", "/deadlines", "/deliveries/" + heldReceipt} {
		page := b.get(path)
		if strings.Contains(page, "张三丰") || strings.Contains(page, "13800001111") || strings.Contains(page, "<b>三个月") {
			t.Errorf("%s shows personal data, or markup of a message", path)
		}
	}
	wants(t, b.get("/deliveries/"+heldReceipt), "当事人***（电话***********）证件号码校验失败", "E205", "rule 3 of the route", "可能已发送", "***")
}

func TestWhatWasSaidAfterTheEndIsShownWithTheCase(t *testing.T) {
	b := open(t, night(), nil)
	wants(t, b.get("/deliveries/"+heldReceipt), "LA-78", "另给出的本地案号", "事后拒收")
}

func TestFormsActOnceTheyAreSure(t *testing.T) {
	for _, tt := range []struct {
		act  string
		form url.Values
		says string
		did  []string
	}{
		{"retry", url.Values{}, "已重新排队", []string{"local retry " + heldReceipt}},
		{"ack", url.Values{"reason": {"电话"}, "localRef": {"SC-1"}, "sure": {"1"}}, "已人工确认", []string{"local ack " + heldReceipt}},
		{"skip", url.Values{"reason": {"x"}, "sure": {"1"}}, "后续报文已放行", []string{"local skip " + heldReceipt}},
		{"cancel", url.Values{"reason": {"x"}, "sure": {"1"}, "lane": {"1"}}, "已取消。", []string{"local cancel-lane " + heldReceipt}},
		{"cancel", url.Values{"reason": {"x"}}, "请先勾选确认项", nil},
		{"cancel", url.Values{"sure": {"1"}, "reason": {" "}}, "请填写原因", nil},
		{"resend", url.Values{"reason": {"x"}, "sure": {"1"}}, "当前状态不允许此操作", nil},
	} {
		gw := night()
		b := open(t, gw, nil)
		page := "/deliveries/" + heldReceipt
		tt.form.Set("csrf", b.formToken(page))
		_, text := b.post(page+"/"+tt.act, tt.form)
		wants(t, text, tt.says)
		if d := cmp.Diff(tt.did, gw.Acts()); d != "" {
			t.Errorf("%s %v: (-want +got)\n%s", tt.act, tt.form, d)
		}
	}
}

func TestCancelWarnsThatThePlatformIsTold(t *testing.T) {
	b := open(t, night(), nil)
	wants(t, b.get("/deliveries/"+heldReceipt), "国家平台会被告知此报文已取消", "若不同时取消后续")
}

func TestForgedFormsDoNothing(t *testing.T) {
	gw := night()
	b := open(t, gw, nil)
	page := "/deliveries/" + heldReceipt
	good := url.Values{"csrf": {b.formToken(page)}}
	for what, send := range map[string]func() (*http.Response, string){
		"no token":         func() (*http.Response, string) { return b.post(page+"/retry", nil) },
		"wrong token":      func() (*http.Response, string) { return b.post(page+"/retry", url.Values{"csrf": {"x"}}) },
		"foreign origin":   func() (*http.Response, string) { return b.post(page+"/retry", good, "Origin", "http://evil.example") },
		"cross-site fetch": func() (*http.Response, string) { return b.post(page+"/retry", good, "Sec-Fetch-Site", "cross-site") },
		"another process": func() (*http.Response, string) {
			return b.post(page+"/retry", url.Values{"csrf": {open(t, night(), nil).formToken(page)}})
		},
	} {
		if res, _ := send(); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
	}
	if acts := gw.Acts(); len(acts) != 0 {
		t.Errorf("acts = %v", acts)
	}
}

func TestSignInWithATokenAndRoles(t *testing.T) {
	gw := night()
	b := open(t, gw, people(t))
	wants(t, b.get("/deliveries"), "管理令牌")
	res, text := b.post("/login", url.Values{"token": {"wrong"}})
	if wants(t, text, "令牌无效"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("wrong token: %d", res.StatusCode)
	}
	_, text = b.post("/login", url.Values{"token": {"vera-token"}})
	wants(t, text, "vera", "只读")
	page := "/deliveries/" + heldReceipt
	wants(t, b.get(page), "您的角色只能查看")
	token := b.formToken(page)
	if res, _ := b.post(page+"/retry", url.Values{"csrf": {token}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer acted: %d", res.StatusCode)
	}
	b.post("/logout", url.Values{"csrf": {token}})
	wants(t, b.get("/"), "管理令牌")
	b.post("/login", url.Values{"token": {"olga-token"}})
	if res, _ := b.post(page+"/retry", url.Values{"csrf": {token}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("another person's form was taken: %d", res.StatusCode)
	}
	b.post(page+"/retry", url.Values{"csrf": {b.formToken(page)}})
	if d := cmp.Diff([]string{"olga retry " + heldReceipt}, gw.Acts()); d != "" {
		t.Error(d)
	}
}

func TestCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	b := open(t, night(), people(t))
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, _ := b.post("/login", url.Values{"token": {"olga-token"}})
	set := res.Header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Strict"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie lacks %s: %s", part, set)
		}
	}
}

func TestPagesAreStrictAndSelfContained(t *testing.T) {
	b := open(t, night(), nil)
	for _, path := range []string{"/", "/deliveries", "/deadlines", "/deliveries/" + heldReceipt, "/nowhere"} {
		r, err := http.NewRequest("GET", b.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, text := b.do(r)
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for _, bad := range []string{"<script", "style=\"", " onclick", "http://", "https://"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %s", path, bad)
			}
		}
	}
	if css := b.get("/assets/console.css"); strings.Contains(css, "http") {
		t.Error("the styles load from elsewhere")
	}
}

func TestEnglishOnRequest(t *testing.T) {
	b := open(t, night(), nil)
	wants(t, b.get("/?lang=en"), "3 deliveries need a person", "Could not be translated")
	wants(t, b.get("/deliveries"), "waits behind another of its case") // remembered
	wants(t, b.get("/?lang=zh"), "3 件投递待人工处理")
}

func TestEveryMessageTypeHasAName(t *testing.T) {
	for _, f := range schemas.All() {
		if i18n.Type(i18n.ZH, f.Type) == f.Type || i18n.Type(i18n.EN, f.Type) == f.Type {
			t.Errorf("%s has no name", f.Type)
		}
	}
}
