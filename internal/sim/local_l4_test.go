package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/internal/pack"
	"duijie/mapping"
	"duijie/schemas"
)

func startL4Test(t *testing.T, o LocalOptions) *l4 {
	t.Helper()
	o.Key = "k"
	got, err := StartLocal("L4", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got.(*l4)
}

func gbk(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// post sends a form as the gateway would: GBK bytes, percent-encoded.
func (l *l4) post(t *testing.T, path string, fields ...string) (status int, text string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], gbk(t, fields[i+1]))
	}
	if form.Get("sign") == "" {
		form.Set("sign", l4Sign("k", form.Get("wbbh"), form.Get("ajmc"), form.Get("sqr1_xm")))
	}
	res, err := http.Post(l.URL()+path, "application/x-www-form-urlencoded; charset=GBK", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	return answered(t, res)
}

func answered(t *testing.T, res *http.Response) (status int, text string) {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err = simplifiedchinese.GBK.NewDecoder().String(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, text
}

// rowsAt reads a page of the list.
func (l *l4) rowsAt(t *testing.T, page string) []object {
	t.Helper()
	res, err := http.Get(l.URL() + "/list.do?page=" + page + "&sign=" + l4Sign("k", page))
	if err != nil {
		t.Fatal(err)
	}
	status, text := answered(t, res)
	var doc struct{ Rows []object }
	if err := json.Unmarshal([]byte(text), &doc); err != nil || status != 200 {
		t.Fatalf("status %d, %v", status, err)
	}
	return doc.Rows
}

func TestFormSystemVerifiesTheSignatureOverGBKBytes(t *testing.T) {
	l := startL4Test(t, LocalOptions{})
	// md5 of the bytes of "NY-2024-000187经济补偿金纠纷颜某某k" in GBK, by another program
	const sum = "35432534fc9e9c5de598ca0ff2045c45"
	good := []string{"lsh", "k1", "wbbh", "NY-2024-000187", "ajmc", "经济补偿金纠纷", "sqr1_xm", "颜某某", "sign", sum}
	if status, text := l.post(t, "/ajjs.do", good...); status != 200 || !strings.HasPrefix(text, "ok|HB") {
		t.Errorf("%d %s", status, text)
	}
	for name, c := range map[string][2]string{"another name": {"sqr1_xm", "颜某"}, "another case": {"wbbh", "NY-2024-000188"}, "another sum": {"sign", strings.ToUpper(sum)}, "none": {"sign", "x"}} {
		fields := slices.Clone(good)
		fields[slices.Index(fields, c[0])+1] = c[1]
		if status, _ := l.post(t, "/ajjs.do", fields...); status != 401 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if res, err := http.Get(l.URL() + "/list.do?page=1&sign=" + l4Sign("k", "2")); err != nil {
		t.Fatal(err)
	} else if status, _ := answered(t, res); status != 401 {
		t.Errorf("list: %d", status)
	}
}

func TestFormSystemTakesASerialNumberOnce(t *testing.T) {
	l := startL4Test(t, LocalOptions{})
	_, first := l.post(t, "/ajjs.do", "lsh", "k1", "wbbh", "C1")
	_, again := l.post(t, "/ajjs.do", "lsh", "k1", "wbbh", "C1")
	_, other := l.post(t, "/ajjs.do", "lsh", "k2", "wbbh", "C2")
	if first != again || first == other || l.Book().Len() != 2 {
		t.Errorf("%s, %s, %s, %d in the book", first, again, other, l.Book().Len())
	}
	for _, fields := range [][]string{{"wbbh", "C3"}, {"lsh", "k3"}} {
		if _, text := l.post(t, "/ajjs.do", fields...); !strings.HasPrefix(text, "err|202|") {
			t.Errorf("%v: %s", fields, text)
		}
	}
}

func TestFormClerksListEachCaseToItsPublishedEnd(t *testing.T) {
	l := startL4Test(t, LocalOptions{})
	l.Connect("")
	facts, _ := PublishedFacts()
	_, agreed := l.post(t, "/ajjs.do", "lsh", "k1", "wbbh", "C1", "ssly", facts[0].Facts)
	_, rejected := l.post(t, "/ajjs.do", "lsh", "k2", "wbbh", "C2", "ssly", facts[1].Facts)
	waitUntil(t, "listed", func() bool { return l.Ledger().Len() == 6 })
	said := map[string]string{}
	for _, row := range slices.Backward(l.rowsAt(t, "1")) {
		said["ok|"+fmt.Sprint(row["ajbh"])] += fmt.Sprint(row["lx"]) + " "
	}
	if said[agreed] != "01 03 03 03 04 " || said[rejected] != "02 " {
		t.Errorf("%v", said)
	}
	if s := l.Ledger().All()[0]; s.Key != Key("130000", "urn:duijie:local:130000:poll", s.ID) || s.Accepted.IsZero() {
		t.Errorf("ledger: %+v", s)
	}
}

func TestListIsNewestFirstAndMovesBetweenPages(t *testing.T) {
	l := startL4Test(t, LocalOptions{})
	enter := func(n int) {
		id := fmt.Sprint(n)
		l.list(t.Context(), "", Sent{Key: id, ID: id}, saying{body: []byte(`{"jlid":"` + id + `"}`)})
	}
	for n := range 120 {
		enter(n)
	}
	first, second, third := l.rowsAt(t, "1"), l.rowsAt(t, "2"), l.rowsAt(t, "3")
	if len(first) != 50 || len(second) != 50 || len(third) != 20 || first[0]["jlid"] != "119" || third[19]["jlid"] != "0" {
		t.Errorf("pages of %d, %d, %d", len(first), len(second), len(third))
	}
	enter(120)
	if got := l.rowsAt(t, "2"); got[0]["jlid"] != first[49]["jlid"] {
		t.Errorf("the last of page 1 is not the first of page 2: %v", got[0])
	}
	if got := l.rowsAt(t, "9"); len(got) != 0 {
		t.Errorf("%d rows behind the end", len(got))
	}
}

func TestFormWithdrawalStopsTheWork(t *testing.T) {
	l := startL4Test(t, LocalOptions{Pace: time.Hour})
	_, number := l.post(t, "/ajjs.do", "lsh", "k1", "wbbh", "C1")
	if _, text := l.post(t, "/ajch.do", "lsh", "k2", "wbbh", "C1"); text != number || !l.clerks.isWithdrawn("C1") || !l.Book().Has("C1", "case.withdrawn") {
		t.Errorf("answer %s", text)
	}
}

func TestEverySayingOfTheListIsTheProfiles(t *testing.T) {
	valid, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	_, fsys, _ := pack.Find("130000", nil)
	p, found := pack.Load("130000", fsys, nil)
	if pack.Failed(found) {
		t.Fatalf("pack 130000: %v", found)
	}
	facts, _ := PublishedFacts()
	ids := mapping.ListedIDs{Strict: true, Listed: map[string]map[string]string{"case": {"C1": "N1"}, "party": {"a1": "sqr1", "r1": "bsqr1"}}}
	said := map[string]bool{}
	for _, f := range facts {
		pen := &l4Pen{docket: docket{caseNo: "C1", number: "N1", ending: f}, prefix: "N1", now: time.Now().In(zone)}
		l4Script(pen)
		for _, s := range pen.out {
			said[s.typ] = true
			program, ok := p.Set.Program(s.typ)
			if !ok {
				t.Fatalf("%s is not mapped", s.typ)
			}
			doc, _, err := program.ToNational(nil, []byte(gbk(t, string(s.body))), &mapping.Env{IDs: ids, Subject: "C1"})
			if err != nil {
				t.Fatalf("%s: %v", s.typ, err)
			}
			if items, warnings := valid.Validate(s.typ, doc); len(items)+len(warnings) > 0 {
				t.Errorf("%s: %v %v", s.typ, items, warnings)
			}
			if s.typ == "case.closed" && len(f.End.Items) > 0 && f.End.Items[0].Amount == "25695.20" && !strings.Contains(string(doc), `"25695.20"`) {
				t.Error("the closing does not carry the published amount")
			}
		}
	}
	if len(said) != len(l4Types) {
		t.Errorf("%d types of %d", len(said), len(l4Types))
	}
}

func TestListMeetsOnlyFaultsThatMeanSomethingThere(t *testing.T) {
	for _, f := range Faults() {
		for _, a := range listFault(f).acts {
			if a == refuseForGood || a == refuseRetry || a == sayTwice {
				t.Errorf("%s refuses a list", f.Name)
			}
		}
	}
	l := startL4Test(t, LocalOptions{Fault: "permanent", Seed: 1})
	refused := 0
	for i := range 200 {
		if _, text := l.post(t, "/ajjs.do", "lsh", fmt.Sprint("k", i), "wbbh", fmt.Sprint("C", i)); strings.HasPrefix(text, "err|201|") {
			refused++
		}
	}
	if refused != 3 || l.Book().Len() != 197 {
		t.Errorf("%d refused, %d in the book", refused, l.Book().Len())
	}
	l.rowsAt(t, "1")
}
