package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Options say what is played between simulators that are running already and a
// gateway that is configured to know them.
type Options struct {
	GatewayURL string // the public listener
	National   *National
	Locals     []Local
	Cases      int // delegated over all units in turn
	Seed       uint64
	// Patience is how long nothing may arrive anywhere before the play gives up;
	// 90 s where 0.
	Patience time.Duration
	// Progress gets a line whenever something changed, at most one a second; nil: none.
	Progress io.Writer
}

// play is one run.
type play struct {
	o     Options
	plans []plan
	pings []Event
	cases map[string]int // by unit
	reply *answers
}

// plan is what is to become of one case.
type plan struct {
	event    Event
	local    Local
	reject   bool // the organisation does not accept it
	withdraw bool // the platform withdraws it once it is accepted
}

// The withdrawn-th of withdrawEvery cases is withdrawn. With seven units in turn
// each has one, and none that knows court papers loses the one dispute that ends so.
const withdrawEvery, withdrawn = 8, 6

// Play delegates cases, lets the local systems work them, and returns when every
// case is back at the platform as closed, rejected or withdrawn, all that was
// sent has arrived and the gateway calls it acknowledged or held. Where nothing
// arrives any more for Options.Patience it returns what there is, Stalled. The
// error is for plays that cannot begin, and the context's.
func Play(ctx context.Context, o Options) (Report, error) {
	if len(o.Locals) == 0 || o.National == nil || o.Cases < 1 {
		return Report{}, errors.New("a play needs a platform, a local system and a case")
	}
	if o.Patience == 0 {
		o.Patience = 90 * time.Second
	}
	p := &play{o: o, cases: map[string]int{}}
	if err := p.prepare(time.Now()); err != nil {
		return Report{}, err
	}
	var err error
	if p.reply, err = newAnswers(o.National, o.GatewayURL, o.Locals); err != nil {
		return Report{}, err
	}
	for _, l := range o.Locals {
		l.Connect(o.GatewayURL)
		l.Affairs()
	}
	began := time.Now()
	act, stop := context.WithCancel(ctx)
	var acts sync.WaitGroup
	acts.Go(func() { p.reply.run(act) })
	acts.Go(func() { p.delegate(act) })
	for _, c := range p.plans {
		if c.withdraw {
			acts.Go(func() { p.withdraw(act, c) })
		}
	}
	stalled := p.wait(ctx)
	elapsed := time.Since(began)
	stop()
	acts.Wait()
	if err := ctx.Err(); err != nil {
		return p.report(elapsed), err
	}
	acked, held, settled := p.account(ctx, !stalled)
	r := p.report(elapsed)
	r.Acked, r.Held, r.Stalled = acked, held, stalled || !settled
	return r, nil
}

// prepare makes the cases out of published disputes.
func (p *play) prepare(now time.Time) error {
	facts, err := PublishedFacts()
	if err != nil {
		return err
	}
	for i := range p.o.Cases {
		l, f := p.o.Locals[i%len(p.o.Locals)], facts[(i/len(p.o.Locals))%len(facts)]
		e, err := delegation(f, l.Unit(), i, p.o.Seed, now)
		if err != nil {
			return err
		}
		p.plans = append(p.plans, plan{event: e, local: l, reject: f.Reject != nil,
			withdraw: f.Reject == nil && i%withdrawEvery == withdrawn})
		p.cases[l.Unit()]++
	}
	for unit := range p.cases {
		nonce := "ping-" + unit + "-" + now.In(zone).Format("20060102150405")
		data, _ := json.Marshal(object{"nonce": nonce, "at": stamp(now), "text": "联调"})
		p.pings = append(p.pings, Event{ID: nonce, Type: "test.ping", Subject: nonce, Unit: unit, Time: stamp(now), Data: data})
	}
	return nil
}

// delegation is the event of the i-th case of a run.
func delegation(f Facts, unit string, i int, seed uint64, now time.Time) (Event, error) {
	run := now.In(zone).Format("20060102150405")
	caseNo := fmt.Sprintf("MN-%s-%s-%05d", run, unit, i+1)
	data, err := delegated(f, caseNo, "510104", seed+uint64(i), now)
	return Event{ID: "evt-" + caseNo, Type: "case.delegated", Subject: caseNo, Unit: unit, Time: stamp(now), Data: data}, err
}

// Delegations gives case.delegated events for one unit, made of the published
// disputes in turn; event i of equal seed and time is always the same.
func Delegations(unit, source string, seed uint64, now time.Time) (func(i int) (Event, error), error) {
	facts, err := PublishedFacts()
	if err != nil {
		return nil, err
	}
	return func(i int) (Event, error) {
		e, err := delegation(facts[i%len(facts)], unit, i, seed, now)
		e.SpecVersion, e.Source = "1.0", source
		return e, err
	}, nil
}

