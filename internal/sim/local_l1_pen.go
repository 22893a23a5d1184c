package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"duijie/schemas"
)

//go:embed l1_sayings.json
var l1SayingsFile []byte

// l1Types are the system's codes (lx) for what it says.
var l1Types = map[string]string{
	"case.accepted": "01", "case.rejected": "02", "case.progress": "03", "case.closed": "04",
	"case.reassigned": "05", "case.materials.requested": "06", "case.materials.supplied": "07", "case.extension.requested": "08",
	"case.registered": "09", "case.escalated": "10", "case.dossier.supplied": "11", "av.session.requested": "12", "av.session.changed": "13",
	"confirmation.requested": "14", "paper.requested": "15", "arbitration.review.reported": "16",
	"roster.org.submitted": "17", "roster.org.changed": "18", "roster.org.removed": "19",
	"roster.mediator.submitted": "20", "roster.mediator.changed": "21", "roster.mediator.removed": "22", "roster.digest": "23",
	"expert.submitted": "24", "expert.changed": "25", "expert.removed": "26", "expert.requested": "27",
	"account.requested": "28", "stats.period.reported": "29", "report.submitted": "30",
}

// l1Templates reads the documents that are the same for every case.
func l1Templates() (map[string]any, error) {
	var all map[string]any
	if err := json.Unmarshal(l1SayingsFile, &all); err != nil {
		return nil, fmt.Errorf("read l1_sayings.json: %w", err)
	}
	return all, nil
}

// l1Pen writes the documents of one case, or of the system's own affairs.
type l1Pen struct {
	templates map[string]any
	unit      string
	prefix    string // of the serial numbers
	caseNo    string // the national number; empty: no case
	number    string // the local one
	payer     string
	payee     string
	ref       string // the request that is answered
	no        string // what the present document is called
	now       time.Time
	step      time.Duration // between two events; they must not run backwards
	out       []saying
}

// say adds one message with these fields.
func (p *l1Pen) say(typ string, fields object) {
	serial := fmt.Sprintf("%s-%02d", p.prefix, len(p.out)+1)
	doc := object{"lsh": serial, "lx": l1Types[typ], "fssj": p.at().Format(l1Time)}
	if p.number != "" {
		doc["ajbh"] = p.number
	}
	if flow, _ := schemas.Lookup(typ); flow.Up() && flow.Down() && p.caseNo != "" {
		doc["wbbh"] = p.caseNo // kinds that travel both ways have one shape
	}
	for k, v := range fields {
		doc[k] = v
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return // documents are built of texts and numbers only
	}
	p.out = append(p.out, saying{endpoint: "progress", serial: serial, typ: typ, subject: p.subject(typ, doc), body: body})
}

// at is when the next event happens.
func (p *l1Pen) at() time.Time { return p.now.Add(time.Duration(len(p.out)) * p.step) }

// template adds one message as l1_sayings.json has it; "case.av" is a video
// session, asked for and moved.
func (p *l1Pen) template(typ string) {
	if typ == "case.av" {
		p.template("av.session.requested")
		p.template("av.session.changed")
		return
	}
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
	p.say(typ, filled)
}

// value gives a template's placeholder.
func (p *l1Pen) value(name string) string {
	switch name {
	case "no":
		return p.no
	case "sha":
		return inventedDigest(p.prefix)
	case "unit":
		return p.unit
	case "month":
		return p.now.Format("2006-01")
	case "xyh":
		return l1AgreementNo(p.number)
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
func (p *l1Pen) subject(typ string, doc object) string {
	inner := func(outer, name string) string {
		o, _ := doc[outer].(object)
		text, _ := o[name].(string)
		return text
	}
	text := func(name string) string { s, _ := doc[name].(string); return s }
	switch typ {
	case "case.registered":
		return p.number
	case "roster.org.submitted", "roster.org.changed":
		return inner("zz", "zzbm")
	case "roster.org.removed":
		return text("zzbm")
	case "roster.mediator.submitted", "roster.mediator.changed":
		return inner("tjy", "tjybh")
	case "roster.mediator.removed":
		return text("tjybh")
	case "roster.digest":
		return inner("fy", "fydm")
	case "expert.submitted", "expert.changed":
		return inner("zj", "tjybh")
	case "expert.removed":
		return text("zjbh")
	case "account.requested":
		return text("qqh")
	case "stats.period.reported":
		return text("tjq")
	case "report.submitted":
		return text("bgh")
	}
	return p.caseNo
}

// cutHead gives what stands behind the first dot of a path.
func cutHead(path string) (rest string, ok bool) {
	_, rest, ok = strings.Cut(path, ".")
	return rest, ok
}
