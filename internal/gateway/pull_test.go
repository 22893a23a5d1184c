package gateway

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/pull"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// pulling gives a rig's unit a local system that comes and asks.
func pulling(r *rig, settings string) *visitor {
	r.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte("{kind: pull, settings: {"+settings+"}}"), &n); err != nil {
		r.Fatal(err)
	}
	sink, err := pull.New(adapter.Settings{File: "pack.yaml", Node: n.Content[0], Codec: adapter.Codec{Format: "json"}}, adapter.Deps{Unit: unit, Now: time.Now})
	if err != nil {
		r.Fatal(err)
	}
	r.options = func(o *Options) {
		for i := range o.Setup.Units {
			o.Setup.Units[i].Sink = sink
		}
	}
	return &visitor{r}
}

// visitor is a local system that asks, as its own program would: it knows the
// wire and nothing of the gateway's packages.
type visitor struct{ r *rig }

// got is one message as a visitor reads it; Document is the bytes on the wire.
type got struct {
	Receipt, Key, Type, Subject string
	Document                    json.RawMessage
}

// call makes one request at a unit and gives what was answered.
func (v *visitor) call(method, of, path, body string) (string, *problem.Problem) {
	v.r.Helper()
	w := httptest.NewRecorder()
	name, _, _ := strings.Cut(path, "?")
	err := v.r.gw.Local(w, httptest.NewRequest(method, "/local/"+of+"/"+path, strings.NewReader(body)), of, name)
	p, _ := err.(*problem.Problem)
	return w.Body.String(), p
}

func (v *visitor) pull(max int) []got {
	v.r.Helper()
	said, p := v.call("GET", unit, fmt.Sprint("pull?max=", max), "")
	var answer struct{ Messages []got }
	if err := json.Unmarshal([]byte(said), &answer); p != nil || err != nil || answer.Messages == nil {
		v.r.Fatalf("pull: %v %v %s", p, err, said)
	}
	return answer.Messages
}

// subjects pulls and gives the cases in order.
func (v *visitor) subjects(max int) string {
	v.r.Helper()
	var out []string
	for _, m := range v.pull(max) {
		out = append(out, m.Subject)
	}
	return strings.Join(out, " ")
}

// confirm confirms results, each a JSON object, and gives their results in order.
func (v *visitor) confirm(of string, results ...string) string {
	v.r.Helper()
	said, p := v.call("POST", of, "confirm", `{"results":[`+strings.Join(results, ",")+`]}`)
	var answer struct {
		Results []struct{ Receipt, Result string }
	}
	if err := json.Unmarshal([]byte(said), &answer); p != nil || err != nil {
		v.r.Fatalf("confirm: %v %v %s", p, err, said)
	}
	var out []string
	for _, one := range answer.Results {
		out = append(out, one.Result)
	}
	return strings.Join(out, " ")
}

func ok(receipt, localRef string) string {
	return fmt.Sprintf(`{"receipt":%q,"ok":true,"localRef":%q}`, receipt, localRef)
}

func TestWhatIsNotAskedForStaysQueued(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "")
		r.start()
		a := r.push("case.delegated", "A1", "1")
		r.wait(time.Hour)
		if d := r.state(a.Receipt, queue.Queued, ""); d.Tried != 0 {
			t.Fatalf("%d attempts, and nobody asked", d.Tried)
		}
		ms := v.pull(50)
		d := r.state(a.Receipt, queue.Awaiting, "")
		if len(ms) != 1 || ms[0].Receipt != a.Receipt || ms[0].Key != d.Key || ms[0].Type != "case.delegated" || ms[0].Subject != "A1" || string(ms[0].Document) != `{"anhao":"A1","shijian":"2026-11-20T09:00:00+08:00"}` {
			t.Fatalf("%+v", ms)
		}
		if len(d.Attempts) != 1 || d.Attempts[0].Outcome != "awaiting" {
			t.Fatalf("an offering is an attempt: %+v", d.Attempts)
		}
		if again := v.pull(50); len(again) != 0 {
			t.Fatalf("offered again at once: %+v", again)
		}
		if got := v.confirm(unit, ok(a.Receipt, "L1")); got != "ok" {
			t.Fatal(got)
		}
		d = r.state(a.Receipt, queue.Acked, "")
		if c, _ := r.store.CaseOf(unit, "A1"); d.LocalRef != "L1" || c.Local != "L1" || len(d.Attempts) != 2 || d.Attempts[1].Outcome != "acknowledged" {
			t.Fatalf("%q %q %+v", d.LocalRef, c.Local, d.Attempts)
		}
	})
}

