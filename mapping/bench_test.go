package mapping

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func BenchmarkToLocal(b *testing.B) {
	set := mustCompile(b, testSource(b, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.delegated")
	for _, n := range []int{3, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			doc := []byte(manyParties(n))
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				var err error
				if out, _, err = p.ToLocal(out[:0], doc, &testEnv); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// manyParties is a case of n applicants, each with an agent.
func manyParties(n int) string {
	var parties, agents strings.Builder
	for i := range n {
		fmt.Fprintf(&parties, `,{"id":"p%d","role":"applicant","name":"王%d","idNumber":"510100199001011%03d","birthday":"1990-01-01"}`, i+2, i, i%1000)
		fmt.Fprintf(&agents, `,{"forParty":"p%d","name":"律师%d","kind":"lawyer"}`, i+2, i)
	}
	return `{"caseNo":"GZ2026-1","delegation":"pre","delegatedAt":"2026-11-20T09:00:00+08:00","amount":"1234.50","org":{"code":"J1","name":"委员会"},` +
		`"parties":[{"id":"p1","role":"respondent","name":"某公司"}` + parties.String() + `],"agents":[` + agents.String()[1:] + `]}`
}
