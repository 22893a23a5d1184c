package gateway

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"duijie/internal/deadline"
	"duijie/internal/queue"
)

// clockEvery is how often all cases' clocks are looked at, and clockShare the
// part of the time that looking may take: a store of a million cases is looked
// through less often.
const (
	clockEvery = time.Minute
	clockShare = 50
)

// dueKept bounds how many clocks of one unit are kept for the list of what is due,
// the first to fall due; the counts are whole.
const dueKept = 5000

// Due is a clock of a case that ran out, or has used two thirds of its length.
type Due struct {
	Unit string
	// National and Local are the case's numbers; one may be empty.
	National, Local string
	CaseState       string
	deadline.Clock  // State is Overdue or Running
}

// DueFilter selects clocks; empty is all.
type DueFilter struct {
	Unit, State string
	From, Limit int
}

// DueList is a part of the clocks that are due, the first to fall due first, as
// they stood at At.
type DueList struct {
	At            time.Time // zero until the cases were looked through for the first time
	Clocks        []Due
	Total         int // that fit the filter and are kept
	Overdue, Near int // of the filter's unit, all of them
}

// clockLook is what one look at all clocks found; it does not change afterwards.
type clockLook struct {
	at      time.Time
	overdue map[string]map[string]int // clocks that ran out, by unit and name
	near    map[string]int            // clocks that have used two thirds, by unit
	due     []Due                     // both, the first to fall due first
	missing []int                     // years that the calendar lacks
}

// Due lists the clocks that ran out and those that soon will, as last looked at.
func (g *Gateway) Due(f DueFilter) DueList {
	w, now := g.clocks.Load(), g.now()
	l := DueList{At: w.at}
	for unit, names := range w.overdue {
		if f.Unit == "" || f.Unit == unit {
			for _, n := range names {
				l.Overdue += n
			}
		}
	}
	for unit, n := range w.near {
		if f.Unit == "" || f.Unit == unit {
			l.Near += n
		}
	}
	for _, d := range w.due {
		if d.State == deadline.Running && now.After(d.DueAt) {
			d.State = deadline.Overdue // since it was looked at
		}
		if f.Unit != "" && f.Unit != d.Unit || f.State != "" && f.State != d.State {
			continue
		}
		if l.Total >= f.From && len(l.Clocks) < f.Limit {
			l.Clocks = append(l.Clocks, d)
		}
		l.Total++
	}
	return l
}

// CalendarGaps are the years that clocks run into, or soon may, and that the
// working-day calendar lacks: weekends alone are off in them.
func (g *Gateway) CalendarGaps() []int { return g.clocks.Load().missing }

// clockLoop looks at the clocks of all cases, again and again, until ctx ends.
func (g *Gateway) clockLoop(ctx context.Context) error {
	told, years := map[string]bool{}, map[int]bool{}
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		began := time.Now()
		g.lookAtClocks(told)
		for _, year := range g.CalendarGaps() {
			if !years[year] {
				g.log.Warn("the working-day calendar has no such year: weekends alone are off; give it in calendar.holidays and restart", "year", year)
			}
			years[year] = true
		}
		wait = max(clockEvery, clockShare*time.Since(began))
	}
}

// lookAtClocks counts the clocks that ran out, for metrics and pages, and warns
// once of each that has used two thirds of its time.
func (g *Gateway) lookAtClocks(told map[string]bool) {
	now := g.now()
	look := dueLook{now: now, calendar: g.o.Deadlines.Calendar, due: map[string][]Due{}, years: map[int]bool{},
		found: clockLook{at: now, overdue: map[string]map[string]int{}, near: map[string]int{}}}
	if len(g.o.Deadlines.Lengths) > 0 {
		for _, year := range look.calendar.Missing(now) {
			look.years[year] = true
		}
	}
	err := g.store.EachCase("", func(c queue.Case) bool {
		for _, clock := range g.o.Deadlines.Clocks(factsOf(c), now) {
			near := look.add(c, clock)
			key := c.Unit + "\n" + c.Lane + "\n" + clock.Name
			if near && !told[key] {
				g.log.Warn("deadline near", "unit", c.Unit, "case", c.Lane, "clock", clock.Name, "due", clock.DueAt)
			}
			if near {
				told[key] = true
			} else {
				delete(told, key)
			}
		}
		return true
	})
	if err != nil {
		g.log.Error("look at deadlines", "error", err)
		return
	}
	g.clocks.Store(look.end())
}

// dueLook gathers one look at all clocks.
type dueLook struct {
	now      time.Time
	calendar deadline.Calendar
	found    clockLook
	due      map[string][]Due // by unit
	years    map[int]bool     // that the calendar lacks
}

// add notes a clock, and tells whether it is near its end.
func (l *dueLook) add(c queue.Case, clock deadline.Clock) (near bool) {
	switch {
	case clock.State == deadline.Overdue:
		if l.found.overdue[c.Unit] == nil {
			l.found.overdue[c.Unit] = map[string]int{}
		}
		l.found.overdue[c.Unit][clock.Name]++
	case clock.State == deadline.Running:
		if year := deadline.YearOf(clock.DueAt); !l.calendar.Knows(year) {
			l.years[year] = true
		}
		if !l.now.After(clock.WarnAt) {
			return false
		}
		l.found.near[c.Unit]++
		near = true
	default:
		return false
	}
	kept := append(l.due[c.Unit], Due{Unit: c.Unit, National: c.National, Local: c.Local, CaseState: c.State, Clock: clock})
	if len(kept) >= 2*dueKept {
		kept = firstDue(kept)
	}
	l.due[c.Unit] = kept
	return near
}

func (l *dueLook) end() *clockLook {
	for _, kept := range l.due {
		l.found.due = append(l.found.due, firstDue(kept)...)
	}
	slices.SortFunc(l.found.due, sooner)
	l.found.missing = slices.Sorted(maps.Keys(l.years))
	return &l.found
}

// firstDue are the first to fall due, as many as are kept.
func firstDue(kept []Due) []Due {
	slices.SortFunc(kept, sooner)
	return kept[:min(len(kept), dueKept)]
}

func sooner(a, b Due) int {
	return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.National, b.National), cmp.Compare(a.Local, b.Local), cmp.Compare(a.Name, b.Name))
}
