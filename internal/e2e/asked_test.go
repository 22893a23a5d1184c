package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// askedPack is a province whose local system does everything itself: it fetches
// what is for it, and has a list of what it has to say.
const askedPack = `unit: "990000"
name: 外部测试系统（虚构）
profile: v1
codec: {format: json, charset: UTF-8}
sink: {kind: pull, settings: {max: 7, redeliver: 1s}}
source:
  kind: poll
  request: {path: /list, query: {page: "{page}"}}
  pages: {items: body.list, until: known}
  each: {type: case.progress, dedupe: item.lsh}
  every: 100ms
retry: {initial: 100ms, max: 1s, multiplier: 2, jitter: 0.3}
limits: {timeout: 2s}
`

// desk is the outside local system: a list behind HTTP, and a ledger of what it fetched.
type desk struct {
	mu        sync.Mutex
	items     []string // JSON, newest first
	documents map[string]string
	order     map[string][]string // types by case, the first time each came
	rng       *rand.Rand
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rng.IntN(8) == 0 {
		w.WriteHeader(500)
		return
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((page-1)*10, len(d.items))
	fmt.Fprintf(w, `{"list":[%s]}`, strings.Join(d.items[from:min(from+10, len(d.items))], ","))
}

// fetch asks once and confirms what its dice let it confirm.
func (d *desk) fetch(t *testing.T, client *http.Client, base string) {
	res, err := client.Get(base + "/pull?max=50")
	if err != nil {
		return // the gateway is down just now
	}
	var page struct {
		Messages []struct {
			Receipt, Key, Type, Subject string
			Document                    json.RawMessage
		}
	}
	raw, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || json.Unmarshal(raw, &page) != nil {
		return
	}
	var results []string
	d.mu.Lock()
	for _, m := range page.Messages {
		switch before, again := d.documents[m.Key]; {
		case again && before != string(m.Document):
			t.Errorf("%s came again with other bytes", m.Type)
		case !again:
			d.documents[m.Key] = string(m.Document)
			d.order[m.Subject] = append(d.order[m.Subject], m.Type)
			if m.Type == "case.delegated" {
				for i := range 3 {
					d.items = append([]string{fmt.Sprintf(`{"ajh":"L-%s","lb":"1","sj":"2026-11-21 09:00:0%d","lsh":"%s-%d"}`, m.Subject, i, m.Subject, i)}, d.items...)
				}
			}
		}
		if d.rng.IntN(4) > 0 { // else it forgets, and is offered it again
			results = append(results, fmt.Sprintf(`{"receipt":%q,"ok":true,"localRef":"L-%s"}`, m.Receipt, m.Subject))
		}
	}
	d.mu.Unlock()
	if len(results) > 0 {
		if res, err := client.Post(base+"/confirm", "application/json", strings.NewReader(`{"results":[`+strings.Join(results, ",")+`]}`)); err == nil {
			res.Body.Close()
		}
	}
}

// TestALocalSystemThatAsksAndIsAskedSurvivesKillNine: two clients fetch while the
// gateway is killed three times; each message is acknowledged, the same bytes each
// time it comes, each case in order, and everything listed goes up once.
func TestALocalSystemThatAsksAndIsAskedSurvivesKillNine(t *testing.T) {
	const cases, kills = 40, 3
	d := &desk{documents: map[string]string{}, order: map[string][]string{}, rng: rand.New(rand.NewPCG(3, 4))}
	local := httptest.NewServer(d)
	defer local.Close()
	var mu sync.Mutex
	up := map[string]string{} // what the platform took, by id
	national := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e struct {
			ID, Type, Subject string
			Data              json.RawMessage
		}
		if json.NewDecoder(r.Body).Decode(&e) != nil {
			w.WriteHeader(400)
			return
		}
		mu.Lock()
		up[e.ID] = e.Type + " " + e.Subject + " " + string(e.Data)
		mu.Unlock()
		io.WriteString(w, `{}`)
	}))
	defer national.Close()
	host := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	g := newGateway(t, host(local), host(national))
	write(t, g.dir, "packs/outside/pack.yaml", askedPack)
	g.start()

	client := &http.Client{Timeout: 5 * time.Second}
	ended := make(chan struct{})
	var clients sync.WaitGroup
	defer clients.Wait()
	defer close(ended)
	for range 2 {
		clients.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
					d.fetch(t, client, "http://"+g.public+"/local/990000")
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	var receipts []string
	for i := range cases {
		for _, step := range steps {
			body := eventOf(step, fmt.Sprintf("AJ%04d", i))
			for limit := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(limit) {
					t.Fatal("not accepted within 30 s")
				}
				res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", body)
				if err != nil {
					continue
				}
				var a struct{ Receipt string }
				err = json.NewDecoder(res.Body).Decode(&a)
				res.Body.Close()
				if err == nil && a.Receipt != "" {
					receipts = append(receipts, a.Receipt)
					break
				}
			}
		}
		if i%(cases/kills) == cases/kills-1 {
			g.kill()
			g.start()
		}
	}
	for limit := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		open := 0
		for _, r := range receipts {
			var one struct{ State string }
			if g.get(g.admin+"/admin/v1/deliveries/"+r, &one); one.State != "acked" {
				open++
			}
		}
		mu.Lock()
		listed := len(up)
		mu.Unlock()
		if open == 0 && listed == 3*cases {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("after 60 s: %d deliveries open, %d of %d items with the platform", open, listed, 3*cases)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for caseNo, got := range d.order {
		if !slices.Equal(got, steps) {
			t.Errorf("%s: %v", caseNo, got)
		}
	}
	if len(d.documents) != cases*len(steps) {
		t.Errorf("%d messages, want %d", len(d.documents), cases*len(steps))
	}
	seen := map[string]bool{}
	for _, what := range up {
		if seen[what] {
			t.Errorf("with the platform twice: %s", what)
		}
		seen[what] = true
	}
}
