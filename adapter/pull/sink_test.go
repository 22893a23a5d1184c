package pull_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/envelope"
	"duijie/adapter/pull"
	"duijie/adapter/settings"
	"duijie/internal/problem"
	"duijie/internal/sm"
)

// outbox offers what it is given and remembers what was said.
type outbox struct {
	ms    []adapter.Message
	asked []int
	said  []adapter.Confirmation
	err   error
}

func (o *outbox) Offer(_ context.Context, most int) ([]adapter.Message, error) {
	o.asked = append(o.asked, most)
	return o.ms[:min(most, len(o.ms))], o.err
}

func (o *outbox) Confirm(_ context.Context, said []adapter.Confirmation) ([]string, error) {
	if o.err != nil {
		return nil, o.err
	}
	o.said = append(o.said, said...)
	return slices.Repeat([]string{adapter.ConfirmedOK}, len(said)), nil
}

func config(t testing.TB, text string, c adapter.Codec) adapter.Settings {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return adapter.Settings{File: "pack.yaml", Node: n.Content[0], Codec: c}
}

func open(t testing.TB, text string, c adapter.Codec, secrets map[string]string) *pull.Sink {
	t.Helper()
	k, err := pull.New(config(t, text, c), adapter.Deps{Unit: "310000", Now: time.Now, Secret: func(n string) (string, error) {
		if secrets[n] == "" {
			return "", errors.New("not bound")
		}
		return secrets[n], nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func call(k *pull.Sink, out adapter.Outbox, method, name, body string, head ...string) (*httptest.ResponseRecorder, *problem.Problem) {
	r := httptest.NewRequest(method, "/local/310000/"+name, strings.NewReader(body))
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	path, _, _ := strings.Cut(name, "?")
	err := k.ServePull(w, r, path, out)
	var p *problem.Problem
	errors.As(err, &p)
	return w, p
}

var json8 = adapter.Codec{Format: "json", Charset: "UTF-8"}

func TestDocumentsStandAsTheyWereMade(t *testing.T) {
	for _, c := range []struct {
		codec adapter.Codec
		raw   string
		want  string
	}{
		{json8, `{ "b":1.50, "a":"<工>" }`, `{ "b":1.50, "a":"<工>" }`},
		{adapter.Codec{Format: "json", Charset: "GBK"}, "{\"a\":\"\xd6\xd0\"}", `{"a":"中"}`},
		{adapter.Codec{Format: "xml", Charset: "GBK"}, "<a b=\"1\">\xd6\xd0</a>", `"<a b=\"1\">中</a>"`},
		{adapter.Codec{Format: "form", Charset: "GBK"}, "a=%D6%D0&b=1", `"a=%D6%D0&b=1"`},
	} {
		out := &outbox{ms: []adapter.Message{{Receipt: "r1", Key: "k1", Type: "case.delegated", Subject: "案1", Document: []byte(c.raw)}}}
		w, p := call(open(t, "kind: pull", c.codec, nil), out, "GET", "pull", "")
		if want := `{"messages":[{"receipt":"r1","key":"k1","type":"case.delegated","subject":"案1","document":` + c.want + `}]}`; p != nil || w.Body.String() != want {
			t.Errorf("%v: %v\n%s, want\n%s", c.codec, p, w.Body, want)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%v: no JSON", c.codec)
		}
	}
	w, _ := call(open(t, "kind: pull", json8, nil), &outbox{}, "GET", "pull", "")
	if w.Body.String() != `{"messages":[]}` || w.Header().Get("Content-Type") != "application/json" {
		t.Error(w.Body)
	}
}

func TestMaxIsBoundedByThePack(t *testing.T) {
	k, out := open(t, "{kind: pull, settings: {max: 20}}", json8, nil), &outbox{}
	for _, name := range []string{"pull", "pull?max=5", "pull?max=20", "pull?max=500"} {
		if _, p := call(k, out, "GET", name, ""); p != nil {
			t.Fatal(p)
		}
	}
	if !slices.Equal(out.asked, []int{20, 5, 20, 20}) {
		t.Fatal(out.asked)
	}
	for _, name := range []string{"pull?max=0", "pull?max=-1", "pull?max=all"} {
		if _, p := call(k, out, "GET", name, ""); p == nil || p.Code != "parameter" {
			t.Errorf("%s: %v", name, p)
		}
	}
	if len(out.asked) != 4 {
		t.Error("something was offered to a call that was refused")
	}
}

func TestConfirmations(t *testing.T) {
	k, out := open(t, "kind: pull", json8, nil), &outbox{}
	w, p := call(k, out, "POST", "confirm", `{"results":[{"receipt":"r1","ok":true,"localRef":" L1 "},{"receipt":"r2","ok":true,"localRef":12345678901234567890},
		{"receipt":"r3","ok":false,"message":"张三不符"},{"receipt":"r4"},{"ok":true},"what",{"receipt":"r5","ok":"yes"},{"receipt":"r6","ok":true,"localRef":null,"message":{"a":1}}]}`)
	if p != nil || w.Body.String() != `{"results":[{"receipt":"r1","result":"ok"},{"receipt":"r2","result":"ok"},{"receipt":"r3","result":"ok"},`+
		`{"receipt":"r4","result":"unknown"},{"receipt":"","result":"unknown"},{"receipt":"","result":"unknown"},{"receipt":"r5","result":"unknown"},{"receipt":"r6","result":"ok"}]}` {
		t.Fatal(p, w.Body)
	}
	if want := []adapter.Confirmation{{Receipt: "r1", OK: true, LocalRef: "L1"}, {Receipt: "r2", OK: true, LocalRef: "12345678901234567890"}, {Receipt: "r3", Message: "张三不符"}, {Receipt: "r6", OK: true}}; !slices.Equal(out.said, want) {
		t.Fatalf("%+v", out.said)
	}
	for body, code := range map[string]string{"{": "malformed", "{}": "malformed", "[]": "malformed", "{\"results\":[\"\xff\"]}": "malformed", `{"results":{}}`: "malformed",
		`{"results":[` + strings.Repeat("1,", 10_000) + "1]}": "too-large"} {
		if _, p := call(k, out, "POST", "confirm", body); p == nil || p.Code != code {
			t.Errorf("%.20s: %v", body, p)
		}
	}
}

func TestCallersAreProven(t *testing.T) {
	k := open(t, "{kind: pull, auth: {kind: bearer, token: secret:t}}", json8, map[string]string{"t": "s3cret"})
	out := &outbox{ms: []adapter.Message{{Document: []byte("{}")}}}
	for _, c := range []struct{ method, name, token, code string }{
		{"GET", "pull", "", "token"}, {"GET", "pull", "Bearer wrong", "token"}, {"POST", "confirm", "", "token"},
		{"POST", "pull", "Bearer s3cret", "method"}, {"GET", "confirm", "Bearer s3cret", "method"},
	} {
		if _, p := call(k, out, c.method, c.name, `{"results":[]}`, "Authorization", c.token); p == nil || p.Code != c.code {
			t.Errorf("%+v: %v", c, p)
		}
	}
	if len(out.asked)+len(out.said) != 0 {
		t.Fatal("something was done for a caller that is not proven")
	}
	if w, p := call(k, out, "GET", "pull", "", "Authorization", "Bearer s3cret"); p != nil || w.Code != 200 {
		t.Fatal(p)
	}
}

func TestTheSameSignedCallMayComeAgainAfter503(t *testing.T) {
	const signed = `{kind: pull, auth: {kind: sign, algorithm: sm3, key: secret:k, string: "{nonce}{key}", put: {headers: {nonce: "{nonce}", sign: "{sign}"}}}}`
	k := open(t, signed, json8, map[string]string{"k": "k"})
	out := &outbox{err: &problem.Problem{Code: "store"}}
	head := []string{"nonce", "n1", "sign", sm.SM3Hex([]byte("n1k"))}
	if _, p := call(k, out, "GET", "pull", "", head...); p == nil || p.Code != "store" {
		t.Fatal(p)
	}
	out.err = nil
	if _, p := call(k, out, "GET", "pull", "", head...); p != nil {
		t.Fatal(p)
	}
	if _, p := call(k, out, "GET", "pull", "", head...); p == nil || p.Code != "signature" {
		t.Fatal("a replay was answered")
	}
}

// peer is the local system's side of the envelope.
func peer(t *testing.T) (*envelope.Envelope, map[string]string) {
	t.Helper()
	ours, ourPub, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	theirs, theirPub, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte("{envelope: sm, sm: {own: secret:own, peer: secret:peer}}"), &n); err != nil {
		t.Fatal(err)
	}
	e, err := envelope.Read((&settings.Reader{}).Map(&n), nil).Bind(adapter.Deps{Unit: "310000", Secret: func(n string) (string, error) {
		return map[string]string{"own": theirs, "peer": ourPub}[n], nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e, map[string]string{"own": ours, "peer": theirPub}
}

func TestEverythingTravelsInTheEnvelope(t *testing.T) {
	them, secrets := peer(t)
	k := open(t, "{kind: pull, settings: {envelope: sm, sm: {own: secret:own, peer: secret:peer}}}", json8, secrets)
	out := &outbox{ms: []adapter.Message{{Receipt: "r1", Document: []byte(`{"xm":"张三"}`)}}}
	w, p := call(k, out, "GET", "pull", "")
	plain, _, err := them.Open(w.Body.Bytes())
	if p != nil || err != nil || !strings.Contains(string(plain), `"document":{"xm":"张三"}`) {
		t.Fatal(p, err, string(plain))
	}
	sealed, err := them.Seal([]byte(`{"results":[{"receipt":"r1","ok":true,"localRef":"L1"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w, p = call(k, out, "POST", "confirm", string(sealed))
	if plain, _, err = them.Open(w.Body.Bytes()); p != nil || err != nil || string(plain) != `{"results":[{"receipt":"r1","result":"ok"}]}` {
		t.Fatal(p, err, string(plain))
	}
	for name, body := range map[string]string{"plain": `{"results":[{"receipt":"r1","ok":true}]}`, "replayed": string(sealed), "empty": ""} {
		if _, p := call(k, out, "POST", "confirm", body); p == nil || p.Status() != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, p)
		}
	}
	if len(out.said) != 1 {
		t.Fatalf("%+v", out.said)
	}
}

func TestFindings(t *testing.T) {
	for text, want := range map[string]string{
		"{kind: pull, settings: {max: 0}}": "bad-value", "{kind: pull, settings: {max: 5000}}": "bad-value", "{kind: pull, settings: {redeliver: soon}}": "bad-value",
		"{kind: pull, settings: {redeliver: 0s}}": "bad-value", "{kind: pull, settings: {url: x}}": "unknown-key", "{kind: pull, routes: {}}": "unknown-key",
		"{kind: pull, settings: {envelope: sm}}": "missing", "{kind: pull, auth: {kind: oauth2, url: u, client: c, secret: secret:s}}": "bad-value",
	} {
		var codes []string
		for _, f := range pull.Kind.CheckSink(config(t, text, json8)) {
			codes = append(codes, f.Code)
		}
		if !slices.Contains(codes, want) {
			t.Errorf("%s: %v, want %s", text, codes, want)
		}
	}
	if f := pull.Kind.CheckSink(config(t, "{kind: pull, settings: {max: 50, redeliver: 10m, envelope: none}, auth: {kind: basic, user: u, password: secret:p}}", json8)); len(f) > 0 {
		t.Fatalf("%+v", f)
	}
}

func TestDocumentOfAnotherCharsetCostsNobodyTheAnswer(t *testing.T) {
	k := open(t, "{kind: pull}", adapter.Codec{Format: "xml", Charset: "UTF-8"}, nil)
	gbk := []byte("<a>\xc4\xfa\xba\xc3</a>") // frozen by a pack of before
	w, p := call(k, &outbox{ms: []adapter.Message{{Receipt: "r1", Document: gbk}, {Receipt: "r2", Document: []byte("<a/>")}}}, "GET", "pull", "")
	var got struct {
		Messages []struct{ Receipt, Document string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); p != nil || err != nil || len(got.Messages) != 2 {
		t.Fatalf("%v %v %s", p, err, w.Body)
	}
	if got.Messages[0].Document != "<a>您好</a>" || got.Messages[1].Document != "<a/>" {
		t.Fatalf("%+v", got.Messages)
	}
}
