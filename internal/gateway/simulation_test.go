package gateway

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"duijie/adapter"
	"duijie/internal/event"
	"duijie/internal/queue"
	"duijie/internal/queue/memory"
)

var (
	simSeeds = flag.Int("sim.seeds", 30, "how many days are simulated")
	simSeed  = flag.Uint64("sim.seed", 0, "replay this one day alone")
)

// TestSimulatedDays plays days of traffic by a seed, in synthetic time: a platform
// and a local system that misbehave, operators at work, kills of the gateway at
// any moment, a wall clock that jumps two hours both ways. Nothing that was answered 2xx is lost, nothing that was acknowledged
// is sent again, a repeat is the same bytes, and the messages of a case are taken
// in their order; in the end both sides, by their own books, and the gateway agree
// on the state of each case. A failure names its seed; -sim.seed replays it.
func TestSimulatedDays(t *testing.T) {
	days(t, *simSeeds, inMemory)
}

// days plays so many, or the one of -sim.seed.
func days(t *testing.T, seeds int, on func(w *world)) {
	if *simSeed != 0 {
		simulate(t, *simSeed, on)
		return
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed+1), func(t *testing.T) {
			t.Parallel() // each day has a world of its own
			simulate(t, seed+1, on)
		})
	}
}

// inMemory lets a day's gateway keep its messages in the model.
func inMemory(w *world) {
	s := memory.Open(memory.Options{Now: w.now, Judge: JudgeCase, Key: event.Key})
	w.store, w.crash = s, s.Crash
}

// mortal is the store as a process sees it: after its kill nothing of it is written.
type mortal struct {
	queue.Store
	dead atomic.Bool
}

var errKilled = errors.New("killed")

func (m *mortal) Put(ctx context.Context, ms []queue.NewMessage) ([]queue.Result, error) {
	return alive(m, func() ([]queue.Result, error) { return m.Store.Put(ctx, ms) })
}

func (m *mortal) Claim(ctx context.Context, want map[queue.Target]int, lease time.Duration) ([]queue.Delivery, error) {
	return alive(m, func() ([]queue.Delivery, error) { return m.Store.Claim(ctx, want, lease) })
}

func (m *mortal) Begin(ctx context.Context, s []queue.Start) ([]queue.Started, error) {
	return alive(m, func() ([]queue.Started, error) { return m.Store.Begin(ctx, s) })
}

func (m *mortal) Settle(ctx context.Context, o []queue.Settlement) ([]queue.Settled, error) {
	return alive(m, func() ([]queue.Settled, error) { return m.Store.Settle(ctx, o) })
}

func (m *mortal) Act(ctx context.Context, a []queue.Act) ([]queue.Acted, error) {
	return alive(m, func() ([]queue.Acted, error) { return m.Store.Act(ctx, a) })
}

// alive does what a process does: it hears of no write that it did not live to see.
func alive[T any](m *mortal, do func() ([]T, error)) ([]T, error) {
	if m.dead.Load() {
		return nil, errKilled
	}
	out, err := do()
	if m.dead.Load() {
		return nil, errKilled
	}
	return out, err
}

func (m *mortal) Release(r map[string]uint64) {
	if !m.dead.Load() {
		m.Store.Release(r)
	}
}

func (m *mortal) Renew(receipt string, lease uint64, d time.Duration) bool {
	return !m.dead.Load() && m.Store.Renew(receipt, lease, d)
}

// world is a day: what was accepted, and what the two receivers took.
type world struct {
	*rig
	seed    uint64
	rand    *rand.Rand // of the day's course; peers decide by the message and the attempt
	store   queue.Store
	crash   func() // opens what a kill leaves of the store
	process *mortal
	jump    atomic.Int64 // how far the wall clock is off
	awaits  bool         // the local system acknowledges later

	mu       sync.Mutex // guards all below: peers are called by many workers
	calm     bool       // no more faults
	sent     int
	accepted map[string]bool // keys
	taken    map[string]bool
	tries    map[string]int
	order    map[string][]uint64 // by lane: sequence numbers as they were taken first
	bytes    map[string][]byte
	cases    []string
	reports  int
	done     map[string]int // how far each case's own story is
	late     []string       // keys to acknowledge later
}

