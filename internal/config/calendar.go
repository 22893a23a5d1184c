package config

import (
	"os"
	"strconv"
	"strings"
	"time"

	"duijie/internal/yamlnode"
)

// clocks are the deadlines that may be overridden.
var clocks = []string{"accept", "mediate.pre", "mediate.ordinary", "mediate.summary", "mediate.own", "confirm", "review", "extension"}

// calendar reads the working-day calendar and the lengths of clocks.
func (l *loader) calendar(m *yamlnode.Map) {
	if ref := m.Map("calendar", "holidays").Text("holidays", ""); ref != "" {
		at := m.At("calendar")
		file, ok := strings.CutPrefix(ref, "file:")
		if !ok {
			l.Error(at, "bad-value", "calendar.holidays must be file:PATH")
		} else {
			l.c.Holidays = l.path(file)
			l.holidays(m)
		}
	}
	d := m.Map("deadlines", clocks...)
	l.c.Deadlines = map[string]string{}
	for _, name := range d.Keys() {
		length := d.Text(name, "")
		days, ok := strings.CutSuffix(length, "wd")
		if !ok {
			days, ok = strings.CutSuffix(length, "d")
		}
		if n, err := strconv.Atoi(days); !ok || err != nil || n < 1 || n > 3650 {
			l.Error(d.At(name), "bad-value", "deadlines.%s must be days such as 30d or working days such as 3wd", name)
			continue
		}
		l.c.Deadlines[name] = length
	}
}

func (l *loader) holidays(m *yamlnode.Map) {
	raw, err := os.ReadFile(l.c.Holidays)
	if err != nil {
		l.Error(m.At("calendar"), "no-such-file", "calendar.holidays cannot be read: %v", cause(err))
		return
	}
	r := &yamlnode.Reader{File: l.c.Holidays}
	if root := r.Parse(raw); root != nil {
		years := r.Map(root, "")
		l.c.Calendar = map[int]Year{}
		for _, name := range years.Keys() {
			number, err := strconv.Atoi(name)
			if err != nil || number < 1949 || number > 2200 {
				r.Error(years.Key(name), "unknown-key", "a year is expected")
				continue
			}
			y := years.Map(name, "holidays", "workdays")
			l.c.Calendar[number] = Year{Holidays: days(r, y, "holidays", name), Workdays: days(r, y, "workdays", name)}
		}
	}
	for _, f := range r.Findings() {
		l.Add(f)
	}
}

// days are dates of one year.
func days(r *yamlnode.Reader, y *yamlnode.Map, key, year string) []string {
	out := y.Texts(key)
	for _, d := range out {
		if _, err := time.Parse(time.DateOnly, d); err != nil || !strings.HasPrefix(d, year) {
			r.Error(y.At(key), "bad-value", "%s must hold days of that year such as %s-10-01", yamlnode.Join(y.Path, key), year)
			break
		}
	}
	return out
}
