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

// What a lossy rule drops under a key comes back, and what no schema knows.
func TestLawsOfWhatIsRemembered(t *testing.T) {
	element := `{"type":"array","items":` + objectSchema(`required:id;"id":{"type":"string","minLength":1},"at":{"type":"string","format":"date-time"}`) + `}`
	s := small{
		nat: `"a":{"type":"string","format":"date-time"},"l":` + element,
		loc: `"x":` + str + `,"m":{"type":"array","items":` + objectSchema(`"d":`+str) + `}`,
		rules: "- {nat: a, loc: x, time: {loc: yyyyMMdd}, lossy: to-local, why: x, remember: true}\n" +
			"- nat: l[*]\n  loc: m[*]\n  key: {nat: id, loc: '#n', as: party}\n  each: [{nat: at, loc: d, time: {loc: yyyyMMdd}, lossy: to-local, why: x, remember: true}]\n",
	}
	src := s.source()
	src.Unknown = "keep"
	set, fs := CompilePack(src)
	if set.HasErrors() {
		t.Fatal(findings(fs))
	}
	rep, err := set.Test(TestOptions{N: 200, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]int{}
	for _, l := range rep.Laws {
		reached[l.Law] = l.Reached
		if !l.OK {
			t.Errorf("%s: %s %s, %d of %d\n%s", l.Law, l.Rule, l.Detail, l.Reached, l.Documents, l.Counterexample)
		}
	}
	if reached["get-put"] < 150 || reached["put-get"] < 300 || reached["loss-honesty"] != 2 {
		t.Errorf("reached %v", reached)
	}
}

// A law that never sees a loss that a table declares says so.
func TestHonestyWantsAWitnessOfEachLoss(t *testing.T) {
	kinds := `{"type":"array","items":` + objectSchema(`required:k;"k":{"enum":["a","b"]},"v":`+str) + `}`
	for _, c := range []struct {
		name  string
		pack  small
		shown int
	}{
		{"a truncated text", small{nat: `"a":{"type":"string","maxLength":20}`, loc: `"x":{"type":"string","maxLength":5}`,
			rules: `- {nat: a, loc: x, text: {max: 5, over: truncate}, lossy: to-local, why: x}`}, 1},
		{"rounded decimals", small{nat: `"a":{"type":"string","pattern":"^[0-9]{1,4}([.][0-9]{1,3})?$"}`, loc: `"x":{"type":"integer"}`,
			rules: `- {nat: a, loc: x, number: {nat: {fixed: 3}, loc: {unit: 分}}, lossy: to-local, why: x}`}, 1},
		{"a merged code", small{nat: `"a":{"enum":["p","q"]}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, codes: c, lossy: to-local, why: x}`,
			codes: map[string]string{"c": "nat,loc,dir\np,1,\nq,1,>\n"}}, 1},
		{"elements beyond the columns", small{nat: `"l":` + strs, loc: `"x1":` + str,
			rules: `- {nat: "l[*]", columns: {loc: "x{n}", n: 1..1, over: cut}, each: [{nat: ., loc: .}], lossy: to-local, why: x}`}, 1},
		{"a dropped selection and an unchecked constant", small{nat: `"l":` + kinds, loc: `"y":` + str + `,"m":` + strs,
			rules: "- {loc: y, const: c, check: false, why: x}\n- {nat: 'l[k=a]', loc: 'm[*]', each: [{nat: v, loc: .}]}\n- {nat: 'l[k=b]', drop: to-local, why: x}"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, fs := CompilePack(c.pack.source())
			if set.HasErrors() {
				t.Fatal(findings(fs))
			}
			rep, err := set.Test(TestOptions{N: 100, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range rep.Laws {
				if l.Law == "loss-honesty" && (l.Reached != c.shown || l.Documents != c.shown) {
					t.Errorf("shown %d of %d, want %d: %s", l.Reached, l.Documents, c.shown, l.Detail)
				}
				if !l.OK {
					t.Errorf("%s: %s %s\n%s", l.Law, l.Rule, l.Detail, l.Counterexample)
				}
			}
		})
	}
}
