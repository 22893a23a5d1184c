package gateway

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

func TestATurnThatSentNothingSaysNothingAboutTheReceiver(t *testing.T) {
	bubble(t, func(r *rig) {
		r.national.answer = func(int, adapter.Message) (adapter.Ack, error) {
			return adapter.Ack{}, adapter.Trouble("status-401", errors.New("post: status 401"))
		}
		r.start()
		r.report("progress", "case.progress", "1", `{"ajh":"L-1","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		if err := r.gw.Bind(t.Context(), Operator{}, unit, "A1", "L-1", "", "test"); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Second)
		if u := r.gw.Units()[0]; u.Status != "trouble" {
			t.Fatalf("unit %s, want trouble", u.Status)
		}
		// What cannot be translated is held without being sent, again and again.
		for i := range 10 {
			r.report("progress", "case.progress", fmt.Sprint("bad", i), fmt.Sprintf(`{"ajh":"L-%d","lb":"unheard of","sj":"2026-11-21T10:00:00+08:00"}`, 100+i))
		}
		r.wait(31 * time.Second)
		if u := r.gw.Units()[0]; u.Status != "trouble" {
			t.Fatalf("unit %s after turns that sent nothing, want trouble still", u.Status)
		}
	})
}

func TestLocalRepeatIsAnsweredWhenNothingNewIsTaken(t *testing.T) {
	bubble(t, func(r *rig) {
		full := false
		r.options = func(o *Options) {
			o.Limits.DiskFree = 100
			o.DiskFree = func() (int64, error) {
				if full {
					return 0, nil
				}
				return 1 << 40, nil
			}
		}
		r.start()
		in := adapter.Incoming{Endpoint: "progress", Type: "case.progress", ID: "1", Document: []byte(`{"ajh":"L-1","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)}
		first, err := localIntake{r.gw, unit}.Accept(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		full = true
		r.wait(5 * time.Second)
		again, err := localIntake{r.gw, unit}.Accept(t.Context(), in)
		if err != nil || !again.Duplicate || again.Receipt != first.Receipt {
			t.Fatalf("the repeat: %+v %v", again, err)
		}
		in.ID = "2"
		if _, err := (localIntake{r.gw, unit}).Accept(t.Context(), in); code(err) != "backpressure" {
			t.Fatalf("a new one: %v, want backpressure", err)
		}
	})
}

func TestAnyAcknowledgementOfACaseTeachesItsLocalId(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start() // the case began before docking: its first message here is a withdrawal
		r.push("case.withdrawn", "A1", "1")
		if c, ok := r.store.CaseOf(unit, "L-A1"); !ok || c.National != "A1" {
			t.Fatalf("the case is not known by its local id: %+v %v", c, ok)
		}
	})
}

func TestPlaceholderWithoutLocalIdIsHeldWhenNothingCanBringIt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			if m.LocalRef == "" && m.Type == "case.docketed" {
				return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Transient, Code: "placeholder", Err: adapter.ErrNoLocalRef}
			}
			return adapter.Ack{}, nil
		}
		r.start()
		r.push("case.delegated", "A1", "1")
		a := r.push("case.docketed", "A1", "2")
		r.wait(time.Minute)
		r.state(a.Receipt, queue.Held, "placeholder")
	})
}
