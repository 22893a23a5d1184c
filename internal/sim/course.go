package sim

import (
	"strings"
	"time"
)

// course is everything that a local system says of a case, in order, as names of
// templates: accepted, progress and closed, or rejected; what else a case may
// bring comes with every so-manieth. The name of a template is a message type,
// or one with a further word behind it.
func course(d docket) []string {
	if d.ending.Reject != nil {
		return []string{"case.rejected"}
	}
	out := []string{"case.accepted", "case.progress.contacted"}
	switch d.turn() % 5 {
	case 1:
		out = append(out, "av.session.requested", "av.session.changed")
	case 2:
		out = append(out, "case.materials.requested")
	case 3:
		out = append(out, "case.extension.requested")
	case 4:
		out = append(out, "case.reassigned", "case.materials.supplied")
	}
	out = append(out, "case.progress.scheduled", "case.progress.session", "case.closed")
	switch d.ending.End.Next {
	case "confirmation":
		return append(out, "confirmation.requested")
	case "paper":
		return append(out, "paper.requested")
	}
	return out
}

// rosters is what a system says of its lists, which belongs to no case.
func rosters() []string {
	return []string{"roster.org.submitted", "roster.org.changed", "roster.org.removed",
		"roster.mediator.submitted", "roster.mediator.changed", "roster.mediator.removed"}
}

// typeOf is the message type that a template's name begins with.
func typeOf(template string) string {
	if strings.HasPrefix(template, "case.progress.") {
		return "case.progress"
	}
	return template
}

// agreed tells whether a dispute ended with something to do or to pay.
func (d docket) agreed() bool {
	end := d.ending.End
	return end != nil && end.Reason == "agreed" && len(end.Items) > 0
}

// event is when the n-th thing happens: events must not run backwards.
func event(now time.Time, n int) time.Time { return now.Add(time.Duration(n) * time.Second) }
