package queue

import (
	"math"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Retry is a schedule: min(Initial·Multiplier^(n−1), Max), times a factor in
// [1−Jitter, 1+Jitter]. A Multiplier under 1 counts as 1; Max 0 means no limit.
type Retry struct {
	Initial, Max       time.Duration
	Multiplier, Jitter float64
}

// Delay is how long to wait after so many failures in a row; u in [0,1) is the
// jitter's chance. It is pure: a restart does not begin the schedule anew.
func (r Retry) Delay(failures int, u float64) time.Duration {
	if failures < 1 || r.Initial <= 0 {
		return 0
	}
	limit := r.Max
	if limit <= 0 {
		limit = math.MaxInt64
	}
	factor := 1 + r.Jitter*(2*u-1)
	return clamp(float64(r.base(failures, limit)) * max(factor, 0))
}

// maxSteps bounds the walk for multipliers hardly over 1.
const maxSteps = 10_000

// base is the schedule without jitter, by the library's own arithmetic: it walks
// to the limit, which a multiplier over 1 reaches in a few dozen steps.
func (r Retry) base(failures int, limit time.Duration) time.Duration {
	if r.Multiplier <= 1 {
		return min(r.Initial, limit)
	}
	b := backoff.ExponentialBackOff{
		InitialInterval: min(r.Initial, limit), Multiplier: r.Multiplier, MaxInterval: limit,
		Stop: backoff.Stop, Clock: backoff.SystemClock,
	}
	b.Reset()
	var d time.Duration
	for range min(failures, maxSteps) {
		if d = b.NextBackOff(); d >= limit || d < 0 {
			return limit
		}
	}
	return d
}

func clamp(f float64) time.Duration {
	if f >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(f)
}
