package sim

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// docket is a case as the local system's clerks know it.
type docket struct {
	caseNo string // the national number
	number string // the local one
	payer  string // ids of a respondent and an applicant
	payee  string
	ending Facts // how the published dispute went on
	nth    int   // its number among the system's cases, from 1
	own    bool  // taken up by the organisation itself, not delegated
	// workers are the applicants who are persons.
	workers int
}

// turn decides which of a system's scripts a case goes by: the same in every play,
// whatever the order in which cases arrive.
func (d docket) turn() int {
	digits := d.caseNo[strings.LastIndexByte(d.caseNo, '-')+1:]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return d.nth
	}
	return n + n/7 // cases of one unit may be every seventh
}

// saying is one message of a local system on its way out, in its wire's form.
type saying struct {
	endpoint string
	serial   string
	typ      string // the national type that it amounts to
	subject  string // what it must come up under
	body     []byte
}

// clerks work cases by a script, each case step by step, several cases at once.
// They end with their context.
type clerks struct {
	unit  string
	pace  time.Duration
	seats chan struct{}
	twice bool
	// deliver hands a saying to the gateway; nil: it is durable there.
	deliver func(ctx context.Context, gateway string, sent Sent, s saying) error
	ending  func() // ends what deliver uses; may be nil

	ctx       context.Context
	stop      context.CancelFunc
	running   sync.WaitGroup
	busy      atomic.Int64 // cases under work, and messages being taken that may start one
	once      sync.Once
	connected chan struct{} // closed by connect
	gateway   string        // set before connected is closed

	mu        sync.Mutex // guards withdrawn
	withdrawn map[string]bool
}

func newClerks(o LocalOptions) *clerks {
	ctx, stop := context.WithCancel(context.Background())
	return &clerks{unit: o.Unit, pace: o.Pace, seats: make(chan struct{}, o.Clerks),
		ctx: ctx, stop: stop, connected: make(chan struct{}), withdrawn: map[string]bool{}}
}

// pushing has the clerks push over HTTP: request makes the signed request of a
// saying, read understands its answer.
func (c *clerks) pushing(p *pusher, request func(ctx context.Context, gateway string, s saying) (*http.Request, error), read func(answer) verdict) {
	c.ending = p.close
	c.deliver = func(ctx context.Context, gateway string, sent Sent, s saying) error {
		_, err := p.push(ctx, sent, func(ctx context.Context) (*http.Request, error) { return request(ctx, gateway, s) }, read)
		return err
	}
}

func (c *clerks) connect(gateway string) {
	c.once.Do(func() {
		c.gateway = gateway
		close(c.connected)
	})
}

// work says everything in order; a withdrawn case goes no further. caseNo is
// empty for what belongs to no case.
func (c *clerks) work(caseNo string, sayings []saying) {
	c.busy.Add(1)
	c.running.Go(func() {
		defer c.busy.Add(-1)
		select {
		case <-c.connected:
		case <-c.ctx.Done():
			return
		}
		select {
		case c.seats <- struct{}{}:
		case <-c.ctx.Done():
			return
		}
		defer func() { <-c.seats }()
		for _, s := range sayings {
			if c.isWithdrawn(caseNo) || !c.say(s) || !c.rest() {
				return
			}
		}
	})
}

// say hands over one saying until the gateway has it; false: the case goes no further.
func (c *clerks) say(s saying) bool {
	source := "urn:duijie:local:" + c.unit + ":" + s.endpoint
	sent := Sent{Key: Key(c.unit, source, s.serial), Unit: c.unit, Source: source, ID: s.serial, Type: s.typ, Subject: s.subject, First: time.Now()}
	err := c.deliver(c.ctx, c.gateway, sent, s)
	if err == nil && c.twice {
		err = c.deliver(c.ctx, c.gateway, sent, s)
	}
	return err == nil
}

func (c *clerks) rest() bool {
	if c.pace == 0 {
		return c.ctx.Err() == nil
	}
	t := time.NewTimer(c.pace)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// withdraw stops the work on a case before its next step.
func (c *clerks) withdraw(caseNo string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.withdrawn[caseNo] = true
}

func (c *clerks) isWithdrawn(caseNo string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.withdrawn[caseNo]
}

func (c *clerks) close() {
	c.stop()
	c.running.Wait()
	if c.ending != nil {
		c.ending()
	}
}

// endings find how a published dispute went on, by its facts.
func endings() (func(facts string) Facts, error) {
	all, err := PublishedFacts()
	if err != nil {
		return nil, err
	}
	byText := map[string]Facts{}
	for _, f := range all {
		byText[f.Facts] = f
	}
	return func(facts string) Facts {
		if f, ok := byText[facts]; ok {
			return f
		}
		return Facts{End: &End{Reason: "settled", Next: "none"}} // a case of someone else's
	}, nil
}