func TestOnlyHeadsOfLanesOldestFirst(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "")
		r.start()
		for i, step := range []struct{ typ, of string }{{"case.delegated", "A"}, {"case.delegated", "B"}, {"case.materials.requested", "A"}, {"case.docketed", "B"}, {"case.delegated", "C"}} {
			r.push(step.typ, step.of, fmt.Sprint(i))
			r.wait(time.Second)
		}
		first := v.pull(2)
		if len(first) != 2 || first[0].Subject+first[1].Subject != "AB" {
			t.Fatalf("%+v", first)
		}
		if got := v.subjects(50); got != "C" {
			t.Fatalf("%q, want only C: A and B wait for their confirmation", got)
		}
		v.confirm(unit, ok(first[1].Receipt, "LB"))
		if next := v.pull(50); len(next) != 1 || next[0].Type != "case.docketed" {
			t.Fatalf("%+v, want the next of B", next)
		}
	})
}

func TestUnconfirmedIsOfferedAgainByteForByte(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "redeliver: 10m")
		r.start()
		a := r.push("case.delegated", "A1", "1")
		first := v.pull(1)
		r.wait(10*time.Minute - time.Second)
		if got := v.pull(1); len(got) != 0 {
			t.Fatal("offered again too early")
		}
		r.pack = func(files fstest.MapFS) { // a repaired pack: what was not offered yet would read otherwise
			files["mappings/case.delegated.yaml"].Data = []byte(strings.Replace(string(files["mappings/case.delegated.yaml"].Data), "nat: delegatedAt", "nat: consentAt", 1))
		}
		r.stop()
		r.start()
		r.push("case.delegated", "A2", "2")
		r.wait(3 * time.Second)
		again := v.pull(1)
		if len(again) != 1 || again[0].Receipt != first[0].Receipt || again[0].Key != first[0].Key || string(again[0].Document) != string(first[0].Document) {
			t.Fatalf("%s\n%s", first[0].Document, again[0].Document)
		}
		if other := v.pull(1); len(other) != 1 || !strings.Contains(string(other[0].Document), "2026-11-19") {
			t.Fatalf("the pack is still the old one: %+v", other)
		}
		d := r.state(a.Receipt, queue.Awaiting, "")
		if d.Tried != 2 || d.Attempts[0].DocDigest != d.Attempts[1].DocDigest {
			t.Fatalf("%+v", d.Attempts)
		}
		if got := v.confirm(unit, ok(a.Receipt, "L1")); got != "late" {
			t.Fatalf("%q, want late: it had been offered again", got)
		}
		r.state(a.Receipt, queue.Acked, "")
	})
}

func TestRefusalHoldsWithTheirWordsForOperatorsOnly(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "")
		r.start()
		a := r.push("case.delegated", "A1", "1")
		v.pull(1)
		if got := v.confirm(unit, fmt.Sprintf(`{"receipt":%q,"ok":false,"message":"张三不符"}`, a.Receipt)); got != "ok" {
			t.Fatal(got)
		}
		d := r.state(a.Receipt, queue.Held, "refused")
		if last := d.Attempts[len(d.Attempts)-1]; last.Outcome != "permanent" || last.Detail != "张三不符" || strings.Contains(d.Reason.Detail, "张三") {
			t.Fatalf("%+v %+v", last, d.Reason)
		}
		if got := v.subjects(50); got != "" {
			t.Fatalf("what is held was offered: %q", got)
		}
		if _, err := r.gw.Retry(t.Context(), Operator{Name: "wang"}, a.Receipt); err != nil {
			t.Fatal(err)
		}
		if got := v.subjects(50); got != "A1" {
			t.Fatalf("%q, want it offered after a person's retry", got)
		}
	})
}

