package schemas

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Sampler makes documents up: for tests, simulators, load. Nobody in them exists,
// and names and texts say so (虚构).
type Sampler struct{ shapes map[string]*shape }

// NewSampler reads the profile.
func NewSampler() (*Sampler, error) {
	s, err := shapes()
	return &Sampler{s}, err
}

// Sample gives valid data of a message type with every field but ext. Equal type
// and number give equal bytes; n goes into the ids, so that cases differ. Nil
// where the type is unknown.
func (m *Sampler) Sample(typ string, n int) []byte {
	s := m.shapes[typ]
	if s == nil {
		return nil
	}
	made := maker{n: n}
	doc := made.value(s, "", 0).(map[string]any)
	agree(doc)
	raw, err := json.Marshal(doc) // members by name
	if err != nil {
		panic("schemas: sample: " + err.Error()) // strings, numbers, maps and lists only
	}
	return raw
}

type maker struct{ n int }

// value makes a value for a field; i is its place in the nearest list.
func (m maker) value(s *shape, name string, i int) any {
	switch {
	case s.Type == "object" && s.Properties == nil:
		return map[string]any{"栏目": "虚构"}
	case s.Type == "object":
		o := map[string]any{}
		for field, p := range s.Properties {
			if field != "ext" {
				o[field] = m.value(p, field, i)
			}
		}
		return o
	case s.Type == "array":
		list := make([]any, max(s.MinItems, 1))
		if name == "parties" {
			list = make([]any, 4)
		}
		for i := range list {
			list[i] = m.value(s.Items, name, i)
		}
		return list
	case s.Type == "integer":
		return m.integer(name, i)
	case s.Type == "boolean":
		return true
	case len(s.Enum) > 0:
		return s.Enum[i%len(s.Enum)]
	}
	return m.text(s, name, i)
}

func (m maker) integer(name string, i int) int {
	switch name {
	case "birthYear":
		return 1980
	case "no":
		return i + 1
	case "size":
		return 20480
	}
	return 10
}

// times are fields in the order in which a case's events happen, so that what begins before it ends.
var times = map[string]string{
	"from": "2025-03-01", "to": "2026-02-28", "birthday": "1990-01-01", "since": "2026-01-01", "dueAt": "2026-12-31", "validUntil": "2027-12-31", "due": "2026-12-20",
	"filedAt": "2026-11-18T09:00:00+08:00", "consentAt": "2026-11-19T09:00:00+08:00", "delegatedAt": "2026-11-20T09:00:00+08:00", "registeredAt": "2026-11-20T09:00:00+08:00",
	"acceptedAt": "2026-11-21T09:00:00+08:00", "startAt": "2026-11-25T09:00:00+08:00", "endAt": "2026-11-25T11:00:00+08:00",
	"signedAt": "2026-11-25T11:00:00+08:00", "effectiveAt": "2026-11-25T11:00:00+08:00", "closedAt": "2026-11-25T12:00:00+08:00",
}

func (m maker) text(s *shape, name string, i int) string {
	switch s.name {
	case "date", "time":
		t, ok := times[name]
		if !ok {
			t = "2026-11-24T09:00:00+08:00"
		}
		if s.name == "date" {
			return t[:len("2026-11-24")]
		}
		if len(t) == len("2026-11-24") {
			t += "T00:00:00+08:00"
		}
		return t
	case "id":
		return m.id(name, i)
	case "month":
		return "2026-11"
	case "money":
		return strconv.Itoa(12000+m.n%1000) + ".50"
	case "sha256":
		return fmt.Sprintf("%064x", m.n*16+i+1)
	case "region":
		return "510100"
	}
	switch name {
	case "name":
		return string([]rune("张李王赵")[i%4]) + "某（虚构）"
	case "idNumber":
		return "110101199001010015"
	case "phone":
		return "13800000000"
	case "uscc":
		return "91110000000000000E"
	case "mediaType":
		return "application/pdf"
	case "joinUrl":
		return "https://av.example/" + strconv.Itoa(m.n)
	case "type":
		return "case.delegated"
	case "source":
		return "urn:national:sample"
	case "subject":
		return m.id("caseNo", 0)
	case "courtCaseNo", "documentNo", "certificateNo":
		return fmt.Sprintf("虚构%d号", m.n+1)
	}
	short := []rune("虚构内容")
	return string(short[:min(len(short), s.MaxLength)])
}

func (m maker) id(name string, i int) string {
	switch name {
	case "unit", "via":
		return "510000"
	case "code":
		return "510100" // a court, an organisation
	case "forParty", "party", "id", "to", "representatives", "mediator":
		return "p" + strconv.Itoa(i+1)
	case "caseNo", "localCaseNo", "requestNo", "nonce", "account", "reportNo", "no":
		return name + "-" + fmt.Sprintf("%06d", m.n)
	}
	return "x" + strconv.Itoa(m.n*16+i+1)
}

// agree makes fields fit each other that a schema cannot tie: what a cause's
// edition holds, and who is a person.
func agree(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["edition"]; ok {
			v["edition"], v["code"] = "2026", "205"
		}
		if _, ok := v["idType"]; ok {
			person(v)
		}
		for _, m := range v {
			agree(m)
		}
	case []any:
		for i, m := range v {
			if p, ok := m.(map[string]any); ok && p["orgKind"] != nil {
				p["kind"], p["role"] = "person", "applicant"
				if i == len(v)-1 {
					p["kind"], p["role"], p["name"] = "org", "respondent", "某某有限公司（虚构）"
				}
			}
			agree(m)
		}
	}
}

// person drops from a party what only an organisation has, or the other way round.
func person(p map[string]any) {
	drop := []string{"uscc", "legalRep", "orgKind", "industry"}
	if p["kind"] == "org" {
		drop = []string{"idType", "idNumber", "gender", "birthday", "nation", "employment"}
	} else {
		p["idType"] = "resident"
	}
	for _, name := range drop {
		delete(p, name)
	}
}
