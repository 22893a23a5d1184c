package mapping

import (
	"os"
	"strings"
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

// Every feature keeps the laws: the engine and the canonical form, which is
// computed from the declarations, agree.
func TestLawsHoldForEveryFeature(t *testing.T) {
	for _, c := range translations() {
		t.Run(c.name, func(t *testing.T) {
			set, _ := CompilePack(c.pack.source())
			rep, err := set.Test(TestOptions{N: 150, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range rep.Laws {
				if !l.OK && !strings.HasPrefix(l.Detail, "fewer") {
					t.Errorf("%s: %s %s\n%s", l.Law, l.Rule, l.Detail, l.Counterexample)
				} else if !l.OK {
					t.Logf("%s: %s", l.Law, l.Detail)
				}
			}
		})
	}
}
