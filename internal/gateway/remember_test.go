package gateway

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// datesOnly is a pack whose local system keeps the day of a reassignment, not the time of day.
func datesOnly(files fstest.MapFS) {
	files["mappings/case.reassigned.yaml"] = &fstest.MapFile{Data: []byte(`mapping: case.reassigned
local: yijiao
rules:
  - {nat: caseNo, loc: ajh}
  - {nat: reassignedAt, loc: rq, time: {loc: yyyyMMdd}, lossy: to-local, why: the day only, remember: true}
  - {nat: from.name, loc: cong}
  - {nat: to.name, loc: dao}
  - {nat: "*", drop: to-local, why: test}
`)}
	files["schemas/yijiao.json"] = &fstest.MapFile{Data: []byte(`{"type":"object","required":["ajh","rq","cong","dao"],"additionalProperties":false,
		"properties":{"ajh":{"type":"string"},"rq":{"type":"string"},"cong":{"type":"string","minLength":1},"dao":{"type":"string","minLength":1}}}`)}
}

// reassigned is the platform's word, with a time of day.
func reassigned(caseNo, id, at string) []byte {
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"urn:platform","type":"case.reassigned","subject":%q,"time":"2026-11-20T09:00:00+08:00","unit":"990000",`+
		`"data":{"caseNo":%q,"reassignedAt":%q,"from":{"name":"甲调解会"},"to":{"name":"乙调解会"}}}`, id, caseNo, caseNo, at)
}

// saysBack has the local system report the reassignment on a day, and gives the time that the platform is told.
func (r *rig) saysBack(id, caseNo, day string) string {
	r.Helper()
	before, _ := r.national.count()
	a := r.report("yijiao", "case.reassigned", id, fmt.Sprintf(`{"ajh":%q,"rq":%q,"cong":"甲调解会","dao":"乙调解会"}`, caseNo, day))
	r.state(a.Receipt, queue.Acked, "")
	if n, _ := r.national.count(); n != before+1 {
		r.Fatalf("the platform was told %d times, want once", n-before)
	}
	_, rest, _ := strings.Cut(string(r.national.message(before).Document), `"reassignedAt":"`)
	at, _, _ := strings.Cut(rest, `"`)
	return at
}

func (r *rig) reassign(caseNo, id, at string) {
	r.Helper()
	if a := r.gw.Receive(r.Context(), platform, reassigned(caseNo, id, at)); a.Err != nil {
		r.Fatal(a.Err)
	}
	r.orderWaited()
}

func TestWhatTheLocalSystemCannotKeepComesBackUnlessItChanged(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = datesOnly
		r.start()
		r.reassign("A1", "1", "2026-11-20T09:30:00+08:00")
		if got := r.local.message(0).Document; !strings.Contains(string(got), `"rq":"20261120"`) {
			t.Fatalf("sent %s", got)
		}
		for _, s := range []struct{ id, caseNo, day, want string }{
			{"u1", "A1", "20261120", "2026-11-20T09:30:00+08:00"}, // unchanged: the time of day returns
			{"u2", "A1", "20261123", "2026-11-23T00:00:00+08:00"}, // another day: nothing is put back
			{"u3", "A2", "20261120", "2026-11-20T00:00:00+08:00"}, // another case's is not this one's
		} {
			if got := r.saysBack(s.id, s.caseNo, s.day); got != s.want {
				t.Errorf("%s on %s: the platform is told %s, want %s", s.caseNo, s.day, got, s.want)
			}
		}
		r.stop()
		r.store.Crash()
		r.start()
		if got := r.saysBack("u4", "A1", "20261120"); got != "2026-11-20T09:30:00+08:00" {
			t.Errorf("after a restart the platform is told %s", got)
		}
	})
}

func TestWhatARefusedDocumentLeftOutDoesNotComeBack(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = datesOnly
		r.start()
		r.reassign("A1", "1", "2026-11-20T09:30:00+08:00")
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			return adapter.Ack{}, adapter.Permanent(errors.New("no"))
		}
		r.reassign("A1", "2", "2026-11-20T17:45:00+08:00")
		r.wait(time.Second)
		if got := r.saysBack("u1", "A1", "20261120"); got != "2026-11-20T09:30:00+08:00" {
			t.Errorf("the platform is told %s", got)
		}
	})
}
