package gateway

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"duijie/adapter"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// Each test here plays the schedule that a rule of docs/delivery.md is there for.

var errLine = errors.New("connection reset")

func TestCrashAfterSendBeginsWithProbe(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			time.Sleep(5 * time.Second) // the answer comes after the crash
			return adapter.Ack{LocalRef: "L1"}, nil
		}
		r.local.found = func(m adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{LocalRef: "L1"}, true, nil }
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.state(a.Receipt, queue.Sending, "")
		r.store.Crash()
		r.stop()
		r.start()
		r.wait(time.Second)
		d := r.state(a.Receipt, queue.Acked, "")
		if sent, asked := r.local.count(); sent != 1 || asked != 1 {
			t.Fatalf("sent %d times, asked %d times; want once each", sent, asked)
		}
		if d.LocalRef != "L1" || d.Attempts[0].Outcome != "unknown" {
			t.Fatalf("local ref %q, first attempt %q", d.LocalRef, d.Attempts[0].Outcome)
		}
	})
}

func TestRetryReserialisedIsDuplicate(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		first := r.push("case.withdrawn", "A1", "1")
		again := []byte(`{"data":{"by":"court", "withdrawnAt":"2026-11-20T13:00:00+08:00","caseNo":"\u00411"}, "unit":"990000","time":"2026-11-21T00:00:00Z","subject":"A1","type":"case.withdrawn","source":"urn:platform","id":"1","specversion":"1.0","traceparent":"00-x"}`)
		a := r.gw.Receive(t.Context(), platform, again)
		if a.Err != nil || !a.Duplicate || a.Receipt != first.Receipt {
			t.Fatalf("answer %+v, want a duplicate of %s", a, first.Receipt)
		}
		if a.Status != queue.Acked {
			t.Fatalf("status %s, want the present one", a.Status)
		}
		other := bytes.Replace(again, []byte(`"by":"court"`), []byte(`"by":"party"`), 1)
		if a := r.gw.Receive(t.Context(), platform, other); code(a.Err) != "id-reused" {
			t.Fatalf("other content: %v, want id-reused", a.Err)
		}
	})
}

func TestIdReusedAfterPurgeIsNotDuplicate(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.LogHorizon = 24 * time.Hour }
		// The bubble's clock begins in 2000: this event is of its first day.
		old := bytes.ReplaceAll(downEvent("case.withdrawn", "A1", "1"), []byte("2026-11-20"), []byte("2000-01-01"))
		r.start()
		if a := r.gw.Receive(t.Context(), platform, old); a.Err != nil {
			t.Fatal(a.Err)
		}
		r.wait(48 * time.Hour)
		r.store.PurgeLog(t.Context(), time.Now().Add(-24*time.Hour))
		if a := r.gw.Receive(t.Context(), platform, old); code(a.Err) != "too-old" {
			t.Fatalf("after the purge: %+v, want too-old, never a new message", a)
		}
	})
}

func TestRebuiltGatewaySameKeys(t *testing.T) {
	var keys []string
	for range 2 {
		bubble(t, func(r *rig) {
			r.start()
			r.push("case.delegated", "A1", "1")
			keys = append(keys, r.local.message(0).Key)
		})
	}
	if keys[0] != keys[1] || len(keys[0]) != 32 {
		t.Fatalf("keys %v, want the same twice, 32 digits", keys)
	}
}

func TestRowResetToZeroGoesAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		row := `{"ajh":"L-A1","lb":"contacted","sj":"2026-11-21T09:00:00+08:00"}`
		first := r.report("T_OUT", "case.progress", "17", row)
		if again := r.report("T_OUT", "case.progress", "17", row); !again.Duplicate || again.Receipt != first.Receipt {
			t.Fatalf("the same row again: %+v, want a duplicate", again)
		}
		changed := r.report("T_OUT", "case.progress", "17", strings.Replace(row, "contacted", "session", 1))
		if changed.Duplicate {
			t.Fatal("a row that staff set back to unread with other content was dropped")
		}
		r.orderWaited()
		d := r.state(changed.Receipt, queue.Acked, "")
		if !slices.Contains(d.Marks, "reissued") || !strings.HasPrefix(d.ID, "17#") {
			t.Fatalf("marks %v id %q, want reissued and 17#digest", d.Marks, d.ID)
		}
		if got := len(r.national.deliveries()); got != 2 {
			t.Fatalf("the platform got %d, want 2", got)
		}
	})
}

