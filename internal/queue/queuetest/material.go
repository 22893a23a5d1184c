package queuetest

import (
	"errors"
	"strings"
	"time"

	"duijie/internal/queue"
)

var (
	oneMaterial   = strings.Repeat("0a", 32)
	otherMaterial = strings.Repeat("f7", 32)
)

// naming are the receipts of who names a material.
func (r *rig) naming(digest string) (out []string) {
	r.t.Helper()
	if err := r.Naming(digest, func(d queue.Delivery) bool { out = append(out, d.Receipt); return true }); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// lacking waits, or is held, for materials.
func (r *rig) lacking(state queue.State, digests ...string) string {
	r.t.Helper()
	m := r.down("A", "case.delegated")
	m.Materials = digests
	receipt := r.putOne(m)
	o := queue.Settlement{State: state, Missing: digests, DueAt: start.Add(24 * time.Hour)}
	if state == queue.Held {
		o.DueAt, o.Reason = time.Time{}, &queue.Reason{Code: "material-missing"}
	}
	r.settled(r.claimed(receipt)[0], o)
	return receipt
}

var materialPromises = []promise{
	{"WhoNamesAMaterialIsFound", func(r *rig) {
		a, b, c := r.down("A", "case.delegated"), r.up("l:7", "case.progress"), r.down("C", "case.delegated")
		a.Materials, b.Materials = []string{oneMaterial, otherMaterial}, []string{otherMaterial}
		r.put(a, b, c)
		r.want("one", r.naming(oneMaterial), []string{a.Receipt})
		r.want("two", r.naming(otherMaterial), []string{a.Receipt, b.Receipt})
		r.want("none", r.naming(strings.Repeat("0b", 32)), []string(nil))
		r.want("no digest", r.naming("x"), []string(nil))
		r.want("as it was put", r.get(a.Receipt).Materials, a.Materials)
	}},
	{"NamingGoesThroughAllAndEndsWhenTold", func(r *rig) {
		var all []string
		for range 150 {
			m := r.down("A", "case.delegated")
			m.Materials = []string{oneMaterial}
			all = append(all, r.putOne(m))
		}
		r.want("all", r.naming(oneMaterial), all)
		n := 0
		if err := r.Naming(oneMaterial, func(queue.Delivery) bool { n++; return n < 70 }); err != nil || n != 70 {
			r.t.Fatal(n, err)
		}
	}},
	{"LastMaterialLetsItGo", func(r *rig) {
		receipt := r.lacking(queue.Queued, oneMaterial, otherMaterial)
		r.want("since", r.get(receipt).WaitSince.Equal(start), true)
		r.act(queue.Act{Receipt: receipt, Verb: queue.Supply, Material: oneMaterial})
		r.want("still", r.get(receipt).Missing, []string{otherMaterial})
		r.claimed()
		r.act(queue.Act{Receipt: receipt, Verb: queue.Supply, Material: otherMaterial})
		d := r.get(receipt)
		r.want("none", []any{len(d.Missing), d.WaitSince.IsZero()}, []any{0, true})
		r.claimed(receipt)
	}},
	{"HeldForAMaterialGoesOnByItself", func(r *rig) {
		receipt := r.lacking(queue.Held, oneMaterial)
		r.act(queue.Act{Receipt: receipt, Verb: queue.Supply, Material: oneMaterial})
		r.claimed(receipt)
	}},
	{"HeldForAnotherReasonStaysHeld", func(r *rig) {
		receipt := r.lacking(queue.Queued, oneMaterial)
		r.act(queue.Act{Receipt: receipt, Verb: queue.Late, Refused: true, Attempt: &queue.Attempt{Outcome: "permanent"}})
		r.act(queue.Act{Receipt: receipt, Verb: queue.Supply, Material: oneMaterial})
		r.want("state", r.get(receipt).State, queue.Held)
	}},
	{"WhatLacksNothingIsNotSupplied", func(r *rig) {
		receipt := r.putOne(r.down("A", "case.delegated"))
		x := r.tryAct(queue.Act{Receipt: receipt, Verb: queue.Supply, Material: oneMaterial})
		r.want("refused", errors.Is(x.Err, queue.ErrState), true)
	}},
}
