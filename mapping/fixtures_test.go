package mapping

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestGoldenPairsMatchBothWays(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	rep, err := set.Test(TestOptions{N: 20})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Fixtures) != 3 { // two ways and one way
		t.Errorf("%d results", len(rep.Fixtures))
	}
	for _, f := range rep.Fixtures {
		if !f.OK {
			t.Errorf("%s %s %s: %s", f.Type, f.Case, f.Direction, f.Detail)
		}
	}
}

func TestAWrongGoldenPairSaysWhere(t *testing.T) {
	const dir = "fixtures/case.delegated/two-applicants/"
	for _, c := range []struct{ name, file, old, new, want string }{
		{"a value", dir + "local.json", `"bde": 123450`, `"bde": 123451`, "differs at Body.Case.bde"},
		{"an element too many", dir + "local.json", `"bq": ["a", "b"]`, `"bq": ["a", "b", "c"]`, "Body.Case.bq[2]"},
		{"a field that no schema knows", dir + "local.json", `"bq"`, `"neu": 1, "bq"`, "unknown-field Body.Case.neu"},
		{"the clock", dir + "case.yaml", "09:02:03", "09:02:04", ""},
		{"an id without a local field is the crosswalk's or the key's", dir + "case.yaml", "p3: \"2\"", "p9: \"2\"", ""},
		{"another spelling of one value", dir + "local.json", `"zjhm": "51010019900101123X"`, `"zjhm": "51010019900101123x"`, ""},
		{"no JSON", dir + "local.json", `{"Body"`, `{Body"`, "cannot be read"},
		{"bytes", dir + "case.yaml", "now:", "exact: true\nnow:", "the bytes are not the golden ones"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := readPack(t, c.file)
			set := mustCompile(t, testSource(t, edited(t, map[string]string{c.file: strings.Replace(text, c.old, c.new, 1)})))
			fs, err := set.Fixtures("case.delegated")
			if err != nil {
				t.Fatal(err)
			}
			var details []string
			for _, f := range fs {
				if !f.OK {
					details = append(details, f.Detail)
				}
			}
			got := strings.Join(details, "; ")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTwoTypesOverOneLocalMessageAreToldApart(t *testing.T) {
	rejected := strings.Replace(readPack(t, "mappings/case.accepted.yaml"), "case.accepted", "case.delegated", 1)
	rejected = strings.Replace(rejected, "  - {nat: localCaseNo, loc: ajbh}\n", "", 1)
	_, fs := CompilePack(testSource(t, edited(t, map[string]string{"mappings/case.delegated.yaml": rejected})))
	for _, f := range fs {
		if f.Code == "local-shared" {
			t.Errorf("a type that does not go upward shares nothing: %s", findings([]Finding{f}))
		}
	}
	ways := map[string]string{"case.accepted": "U", "case.delegated": "U"}
	src := testSource(t, edited(t, map[string]string{"mappings/case.delegated.yaml": rejected}))
	src.Way = func(typ string) string { return ways[typ] }
	_, fs = CompilePack(src)
	if !strings.Contains(findings(fs), "warning[local-shared]") {
		t.Errorf("not told:\n%s", findings(fs))
	}
}

// Ids that are not listed are the same on both sides where the types allow it.
func TestUnlistedIDsBecomeNumbersWhereOnlyThoseFit(t *testing.T) {
	p := small{nat: `"r":` + str, loc: `"r":{"type":"integer","minimum":1}`, rules: `- {nat: r, loc: r, xref: case}`}.compile(t)
	for _, id := range []string{"7", "A", "a-b_c:d", "\x01"} {
		env := &Env{IDs: ListedIDs{}}
		in, _ := json.Marshal(map[string]string{"r": id})
		local, _, err := p.ToLocal(nil, in, env)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		back, _, err := p.ToNational(nil, local, env)
		if err != nil || string(back) != string(in) {
			t.Errorf("%q went as %s and came back as %s, %v", id, local, back, err)
		}
	}
	if _, _, err := p.ToLocal(nil, []byte(`{"r":"A"}`), &Env{IDs: ListedIDs{Strict: true}}); codesOf(err) != "xref-unknown r>r" {
		t.Errorf("strict: %v", err)
	}
}
