package mapping

import (
	"fmt"
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

func TestACaseGoesThereAndBack(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.delegated")
	b, made, err := p.ToLocal(nil, []byte(delegated), &testEnv)
	if err != nil {
		t.Fatal(codesOf(err))
	}
	want := `{"Body":{"Case":{"wbbh":"GZ2026-1","wprq":"20261120","wplx":"01","bde":123450,"sjly":"02","dz":"J1|510100|高新区调解委员会",` +
		`"sqr":[{"xm":"王小明(化名)","zjhm":"51010019900101123X","csrq":"19900101","dlr":[{"xm":"亲属乙","lx":"2"}]},{"xm":"李四","dlr":[{"xm":"律师甲","lx":"1"}]}],` +
		`"bsqr1_mc":"某公司","bq":["a","b"],"czsj":"2026-11-20 09:02:03"}}}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if got := fmt.Sprint(made.Pairs); got != "[{party p1 1} {party p3 2} {party p2 bsqr1}]" {
		t.Errorf("pairs %s", got)
	}
	env := testEnv
	env.IDs = twoWay{{"party", "p1"}: "1", {"party", "p2"}: "bsqr1"}
	b, made, err = p.ToNational(nil, b, &env)
	if err != nil {
		t.Fatal(codesOf(err))
	}
	want = `{"caseNo":"GZ2026-1","delegation":"pre","delegatedAt":"2026-11-20T00:00:00+08:00","amount":"1234.50","org":{"code":"J1","name":"高新区调解委员会","district":"510100"},` +
		`"parties":[{"id":"p1","role":"applicant","name":"王小明(化名)","idNumber":"51010019900101123X","birthday":"1990-01-01"},{"id":"2","role":"applicant","name":"李四"},{"id":"p2","role":"respondent","name":"某公司"}],` +
		`"agents":[{"forParty":"p1","name":"亲属乙","kind":"relative"},{"forParty":"2","name":"律师甲","kind":"lawyer"}],"tags":["a","b"]}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if made.Subject != "GZ2026-1" {
		t.Errorf("subject %q", made.Subject)
	}
}

func TestUpwardIDComesFromTheCrosswalk(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.accepted")
	env := testEnv
	env.IDs = twoWay{{"case", "N1"}: "L1"}
	b, made, err := p.ToNational(nil, []byte(`{"ajbh":"L1","slsj":"2026-11-20 09:00:00","jg":{"mc":"x"},"jzrq":"00000000"}`), &env)
	want := `{"caseNo":"N1","acceptedAt":"2026-11-20T09:00:00+08:00","org":{"code":"UNKNOWN","name":"x"},"localCaseNo":"L1"}`
	if err != nil || string(b) != want {
		t.Fatalf("got %s, want %s (%s)", b, want, codesOf(err))
	}
	if got := fmt.Sprint(made.Pairs); got != "[{case N1 L1}]" {
		t.Errorf("pairs %s", got)
	}
	_, _, err = p.ToNational(nil, []byte(`{"ajbh":"L2","slsj":"2026-13-20 09:00:00","zz":1}`), &env)
	if got := codesOf(err); got != "time slsj>acceptedAt; xref-unknown ajbh>caseNo; unknown-field zz>; missing jg.mc>org.name" {
		t.Errorf("errors %q", got)
	}
	for _, e := range err.(Errors) {
		if e.Code == "xref-unknown" && (e.Kind != "case" || e.ID != "L2") {
			t.Errorf("the unknown id is %s %s", e.Kind, e.ID)
		}
	}
}

func TestCaseKeyIsKnownBeforeAnyTranslation(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	for _, c := range []struct {
		typ, doc, id string
		isLocal, ok  bool
	}{
		{"case.accepted", `{"ajbh":"L2"}`, "L2", true, true},
		{"case.delegated", `{"Body":{"Case":{"wbbh":"N7"}}}`, "N7", false, true},
		{"case.accepted", `{}`, "", false, false},
		{"case.accepted", `{`, "", false, false},
		{"no.such", `{}`, "", false, false},
	} {
		id, isLocal, ok := set.CaseRef(c.typ, []byte(c.doc))
		if id != c.id || isLocal != c.isLocal || ok != c.ok {
			t.Errorf("%s %s: got %q %v %v", c.typ, c.doc, id, isLocal, ok)
		}
	}
}

func TestVersionFollowsWhatTranslates(t *testing.T) {
	a := mustCompile(t, testSource(t, os.DirFS("testdata/pack"))).Version()
	b := mustCompile(t, testSource(t, edited(t, nil))).Version()
	c := mustCompile(t, testSource(t, edited(t, map[string]string{"codes/other.csv": "nat,loc\na,b\n"}))).Version()
	if a != b || a == c || a == "" {
		t.Errorf("versions %s, %s, %s", a, b, c)
	}
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
