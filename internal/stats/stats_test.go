package stats

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		panic(err) // the test's own text
	}
	return t
}

func TestPeriods(t *testing.T) {
	m, err := ParsePeriod("2026-11")
	if err != nil || !m.Holds(at("2026-11-01 00:00")) || m.Holds(at("2026-12-01 00:00")) || m.Holds(time.Time{}) || m.Holds(at("2026-10-31 23:59")) {
		t.Errorf("month %+v, %v", m, err)
	}
	q, err := ParsePeriod("2026-Q4")
	if err != nil || !q.Holds(at("2026-10-01 00:00")) || !q.Holds(at("2026-12-31 23:59")) || q.Holds(at("2027-01-01 00:00")) {
		t.Errorf("quarter %+v, %v", q, err)
	}
	if late, _ := time.Parse(time.RFC3339, "2026-11-30T16:30:00Z"); m.Holds(late) {
		t.Error("half past midnight of December in Shanghai counted for November")
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-Q5", "2026-Q0", "2026-11-01", "2026-Q12"} {
		if _, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q was taken for a period", bad)
		}
	}
}

func november(t *testing.T, records []Record, entries ...Entry) Statistics {
	t.Helper()
	p, err := ParsePeriod("2026-11")
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(p)
	for _, r := range records {
		tally.Add(r)
	}
	for _, e := range entries {
		tally.AddEntry(e)
	}
	return tally.Result("510000")
}

func TestFigures(t *testing.T) {
	got := november(t, []Record{
		{Subject: "A", Category: "wage", District: "510104", Workers: 1, Reason: "agreed", Amount: 123450,
			First: map[string]time.Time{"delegated": at("2026-10-30 09:00"), "accepted": at("2026-11-01 00:00"), "closed": at("2026-11-10 23:59"), "confirmed": at("2026-12-02 09:00")}},
		{Subject: "B", Category: "wage", District: "510100", Workers: 69, Collective: true, Reason: "deadlocked",
			First: map[string]time.Time{"delegated": at("2026-11-02 09:00"), "accepted": at("2026-11-03 09:00"), "closed": at("2026-11-30 09:00")}, RanOut: at("2026-11-20 23:59")},
		{Subject: "C", Category: "injury", District: "", Sessions: []time.Time{at("2026-11-05 09:00"), at("2026-11-06 09:00"), at("2026-12-06 09:00")},
			First: map[string]time.Time{"registered": at("2026-11-04 09:00"), "closed": at("2026-12-01 00:00")}, Reason: "settled"},
		{Subject: "D", Category: "injury", First: map[string]time.Time{"rejected": at("2026-10-04 09:00")}},
	},
		Entry{ID: "o1", Kind: "orgs", Moves: []Move{{At: at("2026-01-05 09:00"), On: true}, {At: at("2026-12-02 09:00")}}},
		Entry{ID: "o2", Kind: "orgs", Moves: []Move{{At: at("2026-11-05 09:00")}, {At: at("2026-01-05 09:00"), On: true}}},
		Entry{ID: "m1", Kind: "mediators", Moves: []Move{{At: at("2026-01-05 09:00"), On: true, Until: at("2026-11-29 00:00")}}},
		Entry{ID: "m2", Kind: "mediators", Moves: []Move{{At: at("2026-01-05 09:00"), On: true, Until: at("2026-11-30 00:00")}}},
	)
	nine := 9
	want := Statistics{Period: "2026-11", Unit: "510000",
		Counts: Counts{Delegated: 1, Accepted: 2, Registered: 1, Closed: 2, Agreed: 1, Deadlocked: 1, AVSessions: 2, AmountAgreed: "1234.50", Workers: 70,
			Collective: 1, MedianDays: &nine, Overdue: 1, Orgs: 1, Mediators: 1},
		ByCity: []ByCity{{"510100", Counts{Delegated: 1, Accepted: 2, Closed: 2, Agreed: 1, Deadlocked: 1, AmountAgreed: "1234.50", Workers: 70, Collective: 1, MedianDays: &nine, Overdue: 1}}},
		ByCategory: []ByCategory{
			{"injury", Counts{Registered: 1, AVSessions: 2, AmountAgreed: "0.00"}},
			{"wage", Counts{Delegated: 1, Accepted: 2, Closed: 2, Agreed: 1, Deadlocked: 1, AmountAgreed: "1234.50", Workers: 70, Collective: 1, MedianDays: &nine, Overdue: 1}},
		}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Counts{})); d != "" {
		t.Error(d)
	}
}

func TestBehindAFigureStandItsCases(t *testing.T) {
	p, _ := ParsePeriod("2026-11")
	r := Record{Workers: 2, Reason: "agreed", Amount: 1, First: map[string]time.Time{"accepted": at("2026-11-01 09:00"), "closed": at("2026-11-02 09:00")}}
	for _, figure := range []string{"accepted", "closed", "agreed", "amountAgreed", "workers", "medianDays"} {
		if !p.Behind(r, figure) {
			t.Errorf("not behind %s", figure)
		}
	}
	for _, figure := range []string{"delegated", "settled", "collective", "overdue", "avSessions"} {
		if p.Behind(r, figure) {
			t.Errorf("behind %s", figure)
		}
	}
}
