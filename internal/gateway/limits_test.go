package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"duijie/adapter"
	"duijie/internal/problem"
)

// TestDeadUnitDoesNotFillHub: one local system that is away for days takes up its
// own share and no more; the others' messages are accepted and delivered.
func TestDeadUnitDoesNotFillHub(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) {
			alive := o.Setup.Units[0]
			alive.Code, alive.Sink = "980000", &scripted{}
			o.Setup.Units = append(o.Setup.Units, alive)
			o.Limits = Limits{Backlog: 100, BacklogUnit: 5}
		}
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			return adapter.Ack{}, adapter.RetryAfter(errors.New("away"), 0)
		}
		r.start()
		for i := range 5 {
			r.push("case.delegated", fmt.Sprint("A", i), fmt.Sprint(i))
		}
		full := r.gw.Receive(r.Context(), platform, downEvent("case.delegated", "A9", "9"))
		var p *problem.Problem
		if !errors.As(full.Err, &p) || p.Code != "backpressure" || p.Limit != "backlogUnit" || p.RetryAfter == 0 {
			t.Fatalf("the dead unit's sixth: %v", full.Err)
		}
		again := r.gw.Receive(r.Context(), platform, downEvent("case.delegated", "A0", "0"))
		if again.Err != nil || !again.Duplicate {
			t.Fatalf("a repeat while it is full: %+v", again)
		}
		for i := range 20 {
			event := bytes.ReplaceAll(downEvent("case.delegated", fmt.Sprint("B", i), fmt.Sprint("b", i)), []byte(`"unit":"990000"`), []byte(`"unit":"980000"`))
			if a := r.gw.Receive(r.Context(), platform, event); a.Err != nil {
				t.Fatalf("message %d of the unit that works: %v", i, a.Err)
			}
			r.wait(1)
		}
	})
}
