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

// A message inside a field is made by its own rules, else no random document
// would be read as far as the laws.
func TestRandomDocumentsHaveMessagesInsideFields(t *testing.T) {
	pack := small{nat: `"o":` + objectSchema(`"a":`+str), loc: `"x":` + str,
		rules: `- {nat: o, loc: x, embed: {codec: xml, local: inner, cdata: true}, each: [{nat: a, loc: D.a}, {loc: "*", drop: to-national, why: x}]}`}
	set, _ := CompilePack(pack.source())
	rep, err := set.Test(TestOptions{N: 100, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range rep.Laws {
		if !l.OK || l.Reached*5 < l.Documents*3 && l.Law == "totality" {
			t.Errorf("%s: %s %s, %d of %d\n%s", l.Law, l.Rule, l.Detail, l.Reached, l.Documents, l.Counterexample)
		}
	}
}
