package gateway

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"duijie/internal/queue"
	"duijie/internal/stats"
	"duijie/schemas"
)

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
func figure(e *queue.CaseEvent, f *caseFields) {
	switch e.Type {
	case "case.rejected", "case.withdrawn":
		e.First = strings.TrimPrefix(e.Type, "case.")
		return
	case "case.delegated", "case.registered", "case.accepted", "case.reassigned", "case.closed", "av.session.ended", "confirmation.decided", "paper.decided":
	default:
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
		keep(figureCategory, f.category)
		keep(figureDistrict, f.district)
		workers := f.applicants
		if f.collective {
			workers = f.count
			keep(figureCollective, "1")
		}
		keep(figureWorkers, strconv.Itoa(workers))
	case "case.accepted":
		e.First = "accepted"
		keep(figureDistrict, f.district)
	case "case.reassigned":
		keep(figureDistrict, f.toDistrict)
	case "case.closed":
		e.First = "closed"
		keep(figureReason, f.reason)
		if f.agreement {
			keep(figureAmount, strconv.FormatInt(f.amount, 10))
		}
	case "av.session.ended":
		keep(figureSession+f.sessionNo, f.startAt)
	case "confirmation.decided":
		if f.decision == "valid" {
			e.First = "confirmed"
		}
	case "paper.decided":
		if f.decision == "issued" {
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
	var f caseFields
	f.read(data)
	move := "off"
	if f.decision == "confirmed" {
		move = "on"
		if f.validUntil != "" {
			move = f.validUntil
		}
	}
	return &queue.CaseEvent{Type: messageType, Direction: dir, Now: now, Listed: true,
		Figures: map[string]string{figureMove + kind + ":" + f.at: move}}
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
