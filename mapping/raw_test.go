package mapping

import (
	"strings"
	"testing"
)

// A raw code keeps the laws with and without a code for unknown ones, wherever its
// national field stands.
func TestLawsHoldForRawCodes(t *testing.T) {
	table := map[string]string{"c": "nat,loc,dir\na,1,\nb,2,\no,9,\na,3,<\n"}
	two := map[string]string{"c": "nat1,nat2,loc,dir\n2021,a,1,\n2026,b,2,\n2026,a,9,\n2026,a,3,<\n"}
	open := `"n":` + str + `,"c":{"enum":["a","b","o"]},"r":{"type":"string","maxLength":10}`
	both := `"n":` + str + `,"e":{"type":"integer","enum":[2021,2026]},"c":{"enum":["a","b"]},"r":{"type":"string","maxLength":10}`
	local := `"n":` + str + `,"x":{"type":"string","maxLength":10}`
	for name, s := range map[string]small{
		"alone":                {nat: open, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}}", codes: table},
		"with a code":          {nat: open, rules: "- {nat: c, loc: x, codes: {table: c, unknown: {nat: o}}, raw: {nat: r}}", codes: table},
		"a normal form":        {nat: open, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}, text: {trim: both, case: upper}}", codes: table},
		"a spelling of none":   {nat: open, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}, none: {loc: [\"0\", absent]}}", codes: table},
		"a default":            {nat: open, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}, default: {nat: o, loc: \"9\"}}", codes: table},
		"a required field":     {nat: "required:c;" + open, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}}", codes: table},
		"two fields":           {nat: both, rules: "- {nat: [e, c], loc: x, codes: c, raw: {nat: r}}", codes: two},
		"two, one is required": {nat: "required:c;" + both, rules: "- {nat: [e, c], loc: x, codes: c, raw: {nat: r}}", codes: two},
	} {
		t.Run(name, func(t *testing.T) {
			s.loc, s.rules = local, "- {nat: n, loc: n}\n"+s.rules
			set, fs := CompilePack(s.source())
			if set.HasErrors() {
				t.Fatal(findings(fs))
			}
			rep, err := set.Test(TestOptions{N: 400, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range rep.Laws {
				if !l.OK {
					t.Errorf("%s: %s %s\n%s", l.Law, l.Rule, l.Detail, l.Counterexample)
				}
			}
		})
	}
}

func TestRawCodes(t *testing.T) {
	two := map[string]string{"c": "nat1,nat2,loc,dir\n2021,a,1,\n2026,a,9,\n2026,a,3,<\n"}
	nat := `"e":{"type":"integer"},"c":` + str + `,"r":` + str
	for name, c := range map[string]struct {
		pack small
		rows []string
	}{
		"of two fields": {small{nat: nat, rules: "- {nat: [e, c], loc: x, codes: c, raw: {nat: r}, text: {trim: both}}", codes: two}, []string{
			`loc {"x":"9"} -> {"e":2026,"c":"a"}`,
			`loc {"x":"3 "} -> {"e":2026,"c":"a","r":"3"}`,
			`loc {"x":"7"} -> {"r":"7"}`,
			`nat {"e":2021,"c":"a","r":"7"} -> {"x":"7"}`,
			`nat {"e":2021,"c":"a"} -> {"x":"1"}`,
			`nat {"e":2021,"c":"b"} ->  code-unknown c>x`,
		}},
		"of a field that must be there": {small{nat: "required:c;" + nat, rules: "- {nat: c, loc: x, codes: c, raw: {nat: r}}\n- {nat: e, drop: to-local, why: x}",
			codes: map[string]string{"c": "nat,loc,dir\na,1,\na,2,<\n"}}, []string{
			`loc {"x":"2"} -> {"c":"a","r":"2"}`,
			`loc {"x":"7"} ->  code-unknown x>c`,
			`nat {"c":"a","r":"2"} -> {"x":"2"}`,
			`nat {"c":"a","r":"7"} ->  code-unknown r>x`,
		}},
		"of a field that must be there and has a code for unknown ones": {small{nat: "required:c;" + nat, rules: "- {nat: c, loc: x, codes: {table: c, unknown: {nat: a}}, raw: {nat: r}}\n- {nat: e, drop: to-local, why: x}",
			codes: map[string]string{"c": "nat,loc\na,1\n"}}, []string{
			`loc {"x":"7"} -> {"c":"a","r":"7"}`,
			`nat {"c":"a","r":"7"} -> {"x":"7"}`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c.pack.loc = `"x":` + str
			p := c.pack.compile(t)
			for _, row := range c.rows {
				way, rest, _ := strings.Cut(row, " ")
				in, want, _ := strings.Cut(rest, " -> ")
				run := p.ToLocal
				if way == "loc" {
					run = p.ToNational
				}
				b, _, err := run(nil, []byte(in), &testEnv)
				if got := strings.TrimSpace(string(b) + " " + codesOf(err)); got != strings.TrimSpace(want) {
					t.Errorf("%s %s\n got %s\nwant %s", way, in, got, want)
				}
			}
		})
	}
}
