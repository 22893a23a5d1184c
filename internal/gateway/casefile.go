package gateway

import (
	"maps"
	"slices"
	"time"

	"duijie/internal/queue"
)

// The states of a case, as docs/delivery.md draws them.
const (
	caseDelegated = "delegated"
	caseAccepted  = "accepted"
	caseMediating = "mediating"
	caseSuspended = "suspended"
	caseClosed    = "closed"
	caseRejected  = "rejected"
	caseWithdrawn = "withdrawn"
	listed        = "listed" // no case: the record of a roster's entry
)

// JudgeCase folds an event into its case: the queue.Judge of the product. The
// gateway is no workflow engine; both systems decide for themselves. It holds a
// message only where passing it on would harm (contradiction, exclusive), lets an
// early one wait a while, and otherwise marks.
func JudgeCase(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
	var v queue.Verdict
	if e.Cancelled {
		return undelegated(c, e), v
	}
	if e.Listed {
		if c == nil {
			c = &queue.Case{State: listed, BeganAt: e.Now}
		}
		c = clone(c)
		count(c, e)
		return c, v
	}
	if c == nil {
		c = &queue.Case{BeganAt: e.Now}
		switch e.Type {
		case "case.delegated", "case.registered":
		default:
			v.Marks = append(v.Marks, "unseen")
		}
		c.State = leadsTo(e, "")
		if c.State == "" {
			c.State = caseAccepted
		}
		c.StateTime, c.StateSide, c.StateCoarse = e.Time, e.Direction, e.Coarse
		suspend(c, "", e)
		remember(c, e)
		finish(c, e)
		return c, v
	}
	n := clone(c)
	if v.Hold = harm(n, e); v.Hold != nil {
		return n, v
	}
	if early(n, e) {
		if e.Now.Before(e.OrderWaitUntil) {
			v.WaitUntil = e.OrderWaitUntil
			return n, v
		}
		if !e.OrderWaitUntil.IsZero() {
			v.Marks = append(v.Marks, "early")
		}
	}
	late := lateFor(n, e)
	if late {
		v.Marks = append(v.Marks, "late")
	}
	if unasked(n, e) {
		v.Marks = append(v.Marks, "unasked")
	}
	if !late {
		move(n, e)
	}
	takenUp(n, e)
	v.Wake = e.Type == "case.accepted" || e.Type == "case.rejected" || e.Type == "case.closed"
	remember(n, e)
	finish(n, e)
	return n, v
}

// finish notes when a case was first known to have ended; what begins it again takes that back.
func finish(c *queue.Case, e queue.CaseEvent) {
	ended := false
	switch c.State {
	case caseRejected, caseWithdrawn, caseClosed, "confirmed", "refused", "paper_issued", "reviewed":
		ended = true
	case caseDelegated: // and nobody has it: the platform was told, and what comes down besides begins nothing
		_, ended = c.Times[queue.TimeCancelled]
	}
	if !ended {
		c.EndedAt = time.Time{}
	} else if c.EndedAt.IsZero() {
		c.EndedAt = e.Now
	}
}

// undelegated is the case whose delegation was cancelled. It has ended, unless the
// local system works on it all the same; a new delegation, or the local system's own
// word, takes that back.
func undelegated(c *queue.Case, e queue.CaseEvent) *queue.Case {
	if c == nil {
		return nil
	}
	n := clone(c)
	n.Times[queue.TimeCancelled] = e.Now
	finish(n, e)
	return n
}

// takenUp takes back that the delegation was cancelled: by a new one, whose clock runs
// from now, or because the local system speaks of the case.
func takenUp(c *queue.Case, e queue.CaseEvent) {
	_, cancelled := c.Times[queue.TimeCancelled]
	if !cancelled || e.Type != "case.delegated" && e.Direction != queue.ToNational {
		return
	}
	delete(c.Times, queue.TimeCancelled)
	if e.Type == "case.delegated" && c.State == caseDelegated {
		delete(c.Times, queue.TimeTaken)
	}
}

