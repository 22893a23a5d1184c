package gateway

import (
	"math"
	"strconv"

	"duijie/schemas"
)

// caseFields are the few members of national data that move a case, and those
// that statistics keep: codes, numbers, times. The table of schemas/flows.go has
// the latter by type.
type caseFields struct {
	caseNo, localCaseNo, courtCaseNo    string
	delegation, procedure, kind, reason string
	decision, result, purpose           string
	days                                int
	granted                             bool
	newDueAt                            string

	agreementNo string
	agreement   bool // the data have one; the three below are of it
	agreed      string
	effectiveAt string
	amount      int64 // the sum of its items, in 分

	category, district, toDistrict string
	collective                     bool
	count                          int // of its workers
	applicants                     int // who are persons
	sessionNo, startAt             string
	at, validUntil                 string
}

// read takes them out of valid data. What is absent or of another type says nothing.
func (f *caseFields) read(data []byte) {
	r := schemas.Read(data)
	for r.Enter(); r.Next(); {
		switch string(r.Name) {
		case "caseNo":
			f.caseNo, _ = r.Text()
		case "localCaseNo":
			f.localCaseNo, _ = r.Text()
		case "courtCaseNo":
			f.courtCaseNo, _ = r.Text()
		case "delegation":
			f.delegation, _ = r.Text()
		case "procedure":
			f.procedure, _ = r.Text()
		case "kind":
			f.kind, _ = r.Text()
		case "reason":
			f.reason, _ = r.Text()
		case "decision":
			f.decision, _ = r.Text()
		case "result":
			f.result, _ = r.Text()
		case "purpose":
			f.purpose, _ = r.Text()
		case "days":
			f.days = whole(r.Value())
		case "granted":
			f.granted = string(r.Value()) == "true"
		case "newDueAt":
			f.newDueAt, _ = r.Text()
		case "agreementNo":
			f.agreementNo, _ = r.Text()
		case "agreement":
			if r.Enter() {
				f.readAgreement(&r)
			}
		case "category":
			f.category, _ = r.Text()
		case "org":
			f.district = member(&r, "district")
		case "to":
			f.toDistrict = member(&r, "district")
		case "collective":
			if r.Enter() {
				f.readCollective(&r)
			}
		case "parties":
			if r.Enter() {
				f.readParties(&r)
			}
		case "sessionNo":
			f.sessionNo, _ = r.Text()
		case "startAt":
			f.startAt, _ = r.Text()
		case "at":
			f.at, _ = r.Text()
		case "validUntil":
			f.validUntil, _ = r.Text()
		}
	}
}

func (f *caseFields) readAgreement(r *schemas.Reader) {
	f.agreement = true
	for r.Next() {
		switch string(r.Name) {
		case "agreementNo":
			f.agreed, _ = r.Text()
		case "effectiveAt":
			f.effectiveAt, _ = r.Text()
		case "items":
			if !r.Enter() {
				continue
			}
			for r.Next() {
				f.amount += fen(member(r, "amount"))
			}
		}
	}
}

func (f *caseFields) readCollective(r *schemas.Reader) {
	f.collective = true
	for r.Next() {
		if string(r.Name) == "count" {
			f.count = whole(r.Value())
		}
	}
}

func (f *caseFields) readParties(r *schemas.Reader) {
	for r.Next() {
		if !r.Enter() {
			continue
		}
		applicant, person := false, false
		for r.Next() {
			switch string(r.Name) {
			case "role":
				applicant = string(r.Value()) == `"applicant"`
			case "kind":
				person = string(r.Value()) == `"person"`
			}
		}
		if applicant && person {
			f.applicants++
		}
	}
}

// member reads one text of the object that is next; "" where there is none.
func member(r *schemas.Reader, name string) (text string) {
	if !r.Enter() {
		return ""
	}
	for r.Next() {
		if string(r.Name) == name {
			text, _ = r.Text()
		}
	}
	return text
}

// whole reads an integer, which the profile lets be written 5, 5.0 or 5e0.
func whole(value []byte) int {
	n, err := strconv.Atoi(string(value))
	if err == nil {
		return n
	}
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1e15 {
		return 0
	}
	return int(f)
}
