package gateway

import (
	"errors"
	"slices"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// restored is what a backup leaves: two open deliveries of which nobody knows what
// became of them since, in a paused unit.
func (r *rig) restored() (a, b Answer) {
	r.Helper()
	r.start()
	if err := r.gw.Pause(r.Context(), Operator{}, unit, true); err != nil {
		r.Fatal(err)
	}
	a, b = r.push("case.delegated", "A1", "1"), r.push("case.delegated", "B1", "2")
	r.stop()
	if n, err := r.store.Recover(r.Context(), time.Now()); err != nil || n != 2 {
		r.Fatalf("recovered %d, %v", n, err)
	}
	r.start()
	r.wait(48 * time.Hour)
	if sent, asked := r.local.count(); sent != 0 || asked != 0 {
		r.Fatalf("%d sent and %d asked before anybody resumed the unit", sent, asked)
	}
	if err := r.gw.Pause(r.Context(), Operator{}, unit, false); err != nil {
		r.Fatal(err)
	}
	r.wait(time.Minute)
	return a, b
}

func TestRestoreSendsNothingUnasked(t *testing.T) {
	t.Run("asked for where it can be", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.local.found = func(m adapter.Message) (adapter.Ack, bool, error) {
				return adapter.Ack{LocalRef: "L1"}, m.Subject == "A1", nil
			}
			a, b := r.restored()
			r.state(a.Receipt, queue.Acked, "")
			d := r.state(b.Receipt, queue.Acked, "")
			if !slices.Contains(d.Marks, "possibly-sent") {
				t.Errorf("marks %v", d.Marks)
			}
			if got := r.local.deliveries(); !slices.Equal(got, []string{"case.delegated B1"}) {
				t.Fatalf("sent %q, want only what the receiver does not have", got)
			}
		})
	})
	t.Run("held where nobody can tell", func(t *testing.T) {
		bubble(t, func(r *rig) {
			a, b := r.restored()
			r.state(a.Receipt, queue.Held, "after-restore")
			r.state(b.Receipt, queue.Held, "after-restore")
			if sent, _ := r.local.count(); sent != 0 {
				t.Fatal("sent on a guess")
			}
			r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
				if n == 1 {
					return adapter.Ack{}, adapter.RetryAfter(errors.New("busy"), time.Second)
				}
				return adapter.Ack{LocalRef: "L1"}, nil
			}
			if _, err := r.gw.Retry(r.Context(), Operator{}, a.Receipt); err != nil {
				t.Fatal(err)
			}
			r.wait(time.Minute)
			r.state(a.Receipt, queue.Acked, "") // a person's word holds over a refusal
			r.state(b.Receipt, queue.Held, "after-restore")
		})
	})
}
