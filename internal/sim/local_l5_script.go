package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

var (
	//go:embed l5_words.json
	l5WordsFile []byte
	//go:embed l5_sayings.json
	l5SayingsFile []byte
)

// l5Down are the words (类型) for what the gateway may bring, l5Up those for what
// the system says (the reference packs' READMEs).
var (
	l5Down = map[string]string{"case.delegated": "委派", "case.withdrawn": "撤回", "case.reassigned": "改派", "case.materials.requested": "要求补充材料",
		"case.materials.supplied": "补充材料", "case.extension.decided": "延期决定", "confirmation.decided": "司法确认决定"}
	l5Up = map[string]string{"case.accepted": "受理", "case.rejected": "不予受理", "case.reassigned": "改派", "case.materials.requested": "要求补充材料",
		"case.materials.supplied": "补充材料", "case.progress": "进展", "case.extension.requested": "申请延期", "case.closed": "办结", "confirmation.requested": "申请司法确认"}
)

// l5Speech is how one of the two sisters writes.
type l5Speech struct {
	Prefix, Region    string
	Date, Time, Short string // layouts
	Words             map[string]map[string]string
	sayings           map[string]string
}

func l5SpeechOf(unit string) (*l5Speech, error) {
	var all map[string]*l5Speech
	if err := json.Unmarshal(l5WordsFile, &all); err != nil {
		return nil, fmt.Errorf("read l5_words.json: %w", err)
	}
	s := all[unit]
	if s == nil {
		s = all["650000"] // another unit that talks like the elder sister
	}
	if err := json.Unmarshal(l5SayingsFile, &s.sayings); err != nil {
		return nil, fmt.Errorf("read l5_sayings.json: %w", err)
	}
	return s, nil
}

func (s *l5Speech) word(list, name string) string { return s.Words[list][name] }

// l5Pen writes the documents of one case.
type l5Pen struct {
	speech *l5Speech
	docket
	prefix string // of the file names
	now    time.Time
	file   l5Attachment // beside the present document
	out    []saying
}

// l5Script is everything that the system says of a case, in order: accepted,
// progress and closed, or rejected; what else a case may bring comes with every
// so-manieth.
func l5Script(p *l5Pen) {
	if no := p.ending.Reject; no != nil {
		p.say("case.rejected", "case.rejected", map[string]string{"reason": p.speech.word("reject", no.Reason), "text": no.Text})
		return
	}
	p.say("case.accepted", "case.accepted", nil)
	p.say("case.progress", "case.progress.contacted", nil)
	switch p.turn() % 5 {
	case 1:
		p.say("case.materials.requested", "case.materials.requested", nil)
	case 2:
		p.say("case.extension.requested", "case.extension.requested", nil)
	case 3:
		p.say("case.reassigned", "case.reassigned", nil)
	case 4:
		p.attach("工资条（㐂）.txt", "工资条（虚构）"+p.number)
		p.say("case.materials.supplied", "case.materials.supplied", nil)
	}
	p.say("case.progress", "case.progress.scheduled", nil)
	p.say("case.progress", "case.progress.session", nil)
	end := p.ending.End
	p.say("case.closed", "case.closed", map[string]string{"reason": p.speech.word("close", end.Reason), "next": p.speech.word("next", end.Next)})
	if end.Next == "confirmation" {
		p.attach("调解协议书.txt", "调解协议书（虚构）"+p.number)
		p.say("confirmation.requested", "confirmation.requested", nil)
	}
}

// attach puts a file beside the next document.
func (p *l5Pen) attach(name, content string) { p.file = l5Attachment{"att/" + name, []byte(content)} }

// say adds one message, made of a template and these values.
func (p *l5Pen) say(typ, template string, values map[string]string) {
	name := fmt.Sprintf("%s_%02d.zip", p.prefix, len(p.out)+1)
	at := p.now.Add(time.Duration(len(p.out)) * time.Second) // events must not run backwards
	inner := p.fill(template, name, at, values)
	doc := fmt.Sprintf(`<报文 类型="%s" 版本="1.0"><报文编号>%s</报文编号><生成时间>%s</生成时间>%s</报文>`, l5Up[typ], name, at.Format("20060102150405"), inner)
	var files []l5Attachment
	if p.file.name != "" {
		files, p.file = append(files, p.file), l5Attachment{}
	}
	body, err := l5Zip(doc, files)
	if err != nil {
		return // documents are built of texts that GB18030 holds
	}
	p.out = append(p.out, saying{endpoint: "out", serial: name, typ: typ, subject: p.caseNo, body: body})
}

func (p *l5Pen) fill(template, no string, at time.Time, values map[string]string) string {
	return fillText(p.speech.sayings[template], func(name string) string {
		switch name {
		case "agreement": // XML already
			return p.agreement(at)
		case "items":
			return p.items(at)
		}
		if v, ok := values[name]; ok {
			return xmlText(v)
		}
		return xmlText(p.value(name, no, at))
	})
}

// value gives a template's placeholder.
func (p *l5Pen) value(name, no string, at time.Time) string {
	switch name {
	case "number":
		return p.number
	case "case":
		return p.caseNo
	case "payer":
		return p.payer
	case "payee":
		return p.payee
	case "region":
		return p.speech.Region
	case "no":
		return strings.TrimSuffix(no, ".zip")
	case "xyh":
		return "XY-" + p.number
	case "file":
		return p.file.name
	}
	if list, ok := strings.CutPrefix(name, "w."); ok {
		list, word, _ := strings.Cut(list, ".")
		return p.speech.word(list, word)
	}
	for base, layout := range map[string]string{"t": p.speech.Time, "d": p.speech.Date, "s": p.speech.Short} {
		if text, ok := moment(name, base, at, layout); ok {
			return text
		}
	}
	return ""
}

// agreement is what was agreed, where it was.
func (p *l5Pen) agreement(at time.Time) string {
	end := p.ending.End
	if end == nil || end.Reason != "agreed" || len(end.Items) == 0 {
		return ""
	}
	return p.fill("agreement", "", at, nil)
}

func (p *l5Pen) items(at time.Time) string {
	var out strings.Builder
	for _, item := range p.ending.End.Items {
		values := map[string]string{"kind": p.speech.word("item", item.Kind), "amount": item.Amount, "text": item.Text, "due": "即时"}
		if item.Amount != "" {
			values["due"] = at.AddDate(0, 0, 15).Format(p.speech.Date)
		}
		out.WriteString(p.fill("item", "", at, values))
	}
	return out.String()
}
