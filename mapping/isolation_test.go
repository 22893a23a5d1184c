package mapping

import "testing"

// TestIsolationHoldsWhereAnElementComesToCount: an element of columns that gets
// its first value moves those behind it, by the rule's own reading.
func TestIsolationHoldsWhereAnElementComesToCount(t *testing.T) {
	item := objectSchema(`"i":` + str + `,"n":` + str)
	p := small{nat: `"l":{"type":"array","maxItems":3,"items":` + item + `}`,
		loc:   `"k1_i":` + str + `,"k1_n":` + str + `,"k2_i":` + str + `,"k2_n":` + str + `,"k3_i":` + str + `,"k3_n":` + str,
		rules: `- {nat: "l[*]", columns: {loc: "k{n}_{f}", n: 1..3}, each: [{nat: i, loc: i}, {nat: n, loc: n}]}`}
	set, found := CompilePack(p.source())
	if set.HasErrors() {
		t.Fatal(findings(found))
	}
	rep, err := set.Test(TestOptions{N: 600, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	judged := false
	for _, l := range rep.Laws {
		judged = judged || l.Law == "isolation" && l.Reached > 0
		if !l.OK {
			t.Errorf("%s: %s %s", l.Law, l.Rule, l.Counterexample)
		}
	}
	if !judged {
		t.Error("isolation was not looked at")
	}
}
