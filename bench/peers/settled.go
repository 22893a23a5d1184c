package main

import (
	"context"
	"sync"
	"sync/atomic"
)

// settled has the workers take and settle one after the other until so many are
// settled or ctx ends, which take's own context tells; take says whether there was one.
func settled(ctx context.Context, most uint64, take func(ctx context.Context) (bool, error)) (uint64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var n atomic.Uint64
	var wait sync.WaitGroup
	failed := make(chan error, workers)
	for range workers {
		wait.Go(func() {
			for ctx.Err() == nil {
				ok, err := take(ctx)
				if err != nil {
					failed <- err
					cancel()
					return
				}
				if ok && n.Add(1) >= most {
					cancel()
				}
			}
		})
	}
	wait.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return n.Load(), nil
	}
}