// delegate pushes every case; a refusal is in the ledger.
func (p *play) delegate(ctx context.Context) {
	events := slices.Clone(p.pings)
	for _, c := range p.plans {
		events = append(events, c.event)
	}
	p.o.National.SendAll(ctx, p.o.GatewayURL, events)
}

// withdraw takes the case back as soon as the platform knows that it is accepted.
func (p *play) withdraw(ctx context.Context, c plan) {
	book := p.o.National.Book()
	if book.Wait(ctx, func() bool { return book.Has(c.event.Subject, "case.accepted") }) != nil {
		return
	}
	now := time.Now()
	data, _ := json.Marshal(object{"caseNo": c.event.Subject, "withdrawnAt": stamp(now), "by": "party", "reason": "当事人自行和解（演示）"})
	p.o.National.Send(ctx, p.o.GatewayURL, Event{ID: c.event.ID + "-w", Type: "case.withdrawn", Subject: c.event.Subject,
		Unit: c.event.Unit, Time: stamp(now), Data: data})
}

// ended tells whether the case has come to its end in the books.
func (p *play) ended(c plan) bool {
	up := p.o.National.Book()
	switch {
	case c.reject:
		return up.Has(c.event.Subject, "case.rejected")
	case c.withdraw:
		return c.local.Book().Has(c.event.Subject, "case.withdrawn")
	}
	return up.Has(c.event.Subject, "case.closed")
}

func (p *play) unfinished() int {
	n := 0
	for _, c := range p.plans {
		if !p.ended(c) {
			n++
		}
	}
	return n
}

// unechoed is the number of pings that the gateway has not answered.
func (p *play) unechoed() int {
	n := 0
	for _, e := range p.pings {
		if !p.o.National.Book().Has(e.Subject, e.Type) {
			n++
		}
	}
	return n
}

// missing are the messages that the gateway gave its word for and nobody took yet.
func (p *play) missing() []Sent {
	var out []Sent
	down, up := p.sentDown(), p.o.National.Book().All()
	for _, l := range p.o.Locals {
		out = append(out, Compare(ofUnit(down, func(s Sent) string { return s.Unit }, l.Unit()), l.Book().All()).Lost...)
		out = append(out, Compare(l.Ledger().All(), up).Lost...)
	}
	return out
}

// sentDown is what the platform sent for local systems; a ping is for the gateway.
func (p *play) sentDown() []Sent {
	return slices.DeleteFunc(p.o.National.Ledger().All(), func(s Sent) bool { return s.Type == "test.ping" })
}

// pushing is the number of messages that are on their way to the gateway.
func (p *play) pushing() int {
	n := p.o.National.Ledger().Open()
	for _, l := range p.o.Locals {
		n += l.Ledger().Open()
	}
	return n
}

// moves is the number of messages ever sent and taken.
func (p *play) moves() int {
	n := p.taken() + p.o.National.Ledger().Len()
	for _, l := range p.o.Locals {
		n += l.Ledger().Len()
	}
	return n
}

// quiet tells whether nothing is under way and nobody owes anything. What is seen
// of several books is one moment only where nothing moved meanwhile.
func (p *play) quiet() bool {
	before := p.moves()
	for _, l := range p.o.Locals {
		if !l.Idle() {
			return false
		}
	}
	return p.pushing() == 0 && len(p.missing()) == 0 && p.reply.owed(p.cases) == 0 && p.moves() == before
}

// taken is the number of messages in all books.
func (p *play) taken() int {
	n := p.o.National.Book().Len()
	for _, l := range p.o.Locals {
		n += l.Book().Len()
	}
	return n
}

// stillness is how long nothing has arrived before the play asks whether anything will.
const stillness = 2 * time.Second

// wait returns false when all cases have ended and nothing is under way, or only
// a person could bring on what is left; true when nothing has arrived for the time of patience or the context ended.
func (p *play) wait(ctx context.Context) (stalled bool) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	seen, seenAt, askedAt, told, toldAt := -1, time.Now(), time.Now(), -1, time.Time{}
	for {
		left := p.unfinished()
		if left == 0 && p.unechoed() == 0 && p.quiet() {
			p.tell(0)
			return false
		}
		now := time.Now()
		if n := p.taken(); n != seen {
			seen, seenAt = n, now
		}
		if now.Sub(seenAt) > p.o.Patience {
			return true
		}
		if now.Sub(askedAt) > stillness && now.Sub(seenAt) > stillness && p.pushing() == 0 {
			if p.stuck(ctx) {
				return false
			}
			askedAt = time.Now()
		}
		if left != told && now.Sub(toldAt) > time.Second {
			told, toldAt = left, now
			p.tell(left)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true
		}
	}
}

func (p *play) tell(left int) {
	if p.o.Progress != nil {
		fmt.Fprintf(p.o.Progress, "cases ended: %d of %d, messages taken: %d\n", len(p.plans)-left, len(p.plans), p.taken())
	}
}
