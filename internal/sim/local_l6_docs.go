package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed l6_sayings.json
var l6SayingsFile []byte

// l6Down are the system's words (msgType) for what the gateway may bring, l6Up
// those for what the system says (the reference pack's README).
var (
	l6Down = map[string]string{"case.delegated": "CASE_ASSIGN", "case.withdrawn": "CASE_WITHDRAW", "case.reassigned": "CASE_TRANSFER", "case.materials.requested": "FILE_REQUEST",
		"case.materials.supplied": "FILE_SUPPLY", "case.extension.decided": "EXTEND_RESULT", "av.session.scheduled": "AV_SCHEDULE", "av.session.changed": "AV_CHANGE",
		"av.session.ended": "AV_END", "case.dossier.requested": "DOSSIER_REQUEST", "confirmation.decided": "CONFIRM_RESULT", "paper.decided": "PAPER_RESULT",
		"roster.org.decided": "ORG_RESULT", "roster.org.removed": "ORG_REMOVE", "roster.mediator.decided": "MEDIATOR_RESULT", "roster.mediator.removed": "MEDIATOR_REMOVE"}
	l6Up = map[string]string{"case.accepted": "CASE_ACCEPT", "case.rejected": "CASE_REJECT", "case.progress": "CASE_PROGRESS", "case.closed": "CASE_CLOSE",
		"case.reassigned": "CASE_TRANSFER", "case.materials.requested": "FILE_REQUEST", "case.materials.supplied": "FILE_SUPPLY", "case.extension.requested": "EXTEND_APPLY",
		"av.session.requested": "AV_APPLY", "av.session.changed": "AV_CHANGE", "confirmation.requested": "CONFIRM_APPLY", "paper.requested": "PAPER_APPLY",
		"case.dossier.supplied": "DOSSIER_SUPPLY", "roster.org.submitted": "ORG_SUBMIT", "roster.org.changed": "ORG_CHANGE", "roster.org.removed": "ORG_REMOVE",
		"roster.mediator.submitted": "MEDIATOR_SUBMIT", "roster.mediator.changed": "MEDIATOR_CHANGE", "roster.mediator.removed": "MEDIATOR_REMOVE"}
)

// l6Document is what the system reads of a message.
type l6Document struct {
	MsgType, CaseRef, CaseDesc, ReqNo string
	OrgID, MediatorID                 string
	Persons, Entities                 []struct{ Seq, Role int }
}

func (d *l6Document) subject() string {
	switch {
	case d.OrgID != "":
		return d.OrgID
	case d.MediatorID != "":
		return d.MediatorID
	}
	return d.CaseRef
}

// party is the first position of that role, in whichever list.
func (d *l6Document) party(role int) string {
	first := 0
	for _, p := range append(d.Persons, d.Entities...) {
		if p.Role == role && (first == 0 || p.Seq < first) {
			first = p.Seq
		}
	}
	return strconv.Itoa(first)
}

// l6Speech is the system's codes and documents.
type l6Speech struct {
	Codes   map[string]map[string]any
	Sayings map[string]any
}

func newL6Speech() (*l6Speech, error) {
	var s l6Speech
	if err := json.Unmarshal(l6SayingsFile, &s); err != nil {
		return nil, fmt.Errorf("read l6_sayings.json: %w", err)
	}
	return &s, nil
}

// l6Pen writes the documents of one case, or of the system's own affairs.
type l6Pen struct {
	speech *l6Speech
	docket
	unit   string
	prefix string // of the serial numbers
	ref    string // the request that is answered
	now    time.Time
	out    []saying
}

