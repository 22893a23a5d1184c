package gateway

import (
	"context"
	"sync"
	"time"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

// job is a bulk act under way. It lives in the process; after a restart what it
// had not reached is as it was.
type job struct {
	mu     sync.Mutex // guards view
	view   Job
	cancel context.CancelFunc
}

func (j *job) snapshot() Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.view
}

const (
	redriveMost  = 1_000_000
	redriveChunk = 100
	jobsKept     = 100
)

// Redrive retries (held, queued) or resends (acked) in bulk: it counts and
// freezes the set first, then acts chunk by chunk; what it makes due leaves at
// the unit's own rate.
func (g *Gateway) Redrive(ctx context.Context, op Operator, r Redrive) (Job, error) {
	if r.Unit == "" && r.Type == "" && r.Reason == "" && len(r.Receipts) == 0 {
		return Job{}, &problem.Problem{Code: "parameter", Detail: "at least one of unit, type, reason, receipts"}
	}
	state := queue.State(r.State)
	if state == "" {
		state = queue.Held
	}
	if state != queue.Held && state != queue.Queued && state != queue.Acked {
		return Job{}, &problem.Problem{Code: "parameter", Detail: "state is held, queued or acked"}
	}
	set, err := g.redriveSet(r, state)
	if err != nil {
		return Job{}, err
	}
	j := &job{view: Job{ID: newReceipt(), State: "running", Total: len(set), DryRun: r.DryRun, StartedAt: g.now()}}
	jctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	j.cancel = cancel
	if r.DryRun {
		cancel()
		end := g.now()
		j.view.State, j.view.EndedAt = "done", &end
		return j.view, nil
	}
	if err := g.audit(op, "redrive", r.Unit+"/"+r.Type+"/"+r.Reason, itoa(len(set))+" deliveries"); err != nil {
		cancel()
		return Job{}, err
	}
	g.keepJob(j)
	first := j.snapshot()
	go g.runJob(jctx, j, set, state)
	return first, nil
}

func (g *Gateway) redriveSet(r Redrive, state queue.State) ([]string, error) {
	if len(r.Receipts) > 0 {
		var out []string
		for _, receipt := range r.Receipts {
			if d, err := g.store.Get(receipt); err == nil && d.State == state {
				out = append(out, receipt)
			}
		}
		return out, nil
	}
	f := queue.Filter{State: state, Type: r.Type, Subject: r.Subject, Direction: queue.Direction(r.Direction),
		Reason: r.Reason, Since: r.Since, Until: r.Until, Oldest: true, Limit: 1000}
	if r.Unit != "" {
		f.Units = []string{r.Unit}
	}
	var out []string
	for {
		ds, next, err := g.store.List(f)
		if err != nil {
			return nil, storeProblem(err)
		}
		for _, d := range ds {
			out = append(out, d.Receipt)
		}
		if next == 0 || len(out) >= redriveMost {
			return out, nil
		}
		f.After = next
	}
}

// keepJob remembers a job and forgets the oldest ended ones.
func (g *Gateway) keepJob(j *job) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.jobs) >= jobsKept {
		oldest := ""
		for id, old := range g.jobs {
			if old.snapshot().EndedAt != nil && (oldest == "" || id < oldest) {
				oldest = id
			}
		}
		if oldest == "" {
			break
		}
		delete(g.jobs, oldest)
	}
	g.jobs[j.view.ID] = j
}

func (g *Gateway) runJob(ctx context.Context, j *job, set []string, state queue.State) {
	defer j.cancel()
	end := "done"
	for len(set) > 0 {
		if ctx.Err() != nil {
			end = "cancelled"
			break
		}
		n := min(redriveChunk, len(set))
		acts := make([]queue.Act, n)
		now := g.now()
		for i, receipt := range set[:n] {
			acts[i] = queue.Act{Receipt: receipt, Verb: queue.RetryNow, At: now}
			if state == queue.Acked {
				acts[i].Verb, acts[i].NewReceipt = queue.Resend, newReceipt()
			}
		}
		acted, err := g.store.Act(ctx, acts)
		if err != nil {
			g.log.Error("redrive", "job", j.view.ID, "error", err)
			end = "failed"
			break
		}
		j.mu.Lock()
		for _, a := range acted {
			if a.Err != nil {
				j.view.Failed++
			} else {
				j.view.Done++
			}
		}
		j.mu.Unlock()
		set = set[n:]
		poke(g.wake)
	}
	now := g.now()
	j.mu.Lock()
	j.view.State, j.view.EndedAt = end, &now
	j.mu.Unlock()
}

// Job is a bulk act's progress.
func (g *Gateway) Job(id string) (Job, bool) {
	g.mu.Lock()
	j := g.jobs[id]
	g.mu.Unlock()
	if j == nil {
		return Job{}, false
	}
	return j.snapshot(), true
}

// CancelJob stops a bulk act; what it did stays done.
func (g *Gateway) CancelJob(op Operator, id string) (Job, bool) {
	g.mu.Lock()
	j := g.jobs[id]
	g.mu.Unlock()
	if j == nil {
		return Job{}, false
	}
	if err := g.audit(op, "cancel job", id, ""); err == nil {
		j.cancel()
	}
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if v := j.snapshot(); v.EndedAt != nil {
			return v, true
		}
	}
	return j.snapshot(), true
}