func TestListItemSecondStateIsTaken(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		for _, kind := range []string{"scheduled", "session", "note"} {
			r.report("list", "case.progress", "item-9", `{"ajh":"L-A1","lb":"`+kind+`","sj":"2026-11-21T09:00:00+08:00"}`)
		}
		r.orderWaited()
		if got := len(r.national.deliveries()); got != 3 {
			t.Fatalf("the platform got %d states of the item, want 3", got)
		}
	})
}

func TestReissueHoldWaitsForAPerson(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		in := adapter.Incoming{Endpoint: "T_OUT", Type: "case.progress", ID: "17", ReissueHold: true,
			Document: []byte(`{"ajh":"L-A1","lb":"contacted","sj":"2026-11-21T09:00:00+08:00"}`)}
		localIntake{r.gw, unit}.Accept(t.Context(), in)
		in.Document = bytes.Replace(in.Document, []byte("contacted"), []byte("session"), 1)
		a, err := localIntake{r.gw, unit}.Accept(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		r.state(a.Receipt, queue.Held, "reissued")
	})
}

func TestExpiredTokenHoldsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		var expired atomic.Bool
		expired.Store(true)
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			if expired.Load() {
				return adapter.Ack{}, adapter.Trouble("status-401", errors.New("post /x: status 401"))
			}
			return adapter.Ack{}, nil
		}
		r.start()
		var receipts []string
		for _, c := range []string{"A1", "A2", "A3"} {
			receipts = append(receipts, r.push("case.delegated", c, c).Receipt)
		}
		r.wait(time.Minute)
		for _, receipt := range receipts {
			if d := r.state(receipt, queue.Queued, ""); d.Failures != 0 {
				t.Fatalf("failures %d, want none counted against a message", d.Failures)
			}
		}
		if sent, _ := r.local.count(); sent > 6 {
			t.Fatalf("%d attempts in a minute, want one each time the breaker tries", sent)
		}
		if u := r.gw.Units()[0]; u.Status != "trouble" || !strings.Contains(u.Trouble, "status-401") {
			t.Fatalf("unit %s %q, want trouble with its cause", u.Status, u.Trouble)
		}
		expired.Store(false)
		r.wait(2 * time.Minute)
		for _, receipt := range receipts {
			r.state(receipt, queue.Acked, "")
		}
		if u := r.gw.Units()[0]; u.Status != "ok" {
			t.Fatalf("unit %s after it recovered", u.Status)
		}
	})
}

func TestProbeOfCaseIsNotProbeOfMessage(t *testing.T) {
	bubble(t, func(r *rig) {
		taken := map[string]bool{}
		r.local.found = func(m adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, taken[m.Key], nil }
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			if n == 2 { // the case's second message is lost on the way
				return adapter.Ack{}, adapter.Unknown(errLine)
			}
			taken[m.Key] = true
			return adapter.Ack{LocalRef: "L1"}, nil
		}
		r.local.settle = 60 * time.Second
		r.start()
		r.push("case.delegated", "A1", "1")
		second := r.push("case.docketed", "A1", "2")
		r.wait(3 * time.Minute)
		r.state(second.Receipt, queue.Acked, "")
		if got := r.local.deliveries(); !slices.Equal(got, []string{"case.delegated A1", "case.docketed A1", "case.docketed A1"}) {
			t.Fatalf("sent %v: the case's first message answered for its second", got)
		}
	})
}

func TestNotFoundCountsOnlyAfterSettle(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.settle = 60 * time.Second
		r.local.found = func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{}, false, nil }
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			if n == 1 {
				return adapter.Ack{}, adapter.Unknown(errLine)
			}
			return adapter.Ack{}, nil
		}
		r.start()
		r.push("case.delegated", "A1", "1")
		r.wait(59 * time.Second)
		if sent, asked := r.local.count(); sent != 1 || asked == 0 {
			t.Fatalf("within settle: sent %d, asked %d; want no second sending", sent, asked)
		}
		r.wait(30 * time.Second)
		if sent, _ := r.local.count(); sent != 2 {
			t.Fatalf("after settle: sent %d, want 2", sent)
		}
	})
}

