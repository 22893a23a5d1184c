package memgateway

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/internal/stats"
)

func (g *Gateway) act(op gateway.Operator, verb, receipt string, from []queue.State, change func(*queue.Delivery)) (queue.Acted, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := g.find(receipt)
	if i < 0 {
		return queue.Acted{}, queue.ErrNotFound
	}
	d := &g.deliveries[i]
	if !slices.Contains(from, d.State) {
		return queue.Acted{Err: queue.ErrState, State: d.State}, nil
	}
	change(d)
	g.acts = append(g.acts, op.Name+" "+verb+" "+receipt)
	return queue.Acted{State: d.State, Receipts: []string{receipt}}, nil
}

// Retry queues what is held or queued.
func (g *Gateway) Retry(_ context.Context, op gateway.Operator, receipt string) (queue.Acted, error) {
	return g.act(op, "retry", receipt, []queue.State{queue.Held, queue.Queued}, func(d *queue.Delivery) { d.State, d.Reason = queue.Queued, nil })
}

// Cancel ends what is open and not under way.
func (g *Gateway) Cancel(_ context.Context, op gateway.Operator, receipt, reason string, lane bool) (queue.Acted, error) {
	verb := "cancel"
	if lane {
		verb = "cancel-lane"
	}
	return g.act(op, verb, receipt, []queue.State{queue.Queued, queue.Awaiting, queue.Held}, func(d *queue.Delivery) {
		d.State, d.Reason = queue.Cancelled, &queue.Reason{Code: "operator", Detail: reason}
	})
}

// Ack settles by a person's word.
func (g *Gateway) Ack(_ context.Context, op gateway.Operator, receipt, localRef, _ string) (queue.Acted, error) {
	return g.act(op, "ack", receipt, []queue.State{queue.Queued, queue.Awaiting, queue.Held, queue.Sending}, func(d *queue.Delivery) {
		d.State, d.LocalRef, d.AckAt = queue.Acked, localRef, g.Now()
	})
}

// Skip frees the lane of a held one.
func (g *Gateway) Skip(_ context.Context, op gateway.Operator, receipt, _ string) (queue.Acted, error) {
	return g.act(op, "skip", receipt, []queue.State{queue.Held}, func(d *queue.Delivery) { d.Skipped = true })
}

// Resend makes a new delivery of an acked one.
func (g *Gateway) Resend(_ context.Context, op gateway.Operator, receipt, _ string) (queue.Acted, error) {
	var again queue.Delivery
	a, err := g.act(op, "resend", receipt, []queue.State{queue.Acked}, func(d *queue.Delivery) { again = *d })
	if err != nil || a.Err != nil {
		return a, err
	}
	again.Receipt, again.State = receipt+"-again", queue.Queued
	g.Add(again, "")
	a.Receipts = []string{again.Receipt}
	return a, nil
}

// Reveal notes who looked.
func (g *Gateway) Reveal(_ context.Context, op gateway.Operator, receipt, _ string) ([]byte, error) {
	g.mu.Lock()
	g.acts = append(g.acts, op.Name+" reveal "+receipt)
	g.mu.Unlock()
	return g.Payload(receipt)
}

// Redrive counts what fits.
func (g *Gateway) Redrive(_ context.Context, op gateway.Operator, r gateway.Redrive) (gateway.Job, error) {
	f := queue.Filter{State: queue.State(r.State), Type: r.Type, Reason: r.Reason, Direction: queue.Direction(r.Direction), Limit: 1000}
	if r.Unit != "" {
		f.Units = []string{r.Unit}
	}
	found, _, err := g.Deliveries(f)
	g.mu.Lock()
	defer g.mu.Unlock()
	j := gateway.Job{ID: "job-" + strconv.Itoa(len(g.jobs)+1), State: "running", Total: len(found), DryRun: r.DryRun, StartedAt: g.Now()}
	g.jobs[j.ID] = j
	g.acts = append(g.acts, op.Name+" redrive")
	return j, err
}

// Job reads one.
func (g *Gateway) Job(id string) (gateway.Job, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	j, ok := g.jobs[id]
	return j, ok
}

// CancelJob stops one.
func (g *Gateway) CancelJob(op gateway.Operator, id string) (gateway.Job, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	j, ok := g.jobs[id]
	if ok {
		j.State = "cancelled"
		g.jobs[id] = j
		g.acts = append(g.acts, op.Name+" cancel-job "+id)
	}
	return j, ok
}

