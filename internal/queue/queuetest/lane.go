package queuetest

import (
	"time"

	"duijie/internal/queue"
)

var lanePromises = []promise{
	{"NeverTwoOfOneLane", func(r *rig) {
		a1, a2, b := r.down("A", "case.delegated"), r.down("A", "case.progress"), r.down("B", "case.delegated")
		r.put(a1, a2, b)
		r.claimed(a1.Receipt, b.Receipt)
		r.claimed()
	}},
	{"MembersLeaveInOrder", func(r *rig) {
		a1, a2, a3 := r.down("A", "case.delegated"), r.down("A", "x"), r.down("A", "y")
		r.put(a1, a2, a3)
		r.want("blocked by", r.get(a2.Receipt).BlockedBy, a1.Receipt)
		r.want("head is blocked by", r.get(a1.Receipt).BlockedBy, "")
		for _, m := range []queue.NewMessage{a1, a2, a3} {
			r.deliver(m.Receipt, acked(""))
		}
		r.claimed()
	}},
	{"RetryingHeadStopsItsOwnLaneOnly", func(r *rig) {
		a1, a2, b := r.down("A", "case.delegated"), r.down("A", "x"), r.down("B", "case.delegated")
		r.put(a1)
		r.deliver(a1.Receipt, again(start.Add(time.Hour)))
		r.put(a2, b)
		r.deliver(b.Receipt, acked(""))
		r.clock.Pass(time.Hour)
		r.claimed(a1.Receipt)
	}},
	{"DirectionsAreLanesOfTheirOwn", func(r *rig) {
		d, u := r.down("A", "case.delegated"), r.up("n:A", "case.accepted")
		r.put(d, u)
		r.claimed(d.Receipt, u.Receipt)
	}},
	{"OldestDueFirstAndNoMoreThanWanted", func(r *rig) {
		var ms []queue.NewMessage
		for i, c := range []string{"A", "B", "C"} {
			m := r.down(c, "case.delegated")
			m.DueAt = start.Add(-time.Duration(i) * time.Minute)
			ms = append(ms, m)
		}
		r.put(ms...)
		ds, err := r.Claim(ctx, map[queue.Target]int{toLocal: 2}, lease)
		if err != nil || len(ds) != 2 {
			r.t.Fatalf("claimed %d, %v", len(ds), err)
		}
		r.want("order", []string{ds[0].Receipt, ds[1].Receipt}, []string{ms[2].Receipt, ms[1].Receipt})
	}},
	{"UnwantedTargetIsLeftAlone", func(r *rig) {
		r.put(r.down("A", "case.delegated"))
		ds, _ := r.Claim(ctx, map[queue.Target]int{toNational: 5, {Unit: "320000", Direction: queue.ToLocal}: 5}, lease)
		r.want("claimed", len(ds), 0)
	}},
	{"WithdrawnOvertakesHeldHead", func(r *rig) {
		head, plain, w1, w2 := r.down("A", "case.delegated"), r.down("A", "x"), r.down("A", "case.withdrawn"), r.down("A", "case.withdrawn")
		w1.Urgent, w2.Urgent = true, true
		r.put(head, plain, w1, w2)
		d := r.sending(head.Receipt)
		r.claimed() // not past a head that is under way
		r.settled(d, held("refused"))
		u := r.claimed(w1.Receipt)[0]
		r.begin(u)
		r.claimed() // one at a time
		r.settled(u, acked(""))
		r.deliver(w2.Receipt, acked(""))
		r.claimed()
		r.act(queue.Act{Receipt: head.Receipt, Verb: queue.RetryNow})
		r.claimed(head.Receipt)
	}},
	{"UrgentOvertakesAwaitingHeadButNotRetryingOne", func(r *rig) {
		head, w := r.down("A", "case.delegated"), r.down("A", "case.withdrawn")
		w.Urgent = true
		r.put(head, w)
		r.deliver(head.Receipt, again(start.Add(time.Minute)))
		r.claimed()
		r.clock.Pass(time.Minute)
		r.deliver(head.Receipt, awaiting("ref", time.Time{}))
		r.claimed(w.Receipt)
	}},
	{"RetriedHeadWaitsForTheUrgentOneUnderWay", func(r *rig) {
		head, w := r.down("A", "case.delegated"), r.down("A", "case.withdrawn")
		w.Urgent = true
		r.put(head, w)
		r.deliver(head.Receipt, held("refused"))
		u := r.sending(w.Receipt)
		r.act(queue.Act{Receipt: head.Receipt, Verb: queue.RetryNow})
		r.claimed()
		r.settled(u, acked(""))
		r.claimed(head.Receipt)
	}},
	{"OnlyWhatOpensPassesAHeadThatWaitsForOrder", func(r *rig) {
		r.judge = waitUntilAccepted
		early, other, opens := r.up("n:A", "case.progress"), r.up("n:A", "case.materials.requested"), r.up("n:A", "case.accepted")
		opens.Opens = true
		r.put(early, other)
		d := r.claimed(early.Receipt)[0]
		st := r.beginWith(start1(d, "case.progress", start.Add(10*time.Minute)))
		r.want("verdict", st.Verdict.WaitUntil.Equal(start.Add(10*time.Minute)), true)
		got := r.get(early.Receipt)
		r.want("waits", []any{got.State, got.WaitsOrder, got.Tried}, []any{queue.Queued, true, 0})
		r.claimed()
		r.put(opens)
		o := r.claimed(opens.Receipt)[0]
		if st := r.beginWith(start1(o, "case.accepted", time.Time{})); st.Err != nil || !st.Verdict.Wake {
			r.t.Fatalf("begin: %+v", st)
		}
		r.want("woken", r.get(early.Receipt).WaitsOrder, false)
		r.claimed() // one at a time
		r.settled(o, acked(""))
		r.claimed(early.Receipt)
	}},
	{"WhatWaitedForOrderLongEnoughGoes", func(r *rig) {
		r.judge = waitUntilAccepted
		m := r.up("n:A", "case.progress")
		r.put(m)
		until := start.Add(10 * time.Minute)
		r.beginWith(start1(r.claimed(m.Receipt)[0], "case.progress", until))
		r.want("next due", r.NextDue([]queue.Target{toNational}).Equal(until), true)
		r.clock.Pass(10 * time.Minute)
		st := r.beginWith(start1(r.claimed(m.Receipt)[0], "case.progress", until))
		r.want("attempt", []any{st.Err, st.Attempt, st.Verdict.Marks}, []any{nil, 1, []string{"early"}})
		r.want("marks", r.get(m.Receipt).Marks, []string{"early"})
	}},
	{"SkippedHeadLetsTheLaneGoOn", func(r *rig) {
		a1, a2 := r.down("A", "case.delegated"), r.down("A", "x")
		r.put(a1, a2)
		r.deliver(a1.Receipt, held("refused"))
		r.claimed()
		r.act(queue.Act{Receipt: a1.Receipt, Verb: queue.Skip})
		r.is(a1.Receipt, "held refused")
		r.deliver(a2.Receipt, acked(""))
		r.act(queue.Act{Receipt: a1.Receipt, Verb: queue.RetryNow})
		r.deliver(a1.Receipt, acked(""))
		r.want("marks", r.get(a1.Receipt).Marks, []string{"overtaken"})
	}},
	{"ClockStepForwardDoublesNothing", func(r *rig) {
		a1, a2 := r.down("A", "case.delegated"), r.down("A", "x")
		r.put(a1)
		r.clock.Step(-24 * time.Hour) // accepted later, by an earlier clock
		a2.AcceptedAt, a2.Time = r.clock.Now(), r.clock.Now()
		r.put(a2)
		r.clock.Step(48 * time.Hour)
		d := r.sending(a1.Receipt)
		r.clock.Step(365 * 24 * time.Hour) // leases are not of this clock
		r.claimed()
		r.settled(d, acked(""))
		r.claimed(a2.Receipt)
	}},
	{"NextDueIsTheEarliestFreeHead", func(r *rig) {
		r.want("empty", r.NextDue([]queue.Target{toLocal}).IsZero(), true)
		a, b := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		a.DueAt, b.DueAt = start.Add(time.Hour), start.Add(2*time.Hour)
		r.put(a, b)
		r.want("due", r.NextDue([]queue.Target{toLocal}).Equal(a.DueAt), true)
		r.want("other target", r.NextDue([]queue.Target{toNational}).IsZero(), true)
	}},
	{"ChangedIsSignalled", func(r *rig) {
		for len(r.Changed()) > 0 {
			<-r.Changed()
		}
		r.put(r.down("A", "case.delegated"))
		select {
		case <-r.Changed():
		case <-time.After(5 * time.Second):
			r.t.Error("no signal")
		}
	}},
}

// waitUntilAccepted is a small judge: progress waits for the acceptance.
func waitUntilAccepted(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
	if c == nil {
		c = &queue.Case{State: "delegated"}
	}
	switch {
	case e.Type == "case.accepted":
		c.State = "accepted"
		return c, queue.Verdict{Wake: true}
	case c.State != "delegated":
		return c, queue.Verdict{}
	case e.OrderWaitUntil.After(e.Now):
		return c, queue.Verdict{WaitUntil: e.OrderWaitUntil}
	}
	return c, queue.Verdict{Marks: []string{"early"}}
}

// start1 begins with an event.
func start1(d queue.Delivery, typ string, until time.Time) queue.Start {
	return queue.Start{Receipt: d.Receipt, Lease: d.Lease, Document: []byte("document"),
		Event: &queue.CaseEvent{Type: typ, Direction: d.Direction, OrderWaitUntil: until}}
}
