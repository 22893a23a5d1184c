package provinces_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/mapping"
)

// fields reads a form by other means than the codec.
func fields(t *testing.T, raw []byte) url.Values {
	t.Helper()
	v, err := url.ParseQuery(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for name, all := range v {
		for _, one := range all {
			text, err := simplifiedchinese.GBK.NewDecoder().String(one)
			if err != nil {
				t.Fatal(err)
			}
			out.Add(name, text)
		}
	}
	return out
}

// sixth gives case 10 with six of its applicants, the agent pointing at the last.
func sixth(t *testing.T) []byte {
	return edit(t, "130000/fixtures/case.delegated/made-up-sixth-applicant/national.json", `"forParty": "p1"`, `"forParty": "p6"`, `"p5"
  ]`, `"p6"
  ]`)
}

func TestTrapsOfForms(t *testing.T) {
	program, _ := loadAll(t)["130000"].Set.Program("case.delegated")
	const golden = "510000/fixtures/case.delegated/13-nanyue/national.json"
	id := at(t, read(t, golden), "parties.0.idNumber")
	for name, c := range map[string]struct {
		national    []byte
		field, want string
	}{
		"15-digit id number becomes its 18-digit form":  {edit(t, golden, id, "430405900307202"), "sqr1_zjhm", eighteen("43040519900307202")},
		"x of an id number becomes X":                   {edit(t, golden, id, "43040519900307205x"), "sqr1_zjhm", "43040519900307205X"},
		"full-width brackets of a name become half":     {edit(t, golden, `"某公司"`, `"某（衡阳）公司"`), "bsqr1_xm", "某(衡阳)公司"},
		"a character that GBK lacks is written out":     {edit(t, golden, "颜某某", "颜䶮某"), "sqr1_xm", "颜（上龙下天）某"},
		"· and 〇 are in GBK":                            {edit(t, golden, "颜某某", "阿依·〇"), "sqr1_xm", "阿依·〇"},
		"marks of the form pass":                        {edit(t, golden, "颜某某", "a&b=c+d%20 e"), "sqr1_xm", "a&b=c+d%20 e"},
		"元 becomes 万元":                                  {edit(t, golden, `"category": "compensation"`, `"category": "compensation", "amount": "10000.05"`), "bdje", "1.000005"},
		"a fen":                                         {edit(t, golden, `"4800"`, `"0.01"`), "sqr1_gz", "0.01"},
		"two codes become one":                          {edit(t, golden, `"category": "compensation"`, `"category": "overtime"`), "ajlx", "GZ"},
		"a county is its city":                          {edit(t, golden, `"region": "430412"`, `"region": "130202"`), "sqr1_qh", "0315"},
		"a region elsewhere":                            {edit(t, golden), "sqr1_qh", "9999"},
		"another zone's time becomes Asia/Shanghai's":   {edit(t, golden, "2024-08-27T09:12:30+08:00", "2024-08-26T17:12:30Z"), "wpsj", "2024/08/27 01:12"},
		"nothing is not sent":                           {edit(t, golden), "sqr1_mz", ""},
		"the fifth applicant has a place":               {sixth(t), "sqr5_xm", "工友5"},
		"the sixth keeps the name":                      {sixth(t), "qtsqr", "工友6"},
		"the respondents begin anew":                    {sixth(t), "bsqr1_lx", "D"},
		"nothing points at the sixth: an agent":         {sixth(t), "dlr1_dsr", ""},
		"nothing points at the sixth: a representative": {sixth(t), "dbr5", ""},
		"an agent points at the place of its party":     {edit(t, "510000/fixtures/case.delegated/10-rebar-team/national.json"), "dlr1_dsr", "sqr1"},
		"and so does a representative":                  {edit(t, "510000/fixtures/case.delegated/10-rebar-team/national.json"), "dbr3", "sqr3"},
		"a remark is cut between characters":            {edit(t, golden, `"category": "compensation"`, `"category": "compensation", "remark": "a`+strings.Repeat("注", 600)+`"`), "bz", "a" + strings.Repeat("注", 499)},
		"the key is the message's":                      {edit(t, golden), "lsh", "0f"},
		"the truth is Y":                                {edit(t, golden), "sqr1_tysd", "Y"},
		"a line break in a text":                        {edit(t, golden, "因解除", "因\\n解除"), "ssly", ""},
	} {
		t.Run(name, func(t *testing.T) {
			env := &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0), Key: "0f", IDs: told{}}
			got, _, err := program.ToLocal(nil, c.national, env)
			if err != nil {
				t.Fatal(err)
			}
			v := fields(t, got)
			if name == "a line break in a text" {
				if !strings.Contains(v.Get(c.field), "因\n解除") {
					t.Error("the line break is gone")
				}
			} else if got := v.Get(c.field); got != c.want {
				t.Errorf("%s = %q, want %q", c.field, got, c.want)
			}
		})
	}
}

