package rules_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
)

var utf8JSON = adapter.Codec{Format: "json", Charset: "UTF-8"}

func parse(t *testing.T, text string) *rules.Rules {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	r := &settings.Reader{File: "pack.yaml"}
	out := rules.Parse(r, n.Content[0])
	if len(r.Findings) > 0 {
		t.Fatalf("%+v", r.Findings)
	}
	return out
}

const l1 = `
- {when: 'status == 200 && body.code == "0"', ack: {localRef: body.data.ajbh}}
- {when: 'status == 200 && body.code in ["E101","E102"]', retry: {after: 30s}}
- {when: 'status == 202', await: {correlate: body.lsh}}
- {when: 'status == 200 && body.code != nil', hold: {code: body.code, detail: body.msg}}
- {when: 'text startsWith "wait"', retry: {}}
`

func judge(r *rules.Rules, status int, body string, header ...string) (adapter.Ack, *adapter.Failure) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	j := &rules.Judge{Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }}
	ack, err := j.Answer(r, rules.Read(status, h, []byte(body), "", utf8JSON), "key-1")
	var f *adapter.Failure
	errors.As(err, &f)
	return ack, f
}

func TestRulesDecideInOrder(t *testing.T) {
	r := parse(t, l1)
	if ack, f := judge(r, 200, `{"code":"0","data":{"ajbh":77}}`); f != nil || ack.LocalRef != "77" || ack.Status != 200 {
		t.Fatalf("%+v %+v", ack, f)
	}
	if _, f := judge(r, 200, `{"code":"E101"}`); f.Outcome != adapter.Transient || f.Code != "rule" || f.After != 30*time.Second || !f.Exact {
		t.Fatalf("%+v", f)
	}
	if _, f := judge(r, 200, `{"code":"E201","msg":"张三的证件号不对"}`); f.Outcome != adapter.Refused || f.Code != "E201" || f.Detail == "" || strings.Contains(f.Error(), "张三") {
		t.Fatalf("%+v", f)
	}
	if _, f := judge(r, 200, `{"code":"no such code 张三"}`); f.Outcome != adapter.Refused || f.Code != "rule" {
		t.Fatalf("%+v", f)
	}
	if ack, f := judge(r, 202, `{"lsh":"x9"}`); f != nil || ack.Await != "x9" {
		t.Fatalf("%+v %+v", ack, f)
	}
	if ack, f := judge(r, 202, `{}`); f != nil || ack.Await != "key-1" {
		t.Fatalf("%+v %+v", ack, f)
	}
	if _, f := judge(r, 200, `{}`); f.Outcome != adapter.UnknownTaken {
		t.Fatalf("nothing matched: %+v", f)
	}
	if _, f := judge(r, 200, `wait`); f.Outcome != adapter.Transient || f.Exact {
		t.Fatalf("text of an unreadable answer: %+v", f)
	}
}

