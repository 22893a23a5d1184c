package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/deadline"
	"duijie/internal/queue"
)

// clocked is a gateway whose clocks run as the law says; a bubble begins on
// Saturday, 1 January 2000, 08:00 of Asia/Shanghai.
func clocked(t *testing.T, log *slog.Logger, play func(r *rig)) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) {
			o.Deadlines = deadline.Rule{Lengths: deadline.Defaults(), Calendar: deadline.NewCalendar(nil)}
			if log != nil {
				o.Log = log
			}
		}
		r.start()
		play(r)
	})
}

// clocks are a case's, as "name state day".
func (r *rig) clocks(caseNo string) []string {
	r.Helper()
	c, err := r.gw.Case(unit, caseNo)
	if err != nil {
		r.Fatal(err)
	}
	var out []string
	for _, d := range c.Deadlines {
		out = append(out, fmt.Sprintf("%s %s %s", d.Name, d.State, d.DueAt.Format("01-02 15:04:05")))
	}
	return out
}

func (r *rig) wantClocks(caseNo string, want ...string) {
	r.Helper()
	if got := r.clocks(caseNo); !slices.Equal(got, want) {
		r.Fatalf("clocks %q, want %q", got, want)
	}
}

func TestMediationClockRunsFromThePlatformsWord(t *testing.T) {
	clocked(t, nil, func(r *rig) {
		r.national.answer = func(n int, _ adapter.Message) (adapter.Ack, error) {
			if n == 1 {
				return adapter.Ack{}, adapter.RetryAfter(errors.New("away"), time.Minute)
			}
			return adapter.Ack{}, nil
		}
		r.push("case.delegated", "A1", "1")
		r.wantClocks("A1", "accept running 01-05 23:59:59")
		r.report("progress", "case.accepted", "1", `{"ajh":"L-A1","sj":"2000-01-01T09:00:00+08:00","zz":"某调解中心"}`)
		r.wantClocks("A1", "accept met 01-05 23:59:59") // the platform was away
		r.wait(time.Hour)
		r.wantClocks("A1", "accept met 01-05 23:59:59", "mediate.pre running 01-31 23:59:59")
		r.report("progress", "case.progress", "2", `{"ajh":"L-A1","lb":"suspended","sj":"2000-01-03T09:00:00+08:00"}`)
		r.wait(time.Hour)
		r.report("progress", "case.progress", "3", `{"ajh":"L-A1","lb":"resumed","sj":"2000-01-06T09:00:00+08:00"}`)
		r.wait(6 * 24 * time.Hour)
		r.wantClocks("A1", "accept met 01-05 23:59:59", "mediate.pre running 02-03 23:59:59")
	})
}

func TestWithdrawalStopsTheClocks(t *testing.T) {
	clocked(t, nil, func(r *rig) {
		r.push("case.delegated", "A1", "1")
		r.push("case.withdrawn", "A1", "2") // its own time is of 2026, long after
		r.wantClocks("A1", "accept met-late 01-05 23:59:59")
	})
}

func TestANewDelegationBeginsAnew(t *testing.T) {
	c, _ := fold(down("case.delegated", "", t0), up("case.rejected", "noCapacity", t0.Add(time.Hour)),
		down("case.delegated", "", t0.Add(48*time.Hour)))
	f := factsOf(*c)
	if !f.Taken.Equal(t0.Add(48*time.Hour)) || !f.Answered.IsZero() || !f.Ended.IsZero() {
		t.Fatalf("facts %+v, want those of the new delegation alone", f)
	}
	if _, v := JudgeCase(c, up("case.accepted", "", t0.Add(49*time.Hour))); !v.Passes() {
		t.Fatalf("the new organisation's acceptance is held: %+v", v.Hold)
	}
}

func TestOverdueIsCountedAndNearIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	clocked(t, slog.New(slog.NewTextHandler(&log, nil)), func(r *rig) {
		for i := range 3 {
			r.push("case.delegated", fmt.Sprint("A", i), fmt.Sprint(i))
		}
		overdue := func() int { return r.gw.Units()[0].Overdue["accept"] }
		r.wait(4 * 24 * time.Hour)
		if n := strings.Count(log.String(), `msg="deadline near"`); n != 3 || overdue() != 0 {
			t.Fatalf("%d warnings and %d overdue, want 3 and none", n, overdue())
		}
		if l := r.gw.Due(DueFilter{State: deadline.Running, Limit: 10}); dueNames(l) != "n:A0 running n:A1 running n:A2 running" || l.Near != 3 {
			t.Fatalf("near %q, %+v", dueNames(l), l)
		}
		r.wait(24 * time.Hour)
		if overdue() != 3 {
			t.Fatalf("%d overdue, want 3", overdue())
		}
		want := "n:A0 overdue n:A1 overdue n:A2 overdue"
		if l := r.gw.Due(DueFilter{Limit: 10}); dueNames(l) != want || l.Total != 3 || l.Overdue != 3 || l.Near != 0 || l.At.IsZero() {
			t.Fatalf("due %q, %+v", dueNames(l), l)
		}
		if l := r.gw.Due(DueFilter{Unit: unit, State: deadline.Overdue, From: 1, Limit: 1}); dueNames(l) != "n:A1 overdue" || l.Total != 3 {
			t.Fatalf("second page %q of %d", dueNames(l), l.Total)
		}
		if l := r.gw.Due(DueFilter{Unit: "other", Limit: 10}); len(l.Clocks) != 0 || l.Overdue != 0 {
			t.Fatalf("another unit has %+v", l)
		}
		r.push("case.withdrawn", "A0", "w")
		r.wait(2 * time.Minute)
		if overdue() != 2 {
			t.Fatalf("%d overdue after one was withdrawn, want 2", overdue())
		}
	})
}

// dueNames are cases and states of a list.
func dueNames(l DueList) string {
	var out []string
	for _, d := range l.Clocks {
		out = append(out, "n:"+d.National+" "+d.State)
	}
	return strings.Join(out, " ")
}

// A unit with more than can be kept shows what fell due first, and counts all.
func TestDueListIsBoundedAndItsCountsAreWhole(t *testing.T) {
	l := dueLook{now: t0, due: map[string][]Due{}, years: map[int]bool{}, found: clockLook{overdue: map[string]map[string]int{}, near: map[string]int{}}}
	for i := range 3 * dueKept {
		l.add(queue.Case{Unit: unit, National: fmt.Sprint(i)}, deadline.Clock{Name: "accept", State: deadline.Overdue, DueAt: t0.Add(-time.Duration(i) * time.Second)})
	}
	l.add(queue.Case{Unit: "other", National: "x"}, deadline.Clock{Name: "accept", State: deadline.Running, WarnAt: t0.Add(-1), DueAt: t0.Add(time.Hour)})
	w := l.end()
	if n := w.overdue[unit]["accept"]; n != 3*dueKept || len(w.due) != dueKept+1 {
		t.Fatalf("%d counted, %d kept", n, len(w.due))
	}
	if first, last := w.due[0].National, w.due[dueKept].Unit; first != fmt.Sprint(3*dueKept-1) || last != "other" {
		t.Errorf("first %s, last of %s", first, last)
	}
}

func TestYearWithoutCalendarIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	bubble(t, func(r *rig) {
		year2000 := deadline.NewCalendar(map[int]deadline.Year{2000: {}})
		r.options = func(o *Options) {
			o.Deadlines = deadline.Rule{Lengths: map[string]deadline.Length{"accept": {Days: 400}}, Calendar: year2000}
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		}
		r.start()
		r.wait(time.Minute)
		if gaps := r.gw.CalendarGaps(); len(gaps) != 0 {
			t.Fatalf("gaps %v though no clock runs into 2001", gaps)
		}
		r.push("case.delegated", "A1", "1")
		r.wait(time.Hour)
		if gaps := r.gw.CalendarGaps(); !slices.Equal(gaps, []int{2001}) {
			t.Fatalf("gaps %v, want 2001", gaps)
		}
		if n := strings.Count(log.String(), "year=2001"); n != 1 {
			t.Fatalf("told %d times", n)
		}
	})
}

func TestClockFactsOutliveTheProcess(t *testing.T) {
	clocked(t, nil, func(r *rig) {
		r.push("case.delegated", "A1", "1")
		r.report("progress", "case.accepted", "1", `{"ajh":"L-A1","sj":"2000-01-01T09:00:00+08:00","zz":"某调解中心"}`)
		before := r.clocks("A1")
		r.stop()
		r.start()
		r.wantClocks("A1", before...)
		c, _ := r.store.CaseOf(unit, "A1")
		if c.Times[queue.TimeConfirmed].IsZero() || len(before) != 2 {
			t.Fatalf("clocks %q, confirmed %v", before, c.Times[queue.TimeConfirmed])
		}
	})
}
