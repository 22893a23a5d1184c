package queuetest

import (
	"slices"

	"duijie/internal/queue"
)

var recoverPromises = []promise{
	{"RestoredOpenOnesArePossiblySent", func(r *rig) {
		queued, held := r.down("A", "case.delegated"), r.down("B", "case.delegated")
		held.Hold = &queue.Reason{Code: "mapping"}
		done := r.down("C", "case.delegated")
		r.put(queued, held, done)
		r.act(queue.Act{Receipt: done.Receipt, Verb: queue.Ack, LocalRef: "L1", At: r.clock.Now()})
		n, err := r.Recover(ctx, r.clock.Now())
		if err != nil || n != 2 {
			r.t.Fatalf("recovered %d, %v", n, err)
		}
		r.restart()
		for receipt, want := range map[string]bool{queued.Receipt: true, held.Receipt: true, done.Receipt: false} {
			d := r.get(receipt)
			r.want("of "+d.Subject, []any{d.Restored, d.Unknown, slices.Contains(d.Marks, "possibly-sent")}, []any{want, want, want})
		}
		r.is(held.Receipt, "held mapping")
		again, err := r.Recover(ctx, r.clock.Now())
		r.want("again", []any{again, err}, []any{0, nil})
	}},
	{"RetryOfARestoredOneIsAPersonsWord", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		if _, err := r.Recover(ctx, r.clock.Now()); err != nil {
			r.t.Fatal(err)
		}
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.RetryNow, At: r.clock.Now()})
		d := r.get(m.Receipt)
		r.want("after retry", []any{d.Restored, d.Unknown, d.ByPerson}, []any{false, true, true})
	}},
}
