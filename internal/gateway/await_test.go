package gateway

import (
	"context"
	"errors"
	"fmt"
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

func TestRefusalAfterTheEndIsShownOnTheCase(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.start()
		a, b := r.push("case.delegated", "A1", "1"), r.push("case.delegated", "B1", "2")
		r.callback(adapter.Late{Correlate: "ref-A1", Ack: adapter.Ack{LocalRef: "L1"}})
		if _, err := r.gw.Cancel(t.Context(), Operator{Name: "wang"}, b.Receipt, "asked for", false); err != nil {
			t.Fatal(err)
		}
		for _, ref := range []string{"ref-A1", "ref-B1"} {
			if err := r.callback(adapter.Late{Correlate: ref, Refused: true, Code: "X1", Detail: "peer's words"}); err != nil {
				t.Fatal(err)
			}
		}
		r.state(a.Receipt, queue.Acked, "")
		r.state(b.Receipt, queue.Cancelled, "operator")
		for _, no := range []string{"A1", "B1"} {
			c, err := r.gw.Case(unit, no)
			if err != nil {
				t.Fatal(err)
			}
			last := c.Timeline[0].Attempts[len(c.Timeline[0].Attempts)-1]
			if !slices.Contains(c.Timeline[0].Marks, "refused-later") || !slices.Contains(c.Marks, "refused-later") || last.Code != "X1" {
				t.Fatalf("%s: delivery %v, case %v, last attempt %+v", no, c.Timeline[0].Marks, c.Marks, last)
			}
		}
		if sent, _ := r.local.count(); sent != 2 {
			t.Fatalf("sent %d times", sent)
		}
	})
}

func TestWatchLooksForRefusalsAfterTheEnd(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		var settled int
		r.options = func(o *Options) {
			o.Setup.Units[0].Sink = &watched{r.local, func(a adapter.Awaited) (adapter.Late, bool) {
				if !a.Settled { // the receipt says yes, and later no
					return adapter.Late{Ack: adapter.Ack{LocalRef: "L-" + a.Await}}, true
				}
				settled++
				return adapter.Late{Refused: a.Await == "ref-A1", Code: "X1", Ack: adapter.Ack{LocalRef: "other"}}, true
			}}
		}
		r.start()
		a, b := r.push("case.delegated", "A1", "1"), r.push("case.delegated", "B1", "2")
		r.wait(time.Minute)
		first := r.state(a.Receipt, queue.Acked, "")
		if len(first.Marks) != 0 {
			t.Fatalf("marks %v", first.Marks)
		}
		r.wait(time.Hour)
		d := r.state(a.Receipt, queue.Acked, "")
		if !slices.Contains(d.Marks, "refused-later") || d.Tried != first.Tried+1 {
			t.Fatalf("marks %v, %d attempts, want it recorded once", d.Marks, d.Tried)
		}
		if d := r.state(b.Receipt, queue.Acked, ""); len(d.Marks) != 0 || d.Tried != 2 {
			t.Fatalf("marks %v, %d attempts: what is known was recorded again", d.Marks, d.Tried)
		}
		r.wait(24 * time.Hour)
		was := settled
		r.wait(time.Hour)
		if was == 0 || settled != was {
			t.Fatalf("looked at %d times, then %d", was, settled)
		}
	})
}

