package schemas

import (
	"slices"
	"strings"
)

// Flow is what the road knows of one message type.
type Flow struct {
	Type string
	// Way is D (to the local system), U (to the national platform) or DU.
	Way string
	// Key is the field of the data that must equal the subject, as a path
	// ("caseNo", "court.code"); empty where the subject is another message's.
	Key string
	// Else is the key where the data have no Key.
	Else string
	// Flow is the number of the flow: F1 to F27.
	Flow string
	// CaseBound says that the subject is a case, or a local one on its way to be one.
	CaseBound bool
	// ModeBound says that the region's mode (resident, parallel, docked) decides whether it passes.
	ModeBound bool
	// EventTime is the field that holds the event's own time; empty where there is none.
	EventTime string
	// StatFields are what the log keeps for statistics beyond the payload's life:
	// times, codes, numbers; no name and no text. "[*]" stands for every element.
	StatFields []string
}

// Down says that the type may go to a local system.
func (f Flow) Down() bool { return strings.Contains(f.Way, "D") }

// Up says that the type may go to the national platform.
func (f Flow) Up() bool { return strings.Contains(f.Way, "U") }

// Lookup gives the row of a message type.
func Lookup(typ string) (Flow, bool) {
	f, ok := byType[typ]
	return f, ok
}

// All gives every row, in the order of the dictionary.
func All() []Flow { return slices.Clone(flows) }

// modeBound are the areas of types that a region's mode concerns.
var modeBound = []string{"case.", "av.", "confirmation.", "paper.", "arbitration."}

// flows has one row a message type.
var flows = []Flow{
	row("case.delegated", "D", "caseNo", "F1", "delegatedAt", "delegatedAt", "filedAt", "delegation", "category", "org.district", "collective.count", "parties[*].role", "parties[*].kind"),
	row("case.accepted", "U", "caseNo", "F2", "acceptedAt", "acceptedAt", "org.district", "due"),
	row("case.rejected", "U", "caseNo", "F2", "rejectedAt", "rejectedAt", "reason"),
	row("case.withdrawn", "D", "caseNo", "F3", "withdrawnAt", "withdrawnAt", "by"),
	row("case.reassigned", "DU", "caseNo", "F4", "reassignedAt", "reassignedAt", "to.district"),
	row("case.materials.requested", "DU", "caseNo", "F5", "at"),
	row("case.materials.supplied", "DU", "caseNo", "F5", "at"),
	row("case.progress", "U", "caseNo", "F6", "at", "at", "kind"),
	row("case.extension.requested", "U", "caseNo", "F7", "requestedAt", "requestedAt", "days"),
	row("case.extension.decided", "D", "caseNo", "F7", "decidedAt", "decidedAt", "granted", "newDueAt"),
	row("case.closed", "U", "caseNo", "F8", "closedAt", "closedAt", "reason", "agreement.effectiveAt", "agreement.items[*].amount"),
	row("case.registered", "U", "localCaseNo", "F9", "registeredAt", "registeredAt", "filedAt", "category", "org.district", "collective.count", "parties[*].role", "parties[*].kind"),
	row("case.registered.receipted", "D", "localCaseNo", "F9", "at", "at", "localCaseNo", "caseNo"),
	row("case.escalated", "U", "caseNo", "F19", "escalatedAt", "escalatedAt", "tier", "count"),
	row("case.dossier.requested", "D", "caseNo", "F13", "at", "at", "purpose"),
	row("case.dossier.supplied", "U", "caseNo", "F13", "at", "at"),
	row("av.session.requested", "U", "caseNo", "F10", "at"),
	row("av.session.scheduled", "D", "caseNo", "F10", "at"),
	row("av.session.changed", "DU", "caseNo", "F10", "at"),
	row("av.session.ended", "D", "caseNo", "F10", "endAt", "sessionNo", "startAt", "endAt"),
	row("confirmation.requested", "U", "caseNo", "F11", "at", "at", "agreementNo", "effectiveAt"),
	row("confirmation.decided", "D", "caseNo", "F11", "decidedAt", "decidedAt", "decision"),
	row("paper.requested", "U", "caseNo", "F12", "at", "at", "agreementNo", "effectiveAt"),
	row("paper.decided", "D", "caseNo", "F12", "decidedAt", "decidedAt", "decision"),
	row("arbitration.review.reported", "U", "caseNo", "F14", "appliedAt", "appliedAt", "decidedAt", "result"),
	row("roster.org.submitted", "U", "entry.code", "F15", "at", "at", "entry.code", "entry.district"),
	row("roster.org.changed", "U", "entry.code", "F15", "at", "at", "entry.code", "entry.district"),
	row("roster.org.decided", "D", "code", "F15", "at", "at", "code", "decision", "validUntil"),
	row("roster.org.removed", "DU", "code", "F15", "at", "at", "code"),
	row("roster.mediator.submitted", "U", "entry.id", "F16", "at", "at", "entry.id", "entry.org"),
	row("roster.mediator.changed", "U", "entry.id", "F16", "at", "at", "entry.id", "entry.org"),
	row("roster.mediator.decided", "D", "id", "F16", "at", "at", "id", "decision", "validUntil"),
	row("roster.mediator.removed", "DU", "id", "F16", "at", "at", "id"),
	row("roster.digest", "U", "court.code", "F17", "at"),
	row("roster.difference", "D", "court.code", "F17", "at"),
	row("expert.submitted", "U", "entry.id", "F18", "at"),
	row("expert.changed", "U", "entry.id", "F18", "at"),
	row("expert.decided", "D", "id", "F18", "at"),
	row("expert.removed", "DU", "id", "F18", "at"),
	row("expert.requested", "U", "caseNo", "F18", "at"),
	row("expert.assigned", "D", "caseNo", "F18", "at"),
	row("account.requested", "U", "requestNo", "F20", "at"),
	row("account.opened", "D", "requestNo", "F20", "at"),
	row("account.changed", "D", "account", "F20", "at"),
	row("account.suspended", "D", "account", "F20", "at"),
	row("stats.period.reported", "U", "period", "F21", ""),
	row("stats.bulletin", "D", "period", "F21", "issuedAt"),
	row("report.submitted", "U", "reportNo", "F22", "at"),
	row("report.answered", "D", "reportNo", "F22", "at"),
	row("guidance.published", "D", "no", "F26", "at"),
	row("case.docketed", "D", "caseNo", "F27", "at"),
	row("unit.mode.changed", "DU", "unit", "F23", "since", "since", "mode"),
	row("delivery.reported", "U", "", "F25", "at"),
	row("test.ping", "DU", "nonce", "F24", "at"),
}

var byType = index(flows)

func row(typ, way, key, flow, eventTime string, stats ...string) Flow {
	bound := slices.ContainsFunc(modeBound, func(area string) bool { return strings.HasPrefix(typ, area) })
	f := Flow{Type: typ, Way: way, Key: key, Flow: flow, EventTime: eventTime, StatFields: stats, ModeBound: bound,
		CaseBound: key == "caseNo" || key == "localCaseNo"}
	if typ == "account.opened" {
		f.Else = "account" // an account that nobody asked for is its own subject
	}
	return f
}

func index(rows []Flow) map[string]Flow {
	m := make(map[string]Flow, len(rows))
	for _, f := range rows {
		m[f.Type] = f
	}
	return m
}
