package queuetest

import (
	"slices"
	"time"

	"duijie/internal/queue"
)

var casePromises = []promise{
	{"DownwardEventIsJudgedWhenAccepted", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			return &queue.Case{State: "delegated", StateTime: e.Time}, queue.Verdict{Marks: []string{"unseen"}}
		}
		m := r.down("A", "case.delegated")
		m.Event = &queue.CaseEvent{Type: m.Type, Direction: m.Direction, Time: start}
		r.put(m)
		c, ok := r.CaseOf(unit, "A")
		r.want("case", []any{ok, c.State, c.National, c.Unit, c.Marks}, []any{true, "delegated", "A", unit, []string{"unseen"}})
		r.want("marks", r.get(m.Receipt).Marks, []string{"unseen"})
	}},
	{"CaseIsFoundInEveryUnit", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			return &queue.Case{State: "delegated", StateTime: e.Time}, queue.Verdict{}
		}
		for _, unit := range []string{unit, "320000", "440000"} {
			m := r.down("A", "case.delegated")
			m.Unit, m.Event = unit, &queue.CaseEvent{Type: m.Type, Direction: m.Direction, Time: start}
			r.put(m)
		}
		other := r.down("B", "case.delegated")
		other.Event = &queue.CaseEvent{Type: other.Type, Direction: other.Direction, Time: start}
		r.put(other)
		r.restart()
		var units []string
		for _, c := range r.CasesOf("A") {
			units = append(units, c.Unit+" "+c.National)
		}
		slices.Sort(units)
		r.want("units", units, []string{"320000 A", "440000 A", unit + " A"})
		r.want("none", len(r.CasesOf("C")), 0)
	}},
	{"VerdictHolds", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			return c, queue.Verdict{Hold: &queue.Reason{Code: "contradiction"}}
		}
		d, u := r.down("A", "x"), r.up("n:A", "case.rejected")
		d.Event = &queue.CaseEvent{Type: "x"}
		r.put(d, u)
		r.is(d.Receipt, "held contradiction")
		st := r.beginWith(start1(r.claimed(u.Receipt)[0], "case.rejected", time.Time{}))
		r.want("verdict", []any{st.Err, st.Attempt, st.Verdict.Hold.Code}, []any{nil, 0, "contradiction"})
		r.is(u.Receipt, "held contradiction")
		r.want("tried", r.get(u.Receipt).Tried, 0)
		if _, ok := r.CaseOf(unit, "A"); ok {
			r.t.Error("a judge that makes no case made one")
		}
	}},
	{"DuplicateIsNotJudgedAgain", func(r *rig) {
		n := 0
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			n++
			return &queue.Case{State: "delegated"}, queue.Verdict{}
		}
		m := r.down("A", "case.delegated")
		m.Event = &queue.CaseEvent{Type: m.Type}
		r.put(m, m)
		r.put(m)
		r.want("judged", n, 1)
	}},
	{"RepeatIsNotJudgedAgain", func(r *rig) {
		n := 0
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			n++
			return &queue.Case{State: "accepted"}, queue.Verdict{Marks: []string{"late"}}
		}
		u := r.up("n:A", "case.progress")
		r.put(u)
		for range 2 {
			d := r.claimed(u.Receipt)[0]
			r.beginWith(start1(d, u.Type, time.Time{}))
			r.settled(d, again(start))
			r.restart()
		}
		r.want("judged", []any{n, r.get(u.Receipt).Judged, r.get(u.Receipt).Marks}, []any{1, true, []string{"late"}})
	}},
	{"PersonsRetryOfWhatTheCaseHeldGoes", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			return c, queue.Verdict{Hold: &queue.Reason{Code: "contradiction"}}
		}
		u := r.up("n:A", "case.rejected")
		r.put(u)
		r.beginWith(start1(r.claimed(u.Receipt)[0], u.Type, time.Time{}))
		r.act(queue.Act{Receipt: u.Receipt, Verb: queue.RetryNow})
		d := r.claimed(u.Receipt)[0]
		st := r.beginWith(start1(d, u.Type, time.Time{}))
		r.want("begun", []any{d.ByPerson, st.Err, st.Attempt, r.get(u.Receipt).ByPerson}, []any{true, nil, 1, false})
	}},
	{"FrozenRepeatIsNotJudgedAgain", func(r *rig) {
		m := r.up("n:A", "case.progress")
		r.put(m)
		r.deliver(m.Receipt, unknown(start))
		d := r.claimed(m.Receipt)[0]
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			return c, queue.Verdict{Hold: &queue.Reason{Code: "contradiction"}}
		}
		st := r.begin(d)
		r.want("begun", []any{st.Err, st.Attempt}, []any{nil, 2})
	}},
	{"CaseLearnedByItsIDsIsStillUnseen", func(r *rig) { // a record that only keeps ids is not shown to the judge
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		var seen *queue.Case
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			seen = c
			return &queue.Case{State: "accepted"}, queue.Verdict{}
		}
		u := r.up("l:L1", "case.accepted")
		r.put(u)
		r.beginWith(start1(r.claimed(u.Receipt)[0], u.Type, time.Time{}))
		c, _ := r.CaseOf(unit, "A")
		r.want("case", []any{seen == nil, c.State, c.Local}, []any{true, "accepted", "L1"})
	}},
	{"CasesOfBothIDsBecomeOne", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if c == nil {
				c = &queue.Case{State: e.Decision, StateTime: e.Time, Times: map[string]time.Time{e.Type: e.Time}, Requested: map[string]string{e.Type: "paper"}}
			}
			return c, queue.Verdict{Marks: []string{e.Type}}
		}
		u, d := r.up("l:L1", "case.closed"), r.down("A", "case.delegated")
		d.Event = &queue.CaseEvent{Type: d.Type, Decision: "delegated", Time: start}
		r.put(u, d)
		for _, x := range r.claim() {
			s := start1(x, x.Type, time.Time{})
			s.Event.Decision, s.Event.Time = "closed", start.Add(time.Hour)
			if x.Direction == queue.ToLocal {
				s.Event = nil
			}
			r.beginWith(s)
			if x.Direction == queue.ToLocal {
				r.settled(x, acked("L1"))
			}
		}
		c, _ := r.CaseOf(unit, "A")
		_, old := r.CaseOf(unit, "L1")
		r.want("case", []any{c.State, c.Local, len(c.Times), len(c.Requested), len(c.Marks), old}, []any{"closed", "L1", 2, 2, 2, true})
	}},
	{"JudgeCannotChangeWhatIsStored", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if c == nil {
				return &queue.Case{State: "delegated", Times: map[string]time.Time{"a": start}}, queue.Verdict{}
			}
			c.Times["b"] = start
			c.State = "scribbled"
			return nil, queue.Verdict{}
		}
		for range 2 {
			m := r.down("A", "x")
			m.Event = &queue.CaseEvent{Type: "x"}
			r.put(m)
		}
		c, _ := r.CaseOf(unit, "A")
		r.want("case", []any{c.State, len(c.Times)}, []any{"delegated", 1})
	}},
}
