package queuetest

import (
	"errors"
	"time"

	"duijie/internal/queue"
)

var settlePromises = []promise{
	{"AttemptIsDurableBeforeTheFirstByte", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.sending(m.Receipt)
		d := r.get(m.Receipt)
		r.want("attempt", []any{d.State, d.Tried, d.Attempts[0].N, d.Attempts[0].Outcome, d.Attempts[0].PackVersion, d.Attempts[0].DocDigest},
			[]any{queue.Sending, 1, 1, "", "p1", "d1"})
		r.want("at", d.Attempts[0].At.Equal(r.clock.Now()), true)
	}},
	{"AckedIsNeverSentAgain", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		d := r.get(m.Receipt)
		r.want("acked", []any{d.State, d.LocalRef, d.AckAt.Equal(r.clock.Now()), d.Counts}, []any{queue.Acked, "L1", true, map[string]int{"acknowledged": 1}})
		r.clock.Pass(1000 * time.Hour)
		r.claimed()
		r.restart()
		r.claimed()
	}},
	{"RepeatAfterUnknownHasTheSameBytes", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, unknown(start.Add(time.Minute)))
		r.clock.Pass(time.Minute)
		d := r.claimed(m.Receipt)[0]
		r.want("frozen", []any{string(d.Frozen), d.Unknown, d.UnknownSince.Equal(start), d.Failures}, []any{"document", true, true, 1})
		r.settled(d, queue.Settlement{State: queue.Queued, DueAt: r.clock.Now(), Unknown: true, Failures: 1}) // the probe does not answer
		r.restart()
		d = r.claimed(m.Receipt)[0]
		r.want("still", []any{string(d.Frozen), d.Unknown, d.UnknownSince.Equal(start), d.Tried}, []any{"document", true, true, 1})
	}},
	{"DefiniteOutcomeThawsTheBytes", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, unknown(start))
		d := r.claimed(m.Receipt)[0]
		r.begin(d)
		r.settled(d, again(start))
		d = r.claimed(m.Receipt)[0]
		r.want("frozen", []any{len(d.Frozen), d.Unknown, d.UnknownSince.IsZero()}, []any{0, false, true})
	}},
	{"ProbeIsAnAttemptOfItsOwn", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, unknown(start))
		o := acked("L1")
		o.Attempt = &queue.Attempt{Outcome: "acknowledged", Probe: true, At: start}
		r.settled(r.claimed(m.Receipt)[0], o)
		d := r.get(m.Receipt)
		r.want("attempts", []any{d.State, len(d.Attempts), d.Attempts[1].N, d.Attempts[1].Probe, d.Counts},
			[]any{queue.Acked, 2, 2, true, map[string]int{"unknown": 1, "acknowledged": 1}})
	}},
	{"FirstTenAndLastFiftyAttemptsAreKept", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		for range 75 {
			r.deliver(m.Receipt, again(r.clock.Now()))
		}
		d := r.get(m.Receipt)
		r.want("kept", []any{len(d.Attempts), d.Attempts[9].N, d.Attempts[10].N, d.Attempts[59].N, d.Tried, d.Counts["transient"]}, []any{60, 10, 26, 75, 75, 75})
	}},
	{"AwaitingIsFoundByItsReference", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		until := start.Add(time.Hour)
		r.deliver(m.Receipt, awaiting("file-1", until))
		d, ok := r.FindAwait(unit, "file-1")
		r.want("found", []any{ok, d.Receipt, d.AwaitUntil.Equal(until)}, []any{true, m.Receipt, true})
		_, ok = r.FindAwait("320000", "file-1")
		r.want("other unit", ok, false)
		r.claimed()
		r.want("not yet", len(r.AwaitDue(start.Add(59*time.Minute), queue.Due{}, 10)), 0)
		r.want("due", len(r.AwaitDue(until, queue.Due{}, 10)), 1)
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late})
		r.want("done", len(r.AwaitDue(until, queue.Due{}, 10)), 0)
	}},
	{"OverdueOnesAreReadFromBehindAPlaceOn", func(r *rig) {
		until := start.Add(time.Hour)
		var receipts []string
		for _, subject := range []string{"A", "B", "C"} {
			m := r.down(subject, "case.delegated")
			r.put(m)
			r.deliver(m.Receipt, awaiting(subject, until)) // all at one moment
			receipts = append(receipts, m.Receipt)
		}
		r.claimed()
		var got []string
		for after := (queue.Due{}); ; {
			ds := r.AwaitDue(until, after, 1)
			if len(ds) == 0 {
				break
			}
			got = append(got, ds[0].Receipt)
			after = queue.Due{At: ds[0].AwaitUntil, Seq: ds[0].Seq}
		}
		r.want("one after the other", got, receipts)
	}},
	{"AckTimeoutSendsNothing", func(r *rig) { // the store lets an overdue one be looked after; it sends nothing by itself
		var receipts []string
		for range 3 {
			receipts = append(receipts, r.inState(queue.Awaiting))
		}
		r.clock.Pass(24 * time.Hour)
		r.claimed()
		until := r.clock.Now().Add(time.Hour)
		r.act(queue.Act{Receipt: receipts[0], Verb: queue.Extend, AwaitUntil: until, Marks: []string{"late-ack"}})
		r.act(queue.Act{Receipt: receipts[1], Verb: queue.Hold})
		r.act(queue.Act{Receipt: receipts[2], Verb: queue.Requeue})
		r.is(receipts[0], "awaiting", receipts[1], "held ack-missing", receipts[2], "queued")
		r.want("extended", []any{len(r.AwaitDue(until.Add(-1), queue.Due{}, 9)), len(r.AwaitDue(until, queue.Due{}, 9)), r.get(receipts[0]).Marks}, []any{0, 1, []string{"late-ack"}})
		r.claimed(receipts[2])
	}},
	{"OfferedAgainInItsOldPlaceByteForByte", func(r *rig) { // pull: awaited with an unknown outcome
		m, other := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(m)
		o := awaiting("ref", r.clock.Now().Add(time.Minute))
		o.Unknown = true
		r.deliver(m.Receipt, o)
		if x := r.tryAct(queue.Act{Receipt: m.Receipt, Verb: queue.Requeue, DueAt: start}); !errors.Is(x.Err, queue.ErrState) {
			r.t.Errorf("before its time: %v", x.Err)
		}
		r.clock.Pass(time.Hour)
		r.put(other)
		r.restart()
		r.is(m.Receipt, "awaiting")
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Requeue, DueAt: start})
		ds := r.claimed(m.Receipt, other.Receipt)
		r.want("first", []any{ds[0].Receipt, ds[0].Unknown, ds[0].Frozen != nil, ds[0].DueAt.Equal(start)}, []any{m.Receipt, true, true, true})
	}},
	{"EarlierUnknownOutlivesATransientRepeat", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, unknown(start))
		r.clock.Pass(time.Minute)
		o := again(r.clock.Now())
		o.Unknown = true
		r.deliver(m.Receipt, o)
		d := r.claimed(m.Receipt)[0]
		r.want("unknown", []any{d.Unknown, d.UnknownSince.Equal(start), string(d.Frozen)}, []any{true, true, "document"})
	}},
	{"AlsoIsPutInTheSameCommit", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		o := held("refused")
		o.Also = []queue.NewMessage{r.up("n:A", "delivery.reported")}
		r.deliver(m.Receipt, o)
		r.claimed(o.Also[0].Receipt)
	}},
	{"MarksMissingAndWaitsAreKept", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.settled(r.claimed(m.Receipt)[0], queue.Settlement{State: queue.Queued, DueAt: start.Add(time.Hour), Marks: []string{"late-ack"},
			Missing: []string{"abc"}, WaitFor: []string{queue.WaitKey("org", "national", "O1")}})
		d := r.get(m.Receipt)
		r.want("kept", []any{d.Marks, d.Missing, d.WaitFor, d.WaitSince.Equal(start)}, []any{[]string{"late-ack"}, []string{"abc"}, []string{"org|national|O1"}, true})
	}},
	{"PeerTextComesBack", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		o := held("refused")
		o.Attempt.Detail, o.Attempt.Code, o.Attempt.Took = "张三已存在\xff", "E201", 1500*time.Millisecond
		r.deliver(m.Receipt, o)
		a := r.get(m.Receipt).Attempts[0]
		r.want("attempt", []any{a.Detail, a.Code, a.Took, a.Status, a.Outcome}, []any{o.Attempt.Detail, "E201", 1500 * time.Millisecond, 400, "permanent"})
	}},
}
