package gateway

import (
	"bytes"
	"errors"
	"testing"
	"time"

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