func TestWhatHasNoPlaceIsHeldAndNotCut(t *testing.T) {
	program, _ := loadAll(t)["130000"].Set.Program("case.delegated")
	const golden = "510000/fixtures/case.delegated/13-nanyue/national.json"
	company := `{"id": "x%", "role": "respondent", "kind": "org", "name": "某公司"},`
	four := ""
	for _, n := range []string{"1", "2", "3"} {
		four += strings.Replace(company, "%", n, 1)
	}
	for name, c := range map[string]struct {
		national []byte
		code     string
	}{
		"a fourth respondent":                   {edit(t, golden, `"parties": [`, `"parties": [`+four), "columns-over"},
		"a character that nobody wrote out":     {edit(t, golden, "颜某某", "颜\U00020000某"), "charset"},
		"an emoji in the facts":                 {edit(t, golden, "因解除", "因😀解除"), "charset"},
		"a sign of money that nobody wrote out": {edit(t, golden, "因解除", "因\u20bf解除"), "charset"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := program.ToLocal(nil, c.national, &mapping.Env{IDs: told{}})
			var all mapping.Errors
			if !errors.As(err, &all) || all[0].Code != c.code || len(got) > 0 {
				t.Errorf("err = %v, want %s", err, c.code)
			}
		})
	}
}

func TestTrapsOfListRows(t *testing.T) {
	packs := loadAll(t)
	const closed, progress, accepted, rejected = "case.closed/13-nanyue", "case.progress/13-nanyue", "case.accepted/13-nanyue", "case.rejected/11-insurance"
	ids := mapping.ListedIDs{Listed: map[string]map[string]string{"party": {"p1": "sqr1", "p2": "bsqr1"}}}
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"万元 becomes 元":               {closed, nil, "agreement.items.0.amount", "25695.20"},
		"万元 with an exponent":        {closed, []string{"2.56952", "2.56952E0"}, "agreement.items.0.amount", "25695.20"},
		"万元 that a float would lose": {closed, []string{"2.56952", "1234567.000001"}, "agreement.items.0.amount", "12345670000.01"},
		"a place is the party's id":  {closed, nil, "agreement.items.0.party", "p2"},
		"and the one who is paid":    {closed, nil, "agreement.items.0.to", "p1"},
		"a dash is nothing":          {closed, nil, "remark", "absent"},
		"null is nothing":            {closed, []string{`"bz":"-"`, `"bz":null`}, "remark", "absent"},
		"zeros are no date":          {accepted, []string{"2024/09/26", "0000/00/00"}, "due", "absent"},
		"names between other commas": {accepted, []string{"刘某、周某", "刘某，周某"}, "mediators.1.name", "周某"},
		"blanks around a name":       {accepted, nil, "org.name", "南岳区劳动人事争议调解中心"},
		"the other form of a time":   {accepted, []string{`"2024/08/27 10:05"`, `"2024-08-27 10:05:59"`}, "acceptedAt", "2024-08-27T10:05:59+08:00"},
		"leading zeros":              {progress, nil, "no", "1"},
		"no number":                  {progress, []string{`"xh":"001"`, `"xh":""`}, "no", "absent"},
		"a code that is not agreed":  {rejected, []string{`"yydm":"1"`, `"yydm":"77"`}, "reason", "other"},
		"a code as it was agreed":    {rejected, nil, "reason", "notOurs"},
		"a member that nobody knows": {rejected, []string{`"yydm"`, `"xgr":"x","yydm"`}, "reason", "notOurs"},
	} {
		t.Run(name, func(t *testing.T) {
			typ, _, _ := strings.Cut(c.golden, "/")
			program, ok := packs["130000"].Set.Program(typ)
			if !ok {
				t.Fatal("not mapped")
			}
			got, _, err := program.ToNational(nil, editGB(t, "130000/fixtures/"+c.golden+"/local.json", c.changes...), &mapping.Env{IDs: ids})
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}
