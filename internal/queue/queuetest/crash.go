package queuetest

import (
	"errors"

	"duijie/internal/queue"
)

var crashPromises = []promise{
	{"AcknowledgedPutSurvives", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.restart()
		r.is(m.Receipt, "queued")
		r.want("duplicate", r.put(m)[0].Duplicate, true)
		d := r.claimed(m.Receipt)[0]
		r.want("payload", string(d.Payload), string(m.Payload))
	}},
	{"CrashAfterSendBeginsWithProbe", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.sending(m.Receipt)
		r.clock.Pass(1e9)
		r.restart()
		e := r.claimed(m.Receipt)[0]
		r.want("unknown", []any{e.Unknown, string(e.Frozen), e.Tried, e.Attempts[0].Outcome, e.Counts}, []any{true, "document", 1, "unknown", map[string]int{"unknown": 1}})
		r.want("since the restart", e.UnknownSince.Equal(r.clock.Now()), true)
		if s := r.settle(d, acked("L1")); !errors.Is(s.Err, queue.ErrLeaseLost) {
			r.t.Errorf("settle with a lease of before: %v", s.Err)
		}
	}},
	{"ClaimedOnlyComesBackAsIfNeverClaimed", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		d := r.claimed(m.Receipt)[0]
		r.restart()
		if st := r.begin(d); !errors.Is(st.Err, queue.ErrLeaseLost) {
			r.t.Errorf("begin with a lease of before: %+v", st)
		}
		e := r.claimed(m.Receipt)[0]
		r.want("tried", []any{e.Tried, e.Unknown}, []any{0, false})
	}},
	{"SettledStaysSettled", func(r *rig) {
		a, b, c := r.down("A", "x"), r.down("B", "x"), r.down("C", "x")
		r.put(a)
		r.deliver(a.Receipt, acked("L1"))
		r.put(b)
		r.deliver(b.Receipt, held("refused"))
		r.put(c)
		r.deliver(c.Receipt, awaiting("ref", start))
		counts := r.Counts()
		r.restart()
		r.is(a.Receipt, "acked", b.Receipt, "held refused", c.Receipt, "awaiting")
		r.want("counts", r.Counts(), counts)
		n, _ := r.National(unit, "case", "", "L1")
		_, found := r.FindAwait(unit, "ref")
		r.want("kept", []any{n, found, len(r.AwaitDue(start, queue.Due{}, 9)), len(r.HeldSince(start.Add(1), 9))}, []any{"A", true, 1, 1})
		r.claimed()
	}},
	{"OrderSurvives", func(r *rig) {
		a1, a2, a3 := r.down("A", "x"), r.down("A", "y"), r.down("A", "z")
		r.put(a1, a2)
		r.deliver(a1.Receipt, unknown(start))
		r.restart()
		r.put(a3)
		for _, m := range []queue.NewMessage{a1, a2, a3} {
			r.deliver(m.Receipt, acked(""))
		}
	}},
	{"SmallStateSurvives", func(r *rig) {
		if err := errors.Join(r.SetUnit(ctx, queue.UnitState{Code: unit, Mode: "docked", Since: start, Paused: true}), r.SetMeta(ctx, "cursor", []byte("7"))); err != nil {
			r.t.Fatal(err)
		}
		r.restart()
		u, ok := r.Unit(unit)
		r.want("unit", []any{ok, u.Mode, u.Paused, u.Since.Equal(start), string(r.Meta("cursor"))}, []any{true, "docked", true, true, "7"})
		if err := r.SetMeta(ctx, "cursor", nil); err != nil {
			r.t.Fatal(err)
		}
		_, none := r.Unit("320000")
		r.want("forgotten", []any{r.Meta("cursor") == nil, none}, []any{true, false})
	}},
}
