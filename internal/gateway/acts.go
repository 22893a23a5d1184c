package gateway

import (
	"context"
	"errors"
	"io"
	"time"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

// Retry lets a held or queued delivery go now; its schedule starts anew.
func (g *Gateway) Retry(ctx context.Context, op Operator, receipt string) (queue.Acted, error) {
	return g.act(ctx, op, "", queue.Act{Receipt: receipt, Verb: queue.RetryNow})
}

// Cancel ends a delivery; the platform is told of each downward one.
func (g *Gateway) Cancel(ctx context.Context, op Operator, receipt, reason string, lane bool) (queue.Acted, error) {
	now := g.now()
	return g.act(ctx, op, reason, queue.Act{Receipt: receipt, Verb: queue.Cancel, WithLane: lane,
		Reason: queue.Reason{Code: "operator", Detail: "cancelled by an operator"},
		Also: func(d *queue.Delivery) []queue.NewMessage {
			if d.Direction != queue.ToLocal || d.State != queue.Cancelled {
				return nil
			}
			return []queue.NewMessage{g.report(*d, "cancelled", "operator", now)}
		}})
}

// Ack says by a person's word that the receiver has it.
func (g *Gateway) Ack(ctx context.Context, op Operator, receipt, localRef, reason string) (queue.Acted, error) {
	now := g.now()
	return g.act(ctx, op, reason, queue.Act{Receipt: receipt, Verb: queue.Ack, LocalRef: localRef,
		Also: func(d *queue.Delivery) []queue.NewMessage {
			if !d.Notified {
				return nil
			}
			return []queue.NewMessage{g.report(*d, "acked", "", now)}
		}})
}

// Skip lets a held message's lane go on past it.
func (g *Gateway) Skip(ctx context.Context, op Operator, receipt, reason string) (queue.Acted, error) {
	return g.act(ctx, op, reason, queue.Act{Receipt: receipt, Verb: queue.Skip})
}

// Resend sends an acknowledged one again, as a new delivery with the same key.
func (g *Gateway) Resend(ctx context.Context, op Operator, receipt, reason string) (queue.Acted, error) {
	return g.act(ctx, op, reason, queue.Act{Receipt: receipt, Verb: queue.Resend, NewReceipt: newReceipt()})
}

// act writes the audit log, then does it.
func (g *Gateway) act(ctx context.Context, op Operator, reason string, a queue.Act) (queue.Acted, error) {
	d, err := g.store.Get(a.Receipt)
	if err != nil {
		return queue.Acted{}, &problem.Problem{Code: "not-found"}
	}
	if err := g.audit(op, string(a.Verb), a.Receipt, reason); err != nil {
		return queue.Acted{}, err
	}
	a.At = g.now()
	a.TeachLocal = teaches(d, a.LocalRef)
	acted, err := g.store.Act(ctx, []queue.Act{a})
	if err != nil {
		return queue.Acted{}, storeProblem(err)
	}
	switch {
	case errors.Is(acted[0].Err, queue.ErrNotFound):
		return acted[0], &problem.Problem{Code: "not-found"}
	case errors.Is(acted[0].Err, queue.ErrState):
		return acted[0], &problem.Problem{Code: "state", Detail: "the delivery is " + string(acted[0].State)}
	case acted[0].Err != nil:
		return acted[0], storeProblem(acted[0].Err)
	}
	poke(g.wake)
	return acted[0], nil
}

func (g *Gateway) audit(op Operator, act, target, reason string) error {
	if g.o.Audit == nil {
		return nil
	}
	if err := g.o.Audit.Record(op.Name, act, target, reason); err != nil {
		g.log.Error("audit", "act", act, "error", err)
		return &problem.Problem{Code: "store", Detail: "the audit log cannot be written, so nothing was done", RetryAfter: 30 * time.Second}
	}
	return nil
}

// Reveal is the payload unmasked; the audit log is written first.
func (g *Gateway) Reveal(_ context.Context, op Operator, receipt, reason string) ([]byte, error) {
	if _, err := g.store.Get(receipt); err != nil {
		return nil, &problem.Problem{Code: "not-found"}
	}
	if err := g.audit(op, "payload", receipt, reason); err != nil {
		return nil, err
	}
	return g.Payload(receipt)
}

// Bind binds ids of a case by an operator's word, also over another case's claim.
func (g *Gateway) Bind(ctx context.Context, op Operator, unit, national, local, court, reason string) error {
	if err := g.audit(op, "bind", unit+"/"+national, reason); err != nil {
		return err
	}
	if err := g.store.Bind(ctx, unit, national, local, court, g.now()); err != nil {
		return actProblem(err)
	}
	poke(g.wake)
	return nil
}

// Retire forgets ids of a case by an operator's word.
func (g *Gateway) Retire(ctx context.Context, op Operator, unit, national, local, court, reason string) error {
	if err := g.audit(op, "retire", unit+"/"+national, reason); err != nil {
		return err
	}
	if err := g.store.Retire(ctx, unit, national, local, court, g.now()); err != nil {
		return actProblem(err)
	}
	poke(g.wake)
	return nil
}

func actProblem(err error) error {
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return &problem.Problem{Code: "not-found"}
	case errors.Is(err, queue.ErrState):
		return &problem.Problem{Code: "state"}
	}
	return storeProblem(err)
}

