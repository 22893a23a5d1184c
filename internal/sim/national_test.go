package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

const testKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func startNational(t *testing.T, o NationalOptions) *National {
	t.Helper()
	if o.Gateway.Scheme == "" {
		o.Gateway = Signer{"v1sm3", testKey}
	}
	n, err := StartNational(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func accepted(id, caseNo string) Event {
	return Event{SpecVersion: "1.0", ID: id, Source: "urn:duijie:gateway:510000", Type: "case.accepted", Subject: caseNo, Unit: "510000",
		Time: stamp(time.Now()), Data: json.RawMessage(fmt.Sprintf(`{"caseNo":%q,"acceptedAt":"2026-11-20T09:00:00+08:00","org":{"name":"模拟中心"}}`, caseNo))}
}

// up pushes e as a gateway would and gives status and problem code.
func up(t *testing.T, n *National, s Signer, e Event) (int, string) {
	t.Helper()
	body, _ := json.Marshal(e)
	r, _ := http.NewRequest("POST", n.MessagesURL(), bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/cloudevents+json")
	if err := s.Sign(r.Header, e.ID, body, time.Now()); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, "cut"
	}
	return res.StatusCode, problemCode(b)
}

func TestPlatformTakesAMessageOnceHoweverOftenItComes(t *testing.T) {
	n := startNational(t, NationalOptions{})
	s := Signer{"v1sm3", testKey}
	for range 3 {
		if status, code := up(t, n, s, accepted("k1", "C1")); status != 200 {
			t.Fatalf("status %d %s", status, code)
		}
	}
	got, _ := n.Book().Get("k1")
	if n.Book().Len() != 1 || got.Times != 3 || got.Subject != "C1" || got.Differs {
		t.Errorf("book has %d, first came %d times", n.Book().Len(), got.Times)
	}
}

func TestPlatformRefusesWhatIsNotRight(t *testing.T) {
	n := startNational(t, NationalOptions{})
	good := Signer{"v1sm3", testKey}
	change := func(f func(*Event)) Event { e := accepted("k9", "C1"); f(&e); return e }
	for _, c := range []struct {
		name   string
		signer Signer
		event  Event
		code   string
	}{
		{"another scheme's signature", Signer{"v1", testKey}, accepted("k9", "C1"), "signature"},
		{"another key", Signer{"v1sm3", "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}, accepted("k9", "C1"), "signature"},
		{"no signature", Signer{}, accepted("k9", "C1"), "signature"},
		{"a downward type", good, change(func(e *Event) { e.Type = "case.withdrawn" }), "direction"},
		{"an unknown type", good, change(func(e *Event) { e.Type = "case.lost" }), "unknown-type"},
		{"no unit", good, change(func(e *Event) { e.Unit = "" }), "envelope"},
		{"data against the schema", good, change(func(e *Event) { e.Data = json.RawMessage(`{"caseNo":"C1"}`) }), "schema"},
	} {
		if _, code := up(t, n, c.signer, c.event); code != c.code {
			t.Errorf("%s: %s, want %s", c.name, code, c.code)
		}
	}
	if n.Book().Len() != 0 {
		t.Error("something refused is in the book")
	}
}

func TestOtherContentUnderAKeyIsNoted(t *testing.T) {
	n := startNational(t, NationalOptions{})
	s := Signer{"v1sm3", testKey}
	up(t, n, s, accepted("k1", "C1"))
	other := accepted("k1", "C1")
	other.Data = json.RawMessage(`{"caseNo":"C1","acceptedAt":"2026-11-21T09:00:00+08:00","org":{"name":"模拟中心"}}`)
	if _, code := up(t, n, s, other); code != "id-reused" {
		t.Errorf("answer %s, want id-reused", code)
	}
	if got, _ := n.Book().Get("k1"); !got.Differs {
		t.Error("the book does not show it")
	}
}

// gatewayDouble answers pushes as scripted, then well; it is the far end of a
// simulator's test, real HTTP.
type gatewayDouble struct {
	*httptest.Server
	mu     sync.Mutex
	script []int
	bodies []string
	heads  []http.Header
}

func newGatewayDouble(t *testing.T, script ...int) *gatewayDouble {
	g := &gatewayDouble{script: script}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.bodies, g.heads = append(g.bodies, r.URL.Path+" "+string(body)), append(g.heads, r.Header)
		status := 200
		if len(g.script) > 0 {
			status, g.script = g.script[0], g.script[1:]
		}
		switch {
		case status == 0:
			panic(http.ErrAbortHandler)
		case status >= 400:
			problem(status, "schema").write(w)
		default:
			reply{status, "application/json", []byte(`{"receipt":"r1","code":"0"}`)}.write(w)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

func TestPushIsRepeatedUnchangedUntilTheGatewaysWord(t *testing.T) {
	n := startNational(t, NationalOptions{Own: Signer{"v1sm3", testKey}})
	g := newGatewayDouble(t, 503, 0, 500, 202)
	e := accepted("e1", "C1")
	e.Source = "" // the platform's own is filled in
	if err := n.Send(context.Background(), g.URL, e); err != nil {
		t.Fatal(err)
	}
	if len(g.bodies) != 4 {
		t.Fatalf("%d requests, want 4", len(g.bodies))
	}
	for i, b := range g.bodies {
		if b != g.bodies[0] {
			t.Errorf("request %d had other bytes", i)
		}
		body := []byte(b[len("/v1/messages "):])
		if err := (Signer{"v1sm3", testKey}).Verify(g.heads[i], body, time.Now()); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	sent := n.Ledger().All()
	if len(sent) != 1 || sent[0].Receipt != "r1" || sent[0].Tries != 4 || sent[0].Key != Key("510000", "urn:national:mohrss", "e1") {
		t.Errorf("ledger: %+v", sent)
	}
}

func TestPushStopsAtARefusal(t *testing.T) {
	n := startNational(t, NationalOptions{})
	g := newGatewayDouble(t, 422)
	err := n.Send(context.Background(), g.URL, accepted("e1", "C1"))
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != "schema" || len(g.bodies) != 1 {
		t.Errorf("err %v after %d requests", err, len(g.bodies))
	}
	if n.Ledger().Open() != 0 || n.Ledger().All()[0].Refused != "schema" {
		t.Error("the ledger does not show the refusal")
	}
}

func TestEventsOfOneCaseLeaveInOrder(t *testing.T) {
	n := startNational(t, NationalOptions{})
	g := newGatewayDouble(t, 503)
	var events []Event
	for i := range 5 {
		for _, c := range []string{"A", "B", "C"} {
			events = append(events, accepted(fmt.Sprintf("%s%d", c, i), c))
		}
	}
	if err := n.SendAll(context.Background(), g.URL, events); err != nil {
		t.Fatal(err)
	}
	last := map[string]int{}
	for _, s := range n.Ledger().All() {
		i := int(s.ID[1] - '0')
		if i != last[s.Subject] {
			t.Fatalf("%s left out of order", s.ID)
		}
		last[s.Subject]++
	}
}
