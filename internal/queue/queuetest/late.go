package queuetest

import (
	"errors"

	"duijie/internal/queue"
)

var latePromises = []promise{
	{"LateAckSettlesWhateverIsOpen", func(r *rig) {
		for _, s := range []queue.State{queue.Queued, queue.Sending, queue.Awaiting, queue.Held} {
			receipt := r.inState(s)
			x := r.act(queue.Act{Receipt: receipt, Verb: queue.Late, LocalRef: "L-" + string(s), Attempt: &queue.Attempt{Outcome: "acknowledged"}})
			r.want("state", x.State, queue.Acked)
			d := r.get(receipt)
			r.want(string(s), []any{d.State, d.LocalRef, d.Counts["acknowledged"], d.AckAt.IsZero()}, []any{queue.Acked, "L-" + string(s), 1, false})
			n, _ := r.National(unit, "case", "", "L-"+string(s))
			r.want("taught", "n:"+n, d.Lane)
		}
	}},
	{"LateAckStopsWhatIsUnderWay", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.sending(m.Receipt)
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late, LocalRef: "L1"})
		r.want("lease", r.Renew(d.Receipt, d.Lease, lease), false)
		if s := r.settle(d, again(start)); !errors.Is(s.Err, queue.ErrLeaseLost) {
			r.t.Errorf("settle: %v", s.Err)
		}
		r.is(m.Receipt, "acked")
	}},
	{"LateRefusalHolds", func(r *rig) {
		receipt := r.inState(queue.Awaiting)
		r.act(queue.Act{Receipt: receipt, Verb: queue.Late, Refused: true, Attempt: &queue.Attempt{Outcome: "permanent", Code: "E2"}})
		r.is(receipt, "held refused")
	}},
	{"AfterTheEndOnlyTheAttemptIsRecorded", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late, LocalRef: "L2", Attempt: &queue.Attempt{Outcome: "acknowledged"}})
		x := r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late, Refused: true, Attempt: &queue.Attempt{Outcome: "permanent"}})
		r.want("state", x.State, queue.Acked)
		d := r.get(m.Receipt)
		r.want("delivery", []any{d.State, d.LocalRef, d.Tried}, []any{queue.Acked, "L1", 3})
		r.want("case", []any{d.Case.Local, d.Case.OtherLocal}, []any{"L1", []string{"L2"}})
		said := []string{queue.OtherLocalID, queue.RefusedLater}
		r.want("shown", []any{d.Marks, d.Case.Marks}, []any{said, said})
		r.Store = r.crash()
		d = r.get(m.Receipt)
		r.want("shown after a crash", []any{d.Marks, d.Case.Marks}, []any{said, said})

		c := r.inState(queue.Cancelled)
		r.act(queue.Act{Receipt: c, Verb: queue.Late, LocalRef: "L3"})
		r.is(c, "cancelled operator")
	}},
	{"SaidAgainAfterTheEndShowsNothing", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		for _, ref := range []string{"", "L1"} {
			r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late, LocalRef: ref, Attempt: &queue.Attempt{Outcome: "acknowledged"}})
		}
		d := r.get(m.Receipt)
		r.want("delivery", []any{d.Tried, d.Marks, d.Case.Marks, d.Case.OtherLocal}, []any{3, []string(nil), []string(nil), []string(nil)})
	}},
}
