package deadline

import "time"

// Facts are what the clocks of one case go by. Times are the events' own, but
// Taken and Platform, which are the gateway's.
type Facts struct {
	Taken      time.Time // case.delegated was taken
	Answered   time.Time // accepted or rejected
	Platform   time.Time // the acceptance was confirmed on the platform
	Applied    time.Time // the application of an own case (自行受理) was taken
	Closed     time.Time
	Ended      time.Time // withdrawn or rejected, where that moved the case
	Delegation string    // pre 委派, post 委托
	Procedure  string    // ordinary, summary, none
	Pauses     []Pause   // 中止
	NewDue     time.Time // the extended end, where a decision named it
	Extended   int       // days granted without a new end
	Effective  time.Time // the agreement takes effect
	Confirming time.Time // confirmation asked for, its dossier asked for, or decided
	Reviewed   time.Time // arbitration review reported
	Asked      time.Time // an extension was asked for
	Decided    time.Time // the latest extension was decided
}

// Pause is a time in which a case was suspended; To is zero while it is.
type Pause struct {
	From time.Time `cbor:"1,keyasint"`
	To   time.Time `cbor:"2,keyasint"`
}

// The states of a clock.
const (
	Running = "running"
	Paused  = "paused"
	Met     = "met"
	MetLate = "met-late"
	Overdue = "overdue"
)

// Clock is one clock of a case.
type Clock struct {
	Name      string
	StartedAt time.Time
	// WarnAt is two thirds of its length after the start; zero once it is stopped.
	WarnAt time.Time
	DueAt  time.Time
	State  string
}

// Rule is the lengths and the calendar that clocks are made by.
type Rule struct {
	Lengths  map[string]Length
	Calendar Calendar
}

// Clocks are all clocks of a case that have started, in the order of a case's life.
func (r Rule) Clocks(f Facts, now time.Time) []Clock {
	var out []Clock
	add := func(name string, start, stop time.Time, pauses []Pause, f Facts) {
		if c, ok := r.clock(name, start, stop, pauses, f, now); ok {
			out = append(out, c)
		}
	}
	add("accept", f.Taken, first(f.Answered, f.Ended), nil, Facts{})
	switch {
	case !f.Applied.IsZero():
		add("mediate.own", f.Applied, first(f.Closed, f.Ended), f.Pauses, f)
	case f.Delegation != "":
		add(mediation(f), f.Platform, first(f.Closed, f.Ended), f.Pauses, f)
	}
	add("extension", f.Asked, first(notBefore(f.Decided, f.Asked), f.Ended), nil, Facts{})
	add("confirm", f.Effective, f.Confirming, nil, Facts{})
	add("review", f.Effective, f.Reviewed, nil, Facts{})
	return out
}

// mediation is the clock of a delegated case by its kind.
func mediation(f Facts) string {
	switch {
	case f.Delegation == "pre":
		return "mediate.pre"
	case f.Procedure == "summary":
		return "mediate.summary"
	}
	return "mediate.ordinary"
}

func (r Rule) clock(name string, start, stop time.Time, pauses []Pause, extended Facts, now time.Time) (Clock, bool) {
	length, ok := r.Lengths[name]
	if !ok || start.IsZero() {
		return Clock{}, false
	}
	until := now
	if !stop.IsZero() {
		until = stop
	}
	further, paused := suspended(pauses, start, until)
	end := r.Calendar.end(start, Length{length.Days, length.Working}, further+extended.Extended)
	if !extended.NewDue.IsZero() {
		if later := midnight(extended.NewDue).AddDate(0, 0, suspendedAfter(pauses, extended, until)); later.After(end) {
			end = r.Calendar.next(later)
		}
	}
	c := Clock{Name: name, StartedAt: start, DueAt: lastSecond(end)}
	switch {
	case !stop.IsZero() && stop.After(c.DueAt):
		c.State = MetLate
	case !stop.IsZero():
		c.State = Met
	case paused:
		c.State = Paused
	case now.After(c.DueAt):
		c.State = Overdue
	default:
		c.State = Running
	}
	if stop.IsZero() {
		c.WarnAt = start.Add(c.DueAt.Sub(start) * 2 / 3)
	}
	return c, true
}

// suspended counts the days off the clock between its start and a moment, and
// tells whether it stands still at that moment.
func suspended(pauses []Pause, start, until time.Time) (n int, still bool) {
	for _, p := range pauses {
		from, to := p.From, p.To
		if from.After(until) {
			continue
		}
		if to.IsZero() || to.After(until) {
			to = until
			still = still || p.To.IsZero()
		}
		if from.Before(start) {
			from = start
		}
		if d := days(from, to); d > 0 {
			n += d
		}
	}
	return n, still
}

// suspendedAfter counts the days of pauses after the extension was decided: its
// new end already knows those before.
func suspendedAfter(pauses []Pause, f Facts, until time.Time) int {
	n, _ := suspended(pauses, f.Decided, until)
	return n
}

// first is the earlier of two moments that may be zero.
func first(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// notBefore is t unless it lies before since: a decision on an earlier request.
func notBefore(t, since time.Time) time.Time {
	if t.Before(since) {
		return time.Time{}
	}
	return t
}
