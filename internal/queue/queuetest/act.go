package queuetest

import (
	"errors"
	"fmt"
	"time"

	"duijie/internal/queue"
)

var actPromises = []promise{
	{"EveryVerbHasItsStates", func(r *rig) {
		verbs := []queue.Verb{queue.RetryNow, queue.Cancel, queue.Ack, queue.Skip, queue.Resend}
		allowed := map[queue.State]map[queue.Verb]bool{
			queue.Queued:    {queue.RetryNow: true, queue.Cancel: true, queue.Ack: true},
			queue.Sending:   {},
			queue.Awaiting:  {queue.Cancel: true, queue.Ack: true},
			queue.Held:      {queue.RetryNow: true, queue.Cancel: true, queue.Ack: true, queue.Skip: true},
			queue.Acked:     {queue.Resend: true},
			queue.Cancelled: {},
		}
		for state, may := range allowed {
			for _, v := range verbs {
				receipt := r.inState(state)
				x := r.tryAct(queue.Act{Receipt: receipt, Verb: v, NewReceipt: receipt + "again"})
				if may[v] != (x.Err == nil) || x.Err != nil && !errors.Is(x.Err, queue.ErrState) {
					r.t.Errorf("%s of a %s one: %v", v, state, x.Err)
				}
			}
		}
		if x := r.tryAct(queue.Act{Receipt: "none", Verb: queue.RetryNow}); !errors.Is(x.Err, queue.ErrNotFound) {
			r.t.Errorf("unknown receipt: %v", x.Err)
		}
	}},
	{"RetryIsTranslatedAnewButProbedFirst", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		o := held("unknown")
		o.Unknown, o.Failures = true, 3
		r.deliver(m.Receipt, o)
		r.want("state", r.act(queue.Act{Receipt: m.Receipt, Verb: queue.RetryNow}).State, queue.Queued)
		d := r.claimed(m.Receipt)[0]
		r.want("retried", []any{d.Unknown, len(d.Frozen), d.Failures, d.Reason}, []any{true, 0, 0, noReason})
	}},
	{"RetryOfQueuedIsDueNow", func(r *rig) {
		m := r.down("A", "case.delegated")
		m.DueAt = start.Add(time.Hour)
		r.put(m)
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.RetryNow})
		r.claimed(m.Receipt)
	}},
	{"CancelKeepsItsReasonAndFreesTheLane", func(r *rig) {
		a1, a2 := r.down("A", "x"), r.down("A", "y")
		r.put(a1, a2)
		r.act(queue.Act{Receipt: a1.Receipt, Verb: queue.Cancel, Reason: queue.Reason{Code: "operator", Detail: "sent by fax"}})
		r.is(a1.Receipt, "cancelled operator")
		r.want("detail", r.get(a1.Receipt).Reason.Detail, "sent by fax")
		r.claimed(a2.Receipt)
	}},
	{"CancelOfDelegatedHoldsItsFollowers", func(r *rig) {
		a1, a2, up := r.down("A", "case.delegated"), r.down("A", "x"), r.up("n:A", "y")
		r.put(a1, a2, up)
		x := r.act(queue.Act{Receipt: a1.Receipt, Verb: queue.Cancel})
		r.want("changed", x.Receipts, []string{a1.Receipt, a2.Receipt})
		r.is(a1.Receipt, "cancelled operator", a2.Receipt, "held case-cancelled", up.Receipt, "queued")
	}},
	{"CancelWithLaneCancelsWhatWaitsBehind", func(r *rig) {
		a0, a1, a2, b := r.down("A", "w"), r.down("A", "case.delegated"), r.down("A", "x"), r.down("B", "y")
		r.put(a0, a1, a2, b)
		var told []string
		x := r.act(queue.Act{Receipt: a1.Receipt, Verb: queue.Cancel, WithLane: true, Also: func(d *queue.Delivery) []queue.NewMessage {
			told = append(told, d.Receipt+" "+string(d.State))
			return []queue.NewMessage{r.up("n:A", "delivery.reported")}
		}})
		r.want("changed", x.Receipts, []string{a1.Receipt, a2.Receipt})
		r.is(a0.Receipt, "queued", a1.Receipt, "cancelled operator", a2.Receipt, "cancelled operator", b.Receipt, "queued")
		r.want("told", told, []string{a1.Receipt + " cancelled", a2.Receipt + " cancelled"})
		r.want("upward", r.Open(toNational), 2)
	}},
	{"AckByHandTeachesWhatWasToldOnThePhone", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, held("refused"))
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Ack, LocalRef: "L1"})
		r.is(m.Receipt, "acked")
		n, _ := r.National(unit, "case", "", "L1")
		r.want("national", n, "A")
	}},
	{"ResendIsANewDeliveryWithTheSameKey", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		x := r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Resend, NewReceipt: "again"})
		r.want("receipts", x.Receipts, []string{m.Receipt, "again"})
		r.is(m.Receipt, "acked", "again", "queued")
		d := r.claimed("again")[0]
		r.want("resent", []any{d.Key, d.Lane, string(d.Payload), d.Tried}, []any{m.Key, m.Lane, string(m.Payload), 0})
		first, _ := r.FindID(m.Source, m.ID)
		r.want("by id", first.Receipt, m.Receipt)
		r.want("repeat", r.put(m)[0].Receipt, m.Receipt)
		newest, _ := r.FindKey(m.Key)
		r.want("by key", newest.Receipt, "again")
	}},
	{"FindKeyPrefersWhatIsUnderWay", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		by := func(want string) {
			r.t.Helper()
			d, _ := r.FindKey(m.Key)
			r.want("by key", d.Receipt, want)
		}
		by(m.Receipt)
		r.deliver(m.Receipt, acked("L1"))
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Resend, NewReceipt: "again"})
		by("again") // the newest, none is under way
		again := r.sending("again")
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Resend, NewReceipt: "third"})
		by("again")
		r.settled(again, queue.Settlement{State: queue.Awaiting, AwaitRef: "ref"})
		by("again")
		r.act(queue.Act{Receipt: "again", Verb: queue.Late})
		by("third")
	}},
	{"NotifiedIsNotToldAgain", func(r *rig) {
		m, up := r.down("A", "case.delegated"), r.up("n:B", "x")
		r.put(m, up)
		for _, d := range r.claim() {
			r.begin(d)
			r.settled(d, held("refused"))
		}
		later := start.Add(4 * time.Hour)
		r.want("before", len(r.HeldSince(start, 10)), 0)
		r.want("held", len(r.HeldSince(later, 10)), 1)
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Notify, Also: func(*queue.Delivery) []queue.NewMessage {
			return []queue.NewMessage{r.up("n:C", "delivery.reported")}
		}})
		r.want("notified", []any{len(r.HeldSince(later, 10)), r.get(m.Receipt).Notified, r.Open(toNational)}, []any{0, true, 2})
	}},
	{"OneActDoesNotSpoilTheOthers", func(r *rig) {
		a, b := r.down("A", "x"), r.down("B", "x")
		r.put(a, b)
		xs, err := r.Act(ctx, []queue.Act{{Receipt: "none", Verb: queue.Cancel}, {Receipt: a.Receipt, Verb: queue.Skip}, {Receipt: b.Receipt, Verb: queue.Cancel, Marks: []string{"late"}}})
		if err != nil || xs[0].Err == nil || xs[1].Err == nil || xs[2].Err != nil {
			r.t.Fatalf("got %+v, %v", xs, err)
		}
		r.is(a.Receipt, "queued", b.Receipt, "cancelled operator")
	}},
}

// noReason is a reason that is not there.
var noReason *queue.Reason

// inState brings a new message of its own case into a state.
func (r *rig) inState(s queue.State) string {
	r.t.Helper()
	m := r.down(fmt.Sprint("own-", r.n), "x")
	r.put(m)
	if s == queue.Queued {
		return m.Receipt
	}
	if s == queue.Cancelled {
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Cancel})
		return m.Receipt
	}
	d := r.sendingAmong(m.Receipt)
	switch s {
	case queue.Awaiting:
		r.settled(d, awaiting("ref-"+m.Receipt, time.Time{}))
	case queue.Held:
		r.settled(d, held("refused"))
	case queue.Acked:
		r.settled(d, acked(""))
	}
	return m.Receipt
}
