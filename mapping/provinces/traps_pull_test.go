package provinces_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/mapping"
)

// gulouParties is the crosswalk of case 15, whose parties have no id in 310000.
func gulouParties() told {
	return told{IDs: map[string]map[string]string{
		"case":  {"GL-2025-000015": "SH-2025-0015", "NY-2024-000187": "SH-2024-0187", "WH-2025-000031": "SH-2025-0031"},
		"party": {"w1": "1", "w2": "2", "w3": "3", "w4": "4", "r1": "5"},
	}}
}

func TestTrapsOfPulledDocuments(t *testing.T) {
	p := loadAll(t)["310000"]
	const nanyue = "310000/fixtures/case.delegated/13-nanyue/national.json"
	const gulou = "310000/fixtures/case.delegated/15-gulou-cleaners/national.json"
	const many = "310000/fixtures/case.delegated/16-li-17/national.json"
	const company = "310000/fixtures/case.delegated/07-noncompete/national.json"
	id := at(t, read(t, nanyue), "parties.0.idNumber")
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"15-digit id number becomes its 18-digit form":        {nanyue, []string{id, "430405900307202"}, "persons.0.idNo", eighteen("43040519900307202")},
		"x of an id number becomes X":                         {nanyue, []string{id, "43040519900307205x"}, "persons.0.idNo", "43040519900307205X"},
		"half brackets of a name become full":                 {nanyue, []string{`"某公司"`, `"某(上海)公司"`}, "entities.0.entName", "某（上海）公司"},
		"元 becomes 分":                                         {gulou, nil, "persons.0.job.salary", "249050"},
		"a fen alone":                                         {gulou, nil, "claims.1.amt", "1"},
		"the largest amount":                                  {gulou, []string{`"9962.01"`, `"9999999999999.99"`}, "totalAmt", "999999999999999"},
		"date becomes a number":                               {nanyue, nil, "persons.0.birth", "19900307"},
		"time becomes milliseconds":                           {nanyue, nil, "evtTime", "1724721150000"},
		"another zone's time is the same moment":              {nanyue, []string{"2024-08-27T09:12:30+08:00", "2024-08-27T01:12:30Z"}, "evtTime", "1724721150000"},
		"a time before 1970 is below zero":                    {nanyue, []string{"2024-08-26T10:20:00+08:00", "1969-12-31T23:59:59Z"}, "fileTs", "-1000"},
		"position counts over both lists":                     {company, nil, "persons.0.seq", "2"},
		"and leaves its gap in the other":                     {company, nil, "entities.1.seq", "3"},
		"an agent points at a position":                       {gulou, nil, "reps.1.partySeq", "5"},
		"and so do representatives":                           {gulou, nil, "group.repSeqs.2", "3"},
		"an applicant beyond the fifth has a place too":       {many, nil, "persons.6.seq", "7"},
		"two parts of an address are one text":                {nanyue, nil, "persons.0.addr", "430412|某路1号"},
		"the last part holds what it likes":                   {nanyue, []string{"某路1号", "某|路"}, "persons.0.addr", "430412|某|路"},
		"no value is null":                                    {nanyue, nil, "persons.0.ethnic", "absent"},
		"truth is a letter":                                   {nanyue, nil, "persons.0.eService", "Y"},
		"rare characters pass":                                {nanyue, []string{"颜某某", "䶮𬭎㐂·〇"}, "persons.0.fullName", "䶮𬭎㐂·〇"},
		"free extensions pass":                                {nanyue, []string{`"caseNo"`, `"ext":{"k":[1.50]},"caseNo"`}, "ext.k.0", "1.5"},
		"an empty optional text is the same as an absent one": {nanyue, []string{`"courtCaseNo": "（2024）湘0412诉前调187号"`, `"courtCaseNo": ""`}, "courtDocNo", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			program, ok := p.Set.Program("case.delegated")
			if !ok {
				t.Fatal("not mapped")
			}
			got, _, err := program.ToLocal(nil, edit(t, c.golden, c.changes...), &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestTrapsOfSealedPushes(t *testing.T) {
	p := loadAll(t)["310000"]
	const closed, accepted, dossier = "case.closed/15-gulou-cleaners", "case.accepted/15-gulou-cleaners", "case.dossier.supplied/15-gulou-cleaners"
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"a position is a party's id":         {closed, nil, "agreement.items.0.party", "r1"},
		"of whom receives too":               {closed, nil, "agreement.items.0.to", "w1"},
		"分 becomes 元":                        {closed, []string{"498100", "1"}, "agreement.items.0.amount", "0.01"},
		"a number with an exponent":          {closed, []string{"498100", "4.981E5"}, "agreement.items.0.amount", "4981.00"},
		"null is nothing":                    {closed, []string{`"首批25件"`, `null`}, "remark", "absent"},
		"an empty text is nothing":           {closed, []string{`"首批25件"`, `""`}, "remark", "absent"},
		"milliseconds are kept":              {accepted, []string{"1754899200000", "1754899200001"}, "acceptedAt", "2025-08-11T16:00:00.001+08:00"},
		"a number is a date":                 {accepted, nil, "due", "2025-08-18"},
		"a document in a string":             {dossier, nil, "handling.mediators.0.name", "杨某"},
		"two local codes become one":         {"case.rejected/made-up-merged-code", nil, "reason", "notOurs"},
		"a member that no schema knows":      {accepted, []string{`"msgId"`, `"newField":1,"msgId"`}, "due", "2025-08-18"},
		"sex not stated is not known":        {"roster.mediator.submitted/made-up", []string{`"sex": 2`, `"sex": 9`}, "entry.gender", "unknown"},
		"both ways by the platform's number": {"case.reassigned/made-up-upward", nil, "caseNo", "GL-2025-000015"},
	} {
		t.Run(name, func(t *testing.T) {
			typ, _, _ := strings.Cut(c.golden, "/")
			program, ok := p.Set.Program(typ)
			if !ok {
				t.Fatal("not mapped")
			}
			got, _, err := program.ToNational(nil, edit(t, "310000/fixtures/"+c.golden+"/local.json", c.changes...), &mapping.Env{IDs: gulouParties()})
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestPositionThatTheCaseDoesNotHaveWaits(t *testing.T) {
	program, _ := loadAll(t)["310000"].Set.Program("case.closed")
	local := edit(t, "310000/fixtures/case.closed/15-gulou-cleaners/local.json", `"payerSeq": 5`, `"payerSeq": 99`)
	_, _, err := program.ToNational(nil, local, &mapping.Env{IDs: gulouParties()})
	var all mapping.Errors
	if !errors.As(err, &all) || !slices.ContainsFunc(all, func(e mapping.Error) bool { return e.Code == "xref-unknown" && e.Kind == "party" && e.ID == "99" }) {
		t.Errorf("err = %v", err)
	}
}