func TestRepeatAfterUnknownSameBytesAcrossReload(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			switch n {
			case 1, 2:
				return adapter.Ack{}, adapter.Unknown(errLine)
			case 3: // provably not taken, but the earlier ones may have been
				return adapter.Ack{}, adapter.RetryAfter(errLine, time.Second)
			}
			return adapter.Ack{}, nil
		}
		r.options = func(o *Options) {
			o.Reload = func(ctx context.Context) (Setup, []Finding, error) {
				r.pack = func(files fstest.MapFS) {
					files["mappings/case.delegated.yaml"].Data = bytes.Replace(files["mappings/case.delegated.yaml"].Data, []byte("nat: delegatedAt"), []byte("nat: consentAt"), 1)
				}
				return r.setup(), nil, nil
			}
		}
		r.start()
		r.push("case.delegated", "A1", "1")
		if _, err := r.gw.Reload(t.Context(), Operator{}, false); err != nil {
			t.Fatal(err)
		}
		r.wait(10 * time.Minute)
		sent, _ := r.local.count()
		if sent != 4 {
			t.Fatalf("sent %d times, want 4", sent)
		}
		for i := 1; i < sent; i++ {
			if !bytes.Equal(r.local.message(0).Document, r.local.message(i).Document) {
				t.Fatalf("attempt %d after an unknown outcome sent other bytes", i+1)
			}
		}
		r.push("case.delegated", "A2", "2")
		if bytes.Contains(r.local.message(4).Document, []byte("2026-11-20")) {
			t.Fatal("the new pack is not in use")
		}
	})
}

func TestClockStepForwardDoublesNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		var step atomic.Int64
		r.options = func(o *Options) {
			o.Now = func() time.Time { return time.Now().Add(time.Duration(step.Load())) }
		}
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			time.Sleep(10 * time.Second)
			return adapter.Ack{}, nil
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		step.Store(int64(24 * time.Hour))
		b := r.push("case.docketed", "A1", "2")
		step.Store(int64(-24 * time.Hour))
		c := r.push("case.withdrawn", "A1", "3")
		r.wait(3 * time.Minute)
		step.Store(0)
		r.wait(time.Minute)
		for _, receipt := range []string{a.Receipt, b.Receipt, c.Receipt} {
			r.state(receipt, queue.Acked, "")
		}
		if got := r.local.deliveries(); !slices.Equal(got, []string{"case.delegated A1", "case.docketed A1", "case.withdrawn A1"}) {
			t.Fatalf("sent %v", got)
		}
	})
}

func TestWithdrawnOvertakesHeldHead(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			if m.Type == "case.delegated" {
				return adapter.Ack{}, adapter.Permanent(errors.New("status 422"))
			}
			return adapter.Ack{}, nil
		}
		r.start()
		head := r.push("case.delegated", "A1", "1")
		behind := r.push("case.docketed", "A1", "2")
		urgent := r.push("case.withdrawn", "A1", "3")
		other := r.push("case.docketed", "B1", "4")
		r.wait(time.Second)
		r.state(head.Receipt, queue.Held, "refused")
		if d := r.state(behind.Receipt, queue.Queued, ""); d.BlockedBy != head.Receipt {
			t.Fatalf("blocked by %q, want the head", d.BlockedBy)
		}
		r.state(urgent.Receipt, queue.Acked, "")
		r.state(other.Receipt, queue.Acked, "")
	})
}

func TestBatch503KeepsCaseOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		var free []int64
		r.options = func(o *Options) {
			o.Limits.DiskFree = 100
			o.Now = func() time.Time { time.Sleep(2 * time.Second); return time.Now() }
			o.DiskFree = func() (int64, error) {
				n := int64(1 << 40)
				if len(free) > 0 {
					n, free = free[0], free[1:]
				}
				return n, nil
			}
		}
		r.start()
		free = []int64{1 << 40, 0}
		batch := "[" + strings.Join([]string{
			string(downEvent("case.delegated", "B1", "b1")), string(downEvent("case.delegated", "A1", "a1")),
			string(downEvent("case.docketed", "A1", "a2")), string(downEvent("case.docketed", "B1", "b2"))}, ",") + "]"
		answers, err := r.gw.ReceiveBatch(t.Context(), platform, []byte(batch))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range answers {
			got = append(got, code(a.Err))
		}
		if !slices.Equal(got, []string{"", "backpressure", "backpressure", ""}) {
			t.Fatalf("answers %q: a later item of a refused case was taken", got)
		}
	})
}

