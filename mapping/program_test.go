package mapping

import (
	"os"
	"strings"
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

func TestFormatSchemaNamesEveryKey(t *testing.T) {
	b, err := FormatSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range ruleTable() {
		if !strings.Contains(string(b), `"`+k.name+`"`) {
			t.Errorf("the schema lacks %s", k.name)
		}
	}
}

func TestDstComesBackAsItWasAfterAnError(t *testing.T) {
	p := small{nat: `"a":` + str, loc: `"x":{"type":"integer"}`, rules: `- {nat: a, loc: x, convert: {nat: string, loc: integer}}`}.compile(t)
	b, _, err := p.ToLocal([]byte("before"), []byte(`{"a":"x"}`), nil)
	if err == nil || string(b) != "before" {
		t.Errorf("dst is %q after %v", b, err)
	}
	if b, _, err = p.ToLocal([]byte("before"), []byte(`{"a":"7"}`), nil); err != nil || string(b) != `before{"x":7}` {
		t.Errorf("dst is %q after %v", b, err)
	}
}