// Pause stops and resumes a unit's deliveries, both ways; what arrives is still accepted.
func (g *Gateway) Pause(ctx context.Context, op Operator, unit string, paused bool) error {
	if g.unit(unit) == nil {
		return &problem.Problem{Code: "not-found"}
	}
	act := "resume"
	if paused {
		act = "pause"
	}
	if err := g.audit(op, act, unit, ""); err != nil {
		return err
	}
	if err := g.setUnit(ctx, unit, func(s *queue.UnitState) { s.Paused = paused }); err != nil {
		return err
	}
	poke(g.wake)
	return nil
}

func (g *Gateway) setUnit(ctx context.Context, unit string, change func(s *queue.UnitState)) error {
	g.switching.Lock()
	defer g.switching.Unlock()
	s, _ := g.store.Unit(unit)
	s.Code = unit
	change(&s)
	if err := g.store.SetUnit(ctx, s); err != nil {
		return storeProblem(err)
	}
	return nil
}

// SetMode changes a unit's region mode; the platform is told with one unit.mode.changed.
func (g *Gateway) SetMode(ctx context.Context, op Operator, unit, mode string, since time.Time) error {
	if g.unit(unit) == nil {
		return &problem.Problem{Code: "not-found"}
	}
	if mode != resident && mode != parallel && mode != docked || mode == parallel && since.IsZero() {
		return &problem.Problem{Code: "parameter", Detail: "mode is resident, parallel (with since) or docked"}
	}
	now := g.now()
	if since.IsZero() {
		since = now
	}
	if err := g.setMode(ctx, op.Name, unit, mode, since, ""); err != nil {
		return err
	}
	data := []byte(`{"unit":"` + unit + `","mode":"` + mode + `","since":"` + since.In(shanghai).Format(time.RFC3339) + `"}`)
	m := g.native(unit, "unit.mode.changed", unit, newReceipt(), data, now)
	if _, err := g.store.Put(ctx, []queue.NewMessage{m}); err != nil {
		return storeProblem(err)
	}
	return nil
}

func (g *Gateway) setMode(ctx context.Context, by, unit, mode string, since time.Time, reason string) error {
	if err := g.audit(Operator{Name: by}, "mode "+mode, unit, reason); err != nil {
		return err
	}
	return g.setUnit(ctx, unit, func(s *queue.UnitState) { s.Mode, s.Since = mode, since })
}

// Backup writes a consistent copy of all that is kept; the audit log says so
// first. An error may come after part of it was written.
func (g *Gateway) Backup(op Operator, w io.Writer) error {
	if g.o.Backup == nil {
		return &problem.Problem{Code: "not-found"}
	}
	if err := g.audit(op, "backup", "", ""); err != nil {
		return err
	}
	return g.o.Backup(w)
}

// paused tells that nothing is to be sent to, or for, a unit.
func (g *Gateway) paused(unit string) bool {
	s, _ := g.store.Unit(unit)
	return s.Paused
}
