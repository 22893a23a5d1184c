package gateway

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// delegatedOn is a delegation with that day as its own.
func delegatedOn(caseNo, id, day string) []byte {
	return bytes.ReplaceAll(downEvent("case.delegated", caseNo, id), []byte(`"delegatedAt":"2026-11-20T`), []byte(`"delegatedAt":"`+day+`T`))
}

func (r *rig) code(raw []byte) string {
	r.Helper()
	a := r.gw.Receive(r.Context(), platform, raw)
	var p *problem.Problem
	if errors.As(a.Err, &p) {
		return p.Code
	}
	return "taken"
}

func TestModeDecidesWhichCasesAreTaken(t *testing.T) {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, shanghai)
	for _, c := range []struct{ mode, before, after, unknown, carried string }{
		{"resident", "unit-resident", "unit-resident", "unit-resident", "unit-resident"},
		{"parallel", "unit-resident", "taken", "unit-resident", "taken"},
		{"docked", "taken", "taken", "taken", "taken"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.start()
				r.push("case.delegated", "OLD", "0") // taken while docked
				if err := r.gw.SetMode(t.Context(), Operator{Name: "wang"}, unit, c.mode, since); err != nil {
					t.Fatal(err)
				}
				got := []string{r.code(delegatedOn("A1", "1", "2026-10-31")), r.code(delegatedOn("A2", "2", "2026-11-01")),
					r.code(downEvent("case.withdrawn", "NEVER", "3")), r.code(downEvent("case.withdrawn", "OLD", "4"))}
				if want := []string{c.before, c.after, c.unknown, c.carried}; !slices.Equal(got, want) {
					t.Errorf("delegated before, since; a case never seen, one under way: %v, want %v", got, want)
				}
			})
		})
	}
}

// A case that the gateway carries goes on in every mode: what comes of it is taken.
func TestACaseGoesOnWhenTheUnitGoesBackToResidence(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		r.push("case.delegated", "A1", "1")
		if err := r.gw.SetMode(t.Context(), Operator{Name: "wang"}, unit, "resident", time.Time{}); err != nil {
			t.Fatal(err)
		}
		a := r.report("progress", "case.accepted", "1", `{"ajh":"L-A1","sj":"2026-11-21T09:00:00+08:00","zz":"某调解中心"}`)
		r.wait(time.Second)
		r.state(a.Receipt, queue.Acked, "")
		in := adapter.Incoming{Endpoint: "progress", Type: "case.progress", ID: "2", Document: []byte(`{"ajh":"L-UNKNOWN","lb":"note","sj":"2026-11-21T09:00:00+08:00"}`)}
		var p *problem.Problem
		if _, err := (localIntake{r.gw, unit}).Accept(t.Context(), in); !errors.As(err, &p) || p.Code != "unit-resident" {
			t.Errorf("a case that is not carried: %v", err)
		}
	})
}

// F23: the platform's word sets mode and day, and what an operator changes is told to it.
func TestModeChangesTravelBothWays(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		raw := []byte(`{"specversion":"1.0","id":"m1","source":"urn:platform","type":"unit.mode.changed","subject":"990000","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"unit":"990000","mode":"parallel","since":"2026-12-01T00:00:00+08:00"}}`)
		if got := r.code(raw); got != "taken" {
			t.Fatal(got)
		}
		r.wait(time.Second)
		u := r.gw.Units()[0]
		if u.Mode != "parallel" || u.Since == nil || !u.Since.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, shanghai)) || u.FileMode != docked {
			t.Errorf("unit %+v", u)
		}
		if sent, _ := r.local.count(); sent != 0 {
			t.Error("a mode change went to the local system, whose pack does not map it")
		}
		if err := r.gw.SetMode(t.Context(), Operator{Name: "wang"}, unit, "docked", time.Time{}); err != nil {
			t.Fatal(err)
		}
		r.wait(time.Second)
		if got := r.national.deliveries(); !slices.Equal(got, []string{"unit.mode.changed 990000"}) {
			t.Errorf("told the platform %q", got)
		}
		r.stop()
		r.start()
		if got := r.gw.Units()[0].Mode; got != docked {
			t.Errorf("after a restart the mode is %s", got)
		}
	})
}
