package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func startL1Test(t *testing.T, o LocalOptions) *l1 {
	t.Helper()
	o.Key = "k"
	got, err := StartLocal("L1", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got.(*l1)
}

// call posts as the gateway would: signed, under a key.
func (l *l1) call(t *testing.T, path, key, body string) (code, ajbh string) {
	t.Helper()
	method := "POST"
	if body == "" {
		method = "GET"
	}
	r, _ := http.NewRequest(method, l.URL()+path, bytes.NewReader([]byte(body)))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	newL1Signature("k").put(r.Header, []byte(body), time.Now())
	return said(t, r)
}

func said(t *testing.T, r *http.Request) (code, ajbh string) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	var a struct {
		Code string
		Data *struct{ AJBH string }
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return fmt.Sprint(res.StatusCode), ""
	}
	if a.Data != nil {
		ajbh = a.Data.AJBH
	}
	return a.Code, ajbh
}

func l1Add(caseNo string, f Facts) string {
	b, _ := json.Marshal(object{"wbbh": caseNo, "ssyly": f.Facts, "sqr": []any{object{"dsrbh": "a1"}}, "bsqr": []any{object{"dsrbh": "r1"}}})
	return string(b)
}

func TestLocalSystemTakesAKeyOnceAndSaysItsNumberEachTime(t *testing.T) {
	l := startL1Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	_, first := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	code, again := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	if code != "0" || first == "" || first != again || l.Book().Len() != 1 {
		t.Errorf("code %s, numbers %q %q, %d in the book", code, first, again, l.Book().Len())
	}
	if _, other := l.call(t, "/api/case/add", "k2", l1Add("C2", facts[0])); other == first {
		t.Error("two cases have one number")
	}
}

func TestProbeTellsWhetherAMessageIsHere(t *testing.T) {
	l := startL1Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	if code, ajbh := l.call(t, "/api/case/query?key=k1", "", ""); code != "0" || ajbh != "" {
		t.Errorf("before: %s %q", code, ajbh)
	}
	_, number := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	if _, ajbh := l.call(t, "/api/case/query?key=k1", "", ""); ajbh != number {
		t.Errorf("after: %q, want %q", ajbh, number)
	}
}

