package memgateway

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/queue"
)

// find gives the index of a receipt, -1 where unknown. The caller holds mu.
func (g *Gateway) find(receipt string) int {
	return slices.IndexFunc(g.deliveries, func(d queue.Delivery) bool { return d.Receipt == receipt })
}

// Delivery reads one.
func (g *Gateway) Delivery(receipt string) (queue.Delivery, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := g.find(receipt); i >= 0 {
		return g.deliveries[i], nil
	}
	return queue.Delivery{}, fmt.Errorf("get: %w", queue.ErrNotFound)
}

// DeliveryByID reads one by its sender's key.
func (g *Gateway) DeliveryByID(source, id string) (queue.Delivery, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.deliveries {
		if d.Source == source && d.ID == id {
			return d, nil
		}
	}
	return queue.Delivery{}, queue.ErrNotFound
}

// Deliveries lists by the filter.
func (g *Gateway) Deliveries(f queue.Filter) ([]queue.Delivery, uint64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	var out []queue.Delivery
	for _, d := range slices.Backward(g.deliveries) {
		if f.Before != 0 && d.Seq >= f.Before || !fits(f, d) {
			continue
		}
		if len(out) == limit {
			return out, out[limit-1].Seq, nil
		}
		out = append(out, d)
	}
	return out, 0, nil
}

func fits(f queue.Filter, d queue.Delivery) bool {
	reason := ""
	if d.Reason != nil {
		reason = d.Reason.Code
	}
	either := func(want, have string) bool { return want == "" || want == have }
	return (len(f.Units) == 0 || slices.Contains(f.Units, d.Unit)) && either(string(f.State), string(d.State)) &&
		either(f.Type, d.Type) && either(f.Subject, d.Subject) && either(string(f.Direction), string(d.Direction)) &&
		either(f.Reason, reason) && (f.Mark == "" || slices.Contains(d.Marks, f.Mark)) &&
		(f.Query == "" || slices.Contains([]string{d.Receipt, d.ID, d.Key, d.Subject, d.LocalRef}, f.Query)) &&
		(f.Since.IsZero() || !d.AcceptedAt.Before(f.Since)) && (f.Until.IsZero() || d.AcceptedAt.Before(f.Until))
}

// Payload is what came.
func (g *Gateway) Payload(receipt string) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p, ok := g.payloads[receipt]; ok {
		return p, nil
	}
	return nil, queue.ErrNotFound
}

var named = regexp.MustCompile(`("(?:name|phone|idNumber)":")[^"]*(")`)

// Masked hides names, phones and identity numbers.
func (g *Gateway) Masked(d queue.Delivery) ([]byte, error) {
	p, err := g.Payload(d.Receipt)
	return named.ReplaceAll(p, []byte("${1}***${2}")), err
}

// Case reads a case by any of its ids, with its timeline.
func (g *Gateway) Case(unit, id string) (gateway.CaseView, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.cases {
		if c.Unit != unit || id != c.National && id != c.Local && id != c.Court {
			continue
		}
		v := gateway.CaseView{Case: c}
		for _, d := range g.deliveries {
			if d.Unit == unit && d.Subject == c.National {
				v.Timeline = append(v.Timeline, d)
			}
		}
		return v, nil
	}
	return gateway.CaseView{}, queue.ErrNotFound
}

// Reconcile walks what the caller sent.
func (g *Gateway) Reconcile(c gateway.Caller, unit string, since, until time.Time, after uint64, limit int, each func(queue.Delivery) error) (uint64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, last := 0, uint64(0)
	for _, d := range g.deliveries {
		if d.Seq <= after || d.Source != c.Name || !fits(queue.Filter{Since: since, Until: until}, d) || unit != "" && d.Unit != unit {
			continue
		}
		if n == limit {
			return last, nil
		}
		if err := each(d); err != nil {
			return 0, err
		}
		n, last = n+1, d.Seq
	}
	return 0, nil
}
