package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

//go:embed l3_sayings.json
var l3SayingsFile []byte

// l3Place is where a type's row goes up: its table, and LX where kinds share one.
type l3Place struct{ table, lx string }

func l3Places() map[string]l3Place {
	return map[string]l3Place{
		"case.accepted": {"T_OUT_CASE", "01"}, "case.rejected": {"T_OUT_CASE", "02"}, "case.progress": {"T_OUT_CASE", "03"},
		"case.closed": {"T_OUT_CASE", "04"}, "case.escalated": {"T_OUT_CASE", "05"}, "expert.requested": {"T_OUT_CASE", "06"},
		"case.reassigned": {"T_IO_REASSIGN", ""}, "case.materials.requested": {"T_IO_ASK", ""}, "case.materials.supplied": {"T_IO_SUPPLY", ""},
		"av.session.changed": {"T_IO_AV", ""}, "roster.org.removed": {"T_IO_REMOVE", "01"}, "roster.mediator.removed": {"T_IO_REMOVE", "02"},
		"expert.removed": {"T_IO_REMOVE", "03"}, "case.extension.requested": {"T_OUT_EXTEND", ""}, "case.registered": {"T_OUT_REG", ""},
		"case.dossier.supplied": {"T_OUT_DOSSIER", ""}, "av.session.requested": {"T_OUT_AV", ""}, "confirmation.requested": {"T_OUT_CONFIRM", "01"},
		"paper.requested": {"T_OUT_CONFIRM", "02"}, "arbitration.review.reported": {"T_OUT_REVIEW", ""}, "roster.org.submitted": {"T_OUT_ORG", "01"},
		"roster.org.changed": {"T_OUT_ORG", "02"}, "roster.mediator.submitted": {"T_OUT_TJY", "01"}, "roster.mediator.changed": {"T_OUT_TJY", "02"},
		"expert.submitted": {"T_OUT_EXPERT", "01"}, "expert.changed": {"T_OUT_EXPERT", "02"}, "roster.digest": {"T_OUT_DIGEST", ""},
		"account.requested": {"T_OUT_ACCOUNT", ""}, "stats.period.reported": {"T_OUT_STATS", ""}, "report.submitted": {"T_OUT_REPORT", ""},
	}
}

// l3Templates reads the rows that are the same for every case.
func l3Templates() (map[string]any, error) {
	var all map[string]any
	if err := json.Unmarshal(l3SayingsFile, &all); err != nil {
		return nil, fmt.Errorf("read l3_sayings.json: %w", err)
	}
	return all, nil
}

// l3Pen writes the rows of one case, or of the system's own affairs.
type l3Pen struct {
	templates map[string]any
	serial    *atomic.Int64 // the last LSH given
	unit      string
	prefix    string // of the numbers that the rows bear
	caseNo    string // the national number; empty: no case
	number    string // the local one
	payer     string
	payee     string
	ref       string // the request that is answered
	no        string // what the present message is called
	now       time.Time
	step      time.Duration // between two events; they must not run backwards
	out       []saying
}

// say adds one message: the columns of its header row, and its child rows by table.
func (p *l3Pen) say(typ string, header object, children map[string][]any) {
	place := l3Places()[typ]
	lsh := p.serial.Add(1)
	row := object{"LSH": lsh, "DQZT": "0", "FSSJ": p.at().Format(l1Time)}
	if place.lx != "" {
		row["LX"] = place.lx
	}
	row.set("AJBH", p.number)
	if strings.HasPrefix(place.table, "T_IO_") {
		row["FX"] = "2"
		row.set("WBBH", p.caseNo)
	}
	for k, v := range header {
		row.set(k, v)
	}
	doc := map[string][]any{place.table: {row}}
	for table, rows := range children {
		for i, r := range rows {
			child := object{"LSH": lsh, "XH": i + 1}
			for k, v := range r.(object) {
				child.set(k, v)
			}
			if table == "T_OUT_XY" || table == "T_OUT_XYFJ" || table == "T_OUT_RZ" { // at most one: no place
				delete(child, "XH")
			}
			doc[table] = append(doc[table], child)
		}
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return // documents are built of texts and numbers only
	}
	p.out = append(p.out, saying{endpoint: place.table, serial: strconv.FormatInt(lsh, 10), typ: typ, subject: p.subject(typ, row), body: body})
}

// at is when the next event happens.
func (p *l3Pen) at() time.Time { return p.now.Add(time.Duration(len(p.out)) * p.step) }

// template adds one message as l3_sayings.json has it.
func (p *l3Pen) template(typ string) {
	p.no = p.prefix
	if p.caseNo == "" {
		p.no += "-" + typ[:strings.LastIndexByte(typ, '.')] // one expert, one organisation, … through its life
	}
	if typ == "case.registered" {
		p.number = p.prefix + "-own"
	}
	filled, ok := fill(p.templates[typ], p.value).(object)
	if !ok {
		return // every type in use has its template: a test holds them together
	}
	header, children := object{}, map[string][]any{}
	for table, rows := range filled {
		list, _ := rows.([]any)
		if table == l3Places()[typ].table && len(list) == 1 {
			header, _ = list[0].(object)
			continue
		}
		children[table] = list
	}
	p.say(typ, header, children)
}

// value gives a template's placeholder.
func (p *l3Pen) value(name string) string {
	switch name {
	case "no":
		return p.no
	case "sha":
		return inventedDigest(p.prefix)
	case "unit":
		return p.unit
	case "month":
		return p.now.Format("2006-01")
	case "xybh":
		return l3AgreementNo(p.number)
	case "payer":
		return p.payer
	case "payee":
		return p.payee
	case "ref":
		return p.ref
	}
	now := p.at()
	if text, ok := moment(name, "t", now, l1Time); ok {
		return text
	}
	text, _ := moment(name, "d", now, l1Date)
	return text
}

// subject is what the message must come up under.
func (p *l3Pen) subject(typ string, row object) string {
	column := map[string]string{"case.registered": "AJBH", "roster.org.submitted": "ZZBM", "roster.org.changed": "ZZBM", "roster.org.removed": "BH",
		"roster.mediator.submitted": "TJYBH", "roster.mediator.changed": "TJYBH", "roster.mediator.removed": "BH", "roster.digest": "FYDM",
		"expert.submitted": "TJYBH", "expert.changed": "TJYBH", "expert.removed": "BH", "account.requested": "QQH", "stats.period.reported": "TJQ",
		"report.submitted": "BGH"}[typ]
	if column == "" {
		return p.caseNo
	}
	text, _ := row[column].(string)
	return text
}
