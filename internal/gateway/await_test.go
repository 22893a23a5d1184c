package gateway

import (
	"errors"
	"slices"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// awaitingLocal takes everything and acknowledges later, under a reference of its own.
func awaitingLocal(r *rig) {
	r.local.timeout = time.Hour
	r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
		return adapter.Ack{Await: "ref-" + m.Subject}, nil
	}
}

func (r *rig) callback(late adapter.Late) error {
	return localIntake{r.gw, unit}.Acknowledge(r.Context(), late)
}

func TestCallbackSettlesByReferenceKeyOrReceipt(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.start()
		for _, by := range []string{"reference", "key", "receipt"} {
			a := r.push("case.delegated", "A-"+by, by)
			d := r.state(a.Receipt, queue.Awaiting, "")
			ref := map[string]string{"reference": "ref-A-" + by, "key": d.Key, "receipt": d.Receipt}[by]
			if err := r.callback(adapter.Late{Correlate: ref, Ack: adapter.Ack{LocalRef: "L-" + by}}); err != nil {
				t.Fatalf("by %s: %v", by, err)
			}
			if d := r.state(a.Receipt, queue.Acked, ""); d.LocalRef != "L-"+by {
				t.Fatalf("by %s: local ref %q", by, d.LocalRef)
			}
		}
		if err := r.callback(adapter.Late{Correlate: "nobody's"}); !errors.Is(err, adapter.ErrUnknownReference) {
			t.Fatalf("an unknown reference: %v", err)
		}
	})
}

func TestSecondAcknowledgementChangesNothingAndIsRecorded(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.callback(adapter.Late{Correlate: "ref-A1", Ack: adapter.Ack{LocalRef: "L1"}})
		first := r.state(a.Receipt, queue.Acked, "")
		if err := r.callback(adapter.Late{Correlate: first.Key, Ack: adapter.Ack{LocalRef: "L2"}}); err != nil {
			t.Fatal(err)
		}
		if err := r.callback(adapter.Late{Correlate: first.Key, Refused: true, Code: "X1"}); err != nil {
			t.Fatal(err)
		}
		again := r.state(a.Receipt, queue.Acked, "")
		if again.LocalRef != "L1" || !again.AckAt.Equal(first.AckAt) || again.Tried != first.Tried+2 {
			t.Fatalf("local ref %q, %d attempts; want L1 and two more attempts recorded", again.LocalRef, again.Tried)
		}
		if c, _ := r.store.CaseOf(unit, "A1"); !slices.Contains(c.OtherLocal, "L2") {
			t.Fatalf("the other local id is not shown on the case: %+v", c.OtherLocal)
		}
	})
}

func TestLateRefusalHolds(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.callback(adapter.Late{Correlate: "ref-A1", Refused: true, Code: "E9", Detail: "peer's words"})
		d := r.state(a.Receipt, queue.Held, "refused")
		if last := d.Attempts[len(d.Attempts)-1]; last.Code != "E9" || last.Outcome != "permanent" {
			t.Fatalf("attempt %+v", last)
		}
	})
}

func TestAckTimeoutSendsNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		found  func(adapter.Message) (adapter.Ack, bool, error)
		state  queue.State
		reason string
		mark   string
		sent   int
	}{
		{"no way to tell", nil, queue.Held, "ack-missing", "", 1},
		{"still there", func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, true, nil }, queue.Awaiting, "", "late-ack", 1},
		{"there and acknowledged", func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{LocalRef: "L1"}, true, nil }, queue.Acked, "", "", 1},
		{"nobody answers the question", func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, false, errLine }, queue.Awaiting, "", "late-ack", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				awaitingLocal(r)
				r.local.found = c.found
				r.start()
				a := r.push("case.delegated", "A1", "1")
				r.wait(59 * time.Minute)
				r.state(a.Receipt, queue.Awaiting, "")
				r.wait(2 * time.Minute)
				d := r.state(a.Receipt, c.state, c.reason)
				if c.mark != "" && !slices.Contains(d.Marks, c.mark) {
					t.Errorf("marks %v, want %s", d.Marks, c.mark)
				}
				if sent, _ := r.local.count(); sent != c.sent {
					t.Errorf("sent %d times, want %d", sent, c.sent)
				}
			})
		})
	}
}

func TestProvablyNotTakenGoesAgainAfterAckTimeout(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.local.found = func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, false, nil }
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(61 * time.Minute)
		r.state(a.Receipt, queue.Awaiting, "")
		if sent, _ := r.local.count(); sent != 2 {
			t.Fatalf("sent %d times, want again once it was provably not taken", sent)
		}
	})
}