// Bind binds ids.
func (g *Gateway) Bind(_ context.Context, op gateway.Operator, unit, national, local, court, _ string) error {
	return g.ids(op, "bind", unit, national, func(c *queue.Case) { c.Local, c.Court = local, court })
}

// Retire forgets ids.
func (g *Gateway) Retire(_ context.Context, op gateway.Operator, unit, national, local, court, _ string) error {
	return g.ids(op, "retire", unit, national, func(c *queue.Case) {
		if c.Local == local {
			c.Local = ""
		}
		if c.Court == court {
			c.Court = ""
		}
	})
}

func (g *Gateway) ids(op gateway.Operator, verb, unit, national string, change func(*queue.Case)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	c, ok := g.cases[unit+"/"+national]
	if !ok {
		return queue.ErrNotFound
	}
	change(&c)
	g.cases[unit+"/"+national] = c
	g.acts = append(g.acts, op.Name+" "+verb+" "+national)
	return nil
}

// Pause pauses or resumes a unit.
func (g *Gateway) Pause(_ context.Context, op gateway.Operator, unit string, paused bool) error {
	return g.unit(op, "pause", unit, func(u *gateway.UnitView) {
		u.Status = "ok"
		if paused {
			u.Status = "paused"
		}
	})
}

// SetMode sets a unit's mode.
func (g *Gateway) SetMode(_ context.Context, op gateway.Operator, unit, mode string, _ time.Time) error {
	return g.unit(op, "mode-"+mode, unit, func(u *gateway.UnitView) { u.Mode = mode })
}

func (g *Gateway) unit(op gateway.Operator, verb, code string, change func(*gateway.UnitView)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.Views, func(u gateway.UnitView) bool { return u.Code == code })
	if i < 0 {
		return &problem.Problem{Code: "unknown-unit"}
	}
	change(&g.Views[i])
	g.acts = append(g.acts, op.Name+" "+verb+" "+code)
	return nil
}

// Reload is Outcome.
func (g *Gateway) Reload(_ context.Context, op gateway.Operator, dryRun bool) (gateway.Reload, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !dryRun {
		g.acts = append(g.acts, op.Name+" reload")
	}
	return g.Outcome, nil
}

// Explain knows one unit, whose pack maps nothing.
func (g *Gateway) Explain(unit, messageType, direction string, _ []byte) (gateway.Explained, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.ContainsFunc(g.Views, func(u gateway.UnitView) bool { return u.Code == unit }) {
		return gateway.Explained{}, &problem.Problem{Code: "unknown-unit"}
	}
	return gateway.Explained{Unit: unit, Type: messageType, Direction: direction, Errors: []gateway.ExplainedTrouble{}}, nil
}

// Backup writes what Archive says, then fails with BackupErr.
func (g *Gateway) Backup(op gateway.Operator, w io.Writer) error {
	g.mu.Lock()
	g.acts = append(g.acts, op.Name+" backup")
	g.mu.Unlock()
	if g.Archive != "" {
		if _, err := io.WriteString(w, g.Archive); err != nil {
			return err
		}
	}
	return g.BackupErr
}

// Rehearsal is Rehearsed, for a unit of Views.
func (g *Gateway) Rehearsal(unit string) (gateway.Rehearsal, error) {
	for _, u := range g.Views {
		if u.Code == unit {
			return g.Rehearsed, nil
		}
	}
	return gateway.Rehearsal{}, &problem.Problem{Code: "unknown-unit"}
}

// Statistics are Figures.
func (g *Gateway) Statistics(unit, period string) (stats.Statistics, error) {
	s := g.Figures
	s.Unit, s.Period = unit, period
	return s, nil
}

// Behind says that one case stands behind every figure.
func (g *Gateway) Behind(unit, period, figure string) ([]string, error) {
	return []string{unit + "-" + period + "-" + figure}, nil
}

// ReportStatistics notes the act.
func (g *Gateway) ReportStatistics(_ context.Context, op gateway.Operator, unit, period string) (gateway.Answer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acts = append(g.acts, op.Name+" stats "+unit+" "+period)
	return gateway.Answer{Receipt: "r-stats"}, nil
}
