package gateway

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

func TestExplainNamesRuleAndSourceAndHidesPersons(t *testing.T) {
	bubble(t, func(r *rig) {
		r.pack = func(files fstest.MapFS) {
			files["mappings/case.delegated.yaml"] = &fstest.MapFile{Data: []byte("mapping: case.delegated\nlocal: wei\ndirection: to-local\nrules:\n" +
				"  - {nat: caseNo, loc: anhao}\n  - {nat: facts, loc: shishi}\n  - {loc: shui, computed: 'parties[0].name + \"等\"', direction: to-local, why: test}\n  - {nat: \"*\", drop: to-local, why: 对方不收}\n")}
			files["schemas/wei.json"] = &fstest.MapFile{Data: []byte(`{"type":"object","properties":{"anhao":{"type":"string"},"shishi":{"type":"string"},"shui":{"type":"string"}},"additionalProperties":false}`)}
		}
		r.start()
		var event struct{ Data json.RawMessage }
		if err := json.Unmarshal(downEvent("case.delegated", "NY-1", "m1"), &event); err != nil {
			t.Fatal(err)
		}
		e, err := r.gw.Explain(unit, "case.delegated", "", event.Data)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]string{}
		for _, w := range e.Written {
			shown[w.Target] = w.Value
			if w.Target == "anhao" && (len(w.Source) != 1 || w.Source[0] != "caseNo" || !strings.HasPrefix(w.Rule, "mappings/case.delegated.yaml:") && !strings.Contains(w.Rule, "case.delegated.yaml:")) {
				t.Errorf("anhao is explained by %s from %v", w.Rule, w.Source)
			}
		}
		if shown["anhao"] != "NY-1" || shown["shishi"] != unseen || shown["shui"] != unseen {
			t.Errorf("shown: %v", shown)
		}
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "虚构甲") {
			t.Errorf("a person's name is shown: %s", raw)
		}
		if len(e.Left) == 0 || e.Left[0].Why != "对方不收" {
			t.Errorf("left: %v", e.Left)
		}
		if n, _ := r.local.count(); n != 0 || r.store.Open(queue.Target{Unit: unit, Direction: queue.ToLocal}) != 0 {
			t.Error("explaining stored or sent something")
		}
	})
}

func TestExplainTellsWhatIsWrongWithoutTheId(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		e, err := r.gw.Explain(unit, "case.progress", "to-national", []byte(`{"ajh":"GEHEIM-7","lb":"note","sj":"2026-11-20T10:00:00+08:00"}`))
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Errors) != 1 || e.Errors[0].Code != "xref-unknown" {
			t.Fatalf("errors: %+v", e.Errors)
		}
		if raw, _ := json.Marshal(e); strings.Contains(string(raw), "GEHEIM") {
			t.Errorf("the id is shown: %s", raw)
		}
	})
}

func TestExplainRefusesWhatItCannotTranslate(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		for _, c := range []struct{ unit, typ, direction, code string }{
			{"1", "case.delegated", "", "unknown-unit"},
			{unit, "stats.bulletin", "", "unsupported-type"},
			{unit, "case.delegated", "to-national", "direction"},
		} {
			_, err := r.gw.Explain(c.unit, c.typ, c.direction, []byte(`{}`))
			var p *problem.Problem
			if !errors.As(err, &p) || p.Code != c.code {
				t.Errorf("%v: %v", c, err)
			}
		}
	})
}
