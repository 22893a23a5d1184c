package gateway

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"duijie/adapter"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// A unit whose local system comes and asks has no workers towards it: what is for
// it stays queued until a call hands it out. Handing out is an attempt like any
// other, translation, case and lane included; only its request is the answer to
// theirs. It then awaits the confirmation with its bytes frozen, and is offered
// again, the same bytes, where that does not come in time.

// pulled is the unit's sink where its local system comes and asks, else nil.
func pulled(u *UnitSpec) adapter.Pulled {
	if u == nil {
		return nil
	}
	p, _ := u.Sink.(adapter.Pulled)
	return p
}

// servePull answers a call that is the pull sink's.
func (g *Gateway) servePull(w http.ResponseWriter, r *http.Request, u *UnitSpec, name string) error {
	if !fromAllowed(u.From, r.RemoteAddr) {
		return &problem.Problem{Code: "unit-forbidden", Detail: "this address may not call for the unit"}
	}
	return pulled(u).ServePull(w, r, name, outbox{g, u})
}

// outbox is the gateway as one unit's pull sink sees it.
type outbox struct {
	g *Gateway
	u *UnitSpec
}

// Offer hands out what may go now, oldest first. One call at a time hands out a
// unit's messages; the store would not give one of them twice in any case.
func (o outbox) Offer(ctx context.Context, most int) ([]adapter.Message, error) {
	g, key := o.g, queue.Target{Unit: o.u.Code, Direction: queue.ToLocal}
	if s, ok := g.store.Unit(o.u.Code); ok && s.Paused || o.u.Pack == nil {
		return nil, nil
	}
	g.offerAgain(ctx, o.u)
	t := g.target(key)
	t.asking.Lock()
	defer t.asking.Unlock()
	counter := &counter{}
	seen := map[string]bool{}
	for len(counter.out) < most && ctx.Err() == nil {
		ds, err := g.store.Claim(ctx, map[queue.Target]int{key: most - len(counter.out)}, g.leaseFor())
		if err != nil {
			return nil, storeProblem(err)
		}
		fresh := false
		var all sync.WaitGroup
		for _, d := range ds {
			fresh = fresh || !seen[d.Receipt]
			seen[d.Receipt] = true
			all.Go(func() { g.guard(ctx, d, func(ctx context.Context) { g.offer(ctx, o.u, counter, d) }) })
		}
		all.Wait()
		if !fresh { // nothing is due, or nothing but what could not be begun
			break
		}
	}
	if g.failed.Load() && len(counter.out) == 0 {
		return nil, &problem.Problem{Code: "store"}
	}
	return counter.offered(g.store), nil
}

// offer is one attempt: the message goes to the counter in the place of a request.
func (g *Gateway) offer(ctx context.Context, u *UnitSpec, c *counter, d queue.Delivery) {
	if g.takeOwn(ctx, u, d) {
		return
	}
	e := g.endOf(u, d)
	e.sink = c
	g.attempt(ctx, &target{Target: queue.Target{Unit: d.Unit, Direction: d.Direction}}, u, e, d)
}

// counter is the sink of one call: what it is given goes into that call's answer.
type counter struct {
	mu  sync.Mutex // guards out
	out []adapter.Message
}

// Deliver takes a message; its acknowledgement comes later, under its key.
func (c *counter) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	adapter.SentOf(ctx).Mark()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, m)
	return adapter.Ack{Await: m.Key}, nil
}

// offered are the messages that are durably this call's, oldest first: one whose
// outcome the store refused comes back by itself, one cancelled meanwhile does not go.
func (c *counter) offered(s queue.Store) []adapter.Message {
	type placed struct {
		seq uint64
		m   adapter.Message
	}
	var all []placed
	for _, m := range c.out {
		if d, err := s.Get(m.Receipt); err == nil && d.State == queue.Awaiting {
			all = append(all, placed{d.Seq, m})
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.seq, b.seq) })
	out := make([]adapter.Message, len(all))
	for i, p := range all {
		out[i] = p.m
	}
	return out
}

// offeredAtOnce bounds one commit of offerAgain.
const offeredAtOnce = 1000