func TestLocalSystemRefusesBadSignaturesAndUsedNonces(t *testing.T) {
	l := startL1Test(t, LocalOptions{})
	ask := func(change func(http.Header)) string {
		r, _ := http.NewRequest("GET", l.URL()+"/api/case/query?key=k1", nil)
		newL1Signature("k").put(r.Header, nil, time.Now())
		change(r.Header)
		code, _ := said(t, r)
		return code
	}
	nonce := ""
	for _, c := range []struct {
		name, want string
		change     func(http.Header)
	}{
		{"well signed", "0", func(h http.Header) { nonce = h.Get("nonce") }},
		{"another key", "E401", func(h http.Header) { newL1Signature("x").put(h, nil, time.Now()) }},
		{"another body", "E401", func(h http.Header) { newL1Signature("k").put(h, []byte("x"), time.Now()) }},
		{"an old clock", "E401", func(h http.Header) { newL1Signature("k").put(h, nil, time.Now().Add(-6*time.Minute)) }},
		{"a used nonce", "E401", func(h http.Header) {
			h.Set("nonce", nonce)
			h.Set("sign", newL1Signature("k").sum(nonce, h.Get("ts"), nil))
		}},
		{"no headers", "E401", func(h http.Header) { h.Del("sign") }},
	} {
		if got := ask(c.change); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// saidBy waits until the clerks have said n things and gives their kinds by case.
func saidBy(t *testing.T, g *gatewayDouble, n int) map[string]string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		g.mu.Lock()
		bodies := append([]string(nil), g.bodies...)
		g.mu.Unlock()
		if len(bodies) >= n {
			kinds := map[string]string{}
			for _, b := range bodies {
				path, doc, _ := strings.Cut(b, " ")
				var d struct{ LX, AJBH, LSH string }
				if json.Unmarshal([]byte(doc), &d) != nil || path != "/local/510000/progress" || !strings.HasPrefix(d.LSH, d.AJBH) || d.LSH == "" {
					t.Fatalf("pushed to %s", path)
				}
				kinds[d.AJBH] += d.LX + " "
			}
			return kinds
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sayings, want %d", len(bodies), n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestClerksWorkEachCaseToItsPublishedEnd(t *testing.T) {
	l := startL1Test(t, LocalOptions{})
	g := newGatewayDouble(t)
	facts, _ := PublishedFacts()
	_, agreed := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	_, rejected := l.call(t, "/api/case/add", "k2", l1Add("C2", facts[1]))
	l.Connect(g.URL)
	got := saidBy(t, g, 9)
	if got[agreed] != "01 03 12 13 03 03 04 14 " || got[rejected] != "02 " {
		t.Errorf("said %q and %q", got[agreed], got[rejected])
	}
	for _, b := range g.bodies {
		if strings.Contains(b, `"lx":"04"`) && !strings.Contains(b, `"je":2569520`) {
			t.Error("the closing does not carry the published amount, in fen")
		}
	}
	for i, h := range g.heads {
		_, body, _ := strings.Cut(g.bodies[i], " ")
		if err := l.sign.verify(h, []byte(body), time.Now()); err != nil {
			t.Errorf("push %d: %v", i, err)
		}
	}
}

func TestWithdrawalStopsTheWork(t *testing.T) {
	l := startL1Test(t, LocalOptions{Pace: time.Hour})
	g := newGatewayDouble(t)
	l.Connect(g.URL)
	facts, _ := PublishedFacts()
	_, number := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	saidBy(t, g, 1)
	if code, ajbh := l.call(t, "/api/case/withdraw", "k2", `{"wbbh":"C1"}`); code != "0" || ajbh != number {
		t.Errorf("withdrawal: %s %q", code, ajbh)
	}
	if !l.clerks.isWithdrawn("C1") || !l.Book().Has("C1", "case.withdrawn") {
		t.Error("the withdrawal is not known")
	}
}

func TestOnlyCodeZeroIsTheGatewaysWord(t *testing.T) {
	for _, c := range []struct {
		name     string
		answer   answer
		accepted bool
		refused  string
	}{
		{"code 0", answer{200, []byte(`{"code":"0","data":{"lsh":"r"}}`), 0}, true, ""},
		{"busy", answer{200, []byte(`{"code":"E503","msg":""}`), 0}, false, ""},
		{"refused", answer{200, []byte(`{"code":"E422","msg":""}`), 0}, false, "E422"},
		{"a login page", answer{200, []byte(`<html>`), 0}, false, ""},
		{"a bare 202", answer{202, []byte(`{"code":"0"}`), 0}, false, ""},
	} {
		if v := l1Read(c.answer); v.accepted != c.accepted || v.refused != c.refused {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func TestDoubleAckSaysEverythingTwice(t *testing.T) {
	l := startL1Test(t, LocalOptions{Fault: "double-ack"})
	g := newGatewayDouble(t)
	l.Connect(g.URL)
	facts, _ := PublishedFacts()
	_, number := l.call(t, "/api/case/add", "k1", l1Add("C1", facts[1]))
	if got := saidBy(t, g, 2); got[number] != "02 02 " {
		t.Errorf("said %q", got[number])
	}
	if all := l.Ledger().All(); len(all) != 1 || all[0].Key != Key("510000", "urn:duijie:local:510000:progress", number+"-01") {
		t.Error("the ledger counts a repeat as another message")
	}
}

func TestCloseEndsTheClerks(t *testing.T) {
	l := startL1Test(t, LocalOptions{Pace: time.Hour})
	facts, _ := PublishedFacts()
	l.call(t, "/api/case/add", "k1", l1Add("C1", facts[0]))
	done := make(chan struct{})
	go func() { l.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("still running")
	}
}
