package mapping

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTablesThatNeedTheDocumentRunByTheTree(t *testing.T) {
	src := testSource(t, os.DirFS("testdata/pack"))
	src.Unknown = "keep"
	set, findings := CompilePack(src)
	var told []string
	for _, f := range findings {
		if f.Code == "tree" {
			told = append(told, f.Severity+" "+f.File)
		}
	}
	want := []string{"info pack/mappings/case.accepted.yaml", "info pack/mappings/case.delegated.yaml"}
	if slices.Sort(told); !slices.Equal(told, want) {
		t.Errorf("lint tells %q, want %q", told, want)
	}
	p, _ := set.Program("case.delegated")
	if p.roads[0].planned() != nil || p.roads[1].planned() != nil {
		t.Error("a pack that keeps unknown fields has a plan")
	}
	b, made, err := p.ToLocal(nil, []byte(strings.Replace(delegated, `{`, `{"new":1,`, 1)), &testEnv)
	if err != nil || len(b) == 0 || len(made.Remember) == 0 {
		t.Errorf("what is unknown is not kept: %s", codesOf(err))
	}
}

// A run is used again by the next translation: nothing of one may show in another.
func TestPlanForgetsOneDocumentBeforeTheNext(t *testing.T) {
	set := mustCompile(t, provinceSource(t, "error"))
	p, _ := set.Program("case.delegated")
	long, short := workers(t, 40), delegatedCase(t)
	want, _, err := p.byTree(p.roads[0], nil, short, &testEnv)
	if err != nil {
		t.Fatal(codesOf(err))
	}
	for _, before := range [][]byte{long, short, []byte(`{"caseNo":"a","parties":[{"id":"x"`), []byte(`{"caseNo":1}`), long} {
		_, _, _ = p.ToLocal(nil, before, &testEnv) // some are errors: what counts is the next
		got, made, ok := p.roads[0].planned().translate(nil, short, &testEnv)
		if !ok || string(got) != string(want) || len(made.Pairs) != 0 {
			t.Fatalf("after %.40s: %v %s", before, ok, got)
		}
	}
}

func TestPlanAppendsAndLeavesWhatStandsThere(t *testing.T) {
	set := mustCompile(t, provinceSource(t, "error"))
	p, _ := set.Program("case.delegated")
	room := append(make([]byte, 0, 1<<16), "before"...)
	got, _, err := p.ToLocal(room, delegatedCase(t), &testEnv)
	if err != nil || !strings.HasPrefix(string(got), `before{"wbbh":`) || &got[0] != &room[0] {
		t.Errorf("it does not append in place: %.20s %s", got, codesOf(err))
	}
	if got, _, err = p.ToLocal(room, []byte(`{"caseNo":`), &testEnv); err == nil || string(got) != "before" {
		t.Errorf("after an error dst is %q", got)
	}
}
