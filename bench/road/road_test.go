package road_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"duijie/bench/letter"
	"duijie/bench/road"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// TestAllIsSettledOnce: also two of one case, of two units, and no more than asked for.
func TestAllIsSettledOnce(t *testing.T) {
	s, err := bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), Judge: gateway.JudgeCase, Key: event.Key, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var targets []queue.Target
	n := uint64(0)
	for _, unit := range []string{"990000", "990001"} {
		targets = append(targets, queue.Target{Unit: unit, Direction: queue.ToLocal})
		for _, kind := range []string{letter.First, letter.Next, letter.Last} {
			for c := range 10 {
				n++
				subject, now := fmt.Sprintf("B%d", c), time.Now()
				res, err := s.Put(context.Background(), []queue.NewMessage{letter.Stored(unit, subject, kind, n, now, letter.Short(unit, subject, kind, n, now))})
				if err != nil || res[0].Err != nil {
					t.Fatal(err, res)
				}
			}
		}
	}
	r := road.Road{Store: s, Targets: targets, Workers: 4}
	some, err := r.Drain(context.Background(), 20*time.Second, n/2)
	if err != nil || some < n/2 || some > n/2+4 {
		t.Fatalf("%d of %d, %v", some, n/2, err)
	}
	rest, err := r.Drain(context.Background(), 20*time.Second, n-some)
	if err != nil || some+rest != n {
		t.Fatalf("%d and %d of %d, %v", some, rest, n, err)
	}
	for _, c := range s.Counts() {
		if c.State != queue.Acked {
			t.Errorf("%d are %s", c.N, c.State)
		}
	}
}
