package push_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/envelope"
	"duijie/adapter/push"
	"duijie/adapter/settings"
	"duijie/internal/problem"
	"duijie/internal/sm"
)

// enveloped opens a source with an envelope, beside a pull sink that has its keys.
func enveloped(t *testing.T, text string) (*push.Source, *envelope.Envelope) {
	t.Helper()
	ours, ourPub, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	theirs, theirPub, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	const keys = "{envelope: sm, sm: {own: secret:own, peer: secret:peer, cipher: c1c3c2, mode: gcm}}"
	s := config(t, text)
	s.SinkNode = node(t, "{kind: pull, settings: "+keys+"}")
	d := deps()
	d.Secret = func(n string) (string, error) { return map[string]string{"own": ours, "peer": theirPub}[n], nil }
	k, err := push.New(s, d)
	if err != nil {
		t.Fatal(err)
	}
	them, err := envelope.Read((&settings.Reader{}).Map(node(t, keys)), nil).Bind(adapter.Deps{Unit: "510000", Secret: func(n string) (string, error) {
		return map[string]string{"own": theirs, "peer": ourPub}[n], nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return k, them
}

func deliver(k *push.Source, in adapter.Intake, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.ServeLocal(w, httptest.NewRequest("POST", "/local/510000/progress", strings.NewReader(string(body))), "progress", in)
	return w
}

const inEnvelope = "kind: push\nsettings: {envelope: sm}\nendpoints: {progress: {type: case.progress, dedupe: body.lsh}}\n"

func TestDocumentsComeAndAnswersGoInTheEnvelope(t *testing.T) {
	for name, c := range map[string]struct{ text, ok, bad string }{
		"plain answers":  {inEnvelope, `{"receipt":"receipt-1"}`, ""},
		"native answers": {inEnvelope + native, `{"code":"0","msg":"success","n":1,"list":[true,null],"data":{"lsh":"receipt-1","own":"a"}}`, `"code":"E400"`},
	} {
		k, them := enveloped(t, c.text)
		in := &adaptertest.Intake{}
		seal := func(document string) []byte {
			b, err := them.Seal([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		first := seal(`{"lsh":"a","xm":"张三"}`)
		w := deliver(k, in, first)
		if got, _, err := them.Open(w.Body.Bytes()); err != nil || w.Code != 200 || string(got) != c.ok {
			t.Fatalf("%s: %v %d %s", name, err, w.Code, got)
		}
		if got := in.Taken(); len(got) != 1 || string(got[0].Document) != `{"lsh":"a","xm":"张三"}` || got[0].ID != "a" {
			t.Fatalf("%s: %+v", name, got)
		}
		for what, body := range map[string][]byte{"a replay": first, "no envelope": []byte(`{"lsh":"b"}`), "no document": seal(`{`)} {
			w := deliver(k, in, body)
			if c.bad == "" {
				if !strings.Contains(w.Header().Get("Content-Type"), "problem") || w.Code != 401 && what != "no document" || strings.Contains(w.Body.String(), "张三") {
					t.Errorf("%s, %s: %d %s", name, what, w.Code, w.Body)
				}
				continue
			}
			if got, _, err := them.Open(w.Body.Bytes()); err != nil || what == "no document" && !strings.Contains(string(got), c.bad) {
				t.Errorf("%s, %s: %v %s", name, what, err, got)
			}
		}
		again := seal(`{"lsh":"c"}`)
		in.Refuse(&problem.Problem{Code: "store"})
		deliver(k, in, again)
		in.Refuse(nil)
		if deliver(k, in, again); len(in.Taken()) != 2 {
			t.Fatalf("%s: the same envelope may not come again after a 503", name)
		}
	}
}

func TestPathsOfAPullSinkAreItsOwn(t *testing.T) {
	s := config(t, "kind: push\nendpoints: {confirm: {type: case.progress, dedupe: body.x}}\n")
	s.SinkNode = node(t, "{kind: pull}")
	for _, f := range push.Kind.CheckSource(s) {
		if f.Code == "bad-value" && f.Line == 2 {
			return
		}
	}
	t.Fatal("an endpoint that nobody could call was taken")
}
