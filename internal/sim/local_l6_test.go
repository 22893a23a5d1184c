package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/mapping"
)

func l6Case(key, caseNo string, f Facts) l6Message {
	doc, _ := json.Marshal(object{"msgType": "CASE_ASSIGN", "caseRef": caseNo, "caseDesc": f.Facts,
		"persons": []any{object{"seq": 2, "role": 1}}, "entities": []any{object{"seq": 1, "role": 2}}})
	return l6Message{"R-" + key, key, "case.delegated", caseNo, doc}
}

// l6Gateway plays the gateway: it offers what waits, hears confirmations and reports.
type l6Gateway struct {
	t    *testing.T
	keys *l6Keys // as the gateway has them: the private key is its own

	mu        sync.Mutex // guards all below
	waiting   []l6Message
	confirmed []l6Result
	words     map[string]string // msgTypes by caseId
	reports   int
}

// startL6Test starts a system and a gateway that it knows.
func startL6Test(t *testing.T, o LocalOptions, waiting ...l6Message) (*l6, *l6Gateway) {
	t.Helper()
	got, err := StartLocal("L6", o)
	if err != nil {
		t.Fatal(err)
	}
	l := got.(*l6)
	t.Cleanup(func() { l.Close() })
	g := &l6Gateway{t: t, keys: mirrored(t, l.keys), waiting: waiting, words: map[string]string{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	l.Connect(server.URL)
	return l, g
}

// mirrored are the keys that a system hands over, as the gateway uses them.
func mirrored(t *testing.T, k *l6Keys) *l6Keys {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "local.pem"), []byte(k.forGateway), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := newL6Keys(k.unit, dir)
	if err != nil {
		t.Fatal(err)
	}
	out.gateway = &k.own.PublicKey // the peer
	return out
}

func (g *l6Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	var answer any
	switch name := filepath.Base(r.URL.Path); name {
	case "pull":
		var messages []object
		for _, m := range g.waiting {
			messages = append(messages, object{"receipt": m.Receipt, "key": m.Key, "type": m.Type, "subject": m.Subject, "document": m.Document})
		}
		answer = object{"messages": messages}
	default:
		plain, err := g.keys.open(raw, time.Now())
		if err != nil {
			g.t.Errorf("%s: %v", name, err)
			w.WriteHeader(401)
			return
		}
		answer = g.hear(name, plain)
	}
	body, _ := json.Marshal(answer)
	sealed, err := g.keys.seal(body, time.Now())
	if err != nil {
		g.t.Error(err)
	}
	w.Write(sealed)
}

func (g *l6Gateway) hear(name string, plain []byte) object {
	if name == "confirm" {
		var in struct{ Results []l6Result }
		json.Unmarshal(plain, &in)
		for _, r := range in.Results {
			g.confirmed = append(g.confirmed, r)
			g.waiting = slices.DeleteFunc(g.waiting, func(m l6Message) bool { return m.Receipt == r.Receipt })
		}
		return object{"results": []any{}}
	}
	var doc struct{ MsgType, MsgID, CaseID string }
	json.Unmarshal(plain, &doc)
	if g.reports++; g.reports == 1 {
		return object{"code": "503", "msg": "full"} // once: it must come again
	}
	g.words[doc.CaseID] += doc.MsgType + " "
	return object{"code": 0, "receipt": "R-" + doc.MsgID}
}

func (g *l6Gateway) results() []l6Result {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.confirmed)
}

func TestPullerTakesAndConfirmsAPage(t *testing.T) {
	facts, _ := PublishedFacts()
	l, g := startL6Test(t, LocalOptions{}, l6Case("k1", "C-1", facts[0]), l6Case("k2", "C-2", facts[1]))
	waitUntil(t, "confirmed", func() bool { return len(g.results()) == 2 })
	got := g.results()
	if !got[0].OK || !got[1].OK || !strings.HasPrefix(got[0].LocalRef, "SH") || got[0].LocalRef == got[1].LocalRef || l.Book().Len() != 2 {
		t.Errorf("%+v, %d in the book", got, l.Book().Len())
	}
}

func TestPullerConfirmsARepeatAgainAndTakesItOnce(t *testing.T) {
	facts, _ := PublishedFacts()
	l, g := startL6Test(t, LocalOptions{}, l6Case("k1", "C-1", facts[0]))
	waitUntil(t, "confirmed", func() bool { return len(g.results()) == 1 })
	g.mu.Lock()
	g.waiting = append(g.waiting, l6Case("k1", "C-1", facts[0]))
	g.mu.Unlock()
	waitUntil(t, "confirmed again", func() bool { return len(g.results()) == 2 })
	if got := g.results(); got[0] != got[1] || l.Book().Len() != 1 {
		t.Errorf("%+v, %d in the book", got, l.Book().Len())
	}
}

