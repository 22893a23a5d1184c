package queuetest

import (
	"errors"
	"time"

	"duijie/internal/queue"
)

// endsWith is a judge for which a message of that type ends its case.
func (r *rig) endsWith(last string) {
	r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
		if c == nil {
			c = &queue.Case{State: "delegated"}
		}
		if e.Type == last {
			c.State, c.EndedAt = "withdrawn", e.Now
		}
		return c, queue.Verdict{}
	}
}

// happening is a downward message that moves its case.
func (r *rig) happening(subject, typ string) queue.NewMessage {
	m := r.down(subject, typ)
	m.Event = &queue.CaseEvent{Type: typ, Direction: queue.ToLocal, Time: m.Time, Now: r.clock.Now()}
	return m
}

func (r *rig) purgePayloads(age time.Duration) int {
	r.t.Helper()
	n, err := r.PurgePayloads(ctx, r.clock.Now().Add(-age))
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// wantPayload holds that a payload is there, or is not.
func (r *rig) wantPayload(receipt string, there bool) {
	r.t.Helper()
	b, err := r.Payload(receipt)
	if there != (err == nil && len(b) > 0) || !there && !errors.Is(err, queue.ErrNotFound) {
		r.t.Errorf("payload of %s: %d bytes, %v; want it there: %v", receipt, len(b), err, there)
	}
	r.want("purged", r.get(receipt).Purged, !there)
}

const day = 24 * time.Hour

var purgePromises = []promise{
	{"PayloadIsPurgedAfterTheCasesEnd", func(r *rig) {
		r.endsWith("case.withdrawn")
		first := r.putOne(r.happening("A", "case.delegated"))
		r.deliver(first, acked("L1"))
		r.clock.Pass(90 * day)
		r.want("before the end", r.purgePayloads(30*day), 0)
		last := r.putOne(r.happening("A", "case.withdrawn"))
		r.deliver(last, acked(""))
		r.clock.Pass(29 * day)
		r.want("too early", r.purgePayloads(30*day), 0)
		r.clock.Pass(2 * day)
		r.want("purged", r.purgePayloads(30*day), 2)
		r.want("again", r.purgePayloads(30*day), 0)
		r.wantPayload(first, false)
		r.restart()
		r.wantPayload(last, false)
		r.is(first, "acked")
	}},
	{"PayloadWithoutACaseHasItsOwnEnd", func(r *rig) {
		m := r.down("B1", "stats.bulletin")
		m.Lane = "s:B1"
		r.deliver(r.putOne(m), acked(""))
		r.clock.Pass(31 * day)
		r.want("purged", r.purgePayloads(30*day), 1)
		r.wantPayload(m.Receipt, false)
	}},
	{"CaseHearsThatItsLastDelegationWasCancelled", func(r *rig) {
		var heard []string
		r.judge = func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if c == nil {
				c = &queue.Case{State: "delegated"}
			}
			c.EndedAt = time.Time{}
			if e.Cancelled {
				heard = append(heard, e.Type)
				c.EndedAt = e.Now
			}
			return c, queue.Verdict{}
		}
		first, behind, again := r.putOne(r.happening("A", "case.delegated")), r.putOne(r.happening("A", "case.docketed")), r.putOne(r.happening("A", "case.delegated"))
		r.act(queue.Act{Receipt: first, Verb: queue.Cancel})
		r.want("while another stands", len(heard), 0)
		r.act(queue.Act{Receipt: behind, Verb: queue.Cancel, WithLane: true})
		r.want("when none does", heard, []string{"case.delegated"})
		r.clock.Pass(31 * day)
		r.want("purged", r.purgePayloads(30*day), 3)
		r.wantPayload(again, false)
		sent := r.putOne(r.happening("B", "case.delegated"))
		r.deliver(sent, acked("L1"))
		r.act(queue.Act{Receipt: sent, Verb: queue.Resend, NewReceipt: "sent again"})
		r.act(queue.Act{Receipt: "sent again", Verb: queue.Cancel})
		r.want("one that was acknowledged stands", len(heard), 1)
	}},
	{"OpenOnesKeepTheirPayload", func(r *rig) {
		r.endsWith("case.withdrawn")
		open := r.putOne(r.happening("A", "case.delegated"))
		last := r.putOne(r.happening("A", "case.withdrawn"))
		r.clock.Pass(400 * day)
		r.want("purged", r.purgePayloads(30*day), 0)
		r.wantPayload(open, true)
		r.deliver(open, acked("")) // late: it counts from now
		r.want("purged", r.purgePayloads(30*day), 0)
		r.deliver(last, acked(""))
		r.clock.Pass(31 * day)
		r.want("purged", r.purgePayloads(30*day), 2)
	}},
	{"KeyAndDigestOutliveThePayload", func(r *rig) {
		m := r.down("B1", "stats.bulletin")
		m.Lane = "s:B1"
		r.deliver(r.putOne(m), acked(""))
		r.clock.Pass(31 * day)
		r.purgePayloads(30 * day)
		r.want("repeat", r.put(m)[0].Duplicate, true)
		m.Digest[0] ^= 1
		res, _ := r.Put(ctx, []queue.NewMessage{m})
		if !errors.Is(res[0].Err, queue.ErrIDReused) {
			r.t.Errorf("other content: %+v", res[0])
		}
	}},
	{"PurgedIsNotResentAndItsPeersWordsAreGone", func(r *rig) {
		m := r.down("B1", "stats.bulletin")
		m.Lane = "s:B1"
		o := acked("")
		o.Attempt = &queue.Attempt{Outcome: "acknowledged", Detail: "虚构甲 已收"}
		r.deliver(r.putOne(m), o)
		r.clock.Pass(31 * day)
		r.purgePayloads(30 * day)
		got, err := r.Act(ctx, []queue.Act{{Receipt: m.Receipt, Verb: queue.Resend, NewReceipt: "again", At: r.clock.Now()}})
		if err != nil || !errors.Is(got[0].Err, queue.ErrState) {
			r.t.Errorf("resend: %+v, %v", got, err)
		}
		for _, a := range r.get(m.Receipt).Attempts {
			r.want("detail", a.Detail, "")
		}
	}},
	{"KeysLiveAsLongAsTheirCase", func(r *rig) {
		r.endsWith("case.withdrawn")
		m := r.happening("A", "case.delegated")
		r.deliver(r.putOne(m), acked("L1"))
		r.clock.Pass(1100 * day)
		n, err := r.PurgeLog(ctx, r.clock.Now().Add(-1095*day))
		r.want("forgotten while the case goes on", []any{n, err}, []any{0, nil})
		r.want("repeat", r.put(m)[0].Duplicate, true)
		last := r.putOne(r.happening("A", "case.withdrawn"))
		r.deliver(last, acked(""))
		n, err = r.PurgeLog(ctx, r.clock.Now().Add(-1095*day))
		r.want("forgotten after its end", []any{n, err}, []any{1, nil})
	}},
	{"CaseAndItsIdsGoWithTheLastDelivery", func(r *rig) {
		r.endsWith("case.withdrawn")
		for _, c := range []string{"A", "B"} {
			m := r.happening(c, "case.delegated")
			m.Pairs = []queue.Pair{{Kind: "party", Scope: c, National: "p1", Local: "x1"}, {Kind: "agent", Scope: c, National: "a1", Local: "y1"},
				{Kind: "org", National: "o-" + c, Local: "z-" + c}}
			r.deliver(r.putOne(m), acked("L"+c))
		}
		r.deliver(r.putOne(r.happening("A", "case.withdrawn")), acked(""))
		known := func() (out []bool) {
			for _, c := range []string{"A", "B"} {
				_, isCase := r.CaseOf(unit, c)
				_, byLocal := r.CaseOf(unit, "L"+c)
				_, local := r.Local(unit, "case", "", c)
				_, party := r.Local(unit, "party", c, "p1")
				_, agent := r.National(unit, "agent", c, "y1")
				_, org := r.Local(unit, "org", "", "o-"+c)
				out = append(out, isCase, byLocal, local, party, agent, len(r.CasesOf(c)) == 1, org)
			}
			return out
		}
		all := []bool{true, true, true, true, true, true, true}
		r.want("known", known(), append(all, all...))
		r.clock.Pass(1100 * day)
		n, err := r.PurgeLog(ctx, r.clock.Now().Add(-1095*day))
		r.want("forgotten", []any{n, err}, []any{2, nil})
		r.restart()
		r.want("known after it", known(), append([]bool{false, false, false, false, false, false, true}, all...))
	}},
	{"WhatAPeerSaysAfterThePurgeIsNotKept", func(r *rig) {
		m := r.down("B1", "stats.bulletin")
		m.Lane = "s:B1"
		r.deliver(r.putOne(m), acked(""))
		r.clock.Pass(31 * day)
		r.purgePayloads(30 * day)
		r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Late, Refused: true, Attempt: &queue.Attempt{Outcome: "permanent", Detail: "虚构甲 不收"}})
		d := r.get(m.Receipt)
		last := d.Attempts[len(d.Attempts)-1]
		r.want("recorded", []any{last.Outcome, last.Detail}, []any{"permanent", ""})
	}},
	{"ManyPayloadsArePurgedInPieces", func(r *rig) {
		const n = 1300 // more than one commit's
		for i := 0; i < n; i += 100 {
			var ms []queue.NewMessage
			for range 100 {
				m := r.down("B1", "stats.bulletin")
				m.Lane = "s:" + m.Receipt
				ms = append(ms, m)
			}
			r.put(ms...)
			for _, m := range ms {
				r.act(queue.Act{Receipt: m.Receipt, Verb: queue.Ack, At: r.clock.Now()})
			}
		}
		keep := r.putOne(r.down("A", "case.delegated"))
		r.clock.Pass(31 * day)
		r.want("purged", r.purgePayloads(30*day), n)
		r.wantPayload(keep, true)
	}},
}