func TestConfirmationsOfEveryKind(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "redeliver: 1m")
		options := r.options
		r.options = func(o *Options) {
			other := o.Setup.Units[0]
			other.Code = "990001"
			o.Setup.Units = append(o.Setup.Units, other)
			options(o)
		}
		r.start()
		a, b, c := r.push("case.delegated", "A", "1"), r.push("case.delegated", "B", "2"), r.push("case.delegated", "C", "3")
		up := r.report("progress", "case.progress", "7", `{"ajh":"x","lb":"note","sj":"2026-11-20T10:00:00+08:00"}`)
		v.pull(50)
		if got := v.confirm("990001", ok(a.Receipt, "L1")); got != "unknown" {
			t.Fatalf("another unit's receipt: %q", got)
		}
		r.state(a.Receipt, queue.Awaiting, "")
		if got := v.confirm(unit, ok(up.Receipt, "L"), ok("nobody's", "L"), ok(a.Receipt, "LA")); got != "unknown unknown ok" {
			t.Fatal(got)
		}
		acked := r.state(a.Receipt, queue.Acked, "")
		if got := v.confirm(unit, ok(a.Receipt, "LA"), ok(a.Receipt, "LX")); got != "ok ok" {
			t.Fatalf("confirmed again: %q", got)
		}
		again := r.state(a.Receipt, queue.Acked, "")
		if again.LocalRef != "LA" || !again.AckAt.Equal(acked.AckAt) || again.Tried != acked.Tried+2 {
			t.Fatalf("%q %v %d", again.LocalRef, again.AckAt, again.Tried)
		}
		if got := v.confirm(unit, fmt.Sprintf(`{"receipt":%q,"ok":false,"message":"taken back"}`, a.Receipt)); got != "ok" {
			t.Fatalf("refused after ok: %q", got)
		}
		if d := r.state(a.Receipt, queue.Acked, ""); strings.Join(d.Marks, " ") != "other-local-id refused-later" || strings.Join(d.Case.Marks, " ") != "other-local-id refused-later" {
			t.Fatalf("delivery %v, case %v", d.Marks, d.Case.Marks)
		}
		if _, err := r.gw.Cancel(t.Context(), Operator{Name: "wang"}, b.Receipt, "asked for", false); err != nil {
			t.Fatal(err)
		}
		if got := v.confirm(unit, ok(b.Receipt, "LB")); got != "late" {
			t.Fatalf("after a cancel: %q", got)
		}
		r.state(b.Receipt, queue.Cancelled, "operator")
		r.wait(2 * time.Minute) // time is over, but nobody asked: nothing was offered again
		r.state(c.Receipt, queue.Queued, "")
		if got := v.confirm(unit, ok(c.Receipt, "LC")); got != "ok" {
			t.Fatalf("back in the queue: %q", got)
		}
		r.state(c.Receipt, queue.Acked, "")
	})
}

