package stats

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Record is what statistics need of one case.
type Record struct {
	Subject    string
	Category   string
	District   string // of the mediation organisation, 6 to 12 digits; empty: unknown
	Workers    int    // applicants that are persons, or the collective's count
	Collective bool
	// First are the times of the first event by figure: delegated accepted rejected
	// registered withdrawn closed confirmed papers.
	First    map[string]time.Time
	Reason   string      // how it was closed
	Amount   int64       // 分, what the agreement's items come to
	Sessions []time.Time // starts of the audio/video sessions that were held
	// RanOut is when the mediation clock ran out before the case was closed; zero: it did not.
	RanOut time.Time
}

// Entry is one organisation or mediator of the court's roster (特邀调解名册).
type Entry struct {
	ID    string
	Kind  string // orgs or mediators
	Moves []Move // in any order
}

// Move is a change of an entry.
type Move struct {
	At    time.Time
	On    bool      // confirmed; else refused or removed
	Until time.Time // the day through which it holds; zero: no end
}

// Counts are the figures, named as in the national profile.
type Counts struct {
	Delegated    int    `json:"delegated"`
	Accepted     int    `json:"accepted"`
	Rejected     int    `json:"rejected"`
	Registered   int    `json:"registered"`
	Withdrawn    int    `json:"withdrawn"`
	Closed       int    `json:"closed"`
	Agreed       int    `json:"agreed"`
	Settled      int    `json:"settled"`
	Unreachable  int    `json:"unreachable"`
	Declined     int    `json:"declined"`
	Deadlocked   int    `json:"deadlocked"`
	Expired      int    `json:"expired"`
	Unsigned     int    `json:"unsigned"`
	Other        int    `json:"other"`
	Confirmed    int    `json:"confirmed"`
	Papers       int    `json:"papers"`
	AVSessions   int    `json:"avSessions"`
	AmountAgreed string `json:"amountAgreed"` // 元
	Workers      int    `json:"workers"`
	Collective   int    `json:"collective"`
	MedianDays   *int   `json:"medianDays,omitempty"` // none where no case was closed
	Overdue      int    `json:"overdue"`
	Orgs         int    `json:"orgs"`
	Mediators    int    `json:"mediators"`

	amount int64
	days   []int
}

// ByCity is the figures of one city.
type ByCity struct {
	Region string `json:"region"`
	Counts Counts `json:"counts"`
}

// ByCategory is the figures of one category of disputes.
type ByCategory struct {
	Category string `json:"category"`
	Counts   Counts `json:"counts"`
}

// Statistics is the Statistics object of the national profile.
type Statistics struct {
	Period     string       `json:"period"`
	Unit       string       `json:"unit"`
	Counts     Counts       `json:"counts"`
	ByCity     []ByCity     `json:"byCity,omitempty"`
	ByCategory []ByCategory `json:"byCategory,omitempty"`
}

// Tally gathers the figures of one period. It keeps no records.
type Tally struct {
	period     Period
	all        Counts
	cities     map[string]*Counts
	categories map[string]*Counts
}

// NewTally begins a period's count.
func NewTally(p Period) *Tally {
	return &Tally{period: p, cities: map[string]*Counts{}, categories: map[string]*Counts{}}
}

// Add counts a case.
func (t *Tally) Add(r Record) {
	figures := t.period.figures(r)
	if len(figures) == 0 {
		return
	}
	groups := []*Counts{&t.all}
	if city := cityOf(r.District); city != "" {
		groups = append(groups, group(t.cities, city))
	}
	if r.Category != "" {
		groups = append(groups, group(t.categories, r.Category))
	}
	for _, c := range groups {
		c.add(r, figures, t.period)
	}
}

// AddEntry counts an entry that stands on the roster at the period's end.
func (t *Tally) AddEntry(e Entry) {
	if !t.period.listed(e) {
		return
	}
	if e.Kind == "orgs" {
		t.all.Orgs++
	} else {
		t.all.Mediators++
	}
}

// Result is what was counted for a unit.
func (t *Tally) Result(unit string) Statistics {
	s := Statistics{Period: t.period.Name, Unit: unit, Counts: t.all.done()}
	for _, region := range slices.Sorted(maps.Keys(t.cities)) {
		s.ByCity = append(s.ByCity, ByCity{region, t.cities[region].done()})
	}
	for _, category := range slices.Sorted(maps.Keys(t.categories)) {
		s.ByCategory = append(s.ByCategory, ByCategory{category, t.categories[category].done()})
	}
	return s
}

func group(of map[string]*Counts, name string) *Counts {
	c := of[name]
	if c == nil {
		c = &Counts{}
		of[name] = c
	}
	return c
}