func TestProgressBeforeAckAnswer(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			time.Sleep(8 * time.Second)
			return adapter.Ack{LocalRef: "L-A1"}, nil
		}
		r.start()
		r.push("case.delegated", "A1", "1")
		accepted := r.report("progress", "case.accepted", "1", `{"ajh":"L-A1","sj":"2026-11-21T09:00:00+08:00","zz":"某调解中心"}`)
		progress := r.report("progress", "case.progress", "2", `{"ajh":"L-A1","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		r.wait(time.Second)
		r.state(accepted.Receipt, queue.Queued, "")
		r.wait(10 * time.Second)
		r.state(accepted.Receipt, queue.Acked, "")
		r.state(progress.Receipt, queue.Acked, "")
		if got := r.national.deliveries(); !slices.Equal(got, []string{"case.accepted A1", "case.progress A1"}) {
			t.Fatalf("the platform got %v", got)
		}
	})
}

func TestUnknownLocalIdIsHeldAndGoesOnWhenLearned(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		p := r.report("progress", "case.progress", "2", `{"ajh":"L-9","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		r.wait(time.Minute)
		r.state(p.Receipt, queue.Held, "xref-unknown")
		if err := r.gw.Bind(t.Context(), Operator{}, unit, "A9", "L-9", "", "told on the phone"); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Minute)
		r.state(p.Receipt, queue.Acked, "")
	})
}

func TestLocalRefOfAnotherCaseFreezesBoth(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) { return adapter.Ack{LocalRef: "L1"}, nil }
		r.start()
		first := r.push("case.delegated", "A1", "1")
		second := r.push("case.delegated", "A2", "2")
		r.state(first.Receipt, queue.Acked, "")
		r.state(second.Receipt, queue.Acked, "") // an acknowledgement all the same, never sent again
		sent, _ := r.local.count()
		down := r.push("case.docketed", "A1", "3")
		up := r.report("progress", "case.progress", "9", `{"ajh":"L1","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		r.wait(time.Minute)
		r.state(down.Receipt, queue.Held, "contested")
		r.state(up.Receipt, queue.Held, "contested")
		if n, _ := r.local.count(); n != sent {
			t.Fatal("a message of a contested case was sent")
		}
		if err := r.gw.Bind(t.Context(), Operator{}, unit, "A1", "L1", "", "checked by phone"); err != nil {
			t.Fatal(err)
		}
		if err := r.gw.Bind(t.Context(), Operator{}, unit, "A2", "L2", "", "checked by phone"); err != nil {
			t.Fatal(err)
		}
		r.orderWaited()
		r.state(down.Receipt, queue.Acked, "")
		r.state(up.Receipt, queue.Acked, "")
	})
}

func TestCancelTellsPlatform(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			return adapter.Ack{}, adapter.Permanent(errors.New("status 422"))
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		b := r.push("case.docketed", "A1", "2")
		r.state(a.Receipt, queue.Held, "refused")
		if _, err := r.gw.Cancel(t.Context(), Operator{Name: "wang"}, a.Receipt, "withdrawn by phone", false); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Second)
		r.state(a.Receipt, queue.Cancelled, "operator")
		r.state(b.Receipt, queue.Held, "case-cancelled")
		if got := r.reported(); !slices.Equal(got, []string{"case.delegated cancelled"}) {
			t.Fatalf("the platform was told %v", got)
		}
	})
}

func TestHeldLongIsToldAndToldAgainWhenItMovesOn(t *testing.T) {
	bubble(t, func(r *rig) {
		var refuse atomic.Bool
		refuse.Store(true)
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			if refuse.Load() {
				return adapter.Ack{}, adapter.Permanent(errors.New("status 422"))
			}
			return adapter.Ack{LocalRef: "L1"}, nil
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(3 * time.Hour)
		if got := r.reported(); len(got) != 0 {
			t.Fatalf("told %v before notifyHeld", got)
		}
		r.wait(2 * time.Hour)
		refuse.Store(false)
		if _, err := r.gw.Retry(t.Context(), Operator{}, a.Receipt); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Minute)
		if got := r.reported(); !slices.Equal(got, []string{"case.delegated held", "case.delegated acked"}) {
			t.Fatalf("the platform was told %v", got)
		}
	})
}

func TestUnreadableRowDoesNotDeafen(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		bad, err := localIntake{r.gw, unit}.Accept(t.Context(), adapter.Incoming{Endpoint: "T_OUT", Type: "case.progress", ID: "1", Document: []byte("\xff\xfe"), Unreadable: true})
		if err != nil {
			t.Fatal(err)
		}
		good := r.report("T_OUT", "case.progress", "2", `{"ajh":"L-A1","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		r.orderWaited()
		r.state(bad.Receipt, queue.Held, "unreadable")
		r.state(good.Receipt, queue.Acked, "")
	})
}