// write adds the messages of these templates.
func (p *l6Pen) write(templates []string) {
	for _, template := range templates {
		typ := typeOf(template)
		serial := fmt.Sprintf("%s-%02d", p.prefix, len(p.out)+1)
		at := event(p.now, len(p.out))
		subject := p.caseNo
		if subject == "" {
			subject = p.prefix + "-" + strings.Split(typ, ".")[1] // one organisation, one mediator through its life
		}
		doc, ok := p.fill(template, subject, at).(object)
		if !ok {
			return // every type in use has its template: a test holds them together
		}
		doc["msgType"], doc["msgId"], doc["evtTime"] = l6Up[typ], serial, at.UnixMilli()
		p.ended(typ, doc, subject, at)
		body, err := json.Marshal(doc)
		if err != nil {
			return // documents are built of texts and numbers only
		}
		p.out = append(p.out, saying{endpoint: "report", serial: serial, typ: typ, subject: subject, body: body})
	}
}

// ended adds how the case went on to the documents that tell it.
func (p *l6Pen) ended(typ string, doc object, subject string, at time.Time) {
	switch typ {
	case "case.rejected":
		doc["reasonCode"], doc["reason"] = p.speech.Codes["reject"][p.ending.Reject.Reason], p.ending.Reject.Text
	case "case.closed":
		p.closing(doc, subject, at)
	case "case.dossier.supplied":
		if closing, ok := doc["closing"].(object); ok {
			p.closing(closing, subject, at)
		}
	}
	for _, name := range []string{"handlingInfo"} { // a document in a string
		if doc[name] == nil {
			continue
		}
		text, _ := json.Marshal(p.fill("handling", subject, at))
		doc[name] = string(text)
	}
}

func (p *l6Pen) closing(doc object, subject string, at time.Time) {
	end := p.ending.End
	if end == nil {
		end = &End{Reason: "other", Next: "none"} // a case that began before this start
	}
	doc["closeType"], doc["nextStep"] = p.speech.Codes["close"][end.Reason], p.speech.Codes["next"][end.Next]
	if !p.agreed() {
		return
	}
	agreement, _ := p.fill("agreement", subject, at).(object)
	var terms []any
	for _, item := range end.Items {
		term := object{"payerSeq": json.Number(p.payer), "payeeSeq": json.Number(p.payee), "kind": p.speech.Codes["item"][item.Kind], "desc": item.Text, "amt": nil, "deadline": nil}
		if item.Amount != "" {
			term["amt"], term["deadline"] = fen(item.Amount), json.Number(at.AddDate(0, 0, 15).Format("20060102"))
		}
		terms = append(terms, term)
	}
	agreement["terms"] = terms
	doc["agreement"] = agreement
}

// fill makes a document of a template; a text that begins with # is a number.
func (p *l6Pen) fill(template, subject string, at time.Time) any {
	return l6Numbers(fill(p.speech.Sayings[template], func(name string) string { return p.value(name, subject, at) }))
}

func l6Numbers(v any) any {
	switch t := v.(type) {
	case object:
		for k, inner := range t {
			t[k] = l6Numbers(inner)
		}
	case []any:
		for i, inner := range t {
			t[i] = l6Numbers(inner)
		}
	case string:
		if digits, ok := strings.CutPrefix(t, "#"); ok {
			return json.Number(digits)
		}
	}
	return v
}

// value gives a template's placeholder.
func (p *l6Pen) value(name, subject string, at time.Time) string {
	switch name {
	case "number":
		return p.number
	case "case":
		return p.caseNo
	case "subject":
		return subject
	case "payer":
		return p.payer
	case "payee":
		return p.payee
	case "ref":
		return p.ref
	case "unit":
		return p.unit
	case "no":
		return p.prefix
	case "agmtNo":
		return "XY-" + p.number
	case "sha":
		return inventedDigest(p.prefix)
	}
	if days, ok := strings.CutPrefix(name, "t+"); ok || name == "t" {
		n, _ := strconv.Atoi(strings.TrimSuffix(days, "d"))
		return strconv.FormatInt(at.AddDate(0, 0, n).UnixMilli(), 10)
	}
	text, _ := moment(name, "d", at, "20060102")
	return text
}
