// Package stats is the statistics of a period (统计): how many cases were
// delegated, accepted, closed and how, from what the gateway keeps of each case
// beyond its payload's life. It is pure: records go in, one after the other, and
// figures come out; the same records give the same figures after a purge.
//
// Each figure counts by the event's own time in Asia/Shanghai, and each case once:
// by the first event of its kind. What the figures mean is in docs/domain.md.
package stats

import (
	"fmt"
	"time"
)

// zone is the only zone of the domain.
var zone = time.FixedZone("+08:00", 8*60*60)

// Period is a month or a quarter, from From to before To.
type Period struct {
	Name     string // 2026-11 or 2026-Q4
	From, To time.Time
}

// ParsePeriod reads "2026-11" or "2026-Q4".
func ParsePeriod(name string) (Period, error) {
	if t, err := time.ParseInLocation("2006-01", name, zone); err == nil {
		return Period{name, t, t.AddDate(0, 1, 0)}, nil
	}
	var year, quarter int
	if n, err := fmt.Sscanf(name, "%4d-Q%1d", &year, &quarter); err == nil && n == 2 && len(name) == 7 && quarter >= 1 && quarter <= 4 {
		from := time.Date(year, time.Month(3*quarter-2), 1, 0, 0, 0, 0, zone)
		return Period{name, from, from.AddDate(0, 3, 0)}, nil
	}
	return Period{}, fmt.Errorf("%q is no period: a month such as 2026-11 or a quarter such as 2026-Q4", name)
}

// Holds tells that a moment lies in the period; the zero time lies in none.
func (p Period) Holds(t time.Time) bool { return !t.IsZero() && !t.Before(p.From) && t.Before(p.To) }
