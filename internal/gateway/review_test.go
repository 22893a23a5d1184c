package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// neighbour adds a second unit with a local system of its own.
func (r *rig) neighbour(code string, sink adapter.Sink) {
	r.options = func(o *Options) {
		other := o.Setup.Units[0]
		other.Code, other.Sink = code, sink
		o.Setup.Units = append(o.Setup.Units, other)
	}
}

func TestPausedUnitsOverdueKeepNobodyElsesWaiting(t *testing.T) {
	bubble(t, func(r *rig) {
		taken := func(_ int, m adapter.Message) (adapter.Ack, error) { return adapter.Ack{Await: m.Key}, nil }
		r.local.answer, r.local.timeout = taken, time.Minute
		beside := &scripted{answer: taken, timeout: time.Hour}
		r.neighbour("990001", beside)
		r.start()
		for i := range overdueAtOnce + 50 {
			r.push("case.delegated", fmt.Sprint("A", i), fmt.Sprint("a", i))
		}
		if err := r.gw.Pause(r.Context(), Operator{}, unit, true); err != nil {
			t.Fatal(err)
		}
		event := bytes.ReplaceAll(downEvent("case.delegated", "B1", "b1"), []byte(`"unit":"990000"`), []byte(`"unit":"990001"`))
		b := r.gw.Receive(r.Context(), platform, event)
		r.wait(time.Second)
		r.state(b.Receipt, queue.Awaiting, "")
		r.wait(time.Hour + time.Minute)
		r.state(b.Receipt, queue.Held, "ack-missing")
	})
}

func TestPanicAfterTheFirstByteIsAskedAbout(t *testing.T) {
	bubble(t, func(r *rig) {
		r.local.answer = func(n int, m adapter.Message) (adapter.Ack, error) {
			if n == 1 {
				panic("a bug, and the receiver has it")
			}
			return adapter.Ack{}, nil
		}
		r.local.found = func(adapter.Message) (adapter.Ack, bool, error) { return adapter.Ack{LocalRef: "L1"}, true, nil }
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Second)
		if d := r.state(a.Receipt, queue.Held, "panic"); !d.Unknown || d.Attempts[0].Outcome != "unknown" {
			t.Fatalf("unknown %v, %+v", d.Unknown, d.Attempts)
		}
		if _, err := r.gw.Retry(r.Context(), Operator{}, a.Receipt); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Minute)
		r.state(a.Receipt, queue.Acked, "")
		if sent, asked := r.local.count(); sent != 1 || asked != 1 {
			t.Fatalf("%d sent, %d asked: the receiver got it twice", sent, asked)
		}
	})
}

func TestUpwardMessageOfABrokenUnitWaitsForItsPack(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		r.wait(time.Second)
		if err := r.gw.Pause(r.Context(), Operator{}, unit, true); err != nil {
			t.Fatal(err)
		}
		p := r.report("progress", "case.progress", "u1", `{"ajh":"L-A1","lb":"session","sj":"2026-11-21T09:00:00+08:00"}`)
		r.stop()
		r.options = func(o *Options) {
			u := &o.Setup.Units[0]
			u.Pack, u.Sink = nil, nil
		}
		r.start()
		if err := r.gw.Pause(r.Context(), Operator{}, unit, false); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Hour)
		r.state(p.Receipt, queue.Queued, "")
		r.stop()
		r.options = nil
		r.start()
		r.orderWaited()
		r.state(p.Receipt, queue.Acked, "")
	})
}

// refusing is an audit log that cannot be written.
type refusing struct{ asked atomic.Int32 }

func (a *refusing) Record(string, string, string, string) error {
	if a.asked.Add(1) > 1000 {
		panic("asked again and again without a pause")
	}
	return errors.New("no space")
}

func TestModeChangeThatCannotBeWrittenDownDoesNotSpin(t *testing.T) {
	bubble(t, func(r *rig) {
		log := &refusing{}
		r.options = func(o *Options) { o.Audit = log }
		r.start()
		raw := []byte(`{"specversion":"1.0","id":"m1","source":"urn:platform","type":"unit.mode.changed","subject":"990000","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"unit":"990000","mode":"docked","since":"2026-11-20T00:00:00+08:00"}}`)
		a := r.gw.Receive(r.Context(), platform, raw)
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		r.wait(time.Minute)
		r.state(a.Receipt, queue.Queued, "")
		if n := log.asked.Load(); n < 2 || n > 100 {
			t.Fatalf("asked %d times within a minute", n)
		}
	})
}

func TestLinkInAFrozenDocumentIsGoodAsLongAsItMayGoAgain(t *testing.T) {
	materialBubble(t, "link", func(r *materialRig) {
		content, digest := scan(1)
		r.put(content)
		var works atomic.Bool
		r.rig.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			if !works.Load() {
				return adapter.Ack{}, adapter.Unknown(errors.New("reset"))
			}
			return adapter.Ack{}, nil
		}
		receipt := r.accept(suppliedEvent("A1", "1", digest))
		_, rest, _ := strings.Cut(string(r.rig.local.message(0).Document), "/materials/"+digest+"?")
		query, _, _ := strings.Cut(rest, `"`)
		get := func() (int, error) {
			w := httptest.NewRecorder()
			err := r.gw.Local(w, httptest.NewRequest(http.MethodGet, "/local/"+unit+"/materials/"+digest+"?"+query, nil), unit, "materials/"+digest)
			return w.Code, err
		}
		r.wait(72 * time.Hour)
		if status, err := get(); err != nil || status != 200 {
			t.Fatalf("the same bytes still go, and their link is refused: %d %v", status, err)
		}
		works.Store(true)
		r.wait(time.Hour)
		r.state(receipt, queue.Acked, "")
		if _, err := get(); code(err) != "signature" {
			t.Fatalf("after it was taken: %v", err)
		}
	})
}

func TestPauseIsNotUndoneByAModeChangeAtTheSameMoment(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		for range 300 {
			var both sync.WaitGroup
			both.Go(func() {
				if err := r.gw.setMode(t.Context(), "national", unit, docked, time.Now(), ""); err != nil {
					t.Error(err)
				}
			})
			for _, paused := range []bool{false, true} {
				if err := r.gw.Pause(t.Context(), Operator{}, unit, paused); err != nil {
					t.Fatal(err)
				}
			}
			both.Wait()
			if !r.gw.paused(unit) {
				t.Fatal("the pause is gone")
			}
		}
	})
}