func TestPullerRefusesWhatDoesNotFit(t *testing.T) {
	facts, _ := PublishedFacts()
	good := l6Case("k1", "C-1", facts[0])
	type change = func(*l6Message)
	for name, change := range map[string]change{
		"another type":    func(m *l6Message) { m.Type = "case.withdrawn" },
		"another subject": func(m *l6Message) { m.Subject = "C-2" },
		"no key":          func(m *l6Message) { m.Key = "" },
		"no document":     func(m *l6Message) { m.Document = json.RawMessage(`"x"`) },
	} {
		bad := good
		change(&bad)
		l, g := startL6Test(t, LocalOptions{}, bad)
		waitUntil(t, "refused", func() bool { return len(g.results()) == 1 })
		if got := g.results()[0]; got.OK || got.Message == "" || l.Book().Len() != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestPullersClerksReportEachCaseToItsPublishedEnd(t *testing.T) {
	facts, _ := PublishedFacts()
	l, g := startL6Test(t, LocalOptions{Clerks: 1}, l6Case("k1", "C-1", facts[0]), l6Case("k2", "C-2", facts[1]))
	waitUntil(t, "reported", func() bool { return l.Ledger().Len() == 9 && l.Ledger().Open() == 0 })
	got := g.results()
	g.mu.Lock()
	defer g.mu.Unlock()
	want := "CASE_ACCEPT CASE_PROGRESS AV_APPLY AV_CHANGE CASE_PROGRESS CASE_PROGRESS CASE_CLOSE CONFIRM_APPLY "
	if g.words[got[0].LocalRef] != want || g.words[got[1].LocalRef] != "CASE_REJECT " {
		t.Errorf("said %v", g.words)
	}
	if s := l.Ledger().All()[0]; s.Key != Key("310000", "urn:duijie:local:310000:report", s.ID) || s.Receipt != "R-"+s.ID {
		t.Errorf("ledger: %+v", s)
	}
}

func TestPullersWithdrawalStopsTheWork(t *testing.T) {
	facts, _ := PublishedFacts()
	withdrawn := l6Message{"R-2", "k2", "case.withdrawn", "C-1", json.RawMessage(`{"msgType":"CASE_WITHDRAW","caseRef":"C-1"}`)}
	l, g := startL6Test(t, LocalOptions{Pace: time.Hour}, l6Case("k1", "C-1", facts[0]), withdrawn)
	waitUntil(t, "confirmed", func() bool { return len(g.results()) == 2 })
	if got := g.results(); got[0].LocalRef != got[1].LocalRef || !l.clerks.isWithdrawn("C-1") {
		t.Errorf("%+v", got)
	}
}

func TestPullersFaultsLoseNothing(t *testing.T) {
	facts, _ := PublishedFacts()
	for _, fault := range []string{"default", "500", "reset", "html", "double-ack"} {
		var waiting []l6Message
		for i := range 12 {
			waiting = append(waiting, l6Case(fmt.Sprintf("k%d", i), fmt.Sprintf("C-%d", i), facts[1]))
		}
		l, g := startL6Test(t, LocalOptions{Fault: fault, Seed: 1}, waiting...)
		waitUntil(t, "all confirmed", func() bool {
			ok := map[string]bool{}
			for _, r := range g.results() {
				ok[r.Receipt] = ok[r.Receipt] || r.OK
			}
			return len(ok) == 12
		})
		if l.Book().Len() != 12 {
			t.Errorf("%s: %d in the book", fault, l.Book().Len())
		}
	}
}

func TestEnvelopeIsOpenedOnceAndWholeOnly(t *testing.T) {
	own, err := newL6Keys("310000", "")
	if err != nil {
		t.Fatal(err)
	}
	peer, now := mirrored(t, own), time.Now()
	sealed, err := peer.seal([]byte(`{"a":"某"}`), now)
	if err != nil {
		t.Fatal(err)
	}
	var e l6Envelope
	if err := json.Unmarshal(sealed, &e); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*l6Envelope)) []byte {
		c := e
		change(&c)
		b, _ := json.Marshal(c)
		return b
	}
	for name, raw := range map[string][]byte{
		"no JSON":      []byte("x"),
		"another unit": changed(func(e *l6Envelope) { e.Unit = "320000" }),
		"another time": changed(func(e *l6Envelope) { e.Time = "1" }),
		"another body": changed(func(e *l6Envelope) { e.Body = e.Body[4:] }),
		"no signature": changed(func(e *l6Envelope) { e.Sign = "" }),
		"no base64":    changed(func(e *l6Envelope) { e.IV = "?" }),
	} {
		if _, err := own.open(raw, now); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
	if _, err := own.open(sealed, now.Add(time.Hour)); err == nil {
		t.Error("an old one is opened")
	}
	if got, err := own.open(sealed, now); err != nil || string(got) != `{"a":"某"}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := own.open(sealed, now); err == nil {
		t.Error("the same one is opened again")
	}
}

func TestKeysOfAnEarlierRunAreUsedAgain(t *testing.T) {
	dir := t.TempDir()
	first, err := newL6Keys("310000", dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := newL6Keys("310000", dir)
	if err != nil || first.forGateway != second.forGateway || first.ofTheSystem != second.ofTheSystem {
		t.Errorf("other keys, %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "local.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newL6Keys("310000", dir); err == nil {
		t.Error("a broken key file is passed over")
	}
}

// TestEverySayingOfThePullerIsTheProfiles translates all that the system ever says.
func TestEverySayingOfThePullerIsTheProfiles(t *testing.T) {
	speech, err := newL6Speech()
	if err != nil {
		t.Fatal(err)
	}
	ids := mapping.ListedIDs{Strict: true, Listed: map[string]map[string]string{"case": {"C-1": "N1"}, "party": {"a1": "1", "r1": "2"}}}
	sayings := allSayings(t, func(d docket, templates []string) []saying {
		pen := &l6Pen{speech: speech, docket: d, unit: "310000", prefix: "P-1", ref: "q-1", now: time.Now().In(zone)}
		pen.write(templates)
		return pen.out
	})
	holdSayings(t, "310000", l6Up, sayings, ids)
}