func TestKillBetweenTheOfferAndItsAnswerOffersTheSameAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "redeliver: 5m")
		r.start()
		a := r.push("case.delegated", "A1", "1")
		b := r.push("case.delegated", "B1", "2")
		first := v.pull(1)
		// The second had begun when the process died, its answer never left.
		ds, err := r.store.Claim(t.Context(), map[queue.Target]int{{Unit: unit, Direction: queue.ToLocal}: 1}, time.Minute)
		if err != nil || len(ds) != 1 {
			t.Fatal(err, len(ds))
		}
		if _, err := r.store.Begin(t.Context(), []queue.Start{{Receipt: ds[0].Receipt, Lease: ds[0].Lease, At: time.Now(), Document: []byte(`{"begun":"so"}`)}}); err != nil {
			t.Fatal(err)
		}
		r.store.Crash()
		r.stop()
		r.start()
		r.state(a.Receipt, queue.Awaiting, "")
		if got := v.pull(50); len(got) != 1 || got[0].Receipt != b.Receipt || string(got[0].Document) != `{"begun":"so"}` {
			t.Fatalf("%+v, want what had begun, the same bytes", got)
		}
		r.wait(5*time.Minute + 3*time.Second)
		again := v.pull(50)
		if len(again) != 2 || again[0].Receipt != a.Receipt || string(again[0].Document) != string(first[0].Document) || again[1].Receipt != b.Receipt {
			t.Fatalf("%+v", again)
		}
	})
}

func TestPausedUnitsOfferNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "")
		r.start()
		a := r.push("case.delegated", "A1", "1")
		v.pull(1)
		r.push("case.delegated", "B1", "2")
		if err := r.gw.Pause(t.Context(), Operator{Name: "wang"}, unit, true); err != nil {
			t.Fatal(err)
		}
		if got := v.subjects(50); got != "" {
			t.Fatal(got)
		}
		if got := v.confirm(unit, ok(a.Receipt, "L1")); got != "ok" {
			t.Fatal("a pause must not lose what the local system says:", got)
		}
		if err := r.gw.Pause(t.Context(), Operator{Name: "wang"}, unit, false); err != nil {
			t.Fatal(err)
		}
		if got := v.subjects(50); got != "B1" {
			t.Fatal(got)
		}
	})
}

func TestWhatCannotBeTranslatedIsHeldAndTheRestGoes(t *testing.T) {
	bubble(t, func(r *rig) {
		v := pulling(r, "")
		r.pack = func(files fstest.MapFS) {
			files["schemas/step.json"].Data = []byte(`{"type":"object","required":["anhao","shijian"],"properties":{"anhao":{"type":"string","pattern":"^[A-Z]$"},"shijian":{"type":"string"}},"additionalProperties":false}`)
		}
		r.start()
		bad := r.push("case.delegated", "TOO-LONG", "1")
		r.push("case.delegated", "B", "2")
		if got := v.subjects(1); got != "B" {
			t.Fatalf("%q, want B: one call goes on past what cannot be translated", got)
		}
		r.state(bad.Receipt, queue.Held, "mapping")
	})
}

func TestPingOfAPullUnitIsAnsweredWithoutAsking(t *testing.T) {
	bubble(t, func(r *rig) {
		pulling(r, "")
		r.start()
		raw := `{"specversion":"1.0","id":"p1","source":"urn:platform","type":"test.ping","subject":"n1","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"nonce":"n1","at":"2026-11-20T09:00:00+08:00"}}`
		a := r.gw.Receive(t.Context(), platform, []byte(raw))
		if a.Err != nil {
			t.Fatalf("%+v", a.Err.(*problem.Problem))
		}
		r.wait(time.Second)
		r.state(a.Receipt, queue.Acked, "")
		if sent := r.national.deliveries(); len(sent) != 1 || !strings.HasPrefix(sent[0], "test.ping") {
			t.Fatal(sent)
		}
	})
}

func TestPullIsRefusedWhereTheUnitHasNone(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		v := &visitor{r}
		for _, path := range []string{"pull", "confirm"} {
			if _, p := v.call("GET", unit, path, ""); p == nil || p.Code != "not-found" {
				t.Errorf("%s: %v", path, p)
			}
		}
		if _, p := v.call("GET", "000000", "pull", ""); p == nil || p.Code != "not-found" {
			t.Error(p)
		}
	})
}
