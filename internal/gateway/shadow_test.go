package gateway

import (
	"bytes"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"duijie/internal/problem"

	"github.com/google/go-cmp/cmp"
)

// rehearsing is a resident unit that tries out what it refuses.
func rehearsing(t *testing.T, play func(r *rig)) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.Setup.Units[0].Mode, o.Setup.Units[0].Shadow = "resident", true }
		r.start()
		play(r)
	})
}

// refused pushes an event, expects unit-resident and gives the rehearsal's receipt.
func (r *rig) refused(raw []byte) string {
	r.Helper()
	a := r.gw.Receive(r.Context(), platform, raw)
	var p *problem.Problem
	if !errors.As(a.Err, &p) || p.Code != "unit-resident" {
		r.Fatalf("answer %v, want unit-resident", a.Err)
	}
	return p.Shadow
}

func TestRehearsalTranslatesAndDeliversNothing(t *testing.T) {
	rehearsing(t, func(r *rig) {
		first, second := r.refused(downEvent("case.delegated", "A1", "1")), r.refused(downEvent("case.delegated", "A2", "2"))
		if first == "" || first == second {
			t.Fatalf("receipts %q and %q", first, second)
		}
		r.refused(bytes.Replace(downEvent("case.withdrawn", "A1", "3"), []byte("case.withdrawn"), []byte("case.extension.decided"), 1))
		r.wait(time.Hour)
		if sent, asked := r.local.count(); sent != 0 || asked != 0 {
			t.Fatal("a rehearsal reached the local system")
		}
		if _, err := r.gw.Delivery(first); err == nil {
			t.Fatal("a rehearsed message is a delivery")
		}
		want := Rehearsal{Messages: 3, Translated: 2, Failed: 1, ByType: []RehearsedType{
			{Type: "case.delegated", Messages: 2, Translated: 2, Errors: []RehearsedError{}},
			{Type: "case.extension.decided", Messages: 1, Errors: []RehearsedError{{Code: "unsupported-type", Count: 1}}},
		}}
		got, err := r.gw.Rehearsal(unit)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Fatalf("rehearsal %v: %s", err, d)
		}
		r.stop()
		r.start()
		got, _ = r.gw.Rehearsal(unit)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("after a restart: %s", d)
		}
	})
}

func TestRehearsalNamesTheRuleAndANewPackBeginsAnew(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.Setup.Units[0].Mode, o.Setup.Units[0].Shadow = "resident", true }
		whole := r.pack
		r.pack = func(f fstest.MapFS) {
			f["mappings/case.delegated.yaml"] = &fstest.MapFile{Data: []byte("mapping: case.delegated\nlocal: step\ndirection: to-local\nrules:\n  - {nat: caseNo, loc: anhao}\n  - {nat: remark, loc: shijian, default: {loc: none}, text: {max: 2}}\n  - {nat: \"*\", drop: to-local, why: test}\n")}
		}
		r.start()
		long := bytes.Replace(downEvent("case.delegated", "A1", "1"), []byte(`"facts":`), []byte(`"remark":"too long","facts":`), 1)
		r.refused(long)
		got, _ := r.gw.Rehearsal(unit)
		if got.Failed != 1 || len(got.ByType) != 1 || len(got.ByType[0].Errors) != 1 {
			t.Fatalf("rehearsal %+v", got)
		}
		if e := got.ByType[0].Errors[0]; e.Code != "text-long" || e.Rule == "" {
			t.Fatalf("error %+v, want text-long with its rule", e)
		}
		r.stop()
		r.pack = whole
		r.start()
		if got, _ = r.gw.Rehearsal(unit); got.Messages != 0 {
			t.Fatalf("the new pack's rehearsal %+v", got)
		}
	})
}

func TestRefusedWithoutShadowIsNotRehearsed(t *testing.T) {
	bubble(t, func(r *rig) {
		r.options = func(o *Options) { o.Setup.Units[0].Mode = "resident" }
		r.start()
		if receipt := r.refused(downEvent("case.delegated", "A1", "1")); receipt != "" {
			t.Fatal("rehearsed unasked")
		}
	})
}
