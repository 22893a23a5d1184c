package sim

import (
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

//go:embed l2_sayings.json
var l2SayingsFile []byte

// l2Down are the system's codes (lx) for what the gateway may bring, l2Up those
// for what the system says (the reference pack's README).
var (
	l2Down = map[string]string{"case.delegated": "WP", "case.withdrawn": "CH", "case.reassigned": "GP", "case.materials.requested": "CB", "case.materials.supplied": "CL",
		"case.extension.decided": "YJ", "av.session.scheduled": "SA", "av.session.changed": "SG", "av.session.ended": "SE", "case.dossier.requested": "DQ",
		"confirmation.decided": "QJ", "paper.decided": "TJ", "roster.org.decided": "ZJ", "roster.org.removed": "ZY", "roster.mediator.decided": "TJJ", "roster.mediator.removed": "TJY"}
	l2Up = map[string]string{"case.accepted": "SL", "case.rejected": "BY", "case.progress": "JZ", "case.closed": "BJ", "case.reassigned": "GP", "case.materials.requested": "CB",
		"case.materials.supplied": "CL", "case.extension.requested": "YS", "av.session.requested": "SP", "av.session.changed": "SG", "confirmation.requested": "QR",
		"paper.requested": "TS", "case.dossier.supplied": "DG", "roster.org.submitted": "ZB", "roster.org.changed": "ZG", "roster.org.removed": "ZY",
		"roster.mediator.submitted": "TJB", "roster.mediator.changed": "TJG", "roster.mediator.removed": "TJY"}
)

// l2Document is what the system reads of a message.
type l2Document struct {
	XMLName  xml.Name `xml:"Msg"`
	Key      string   `xml:"lsh,attr"`
	Code     string   `xml:"lx"`
	Case     string   `xml:"wbh"`
	Request  string   `xml:"qqh"`
	Org      string   `xml:"bm"`
	Mediator string   `xml:"tbh"`
	Facts    string   `xml:"Aj>ss"`
	Parties  []struct {
		ID   string `xml:"id,attr"`
		Role string `xml:"dw,attr"`
	} `xml:"Aj>dsrs>dsr"`
}

func (d *l2Document) typ() string {
	for typ, code := range l2Down {
		if code == d.Code {
			return typ
		}
	}
	return ""
}

func (d *l2Document) subject() string {
	switch {
	case d.Org != "":
		return d.Org
	case d.Mediator != "":
		return d.Mediator
	}
	return d.Case
}

// party is the first of that role.
func (d *l2Document) party(role string) string {
	for _, p := range d.Parties {
		if p.Role == role {
			return p.ID
		}
	}
	return ""
}

// l2Speech is the system's words and documents.
type l2Speech struct {
	Words   map[string]map[string]string
	Sayings map[string]string
}

func newL2Speech() (*l2Speech, error) {
	var s l2Speech
	if err := json.Unmarshal(l2SayingsFile, &s); err != nil {
		return nil, fmt.Errorf("read l2_sayings.json: %w", err)
	}
	return &s, nil
}

// l2Pen writes the documents of one case, or of the system's own affairs.
type l2Pen struct {
	speech *l2Speech
	docket
	unit   string
	prefix string // of the serial numbers
	ref    string // the request that is answered
	now    time.Time
	out    []saying
}

// write adds the messages of these templates.
func (p *l2Pen) write(templates []string) {
	for _, template := range templates {
		typ := typeOf(template)
		serial := fmt.Sprintf("%s-%02d", p.prefix, len(p.out)+1)
		at := event(p.now, len(p.out))
		subject := p.caseNo
		if subject == "" {
			subject = p.prefix + "-" + strings.Split(typ, ".")[1] // one organisation, one mediator through its life
		}
		text := p.fill(template, subject, at, nil)
		doc := `<?xml version="1.0" encoding="GBK"?><Msg xmlns:fj="urn:jstj:fj" bb="2.1"><lsh>` + serial + `</lsh><lx>` + l2Up[typ] + `</lx><sj>` + at.Format(l2Time) + `</sj>` + text + `</Msg>`
		p.out = append(p.out, saying{endpoint: "report", serial: serial, typ: typ, subject: subject, body: []byte(doc)})
	}
}

const (
	l2Time = "2006年1月2日 15时04分05秒"
	l2Date = "2006年1月2日"
)

func (p *l2Pen) fill(template, subject string, at time.Time, values map[string]string) string {
	return fillText(p.speech.Sayings[template], func(name string) string {
		switch name {
		case "agreement": // XML already
			if !p.agreed() {
				return ""
			}
			return p.fill("agreement", subject, at, nil)
		case "items":
			return p.items(at)
		case "handling": // a document of its own, so in CDATA, which an end of one inside does not end
			return l2CDATA(p.fill("handling", subject, at, nil))
		case "closing":
			return p.fill("case.closed", subject, at, nil)
		}
		if v, ok := values[name]; ok {
			return xmlText(v)
		}
		return xmlText(p.value(name, subject, at))
	})
}

// value gives a template's placeholder.
func (p *l2Pen) value(name, subject string, at time.Time) string {
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
	case "xyh":
		return "XY-" + p.number
	case "sha":
		return inventedDigest(p.prefix)
	case "reason", "text", "next":
		return p.ended(name)
	}
	for base, layout := range map[string]string{"t": l2Time, "d": l2Date} {
		if text, ok := moment(name, base, at, layout); ok {
			return text
		}
	}
	return ""
}

// ended is how the case went on.
func (p *l2Pen) ended(name string) string {
	if no := p.ending.Reject; no != nil {
		if name == "text" {
			return no.Text
		}
		return p.speech.Words["reject"][no.Reason]
	}
	if end := p.ending.End; end != nil && name == "reason" {
		return p.speech.Words["close"][end.Reason]
	} else if end != nil {
		return p.speech.Words["next"][end.Next]
	}
	return "QT"
}

func (p *l2Pen) items(at time.Time) string {
	var out strings.Builder
	for _, item := range p.ending.End.Items {
		values := map[string]string{"kind": p.speech.Words["item"][item.Kind], "amount": item.Amount, "text": item.Text, "due": "即时"}
		if item.Amount != "" {
			values["due"] = at.AddDate(0, 0, 15).Format(l2Date)
		}
		out.WriteString(p.fill("item", "", at, values))
	}
	return out.String()
}
