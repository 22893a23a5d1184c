package gateway

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"duijie/internal/queue"
	"duijie/internal/stats"
	"duijie/schemas"
)

// figureFields are the few members of national data that statistics need: codes,
// numbers, times. The table of schemas/flows.go has them by type.
type figureFields struct {
	Category   string                                     `json:"category"`
	Org        struct{ District string }                  `json:"org"`
	To         struct{ District string }                  `json:"to"`
	Collective *struct{ Count int }                       `json:"collective"`
	Parties    []struct{ Role, Kind string }              `json:"parties"`
	Reason     string                                     `json:"reason"`
	Agreement  *struct{ Items []struct{ Amount string } } `json:"agreement"`
	SessionNo  string                                     `json:"sessionNo"`
	StartAt    string                                     `json:"startAt"`
	Decision   string                                     `json:"decision"`
	ValidUntil string                                     `json:"validUntil"`
	At         string                                     `json:"at"`
}

// The names in a case's figures.
const (
	figureCategory   = "category"
	figureDistrict   = "district"
	figureWorkers    = "workers"
	figureCollective = "collective"
	figureReason     = "reason"
	figureAmount     = "amount"  // 分
	figureSession    = "av:"     // and the session's number: its start
	figureMove       = "roster:" // and orgs or mediators, and a time: on, off, or the last day of on
)

// figure puts into an event what statistics keep of it.
func figure(e *queue.CaseEvent, data []byte) {
	switch e.Type {
	case "case.rejected", "case.withdrawn":
		e.First = strings.TrimPrefix(e.Type, "case.")
		return
	case "case.delegated", "case.registered", "case.accepted", "case.reassigned", "case.closed", "av.session.ended", "confirmation.decided", "paper.decided":
	default:
		return
	}
	var f figureFields
	if json.Unmarshal(data, &f) != nil {
		return
	}
	e.Figures = map[string]string{}
	keep := func(name, value string) {
		if value != "" {
			e.Figures[name] = value
		}
	}
	switch e.Type {
	case "case.delegated", "case.registered":
		e.First = strings.TrimPrefix(e.Type, "case.")
		keep(figureCategory, f.Category)
		keep(figureDistrict, f.Org.District)
		workers := 0
		for _, p := range f.Parties {
			if p.Role == "applicant" && p.Kind == "person" {
				workers++
			}
		}
		if f.Collective != nil {
			workers = f.Collective.Count
			keep(figureCollective, "1")
		}
		keep(figureWorkers, strconv.Itoa(workers))
	case "case.accepted":
		e.First = "accepted"
		keep(figureDistrict, f.Org.District)
	case "case.reassigned":
		keep(figureDistrict, f.To.District)
	case "case.closed":
		e.First = "closed"
		keep(figureReason, f.Reason)
		if f.Agreement != nil {
			sum := int64(0)
			for _, item := range f.Agreement.Items {
				sum += fen(item.Amount)
			}
			keep(figureAmount, strconv.FormatInt(sum, 10))
		}
	case "av.session.ended":
		keep(figureSession+f.SessionNo, f.StartAt)
	case "confirmation.decided":
		if f.Decision == "valid" {
			e.First = "confirmed"
		}
	case "paper.decided":
		if f.Decision == "issued" {
			e.First = "papers"
		}
	}
}

// rosterEvent is what a word on the court's roster means for the entry's record;
// nil for what changes nothing about who stands on it.
func rosterEvent(messageType string, dir queue.Direction, data []byte, now time.Time) *queue.CaseEvent {
	kind := ""
	switch messageType {
	case "roster.org.decided", "roster.org.removed":
		kind = "orgs"
	case "roster.mediator.decided", "roster.mediator.removed":
		kind = "mediators"
	default:
		return nil
	}
	var f figureFields
	if json.Unmarshal(data, &f) != nil {
		return nil
	}
	move := "off"
	if f.Decision == "confirmed" {
		move = "on"
		if f.ValidUntil != "" {
			move = f.ValidUntil
		}
	}
	return &queue.CaseEvent{Type: messageType, Direction: dir, Now: now, Listed: true,
		Figures: map[string]string{figureMove + kind + ":" + f.At: move}}
}

// fen reads 元 with at most two decimals, as the schema holds it to, in 分.
func fen(yuan string) int64 {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return 0
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0
	}
	return r.Num().Int64()
}

// recordOf is what statistics need of a case.
func (g *Gateway) recordOf(c queue.Case, now time.Time) stats.Record {
	r := stats.Record{Subject: c.National, Category: c.Figures[figureCategory], District: c.Figures[figureDistrict],
		Collective: c.Figures[figureCollective] != "", Reason: c.Figures[figureReason], First: map[string]time.Time{}}
	if r.Subject == "" {
		r.Subject = c.Local
	}
	r.Workers, _ = strconv.Atoi(c.Figures[figureWorkers])           // ours; none: 0
	r.Amount, _ = strconv.ParseInt(c.Figures[figureAmount], 10, 64) // likewise
	for name, at := range c.Times {
		if figure, ok := strings.CutPrefix(name, firstOf("")); ok {
			r.First[figure] = at
		}
	}
	for name, text := range c.Figures {
		if strings.HasPrefix(name, figureSession) {
			if at, ok := schemas.ParseTime(text); ok {
				r.Sessions = append(r.Sessions, at)
			}
		}
	}
	for _, clock := range g.o.Deadlines.Clocks(factsOf(c), now) {
		if strings.HasPrefix(clock.Name, "mediate.") && (clock.State == "overdue" || clock.State == "met-late") {
			r.RanOut = clock.DueAt
		}
	}
	return r
}

// entriesOf are the roster's entries that a record of a list keeps.
func entriesOf(c queue.Case) []stats.Entry {
	byKind := map[string][]stats.Move{}
	for name, move := range c.Figures {
		rest, ok := strings.CutPrefix(name, figureMove)
		if !ok {
			continue
		}
		kind, text, _ := strings.Cut(rest, ":")
		at, ok := schemas.ParseTime(text)
		if !ok {
			continue
		}
		m := stats.Move{At: at, On: move != "off"}
		if until, err := time.ParseInLocation(time.DateOnly, move, shanghai); err == nil {
			m.Until = until
		}
		byKind[kind] = append(byKind[kind], m)
	}
	var out []stats.Entry
	for kind, moves := range byKind {
		out = append(out, stats.Entry{ID: strings.TrimPrefix(c.Lane, "s:"), Kind: kind, Moves: moves})
	}
	return out
}
