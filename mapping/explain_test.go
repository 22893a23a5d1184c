package mapping

import (
	"os"
	"testing"
)

func TestExplainNamesRuleAndSource(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.delegated")
	doc := `{"caseNo":"GZ2026-1","delegation":"pre","delegatedAt":"2026-11-20T09:00:00+08:00","org":{"code":"J1","name":"委员会"},
"parties":[{"id":"p1","role":"applicant","name":"王"},{"id":"p2","role":"respondent","name":"某公司","idNumber":"X1"}],"remark":"hello"}`
	e, err := p.Explain([]byte(doc), &testEnv, ToLocal)
	if err != nil || len(e.Errors) > 0 {
		t.Fatal(err, e.Errors)
	}
	written := map[string]Written{}
	for _, w := range e.Written {
		written[w.Target] = w
	}
	for target, want := range map[string]string{
		"Body.Case.wbbh":      "value caseNo mappings/case.delegated.yaml:6",
		"Body.Case.sqr[0].xm": "value parties[0].name mappings/common/person.yaml:2",
		"Body.Case.bsqr1_mc":  "value parties[1].name mappings/case.delegated.yaml:26",
		"Body.Case.sjly":      "const  mappings/case.delegated.yaml:10",
	} {
		w := written[target]
		src := ""
		if len(w.Source) > 0 {
			src = w.Source[0]
		}
		if got := w.How + " " + src + " " + w.Rule; got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	left := map[string]string{}
	for _, l := range e.Left {
		left[l.Source] = l.Why
	}
	if left["remark"] != "对方无此字段" || left["parties[1].idNumber"] != "对方无此字段" || len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCoverageKnowsEveryLeaf(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	rows, ok := set.Coverage("case.delegated")
	if !ok {
		t.Fatal("no coverage")
	}
	state := map[string]string{}
	for _, r := range rows {
		state[r.Side+" "+r.Path] = r.State
		if r.State == "missing" {
			t.Errorf("%s %s is missing in a clean table", r.Side, r.Path)
		}
	}
	for k, want := range map[string]string{"nat caseNo": "mapped", "nat remark": "dropped", "loc Body.Case.sjly": "constant", "nat parties[].role": "mapped"} {
		if state[k] != want {
			t.Errorf("%s is %q, want %s", k, state[k], want)
		}
	}
}
