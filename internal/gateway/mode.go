package gateway

import (
	"encoding/json"
	"time"

	"duijie/internal/event"
	"duijie/internal/problem"
)

// Region modes: resident 入驻 (the platform itself is used), parallel (cases
// delegated since a day come docked), docked 系统对接. 法办〔2022〕3号 三(一) "逐步过渡".
const (
	resident = "resident"
	parallel = "parallel"
	docked   = "docked"
)

// mode is the unit's mode in force: the store's where it was ever set, else the file's.
func (g *Gateway) mode(u *UnitSpec) (string, time.Time) {
	if s, ok := g.store.Unit(u.Code); ok && s.Mode != "" {
		return s.Mode, s.Since
	}
	if u.Mode == "" {
		return docked, time.Time{}
	}
	return u.Mode, u.Since
}

// modeAllows judges a downward case message by the unit's mode.
func (g *Gateway) modeAllows(e *event.Event, u *UnitSpec) *problem.Problem {
	mode, since := g.mode(u)
	switch mode {
	case docked:
		return nil
	case parallel:
		if e.Type == "case.delegated" {
			if !delegatedAt(e).Before(since) {
				return nil
			}
		} else if g.carries(e.Unit, e.Subject) {
			return nil
		}
	}
	return &problem.Problem{Code: "unit-resident", Detail: "the unit is not docked for this case; its people work on the platform itself"}
}

// modeAllowsUp judges an upward case message. A case that the gateway carries
// goes on in every mode: refusing its result would lose it.
func (g *Gateway) modeAllowsUp(u *UnitSpec, lane string) bool {
	mode, _ := g.mode(u)
	if mode == docked {
		return true
	}
	if len(lane) > 2 && (lane[:2] == "n:" || lane[:2] == "l:") {
		return g.carries(u.Code, lane[2:])
	}
	return false
}

// carries tells whether the gateway has a record of the case.
func (g *Gateway) carries(unit, id string) bool {
	_, ok := g.store.CaseOf(unit, id)
	return ok
}

func delegatedAt(e *event.Event) time.Time {
	var v struct {
		DelegatedAt time.Time `json:"delegatedAt"`
	}
	if json.Unmarshal(e.Data, &v) == nil && !v.DelegatedAt.IsZero() {
		return v.DelegatedAt
	}
	return e.Time
}

// openElsewhere tells whether another unit carries the case, unfinished.
func (g *Gateway) openElsewhere(unit, subject string) bool {
	if len(g.setup.Load().order) < 2 {
		return false
	}
	for _, c := range g.store.CasesOf(subject) {
		if c.Unit != unit && g.unit(c.Unit) != nil && !caseOver(c.State) {
			return true
		}
	}
	return false
}

func caseOver(state string) bool {
	switch state {
	case "closed", "rejected", "withdrawn", "confirmed", "refused", "paper_issued", "reviewed":
		return true
	}
	return false
}
