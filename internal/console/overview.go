package console

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/i18n"
	"duijie/internal/queue"
)

// heldCounted bounds how many held deliveries one view of the overview reads.
const heldCounted = 1000

// overviewBody is the first page: what is stuck and why, then how the units stand.
type overviewBody struct {
	Store    string // empty while it is well
	Held     int
	Awaiting int
	Queued   int
	Overdue  int    // clocks of cases that ran out
	Gaps     string // years that the working-day calendar lacks
	Oldest   time.Time
	Paused   int
	Slow     int // units whose backlog is old though nothing is said to be wrong
	Troubles []trouble
	Groups   []heldGroup
	Partly   bool // there are more held than Groups count
	Counted  int
	Units    []unitRow
	Well     bool
}

// trouble is a unit that needs a person.
type trouble struct {
	gateway.UnitView
	Cause   string
	Way     string
	Waiting int
}

// heldGroup are the held deliveries of one reason.
type heldGroup struct {
	Reason string
	Count  int
	Oldest time.Time
	Units  []heldUnit
	Link   string
}

type heldUnit struct {
	Code, Name string
	Count      int
	Link       string
}

// unitRow is a unit with its backlog both ways.
type unitRow struct {
	gateway.UnitView
	Down, Up   backlog
	OldestOpen time.Time
	SinceAt    time.Time
	Slow       bool
	Failing    bool // the breaker is open
	Late       int  // cases whose clock has run out
}

// slowAfter is when messages that could go have waited too long to be called well.
const slowAfter = time.Hour

type backlog struct{ Open, Held int }

func (c *Console) overview(w http.ResponseWriter, r *http.Request, p who) {
	units := c.gw.Units()
	held, more, err := c.gw.Deliveries(queue.Filter{State: queue.Held, Limit: heldCounted})
	if err != nil {
		c.fail(w, r, p, err)
		return
	}
	b := overviewBody{Groups: groupHeld(held, names(units)), Partly: more != 0, Counted: len(held), Gaps: years(c.gw.CalendarGaps())}
	if store := c.gw.Ready().Store; store != "ok" {
		b.Store = i18n.Say(c.langOf(r), "store."+store)
	}
	for _, u := range units {
		b.add(u, c.langOf(r), c.now())
	}
	b.Well = b.Store == "" && b.Held == 0 && len(b.Troubles) == 0 && b.Paused == 0 && b.Slow == 0
	slices.SortStableFunc(b.Units, func(x, y unitRow) int { return cmp.Compare(y.urgency(), x.urgency()) })
	const every = 30
	c.render(w, r, http.StatusOK, "overview", page{Who: p, Title: "nav.overview", Tab: "overview", Refresh: every, Body: b})
}

// add puts a unit's numbers into the page.
func (b *overviewBody) add(u gateway.UnitView, l i18n.Lang, now time.Time) {
	row := unitRow{UnitView: u, Down: backlogOf(u.ToLocal), Up: backlogOf(u.ToNational), Failing: u.Breaker != "" && u.Breaker != "closed"}
	for _, n := range u.Overdue {
		row.Late += n
	}
	if u.Oldest != nil {
		row.OldestOpen = *u.Oldest
		if b.Oldest.IsZero() || row.OldestOpen.Before(b.Oldest) {
			b.Oldest = row.OldestOpen
		}
	}
	if u.Since != nil {
		row.SinceAt = *u.Since
	}
	if u.Status == "ok" && u.Counts[string(queue.Queued)] > 0 && !row.OldestOpen.IsZero() && now.Sub(row.OldestOpen) > slowAfter {
		row.Slow = true
		b.Slow++
	}
	b.Units = append(b.Units, row)
	b.Overdue += row.Late
	b.Held += u.Counts[string(queue.Held)]
	b.Awaiting += u.Counts[string(queue.Awaiting)]
	b.Queued += u.Counts[string(queue.Queued)] + u.Counts[string(queue.Sending)]
	switch u.Status {
	case "paused":
		b.Paused++
	case "trouble", "broken":
		t := trouble{UnitView: u, Waiting: row.Down.Open + row.Up.Open - row.Down.Held - row.Up.Held}
		way, cause, ok := strings.Cut(u.Trouble, ": ")
		if !ok {
			way, cause = "", u.Trouble
		}
		if cause == "" {
			cause = "pack"
		}
		t.Cause = i18n.Trouble(l, cause)
		if way != "" {
			t.Way = i18n.Direction(l, way)
		}
		b.Troubles = append(b.Troubles, t)
	}
}

// TroubleSince is when a unit's trouble began.
func (t trouble) TroubleSince() time.Time {
	if t.TroubleAt == nil {
		return time.Time{}
	}
	return *t.TroubleAt
}

// urgency orders the units: what needs a person first.
func (u unitRow) urgency() int {
	switch {
	case u.Status == "trouble" || u.Status == "broken":
		return 3
	case u.Down.Held+u.Up.Held > 0:
		return 2
	case u.Status == "paused" || u.Slow:
		return 1
	}
	return 0
}

func backlogOf(counts map[string]int) backlog {
	b := backlog{Held: counts[string(queue.Held)]}
	for state, n := range counts {
		if !queue.State(state).Final() {
			b.Open += n
		}
	}
	return b
}

func names(units []gateway.UnitView) map[string]string {
	out := map[string]string{}
	for _, u := range units {
		out[u.Code] = u.Name
	}
	return out
}

// groupHeld counts by reason and unit, the largest group first.
func groupHeld(held []queue.Delivery, names map[string]string) []heldGroup {
	groups := map[string]*heldGroup{}
	perUnit := map[string]map[string]int{}
	for _, d := range held {
		reason := ""
		if d.Reason != nil {
			reason = d.Reason.Code
		}
		g := groups[reason]
		if g == nil {
			g = &heldGroup{Reason: reason, Link: listLink(url.Values{"state": {"held"}, "reason": {reason}})}
			groups[reason], perUnit[reason] = g, map[string]int{}
		}
		g.Count++
		perUnit[reason][d.Unit]++
		if since := heldSince(d); g.Oldest.IsZero() || since.Before(g.Oldest) {
			g.Oldest = since
		}
	}
	out := make([]heldGroup, 0, len(groups))
	for reason, g := range groups {
		for _, code := range slices.Sorted(maps.Keys(perUnit[reason])) {
			g.Units = append(g.Units, heldUnit{code, names[code], perUnit[reason][code],
				listLink(url.Values{"state": {"held"}, "reason": {reason}, "unit": {code}})})
		}
		out = append(out, *g)
	}
	slices.SortFunc(out, func(x, y heldGroup) int {
		return cmp.Or(y.Count-x.Count, strings.Compare(x.Reason, y.Reason))
	})
	return out
}

func heldSince(d queue.Delivery) time.Time {
	if d.StateAt.IsZero() {
		return d.AcceptedAt
	}
	return d.StateAt
}

func listLink(q url.Values) string { return "/deliveries?" + q.Encode() }
