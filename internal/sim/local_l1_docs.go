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

// l1Script is everything that the system says of a case, in order: accepted,
// progress and closed, or rejected. Times run in seconds from now, so that each
// event is after the one before.
func l1Script(d docket) []saying {
	now, n := time.Now().In(zone), 0
	var out []saying
	add := func(kind, typ string, fields object) {
		doc := object{"lsh": fmt.Sprintf("%s-%02d", d.number, n+1), "lx": kind, "ajbh": d.number,
			"fssj": now.Add(time.Duration(n) * time.Second).Format(l1Time)}
		for k, v := range fields {
			doc[k] = v
		}
		body, _ := json.Marshal(doc)
		out = append(out, saying{endpoint: "progress", serial: doc["lsh"].(string), typ: typ, body: body})
		n++
	}
	if no := d.ending.Reject; no != nil {
		add("02", "case.rejected", object{"byydm": l1Rejects[no.Reason], "byysm": no.Text})
		return out
	}
	add("01", "case.accepted", object{"tjzz": object{"zzbm": "org-510104-01", "zzmc": "模拟区劳动人事争议调解中心", "xzqh": "510104"},
		"tjy": l1Mediators, "tjqx": now.AddDate(0, 0, 30).Format(l1Date)})
	progress := func(no int, kind, text string, fields object) {
		o := object{"jdxh": fmt.Sprint(no), "jdlx": kind, "jdnr": text}
		for k, v := range fields {
			o[k] = v
		}
		add("03", "case.progress", o)
	}
	meeting := now.Add(24 * time.Hour)
	progress(1, "01", "已联系双方当事人", nil)
	progress(2, "02", "已排期", object{"tjh": object{"kssj": meeting.Format(l1Time), "dd": "第一调解室", "fs": "1"}})
	progress(3, "03", "双方到场", object{"tjh": object{"kssj": meeting.Format(l1Time), "jssj": meeting.Add(2 * time.Hour).Format(l1Time), "dd": "第一调解室", "fs": "1"}})
	end := d.ending.End
	closing := object{"jafs": l1Closes[end.Reason], "tjy": l1Mediators, "tjcs": 1, "xyb": l1Nexts[end.Next], "bz": ""}
	if end.Reason == "agreed" && len(end.Items) > 0 {
		closing["xys"] = l1Agreement(d, now)
	}
	add("04", "case.closed", closing)
	return out
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
	return object{"xyh": "XY-" + d.number, "qdrq": day, "sxrq": day, "lxqk": "0", "nr": items}
}

// fen is an amount in 元 as a whole number of 分.
func fen(yuan string) int64 {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return 0
	}
	r.Mul(r, big.NewRat(100, 1))
	return r.Num().Int64() / r.Denom().Int64()
}
