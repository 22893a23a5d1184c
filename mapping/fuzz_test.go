package mapping

import (
	"bytes"
	"os"
	"testing"
)

// Whatever bytes come, a translation ends, gives errors or a document, and gives them again.
func FuzzTranslate(f *testing.F) {
	set := mustCompile(f, testSource(f, os.DirFS("testdata/pack")))
	f.Add(true, []byte(delegated))
	f.Add(false, []byte(`{"Body":{"Case":{"wbbh":"1","wplx":"01","wprq":"20261120","sjly":"02","dz":"a|b|c","sqr":[{"xm":"x","dlr":[{"xm":"y","lx":"1"}]}],"bsqr1_mc":"z"}}}`))
	for _, s := range []string{`[]`, `null`, `{"parties":{}}`, `{"parties":[[],1,null,{"role":1}],"agents":[{"forParty":{}}]}`, `{"Body":[]}`, `{"Body":{"Case":{"sqr":"x","bde":1e300}}}`} {
		f.Add(true, []byte(s))
		f.Add(false, []byte(s))
	}
	f.Fuzz(func(t *testing.T, down bool, doc []byte) {
		p, _ := set.Program("case.delegated")
		run := p.ToNational
		if down {
			run = p.ToLocal
		}
		a, _, err1 := run(nil, doc, &testEnv)
		b, _, err2 := run(nil, doc, &testEnv)
		if !bytes.Equal(a, b) || codesOf(err1) != codesOf(err2) {
			t.Fatal("two runs differ")
		}
		_, _ = p.Explain(doc, &testEnv, ToLocal)
		_, _, _ = p.CaseKey(doc)
		if down && err1 == nil {
			if _, _, err := p.ToNational(nil, a, &testEnv); err != nil {
				t.Fatalf("the way back fails: %s", codesOf(err))
			}
		}
	})
}