func TestStatusDecidesWithoutRules(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		header []string
		want   adapter.Outcome
		cause  string
		after  time.Duration
	}{
		{400, "", nil, adapter.Refused, "", 0}, {409, "", nil, adapter.Refused, "", 0}, {413, "", nil, adapter.Refused, "", 0},
		{415, "", nil, adapter.Refused, "", 0}, {422, "{}", nil, adapter.Refused, "", 0}, {451, "", nil, adapter.Refused, "", 0}, {402, "", nil, adapter.Refused, "", 0},
		{401, "", nil, adapter.UnitTrouble, "status-401", 0}, {403, "", nil, adapter.UnitTrouble, "status-403", 0}, {404, "", nil, adapter.UnitTrouble, "status-404", 0},
		{405, "", nil, adapter.UnitTrouble, "status-405", 0}, {407, "", nil, adapter.UnitTrouble, "status-407", 0}, {302, "", nil, adapter.UnitTrouble, "redirect", 0},
		{408, "", nil, adapter.Transient, "", 0}, {425, "", nil, adapter.Transient, "", 0}, {429, "", []string{"Retry-After", "7"}, adapter.Transient, "", 7 * time.Second},
		{429, "", []string{"Retry-After", "99999"}, adapter.Transient, "", time.Hour},
		{503, "", nil, adapter.UnknownTaken, "", 0}, {503, "", []string{"Retry-After", "5"}, adapter.Transient, "", 5 * time.Second},
		{503, "", []string{"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}, adapter.Transient, "", time.Minute},
		{503, "", []string{"Retry-After", "soon"}, adapter.UnknownTaken, "", 0},
		{500, "", nil, adapter.UnknownTaken, "", 0}, {502, "", nil, adapter.UnknownTaken, "", 0},
	} {
		_, f := judge(nil, c.status, c.body, c.header...)
		if f == nil || f.Outcome != c.want || f.Cause != c.cause || f.After != c.after || f.Exact || f.Code != "status" {
			t.Errorf("%d: %+v", c.status, f)
		}
	}
	for status, body := range map[int]string{204: "", 200: "{}", 201: `"ok"`, 202: "[]"} {
		if ack, f := judge(nil, status, body); f != nil || ack.Await != "" {
			t.Errorf("%d: %+v", status, f)
		}
	}
}

func TestGatewayTimeout504IsUnknown(t *testing.T) {
	for _, body := range []string{"", "<html>504 Gateway Time-out</html>", `{"code":1}`} {
		if _, f := judge(nil, 504, body); f.Outcome != adapter.UnknownTaken {
			t.Fatalf("%+v", f)
		}
	}
}

func TestExpiredTokenHoldsNothing(t *testing.T) {
	if _, f := judge(parse(t, l1), 401, `{"msg":"token expired"}`); f.Outcome != adapter.UnitTrouble || f.Cause != "status-401" {
		t.Fatalf("%+v", f)
	}
	held := parse(t, `[{when: status == 401, hold: {}}]`)
	if _, f := judge(held, 401, ``); f.Outcome != adapter.Refused {
		t.Fatalf("a rule may say hold: %+v", f)
	}
}

func TestLoginPage200IsNoAck(t *testing.T) {
	page := []byte("<html>请登录</html>")
	for name, r := range map[string]*rules.Rules{"no rules": nil, "rules over body": parse(t, l1),
		"an acknowledgement by status that takes from the body": parse(t, `[{when: status == 200, ack: {localRef: body.data.ajbh}}]`)} {
		j := &rules.Judge{}
		for i, want := range []adapter.Outcome{adapter.UnknownTaken, adapter.UnknownTaken, adapter.UnitTrouble, adapter.UnitTrouble} {
			_, err := j.Answer(r, rules.Read(200, nil, page, "", utf8JSON), "k")
			if f := adapter.Classify(err, true); err == nil || f.Outcome != want || f.Code != "unreadable" {
				t.Errorf("%s, answer %d: %+v", name, i+1, f)
			}
		}
		if _, err := j.Answer(nil, rules.Read(200, nil, []byte("{}"), "", utf8JSON), "k"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := j.Answer(r, rules.Read(200, nil, page, "", utf8JSON), "k")
		if f := adapter.Classify(err, true); f.Outcome != adapter.UnknownTaken {
			t.Errorf("%s: a readable answer did not end the row: %+v", name, f)
		}
	}
}

func TestHalfATextAcknowledgesNothing(t *testing.T) {
	r := parse(t, `
- {when: 'text startsWith "ok|"', ack: {localRef: 'split(text, "|")[1]'}}
- {when: 'text startsWith "later|"', await: {correlate: 'split(text, "|")[1]'}}
- {when: 'text startsWith "err|1"', retry: {}}
- {when: 'status == 202', ack: {}}
`)
	for _, c := range []struct {
		status             int
		broken, text, want string
	}{
		{200, "", "ok|HB1", "acked"},
		{200, "cut", "ok|HB1", string(adapter.UnknownTaken)},
		{200, "timeout", "ok|HB1", string(adapter.UnknownTaken)},
		{200, "oversized", "later|HB1", string(adapter.UnknownTaken)},
		{200, "cut", "err|1", string(adapter.Transient)},
		{202, "cut", "x", "acked"},
	} {
		j := &rules.Judge{}
		_, err := j.Answer(r, rules.Read(c.status, nil, []byte(c.text), c.broken, adapter.Codec{Format: "text", Charset: "GBK"}), "k")
		got := "acked"
		if err != nil {
			got = string(adapter.Classify(err, true).Outcome)
		}
		if got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestExpressionErrorHolds(t *testing.T) {
	for _, text := range []string{`[{when: body.msg + 1 == 2, ack: {}}]`, `[{when: 'true', ack: {localRef: body}}]`, `[{when: 'true', hold: {code: body.msg * 2}}]`} {
		_, f := judge(parse(t, text), 200, `{"msg":"张三"}`)
		if f == nil || f.Outcome != adapter.Refused || f.HoldReason != "expression" || strings.Contains(f.Error(), "张三") {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

func TestFindings(t *testing.T) {
	for _, text := range []string{`{}`, `[{ack: {}}]`, `[{when: a b, ack: {}}]`, `[{when: 'true'}]`, `[{when: 'true', ack: {}, hold: {}}]`, `[{when: 'true', ack: {ref: x}}]`, `[{when: 'true', retry: {after: soon}}]`} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		r := &settings.Reader{}
		rules.Parse(r, n.Content[0])
		if len(r.Findings) == 0 || r.Findings[0].Line == 0 {
			t.Errorf("%s: no finding", text)
		}
	}
}
