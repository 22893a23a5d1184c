package queuetest

import (
	"fmt"
	"time"

	"duijie/internal/queue"
)

var crosswalkPromises = []promise{
	{"AckTeachesTheLocalID", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		n, _ := r.National(unit, "case", "", "L1")
		l, _ := r.Local(unit, "case", "", "A")
		r.want("ids", []string{n, l}, []string{"A", "L1"})
		_, known := r.National("320000", "case", "", "L1")
		r.want("other unit", known, false)
		c, ok := r.CaseOf(unit, "L1")
		r.want("case", []any{ok, c.National, c.Local, c.Lane}, []any{true, "A", "L1", "n:A"})
	}},
	{"PairsOfOtherKindsAreScoped", func(r *rig) {
		m := r.down("A", "case.delegated")
		m.Pairs = []queue.Pair{{Kind: "party", Scope: "A", National: "P1", Local: "1"}, {Kind: "court", National: "A", Local: "诉前调1号"}}
		r.put(m)
		n, _ := r.National(unit, "party", "A", "1")
		_, other := r.National(unit, "party", "B", "1")
		r.want("party", []any{n, other}, []any{"P1", false})
		c, ok := r.CaseOf(unit, "诉前调1号")
		r.want("court", []any{ok, c.National, c.Court}, []any{true, "A", "诉前调1号"})
	}},
	{"LaneJoinsTheCaseWhenItsIDIsLearned", func(r *rig) {
		d1, u1, u2 := r.down("A", "case.delegated"), r.up("l:L1", "case.progress"), r.up("l:L1", "case.closed")
		r.put(d1, u1, u2)
		x := r.sendingAmong(d1.Receipt)
		r.settled(x, acked("L1"))
		tl, err := r.Timeline(unit, "n:A")
		if err != nil || len(tl) != 3 {
			r.t.Fatalf("timeline of %d, %v", len(tl), err)
		}
		r.want("order", []string{tl[0].Receipt, tl[1].Receipt, tl[2].Receipt}, []string{d1.Receipt, u1.Receipt, u2.Receipt})
		u3 := r.up("l:L1", "x") // the source still knows only its own id
		r.put(u3)
		r.want("lane", r.get(u3.Receipt).Lane, "n:A")
		old, _ := r.Timeline(unit, "l:L1")
		r.want("old lane", len(old), 0)
	}},
	{"JoinedCaseThatGoesOnHasNotEnded", func(r *rig) {
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if c == nil {
				c = &queue.Case{}
			}
			c.State, c.StateTime, c.EndedAt = e.Type, e.Time, time.Time{}
			if e.Type == "case.closed" {
				c.EndedAt = e.Now
			}
			return c, queue.Verdict{}
		}
		closed, later := r.happening("A", "case.closed"), r.happening("A", "case.progress")
		later.Lane, later.Event.Time = "l:L1", closed.Event.Time.Add(time.Hour)
		r.put(closed, later)
		m := r.down("A", "case.delegated")
		m.Pairs = []queue.Pair{{Kind: "case", National: "A", Local: "L1"}}
		r.put(m)
		c, _ := r.CaseOf(unit, "A")
		r.want("state and end", []any{c.State, c.EndedAt.IsZero()}, []any{"case.progress", true})
	}},
	{"JoinedCaseIsCountedByItsFirstEvent", func(r *rig) {
		const closed = queue.TimeFirst + "closed"
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if c == nil {
				c = &queue.Case{State: e.Type, Times: map[string]time.Time{closed: e.Time}}
			}
			return c, queue.Verdict{}
		}
		second, first := r.happening("A", "case.closed"), r.happening("A", "case.closed")
		first.Lane, first.Event.Time = "l:L1", second.Event.Time.Add(-time.Hour)
		r.put(second, first)
		m := r.down("A", "case.delegated")
		m.Pairs = []queue.Pair{{Kind: "case", National: "A", Local: "L1"}}
		r.put(m)
		c, _ := r.CaseOf(unit, "A")
		r.want("first", c.Times[closed].Equal(first.Event.Time), true)
	}},
	{"JoinedLanesKeepTheOrderOfAcceptance", func(r *rig) {
		byLocal, byNational := r.up("l:L1", "case.progress"), r.up("n:A", "case.closed")
		r.put(byLocal, byNational)
		r.claimed(byLocal.Receipt, byNational.Receipt) // two lanes yet
		d := r.down("A", "case.delegated")
		d.Pairs = []queue.Pair{{Kind: "case", National: "A", Local: "L1"}}
		r.put(d)
		r.want("blocked", r.get(byNational.Receipt).BlockedBy, byLocal.Receipt)
	}},
	{"JoinedMembersAreStillClaimed", func(r *rig) { // the head of a lane that joins stays due
		for i := range 20 {
			national, local := fmt.Sprint("A", i), fmt.Sprint("L", i)
			d, u := r.down(national, "case.delegated"), r.up("l:"+local, "case.progress")
			r.put(d, u)
			r.act(queue.Act{Receipt: d.Receipt, Verb: queue.Ack, LocalRef: local})
			r.want("joined", r.get(u.Receipt).Lane, "n:"+national)
			r.claimed(u.Receipt)
		}
	}},
	{"JoinedLaneBeginsOneAtATime", func(r *rig) {
		byLocal, byNational := r.up("l:L1", "case.progress"), r.up("n:A", "case.closed")
		r.put(byLocal, byNational)
		ds := r.claimed(byLocal.Receipt, byNational.Receipt)
		d := r.down("A", "case.delegated")
		d.Pairs = []queue.Pair{{Kind: "case", National: "A", Local: "L1"}}
		r.put(d)
		begun := map[string]bool{}
		for _, d := range ds {
			begun[d.Receipt] = r.begin(d).Err == nil
		}
		r.want("begun", []bool{begun[byLocal.Receipt], begun[byNational.Receipt]}, []bool{true, false})
	}},
	{"WhoBringsAnOlderOneIntoItsLaneLetsItGoFirst", func(r *rig) {
		byLocal, both := r.up("l:L1", "case.accepted"), r.up("n:A", "case.closed")
		r.put(byLocal)
		r.settled(r.claimed(byLocal.Receipt)[0], queue.Settlement{State: queue.Queued, DueAt: start.Add(24 * time.Hour), WaitFor: []string{queue.WaitKey("case", "local", "L1")}})
		r.put(both)
		x := r.claimed(both.Receipt)[0]
		st := r.beginWith(queue.Start{Receipt: x.Receipt, Lease: x.Lease, At: r.clock.Now(), Document: []byte("both"), Pairs: []queue.Pair{{Kind: "case", National: "A", Local: "L1"}}})
		r.want("begun", st.Err, queue.ErrLeaseLost)
		r.Release(map[string]uint64{x.Receipt: x.Lease})
		r.deliver(byLocal.Receipt, acked(""))
		r.claimed(both.Receipt)
	}},
	{"ProgressBeforeAckAnswer", func(r *rig) { // progress names a local id that only the ack, still under way, brings
		d1, u1, u2 := r.down("A", "case.delegated"), r.up("l:L1", "case.progress"), r.up("l:L1", "case.closed")
		r.put(d1)
		x := r.sending(d1.Receipt)
		r.put(u1, u2)
		u := r.claimed(u1.Receipt)[0]
		r.settled(u, queue.Settlement{State: queue.Queued, DueAt: start.Add(24 * time.Hour), WaitFor: []string{queue.WaitKey("case", "local", "L1")}})
		r.claimed()
		r.settled(x, acked("L1"))
		got := r.claimed(u1.Receipt)[0]
		r.want("joined", []any{got.Lane, got.WaitFor}, []any{"n:A", []string(nil)})
	}},
	{"HeldForAnUnknownIDGoesOnWhenItIsLearned", func(r *rig) {
		d1, u1 := r.down("A", "case.delegated"), r.up("l:L1", "case.progress")
		r.put(u1)
		o := queue.Settlement{State: queue.Held, Reason: &queue.Reason{Code: "xref-unknown"}, WaitFor: []string{queue.WaitKey("case", "local", "L1")}}
		r.settled(r.claimed(u1.Receipt)[0], o)
		r.is(u1.Receipt, "held xref-unknown")
		r.put(d1)
		r.deliver(d1.Receipt, acked("L1"))
		r.is(u1.Receipt, "queued")
		r.claimed(u1.Receipt)
	}},
	{"IDLearnedDuringTheTranslationIsNotMissed", func(r *rig) {
		u1, u2 := r.up("l:L1", "case.progress"), r.up("l:L2", "case.progress")
		r.put(u1, u2)
		ds := r.claimed(u1.Receipt, u2.Receipt) // both are being translated, and know neither id
		m := r.down("A", "case.delegated")
		m.Pairs = []queue.Pair{{Kind: "case", National: "A", Local: "L1"}, {Kind: "case", National: "B", Local: "L2"}}
		m.DueAt = start.Add(time.Hour)
		r.put(m)
		r.settled(ds[0], queue.Settlement{State: queue.Queued, DueAt: start.Add(24 * time.Hour), WaitFor: []string{queue.WaitKey("case", "local", "L1")}})
		r.settled(ds[1], queue.Settlement{State: queue.Held, Reason: &queue.Reason{Code: "xref-unknown"}, WaitFor: []string{queue.WaitKey("case", "local", "L2")}})
		r.claimed(u1.Receipt, u2.Receipt)
	}},
	{"OtherKindsWakeToo", func(r *rig) {
		u1 := r.up("l:L1", "case.progress")
		r.put(u1)
		r.settled(r.claimed(u1.Receipt)[0], queue.Settlement{State: queue.Queued, DueAt: start.Add(time.Hour), WaitFor: []string{queue.WaitKey("org", "local", "7")}})
		r.claimed()
		m := r.up("l:L2", "roster.org.changed")
		m.Pairs = []queue.Pair{{Kind: "org", National: "O7", Local: "7"}}
		r.put(m)
		r.claimed(u1.Receipt, m.Receipt)
	}},
	{"LocalRefOfAnotherCaseFreezesBoth", func(r *rig) {
		a1, b1 := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(a1)
		r.deliver(a1.Receipt, acked("L1"))
		r.put(b1)
		x := r.sending(b1.Receipt)
		a2, b2, bu := r.down("A", "x"), r.down("B", "x"), r.up("n:B", "y")
		r.put(a2, b2, bu)
		c := r.claimed(a2.Receipt, bu.Receipt)
		s := r.settled(x, acked("L1"))
		r.want("contested", s.Contested, "A")
		r.is(b1.Receipt, "acked", a2.Receipt, "held contested", b2.Receipt, "held contested", bu.Receipt, "held contested")
		for _, d := range c {
			r.want("claimed before", r.begin(d).Err, queue.ErrLeaseLost)
		}
		ca, _ := r.CaseOf(unit, "A")
		cb, _ := r.CaseOf(unit, "B")
		r.want("cases", []any{ca.Contested, ca.ContestedBy, cb.Contested, cb.ContestedBy}, []any{true, "n:B", true, "n:A"})
		later := r.up("l:L1", "case.progress") // accepted, and held when it comes to go
		r.put(later)
		r.act(queue.Act{Receipt: a2.Receipt, Verb: queue.RetryNow})
		for _, d := range r.claim() {
			st := r.begin(d)
			if st.Verdict.Hold == nil || st.Verdict.Hold.Code != "contested" {
				r.t.Errorf("begin of %s: %+v", d.Receipt, st)
			}
		}
		r.is(later.Receipt, "held contested", a2.Receipt, "held contested")
		r.restart()
		r.claimed()
	}},
	{"OperatorsWordFreesContestedCases", func(r *rig) {
		a1, b1 := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(a1, b1)
		for _, d := range r.claim() {
			r.begin(d)
			r.settled(d, acked("L1"))
		}
		a2, b2 := r.down("A", "x"), r.down("B", "x")
		r.put(a2, b2)
		for _, d := range r.claim() {
			r.begin(d)
		}
		r.is(a2.Receipt, "held contested", b2.Receipt, "held contested")
		if err := r.Bind(ctx, unit, "B", "L1", "", start); err != nil {
			r.t.Fatal(err)
		}
		n, _ := r.National(unit, "case", "", "L1")
		_, has := r.Local(unit, "case", "", "A")
		r.want("rebound", []any{n, has}, []any{"B", false})
		r.claimed(a2.Receipt, b2.Receipt)
	}},
	{"RetiredIDIsForgottenAndFrees", func(r *rig) {
		a1, b1 := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(a1)
		r.deliver(a1.Receipt, acked("L1"))
		r.put(b1)
		r.deliver(b1.Receipt, acked("L1"))
		if err := r.Retire(ctx, unit, "A", "L1", "", start); err != nil {
			r.t.Fatal(err)
		}
		_, known := r.National(unit, "case", "", "L1")
		ca, _ := r.CaseOf(unit, "A")
		cb, _ := r.CaseOf(unit, "B")
		r.want("freed", []any{known, ca.Local, ca.Contested, cb.Contested}, []any{false, "", false, false})
	}},
	{"SecondLocalIDOfACaseIsOnlyShown", func(r *rig) {
		a1, a2 := r.down("A", "case.delegated"), r.down("A", "x")
		r.put(a1, a2)
		r.deliver(a1.Receipt, acked("L1"))
		r.want("contested", r.deliver(a2.Receipt, acked("L2")).Contested, "")
		c, _ := r.CaseOf(unit, "A")
		_, known := r.National(unit, "case", "", "L2")
		r.want("case", []any{c.Local, c.OtherLocal, c.Contested, known}, []any{"L1", []string{"L2"}, false, false})
	}},
	{"EmptyLocalRefMarksTheCase", func(r *rig) {
		m, n := r.down("A", "case.delegated"), r.down("A", "x")
		r.put(m, n)
		r.deliver(m.Receipt, queue.Settlement{State: queue.Acked, TeachLocal: true})
		d := r.get(m.Receipt)
		r.want("marks", []any{d.State, d.Marks, d.Case.Marks}, []any{queue.Acked, []string{"no-local-id"}, []string{"no-local-id"}})
		r.deliver(n.Receipt, acked("L1"))
		r.want("known now", len(r.get(n.Receipt).Case.Marks), 0)
	}},
}

// sendingAmong is sending where others are due too: those are given back.
func (r *rig) sendingAmong(receipt string) (d queue.Delivery) {
	r.t.Helper()
	for _, c := range r.claim() {
		if c.Receipt == receipt {
			d = c
			continue
		}
		r.Release(map[string]uint64{c.Receipt: c.Lease})
	}
	if st := r.begin(d); st.Err != nil {
		r.t.Fatalf("begin %s: %v", receipt, st.Err)
	}
	return d
}
