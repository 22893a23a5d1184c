package sim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/internal/pack"
	"duijie/mapping"
	"duijie/schemas"
)

func startL2Test(t *testing.T, o LocalOptions) *l2 {
	t.Helper()
	o.Key = "k"
	got, err := StartLocal("L2", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got.(*l2)
}

func l2Case(key, caseNo string, f Facts) string {
	return `<?xml version="1.0" encoding="GBK"?><Msg lsh="` + key + `"><lx>WP</lx><wbh>` + caseNo + `</wbh><Aj><dsrs><dsr id="a1" dw="SQ"></dsr><dsr id="r1" dw="BS"></dsr></dsrs><ss>` + xmlText(f.Facts) + `</ss></Aj></Msg>`
}

// call posts as the gateway would and gives status, state and number.
func (l *l2) call(t *testing.T, header, document string) (status int, state, number string) {
	t.Helper()
	body := l2Wrap(header, `<q:submitCase xmlns:q="`+l2Space+`"><xmlData>`+l2CDATA(document)+`</xmlData></q:submitCase>`)
	res, err := http.Post(l.URL(), l2Media, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Return string `xml:"Body>submitCaseResponse>return"`
		Fault  struct {
			Code string `xml:"faultcode"`
		} `xml:"Body>Fault"`
	}
	if err := l2Unmarshal(string(raw), &said); err != nil {
		t.Fatal(err)
	}
	if said.Return == "" {
		return res.StatusCode, said.Fault.Code, ""
	}
	var result l2Result
	if err := l2Unmarshal(said.Return, &result); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, result.State, result.BH
}

func (l *l2) good() string { return newL2Proof("k").header(time.Now()) }

func TestSOAPSystemTakesAKeyOnceAndSaysItsNumberEachTime(t *testing.T) {
	l := startL2Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	_, state, first := l.call(t, l.good(), l2Case("k1", "C1", facts[0]))
	_, _, again := l.call(t, l.good(), l2Case("k1", "C1", facts[0]))
	_, _, other := l.call(t, l.good(), l2Case("k2", "C2", facts[0]))
	if state != "1" || !strings.HasPrefix(first, "JS") || first != again || first == other || l.Book().Len() != 2 {
		t.Errorf("state %s, numbers %s %s %s, %d in the book", state, first, again, other, l.Book().Len())
	}
}

func TestSOAPSystemAsksForAFreshDigest(t *testing.T) {
	l := startL2Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	doc := l2Case("k1", "C1", facts[0])
	once := l.good()
	for name, header := range map[string]string{
		"no token":         "",
		"another password": newL2Proof("other").header(time.Now()),
		"another user":     strings.Replace(l.good(), ">duijie<", ">other<", 1),
		"an old stamp":     newL2Proof("k").header(time.Now().Add(-time.Hour)),
		"plain text":       strings.Replace(l.good(), "#PasswordDigest", "#PasswordText", 1),
	} {
		if status, code, _ := l.call(t, header, doc); status != 500 || code != "wsse:FailedAuthentication" {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	if _, state, _ := l.call(t, once, doc); state != "1" {
		t.Errorf("a good one: %s", state)
	}
	if _, code, _ := l.call(t, once, doc); code != "wsse:FailedAuthentication" {
		t.Errorf("a nonce that was used: %s", code)
	}
}

// TestDigestIsThatOfTheProfile: Base64(SHA-1(nonce + created + password)), reckoned by another program.
func TestDigestIsThatOfTheProfile(t *testing.T) {
	if got := newL2Proof("secret").digest([]byte("1234567890abcdef"), "2026-01-01T00:00:00Z"); got != "pXJ5cHjRU5Zflwf38rZPQ8RoKtY=" {
		t.Errorf("digest %s", got)
	}
}

func TestSOAPSystemRefusesWhatItCannotStore(t *testing.T) {
	l := startL2Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	good := l2Case("k1", "C1", facts[0])
	for name, doc := range map[string]string{
		"UTF-8":           strings.Replace(good, "GBK", "UTF-8", 1),
		"a rare name":     strings.Replace(good, "<Aj>", "<Aj><x>䶮</x>", 1),
		"no key":          strings.Replace(good, ` lsh="k1"`, "", 1),
		"an unknown code": strings.Replace(good, "<lx>WP", "<lx>XX", 1),
		"no number":       strings.Replace(good, "<wbh>C1</wbh>", "", 1),
		"no XML":          "报文",
	} {
		if _, state, _ := l.call(t, l.good(), doc); state != "-1" {
			t.Errorf("%s: %s", name, state)
		}
	}
	if l.Book().Len() != 0 {
		t.Errorf("%d in the book", l.Book().Len())
	}
}

func TestSOAPSystemKeepsWhatStandsInCDATA(t *testing.T) {
	l := startL2Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	f := facts[0]
	f.Facts = "甲]]>&<乙>"
	doc := strings.Replace(l2Case("k1", "C1", f), xmlText(f.Facts), l2CDATA(f.Facts), 1)
	if _, state, _ := l.call(t, l.good(), doc); state != "1" {
		t.Fatalf("state %s", state)
	}
	if got, _ := l.Book().Get("k1"); string(got.Document) != doc {
		t.Errorf("the document became %s", got.Document)
	}
}

// l2Caller plays the gateway: it takes reports and answers each.
type l2Caller struct {
	mu    sync.Mutex // guards codes and tries
	codes map[string]string
	tries int
}

func (c *l2Caller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var call struct {
		Token   *l2Token `xml:"Header>Security>UsernameToken"`
		XMLData string   `xml:"Body>report>xmlData"`
	}
	var doc struct {
		Serial string `xml:"lsh"`
		Code   string `xml:"lx"`
		Number string `xml:"bh"`
	}
	if l2Unmarshal(string(raw), &call) != nil || newL2Proof("k").verify(call.Token, time.Now()) != nil || l2Unmarshal(call.XMLData, &doc) != nil {
		w.WriteHeader(500)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	state, msg := "1", ""
	if c.tries == 1 {
		state, msg = "-1", "503 full" // once: it must come again
	} else {
		c.codes[doc.Number] += doc.Code + " "
	}
	w.Write(l2Wrap("", `<reportResponse><return>`+l2CDATA(`<return><state>`+state+`</state><msg>`+msg+`</msg><bh>R-`+doc.Serial+`</bh></return>`)+`</return></reportResponse>`))
}

func TestSOAPClerksReportEachCaseToItsPublishedEnd(t *testing.T) {
	l := startL2Test(t, LocalOptions{Clerks: 1})
	facts, _ := PublishedFacts()
	_, _, agreed := l.call(t, l.good(), l2Case("k1", "C-1", facts[0]))
	_, _, rejected := l.call(t, l.good(), l2Case("k2", "C-2", facts[1]))
	gateway := &l2Caller{codes: map[string]string{}}
	server := httptest.NewServer(gateway)
	defer server.Close()
	l.Connect(server.URL)
	waitUntil(t, "reported", func() bool { return l.Ledger().Len() == 9 && l.Ledger().Open() == 0 })
	gateway.mu.Lock()
	defer gateway.mu.Unlock()
	if want := "SL JZ SP SG JZ JZ BJ QR "; gateway.codes[agreed] != want || gateway.codes[rejected] != "BY " {
		t.Errorf("said %v, want %q", gateway.codes, want)
	}
	if s := l.Ledger().All()[0]; s.Key != Key("320000", "urn:duijie:local:320000:report", s.ID) || s.Receipt != "R-"+s.ID {
		t.Errorf("ledger: %+v", s)
	}
}

func TestSOAPWithdrawalStopsTheWork(t *testing.T) {
	l := startL2Test(t, LocalOptions{Pace: time.Hour})
	facts, _ := PublishedFacts()
	_, _, number := l.call(t, l.good(), l2Case("k1", "C1", facts[0]))
	_, state, same := l.call(t, l.good(), `<?xml version="1.0" encoding="GBK"?><Msg lsh="k2"><lx>CH</lx><wbh>C1</wbh></Msg>`)
	if state != "1" || same != number || !l.clerks.isWithdrawn("C1") || !l.Book().Has("C1", "case.withdrawn") {
		t.Errorf("state %s, number %s", state, same)
	}
}

func TestGatewaysRefusalsOfReports(t *testing.T) {
	for msg, refused := range map[string]string{"409 id-reused": "409", "422 x": "422", "503 full": "", "429 wait": "", "401 token": ""} {
		body := l2Wrap("", `<reportResponse><return>`+l2CDATA(`<return><state>-1</state><msg>`+msg+`</msg><bh></bh></return>`)+`</return></reportResponse>`)
		if v := l2Read(answer{status: 200, body: body}); v.refused != refused || v.accepted {
			t.Errorf("%s: %+v", msg, v)
		}
	}
	if v := l2Read(answer{status: 200, body: []byte("<html>login</html>")}); v != (verdict{}) {
		t.Errorf("a page: %+v", v)
	}
}

// TestEverySayingOfSOAPIsTheProfiles translates all that the system ever says.
func TestEverySayingOfSOAPIsTheProfiles(t *testing.T) {
	speech, err := newL2Speech()
	if err != nil {
		t.Fatal(err)
	}
	ids := mapping.ListedIDs{Strict: true, Listed: map[string]map[string]string{"case": {"C-1": "N1"}}}
	sayings := allSayings(t, func(d docket, templates []string) []saying {
		pen := &l2Pen{speech: speech, docket: d, unit: "320000", prefix: "P-1", ref: "q-1", now: time.Now().In(zone)}
		pen.write(templates)
		return pen.out
	})
	for i, s := range sayings {
		sayings[i].body = []byte(gbk(t, string(s.body))) // as the gateway stores it
	}
	holdSayings(t, "320000", l2Up, sayings, ids)
}

// allSayings are those of every published case by every turn, and the rosters.
func allSayings(t *testing.T, write func(docket, []string) []saying) (out []saying) {
	t.Helper()
	facts, err := PublishedFacts()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		for turn := range 5 {
			d := docket{caseNo: "C-1", number: "N1", payer: "2", payee: "1", ending: f, nth: turn}
			d.caseNo = fmt.Sprintf("C-%d", turn)
			templates := course(d)
			if f.End != nil {
				templates = append(slices.Clone(templates), "case.dossier.supplied")
			}
			d.caseNo = "C-1"
			out = append(out, write(d, templates)...)
		}
	}
	return append(out, write(docket{}, rosters())...)
}

// holdSayings translates them and holds them to the profile; all of up must be there.
func holdSayings(t *testing.T, unit string, up map[string]string, sayings []saying, ids mapping.IDs) {
	t.Helper()
	valid, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	_, fsys, _ := pack.Find(unit, nil)
	p, found := pack.Load(unit, fsys, nil)
	if pack.Failed(found) {
		t.Fatalf("pack %s: %v", unit, found)
	}
	said := map[string]bool{}
	for _, s := range sayings {
		said[s.typ] = true
		program, ok := p.Set.Program(s.typ)
		if !ok {
			t.Fatalf("%s is not mapped", s.typ)
		}
		doc, _, err := program.ToNational(nil, s.body, &mapping.Env{IDs: ids, Subject: s.subject, Unit: unit})
		if err != nil {
			t.Fatalf("%s: %v\n%s", s.typ, err, s.body)
		}
		if items, warnings := valid.Validate(s.typ, doc); len(items)+len(warnings) > 0 {
			t.Errorf("%s: %v %v", s.typ, items, warnings)
		}
		if subject, ok := schemas.KeyValue(s.typ, doc); !ok || subject != s.subject {
			t.Errorf("%s: subject %s, want %s", s.typ, subject, s.subject)
		}
	}
	for typ := range up {
		if !said[typ] {
			t.Errorf("%s is never said", typ)
		}
	}
}
