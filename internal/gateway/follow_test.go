package gateway

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// withReassigned lets the test's local system report by the national number.
func withReassigned(files fstest.MapFS) {
	files["mappings/case.reassigned.yaml"] = &fstest.MapFile{Data: []byte("mapping: case.reassigned\nlocal: gaipai\ndirection: to-national\nrules:\n  - {nat: caseNo, loc: qgh}\n" +
		"  - {nat: reassignedAt, loc: sj}\n  - {nat: from.name, loc: yz}\n  - {nat: to.name, loc: zz}\n")}
	files["schemas/gaipai.json"] = &fstest.MapFile{Data: []byte(`{"type":"object","required":["qgh","sj","yz","zz"],"properties":{"qgh":{"type":"string"},"sj":{"type":"string","format":"date-time"},"yz":{"type":"string","minLength":1},"zz":{"type":"string","minLength":1}},"additionalProperties":false}`)}
}

const (
	acceptedByLocal  = `{"ajh":"L-A1","sj":"2026-11-21T09:00:00+08:00","zz":"某调解中心"}`
	reassignedByCase = `{"qgh":"A1","sj":"2026-11-21T10:00:00+08:00","yz":"某调解中心","zz":"某街道调委会"}`
)

// later answers what it took after a time, with the case's local number.
func later(wait time.Duration, localRef string) func(int, adapter.Message) (adapter.Ack, error) {
	return func(int, adapter.Message) (adapter.Ack, error) {
		time.Sleep(wait)
		return adapter.Ack{LocalRef: localRef}, nil
	}
}

func TestNationalNumberDoesNotOvertakeTheLocalOneOfItsCase(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = withReassigned
		r.local.answer = later(8*time.Second, "L-A1")
		r.start()
		r.push("case.delegated", "A1", "1")
		accepted := r.report("up", "case.accepted", "1", acceptedByLocal)
		reassigned := r.report("up", "case.reassigned", "2", reassignedByCase)
		r.wait(time.Second)
		r.state(reassigned.Receipt, queue.Queued, "")
		r.wait(8 * time.Second)
		r.state(accepted.Receipt, queue.Acked, "")
		r.state(reassigned.Receipt, queue.Acked, "")
		if got := r.national.deliveries(); !slices.Equal(got, []string{"case.accepted A1", "case.reassigned A1"}) {
			t.Fatalf("the platform got %v: the acceptance was overtaken", got)
		}
	})
}

func TestNationalNumberWaitsForNoOtherCasesLocalOneAfterTheAnswer(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = withReassigned
		r.local.answer = func(_ int, m adapter.Message) (adapter.Ack, error) {
			if m.Subject == "B1" {
				time.Sleep(14 * time.Second)
			} else {
				time.Sleep(3 * time.Second)
			}
			return adapter.Ack{LocalRef: "L-" + m.Subject}, nil
		}
		r.start()
		r.push("case.delegated", "B1", "1")
		r.push("case.delegated", "A1", "2")
		other := r.report("up", "case.accepted", "1", `{"ajh":"L-B1","sj":"2026-11-21T09:00:00+08:00","zz":"某调解中心"}`)
		reassigned := r.report("up", "case.reassigned", "2", reassignedByCase)
		r.wait(2 * time.Second)
		r.state(reassigned.Receipt, queue.Queued, "") // L-B1 may be A1's
		r.wait(2 * time.Second)
		r.state(reassigned.Receipt, queue.Acked, "") // it is not
		r.state(other.Receipt, queue.Queued, "")
	})
}

func TestNationalNumberWaitsNoLongerThanOrderWait(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = withReassigned
		r.local.timeout = 48 * time.Hour
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) { return adapter.Ack{Await: "file-1"}, nil }
		r.start()
		r.push("case.delegated", "A1", "1")
		early := r.report("up", "case.reassigned", "0", `{"qgh":"A1","sj":"2026-11-21T08:00:00+08:00","yz":"某调解中心","zz":"某街道调委会"}`)
		r.wait(time.Second)
		r.state(early.Receipt, queue.Acked, "") // nothing was said under an unknown number
		accepted := r.report("up", "case.accepted", "1", acceptedByLocal)
		reassigned := r.report("up", "case.reassigned", "2", reassignedByCase)
		r.wait(9 * time.Minute)
		r.state(reassigned.Receipt, queue.Queued, "")
		r.orderWaited()
		r.state(reassigned.Receipt, queue.Acked, "")
		r.state(accepted.Receipt, queue.Queued, "")
	})
}

func TestOwnCasesKeepNoDelegatedOneWaiting(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = withReassigned
		r.local.answer = later(30*time.Second, "L-A1")
		r.start()
		r.push("case.delegated", "A1", "1")
		own, err := localIntake{r.gw, unit}.Accept(t.Context(), adapter.Incoming{Endpoint: "up", Type: "case.registered", ID: "1", Lane: "own-7", Document: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		follower := r.report("up", "case.progress", "2", `{"ajh":"own-7","lb":"contacted","sj":"2026-11-21T10:00:00+08:00"}`)
		reassigned := r.report("up", "case.reassigned", "3", reassignedByCase)
		r.wait(time.Second)
		r.state(own.Receipt, queue.Held, "mapping") // the pack maps no such type
		r.state(follower.Receipt, queue.Queued, "")
		r.state(reassigned.Receipt, queue.Acked, "")
	})
}
