package bolt

import (
	"context"
	"fmt"
	"time"

	"duijie/internal/queue"
)

// A commit takes what is waiting, up to so much.
const (
	maxOps   = 1024
	maxBytes = 16 << 20
	// gatherFor is how long a commit waits for as many as the last one had.
	gatherFor = 200 * time.Microsecond
)

// op is one operation that waits for a commit.
type op struct {
	run   func(t *wtx)
	alone func() error // set: not a part of a commit, but done by the writer itself
	size  int
	done  chan error
}

// write has an operation committed. Run may be called several times, and after
// write has returned where ctx ended: it must set its results anew each time.
func (s *Store) write(ctx context.Context, what string, size int, run func(t *wtx)) error {
	o := &op{run: run, size: size + 512, done: make(chan error, 1)}
	if err := s.send(ctx, o); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	select {
	case err := <-o.done:
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}

func (s *Store) send(ctx context.Context, o *op) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.sending.RLock()
	defer s.sending.RUnlock()
	if s.closed {
		return queue.ErrClosed
	}
	select {
	case s.ops <- o:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// writeLoop is the one writer: it ends when ops is closed and empty. While the
// store is unwell it tries by itself, now and then, whether it has recovered.
func (s *Store) writeLoop() {
	defer close(s.written)
	var left *op // taken, but too big for the last commit
	var tried time.Time
	for {
		if s.unhealthy() && time.Since(tried) >= recoverEvery {
			// Also where operations keep coming: small ones would fail on, or pass
			// without proving that what failed would pass.
			tried = time.Now()
			s.tryAgain()
		}
		o := left
		left = nil
		if o == nil {
			var ok bool
			if o, ok = s.next(); !ok {
				return
			}
		}
		if o == nil {
			for len(s.ops) == 0 && s.rest() {
			}
			continue
		}
		if o.alone != nil {
			o.done <- o.alone()
			continue
		}
		batch := []*op{o}
		batch, left = s.gather(batch, o.size)
		s.commit(batch)
	}
}

// next waits for an operation; nil with true: it is time to see whether the store
// is well again, or to bring what has gathered to its place.
func (s *Store) next() (*op, bool) {
	var wait time.Duration
	switch {
	case s.unhealthy():
		wait = recoverEvery
	case s.file.Pending():
		wait = restAfter
	default:
		o, ok := <-s.ops
		return o, ok
	}
	select { // most often there is one already
	case o, ok := <-s.ops:
		return o, ok
	default:
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case o, ok := <-s.ops:
		return o, ok
	case <-t.C:
		return nil, true
	}
}

// unhealthy tells that the store takes no writes and may yet recover.
func (s *Store) unhealthy() bool {
	h := s.Health()
	return h != "ok" && h != "failed"
}

// gather adds what is waiting already, and where the last commit had several, what
// comes within a moment: those who were answered together come again together,
// and two commits of half of them would cost nearly twice as much as one. Who is
// alone never waits. One that would make the commit too big is left over.
func (s *Store) gather(batch []*op, size int) (_ []*op, left *op) {
	defer func() { s.together = len(batch) }()
	var late <-chan time.Time
	for len(batch) < maxOps && (len(s.ops) > 0 || len(batch) < s.together) {
		if late == nil && len(s.ops) == 0 {
			t := time.NewTimer(gatherFor)
			defer t.Stop()
			late = t.C
		}
		select {
		case o, ok := <-s.ops:
			if !ok {
				return batch, nil
			}
			if size += o.size; size > maxBytes || o.alone != nil {
				return batch, o
			}
			batch = append(batch, o)
		case <-late:
			return batch, nil
		}
	}
	return batch, nil
}

// commit commits a batch and answers each of it.
func (s *Store) commit(batch []*op) {
	err, spoiled := s.try(batch)
	if spoiled && len(batch) > 1 {
		for _, o := range batch {
			err, _ := s.try([]*op{o})
			o.done <- err
		}
		return
	}
	for _, o := range batch {
		o.done <- err
	}
}

// try runs and commits operations, or none, in one transaction. Spoiled tells that one of
// them failed in itself and nothing was written: the others may do better alone.
func (s *Store) try(batch []*op) (err error, spoiled bool) {
	if s.Health() == "failed" {
		return queue.ErrFailed, false
	}
	w, err := s.file.Write()
	if err != nil {
		return s.unwell(fmt.Errorf("%w: begin transaction: %w", queue.ErrFailed, err), 0), false
	}
	if len(batch) == 0 {
		w.Carry = carryAtRest
	}
	t := newWtx(s, w)
	size := 0
	for _, o := range batch {
		size += o.size
		if t.err == nil {
			t.fail(runOne(t, o))
		}
	}
	if t.err == nil {
		t.flush()
	}
	if t.err != nil {
		t.undone()
		_ = w.Rollback() // nothing was written; the transaction's own error says why
		return t.err, true
	}
	used := w.Size()
	if err := s.sync(t, size); err != nil {
		t.undone()
		return s.unwell(err, size), false
	}
	t.committed()
	if err := s.fault("after-commit"); err != nil {
		return s.unwell(fmt.Errorf("%w: %w", queue.ErrFailed, err), size), false
	}
	s.well(size)
	s.trim(used)
	return nil, false
}

// runOne runs an operation; a panic in it (a judge's, say) is its own error.
func runOne(t *wtx, o *op) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in the commit: %v", r)
		}
	}()
	o.run(t)
	return nil
}

func (s *Store) fault(point string) error {
	if s.o.Fault == nil {
		return nil
	}
	return s.o.Fault(point)
}

// Waiting is how many writes wait for a commit.
func (s *Store) Waiting() int { return len(s.ops) }
