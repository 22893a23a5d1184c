package sim

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// The code lists of the system (the reference pack's README).
var (
	l1Rejects = map[string]string{"notOurs": "01", "noCapacity": "02", "contactFailed": "03", "partyRefused": "04", "incomplete": "05", "other": "99"}
	l1Closes  = map[string]string{"agreed": "01", "settled": "02", "unreachable": "03", "declined": "04", "deadlocked": "05", "expired": "06", "unsigned": "07", "other": "99"}
	l1Nexts   = map[string]string{"confirmation": "1", "paper": "2", "review": "3", "litigation": "4", "none": "0"}
	l1Items   = map[string]string{"": "1", "pay": "1", "deliver": "2", "do": "3", "apologise": "4", "other": "9"}
)

const (
	l1Time = "2006-01-02 15:04:05"
	l1Date = "20060102"
)

var l1Mediators = []any{object{"tjybh": "T001", "xm": "刘某（虚构）", "lxdh": ""}}

// l1Script is everything that the system says of its n-th case, in order:
// accepted, progress and closed, or rejected; what else a case may bring (further
// materials, an extension, another organisation, a video session) comes with
// every so-manieth.
func l1Script(pen *l1Pen, d docket) {
	if no := d.ending.Reject; no != nil {
		pen.say("case.rejected", object{"byydm": l1Rejects[no.Reason], "byysm": no.Text})
		return
	}
	now := pen.now
	if d.own {
		pen.template("case.av") // delegated cases have their sessions on the court platform anyway
	} else {
		pen.say("case.accepted", object{"tjzz": object{"zzbm": "org-510104-01", "zzmc": "模拟区劳动人事争议调解中心", "xzqh": "510104"},
			"tjy": l1Mediators, "tjqx": now.AddDate(0, 0, 30).Format(l1Date)})
	}
	pen.progress(1, "01", "已联系双方当事人", nil)
	pen.variety(d)
	meeting := now.Add(24 * time.Hour)
	pen.progress(2, "02", "已排期", object{"tjh": object{"kssj": meeting.Format(l1Time), "dd": "第一调解室", "fs": "1"}})
	pen.progress(3, "03", "双方到场", object{"tjh": object{"kssj": meeting.Format(l1Time), "jssj": meeting.Add(2 * time.Hour).Format(l1Time), "dd": "第一调解室", "fs": "1"}})
	end := d.ending.End
	closing := object{"jafs": l1Closes[end.Reason], "tjy": l1Mediators, "tjcs": 1, "xyb": l1Nexts[end.Next], "bz": ""}
	if end.Reason == "agreed" && len(end.Items) > 0 {
		closing["xys"] = l1Agreement(d, now)
	}
	pen.say("case.closed", closing)
	switch end.Next {
	case "confirmation":
		pen.template("confirmation.requested")
	case "paper":
		pen.template("paper.requested")
	case "review":
		pen.template("arbitration.review.reported")
	}
}

func (p *l1Pen) progress(no int, kind, text string, fields object) {
	o := object{"jdxh": fmt.Sprint(no), "jdlx": kind, "jdnr": text}
	for k, v := range fields {
		o[k] = v
	}
	p.say("case.progress", o)
}

// variety is what else happens in the course of a case.
func (p *l1Pen) variety(d docket) {
	if d.workers >= collectiveFrom {
		p.template("case.escalated")
		p.template("expert.requested")
	}
	switch d.turn() % 5 {
	case 1:
		p.template("av.session.requested")
		p.template("av.session.changed")
	case 2:
		p.template("case.materials.requested")
	case 3:
		p.template("case.extension.requested")
	case 4:
		p.template("case.reassigned")
	}
}

// l1Affairs is what the system says that belongs to no case: rosters, experts,
// accounts, figures, reports; and one case that it took up by itself.
func l1Affairs(pen *l1Pen) {
	for _, typ := range []string{"roster.org.submitted", "roster.org.changed", "roster.org.removed",
		"roster.mediator.submitted", "roster.mediator.changed", "roster.mediator.removed", "roster.digest",
		"expert.submitted", "expert.changed", "expert.removed", "account.requested", "stats.period.reported", "report.submitted", "case.registered"} {
		pen.template(typ)
	}
}

func l1Agreement(d docket, now time.Time) object {
	var items []any
	for _, item := range d.ending.End.Items {
		o := object{"fkf": d.payer, "skf": d.payee, "lx": l1Items[item.Kind], "sm": item.Text}
		if item.Amount != "" {
			o["je"] = fen(item.Amount)
			o["lxrq"] = now.AddDate(0, 0, 15).Format(l1Date)
		}
		items = append(items, o)
	}
	day := now.Format(l1Date)
	return object{"xyh": l1AgreementNo(d.number), "qdrq": day, "sxrq": day, "lxqk": "0", "nr": items}
}

func l1AgreementNo(number string) string { return "XY-" + number }

// fen is an amount in 元 as a whole number of 分.
func fen(yuan string) int64 {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return 0
	}
	r.Mul(r, big.NewRat(100, 1))
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64()
}

// l1Subject is the field of a downward message that bears its subject.
func l1Subject(typ string) string {
	switch typ {
	case "case.registered.receipted":
		return "ajbh"
	case "roster.org.decided", "roster.org.removed":
		return "zzbm"
	case "roster.mediator.decided", "roster.mediator.removed":
		return "tjybh"
	case "roster.difference":
		return "fy.fydm"
	case "expert.decided", "expert.removed":
		return "zjbh"
	case "account.opened":
		return "qqh" // zh where nobody asked for the account
	case "account.changed", "account.suspended":
		return "zh"
	case "stats.bulletin":
		return "tjq"
	case "report.answered":
		return "bgh"
	case "guidance.published":
		return "bh"
	}
	return "wbbh"
}

// l1Field reads a text field of a document by its path.
func l1Field(doc map[string]json.RawMessage, path string) string {
	if rest, ok := cutHead(path); ok {
		var inner map[string]json.RawMessage
		if json.Unmarshal(doc[path[:len(path)-len(rest)-1]], &inner) != nil {
			return ""
		}
		return l1Field(inner, rest)
	}
	var text string
	json.Unmarshal(doc[path], &text)
	return text
}
