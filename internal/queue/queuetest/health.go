package queuetest

import (
	"errors"
	"syscall"

	"duijie/internal/queue"
)

var healthPromises = []promise{
	{"FullStoreRefusesAndRecovers", func(r *rig) {
		r.want("health", r.Health(), "ok")
		r.failAt("before-commit", syscall.ENOSPC)
		m := r.down("A", "case.delegated")
		if _, err := r.Put(ctx, []queue.NewMessage{m}); !errors.Is(err, queue.ErrFull) {
			r.t.Fatalf("err = %v", err)
		}
		r.want("health", r.Health(), "full")
		if _, err := r.Get(m.Receipt); !errors.Is(err, queue.ErrNotFound) {
			r.t.Errorf("what was refused is stored: %v", err)
		}
		r.works()
		r.put(m)
		r.want("health", r.Health(), "ok")
		r.claimed(m.Receipt)
	}},
	{"ReadOnlyStoreSaysSo", func(r *rig) {
		r.failAt("before-commit", syscall.EROFS)
		if _, err := r.Put(ctx, []queue.NewMessage{r.down("A", "x")}); !errors.Is(err, queue.ErrReadOnly) {
			r.t.Fatalf("err = %v", err)
		}
		r.want("health", r.Health(), "readonly")
	}},
	{"FailedSyncIsNeverRetriedIntoAnOK", func(r *rig) {
		kept := r.down("A", "case.delegated")
		r.put(kept)
		r.failAt("before-sync", syscall.ENOSPC)
		if _, err := r.Put(ctx, []queue.NewMessage{r.down("B", "x")}); !errors.Is(err, queue.ErrFailed) {
			r.t.Fatalf("err = %v", err)
		}
		r.works()
		if _, err := r.Put(ctx, []queue.NewMessage{r.down("C", "x")}); !errors.Is(err, queue.ErrFailed) {
			r.t.Errorf("after it: %v", err)
		}
		r.want("health", r.Health(), "failed")
		r.restart()
		r.want("health", r.Health(), "ok")
		r.is(kept.Receipt, "queued")
	}},
	{"AfterCommitNobodyCanSay", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.failAt("after-commit", errors.New("the power went"))
		if _, err := r.Put(ctx, []queue.NewMessage{m}); !errors.Is(err, queue.ErrFailed) {
			r.t.Fatalf("err = %v", err)
		}
		r.works()
		r.restart()
		r.want("repeat", r.put(m)[0].Duplicate, true)
	}},
	{"ClosedStoreTakesNothing", func(r *rig) {
		if err := r.Close(); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.Put(ctx, []queue.NewMessage{r.down("A", "x")}); !errors.Is(err, queue.ErrClosed) {
			r.t.Errorf("put: %v", err)
		}
		if _, err := r.Claim(ctx, map[queue.Target]int{toLocal: 1}, lease); !errors.Is(err, queue.ErrClosed) {
			r.t.Errorf("claim: %v", err)
		}
	}},
}
