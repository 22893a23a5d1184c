package main

import (
	"fmt"
	"time"

	"duijie/internal/config"
)

// checkCalendar warns of each year that deadlines run into, now or within two
// months, and that the working-day calendar lacks.
func checkCalendar(c *config.Config, now time.Time) []finding {
	var out []finding
	for _, year := range clockRule(c).Calendar.Missing(now) {
		out = append(out, finding{File: c.Name(), Severity: "warning", Code: "calendar-year",
			Message: fmt.Sprintf("the working-day calendar has no %d: deadlines of that year count weekends alone", year),
			Hint:    "put the State Council's days into the file of calendar.holidays once they are published, and restart"})
	}
	return out
}
