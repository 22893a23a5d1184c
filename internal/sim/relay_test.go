package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// relay is a gateway of the least kind: it passes on what comes, both ways, over
// real HTTP, and can be told to lose, double or misplace the n-th message. It
// serves to show that the simulators' comparison finds what a gateway does wrong.
type relay struct {
	*httptest.Server
	t        *testing.T
	national *National
	local    *l1
	spoil    func(n int, key string) (keys []string) // keys under which a message goes on

	mu     sync.Mutex // guards all below
	n      int
	states map[string]string // source|id → state
	seen   map[string]bool
	cases  map[string]string // ajbh → caseNo
}

func newRelay(t *testing.T, n *National, l *l1) *relay {
	r := &relay{t: t, national: n, local: l, states: map[string]string{}, seen: map[string]bool{}, cases: map[string]string{},
		spoil: func(_ int, key string) []string { return []string{key} }}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages", r.down)
	mux.HandleFunc("GET /v1/messages", r.get)
	mux.HandleFunc("POST /local/510000/progress", r.up)
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

func (r *relay) keys(source, id string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := Key("510000", source, id)
	if r.seen[k] {
		return nil
	}
	r.seen[k] = true
	r.n++
	r.states[source+"|"+id] = "acked"
	return r.spoil(r.n, k)
}

func (r *relay) get(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state, ok := r.states[q.URL.Query().Get("source")+"|"+q.URL.Query().Get("id")]
	if !ok {
		problem(404, "not-found").write(w)
		return
	}
	reply{200, "application/json", fmt.Appendf(nil, `{"state":%q}`, state)}.write(w)
}

func (r *relay) down(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var e Event
	var d struct{ Facts string }
	json.Unmarshal(body, &e)
	json.Unmarshal(e.Data, &d)
	path, doc := "/api/case/withdraw", object{"wbbh": e.Subject}
	if e.Type == "case.delegated" {
		path, doc = "/api/case/add", object{"wbbh": e.Subject, "ssyly": d.Facts, "sqr": []any{object{"dsrbh": "a1"}}, "bsqr": []any{object{"dsrbh": "r1"}}}
	}
	b, _ := json.Marshal(doc)
	for _, key := range r.keys(e.Source, e.ID) {
		if _, ajbh := r.local.call(r.t, path, key, string(b)); ajbh != "" {
			r.mu.Lock()
			r.cases[ajbh] = e.Subject
			r.mu.Unlock()
		}
	}
	reply{202, "application/json", []byte(`{"receipt":"r"}`)}.write(w)
}

func (r *relay) up(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var d struct{ LSH, LX, AJBH string }
	json.Unmarshal(body, &d)
	r.mu.Lock()
	caseNo := r.cases[d.AJBH]
	r.mu.Unlock()
	if caseNo == "" {
		l1Says("E503", "unknown yet", nil).write(w)
		return
	}
	for _, key := range r.keys("urn:duijie:local:510000:progress", d.LSH) {
		subject := caseNo
		if other, found := strings.CutPrefix(key, "misplaced:"); found {
			key, subject = other, "another-case"
		}
		r.post(d.LX, key, subject)
	}
	l1Says("0", "", map[string]string{"lsh": "r"}).write(w)
}

// post sends a minimal valid upward message.
func (r *relay) post(lx, key, caseNo string) {
	at := "2026-11-20T09:00:00+08:00" // equal for repeats
	types := map[string]string{"01": "case.accepted", "02": "case.rejected", "03": "case.progress", "04": "case.closed"}
	data := map[string]object{
		"01": {"caseNo": caseNo, "acceptedAt": at, "org": object{"name": "o"}},
		"02": {"caseNo": caseNo, "rejectedAt": at, "reason": "notOurs"},
		"03": {"caseNo": caseNo, "at": at, "kind": "note"},
		"04": {"caseNo": caseNo, "closedAt": at, "reason": "settled", "mediators": []any{object{"name": "m"}}},
	}[lx]
	d, _ := json.Marshal(data)
	b, _ := json.Marshal(Event{SpecVersion: "1.0", ID: key, Source: "urn:duijie:gateway:510000", Type: types[lx], Subject: caseNo, Time: at, Unit: "510000", Data: d})
	q, _ := http.NewRequest("POST", r.national.MessagesURL(), bytes.NewReader(b))
	q.Header.Set("Content-Type", "application/cloudevents+json")
	Signer{"v1sm3", testKey}.Sign(q.Header, key, b, time.Now())
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Error(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		b, _ := io.ReadAll(res.Body)
		r.t.Errorf("the platform refused %s: %s", types[lx], b)
	}
}
