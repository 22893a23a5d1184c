package main

import (
	"strings"
	"testing"
	"time"

	"duijie/internal/config"
)

func TestCheckWarnsOfAYearWithoutHolidays(t *testing.T) {
	own := map[int]config.Year{2027: {Holidays: []string{"2027-01-01"}}}
	for _, c := range []struct {
		now      string
		calendar map[int]config.Year
		want     string
	}{
		{"2026-06-01", nil, ""},
		{"2026-11-24", nil, "2027"},
		{"2026-11-24", own, ""},
		{"2027-03-01", nil, "2027"},
		{"2027-12-01", own, "2028"},
	} {
		now, err := time.Parse(time.DateOnly, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got := checkCalendar(&config.Config{Calendar: c.calendar}, now)
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, "has no "+c.want) || got[0].Severity != "warning") {
			t.Errorf("on %s: %+v, want a warning of %q", c.now, got, c.want)
		}
	}
}

// A year of the file's own stands in the built-in one's place, whole.
func TestFilesYearReplacesTheBuiltIn(t *testing.T) {
	day := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	if clockRule(&config.Config{}).Calendar.Working(day) {
		t.Error("1 October 2026 is worked by the built-in calendar")
	}
	if !clockRule(&config.Config{Calendar: map[int]config.Year{2026: {}}}).Calendar.Working(day) {
		t.Error("a year of the file's own is mixed with the built-in one")
	}
}
