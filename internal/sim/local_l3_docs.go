package sim

import "time"

// The code lists of the system (the reference pack's codes/).
var (
	l3Rejects = map[string]string{"notOurs": "10", "noCapacity": "15", "contactFailed": "20", "partyRefused": "25", "incomplete": "30", "other": "99"}
	l3Closes  = map[string]string{"agreed": "10", "settled": "15", "unreachable": "20", "declined": "25", "deadlocked": "30", "expired": "35", "unsigned": "40", "other": "99"}
	l3Nexts   = map[string]string{"confirmation": "10", "paper": "15", "review": "20", "litigation": "25", "none": "30"}
	l3Items   = map[string]string{"": "10", "pay": "10", "deliver": "15", "do": "20", "apologise": "25", "other": "99"}
)

func l3Mediators() []any { return []any{object{"TJYBH": "T001", "XM": "刘某（虚构）"}} }

// l3Script is everything that the system says of its n-th case, in order: accepted,
// progress and closed, or rejected; what else a case may bring comes with every
// so-manieth.
func l3Script(pen *l3Pen, d docket) {
	if no := d.ending.Reject; no != nil {
		pen.say("case.rejected", object{"DM": l3Rejects[no.Reason], "NR": no.Text}, nil)
		return
	}
	now := pen.now
	if d.own { // delegated cases have their sessions on the court platform anyway
		pen.template("av.session.requested")
		pen.template("av.session.changed")
	} else {
		pen.say("case.accepted", object{"ZZBM": "org-440104-01", "ZZMC": "模拟区劳动人事争议调解中心", "ZZXZQH": "440104",
			"RQ": now.AddDate(0, 0, 30).Format(l1Date)}, map[string][]any{"T_OUT_MEDIATOR": l3Mediators()})
	}
	meeting := now.Add(24 * time.Hour)
	pen.progress(1, "10", "已联系双方当事人", nil)
	pen.variety(d)
	pen.progress(2, "15", "已排期", object{"KSSJ": meeting.Format(l1Time), "DD": "第一调解室", "FS": "10"})
	pen.progress(3, "20", "双方到场", object{"KSSJ": meeting.Format(l1Time), "JSSJ": meeting.Add(2 * time.Hour).Format(l1Time), "DD": "第一调解室", "FS": "10"})
	end := d.ending.End
	children := map[string][]any{"T_OUT_MEDIATOR": l3Mediators()}
	if end.Reason == "agreed" && len(end.Items) > 0 {
		l3Agreement(children, d, now)
	}
	pen.say("case.closed", object{"DM": l3Closes[end.Reason], "XH": 1, "XYB": l3Nexts[end.Next]}, children)
	switch end.Next {
	case "confirmation":
		pen.template("confirmation.requested")
	case "paper":
		pen.template("paper.requested")
	case "review":
		pen.template("arbitration.review.reported")
	}
}

func (p *l3Pen) progress(no int, kind, text string, session object) {
	children := map[string][]any{}
	if session != nil {
		children["T_OUT_SESSION"] = []any{session}
	}
	p.say("case.progress", object{"XH": no, "DM": kind, "NR": text}, children)
}

// variety is what else happens in the course of a case.
func (p *l3Pen) variety(d docket) {
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

// l3Affairs is what the system says that belongs to no case: rosters, experts,
// accounts, figures, reports; and one case that it took up by itself.
func l3Affairs(pen *l3Pen) {
	for _, typ := range []string{"roster.org.submitted", "roster.org.changed", "roster.org.removed",
		"roster.mediator.submitted", "roster.mediator.changed", "roster.mediator.removed", "roster.digest",
		"expert.submitted", "expert.changed", "expert.removed", "account.requested", "stats.period.reported", "report.submitted", "case.registered"} {
		pen.template(typ)
	}
}

// l3Agreement adds the rows of an agreement; amounts are in 元 here.
func l3Agreement(children map[string][]any, d docket, now time.Time) {
	for _, item := range d.ending.End.Items {
		o := object{"FKF": d.payer, "SKF": d.payee, "LX": l3Items[item.Kind]}
		o.set("SM", item.Text)
		if item.Amount != "" {
			o["JE"], o["LXRQ"] = item.Amount, now.AddDate(0, 0, 15).Format(l1Date)
		}
		children["T_OUT_ITEM"] = append(children["T_OUT_ITEM"], o)
	}
	at := now.Format(l1Time)
	children["T_OUT_XY"] = []any{object{"XYBH": l3AgreementNo(d.number), "QDSJ": at, "SXSJ": at, "LXQK": "20"}}
}

func l3AgreementNo(number string) string { return "XY-" + number }
