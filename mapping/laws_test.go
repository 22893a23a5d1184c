package mapping

import (
	"os"
	"testing"
)

func TestLawsHoldForTheTestPack(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	rep, err := set.Test(TestOptions{N: 200, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range rep.Laws {
		t.Logf("%s %s %d/%d", l.Type, l.Law, l.Reached, l.Documents)
		if !l.OK {
			t.Errorf("%s %s: %s %s\n%s", l.Type, l.Law, l.Rule, l.Detail, l.Counterexample)
		}
	}
}
