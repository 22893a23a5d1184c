package gateway

import (
	"time"

	"duijie/internal/queue"
	"duijie/schemas"
)

// caseEvent is what national data mean for their case; fallback is the time of
// the message where the data carry none.
func caseEvent(flow schemas.Flow, dir queue.Direction, data []byte, fallback, now time.Time) *queue.CaseEvent {
	var f caseFields
	f.read(data)
	e := &queue.CaseEvent{Type: flow.Type, Direction: dir, Time: fallback, Now: now}
	if text, ok := schemas.TimeValue(flow.Type, data); ok {
		if t, ok := schemas.ParseTime(text); ok {
			e.Time = t
		}
	}
	e.Coarse = coarseness(e.Time)
	switch flow.Type {
	case "case.delegated", "case.registered":
		e.Delegation, e.Procedure = f.delegation, f.procedure
	case "case.progress":
		e.Decision = f.kind
	case "case.closed":
		e.Decision = f.reason
		if f.agreement {
			e.Agreement = f.agreed
			e.Until, _ = schemas.ParseTime(f.effectiveAt)
		}
	case "case.extension.requested":
		e.Days = f.days
	case "case.extension.decided":
		e.Decision = "refused"
		if f.granted {
			e.Decision = "granted"
			e.Until, _ = schemas.ParseTime(f.newDueAt)
		}
	case "case.dossier.requested":
		e.Decision = f.purpose
	case "confirmation.requested", "paper.requested":
		e.Agreement = f.agreementNo
	case "confirmation.decided", "paper.decided":
		e.Decision, e.Agreement = f.decision, f.agreementNo
	case "arbitration.review.reported":
		e.Decision, e.Agreement = f.result, f.agreementNo
	}
	figure(e, &f)
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
	var national, local, court string
	r := schemas.Read(data)
	for r.Enter(); r.Next(); {
		switch string(r.Name) {
		case "caseNo":
			national, _ = r.Text()
		case "localCaseNo":
			local, _ = r.Text()
		case "courtCaseNo":
			court, _ = r.Text()
		}
	}
	var pairs []queue.Pair
	if national != "" && court != "" {
		pairs = append(pairs, queue.Pair{Kind: "court", National: national, Local: court})
	}
	if (messageType == "case.registered.receipted" || messageType == "case.accepted") && national != "" && local != "" {
		pairs = append(pairs, queue.Pair{Kind: "case", National: national, Local: local})
	}
	return pairs
}
