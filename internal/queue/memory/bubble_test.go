package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/memory"
)

// TestLivesInABubble plays an hour's retry and a lost lease in synthetic time.
func TestLivesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, target := context.Background(), queue.Target{Unit: "510000", Direction: queue.ToLocal}
		s := memory.Open(memory.Options{})
		_, err := s.Put(ctx, []queue.NewMessage{{Message: queue.Message{Receipt: "r", ID: "m", Unit: target.Unit, Direction: target.Direction, Lane: "n:A"}}})
		if err != nil {
			t.Fatal(err)
		}
		claim := func() []queue.Delivery {
			ds, err := s.Claim(ctx, map[queue.Target]int{target: 1}, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return ds
		}
		d := claim()[0]
		out, err := s.Settle(ctx, []queue.Settlement{{Receipt: "r", Lease: d.Lease, At: time.Now(), State: queue.Queued, DueAt: time.Now().Add(time.Hour)}})
		if err != nil || out[0].Err != nil {
			t.Fatal(out, err)
		}
		if n := len(claim()); n != 0 {
			t.Fatalf("claimed %d before the hour", n)
		}
		time.Sleep(time.Until(s.NextDue([]queue.Target{target})))
		d = claim()[0]
		if _, err := s.Begin(ctx, []queue.Start{{Receipt: "r", Lease: d.Lease}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if d = claim()[0]; !d.Unknown {
			t.Error("the lease ended and the outcome is not unknown")
		}
	})
}
