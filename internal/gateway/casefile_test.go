package gateway

import (
	"slices"
	"testing"
	"time"

	"duijie/internal/queue"
)

func up(typ, decision string, at time.Time) queue.CaseEvent {
	return queue.CaseEvent{Type: typ, Direction: queue.ToNational, Time: at, Coarse: time.Second, Decision: decision, Now: at}
}

func down(typ, decision string, at time.Time) queue.CaseEvent {
	return queue.CaseEvent{Type: typ, Direction: queue.ToLocal, Time: at, Coarse: time.Second, Decision: decision, Now: at}
}

// fold plays events and returns the case and the last verdict.
func fold(events ...queue.CaseEvent) (*queue.Case, queue.Verdict) {
	var c *queue.Case
	var v queue.Verdict
	for _, e := range events {
		c, v = JudgeCase(c, e)
	}
	return c, v
}

func TestJudgeCase(t *testing.T) {
	h := func(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }
	delegated := down("case.delegated", "", h(0))
	accepted := up("case.accepted", "", h(1))
	closed := up("case.closed", "agreed", h(5))
	for _, c := range []struct {
		name   string
		events []queue.CaseEvent
		state  string
		marks  []string
		hold   string
	}{
		{"a case begins delegated", []queue.CaseEvent{delegated}, "delegated", nil, ""},
		{"accepted", []queue.CaseEvent{delegated, accepted}, "accepted", nil, ""},
		{"rejected", []queue.CaseEvent{delegated, up("case.rejected", "notOurs", h(1))}, "rejected", nil, ""},
		{"the same answer again passes", []queue.CaseEvent{delegated, accepted, up("case.accepted", "", h(2))}, "accepted", nil, ""},
		{"the contrary answer is held", []queue.CaseEvent{delegated, accepted, up("case.rejected", "other", h(2))}, "accepted", nil, "contradiction"},
		{"and the other way round", []queue.CaseEvent{delegated, up("case.rejected", "other", h(1)), accepted}, "rejected", nil, "contradiction"},
		{"contact means mediating", []queue.CaseEvent{delegated, accepted, up("case.progress", "contacted", h(2))}, "mediating", nil, ""},
		{"suspended and resumed", []queue.CaseEvent{delegated, accepted, up("case.progress", "suspended", h(2)), up("case.progress", "resumed", h(3))}, "mediating", nil, ""},
		{"a note moves nothing", []queue.CaseEvent{delegated, accepted, up("case.progress", "note", h(2))}, "accepted", nil, ""},
		{"closed", []queue.CaseEvent{delegated, accepted, closed}, "closed", nil, ""},
		{"progress after closing is late and moves nothing", []queue.CaseEvent{delegated, accepted, closed, up("case.progress", "session", h(6))}, "closed", []string{"late"}, ""},
		{"withdrawn stops the work", []queue.CaseEvent{delegated, accepted, down("case.withdrawn", "", h(3))}, "withdrawn", nil, ""},
		{"a result after withdrawal is taken, late", []queue.CaseEvent{delegated, accepted, down("case.withdrawn", "", h(3)), closed}, "withdrawn", []string{"late"}, ""},
		{"withdrawn after closing is late", []queue.CaseEvent{delegated, accepted, closed, down("case.withdrawn", "", h(6))}, "closed", []string{"late"}, ""},
		{"confirmation", []queue.CaseEvent{delegated, accepted, closed, up("confirmation.requested", "", h(6)), down("confirmation.decided", "valid", h(7))}, "confirmed", nil, ""},
		{"补正 leaves it confirming", []queue.CaseEvent{delegated, accepted, closed, up("confirmation.requested", "", h(6)), down("confirmation.decided", "correct", h(7))}, "confirming", nil, ""},
		{"a second road to court for one agreement is held", []queue.CaseEvent{delegated, accepted, closed, up("confirmation.requested", "", h(6)), up("arbitration.review.reported", "pending", h(7))}, "confirming", nil, "exclusive"},
		{"a decision nobody asked for", []queue.CaseEvent{delegated, accepted, closed, down("confirmation.decided", "valid", h(7))}, "confirmed", []string{"unasked"}, ""},
		{"an own case begins accepted", []queue.CaseEvent{up("case.registered", "", h(0))}, "accepted", nil, ""},
		{"a case never seen begins where its message leads", []queue.CaseEvent{up("case.closed", "agreed", h(0))}, "closed", []string{"unseen"}, ""},
		{"or accepted where it leads nowhere", []queue.CaseEvent{up("case.progress", "note", h(0))}, "accepted", []string{"unseen"}, ""},
		{"an older message of the same side never moves it back", []queue.CaseEvent{delegated, accepted, up("case.progress", "suspended", h(4)), up("case.progress", "session", h(3))}, "suspended", nil, ""},
		{"equal times: the order of acceptance", []queue.CaseEvent{delegated, accepted, up("case.progress", "suspended", h(4)), up("case.progress", "resumed", h(4))}, "mediating", nil, ""},
		{"a rejected case may be delegated again", []queue.CaseEvent{delegated, up("case.rejected", "noCapacity", h(1)), down("case.delegated", "", h(9))}, "delegated", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, v := fold(c.events...)
			if got.State != c.state {
				t.Errorf("state %s, want %s", got.State, c.state)
			}
			if !slices.Equal(v.Marks, c.marks) {
				t.Errorf("marks %v, want %v", v.Marks, c.marks)
			}
			if reasonCode(v.Hold) != c.hold {
				t.Errorf("hold %q, want %q", reasonCode(v.Hold), c.hold)
			}
		})
	}
}

func TestADateIsNotOlderThanATimeOfItsDay(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, shanghai)
	date := up("case.closed", "agreed", time.Date(2026, 11, 24, 0, 0, 0, 0, shanghai))
	date.Coarse = 24 * time.Hour
	c, _ := fold(down("case.delegated", "", noon.Add(-48*time.Hour)), up("case.accepted", "", noon), date)
	if c.State != "closed" {
		t.Fatalf("state %s: a date was taken for midnight", c.State)
	}
}

func TestProgressBeforeAcceptanceWaitsThenGoesEarly(t *testing.T) {
	c, _ := fold(down("case.delegated", "", t0))
	e := up("case.progress", "contacted", t0.Add(time.Minute))
	e.OrderWaitUntil = t0.Add(10 * time.Minute)
	if _, v := JudgeCase(c, e); v.WaitUntil != e.OrderWaitUntil {
		t.Fatalf("waits until %v, want %v", v.WaitUntil, e.OrderWaitUntil)
	}
	e.Now = e.OrderWaitUntil
	if _, v := JudgeCase(c, e); !v.Passes() || !slices.Contains(v.Marks, "early") {
		t.Fatalf("after the wait: %+v, want to pass, marked early", v)
	}
	if _, v := JudgeCase(c, up("case.accepted", "", t0.Add(2*time.Minute))); !v.Wake {
		t.Fatal("the acceptance does not wake what waits for it")
	}
	e.OrderWaitUntil = time.Time{}
	if _, v := JudgeCase(c, e); !v.Passes() {
		t.Fatal("waits in a pack that maps no case.accepted")
	}
}

func TestJudgeLeavesTheOldRecordAlone(t *testing.T) {
	old, _ := fold(down("case.delegated", "", t0))
	JudgeCase(old, up("case.accepted", "", t0.Add(time.Hour)))
	if old.State != "delegated" || len(old.Times) != 2 {
		t.Fatalf("the record given was changed: %+v", old)
	}
}