func simulate(t *testing.T, seed uint64, on func(w *world)) {
	bubble(t, func(r *rig) {
		w := &world{rig: r, seed: seed, rand: rand.New(rand.NewPCG(seed, 1)), accepted: map[string]bool{}, taken: map[string]bool{}, tries: map[string]int{},
			order: map[string][]uint64{}, bytes: map[string][]byte{}, done: map[string]int{}}
		w.awaits = seed%3 == 0
		on(w)
		r.options = func(o *Options) {
			w.process = &mortal{Store: w.store}
			o.Store = w.process
			o.Rand = func() float64 { return 0.5 }
			o.Now = w.now
		}
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) { return w.receive(m, true) }
		r.national.answer = func(_ int, m adapter.Message) (adapter.Ack, error) { return w.receive(m, false) }
		if seed%2 == 0 {
			r.local.settle = time.Minute
			r.local.found = func(m adapter.Message) (adapter.Ack, bool, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if !w.calm && w.dice(m, "probe") < 20 {
					return adapter.Ack{}, false, adapter.Unknown(errors.New("no answer"))
				}
				return adapter.Ack{LocalRef: "L-" + m.Subject}, w.taken[m.Key], nil
			}
		}
		r.start()
		for range 60 {
			w.step()
			if w.process.dead.Load() { // in the middle of a commit
				w.kill()
			}
		}
		w.settleDown()
		w.account()
		w.stop()
		if err := w.store.Close(); err != nil {
			w.Error(err)
		}
	})
}

// now is the wall clock, which jumps both ways; leases have a clock of their own.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.jump.Load())) }

func (w *world) chance(p float64) bool { return w.rand.Float64() < p }

// dice is the same for the same try of the same message, whoever comes first.
func (w *world) dice(m adapter.Message, what string) int {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, m.Key, w.tries[m.Key], what)
	w.tries[m.Key]++
	return int(h.Sum64() % 100)
}

// receive is a peer: what it does to a message, and what it says.
func (w *world) receive(m adapter.Message, local bool) (adapter.Ack, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	d, err := w.store.Get(m.Receipt) // of several under one key (resent) this one
	switch {
	case err != nil:
		w.Errorf("%s %s was sent and is in no store", m.Type, m.Key)
	case d.State != queue.Sending && !w.process.dead.Load():
		w.Errorf("%s of %s was sent while %s", m.Type, m.Subject, d.State)
	}
	if was := w.bytes[m.Key]; was != nil && !bytes.Equal(was, m.Document) {
		w.Errorf("%s of %s came again with other bytes", m.Type, m.Subject)
	}
	w.bytes[m.Key] = m.Document
	ok2xx := adapter.Ack{}
	if local {
		ok2xx.LocalRef = "L-" + m.Subject
	}
	what := 99
	if !w.calm {
		what = w.dice(m, "send")
	}
	switch {
	case what < 8:
		return adapter.Ack{}, adapter.RetryAfter(errors.New("busy"), time.Duration(what)*5*time.Second)
	case what < 14:
		return adapter.Ack{}, adapter.Unknown(errors.New("reset before it was read"))
	case what < 22:
		w.take(d)
		return adapter.Ack{}, adapter.Unknown(errors.New("reset after it was taken"))
	case what < 25:
		return adapter.Ack{}, adapter.Permanent(errors.New("no"))
	case what < 27:
		return adapter.Ack{}, adapter.Trouble("status-401", errors.New("who are you"))
	}
	w.take(d)
	if local && w.awaits {
		w.late = append(w.late, m.Key)
		return adapter.Ack{Await: m.Key}, nil
	}
	return ok2xx, nil
}

// take enters a message in the receiver's book; a repeat under its key changes nothing.
func (w *world) take(d queue.Delivery) {
	if w.taken[d.Key] {
		return
	}
	w.taken[d.Key] = true
	switch d.Type {
	case "case.withdrawn", "case.accepted": // they may overtake
		return
	}
	lane := string(d.Direction) + " " + d.Subject
	w.order[lane] = append(w.order[lane], d.Seq)
}

// step is one thing that happens.
func (w *world) step() {
	switch n := w.rand.IntN(100); {
	case n < 30:
		w.push()
	case n < 55:
		w.say()
	case n < 65:
		w.acknowledge(w.rand.Int())
	case n < 72:
		w.operate()
	case n < 78:
		w.kill()
	case n < 82:
		w.pause(w.chance(0.5))
	case n < 86:
		w.resend()
	case n < 88:
		w.restore()
	case n < 90:
		w.purge()
	case n < 93:
		w.jump.Store(int64(time.Duration(w.rand.IntN(241)-120) * time.Minute))
	}
	w.wait(time.Duration(w.rand.IntN(90)) * time.Second)
}

