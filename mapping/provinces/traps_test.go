package provinces_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/mapping"
)

// at reads a path such as sqr.0.zjhm out of a JSON document; absent is "absent".
func at(t *testing.T, raw []byte, path string) string {
	t.Helper()
	v := tree(t, raw)
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i := int(name[0] - '0')
			if i >= len(x) {
				return "absent"
			}
			v = x[i]
		}
		if v == nil {
			return "absent"
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(out), `"`)
}

// edit changes texts in a golden document.
func edit(t *testing.T, name string, changes ...string) []byte {
	t.Helper()
	text := string(read(t, name))
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%s does not hold %s", name, changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return []byte(text)
}

func TestTrapsOfDelegation(t *testing.T) {
	program, _ := loadAll(t)["510000"].Set.Program("case.delegated")
	env := &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0)}
	const golden = "510000/fixtures/case.delegated/13-nanyue/national.json"
	id := at(t, read(t, golden), "parties.0.idNumber")
	for name, c := range map[string]struct {
		changes    []string
		path, want string
	}{
		"15-digit id number becomes its 18-digit form":  {[]string{id, "430405900307202"}, "sqr.0.zjhm", eighteen("43040519900307202")},
		"x of an id number becomes X":                   {[]string{id, "43040519900307205x"}, "sqr.0.zjhm", "43040519900307205X"},
		"full-width brackets of a name become half":     {[]string{`"某公司"`, `"某（衡阳）公司"`}, "bsqr.0.mc", "某(衡阳)公司"},
		"元 becomes 分":                                   {[]string{`"4800"`, `"4800.50"`}, "sqr.0.ldgx.yxgz", "480050"},
		"date becomes yyyyMMdd":                         {nil, "sqr.0.csrq", "19900307"},
		"another zone's time becomes Asia/Shanghai's":   {[]string{"2024-08-27T09:12:30+08:00", "2024-08-27T01:12:30Z"}, "wpsj", "2024-08-27 09:12:30"},
		"day of an evening in another zone is the next": {[]string{"2024-08-27T08:50:00+08:00", "2024-08-26T17:00:00Z"}, "tyrq", "20240827"},
		"cause that the system does not have is other":  {[]string{`"186.6"`, `"9.1"`}, "ay.dm", "LD9999"},
		"its name travels all the same":                 {[]string{`"186.6"`, `"9.1"`}, "ay.mc", "经济补偿金纠纷"},
		"text without value is written empty":           {nil, "sqr.0.mz", ""},
		"code without value is not written":             {nil, "bsqr.0.xb", "absent"},
		"rare characters pass":                          {[]string{"颜某某", "䶮𬭎㐂·〇"}, "sqr.0.mc", "䶮𬭎㐂·〇"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := program.ToLocal(nil, edit(t, golden, c.changes...), env)
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

// eighteen adds the check digit of ISO 7064 MOD 11-2.
func eighteen(body string) string {
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * weight
	}
	return body + "10X98765432"[sum%11:sum%11+1]
}

func TestTrapsOfPushes(t *testing.T) {
	packs := loadAll(t)
	for name, c := range map[string]struct {
		typ, golden string
		changes     []string
		path, want  string
	}{
		"分 becomes 元":                            {"case.closed", "13-nanyue", nil, "agreement.items.0.amount", "25695.20"},
		"a fen alone":                            {"case.closed", "13-nanyue", []string{"2569520", "1"}, "agreement.items.0.amount", "0.01"},
		"empty text is no value":                 {"case.closed", "13-nanyue", nil, "remark", "absent"},
		"null is no value":                       {"case.closed", "13-nanyue", []string{`"bz": ""`, `"bz": null`}, "remark", "absent"},
		"date becomes midnight of Asia/Shanghai": {"case.closed", "13-nanyue", nil, "agreement.signedAt", "2024-08-28T00:00:00+08:00"},
		"number in a text":                       {"case.progress", "13-nanyue", []string{`"jdxh": "1"`, `"jdxh": "007"`}, "no", "7"},
		"workers' wages are wages":               {"case.registered", "05-mason", []string{`"ajlb": "01"`, `"ajlb": "16"`}, "category", "wage"},
		"是 is true":                              {"case.registered", "05-mason", []string{`"lxdh": "13800000011"`, `"lxdh": "", "tydzsd": "是"`}, "parties.0.serviceConsent", "true"},
		"half brackets become full":              {"case.registered", "05-mason", []string{`"mc": "杨某某"`, `"mc": "杨某某(包工头)"`}, "parties.1.name", "杨某某（包工头）"},
	} {
		t.Run(name, func(t *testing.T) {
			program, ok := packs["510000"].Set.Program(c.typ)
			if !ok {
				t.Fatal("not mapped")
			}
			local := edit(t, "510000/fixtures/"+c.typ+"/"+c.golden+"/local.json", c.changes...)
			env := &mapping.Env{IDs: told{IDs: map[string]map[string]string{"case": {"NY-2024-000187": "SC2024082700001"}}}}
			got, _, err := program.ToNational(nil, local, env)
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestPushOfACaseThatIsNotKnownYetWaits(t *testing.T) {
	program, _ := loadAll(t)["510000"].Set.Program("case.progress")
	_, _, err := program.ToNational(nil, read(t, "510000/fixtures/case.progress/13-nanyue/local.json"), &mapping.Env{})
	var all mapping.Errors
	if !errors.As(err, &all) || !slices.ContainsFunc(all, func(e mapping.Error) bool {
		return e.Code == "xref-unknown" && e.Kind == "case" && e.ID == "SC2024082700001"
	}) {
		t.Errorf("err = %v", err)
	}
}