// cityOf is the city of a district: its first four digits, or the province's own.
func cityOf(district string) string {
	if len(district) < 6 {
		return ""
	}
	return district[:4] + "00"
}

// Figures are the names of all figures that cases are behind.
func Figures() []string {
	return []string{"delegated", "accepted", "rejected", "registered", "withdrawn", "closed", "agreed", "settled", "unreachable", "declined",
		"deadlocked", "expired", "unsigned", "other", "confirmed", "papers", "avSessions", "amountAgreed", "workers", "collective", "medianDays", "overdue",
		"orgs", "mediators"}
}

// Behind tells that a case stands behind a figure of the period.
func (p Period) Behind(r Record, figure string) bool { return slices.Contains(p.figures(r), figure) }

// EntryBehind tells that an entry stands behind a figure of the period.
func (p Period) EntryBehind(e Entry, figure string) bool { return e.Kind == figure && p.listed(e) }

// figures are those that a case is behind.
func (p Period) figures(r Record) []string {
	var out []string
	for _, name := range []string{"delegated", "accepted", "rejected", "registered", "withdrawn", "closed", "confirmed", "papers"} {
		if p.Holds(r.First[name]) {
			out = append(out, name)
		}
	}
	if slices.ContainsFunc(r.Sessions, p.Holds) {
		out = append(out, "avSessions")
	}
	if p.Holds(r.RanOut) {
		out = append(out, "overdue")
	}
	if !p.Holds(r.First["closed"]) {
		return out
	}
	out = append(out, r.Reason)
	if r.Amount != 0 {
		out = append(out, "amountAgreed")
	}
	if r.Workers > 0 {
		out = append(out, "workers")
	}
	if r.Collective {
		out = append(out, "collective")
	}
	if _, ok := r.took(); ok {
		out = append(out, "medianDays")
	}
	return out
}

// took is the whole days from acceptance to closing; an own case is accepted with its registration.
func (r Record) took() (int, bool) {
	begun, closed := r.First["accepted"], r.First["closed"]
	if begun.IsZero() {
		begun = r.First["registered"]
	}
	if begun.IsZero() || closed.Before(begun) {
		return 0, false
	}
	return int(closed.Sub(begun) / (24 * time.Hour)), true
}

// listed tells that an entry stands on the roster at the period's end.
func (p Period) listed(e Entry) bool {
	var last Move
	for _, m := range e.Moves {
		if m.At.Before(p.To) && !m.At.Before(last.At) {
			last = m
		}
	}
	return last.On && (last.Until.IsZero() || !last.Until.Before(p.To.AddDate(0, 0, -1)))
}

func (c *Counts) add(r Record, figures []string, p Period) {
	for _, f := range figures {
		if n := c.counter(f); n != nil {
			*n++
		}
		switch f {
		case "avSessions":
			for _, start := range r.Sessions {
				if p.Holds(start) {
					c.AVSessions++
				}
			}
		case "amountAgreed":
			c.amount += r.Amount
		case "workers":
			c.Workers += r.Workers
		case "medianDays":
			d, _ := r.took()
			c.days = append(c.days, d)
		}
	}
}

// counter is the figure's place where it counts cases.
func (c *Counts) counter(figure string) *int {
	switch figure {
	case "delegated":
		return &c.Delegated
	case "accepted":
		return &c.Accepted
	case "rejected":
		return &c.Rejected
	case "registered":
		return &c.Registered
	case "withdrawn":
		return &c.Withdrawn
	case "closed":
		return &c.Closed
	case "agreed":
		return &c.Agreed
	case "settled":
		return &c.Settled
	case "unreachable":
		return &c.Unreachable
	case "declined":
		return &c.Declined
	case "deadlocked":
		return &c.Deadlocked
	case "expired":
		return &c.Expired
	case "unsigned":
		return &c.Unsigned
	case "other":
		return &c.Other
	case "confirmed":
		return &c.Confirmed
	case "papers":
		return &c.Papers
	case "collective":
		return &c.Collective
	case "overdue":
		return &c.Overdue
	}
	return nil
}

// done completes what cannot be counted as it comes: the lower median, the sum as 元.
func (c *Counts) done() Counts {
	out := *c
	if len(c.days) > 0 {
		days := slices.Clone(c.days)
		slices.SortFunc(days, cmp.Compare[int])
		out.MedianDays = &days[(len(days)-1)/2]
	}
	out.AmountAgreed = yuan(c.amount)
	out.days, out.amount = nil, 0
	return out
}

// yuan writes 分 as 元: 123450 is "1234.50".
func yuan(fen int64) string {
	text := strconv.FormatInt(fen%100, 10)
	if len(text) == 1 {
		text = "0" + text
	}
	return strconv.FormatInt(fen/100, 10) + "." + text
}