func TestRefusalOfWhatAPersonAcknowledgedIsKnown(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.options = func(o *Options) {
			o.Setup.Units[0].Sink = &watched{r.local, func(a adapter.Awaited) (adapter.Late, bool) { return adapter.Late{Refused: true, Code: "X1"}, true }}
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Minute)
		r.state(a.Receipt, queue.Held, "refused")
		if _, err := r.gw.Ack(t.Context(), Operator{Name: "wang"}, a.Receipt, "L1", "told on the phone"); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Hour)
		if d := r.state(a.Receipt, queue.Acked, ""); len(d.Marks) != 0 {
			t.Fatalf("marks %v: the receipt said no before the person said yes", d.Marks)
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

// watched is a receiver that acknowledges in a place where its sink must look.
type watched struct {
	*scripted
	says func(a adapter.Awaited) (adapter.Late, bool)
}

func (w *watched) Watch(ctx context.Context, awaiting func() []adapter.Awaited, in adapter.Intake) error {
	for {
		for _, a := range awaiting() {
			if late, ok := w.says(a); ok {
				late.Correlate = a.Receipt
				if err := in.Acknowledge(ctx, late); err != nil {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func TestReceiptThatComesAfterAckMissingAcknowledges(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		says := make(chan adapter.Late, 1)
		r.options = func(o *Options) {
			o.Setup.Units[0].Sink = &watched{r.local, func(adapter.Awaited) (adapter.Late, bool) {
				select {
				case late := <-says:
					says <- late
					return late, true
				default:
					return adapter.Late{}, false
				}
			}}
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(2 * time.Hour)
		held := r.state(a.Receipt, queue.Held, "ack-missing")
		says <- adapter.Late{Refused: true, HoldReason: "row-vanished"}
		r.wait(time.Minute)
		if d := r.state(a.Receipt, queue.Held, "ack-missing"); d.Tried != held.Tried {
			t.Fatalf("what is held was refused again in every round: %d attempts, then %d", held.Tried, d.Tried)
		}
		<-says
		says <- adapter.Late{Ack: adapter.Ack{LocalRef: "L1"}}
		r.wait(time.Minute)
		if d := r.state(a.Receipt, queue.Acked, ""); d.LocalRef != "L1" {
			t.Fatalf("local ref %q", d.LocalRef)
		}
		if sent, _ := r.local.count(); sent != 1 {
			t.Fatalf("sent %d times", sent)
		}
	})
}

func TestCallbackBeforeTheAnswerThatNamesItsReferenceCounts(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.timeout = time.Hour
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			late := adapter.Late{Correlate: "batch-7", Ack: adapter.Ack{LocalRef: "L7"}}
			if err := r.callback(late); !errors.Is(err, adapter.ErrUnknownReference) {
				t.Errorf("before the reference is known: %v", err)
			}
			return adapter.Ack{Await: "batch-7"}, nil
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Minute)
		if d := r.state(a.Receipt, queue.Acked, ""); d.LocalRef != "L7" {
			t.Fatalf("local ref %q", d.LocalRef)
		}
	})
}

func TestEarlyCallbacksAreBoundedAndOfTheirUnit(t *testing.T) {
	var e earlyCalls
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range earlyMost {
		e.keep("1", adapter.Late{Correlate: "x"}, at)
	}
	e.keep("2", adapter.Late{Correlate: "x", Code: "second"}, at.Add(time.Minute))
	if got := e.take("1", "y", at); len(got) != 0 || len(e.kept) != earlyMost {
		t.Fatalf("%d taken, %d kept", len(got), len(e.kept))
	}
	if got := e.take("2", "x", at.Add(earlyKept)); len(got) != 1 || got[0].Code != "second" {
		t.Fatalf("of unit 2: %v", got)
	}
	if len(e.kept) != 0 {
		t.Fatalf("%d kept beyond their time", len(e.kept))
	}
}

func TestNotFoundAtAckTimeoutCountsOnlyAfterSettle(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.local.timeout, r.local.settle = 5*time.Second, time.Minute
		r.local.found = func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, false, nil }
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(50 * time.Second)
		if sent, asked := r.local.count(); sent != 1 || asked == 0 {
			t.Fatalf("sent %d times, asked %d, before the answer counts", sent, asked)
		}
		r.state(a.Receipt, queue.Awaiting, "")
		r.wait(30 * time.Second)
		if sent, _ := r.local.count(); sent != 2 {
			t.Fatalf("sent %d times once it counts", sent)
		}
	})
}

// TestReceiversThatDoNotAnswerKeepOthersWaitingForOneTimeout: at ackTimeout ten are
// asked after whose receiver hangs, and one whose receiver knows.
func TestReceiversThatDoNotAnswerKeepOthersWaitingForOneTimeout(t *testing.T) {
	bubble(t, func(r *rig) {
		awaitingLocal(r)
		r.local.timeout = time.Hour
		r.local.found = func(m adapter.Message) (adapter.Ack, bool, error) {
			if m.Subject != "A9" {
				time.Sleep(15 * time.Second)
				return adapter.Ack{}, false, adapter.Unknown(errors.New("no answer"))
			}
			return adapter.Ack{LocalRef: "L9"}, true, nil
		}
		r.start()
		var last Answer
		for i := range 10 {
			last = r.push("case.delegated", fmt.Sprint("A", i), fmt.Sprint(i))
		}
		r.state(last.Receipt, queue.Awaiting, "")
		r.wait(time.Hour + 20*time.Second)
		r.state(last.Receipt, queue.Acked, "")
	})
}

// TestAcknowledgementOfAResendThatIsStillOnItsWay: the first has the reference and
// has ended; the second's acknowledgement must not be noted there and forgotten.
func TestAcknowledgementOfAResendThatIsStillOnItsWay(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.timeout = time.Hour
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			if n > 1 { // faster than its own answer
				if err := r.callback(adapter.Late{Correlate: m.Key, Ack: adapter.Ack{LocalRef: "L1"}}); err != nil {
					t.Errorf("callback: %v", err)
				}
			}
			return adapter.Ack{Await: m.Key}, nil
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		first := r.state(a.Receipt, queue.Awaiting, "")
		late := adapter.Late{Correlate: first.Key, Ack: adapter.Ack{LocalRef: "L1"}}
		if err := r.callback(late); err != nil {
			t.Fatal(err)
		}
		r.state(a.Receipt, queue.Acked, "")
		if err := r.gw.Pause(r.Context(), Operator{}, unit, true); err != nil {
			t.Fatal(err)
		}
		again, err := r.gw.Resend(r.Context(), Operator{}, a.Receipt, "lost over there")
		if err != nil {
			t.Fatal(err)
		}
		receipt := again.Receipts[len(again.Receipts)-1]
		if err := r.callback(late); err != nil { // of the first, once more
			t.Fatal(err)
		}
		r.state(receipt, queue.Queued, "")
		if err := r.gw.Pause(r.Context(), Operator{}, unit, false); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Second)
		r.state(receipt, queue.Acked, "")
	})
}
