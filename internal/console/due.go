package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"duijie/internal/deadline"
	"duijie/internal/gateway"
	"duijie/internal/i18n"
)

// dueBody is the page of the cases' deadlines: what ran out, and what soon will.
type dueBody struct {
	Unit, State   string // the filter
	Units         []gateway.UnitView
	Gaps          string // years that the calendar lacks
	Counted       time.Time
	Overdue, Near int
	Rows          []dueRow
	First, Last   int
	Total         int
	Partly        bool // more than are kept
	Next, Start   string
}

// dueRow is one clock of one case.
type dueRow struct {
	gateway.Due
	Case string // its number
	Link string // to all deliveries of the case
	Late bool
}

// The states of the filter and of a row.
const (
	dueOver = "overdue"
	dueNear = "near"
)

func (c *Console) due(w http.ResponseWriter, r *http.Request, p who) {
	q := r.URL.Query()
	b := dueBody{Unit: strings.TrimSpace(q.Get("unit")), State: q.Get("state"), Units: c.gw.Units(), Gaps: years(c.gw.CalendarGaps())}
	f := gateway.DueFilter{Unit: b.Unit, Limit: listed}
	switch b.State {
	case dueOver:
		f.State = deadline.Overdue
	case dueNear:
		f.State = deadline.Running
	}
	if from, err := strconv.Atoi(q.Get("from")); err == nil && from > 0 {
		f.From = from
	}
	l := c.gw.Due(f)
	b.Counted, b.Overdue, b.Near, b.Total = l.At, l.Overdue, l.Near, l.Total
	for _, d := range l.Clocks {
		b.Rows = append(b.Rows, rowOf(d))
	}
	b.First, b.Last = f.From+1, f.From+len(l.Clocks)
	b.Partly = b.State == "" && l.Total < l.Overdue+l.Near
	if b.Last < l.Total && len(l.Clocks) > 0 {
		b.Next = b.link(b.Last)
	}
	if f.From > 0 {
		b.Start = b.link(0)
	}
	c.render(w, r, http.StatusOK, "due", page{Who: p, Title: "due.title", Tab: "due", Body: b})
}

func rowOf(d gateway.Due) dueRow {
	row := dueRow{Due: d, Case: d.National, Late: d.State == deadline.Overdue}
	q := url.Values{"unit": {d.Unit}}
	if d.National != "" {
		q.Set("subject", d.National)
	} else {
		row.Case = d.Local
		q.Set("q", d.Local)
	}
	row.Link = listLink(q)
	return row
}

// link is the same list from another row on.
func (b dueBody) link(from int) string {
	q := url.Values{}
	for name, value := range map[string]string{"unit": b.Unit, "state": b.State} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return "/deadlines?" + q.Encode()
}

// years are numbers as a person lists them.
func years(ys []int) string {
	var out []string
	for _, y := range ys {
		out = append(out, strconv.Itoa(y))
	}
	return strings.Join(out, ", ")
}

// Clock names a deadline.
func (p page) Clock(name string) string { return i18n.Clock(p.Lang, name) }

// Day writes the day of a time.
func (p page) Day(t time.Time) string { return t.In(beijing).Format(time.DateOnly) }

// Left is how long a deadline still has, or how long it has been over.
func (p page) Left(due time.Time) string {
	if d := p.now.Sub(due); d > 0 {
		return p.T("due.over", p.Age(due))
	} else if d == 0 {
		return p.T("due.togo", p.T("age.now"))
	}
	return p.T("due.togo", p.Age(p.now.Add(p.now.Sub(due))))
}