// offerAgain puts back what a pull unit was offered and did not confirm in time,
// in its old place among what waits.
func (g *Gateway) offerAgain(ctx context.Context, u *UnitSpec) {
	t := g.target(queue.Target{Unit: u.Code, Direction: queue.ToLocal})
	t.asking.Lock() // or what is being handed out again now would be put back too
	defer t.asking.Unlock()
	now, after := g.now(), queue.Due{}
	for {
		ds := g.store.AwaitDue(now, after, offeredAtOnce)
		var acts []queue.Act
		for _, d := range ds {
			after = queue.Due{At: d.AwaitUntil, Seq: d.Seq}
			if d.Unit == u.Code && d.Direction == queue.ToLocal {
				acts = append(acts, queue.Act{Receipt: d.Receipt, Verb: queue.Requeue, At: now, DueAt: d.AcceptedAt})
			}
		}
		if len(acts) > 0 {
			if _, err := g.store.Act(ctx, acts); err != nil {
				g.log.Error("offer again", "unit", u.Code, "error", err)
				return
			}
			g.log.Warn("not confirmed in time, will be offered again", "unit", u.Code, "messages", len(acts))
		}
		if len(ds) < offeredAtOnce {
			return
		}
	}
}

// Confirm settles what was offered, all in one commit.
func (o outbox) Confirm(ctx context.Context, said []adapter.Confirmation) ([]string, error) {
	g := o.g
	results := make([]string, len(said))
	var acts []queue.Act
	var of []queue.Delivery
	var at []int
	for i, c := range said {
		results[i] = adapter.ConfirmedUnknown
		d, err := g.store.Get(c.Receipt)
		if err != nil || d.Unit != o.u.Code || d.Direction != queue.ToLocal {
			continue
		}
		late := adapter.Late{Correlate: c.Receipt, Ack: adapter.Ack{LocalRef: c.LocalRef}}
		if !c.OK {
			late = adapter.Late{Correlate: c.Receipt, Refused: true, Detail: c.Message}
		}
		results[i] = confirmed(d)
		acts, of, at = append(acts, g.lateAct(d, late)), append(of, d), append(at, i)
	}
	if len(acts) == 0 {
		return results, nil
	}
	acted, err := g.store.Act(ctx, acts)
	if err != nil {
		return nil, storeProblem(err)
	}
	for n, a := range acted {
		switch {
		case errors.Is(a.Err, queue.ErrNotFound):
			results[at[n]] = adapter.ConfirmedUnknown
		case a.Err != nil:
			return nil, storeProblem(a.Err)
		default:
			g.settledLate(of[n], acts[n], a.State)
		}
	}
	return results, nil
}

// confirmed is what a confirmation of a delivery is told: it comes late where it
// was offered again meanwhile, or was cancelled.
func confirmed(d queue.Delivery) string {
	if d.State == queue.Cancelled || d.Counts[string(adapter.Awaiting)] > 1 {
		return adapter.ConfirmedLate
	}
	return adapter.ConfirmedOK
}

// noteOwn makes the claimer look after what the gateway takes itself of a unit
// that has no workers.
func (g *Gateway) noteOwn(unit, messageType string) {
	if ownType(messageType) && pulled(g.unit(unit)) != nil {
		g.target(queue.Target{Unit: unit, Direction: queue.ToLocal}).own.Store(true)
		poke(g.wake)
	}
}

// takeOwnOfPulled takes what the gateway takes itself, of units that have no
// workers: a ping is not to wait until the local system comes.
func (g *Gateway) takeOwnOfPulled(ctx context.Context) {
	l := g.setup.Load()
	for _, code := range l.order {
		u := l.units[code]
		if pulled(u) == nil {
			continue
		}
		t := g.target(queue.Target{Unit: code, Direction: queue.ToLocal})
		if s, ok := g.store.Unit(code); ok && s.Paused || !t.own.Swap(false) {
			continue
		}
		for _, typ := range []string{"test.ping", "unit.mode.changed"} {
			if !mapsType(u, typ) {
				g.takeQueued(ctx, u, t, typ)
			}
		}
	}
}

func (g *Gateway) takeQueued(ctx context.Context, u *UnitSpec, t *target, messageType string) {
	ds, _, err := g.store.List(queue.Filter{Units: []string{u.Code}, Direction: queue.ToLocal, State: queue.Queued, Type: messageType, Oldest: true, Limit: 100})
	if err != nil {
		t.own.Store(true)
		return
	}
	for _, d := range ds {
		d.Payload, err = g.store.Payload(d.Receipt)
		if err != nil {
			continue
		}
		also, taken := g.doOwn(ctx, u, d)
		if taken == nil || !*taken {
			continue
		}
		act := g.lateAct(d, adapter.Late{})
		act.Also = func(*queue.Delivery) []queue.NewMessage { return also }
		acted, err := g.store.Act(ctx, []queue.Act{act})
		if err != nil || acted[0].Err != nil {
			t.own.Store(true) // with the next look
			continue
		}
		g.settledLate(d, act, acted[0].State)
	}
}
