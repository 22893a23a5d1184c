package deadline

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// worked are the working days of each built-in year: 13 days off by law, and those
// lost to a weekend, as counted from the calendar by hand.
var worked = map[int]int{2026: 248}

func TestPublishedYearsAddUp(t *testing.T) {
	for year, y := range Published() {
		for _, day := range slices.Concat(y.Holidays, y.Workdays) {
			if d := at(t, day); d.Year() != year {
				t.Errorf("%d holds %s", year, day)
			}
		}
		for _, day := range y.Workdays {
			if w := at(t, day).Weekday(); w != time.Saturday && w != time.Sunday {
				t.Errorf("%s is worked anyway, a %s", day, w)
			}
			if slices.Contains(y.Holidays, day) {
				t.Errorf("%s is off and worked", day)
			}
		}
		if !slices.IsSorted(y.Holidays) || len(slices.Compact(slices.Clone(y.Holidays))) != len(y.Holidays) {
			t.Errorf("%d: days out of order or twice: %v", year, y.Holidays)
		}
		c, n := NewCalendar(Published()), 0
		for day := at(t, fmt.Sprint(year, "-01-01")); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if c.Working(day) {
				n++
			}
		}
		if n != worked[year] {
			t.Errorf("%d has %d working days, want %d", year, n, worked[year])
		}
	}
}

// The spans of the notice of 2026 with the weekdays that it names.
func TestYear2026IsTheNotices(t *testing.T) {
	c := NewCalendar(Published())
	for first, last := range map[string]string{
		"2026-01-01 Thu": "2026-01-03 Sat", "2026-02-15 Sun": "2026-02-23 Mon", "2026-04-04 Sat": "2026-04-06 Mon", "2026-05-01 Fri": "2026-05-05 Tue",
		"2026-06-19 Fri": "2026-06-21 Sun", "2026-09-25 Fri": "2026-09-27 Sun", "2026-10-01 Thu": "2026-10-07 Wed",
	} {
		for _, named := range []string{first, last} {
			if d := at(t, named[:10]); d.Format("2006-01-02 Mon") != named || c.Working(d) {
				t.Errorf("%s is a %s, worked: %v", named, d.Weekday(), c.Working(d))
			}
		}
	}
	for _, named := range []string{"2026-01-04 Sun", "2026-02-14 Sat", "2026-02-28 Sat", "2026-05-09 Sat", "2026-09-20 Sun", "2026-10-10 Sat"} {
		if d := at(t, named[:10]); d.Format("2006-01-02 Mon") != named || !c.Working(d) {
			t.Errorf("%s is a %s, worked: %v", named, d.Weekday(), c.Working(d))
		}
	}
	// Three working days over the Spring Festival: Saturday 14 is worked, then Tuesday 24 and Wednesday 25.
	if got := c.end(at(t, "2026-02-13 09:00"), Length{3, true}, 0); !got.Equal(at(t, "2026-02-25")) {
		t.Errorf("three working days from 13 February end on %s", got.Format(time.DateOnly))
	}
}
