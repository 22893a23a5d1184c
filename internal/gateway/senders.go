package gateway

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"duijie/internal/problem"
)

// Authenticate finds the sender whose key verifies payload (the raw body, or
// "METHOD SP target" for a request without one). The body is not parsed before.
// A request without a signature is that of the `none` senders, where there are any.
func (g *Gateway) Authenticate(sig Signature, payload []byte, certificate string) (Caller, error) {
	l := g.setup.Load()
	if sig.Signature == "" {
		c := Caller{Unsigned: true, Units: map[string]bool{}}
		any := false
		for _, s := range l.list {
			if s.Verify == nil && certificateFits(s, certificate) {
				any = true
				c.grant(s.Units)
			}
		}
		if !any {
			return Caller{}, &problem.Problem{Code: "signature", Detail: "the request carries no signature"}
		}
		return c, nil
	}
	now := g.now()
	for _, s := range l.list {
		if s.Verify == nil || !certificateFits(s, certificate) {
			continue
		}
		if s.Verify(sig, payload, now) == nil {
			c := Caller{Name: s.Source, MutualTLS: s.Certificate != "", Units: map[string]bool{}}
			c.grant(s.Units)
			g.skew(s.Source, sig.Timestamp, now)
			return c, nil
		}
	}
	return Caller{}, &problem.Problem{Code: "signature", Detail: "no configured key verifies the request, or its time is out of tolerance"}
}

func (c *Caller) grant(units []string) {
	for _, u := range units {
		if u == "*" {
			c.All = true
		}
		c.Units[u] = true
	}
}

// certificateFits holds a sender with a pinned certificate to it.
func certificateFits(s *SenderSpec, certificate string) bool {
	return s.Certificate == "" || s.Certificate == certificate
}

// speaksFor finds the sender that the caller is for this source; an unsigned
// caller speaks for the `none` senders only.
func (g *Gateway) speaksFor(c Caller, source string) (*SenderSpec, *problem.Problem) {
	s := g.setup.Load().senders[source]
	if c.Unsigned {
		if s == nil || s.Verify != nil {
			return nil, &problem.Problem{Code: "signature", Detail: "this source must sign"}
		}
		return s, nil
	}
	if s == nil || s.Source != c.Name {
		return nil, &problem.Problem{Code: "source-forbidden", Detail: "the event's source is not the sender's",
			Items: []problem.Item{{Pointer: "/source", Code: "source-forbidden"}}}
	}
	return s, nil
}

// senderRates holds one limiter a sender.
type senderRates struct {
	mu sync.Mutex // guards m
	m  map[string]*rate.Limiter
}

// allow takes one token of the sender's; wait is how long until there is one.
func (r *senderRates) allow(source string, perSecond float64, now time.Time) (ok bool, wait time.Duration) {
	if perSecond <= 0 {
		return true, 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]*rate.Limiter{}
	}
	l := r.m[source]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
		r.m[source] = l
	}
	if l.AllowN(now, 1) {
		return true, 0
	}
	return false, max(time.Second, time.Duration(float64(time.Second)/perSecond))
}