// leadsTo is the state that an event leads to from a state; "" for none.
func leadsTo(e queue.CaseEvent, from string) string {
	switch e.Type {
	case "case.delegated":
		if from == "" || from == caseRejected || from == caseWithdrawn {
			return caseDelegated
		}
	case "case.accepted", "case.registered":
		if from == "" || from == caseDelegated {
			return caseAccepted
		}
	case "case.rejected":
		return caseRejected
	case "case.withdrawn":
		return caseWithdrawn
	case "case.progress":
		switch e.Decision {
		case "suspended":
			return caseSuspended
		case "contacted", "scheduled", "session", "resumed":
			return caseMediating
		}
	case "case.closed":
		return caseClosed
	case "confirmation.requested":
		return "confirming"
	case "paper.requested":
		return "paper_requested"
	case "confirmation.decided":
		switch e.Decision {
		case "valid":
			return "confirmed"
		case "correct":
			return "confirming"
		}
		return "refused"
	case "paper.decided":
		if e.Decision == "issued" {
			return "paper_issued"
		}
		return "refused"
	case "arbitration.review.reported":
		if e.Decision == "pending" {
			return "arbitration_review"
		}
		return "reviewed"
	}
	return ""
}

// move sets the state unless the event is older than what set it. Times are
// compared at the coarser precision and only within one side; equal means that
// the order of acceptance decides.
func move(c *queue.Case, e queue.CaseEvent) {
	to := leadsTo(e, c.State)
	if to == "" {
		return
	}
	if c.StateSide == e.Direction && !c.StateTime.IsZero() {
		coarse := max(c.StateCoarse, e.Coarse)
		if floor(e.Time, coarse).Before(floor(c.StateTime, coarse)) {
			return
		}
	}
	from := c.State
	c.State, c.StateTime, c.StateSide, c.StateCoarse = to, e.Time, e.Direction, e.Coarse
	suspend(c, from, e)
	switch to {
	case caseRejected, caseWithdrawn:
		c.Times[queue.TimeEnded] = e.Time
	case caseDelegated: // once more: what was said of the earlier delegation no longer stands
		for _, past := range []string{"case.accepted", "case.rejected", queue.TimeEnded, queue.TimeConfirmed, queue.TimeTaken} {
			delete(c.Times, past)
		}
	}
}

// suspend opens and ends the times in which the case was suspended.
func suspend(c *queue.Case, from string, e queue.CaseEvent) {
	if from == caseSuspended && c.State != caseSuspended && len(c.Pauses) > 0 {
		c.Pauses[len(c.Pauses)-1].To = e.Time
	}
	if from != caseSuspended && c.State == caseSuspended {
		c.Pauses = append(c.Pauses, queue.Pause{From: e.Time})
	}
}

func floor(t time.Time, d time.Duration) time.Time {
	t = t.In(shanghai)
	if d >= 24*time.Hour {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, shanghai)
	}
	return t.Truncate(max(d, 1))
}

// harm says why a message must not pass: an answer contrary to the one that
// stands, or a second road to court for one agreement.
func harm(c *queue.Case, e queue.CaseEvent) *queue.Reason {
	switch e.Type {
	case "case.accepted":
		if stands(c, "case.rejected", "case.accepted") {
			return &queue.Reason{Code: "contradiction", Detail: "the case was rejected before"}
		}
	case "case.rejected":
		if stands(c, "case.accepted", "case.rejected") {
			return &queue.Reason{Code: "contradiction", Detail: "the case was accepted before"}
		}
	case "confirmation.requested", "paper.requested", "arbitration.review.reported":
		for agreement, kind := range c.Requested {
			// A request without a number speaks of the case's agreement, whichever it is.
			same := agreement == e.Agreement || agreement == "" || e.Agreement == ""
			if same && kind != roadOf(e.Type) {
				return &queue.Reason{Code: "exclusive", Detail: "for this agreement the " + kind + " was asked for before"}
			}
		}
	}
	return nil
}

// stands tells that this answer, not the other, is the one that stands.
func stands(c *queue.Case, answer, other string) bool {
	t, ok := c.Times[answer]
	if !ok {
		return false
	}
	o, contrary := c.Times[other]
	return !contrary || o.Before(t)
}

func roadOf(messageType string) string {
	switch messageType {
	case "confirmation.requested":
		return "confirmation"
	case "paper.requested":
		return "paper"
	}
	return "review"
}

// early tells that an upward message came before what must stand first.
func early(c *queue.Case, e queue.CaseEvent) bool {
	if e.Direction != queue.ToNational {
		return false
	}
	switch {
	case mediationWork(e.Type):
		return c.State == caseDelegated
	case e.Type == "confirmation.requested", e.Type == "paper.requested", e.Type == "arbitration.review.reported":
		switch c.State {
		case caseDelegated, caseAccepted, caseMediating, caseSuspended:
			return true
		}
	}
	return false
}