func TestUnmappableIsHeldAndHealedByANewPack(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) {
			o.Reload = func(context.Context) (Setup, []Finding, error) {
				r.pack = func(files fstest.MapFS) {
					files["mappings/case.progress.yaml"].Data = []byte("mapping: case.progress\nlocal: jinzhan\nrules:\n  - {nat: caseNo, loc: ajh, xref: case}\n  - {nat: kind, const: note}\n  - {nat: at, loc: sj}\n  - {loc: lb, drop: to-national, why: test}\n")
					files["schemas/jinzhan.json"].Data = []byte(`{"type":"object","required":["ajh","lb","sj"],"properties":{"ajh":{"type":"string"},"lb":{"type":"string"},"sj":{"type":"string","format":"date-time"}},"additionalProperties":false}`)
				}
				return r.setup(), nil, nil
			}
		}
		r.start()
		r.push("case.delegated", "A1", "1")
		p := r.report("progress", "case.progress", "2", `{"ajh":"L-A1","lb":"unheard of","sj":"2026-11-21T10:00:00+08:00"}`)
		d := r.state(p.Receipt, queue.Held, "mapping")
		if strings.Contains(d.Reason.Detail, "unheard") || !strings.Contains(d.Reason.Detail, ".yaml:") {
			t.Fatalf("detail %q: want the rule and no value", d.Reason.Detail)
		}
		dry, err := r.gw.Reload(t.Context(), Operator{}, true)
		if err != nil || dry.HeldPass != 1 || dry.Applied {
			t.Fatalf("dry reload %+v %v, want one that would pass", dry, err)
		}
		r.gw.Reload(t.Context(), Operator{}, false)
		job, err := r.gw.Redrive(t.Context(), Operator{}, Redrive{Unit: unit, State: "held", Reason: "mapping"})
		if err != nil || job.Total != 1 {
			t.Fatalf("redrive %+v %v", job, err)
		}
		r.orderWaited()
		r.state(p.Receipt, queue.Acked, "")
	})
}

func TestPanicOnOneDocumentHoldsItAndTheWorkerGoesOn(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			if m.Subject == "A1" {
				panic("a bug")
			}
			return adapter.Ack{}, nil
		}
		r.start()
		a, b := r.push("case.delegated", "A1", "1"), r.push("case.delegated", "B1", "2")
		r.wait(time.Second)
		r.state(a.Receipt, queue.Held, "panic")
		r.state(b.Receipt, queue.Acked, "")
	})
}

func TestPausedUnitAcceptsAndSendsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		if err := r.gw.Pause(t.Context(), Operator{}, unit, true); err != nil {
			t.Fatal(err)
		}
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Hour)
		if sent, _ := r.local.count(); sent != 0 {
			t.Fatal("a paused unit was sent to")
		}
		r.gw.Pause(t.Context(), Operator{}, unit, false)
		r.wait(time.Second)
		r.state(a.Receipt, queue.Acked, "")
	})
}

func TestPingIsAnsweredWithItsNonce(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		raw := []byte(`{"specversion":"1.0","id":"p1","source":"urn:platform","type":"test.ping","subject":"n-1","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"nonce":"n-1","at":"2026-11-20T09:00:00+08:00"}}`)
		if a := r.gw.Receive(t.Context(), platform, raw); a.Err != nil {
			t.Fatal(a.Err)
		}
		r.wait(time.Second)
		if got := r.national.deliveries(); !slices.Equal(got, []string{"test.ping n-1"}) {
			t.Fatalf("the platform got %v", got)
		}
	})
}

func TestShutdownCutsAttemptsAfterTheGrace(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			time.Sleep(3 * time.Second)
			return adapter.Ack{}, nil
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		began := time.Now()
		r.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("Run ended %v after its context", took)
		}
		r.state(a.Receipt, queue.Acked, "") // it came within what the sink took
		synctest.Wait()
	})
}

func code(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
