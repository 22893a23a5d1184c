package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// object is a JSON object under construction; empty strings are left out.
type object map[string]any

func (o object) set(name string, v any) {
	if v != "" && v != nil {
		o[name] = v
	}
}

// delegated is the data of case.delegated for that dispute, as of now. Equal
// arguments give equal data. Everything that the source does not print is invented.
func delegated(f Facts, caseNo, region string, seed uint64, now time.Time) (json.RawMessage, error) {
	r := rand.New(rand.NewPCG(seed, 0x6475696a6965))
	at := stamp(now)
	c := object{
		"caseNo": caseNo, "courtCaseNo": fmt.Sprintf("（%d）川0104诉前调%d号", now.In(zone).Year(), 1+r.IntN(9999)),
		"delegation": f.Delegation, "procedure": map[string]string{"pre": "none", "post": "ordinary"}[f.Delegation],
		"court": object{"code": "sc-0104", "name": "模拟市第一区人民法院", "judge": "审判员（虚构）", "phone": phone(r)},
		"cause": object{"name": causes[f.Category], "raw": f.Category}, "category": f.Category,
		"filedAt": stamp(now.Add(-48 * time.Hour)), "delegatedAt": at, "consentAt": stamp(now.Add(-time.Hour)),
		"org":    object{"code": "org-510104-01", "name": "模拟区劳动人事争议调解中心", "district": "510104"},
		"facts":  f.Facts,
		"remark": "案情取自公开案例“" + f.Source + "”；证件号码、电话、地址、案号均为虚构。",
	}
	parties, workers := partiesOf(f, region, r)
	c["parties"] = parties
	claims := make([]any, len(f.Claims))
	for i, claim := range f.Claims {
		o := object{"no": i + 1, "type": claim.Type, "text": claim.Text}
		o.set("amount", claim.Amount)
		o.set("from", claim.From)
		o.set("to", claim.To)
		claims[i] = o
	}
	c["claims"] = claims
	if len(f.Claims) == 1 {
		c.set("amount", f.Claims[0].Amount)
	}
	if workers >= collectiveFrom {
		c["collective"] = object{"count": workers, "representatives": []string{"a1", "a2", "a3"}, "tier": "county"}
	}
	return json.Marshal(c)
}

// collectiveFrom workers with common claims make a collective dispute
// (劳动争议调解仲裁法 art. 7).
const collectiveFrom = 10

// causes name the causes of action (案由) without a code: the published lists
// differ by edition.
var causes = map[string]string{
	"wage": "追索劳动报酬纠纷", "overtime": "追索劳动报酬纠纷", "termination": "劳动合同纠纷", "compensation": "经济补偿金纠纷",
	"injury": "工伤保险待遇纠纷", "insurance": "社会保险纠纷", "personnel": "人事争议", "platform": "劳务合同纠纷",
}

// partiesOf invents what the source leaves out; workers counts applicants who are persons.
func partiesOf(f Facts, region string, r *rand.Rand) (parties []any, workers int) {
	add := func(p Person, id, role string) {
		o := object{"id": id, "role": role, "kind": p.Kind, "name": p.Name, "phone": phone(r),
			"address": object{"region": "510104", "detail": fmt.Sprintf("模拟路%d号（虚构）", 1+r.IntN(500))}}
		if p.Kind == "person" {
			born := birthday(r)
			o["idType"], o["idNumber"], o["birthday"] = "resident", idNumber(r, region, born), born.Format("2006-01-02")
		} else {
			o["uscc"], o["legalRep"] = uscc(r, region), "法定代表人（虚构）"
			o.set("orgKind", p.OrgKind)
		}
		if p.Post != "" || p.Wage != "" {
			e := object{}
			e.set("post", p.Post)
			e.set("monthlyWage", p.Wage)
			o["employment"] = e
		}
		parties = append(parties, o)
	}
	for _, p := range f.Applicants {
		for n := range max(p.Count, 1) {
			one := p
			if n > 0 {
				one.Name = fmt.Sprintf("%s等%d人之%d", p.Name, p.Count, n+1)
			}
			workers++
			add(one, fmt.Sprintf("a%d", workers), "applicant")
		}
	}
	for i, p := range f.Respondents {
		add(p, fmt.Sprintf("r%d", i+1), "respondent")
	}
	return parties, workers
}