// mediationWork are progress, materials, av and closing, as the local system reports them.
func mediationWork(messageType string) bool {
	switch messageType {
	case "case.progress", "case.materials.requested", "case.materials.supplied", "case.closed",
		"av.session.requested", "av.session.changed":
		return true
	}
	return false
}

// lateFor tells that the case had ended before the message.
func lateFor(c *queue.Case, e queue.CaseEvent) bool {
	working := c.State == caseDelegated || c.State == caseAccepted || c.State == caseMediating || c.State == caseSuspended
	switch {
	case e.Type == "case.withdrawn":
		return !working && c.State != caseWithdrawn
	case e.Type == "case.accepted", e.Type == "case.rejected":
		return c.State == caseWithdrawn
	case e.Direction == queue.ToNational && mediationWork(e.Type):
		return !working
	}
	return false
}

// unasked tells that a decision came without its request.
func unasked(c *queue.Case, e queue.CaseEvent) bool {
	request := map[string]string{
		"confirmation.decided": "confirmation.requested", "paper.decided": "paper.requested",
		"case.extension.decided": "case.extension.requested", "expert.assigned": "expert.requested",
	}[e.Type]
	if request == "" || e.Direction != queue.ToLocal {
		return false
	}
	_, asked := c.Times[request]
	return !asked
}

// remember keeps what later verdicts, clocks and figures ask for.
func remember(c *queue.Case, e queue.CaseEvent) {
	if c.Times == nil {
		c.Times = map[string]time.Time{}
	}
	c.Times[e.Type] = e.Time
	count(c, e)
	switch e.Type {
	case "case.delegated", "case.registered":
		c.Delegation, c.Procedure = e.Delegation, e.Procedure
		if _, taken := c.Times[queue.TimeTaken]; e.Type == "case.delegated" && !taken {
			c.Times[queue.TimeTaken] = e.Now
		}
	case "case.closed":
		c.Agreed = e.Decision == "agreed"
		if !e.Until.IsZero() {
			c.Times[queue.TimeEffective] = e.Until
		}
	case "case.extension.requested":
		c.Asked = e.Days
	case "case.extension.decided":
		if e.Decision == "granted" && e.Until.IsZero() {
			c.Extended += c.Asked
		} else if e.Decision == "granted" {
			c.Times[queue.TimeNewDue] = e.Until
		}
	case "case.dossier.requested":
		if e.Decision == "confirmation" {
			confirming(c, e)
		}
	case "confirmation.decided":
		confirming(c, e)
	case "confirmation.requested", "paper.requested", "arbitration.review.reported":
		if c.Requested == nil {
			c.Requested = map[string]string{}
		}
		c.Requested[e.Agreement] = roadOf(e.Type)
		if e.Type == "confirmation.requested" {
			confirming(c, e)
		}
	}
}

// firstOf is the name in Times of the first event that a figure counts.
func firstOf(figure string) string { return queue.TimeFirst + figure }

// count keeps what statistics need of an event.
func count(c *queue.Case, e queue.CaseEvent) {
	if len(e.Figures) > 0 && c.Figures == nil {
		c.Figures = map[string]string{}
	}
	maps.Copy(c.Figures, e.Figures)
	if e.First == "" {
		return
	}
	if was, ok := c.Times[firstOf(e.First)]; !ok || e.Time.Before(was) {
		c.Times[firstOf(e.First)] = e.Time
	}
}

// confirming notes when a confirmation was first heard of: its clock ends then.
func confirming(c *queue.Case, e queue.CaseEvent) {
	if _, ok := c.Times[queue.TimeConfirming]; !ok {
		c.Times[queue.TimeConfirming] = e.Time
	}
}

func clone(c *queue.Case) *queue.Case {
	n := *c
	n.Times, n.Requested = maps.Clone(c.Times), maps.Clone(c.Requested)
	n.Figures = maps.Clone(c.Figures)
	n.Marks, n.OtherLocal, n.Pauses = slices.Clone(c.Marks), slices.Clone(c.OtherLocal), slices.Clone(c.Pauses)
	if n.Times == nil {
		n.Times = map[string]time.Time{}
	}
	return &n
}
