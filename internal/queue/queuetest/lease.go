package queuetest

import (
	"errors"
	"time"

	"duijie/internal/queue"
)

var leasePromises = []promise{
	{"LeaseLostIsNotApplied", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.sending(m.Receipt)
		wrong := d
		wrong.Lease++
		s := r.settle(wrong, acked("L1"))
		if !errors.Is(s.Err, queue.ErrLeaseLost) {
			r.t.Fatalf("err = %v", s.Err)
		}
		r.is(m.Receipt, "sending")
		if _, known := r.National(unit, "case", "", "L1"); known {
			r.t.Error("a lost lease taught the crosswalk")
		}
		r.settled(d, acked("L1"))
		if s := r.settle(d, held("refused")); !errors.Is(s.Err, queue.ErrLeaseLost) {
			r.t.Errorf("second settle: %v", s.Err)
		}
		r.is(m.Receipt, "acked")
	}},
	{"LostOneDoesNotSpoilTheOthers", func(r *rig) {
		a, b := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(a, b)
		var outs []queue.Settlement
		for _, d := range r.claim() {
			r.begin(d)
			o := acked("")
			o.Receipt, o.Lease, o.At = d.Receipt, d.Lease, r.clock.Now()
			if d.Receipt == a.Receipt {
				o.Lease++
			}
			outs = append(outs, o)
		}
		res, err := r.Settle(ctx, outs)
		if err != nil {
			r.t.Fatal(err)
		}
		lost := 0
		for _, s := range res {
			if errors.Is(s.Err, queue.ErrLeaseLost) {
				lost++
			}
		}
		r.want("lost", lost, 1)
		r.is(a.Receipt, "sending", b.Receipt, "acked")
	}},
	{"ClaimedOnlyIsFreeWhenItsLeaseEnds", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.clock.Pass(lease)
		if st := r.begin(d); !errors.Is(st.Err, queue.ErrLeaseLost) {
			r.t.Fatalf("begin after the lease: %+v", st)
		}
		again := r.claimed(m.Receipt)[0]
		r.want("unknown", []any{again.Unknown, again.Tried}, []any{false, 0})
		if st := r.begin(d); !errors.Is(st.Err, queue.ErrLeaseLost) {
			r.t.Errorf("begin with the old lease: %+v", st)
		}
	}},
	{"BegunComesBackAsUnknownWhenItsLeaseEnds", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.sending(m.Receipt)
		r.want("next due", r.NextDue([]queue.Target{toLocal}).Equal(start.Add(lease)), true)
		r.clock.Pass(lease)
		e := r.claimed(m.Receipt)[0]
		r.want("unknown", []any{e.Unknown, string(e.Frozen), e.Tried, e.Counts}, []any{true, "document", 1, map[string]int{"unknown": 1}})
		r.want("since", e.UnknownSince.Equal(r.clock.Now()), true)
		if s := r.settle(d, acked("L1")); !errors.Is(s.Err, queue.ErrLeaseLost) {
			r.t.Errorf("settle by the slow worker: %v", s.Err)
		}
		r.begin(e)
		r.settled(e, acked("L1"))
	}},
	{"RenewProlongs", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.sending(m.Receipt)
		r.clock.Pass(lease - time.Second)
		r.want("renewed", r.Renew(d.Receipt, d.Lease, lease), true)
		r.clock.Pass(lease - time.Second)
		r.claimed()
		r.settled(d, acked(""))
		r.want("renew after settle", r.Renew(d.Receipt, d.Lease, lease), false)
	}},
	{"LostLeaseIsNotRenewed", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.want("wrong token", r.Renew(d.Receipt, d.Lease+1, lease), false)
		r.clock.Pass(lease)
		r.want("ended", r.Renew(d.Receipt, d.Lease, lease), false)
	}},
	{"ReleasedIsAsIfNeverClaimed", func(r *rig) {
		a, b := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		r.put(a, b)
		ds := r.claim()
		r.begin(ds[1])
		r.Release(map[string]uint64{ds[0].Receipt: ds[0].Lease, ds[1].Receipt: ds[1].Lease, "none": 1})
		again := r.claimed(ds[0].Receipt) // the begun one is not given back
		r.want("tried", again[0].Tried, 0)
	}},
	{"BeginIsHeardOnce", func(r *rig) { // the worker did not hear the answer and asks again
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.want("first", r.begin(d).Attempt, 1)
		r.want("again", r.begin(d).Attempt, 1)
		r.want("tried", r.get(m.Receipt).Tried, 1)
	}},
	{"CancelledWhileClaimedIsNotBegun", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Cancel})
		if st := r.begin(d); !errors.Is(st.Err, queue.ErrLeaseLost) {
			r.t.Errorf("begin: %+v", st)
		}
		r.is(m.Receipt, "cancelled operator")
	}},
	{"SettleOfClaimedOnlyTriesNothing", func(r *rig) { // the breaker opened, the translation waits
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.settled(d, queue.Settlement{State: queue.Queued, DueAt: start.Add(time.Minute)})
		got := r.get(m.Receipt)
		r.want("untouched", []any{got.State, got.Tried, len(got.Attempts)}, []any{queue.Queued, 0, 0})
		r.claimed()
		r.clock.Pass(time.Minute)
		r.claimed(m.Receipt)
	}},
}
