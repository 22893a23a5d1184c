package gateway

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

func TestPayloadIsForgottenAfterTheCasesEnd(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.PayloadFor, o.LogHorizon = 48*time.Hour, 0 }
		r.start()
		running, ended := r.push("case.delegated", "A1", "1"), r.push("case.delegated", "A2", "2")
		last := r.push("case.withdrawn", "A2", "3")
		r.wait(47 * time.Hour)
		if _, err := r.gw.Payload(ended.Receipt); err != nil {
			t.Fatalf("gone too early: %v", err)
		}
		r.wait(14 * time.Hour)
		for _, a := range []Answer{ended, last} {
			_, err := r.gw.Payload(a.Receipt)
			var p *problem.Problem
			if !errors.As(err, &p) || p.Code != "not-found" {
				t.Fatalf("payload after its time: %v", err)
			}
			if d := r.state(a.Receipt, queue.Acked, ""); !d.Purged {
				t.Fatal("not said to be purged")
			}
		}
		if _, err := r.gw.Payload(running.Receipt); err != nil {
			t.Fatalf("the payload of a running case: %v", err)
		}
		if again := r.push("case.delegated", "A2", "2"); !again.Duplicate {
			t.Fatal("a repeat of what was purged was taken as new")
		}
	})
}

func TestPayloadIsForgottenAfterTheDelegationWasCancelled(t *testing.T) {
	wang := Operator{Name: "wang"}
	for name, c := range map[string]struct {
		then func(r *rig)
		ends bool
	}{
		"nothing more": {func(*rig) {}, true},
		"what comes down besides begins nothing": {func(r *rig) {
			d := r.state(r.push("case.docketed", "A1", "3").Receipt, queue.Held, "refused")
			if _, err := r.gw.Cancel(r.Context(), wang, d.Receipt, "asked for", false); err != nil {
				r.Fatal(err)
			}
		}, true},
		"delegated anew": {func(r *rig) {
			r.local.answer = nil
			r.state(r.push("case.delegated", "A1", "3").Receipt, queue.Acked, "")
		}, false},
		"delegated anew and cancelled again": {func(r *rig) {
			again := r.push("case.delegated", "A1", "3")
			if _, err := r.gw.Cancel(r.Context(), wang, again.Receipt, "asked for", false); err != nil {
				r.Fatal(err)
			}
		}, true},
		"the local system accepted it all the same": {func(r *rig) {
			if err := r.gw.Bind(r.Context(), wang, unit, "A1", "L-A1", "", "told on the phone"); err != nil {
				r.Fatal(err)
			}
			r.state(r.report("up", "case.accepted", "1", acceptedByLocal).Receipt, queue.Acked, "")
		}, false},
		"the local system handed it on all the same": {func(r *rig) {
			r.state(r.report("up", "case.reassigned", "1", reassignedByCase).Receipt, queue.Acked, "")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.pack = withReassigned
				r.options = func(o *Options) { o.PayloadFor, o.LogHorizon = 48*time.Hour, 0 }
				r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
					return adapter.Ack{}, adapter.Permanent(errors.New("status 422"))
				}
				r.start()
				delegated, follower := r.push("case.delegated", "A1", "1"), r.push("case.materials.requested", "A1", "2")
				if _, err := r.gw.Cancel(t.Context(), wang, delegated.Receipt, "asked for", false); err != nil {
					t.Fatal(err)
				}
				if _, err := r.gw.Skip(t.Context(), wang, follower.Receipt, "the lane goes on"); err != nil {
					t.Fatal(err)
				}
				c.then(r)
				r.wait(47 * time.Hour)
				if _, err := r.gw.Payload(delegated.Receipt); err != nil {
					t.Fatalf("gone too early: %v", err)
				}
				r.wait(14 * time.Hour)
				if _, err := r.gw.Payload(delegated.Receipt); (err != nil) != c.ends {
					t.Fatalf("payload of the cancelled delegation: %v", err)
				}
				r.state(follower.Receipt, queue.Held, "case-cancelled")
				if _, err := r.gw.Payload(follower.Receipt); err != nil {
					t.Fatalf("payload of what is not final: %v", err)
				}
			})
		})
	}
}

func TestAcceptClockOfANewDelegationAfterACancelledOne(t *testing.T) {
	c, _ := JudgeCase(nil, queue.CaseEvent{Type: "case.delegated", Direction: queue.ToLocal, Time: at9, Now: at9})
	c, _ = JudgeCase(c, queue.CaseEvent{Type: "case.delegated", Direction: queue.ToLocal, Time: at9, Cancelled: true, Now: at9.Add(time.Hour)})
	if c.State != "delegated" || !c.EndedAt.Equal(at9.Add(time.Hour)) {
		t.Fatalf("%s, ended %v", c.State, c.EndedAt)
	}
	c, _ = JudgeCase(c, queue.CaseEvent{Type: "case.delegated", Direction: queue.ToLocal, Time: at9.Add(2 * time.Hour), Now: at9.Add(3 * time.Hour)})
	if c.State != "delegated" || !c.EndedAt.IsZero() || !c.Times[queue.TimeTaken].Equal(at9.Add(3*time.Hour)) {
		t.Fatalf("%s, ended %v, taken %v", c.State, c.EndedAt, c.Times[queue.TimeTaken])
	}
}

var at9 = time.Date(2026, 11, 20, 9, 0, 0, 0, shanghai)

func TestLogIsForgottenAndARepeatIsTooOld(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.LogHorizon = 48 * time.Hour }
		r.start()
		event := bytes.ReplaceAll(downEvent("case.withdrawn", "A1", "1"), []byte("2026-11-20"), []byte("2000-01-01"))
		a := r.gw.Receive(r.Context(), platform, event)
		r.wait(50 * time.Hour)
		if _, err := r.gw.Delivery(a.Receipt); err == nil {
			t.Fatal("still in the log")
		}
		again := r.gw.Receive(r.Context(), platform, event)
		var p *problem.Problem
		if !errors.As(again.Err, &p) || p.Code != "too-old" {
			t.Fatalf("a repeat after the log: %v", again.Err)
		}
	})
}
