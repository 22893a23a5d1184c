package gateway

import (
	"encoding/json"
	"time"

	"duijie/internal/queue"
	"duijie/schemas"
)

// caseFields are the few members of national data that move a case.
type caseFields struct {
	CaseNo      string `json:"caseNo"`
	LocalCaseNo string `json:"localCaseNo"`
	CourtCaseNo string `json:"courtCaseNo"`
	Delegation  string `json:"delegation"`
	Procedure   string `json:"procedure"`
	Kind        string `json:"kind"`
	Reason      string `json:"reason"`
	Decision    string `json:"decision"`
	Result      string `json:"result"`
	AgreementNo string `json:"agreementNo"`
	Agreement   *struct {
		AgreementNo string `json:"agreementNo"`
		EffectiveAt string `json:"effectiveAt"`
	} `json:"agreement"`
	Days     int    `json:"days"`
	Granted  bool   `json:"granted"`
	NewDueAt string `json:"newDueAt"`
	Purpose  string `json:"purpose"`
}

// caseEvent is what national data mean for their case; fallback is the time of
// the message where the data carry none.
func caseEvent(flow schemas.Flow, dir queue.Direction, data []byte, fallback, now time.Time) *queue.CaseEvent {
	var f caseFields
	if json.Unmarshal(data, &f) != nil {
		f = caseFields{}
	}
	e := &queue.CaseEvent{Type: flow.Type, Direction: dir, Time: fallback, Now: now}
	if text, ok := schemas.TimeValue(flow.Type, data); ok {
		if t, ok := schemas.ParseTime(text); ok {
			e.Time = t
		}
	}
	e.Coarse = coarseness(e.Time)
	switch flow.Type {
	case "case.delegated", "case.registered":
		e.Delegation, e.Procedure = f.Delegation, f.Procedure
	case "case.progress":
		e.Decision = f.Kind
	case "case.closed":
		e.Decision = f.Reason
		if f.Agreement != nil {
			e.Agreement = f.Agreement.AgreementNo
			e.Until, _ = schemas.ParseTime(f.Agreement.EffectiveAt)
		}
	case "case.extension.requested":
		e.Days = f.Days
	case "case.extension.decided":
		e.Decision = "refused"
		if f.Granted {
			e.Decision = "granted"
			e.Until, _ = schemas.ParseTime(f.NewDueAt)
		}
	case "case.dossier.requested":
		e.Decision = f.Purpose
	case "confirmation.requested", "paper.requested":
		e.Agreement = f.AgreementNo
	case "confirmation.decided", "paper.decided":
		e.Decision, e.Agreement = f.Decision, f.AgreementNo
	case "arbitration.review.reported":
		e.Decision, e.Agreement = f.Result, f.AgreementNo
	}
	figure(e, data)
	return e
}

// coarseness guesses a time's precision from its trailing zeros: local systems
// that keep a date only come as midnight, those that keep minutes as second 0.
func coarseness(t time.Time) time.Duration {
	t = t.In(shanghai)
	switch {
	case t.Nanosecond() != 0:
		return time.Millisecond
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return 24 * time.Hour
	case t.Second() == 0:
		return time.Minute
	}
	return time.Second
}

// shanghai is the only zone of the domain; it has had no summer time since 1991.
var shanghai = time.FixedZone("+08:00", 8*60*60)

// taughtPairs are the ids that a downward document carries side by side.
func taughtPairs(messageType string, data []byte) []queue.Pair {
	var f caseFields
	if json.Unmarshal(data, &f) != nil {
		return nil
	}
	var pairs []queue.Pair
	if f.CaseNo != "" && f.CourtCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "court", National: f.CaseNo, Local: f.CourtCaseNo})
	}
	if messageType == "case.registered.receipted" && f.CaseNo != "" && f.LocalCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "case", National: f.CaseNo, Local: f.LocalCaseNo})
	}
	if messageType == "case.accepted" && f.CaseNo != "" && f.LocalCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "case", National: f.CaseNo, Local: f.LocalCaseNo})
	}
	return pairs
}
