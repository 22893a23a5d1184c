package schemas

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMaskShowsStructureAndNoPerson(t *testing.T) {
	m := newValidator(t).Masker()
	in := `{"caseNo":"c-1","facts":"张三被辞退","parties":[{"id":"p1","role":"applicant","kind":"person","name":"张三","idNumber":"11010519491231002X","phone":"13800000000",
 "address":{"region":"510100","detail":"某街1号"},"employment":{"from":"2020-01-01","monthlyWage":"8000"},"legalRep":"","birthday":null}],
 "ext":{"name":"李四"},"remark":["李四"],"unknown":"王五","王五":1,"amount":"80000.00"}`
	want := `{"caseNo":"c-1","facts":"***","parties":[{"id":"p1","role":"applicant","kind":"person","name":"张*","idNumber":"***002X","phone":"***0000",` +
		`"address":"***","employment":{"from":"2020-01-01","monthlyWage":"***"},"legalRep":"","birthday":null}],` +
		`"ext":"***","remark":"***","unknown":"***","***":"***","amount":"***"}`
	if got := string(m.Mask("case.delegated", []byte(in))); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestAValueOfAnotherTypeIsMasked(t *testing.T) {
	m := newValidator(t).Masker()
	in := `{"caseNo":{"name":"张三"},"decidedAt":["张三"],"granted":"张三","reason":1,"newDueAt":null}`
	want := `{"caseNo":"***","decidedAt":"***","granted":"***","reason":"***","newDueAt":null}`
	if got := string(m.Mask("case.extension.decided", []byte(in))); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestWhatCannotBeReadIsMaskedWhole(t *testing.T) {
	m := newValidator(t).Masker()
	for _, c := range [][2]string{
		{"case.delegated", `{"facts":"张三"`}, {"case.delegated", `张三`}, {"case.invented", `{"name":"张三"}`}, {"case.delegated", `"张三"`},
		{"case.delegated", ""},
	} {
		if got := string(m.Mask(c[0], []byte(c[1]))); got != masked {
			t.Errorf("%s %s: %s", c[0], c[1], got)
		}
	}
}

func TestMaskedEventKeepsItsAddress(t *testing.T) {
	m := newValidator(t).Masker()
	in := `{"specversion":"1.0","id":"1","source":"urn:x","type":"test.ping","subject":"n","time":"2026-11-20T09:00:00Z","unit":"510000","traceparent":"张三","data":{"nonce":"n","at":"2026-11-20T09:00:00Z","name":"张三"}}`
	got := string(m.Event("test.ping", []byte(in)))
	want := strings.NewReplacer(`"张三"`, masked).Replace(in)
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := string(m.Event("case.invented", []byte(in))); !strings.HasSuffix(got, `"data":"***"}`) {
		t.Errorf("data of an unknown type: %s", got)
	}
}

// TestEveryNameIsMasked goes through all samples: what is made up about a person
// must not survive masking.
func TestEveryNameIsMasked(t *testing.T) {
	m := newValidator(t).Masker()
	for _, f := range All() {
		out := m.Mask(f.Type, sample(t, f.Type))
		if !json.Valid(out) {
			t.Errorf("%s: no JSON", f.Type)
		}
		for _, telling := range []string{"110101199001010015", "13800000000", "av.example", `"monthlyWage":"1`, `"facts":"虚`} {
			if strings.Contains(string(out), telling) {
				t.Errorf("%s shows %s", f.Type, telling)
			}
		}
	}
}
