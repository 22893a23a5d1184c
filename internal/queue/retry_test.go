package queue_test

import (
	"math"
	"testing"
	"time"

	"duijie/internal/queue"

	"pgregory.net/rapid"
)

func TestDelayIsThePrintedSchedule(t *testing.T) {
	r := queue.Retry{Initial: 5 * time.Second, Max: 10 * time.Minute, Multiplier: 2, Jitter: 0.2}
	for failures, want := range map[int]time.Duration{
		0: 0, 1: 5 * time.Second, 2: 10 * time.Second, 3: 20 * time.Second, 7: 320 * time.Second, 8: 10 * time.Minute, 1_000_000: 10 * time.Minute,
	} {
		if got := r.Delay(failures, 0.5); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
	if low, high := r.Delay(1, 0), r.Delay(1, 0.999999); low != 4*time.Second || high < 5900*time.Millisecond || high > 6*time.Second {
		t.Errorf("jitter from %v to %v", low, high)
	}
}

func TestDelayNeverOverflows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := queue.Retry{
			Initial: time.Duration(rapid.Int64Min(1).Draw(rt, "initial")), Max: time.Duration(rapid.Int64Min(0).Draw(rt, "max")),
			Multiplier: rapid.Float64Range(0, 1e6).Draw(rt, "multiplier"), Jitter: rapid.Float64Range(0, 1).Draw(rt, "jitter"),
		}
		n, u := rapid.IntRange(1, math.MaxInt).Draw(rt, "failures"), rapid.Float64Range(0, 0.999).Draw(rt, "u")
		d := r.Delay(n, u)
		limit := r.Max
		if limit == 0 {
			limit = math.MaxInt64
		}
		if d < 0 || float64(d) > float64(limit)*(1+r.Jitter)*1.0001 {
			rt.Fatalf("%+v after %d failures: %v", r, n, d)
		}
		if d != r.Delay(n, u) {
			rt.Fatal("not pure")
		}
	})
}

func TestDelayDoesNotShrink(t *testing.T) {
	r := queue.Retry{Initial: time.Second, Max: time.Hour, Multiplier: 1.7}
	for n := 1; n < 100; n++ {
		if r.Delay(n+1, 0.3) < r.Delay(n, 0.3) {
			t.Fatalf("delay shrinks at %d", n)
		}
	}
	for _, m := range []float64{0, 0.5, 1} {
		if got := (queue.Retry{Initial: time.Second, Multiplier: m}).Delay(50, 0.5); got != time.Second {
			t.Errorf("multiplier %v: %v", m, got)
		}
	}
}
