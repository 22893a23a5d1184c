package sim

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// The code lists of the system (the reference pack's README and codes).
var (
	l4Types   = map[string]string{"case.accepted": "01", "case.rejected": "02", "case.progress": "03", "case.closed": "04"}
	l4Rejects = map[string]string{"notOurs": "1", "noCapacity": "2", "contactFailed": "3", "partyRefused": "4", "incomplete": "5", "other": "9"}
	l4Closes  = map[string]string{"agreed": "A", "settled": "B", "unreachable": "C", "declined": "D", "deadlocked": "E", "expired": "F", "unsigned": "G", "other": "H"}
	l4Nexts   = map[string]string{"confirmation": "1", "paper": "2", "review": "3", "litigation": "4", "none": "0"}
	l4Items   = map[string]string{"": "1", "pay": "1", "deliver": "2", "do": "3", "apologise": "4", "other": "9"}
)

const (
	l4Time = "2006/01/02 15:04"
	l4Date = "2006/01/02"
)

// l4Pen writes the records of one case.
type l4Pen struct {
	docket
	prefix string // of the records' numbers
	now    time.Time
	out    []saying
}

// l4Script is everything that the system records of a case, in order: accepted,
// progress and closed, or not accepted.
func l4Script(p *l4Pen) {
	if no := p.ending.Reject; no != nil {
		p.say("case.rejected", object{"yydm": l4Rejects[no.Reason], "yysm": no.Text})
		return
	}
	p.say("case.accepted", object{"zzbm": "org-130102-01", "zzmc": "模拟区劳动人事争议调解中心", "zzqh": "130102", "tjy": "刘某（虚构）、周某（虚构）", "jsrq": p.now.AddDate(0, 0, 30).Format(l4Date)})
	p.say("case.progress", object{"xh": "001", "jzlx": "LX", "jznr": "已联系双方当事人"})
	meeting := p.now.Add(24 * time.Hour)
	p.say("case.progress", object{"xh": "002", "jzlx": "PQ", "jznr": "已排期", "tjh": object{"kssj": meeting.Format(l4Time), "jssj": nil, "dd": "第一调解室", "fs": "1"}})
	p.say("case.progress", object{"xh": "003", "jzlx": "TJ", "jznr": "双方到场", "tjh": object{"kssj": meeting.Format(l4Time), "jssj": meeting.Add(2 * time.Hour).Format(l4Time), "dd": "第一调解室", "fs": "1"}})
	end := p.ending.End
	closing := object{"jafs": l4Closes[end.Reason], "tjy": "刘某（虚构）", "tjcs": "1", "xyb": l4Nexts[end.Next], "bz": "-"}
	if end.Reason == "agreed" && len(end.Items) > 0 {
		closing["xy"] = p.agreement()
	}
	p.say("case.closed", closing)
}

// say adds one record.
func (p *l4Pen) say(typ string, fields object) {
	id := fmt.Sprintf("%s-%02d", p.prefix, len(p.out)+1)
	row := object{"jlid": id, "lx": l4Types[typ], "ajbh": p.number, "fssj": p.now.Format(l4Time)}
	for k, v := range fields {
		row[k] = v
	}
	body, err := json.Marshal(row)
	if err != nil {
		return // records are built of texts and numbers only
	}
	p.out = append(p.out, saying{endpoint: "poll", serial: id, typ: typ, subject: p.caseNo, body: body})
}

// agreement names the parties by their places in the form.
func (p *l4Pen) agreement() object {
	var items []any
	for _, item := range p.ending.End.Items {
		o := object{"yw": "bsqr1", "ql": "sqr1", "lx": l4Items[item.Kind], "je": nil, "qx": "0000/00/00", "nr": item.Text}
		if item.Amount != "" {
			o["je"], o["qx"] = wan(item.Amount), p.now.AddDate(0, 0, 15).Format(l4Date)
		}
		items = append(items, o)
	}
	day := p.now.Format(l4Date)
	return object{"xyh": "XY-" + p.number, "qdrq": day, "sxrq": day, "lxqk": "0", "tk": items}
}

// wan is an amount in 元 as one in 万元, exactly.
func wan(yuan string) json.Number {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return "0"
	}
	return json.Number(r.Quo(r, big.NewRat(10_000, 1)).FloatString(6))
}
