package mapping

import (
	"os"
	"testing"
)

const delegated = `{"caseNo":"GZ2026-1","delegation":"pre","delegatedAt":"2026-11-20T09:00:00+08:00","amount":"1234.50",
"org":{"code":"J1","name":"高新区调解委员会","district":"510100"},
"parties":[{"id":"p1","role":"applicant","name":"王小明（化名）","idNumber":"51010019900101123x","birthday":"1990-01-01"},
{"id":"p2","role":"respondent","name":"某公司"},{"id":"p3","role":"applicant","name":"李四"}],
"agents":[{"forParty":"p3","name":"律师甲","kind":"lawyer"},{"forParty":"p1","name":"亲属乙","kind":"relative"}],
"tags":["a","b"]}`

func TestToLocal(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.delegated")
	b, made, err := p.ToLocal(nil, []byte(delegated), &testEnv)
	if err != nil {
		t.Fatalf("%#v", err)
	}
	t.Log(string(b), made)
	b, made, err = p.ToNational(nil, b, &testEnv)
	if err != nil {
		t.Fatalf("%#v", err)
	}
	t.Log(string(b), made)
}

func TestAccepted(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.accepted")
	env := testEnv
	env.IDs = twoWay{{"case", "N1"}: "L1"}
	b, made, err := p.ToNational(nil, []byte(`{"ajbh":"L1","slsj":"2026-11-20 09:00:00","jg":{"mc":"x"},"jzrq":"00000000"}`), &env)
	if err != nil {
		t.Fatalf("%#v", err)
	}
	t.Log(string(b), made)
	b, made, err = p.ToNational(nil, []byte(`{"ajbh":"L2","slsj":"2026-13-20 09:00:00","zz":1}`), &env)
	t.Logf("%#v", err)
	t.Log(p.CaseKey([]byte(`{"ajbh":"L2"}`)))
}