// push is the platform's next message of a case, the same until it is accepted.
func (w *world) push() {
	subject := fmt.Sprint("A", w.rand.IntN(6))
	story := []string{"case.delegated", "case.materials.requested", "case.docketed", "case.withdrawn"}
	n := w.done[subject]
	if n >= len(story) {
		return
	}
	id := fmt.Sprintf("%s-%d", subject, n)
	a := w.gw.Receive(w.Context(), platform, downEvent(story[n], subject, id))
	if a.Err != nil {
		w.failed("push "+story[n], a.Err)
		return
	}
	w.note(a.Receipt)
	if !slices.Contains(w.cases, subject) {
		w.cases = append(w.cases, subject)
	}
	if !w.chance(0.2) { // else the answer was lost, and it comes again
		w.done[subject]++
	}
}

// say is a word of the local system on a case that it may not even know yet.
func (w *world) say() {
	if len(w.cases) == 0 {
		return
	}
	subject := w.cases[w.rand.IntN(len(w.cases))]
	w.reports++
	document := fmt.Sprintf(`{"ajh":"L-%s","lb":"session","sj":"2026-11-21T09:%02d:00+08:00"}`, subject, w.reports%60)
	typ := "case.progress"
	if w.chance(0.2) {
		typ, document = "case.accepted", fmt.Sprintf(`{"ajh":"L-%s","sj":"2026-11-21T09:00:00+08:00","zz":"某调解中心"}`, subject)
	}
	id := fmt.Sprint("u", w.reports)
	for range 1 + w.rand.IntN(2) { // the answer may get lost
		a, err := localIntake{w.gw, unit}.Accept(w.Context(), adapter.Incoming{Endpoint: "progress", Type: typ, ID: id, Document: []byte(document)})
		if err != nil {
			w.failed("report "+typ, err)
			return
		}
		w.note(a.Receipt)
	}
	synctest.Wait()
}

// failed is what may happen to a caller whose gateway died, and to no other.
func (w *world) failed(what string, err error) {
	if !w.process.dead.Load() {
		w.Errorf("%s: %v", what, err)
	}
}

func (w *world) note(receipt string) {
	d, err := w.store.Get(receipt)
	if err != nil {
		w.Errorf("answered 2xx and not stored: %v", err)
		return
	}
	w.accepted[d.Key] = true
}

// acknowledge is a callback, sometimes twice.
func (w *world) acknowledge(i int) (more bool) {
	w.mu.Lock()
	if len(w.late) == 0 {
		w.mu.Unlock()
		return false
	}
	i %= len(w.late)
	key := w.late[i]
	w.late = slices.Delete(w.late, i, i+1)
	w.mu.Unlock()
	d, ok := w.store.FindKey(key)
	if !ok {
		w.Errorf("awaited %s is in no store", key)
	}
	for range 1 + w.rand.IntN(2) {
		if err := w.callback(adapter.Late{Correlate: key, Ack: adapter.Ack{LocalRef: "L-" + d.Subject}}); err != nil {
			w.failed("callback", err)
			w.mu.Lock()
			w.late = append(w.late, key) // it comes again
			w.mu.Unlock()
			break
		}
	}
	return true
}

// operate is an operator at some open delivery.
func (w *world) operate() {
	ds, _, err := w.store.List(queue.Filter{Limit: 50})
	if err != nil || len(ds) == 0 {
		return
	}
	d := ds[w.rand.IntN(len(ds))]
	if d.State == queue.Held || w.chance(0.5) {
		_, _ = w.gw.Retry(w.Context(), Operator{}, d.Receipt) // what its state does not allow is refused
	} else if d.Direction == queue.ToNational {
		_, _ = w.gw.Cancel(w.Context(), Operator{}, d.Receipt, "simulated", false)
	}
}

// kill ends the process without a word and starts another.
func (w *world) kill() {
	w.process.dead.Store(true)
	w.stop()
	w.crash()
	w.start()
}

func (w *world) pause(paused bool) {
	if err := w.gw.Pause(w.Context(), Operator{}, unit, paused); err != nil {
		w.failed("pause", err)
	}
}

// resend is an operator's, of a message that a receiver says it lost.
func (w *world) resend() {
	ds, _, err := w.store.List(queue.Filter{State: queue.Acked, Limit: 50})
	if err != nil || len(ds) == 0 {
		return
	}
	d := ds[w.rand.IntN(len(ds))]
	if d.Purged {
		return
	}
	if _, err := w.gw.Resend(w.Context(), Operator{}, d.Receipt, "simulated"); err != nil {
		w.failed("resend", err)
	}
}

