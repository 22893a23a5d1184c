package gateway

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"duijie/internal/deadline"
	"duijie/internal/event"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
	"duijie/internal/stats"
	"duijie/schemas"
)

// told is one message of a case as national data.
type told struct {
	typ  string
	dir  queue.Direction
	data string
}

// caseOf folds messages into a case's record, as a store would.
func caseOf(t *testing.T, subject string, messages ...told) queue.Case {
	t.Helper()
	var c *queue.Case
	for _, m := range messages {
		flow, ok := schemas.Lookup(m.typ)
		if !ok {
			t.Fatalf("no type %s", m.typ)
		}
		e := caseEvent(flow, m.dir, []byte(m.data), t0, t0)
		if r := rosterEvent(m.typ, m.dir, []byte(m.data), t0); r != nil {
			e = r
		}
		c, _ = JudgeCase(c, *e)
	}
	c.Unit, c.Lane, c.National = unit, "n:"+subject, subject
	return *c
}

func TestFiguresOfACase(t *testing.T) {
	const down, up = queue.ToLocal, queue.ToNational
	c := caseOf(t, "A1",
		told{"case.delegated", down, `{"caseNo":"A1","delegation":"post","procedure":"summary","category":"wage","delegatedAt":"2026-11-02T09:00:00+08:00","org":{"district":"510104"},"collective":{"count":69},"parties":[{"role":"applicant","kind":"person"},{"role":"respondent","kind":"org"}]}`},
		told{"case.accepted", up, `{"caseNo":"A1","acceptedAt":"2026-11-03T09:00:00+08:00","org":{"name":"某中心","district":"510108"}}`},
		told{"av.session.ended", down, `{"caseNo":"A1","sessionNo":"S1","startAt":"2026-11-05T09:00:00+08:00","endAt":"2026-11-05T10:00:00+08:00"}`},
		told{"av.session.ended", down, `{"caseNo":"A1","sessionNo":"S1","startAt":"2026-11-05T09:00:00+08:00","endAt":"2026-11-05T10:00:00+08:00"}`},
		told{"case.closed", up, `{"caseNo":"A1","closedAt":"2026-11-20T16:00:00+08:00","reason":"agreed","agreement":{"effectiveAt":"2026-11-20T16:00:00+08:00","items":[{"amount":"25695.20"},{"amount":"4.8"},{}]}}`},
		told{"confirmation.decided", down, `{"caseNo":"A1","decision":"valid","decidedAt":"2026-11-25T09:00:00+08:00"}`},
	)
	c.Times[queue.TimeConfirmed] = time.Date(2026, 11, 3, 10, 0, 0, 0, shanghai)
	g := &Gateway{o: Options{Deadlines: deadline.Rule{Lengths: deadline.Defaults(), Calendar: deadline.NewCalendar(nil)}}}
	p, _ := stats.ParsePeriod("2026-11")
	tally := stats.NewTally(p)
	tally.Add(g.recordOf(c, time.Date(2027, 1, 1, 0, 0, 0, 0, shanghai)))
	days := 17
	want := stats.Counts{Delegated: 1, Accepted: 1, Closed: 1, Agreed: 1, Confirmed: 1, AVSessions: 1, AmountAgreed: "25700.00", Workers: 69, Collective: 1,
		MedianDays: &days, Overdue: 1} // summary procedure: seven days
	got := tally.Result(unit)
	if d := cmp.Diff(want, got.Counts, cmpopts.IgnoreUnexported(stats.Counts{})); d != "" {
		t.Error(d)
	}
	if len(got.ByCity) != 1 || got.ByCity[0].Region != "510100" || len(got.ByCategory) != 1 || got.ByCategory[0].Category != "wage" {
		t.Errorf("by city %+v, by category %+v", got.ByCity, got.ByCategory)
	}
}

func TestRosterAtThePeriodsEnd(t *testing.T) {
	const down, up = queue.ToLocal, queue.ToNational
	org := caseOf(t, "x",
		told{"roster.org.decided", down, `{"at":"2026-10-01T09:00:00+08:00","code":"O1","decision":"confirmed"}`},
		told{"roster.org.removed", up, `{"at":"2026-12-05T09:00:00+08:00","code":"O1"}`},
		told{"roster.mediator.decided", down, `{"at":"2026-10-01T09:00:00+08:00","id":"O1","decision":"confirmed","validUntil":"2026-11-15"}`})
	for period, want := range map[string][2]int{"2026-09": {0, 0}, "2026-10": {1, 1}, "2026-11": {1, 0}, "2026-12": {0, 0}} {
		p, _ := stats.ParsePeriod(period)
		tally := stats.NewTally(p)
		for _, e := range entriesOf(org) {
			tally.AddEntry(e)
		}
		if c := tally.Result(unit).Counts; c.Orgs != want[0] || c.Mediators != want[1] {
			t.Errorf("%s: %d organisations, %d mediators, want %v", period, c.Orgs, c.Mediators, want)
		}
	}
}

