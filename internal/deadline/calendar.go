// Package deadline is the clocks of a case (办理期限): what runs, until when, and
// how it stands. It is pure: a case's facts, the working-day calendar and the
// lengths go in, clocks come out; it reads no time of its own and stores nothing.
//
// Days are calendar days of Asia/Shanghai. The day of the event does not count,
// an end on a day off moves to the next working day (民事诉讼法 art. 85), and a
// clock falls due at the last second of its last day.
package deadline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// zone is the only zone of the domain; it has had no summer time since 1991.
var zone = time.FixedZone("+08:00", 8*60*60)

// Year is one year of the calendar that the State Council publishes each autumn
// (国务院办公厅关于节假日安排的通知): days as 2026-10-01.
type Year struct {
	Holidays []string // 放假, days off besides Saturdays and Sundays
	Workdays []string // 调休上班, Saturdays and Sundays that are worked
}

// Calendar tells working days from days off. The zero value knows weekends only.
type Calendar struct {
	off, worked map[string]bool
	years       map[int]bool
}

// NewCalendar takes the years that are known.
func NewCalendar(years map[int]Year) Calendar {
	c := Calendar{off: map[string]bool{}, worked: map[string]bool{}, years: map[int]bool{}}
	for year, y := range years {
		c.years[year] = true
		for _, d := range y.Holidays {
			c.off[d] = true
		}
		for _, d := range y.Workdays {
			c.worked[d] = true
		}
	}
	return c
}

// Knows tells whether the calendar has that year; without it weekends alone are off.
func (c Calendar) Knows(year int) bool { return c.years[year] }

// Working tells whether the day of t is worked.
func (c Calendar) Working(t time.Time) bool {
	day := t.In(zone).Format(time.DateOnly)
	switch {
	case c.worked[day]:
		return true
	case c.off[day]:
		return false
	}
	weekday := t.In(zone).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}

// Length is how long a clock runs.
type Length struct {
	Days    int
	Working bool // working days
}

// ParseLength reads "30d", or "3wd" in working days.
func ParseLength(s string) (Length, error) {
	text, working := strings.CutSuffix(s, "wd")
	if !working {
		var ok bool
		if text, ok = strings.CutSuffix(s, "d"); !ok {
			return Length{}, fmt.Errorf("%q is no length: days such as 30d or working days such as 3wd", s)
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return Length{}, fmt.Errorf("%q is no length: days such as 30d or working days such as 3wd", s)
	}
	return Length{Days: n, Working: working}, nil
}

// Defaults are the lengths by law, or after practice where there is none:
// 法释〔2021〕23号 art. 24 and 法释〔2016〕14号 art. 27 (mediate.pre, ordinary, summary),
// 劳动争议调解仲裁法 art. 14 (mediate.own), 民事诉讼法 art. 205 (confirm), the ministry's
// arbitration rules (review). "accept" is ours, after the practice of invited
// mediation. "extension" has no length unless configured, and then no clock.
func Defaults() map[string]Length {
	return map[string]Length{
		"accept":           {3, true},
		"mediate.pre":      {30, false},
		"mediate.ordinary": {15, false},
		"mediate.summary":  {7, false},
		"mediate.own":      {15, false},
		"confirm":          {30, false},
		"review":           {15, false},
	}
}

// midnight is the beginning of t's day.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// lastSecond is the end of a day.
func lastSecond(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Second) }

// days is the number of days from the day of a to the day of b.
func days(a, b time.Time) int { return int(midnight(b).Sub(midnight(a)).Hours() / 24) }

// end is the last day of a clock that started then, with further calendar days
// for its pauses: never a day off.
func (c Calendar) end(start time.Time, l Length, further int) time.Time {
	day := midnight(start)
	if l.Working {
		for left := l.Days; left > 0; {
			if day = day.AddDate(0, 0, 1); c.Working(day) {
				left--
			}
		}
	} else {
		day = day.AddDate(0, 0, l.Days)
	}
	return c.next(day.AddDate(0, 0, further))
}

// next is that day, or the first working day after it.
func (c Calendar) next(day time.Time) time.Time {
	for !c.Working(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// Missing are the years from now's to that of clocks which may start soon that the
// calendar does not have.
func (c Calendar) Missing(now time.Time) []int {
	var out []int
	for _, year := range []int{now.In(zone).Year(), now.In(zone).AddDate(0, 2, 0).Year()} {
		if !c.Knows(year) && !slices.Contains(out, year) {
			out = append(out, year)
		}
	}
	return out
}

// YearOf is the year of a moment's day.
func YearOf(t time.Time) int { return t.In(zone).Year() }
