package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"duijie/bench/stage"
)

// TestEachIsPutAndTakenOnce: what the figures stand on.
func TestEachIsPutAndTakenOnce(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			err := stage.On(func(st *stage.Stage) error {
				q, err := s.open(st)
				if err != nil {
					return err
				}
				const all = 50
				body := bodies()
				for n := uint64(1); n <= all; n++ {
					if err := q.Put(n, body.Write(n)); err != nil {
						return err
					}
				}
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				n, err := q.Drain(ctx, all)
				if n < all {
					t.Errorf("%d of %d were settled", n, all)
				}
				if bytes, err := q.Bytes(); err != nil || bytes <= 0 {
					t.Errorf("%d bytes, %v", bytes, err)
				}
				return err
			})
			if absent, ok := errors.AsType[stage.Missing](err); ok {
				t.Skip(absent)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
