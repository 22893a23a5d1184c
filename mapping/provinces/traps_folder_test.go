package provinces_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/mapping"
)

// editGB changes texts in a golden document of GB18030.
func editGB(t *testing.T, name string, changes ...string) []byte {
	t.Helper()
	raw, err := simplifiedchinese.GB18030.NewDecoder().Bytes(read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%s does not hold %s", name, changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

func TestTrapsOfFoldersDown(t *testing.T) {
	packs := loadAll(t)
	const golden = "510000/fixtures/case.delegated/13-nanyue/national.json"
	id := at(t, read(t, golden), "parties.0.idNumber")
	party := "报文.当事人列表.当事人.0."
	for name, c := range map[string]struct {
		pack       string
		changes    []string
		path, want string
	}{
		"15-digit id number becomes its 18-digit form":     {"650000", []string{id, "430405900307202"}, party + "证件号码", eighteen("43040519900307202")},
		"date is written out":                              {"650000", nil, party + "出生日期", "1990年3月7日"},
		"date is digits for the sister":                    {"660000", nil, party + "出生日期", "19900307"},
		"two dates are one span":                           {"650000", nil, party + "用工.期间", "2021.03.01至2024.07.31"},
		"one date is half a span":                          {"650000", []string{`"to": "2024-07-31"`, `"post": "工"`}, party + "用工.期间", "2021.03.01至"},
		"half brackets of a name become full":              {"650000", []string{`"颜某某"`, `"颜(某)某"`}, party + "名称", "颜（某）某"},
		"元 becomes 万元":                                     {"650000", []string{`"category": "compensation"`, `"category": "compensation", "amount": "10000.5"`}, "报文.标的额万元", "1.00005"},
		"元 becomes 分 for the sister":                       {"660000", []string{`"4800"`, `"4800.01"`}, party + "用工.月工资", "480001"},
		"another zone's time becomes Asia/Shanghai's":      {"650000", []string{"2024-08-27T09:12:30+08:00", "2024-08-26T17:12:30Z"}, "报文.委派时间", "2024年8月27日 01:12:30"},
		"day of an evening in another zone is the next":    {"650000", []string{"2024-08-27T08:50:00+08:00", "2024-08-26T17:00:00Z"}, "报文.同意日期", "2024年8月27日"},
		"region outside the divisions is the sister's own": {"660000", nil, party + "住址.@师市", "9900"},
		"region that is a division has its number":         {"660000", []string{`"region": "430412"`, `"region": "659004"`}, party + "住址.@师市", "0601"},
		"rare characters pass":                             {"650000", []string{"颜某某", "䶮𬭎㐂·〇"}, party + "名称", "䶮𬭎㐂·〇"},
		"text without value is an empty element":           {"650000", nil, party + "民族", ""},
		"truth is a word":                                  {"650000", nil, party + "同意电子送达", "是"},
		"marks of XML pass":                                {"650000", []string{`"某路1号"`, `"<a>&]]>\n\"x\""`}, party + "住址.#text", "<a>&]]>\n\"x\""},
	} {
		t.Run(name, func(t *testing.T) {
			p := packs[c.pack]
			program, _ := p.Set.Program("case.delegated")
			got, _, err := program.ToLocal(nil, edit(t, golden, c.changes...), &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if got := in(decoded(t, got, p.SinkOptions), c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

// in reads a path out of a decoded document; a list of one is its element where
// the wire cannot tell them apart.
func in(v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			if name != "0" {
				v = x[name]
			}
		case []any:
			v = x[int(name[0]-'0')]
		}
	}
	if v == nil {
		return "absent"
	}
	return fmt.Sprint(v)
}

func TestTrapsOfFoldersUp(t *testing.T) {
	packs := loadAll(t)
	const closed, progress, accepted = "case.closed/06-nine-workers", "case.progress/13-nanyue", "case.accepted/13-nanyue"
	for name, c := range map[string]struct {
		pack, golden string
		changes      []string
		path, want   string
	}{
		"year of two digits":                {"650000", closed, []string{"<签订日期>2024年7月1日", "<签订日期>69年7月1日"}, "agreement.signedAt", "2069-07-01T00:00:00+08:00"},
		"year of two digits, last century":  {"650000", closed, []string{"<签订日期>2024年7月1日", "<签订日期>70年7月1日"}, "agreement.signedAt", "1970-07-01T00:00:00+08:00"},
		"year of two digits for the sister": {"660000", closed, []string{"<签订日期>20240701", "<签订日期>24/7/1"}, "agreement.signedAt", "2024-07-01T00:00:00+08:00"},
		"time without seconds":              {"650000", progress, nil, "session.startAt", "2024-08-28T09:00:00+08:00"},
		"at once is no date":                {"650000", closed, []string{"<期限>2024年8月1日", "<期限>即时"}, "agreement.items.0.dueAt", "absent"},
		"zeros are no date":                 {"650000", accepted, []string{"<到期日>2024年9月26日", "<到期日>0000-00-00"}, "due", "absent"},
		"无 is nothing":                      {"650000", closed, []string{"<内容>第一期", "<内容>无"}, "agreement.items.0.text", "absent"},
		"a dash is nothing":                 {"650000", closed, []string{"<内容>第一期", "<内容>-"}, "agreement.items.0.text", "absent"},
		"an absent element is nothing":      {"650000", closed, []string{"<备注></备注>", ""}, "remark", "absent"},
		"leading zeros of a number":         {"650000", progress, []string{"<序号>001", "<序号>007"}, "no", "7"},
		"leading zeros of money":            {"650000", closed, []string{"145000.00", "000145000.0"}, "agreement.items.0.amount", "145000.00"},
		"money with an exponent":            {"650000", closed, []string{"145000.00", "1.45E5"}, "agreement.items.0.amount", "145000.00"},
		"CDATA is text":                     {"650000", closed, []string{"<内容>第一期", "<内容><![CDATA[<b>&]]]]><![CDATA[>]]>"}, "agreement.items.0.text", `\u003cb\u003e\u0026]]\u003e`},
		"white space between elements":      {"650000", closed, []string{"<结案方式>", "\n  <结案方式>"}, "reason", "agreed"},
		"an element that no schema knows":   {"650000", closed, []string{"<备注>", "<新增>x</新增><备注>"}, "reason", "agreed"},
		"two local codes become one":        {"650000", "case.rejected/11-insurance", []string{"不属劳动争议", "不属本地管辖"}, "reason", "notOurs"},
	} {
		t.Run(name, func(t *testing.T) {
			typ, _, _ := strings.Cut(c.golden, "/")
			program, ok := packs[c.pack].Set.Program(typ)
			if !ok {
				t.Fatal("not mapped")
			}
			local := editGB(t, c.pack+"/fixtures/"+c.golden+"/local.xml", c.changes...)
			got, _, err := program.ToNational(nil, local, &mapping.Env{IDs: mapping.ListedIDs{}})
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestImpossibleDatesAndUnknownCodesAreErrors(t *testing.T) {
	packs := loadAll(t)
	for name, c := range map[string]struct {
		pack, golden string
		changes      []string
		code         string
	}{
		"30 February":                      {"650000", "case.closed/06-nine-workers", []string{"<签订日期>2024年7月1日", "<签订日期>2024年2月30日"}, "time"},
		"24:00":                            {"650000", "case.progress/13-nanyue", []string{"24-08-28 09:00", "24-08-28 24:00"}, "time"},
		"a month of two digits for 660000": {"660000", "case.closed/06-nine-workers", []string{"<签订日期>20240701", "<签订日期>2024071"}, "time"},
		"a code that nobody agreed on":     {"660000", "case.rejected/11-insurance", []string{"<原因>01", "<原因>77"}, "code-unknown"},
		"money in words":                   {"650000", "case.closed/06-nine-workers", []string{"145000.00", "十四万"}, "type"},
		"half a character":                 {"650000", "case.progress/13-nanyue", []string{"<内容>", "<内容>HALF"}, "charset"},
	} {
		t.Run(name, func(t *testing.T) {
			typ, _, _ := strings.Cut(c.golden, "/")
			program, _ := packs[c.pack].Set.Program(typ)
			local := editGB(t, c.pack+"/fixtures/"+c.golden+"/local.xml", c.changes...)
			local = []byte(strings.Replace(string(local), "HALF", "\xb9", 1))
			_, _, err := program.ToNational(nil, local, &mapping.Env{IDs: mapping.ListedIDs{}})
			var all mapping.Errors
			if !errors.As(err, &all) || !slices.ContainsFunc(all, func(e mapping.Error) bool { return e.Code == c.code }) {
				t.Errorf("err = %v, want %s", err, c.code)
			}
		})
	}
}
