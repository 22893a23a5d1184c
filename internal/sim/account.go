package sim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"duijie/internal/sm"
)

// account asks the gateway's public GET what became of every accepted message.
// With patient it asks until each is acknowledged, held or cancelled, for an
// acknowledgement is written a moment after the receiver's book; settled false
// says that some were still open.
func (p *play) account(ctx context.Context, patient bool) (acked, held int, settled bool) {
	var asked []Sent
	for _, s := range p.o.National.Ledger().All() {
		if !s.Accepted.IsZero() {
			asked = append(asked, s)
		}
	}
	for _, l := range p.o.Locals {
		for _, s := range l.Ledger().All() {
			if !s.Accepted.IsZero() {
				asked = append(asked, s)
			}
		}
	}
	deadline := time.Now().Add(p.o.Patience)
	for {
		var open []Sent
		a, h := 0, 0
		a, h, open = p.states(ctx, asked)
		acked, held, asked = acked+a, held+h, open
		if len(open) == 0 || !patient || time.Now().After(deadline) || ctx.Err() != nil {
			return acked, held, len(open) == 0
		}
		t := time.NewTimer(100 * time.Millisecond)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// states asks for each, eight at a time; open are those without an end yet.
func (p *play) states(ctx context.Context, asked []Sent) (acked, held int, open []Sent) {
	var mu sync.Mutex // guards the results
	var wg sync.WaitGroup
	work := make(chan Sent)
	for range 8 {
		wg.Go(func() {
			for s := range work {
				state, err := p.o.National.State(ctx, p.o.GatewayURL, s)
				mu.Lock()
				switch {
				case err == nil && state == "acked":
					acked++
				case err == nil && state == "held":
					held++
				case err == nil && (state == "cancelled" || state == "blocked"):
				default:
					open = append(open, s)
				}
				mu.Unlock()
			}
		})
	}
	for _, s := range asked {
		work <- s
	}
	close(work)
	wg.Wait()
	return acked, held, open
}

// stuck tells whether all that has not arrived is held, or waits behind what is:
// then only a person helps, and waiting longer does not.
func (p *play) stuck(ctx context.Context) bool {
	missing := p.missing()
	if len(missing) == 0 {
		return false
	}
	_, held, open := p.states(ctx, missing)
	return held > 0 && len(open) == 0
}

// State asks the gateway, in the platform's name, for the present state of a
// message; "blocked" is one that waits behind another of its case.
func (n *National) State(ctx context.Context, gateway string, s Sent) (string, error) {
	q := url.Values{"source": {s.Source}, "id": {s.ID}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(gateway, "/")+"/v1/messages?"+q.Encode(), nil)
	if err != nil {
		return "", errors.New("the gateway's address is no URL")
	}
	if err := n.opts.Own.Sign(r.Header, "get-"+s.Key, sm.Target(r.Method, r.URL.RequestURI()), time.Now()); err != nil {
		return "", err
	}
	a, err := n.push.once(r)
	if err != nil {
		return "", err
	}
	var d struct{ State, BlockedBy string }
	if a.status != http.StatusOK || json.Unmarshal(a.body, &d) != nil {
		return "", errors.New("ask for a message: " + problemCode(a.body))
	}
	if d.State == "queued" && d.BlockedBy != "" {
		return "blocked", nil
	}
	return d.State, nil
}