func TestQuarterAfterPurgeSameFigures(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.PayloadFor = time.Hour }
		r.start()
		for i := range 3 {
			r.push("case.delegated", fmt.Sprint("A", i), fmt.Sprint(i))
		}
		r.push("case.withdrawn", "A1", "w")
		before, err := r.gw.Statistics(unit, "2026-Q4")
		if err != nil || before.Counts.Delegated != 3 || before.Counts.Withdrawn != 1 || len(before.ByCategory) != 1 {
			t.Fatalf("figures %+v, %v", before, err)
		}
		r.wait(3 * time.Hour)
		if d, _, _ := r.gw.Deliveries(queue.Filter{Subject: "A1"}); !d[0].Purged {
			t.Fatal("nothing was purged")
		}
		r.stop()
		r.start()
		after, err := r.gw.Statistics(unit, "2026-Q4")
		if d := cmp.Diff(before, after, cmpopts.IgnoreUnexported(stats.Counts{})); d != "" || err != nil {
			t.Fatalf("after the purge: %v %s", err, d)
		}
		cases, err := r.gw.Behind(unit, "2026-Q4", "withdrawn")
		if err != nil || !slices.Equal(cases, []string{"A1"}) {
			t.Fatalf("behind withdrawn: %v, %v", cases, err)
		}
		if _, err := r.gw.Behind(unit, "2026-Q4", "nonsense"); err == nil {
			t.Fatal("a figure that is none")
		}
	})
}

func TestStatisticsGoUpOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		first, err := r.gw.ReportStatistics(r.Context(), Operator{}, unit, "2026-11")
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.gw.ReportStatistics(r.Context(), Operator{}, unit, "2026-11")
		if err != nil || !again.Duplicate || again.Receipt != first.Receipt {
			t.Fatalf("again %+v, %v", again, err)
		}
		r.wait(time.Second)
		r.state(first.Receipt, queue.Acked, "")
		if got := r.national.deliveries(); !slices.Equal(got, []string{"stats.period.reported 2026-11"}) {
			t.Fatalf("sent up %q", got)
		}
	})
}

// BenchmarkStatistics counts a month of 100,000 cases in a bolt store.
func BenchmarkStatistics(b *testing.B) {
	store, err := bolt.Open(bolt.Options{Path: b.TempDir() + "/x.db", Judge: JudgeCase, Key: event.Key, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	v, err := schemas.New()
	if err != nil {
		b.Fatal(err)
	}
	g, err := New(Options{Store: store, Validator: v, Setup: Setup{Units: []UnitSpec{{Code: unit}}},
		Deadlines: deadline.Rule{Lengths: deadline.Defaults(), Calendar: deadline.NewCalendar(nil)}})
	if err != nil {
		b.Fatal(err)
	}
	flow, _ := schemas.Lookup("case.delegated")
	for i := 0; i < 100_000; i += 500 {
		var ms []queue.NewMessage
		for k := range 500 {
			subject := fmt.Sprintf("C-%07d", i+k)
			data := fmt.Appendf(nil, `{"caseNo":%q,"delegation":"pre","category":"wage","delegatedAt":"2026-11-%02dT09:00:00+08:00","org":{"district":"51%02d04"},"parties":[{"role":"applicant","kind":"person"}]}`, subject, 1+k%28, k%20)
			ms = append(ms, queue.NewMessage{Message: queue.Message{Receipt: newReceipt(), Direction: queue.ToLocal, Unit: unit, Source: "s", ID: subject, Type: flow.Type,
				Subject: subject, Lane: "n:" + subject, Time: t0, AcceptedAt: t0, Payload: []byte("{}")}, Event: caseEvent(flow, queue.ToLocal, data, t0, t0)})
		}
		if _, err := store.Put(b.Context(), ms); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := g.Statistics(unit, "2026-11")
		if err != nil || s.Counts.Delegated != 100_000 {
			b.Fatalf("%d delegated, %v", s.Counts.Delegated, err)
		}
	}
}
