package queuetest

import (
	"errors"
	"fmt"
	"time"

	"duijie/internal/queue"
)

var browsePromises = []promise{
	{"ListPagesNewestFirst", func(r *rig) {
		var all []string
		for i := range 7 {
			all = append(all, r.putOne(r.down(fmt.Sprint("A", i), "x")))
		}
		var got []string
		f := queue.Filter{Limit: 3}
		for {
			ds, next, err := r.List(f)
			if err != nil {
				r.t.Fatal(err)
			}
			for _, d := range ds {
				got = append(got, d.Receipt)
			}
			if next == 0 {
				break
			}
			f.Before = next
		}
		for i := range all {
			r.want("order", got[i], all[len(all)-1-i])
		}
		ds, next, _ := r.List(queue.Filter{Oldest: true, Limit: 2})
		r.want("oldest", []string{ds[0].Receipt, ds[1].Receipt}, all[:2])
		ds, _, _ = r.List(queue.Filter{Oldest: true, Limit: 2, After: next})
		r.want("then", []string{ds[0].Receipt, ds[1].Receipt}, all[2:4])
	}},
	{"ListFilters", func(r *rig) {
		other := r.down("B", "x")
		other.Unit = "320000"
		a, b, u := r.down("A", "case.delegated"), r.down("C", "x"), r.up("n:A", "y")
		b.Marks = []string{"early"}
		b.Hold = &queue.Reason{Code: "unreadable"}
		r.put(other, a, b)
		r.clock.Pass(time.Hour)
		r.put(u)
		for name, c := range map[string]struct {
			f    queue.Filter
			want []string
		}{
			"all":          {queue.Filter{}, []string{u.Receipt, b.Receipt, a.Receipt, other.Receipt}},
			"unit":         {queue.Filter{Units: []string{"320000"}}, []string{other.Receipt}},
			"units":        {queue.Filter{Units: []string{unit, "320000"}, State: queue.Queued}, []string{u.Receipt, a.Receipt, other.Receipt}},
			"state":        {queue.Filter{State: queue.Held}, []string{b.Receipt}},
			"queued":       {queue.Filter{State: queue.Queued}, []string{u.Receipt, a.Receipt, other.Receipt}},
			"unit, queued": {queue.Filter{State: queue.Queued, Units: []string{unit}}, []string{u.Receipt, a.Receipt}},
			"down, queued": {queue.Filter{State: queue.Queued, Direction: queue.ToLocal}, []string{a.Receipt, other.Receipt}},
			"type":         {queue.Filter{Type: "x"}, []string{b.Receipt, other.Receipt}},
			"subject":      {queue.Filter{Subject: "A"}, []string{u.Receipt, a.Receipt}},
			"direction":    {queue.Filter{Direction: queue.ToNational}, []string{u.Receipt}},
			"reason":       {queue.Filter{Reason: "unreadable"}, []string{b.Receipt}},
			"mark":         {queue.Filter{Mark: "early"}, []string{b.Receipt}},
			"since":        {queue.Filter{Since: start.Add(time.Minute)}, []string{u.Receipt}},
			"until":        {queue.Filter{Until: start.Add(time.Minute), Units: []string{unit}}, []string{b.Receipt, a.Receipt}},
			"acked":        {queue.Filter{State: queue.Acked}, nil},
			"by receipt":   {queue.Filter{Query: a.Receipt}, []string{a.Receipt}},
			"by id":        {queue.Filter{Query: b.ID}, []string{b.Receipt}},
			"by key":       {queue.Filter{Query: u.Key}, []string{u.Receipt}},
			"by subject":   {queue.Filter{Query: "A"}, []string{u.Receipt, a.Receipt}},
			"by none":      {queue.Filter{Query: "none"}, nil},
			"other's id":   {queue.Filter{Query: other.ID, Units: []string{unit}}, nil},
		} {
			ds, next, err := r.List(c.f)
			var got []string
			for _, d := range ds {
				got = append(got, d.Receipt)
			}
			r.want(name, []any{got, next, err}, []any{c.want, 0, nil})
		}
	}},
	{"QueryFindsLocalAndCourtNumbers", func(r *rig) {
		m := r.down("A", "case.delegated")
		m.Pairs = []queue.Pair{{Kind: "court", National: "A", Local: "C9"}}
		r.put(m)
		r.deliver(m.Receipt, acked("L1"))
		for _, q := range []string{"L1", "C9", "A"} {
			ds, _, _ := r.List(queue.Filter{Query: q})
			r.want(q, len(ds), 1)
		}
	}},
	{"CountsFollow", func(r *rig) {
		a, b := r.down("A", "x"), r.down("B", "x")
		r.put(a, b, r.up("n:A", "y"))
		for _, d := range r.claim() {
			if d.Receipt == a.Receipt {
				r.begin(d)
				r.settled(d, acked(""))
			}
		}
		r.want("counts", r.Counts(), []queue.Count{{Target: toLocal, State: queue.Acked, N: 1}, {Target: toLocal, State: queue.Queued, N: 1}, {Target: toNational, State: queue.Queued, N: 1}})
		r.want("open", []int{r.Open(toLocal), r.Open(toNational), r.Open(queue.Target{Unit: "x"})}, []int{1, 1, 0})
	}},
	{"OldestIsTheOldestOpenOne", func(r *rig) {
		r.want("none", r.Oldest(toLocal).IsZero(), true)
		a := r.putOne(r.down("A", "x"))
		r.clock.Pass(time.Minute)
		r.put(r.down("B", "x"))
		r.want("first", r.Oldest(toLocal).Equal(start), true)
		r.act(queue.Act{Receipt: a, Verb: queue.Ack})
		r.want("second", r.Oldest(toLocal).Equal(start.Add(time.Minute)), true)
	}},
	{"ReadsAreCopies", func(r *rig) {
		m := r.down("A", "x")
		m.Marks = []string{"early"}
		r.put(m)
		d := r.get(m.Receipt)
		d.Marks[0], d.State = "scribbled", queue.Acked
		p, _ := r.Payload(m.Receipt)
		p[0] = 'X'
		q, _ := r.Payload(m.Receipt)
		r.want("kept", []any{r.get(m.Receipt).Marks, r.get(m.Receipt).State, string(q)}, []any{[]string{"early"}, queue.Queued, string(m.Payload)})
	}},
	{"UnknownIsNotFound", func(r *rig) {
		_, err := r.Get("none")
		_, err2 := r.Payload("none")
		_, id := r.FindID("a", "b")
		_, key := r.FindKey("none")
		_, await := r.FindAwait(unit, "none")
		_, c := r.CaseOf(unit, "none")
		tl, err3 := r.Timeline(unit, "n:none")
		r.want("found", []any{errors.Is(err, queue.ErrNotFound), errors.Is(err2, queue.ErrNotFound), id, key, await, c, len(tl), err3}, []any{true, true, false, false, false, false, 0, nil})
	}},
}
