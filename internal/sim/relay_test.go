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

	"duijie/internal/pack"
	"duijie/mapping"
	"duijie/schemas"
)

// relay is a gateway of the least kind: it passes on what comes, both ways, over
// real HTTP and the reference pack's tables, and can be told to lose, double or misplace the n-th progress that goes up. It
// serves to show that the simulators' comparison finds what a gateway does wrong.
type relay struct {
	*httptest.Server
	t        *testing.T
	platform *National
	local    *l1
	set      *mapping.Set
	spoil    func(n int, key string) (keys []string) // keys under which a message goes on

	mu     sync.Mutex // guards all below
	n      int
	states map[string]string // source|id → state
	seen   map[string]bool
	// the crosswalk: ajbh → caseNo and back
	national, ajbh map[string]string
}

func newRelay(t *testing.T, n *National, l *l1) *relay {
	_, fsys, ok := pack.Find("510000", nil)
	if !ok {
		t.Fatal("no pack 510000")
	}
	p, found := pack.Load("510000", fsys, nil)
	if pack.Failed(found) {
		t.Fatalf("pack 510000: %v", found)
	}
	r := &relay{t: t, platform: n, local: l, set: p.Set, states: map[string]string{}, seen: map[string]bool{}, national: map[string]string{}, ajbh: map[string]string{},
		spoil: func(_ int, key string) []string { return []string{key} }}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages", r.down)
	mux.HandleFunc("GET /v1/messages", r.get)
	mux.HandleFunc("POST /local/510000/progress", r.up)
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

func (r *relay) keys(source, id, typ string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := Key("510000", source, id)
	if r.seen[k] {
		return nil
	}
	r.seen[k] = true
	r.states[source+"|"+id] = "acked"
	if !strings.HasPrefix(source, "urn:duijie:local:") || typ != "case.progress" {
		return []string{k} // nobody answers to progress, so that spoiling it changes nothing else
	}
	r.n++
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
	json.Unmarshal(body, &e)
	keys := r.keys(e.Source, e.ID, e.Type)
	switch {
	case e.Type == "test.ping" && len(keys) > 0:
		r.post(e.Type, "echo-"+keys[0], e.Subject, e.Data)
	case e.Type != "test.ping":
		path := map[string]string{"case.delegated": "/api/case/add", "case.withdrawn": "/api/case/withdraw"}[e.Type]
		if path == "" {
			path = "/api/msg/" + e.Type
		}
		doc := r.translate(e.Type, mapping.ToLocal, e.Data)
		for _, key := range keys {
			if _, ajbh := r.local.call(r.t, path, key, doc); ajbh != "" {
				subject := e.Subject
				if e.Type == "case.registered.receipted" {
					var d struct{ CaseNo string }
					json.Unmarshal(e.Data, &d)
					subject = d.CaseNo
				}
				r.learn(subject, ajbh)
			}
		}
	}
	reply{202, "application/json", []byte(`{"receipt":"r"}`)}.write(w)
}

func (r *relay) up(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var d struct{ LSH, LX, AJBH, WBBH string }
	json.Unmarshal(body, &d)
	typ := ""
	for t, lx := range l1Types {
		if lx == d.LX {
			typ = t
		}
	}
	if _, known := r.National("case", d.AJBH); d.AJBH != "" && typ != "case.registered" && !known {
		l1Says("E503", "unknown yet", nil).write(w)
		return
	}
	data := json.RawMessage(r.translate(typ, mapping.ToNational, body))
	for _, key := range r.keys("urn:duijie:local:510000:progress", d.LSH, typ) {
		subject, _ := schemas.KeyValue(typ, data)
		if other, found := strings.CutPrefix(key, "misplaced:"); found {
			key, subject = other, "another-case"
		}
		r.post(typ, key, subject, data)
	}
	l1Says("0", "", map[string]string{"lsh": "r"}).write(w)
}

func (r *relay) translate(typ string, d mapping.Direction, doc []byte) string {
	prog, ok := r.set.Program(typ)
	if !ok {
		r.t.Errorf("the pack maps no %s", typ)
		return ""
	}
	run := prog.ToLocal
	if d == mapping.ToNational {
		run = prog.ToNational
	}
	subject, _ := schemas.KeyValue(typ, doc)
	out, _, err := run(nil, doc, &mapping.Env{Now: time.Now(), Time: time.Now(), Receipt: "r", Key: "k", Unit: "510000", Subject: subject, IDs: r})
	if err != nil {
		r.t.Errorf("%s %s: %v", typ, d, err)
	}
	return string(out)
}

func (r *relay) learn(caseNo, ajbh string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.national[ajbh], r.ajbh[caseNo] = caseNo, ajbh
}

// Local and National are the crosswalk that translations ask.
func (r *relay) Local(kind, id string) (string, bool) { return r.other(r.ajbh, kind, id) }

func (r *relay) National(kind, id string) (string, bool) { return r.other(r.national, kind, id) }

func (r *relay) other(m map[string]string, kind, id string) (string, bool) {
	if kind != "case" {
		return id, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	other, ok := m[id]
	return other, ok
}

// post sends one upward message to the platform.
func (r *relay) post(typ, key, subject string, data json.RawMessage) {
	b, _ := json.Marshal(Event{SpecVersion: "1.0", ID: key, Source: "urn:duijie:gateway:510000", Type: typ, Subject: subject, Time: stamp(time.Now()), Unit: "510000", Data: data})
	q, _ := http.NewRequest("POST", r.platform.MessagesURL(), bytes.NewReader(b))
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
		r.t.Errorf("the platform refused %s: %s", typ, b)
	}
}
