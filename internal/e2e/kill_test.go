package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// book is the outside local system's own ledger.
type book struct {
	mu    sync.Mutex
	acks  map[string]int      // acknowledged, by key
	order map[string][]string // keys taken by case, in order
	types map[string]string
	rng   *rand.Rand
}

func (b *book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var doc struct {
		Anhao string `json:"anhao"`
	}
	key := r.Header.Get("X-Once")
	if json.Unmarshal(body, &doc) != nil || key == "" {
		w.WriteHeader(400)
		return
	}
	b.mu.Lock()
	dice := b.rng.IntN(10)
	take := func() {
		if b.acks[key] == 0 {
			b.order[doc.Anhao] = append(b.order[doc.Anhao], key)
			b.types[key] = strings.TrimPrefix(r.URL.Path, "/take/")
		}
	}
	switch dice {
	case 0: // refused, not taken
		b.mu.Unlock()
		w.Write([]byte(`{"ok":false}`))
		return
	case 1: // taken, and then the line is cut
		take()
		b.acks[key] = max(b.acks[key], 1)
		b.mu.Unlock()
		panic(http.ErrAbortHandler)
	case 2:
		b.mu.Unlock()
		w.WriteHeader(500)
		return
	case 3:
		b.mu.Unlock()
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(503)
		return
	}
	take()
	b.acks[key] = max(b.acks[key], 1)
	b.mu.Unlock()
	fmt.Fprintf(w, `{"ok":true,"no":"L-%s"}`, doc.Anhao)
}

var steps = []string{"case.delegated", "case.materials.requested", "case.extension.decided", "case.docketed", "case.withdrawn"}

func eventOf(messageType, caseNo string) []byte {
	court := `{"code":"C1","name":"某区人民法院"}`
	data := map[string]string{
		"case.delegated": `{"caseNo":"` + caseNo + `","delegation":"pre","court":` + court + `,"cause":{"code":"209","edition":"2026","name":"追索劳动报酬纠纷"},"category":"wage","delegatedAt":"2026-11-20T09:00:00+08:00","consentAt":"2026-11-19T09:00:00+08:00",` +
			`"parties":[{"id":"p1","role":"applicant","kind":"person","name":"虚构甲"},{"id":"p2","role":"respondent","kind":"org","name":"虚构公司"}],"claims":[{"no":1,"type":"wage","text":"工资"}],"facts":"虚构"}`,
		"case.materials.requested": `{"caseNo":"` + caseNo + `","requestNo":"R1","at":"2026-11-20T10:00:00+08:00","items":[{"type":"identity"}]}`,
		"case.extension.decided":   `{"caseNo":"` + caseNo + `","decidedAt":"2026-11-20T11:00:00+08:00","granted":true}`,
		"case.docketed":            `{"caseNo":"` + caseNo + `","at":"2026-11-20T12:00:00+08:00","courtCaseNo":"诉前调` + caseNo + `","court":` + court + `}`,
		"case.withdrawn":           `{"caseNo":"` + caseNo + `","withdrawnAt":"2026-11-20T13:00:00+08:00","by":"court"}`,
	}[messageType]
	return []byte(fmt.Sprintf(`{"specversion":"1.0","id":"%s-%s","source":"urn:outside:platform","type":"%s","subject":"%s","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":%s}`,
		caseNo, messageType, messageType, caseNo, data))
}

var kills = flag.Int("e2e.kills", 3, "how often TestKillNineUnderLoad kills the gateway, at random moments of the load")

// TestKillNineUnderLoad is the promise of the whole: 500 messages from 16
// senders while the receiver fails at random and the gateway is killed three
// times. Each message is acknowledged once by key, order holds within each case,
// every receipt can be read afterwards.
func TestKillNineUnderLoad(t *testing.T) {
	const senders = 16
	cases := max(100, 25**kills) // the load lasts as long as the killing
	moment := rand.New(rand.NewPCG(uint64(*kills), 7))
	b := &book{acks: map[string]int{}, order: map[string][]string{}, types: map[string]string{}, rng: rand.New(rand.NewPCG(1, 2))}
	local := httptest.NewServer(b)
	defer local.Close()
	g := newGateway(t, strings.TrimPrefix(local.URL, "http://"), freePort(t))
	t.Logf("ready after %v", g.start())

	type answer struct{ receipt, id string }
	var mu sync.Mutex
	var receipts []answer
	work := make(chan string)
	var wait sync.WaitGroup
	client := &http.Client{Timeout: 5 * time.Second}
	for range senders {
		wait.Go(func() {
			for caseNo := range work {
				for _, step := range steps {
					time.Sleep(40 * time.Millisecond)
					body := eventOf(step, caseNo)
					for {
						res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", body)
						if err != nil {
							time.Sleep(20 * time.Millisecond)
							continue
						}
						text, err := io.ReadAll(res.Body)
						res.Body.Close()
						if err != nil {
							continue
						}
						if res.StatusCode != 202 && res.StatusCode != 200 {
							if res.StatusCode < 500 {
								t.Errorf("%s: %d %s", step, res.StatusCode, text)
								break
							}
							time.Sleep(20 * time.Millisecond)
							continue
						}
						var a struct{ Receipt, ID string }
						json.Unmarshal(text, &a)
						mu.Lock()
						receipts = append(receipts, answer{a.Receipt, a.ID})
						mu.Unlock()
						break
					}
				}
			}
		})
	}
	var killer sync.WaitGroup
	killer.Go(func() {
		for range *kills { // while messages are pushed and delivered
			time.Sleep(300*time.Millisecond + time.Duration(moment.IntN(400))*time.Millisecond)
			g.kill()
			g.start()
		}
	})
	for i := range cases {
		work <- fmt.Sprintf("AJ%04d", i)
	}
	close(work)
	wait.Wait()
	killer.Wait()

	if len(receipts) != cases*len(steps) {
		t.Fatalf("answered %d messages, want %d", len(receipts), cases*len(steps))
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		open := 0
		for _, r := range receipts {
			var d struct{ State string }
			if code := g.get(g.admin+"/admin/v1/deliveries/"+r.receipt, &d); code != 200 {
				t.Fatalf("receipt of %s: %d", r.id, code)
			}
			if d.State != "acked" {
				open++
			}
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries are not acknowledged after 60 s", open)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.acks) != len(receipts) {
		t.Errorf("the local system holds %d messages, want %d", len(b.acks), len(receipts))
	}
	for caseNo, keys := range b.order {
		if len(keys) != len(steps) {
			t.Errorf("case %s: %d messages, want %d", caseNo, len(keys), len(steps))
			continue
		}
		for i, key := range keys {
			if b.types[key] != steps[i] {
				t.Errorf("case %s: message %d is %s, want %s", caseNo, i, b.types[key], steps[i])
			}
		}
	}
}
