package provinces_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"duijie/mapping"
)

// TestTrapsOfInsertedRows holds the traps of a delegation on its way into exchange tables.
func TestTrapsOfInsertedRows(t *testing.T) {
	program, _ := loadAll(t)["440000"].Set.Program("case.delegated")
	env := &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0), Key: "K"}
	const nanyue = "440000/fixtures/case.delegated/13-nanyue/national.json"
	const nine = "440000/fixtures/case.delegated/06-nine-migrant-workers/national.json"
	id := at(t, read(t, nanyue), "parties.0.idNumber")
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"15-digit id number becomes its 18-digit form":  {nanyue, []string{id, "430405900307202"}, "T_IN_PARTY.0.ZJHM", eighteen("43040519900307202")},
		"x of an id number becomes X":                   {nanyue, []string{id, "43040519900307205x"}, "T_IN_PARTY.0.ZJHM", "43040519900307205X"},
		"full-width brackets of a name become half":     {nanyue, []string{`"某公司"`, `"某（衡阳）公司"`}, "T_IN_PARTY.1.XM", "某(衡阳)公司"},
		"full-width brackets of a case number too":      {nanyue, nil, "T_IN_CASE.0.FYAH", "(2024)湘0412诉前调187号"},
		"元 becomes 分":                                   {nanyue, []string{`"4800"`, `"4800.50"`}, "T_IN_PARTY.0.YXGZ", "480050"},
		"元 becomes 万元":                                  {nine, nil, "T_IN_CASE.0.BDE", "29.000000"},
		"a fen becomes 万元 exactly":                      {nine, []string{`"290000.00"`, `"99999999999999.01"`}, "T_IN_CASE.0.BDE", "9999999999.999901"},
		"day becomes midnight of a DATE column":         {nanyue, nil, "T_IN_PARTY.0.CSRQ", "1990-03-07 00:00:00"},
		"day becomes CHAR(8)":                           {nanyue, nil, "T_IN_PARTY.0.RZRQ", "20210301"},
		"another zone's time becomes Asia/Shanghai's":   {nanyue, []string{"2024-08-27T09:12:30+08:00", "2024-08-27T01:12:30Z"}, "T_IN_CASE.0.WPSJ", "2024-08-27 09:12:30"},
		"day of an evening in another zone is the next": {nanyue, []string{"2024-08-27T08:50:00+08:00", "2024-08-26T17:00:00Z"}, "T_IN_CASE.0.TYRQ", "20240827"},
		"cause that the system does not have is other":  {nanyue, []string{`"186.6"`, `"9.1"`}, "T_IN_CASE.0.AYDM", "QT"},
		"its name travels all the same":                 {nanyue, []string{`"186.6"`, `"9.1"`}, "T_IN_CASE.0.AYMC", "经济补偿金纠纷"},
		"text without value is written empty":           {nanyue, nil, "T_IN_PARTY.0.MZ", ""},
		"code without value is written empty":           {nanyue, nil, "T_IN_PARTY.1.XB", ""},
		"number without value is NULL":                  {nanyue, nil, "T_IN_PARTY.1.YXGZ", "absent"},
		"the sixth applicant is a row like the first":   {nine, nil, "T_IN_PARTY.5.XM", "〇某"},
		"and knows its place":                           {nine, nil, "T_IN_PARTY.5.XH", "6"},
		"an agent points at its party":                  {nine, nil, "T_IN_AGENT.0.DSRBH", "p6"},
		"rows of other tables bear the message's key":   {nine, nil, "T_IN_CLAIM.0.GWBH", "K"},
		"rare characters pass":                          {nine, nil, "T_IN_PARTY.2.XM", "𬭎某"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := program.ToLocal(nil, edit(t, c.golden, c.changes...), env)
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestRemarkIsCutBetweenCharacters(t *testing.T) {
	var doc struct {
		Case []struct{ BZ string } `json:"T_IN_CASE"`
	}
	raw := read(t, "440000/fixtures/case.delegated/06-nine-migrant-workers/local.json")
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if n := len(doc.Case[0].BZ); n > 2000 || n < 1998 || !utf8.ValidString(doc.Case[0].BZ) {
		t.Errorf("%d bytes", n)
	}
}

// TestTrapsOfReadRows holds what an old system writes into its tables.
func TestTrapsOfReadRows(t *testing.T) {
	packs := loadAll(t)
	for name, c := range map[string]struct {
		typ, golden string
		changes     []string
		path, want  string
	}{
		"a zero date is no date":                   {"case.registered", "traps", nil, "parties.0.birthday", "absent"},
		"eight zeros are no date":                  {"case.registered", "traps", nil, "filedAt", "absent"},
		"15-digit id number becomes 18-digit":      {"case.registered", "traps", nil, "parties.0.idNumber", eighteen("34110319900307205")},
		"full-width digits become half, untrimmed": {"case.registered", "traps", nil, "parties.0.phone", "13800000011"},
		"half brackets become full, blanks go":     {"case.registered", "traps", nil, "parties.1.name", "某装饰（滁州）公司"},
		"rows come in any order":                   {"case.registered", "traps", nil, "parties.0.id", "p1"},
		"migrant workers' wages are wages":         {"case.registered", "traps", nil, "category", "wage"},
		"so is the heat allowance":                 {"case.registered", "traps", []string{`"AJLB": "11"`, `"AJLB": "12"`}, "category", "wage"},
		"万元 with fewer decimals becomes 元":         {"case.registered", "traps", nil, "amount", "3090.00"},
		"万元 with an exponent too":                  {"case.registered", "traps", []string{`"0.309"`, `"3.09E-1"`}, "amount", "3090.00"},
		"分 with leading zeros becomes 元":           {"case.registered", "traps", nil, "parties.0.employment.monthlyWage", "4800.00"},
		"是 is true":                                {"case.registered", "traps", nil, "parties.0.serviceConsent", "true"},
		"a two-digit year":                         {"case.registered", "traps", nil, "parties.0.employment.from", "2022-03-01"},
		"无 is no value":                            {"case.registered", "traps", nil, "parties.0.serviceAddress", "absent"},
		"nor is a dash":                            {"case.registered", "traps", nil, "parties.1.idNumber", "absent"},
		"a number with leading zeros in its text":  {"case.progress", "13-nanyue", []string{`"XH": 1`, `"XH": "007"`}, "no", "7"},
		"empty text is no value":                   {"case.registered", "traps", nil, "remark", "absent"},
		"NULL is no value":                         {"case.closed", "13-nanyue", []string{`"NR": null`, `"NR": ""`}, "remark", "absent"},
		"milliseconds of a TIMESTAMP are let go":   {"case.closed", "13-nanyue", []string{`16:30:00"`, `16:30:00.250"`}, "closedAt", "2024-08-28T16:30:00+08:00"},
		"no agreement without its row":             {"case.progress", "13-nanyue", nil, "agreement", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			program, ok := packs["440000"].Set.Program(c.typ)
			if !ok {
				t.Fatal("not mapped")
			}
			local := edit(t, "440000/fixtures/"+c.typ+"/"+c.golden+"/local.json", c.changes...)
			env := &mapping.Env{IDs: told{IDs: map[string]map[string]string{"case": {"NY-2024-000187": "GD2024082700001"}}}}
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

func TestCodeThatNobodyKnowsHoldsTheRow(t *testing.T) {
	program, _ := loadAll(t)["440000"].Set.Program("case.closed")
	local := edit(t, "440000/fixtures/case.closed/13-nanyue/local.json", `"DM": "10"`, `"DM": "77"`)
	_, _, err := program.ToNational(nil, local, &mapping.Env{IDs: told{IDs: map[string]map[string]string{"case": {"NY-2024-000187": "GD2024082700001"}}}})
	var all mapping.Errors
	if !errors.As(err, &all) || !slices.ContainsFunc(all, func(e mapping.Error) bool { return e.Code == "code-unknown" && strings.HasSuffix(e.Source, "DM") }) {
		t.Errorf("err = %v", err)
	}
}