// purge is a retention of no time: what ended before this moment is forgotten.
func (w *world) purge() {
	if _, err := w.store.PurgePayloads(w.Context(), w.now()); err != nil {
		w.Errorf("purge: %v", err)
	}
}

// restore is a kill, and a start from a backup of that moment.
func (w *world) restore() {
	w.process.dead.Store(true)
	w.stop()
	w.crash()
	if _, err := w.store.Recover(w.Context(), w.now()); err != nil {
		w.Errorf("recover: %v", err)
	}
	w.start()
	w.pause(true)
}

// settleDown lets every peer behave and an operator clear what is held, until
// nothing is open any more: a lane whose acknowledgements come later, or that a
// backup left in doubt, needs a round for each of its messages.
func (w *world) settleDown() {
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	synctest.Wait()
	if w.process.dead.Load() { // in a commit, since the last step was looked at
		w.kill()
	}
	w.jump.Store(0)
	w.pause(false)
	for round := 0; round < 2 || round < 80 && w.open() > 0; round++ {
		for w.acknowledge(0) {
		}
		held, _, err := w.store.List(queue.Filter{State: queue.Held, Limit: 1000})
		if err != nil {
			w.Fatal(err)
		}
		for _, d := range held {
			_, _ = w.gw.Retry(w.Context(), Operator{}, d.Receipt)
		}
		w.wait(20 * time.Minute)
	}
}

// open counts what is to end yet: all but what waits for an id that never comes.
func (w *world) open() (n int) {
	ds, _, err := w.store.List(queue.Filter{Limit: 10_000})
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range ds {
		if !d.State.Final() && (d.State != queue.Held || reasonCode(d.Reason) != "xref-unknown") {
			n++
		}
	}
	return n
}

// account holds the books of both sides against each other.
func (w *world) account() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Logf("%d accepted, %d taken, %d sendings", len(w.accepted), len(w.taken), w.sent)
	for key := range w.accepted {
		d, ok := w.store.FindKey(key)
		switch {
		case !ok:
			w.Errorf("%s was accepted and is lost", key)
		case d.State == queue.Acked && !w.taken[key]:
			w.Errorf("%s of %s is acknowledged and nobody has it", d.Type, d.Subject)
		case d.State == queue.Held && reasonCode(d.Reason) == "xref-unknown":
			// its case never reached the local system under that id
		case !d.State.Final():
			w.Errorf("%s of %s is still %s %q after all behaved", d.Type, d.Subject, d.State, reasonCode(d.Reason))
		}
	}
	for lane, seqs := range w.order {
		if !slices.IsSorted(seqs) {
			w.Errorf("%s was taken in the order %v", lane, seqs)
		}
	}
	w.states()
}

// side is what one side knows of a case in the end.
type side struct{ withdrawn, accepted, session bool }

// state is where the case stands, told by a model of a few lines: a withdrawal
// stands over everything, since nothing of these stories closes a case.
func (s side) state() string {
	switch {
	case s.withdrawn:
		return caseWithdrawn
	case s.session:
		return caseMediating
	case s.accepted:
		return caseAccepted
	}
	return caseDelegated
}

func (s *side) note(messageType string) {
	s.withdrawn = s.withdrawn || messageType == "case.withdrawn"
	s.accepted = s.accepted || messageType == "case.accepted"
	s.session = s.session || messageType == "case.progress"
}

// states holds what platform and local system each know of a case, by their own
// books, against each other and against the gateway's record. The platform knows
// what it pushed and what it took, the local system what it took and what it said.
func (w *world) states() {
	for _, subject := range w.cases {
		timeline, err := w.store.Timeline(unit, "n:"+subject)
		if err != nil {
			w.Fatal(err)
		}
		var platform, local side
		whole := true
		for _, d := range timeline {
			switch {
			case d.State != queue.Acked: // an operator cut it short, and knows
				whole = false
			case d.Direction == queue.ToLocal:
				platform.note(d.Type)
				if w.taken[d.Key] {
					local.note(d.Type)
				}
			default:
				local.note(d.Type)
				if w.taken[d.Key] {
					platform.note(d.Type)
				}
			}
		}
		c, ok := w.store.CaseOf(unit, subject)
		switch {
		case !ok:
			w.Errorf("case %s has no record", subject)
		case !whole:
		case platform.state() != local.state() || c.State != local.state():
			w.Errorf("case %s: the platform says %s, the local system %s, the gateway %s", subject, platform.state(), local.state(), c.State)
		}
	}
}
