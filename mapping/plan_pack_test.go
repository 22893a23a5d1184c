package mapping

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	national "duijie/schemas"
)

// provinceSource is a built-in pack as the loader gives it to the compiler.
func provinceSource(t testing.TB, unknown string) Source {
	t.Helper()
	return Source{
		Name: "510000", FS: os.DirFS("provinces/510000"), Profile: national.Profile(),
		Way:        func(typ string) string { f, _ := national.Lookup(typ); return f.Way },
		Key:        func(typ string) string { f, _ := national.Lookup(typ); return f.Key },
		SinkFormat: "json", SourceFormat: "json", SinkCharset: "UTF-8", SourceCharset: "UTF-8",
		NoneLoc: []string{"", "absent"}, Unknown: unknown,
	}
}

func TestPlanRunsEveryTypeOfAProvincesPackAndIsTheTree(t *testing.T) {
	set := mustCompile(t, provinceSource(t, "drop"))
	for name, n := range held(t, set, 100) {
		if n > 0 {
			t.Errorf("%s: the tree had to do %d documents without an error", name, n)
		}
	}
}

// delegatedCase is a golden case of 1.7 KB.
func delegatedCase(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("provinces/510000/fixtures/case.delegated/13-nanyue/national.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// workers is the golden case with n applicants, each with an employment.
func workers(t testing.TB, n int) []byte {
	t.Helper()
	var c map[string]any
	if err := json.Unmarshal(delegatedCase(t), &c); err != nil {
		t.Fatal(err)
	}
	parties := c["parties"].([]any)
	one, rest := parties[0].(map[string]any), parties[1:]
	all := make([]any, 0, n+1)
	for i := range n {
		w := map[string]any{}
		for k, v := range one {
			w[k] = v
		}
		w["id"] = fmt.Sprintf("w%d", i)
		w["nation"], w["serviceAddress"] = "汉族", "某省某市某区某街道某路1号某小区2栋3单元401室，代收点为物业服务中心"
		all = append(all, w)
	}
	c["parties"] = append(all, rest...)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever bytes come, the plan says what the tree says: bytes, Made, errors.
func FuzzPlan(f *testing.F) {
	set := mustCompile(f, provinceSource(f, "error"))
	types := set.Types()
	env := testEnv
	env.IDs = sameIDs{}
	for i, typ := range types {
		for _, d := range []Direction{ToLocal, ToNational} {
			if docs, err := set.Samples(typ, d, 2, 1); err == nil {
				f.Add(uint8(i), d == ToLocal, docs[0])
				f.Add(uint8(i), d == ToLocal, docs[1])
			}
		}
	}
	at := uint8(slices.Index(types, "case.delegated"))
	f.Add(at, true, delegatedCase(f))
	f.Add(at, true, workers(f, 3))
	for _, s := range hostile {
		f.Add(at, true, []byte(s))
		f.Add(at, false, []byte(s))
	}
	f.Fuzz(func(t *testing.T, n uint8, down bool, doc []byte) {
		p, _ := set.Program(types[int(n)%len(types)])
		d := ToNational
		if down {
			d = ToLocal
		}
		if p.Runs(d) {
			alike(t, p, d, doc, &env)
		}
	})
}

// hostile are documents that a plan must not take for what they are not.
var hostile = []string{
	``, ` `, `{`, `{}`, `[]`, `null`, `{}x`, "\ufeff{}", `{"caseNo":"a","caseNo":"a"}`, `{"caseNo":"a","case\u004eo":"a"}`,
	"{\"caseNo\":\"\xff\"}", `{"caseNo":"\ud800"}`, `{"caseNo":"\ud83d\ude00"}`, `{"caseNo":"\n\t\u0000"}`, "{\"caseNo\":\"\n\"}",
	`{"caseNo":01}`, `{"caseNo":1e400}`, `{"caseNo":-0}`, `{"caseNo":null,"ext":{"a":[{"b":1,"b":2}]}}`, `{"ext":{"a":[{"b":1}],"c":{"d":null}}}`,
	`{"parties":{}}`, `{"parties":null}`, `{"parties":[null]}`, `{"parties":[[],1,{"role":1}]}`, `{"parties":[{"id":"a","role":"applicant"},{"id":"a","role":"applicant"}],"agents":[{"forParty":"a"}]}`,
	`{"agents":[{"forParty":{}}]}`, `{"agents":[{"forParty":"nobody","name":"x"}]}`, `{"sqr":[{"dsrbh":"a","dlr":[{"xm":"b"}]},{"dsrbh":""}]}`,
	`{"amount":"-0.00"}`, `{"amount":"99999999999999999999.99"}`, `{"bdje":"+1.5e2"}`, `{"unknown":1}`, `{"sqr":[{"zzz":1}]}`,
}
