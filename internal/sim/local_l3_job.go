package sim

import (
	"context"
	"database/sql"
	"encoding/json"
	"hash/fnv"
	"maps"
	"time"
)

// l3Round is how often the job looks at the tables.
const l3Round = 50 * time.Millisecond

// job takes what the gateway inserted until ctx ends. A round that fails (the file
// is locked) is tried again.
func (l *l3) job(ctx context.Context) {
	tick := time.NewTicker(l3Round)
	defer tick.Stop()
	for {
		for _, t := range l3Tables() {
			rows, err := l.rows(ctx, t.table, "CLZT = '0' AND GWBH IS NOT NULL")
			if err != nil {
				break
			}
			for _, row := range rows {
				l.look(ctx, t, row)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look comes to one row with CLZT 0, now or, where a fault says so, later.
func (l *l3) look(ctx context.Context, t l3In, row l3Row) {
	key := row["GWBH"]
	if at, off := l.slow[key]; off && time.Now().Before(at) {
		return
	}
	_, known := l.book.Get(key)
	if known { // taken and not acknowledged yet, or set back to 0
		l.settle(ctx, t, row, "1", "")
		return
	}
	switch l.faults.next(key) {
	case behave, sayTwice:
		if l.take(ctx, t, row) {
			l.settle(ctx, t, row, "1", "")
		}
	case refuseForGood:
		l.settle(ctx, t, row, "9", "申请人王小明（虚构）资料不完整")
	case lateAnswer, cutAnswer, errorTaken, resetTaken: // works it, acknowledges later
		if l.take(ctx, t, row) {
			l.putOff(key)
		}
	default: // does not come to it for a while
		l.putOff(key)
	}
}

// putOff leaves a row until some time has passed.
func (l *l3) putOff(key string) { l.slow[key] = time.Now().Add(min(l.faults.hold, time.Second)) }

// take enters a row and its children as a message and starts the work that it
// asks for. It is false where the children cannot be read now.
func (l *l3) take(ctx context.Context, t l3In, row l3Row) bool {
	typ := t.types[row["LX"]]
	doc := map[string][]l3Row{t.table: {row}}
	for _, child := range t.children {
		rows, err := l.rows(ctx, child, "GWBH = ?", row["GWBH"])
		if err != nil {
			return false
		}
		doc[child] = rows
	}
	content := maps.Clone(row)
	for _, own := range []string{"CLZT", "BDID", "CWXX", "CLSJ", "RKSJ"} {
		delete(content, own) // the exchange's, not the message's
	}
	body, _ := json.Marshal(doc)
	same, _ := json.Marshal(content)
	subject := row["WBBH"]
	if column := t.subject[typ]; column != "" {
		subject = row[column]
	}
	if subject == "" && typ == "account.opened" {
		subject = row["ZH"]
	}
	l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
	defer l.clerks.busy.Add(-1)
	if l.book.Take(Taken{Key: row["GWBH"], Unit: l.opts.Unit, Type: typ, Subject: subject, At: time.Now(), Document: body, content: same}) {
		l.act(typ, subject, row, doc)
	}
	return true
}

// act has the clerks do what a message asks for.
func (l *l3) act(typ, subject string, row l3Row, doc map[string][]l3Row) {
	switch typ {
	case "case.delegated":
		number, nth := l.number(subject)
		d := docket{caseNo: subject, number: number, ending: l.ending(row["SSYLY"]), nth: nth}
		for _, p := range doc["T_IN_PARTY"] {
			switch {
			case p["DSRDW"] == "10":
				if d.payee == "" {
					d.payee = p["DSRBH"]
				}
				d.workers++
			case p["DSRDW"] == "20" && d.payer == "":
				d.payer = p["DSRBH"]
			}
		}
		l.begin(d)
	case "case.registered.receipted":
		l.bind(row["WBBH"], row["AJBH"])
		l.begin(docket{caseNo: row["WBBH"], number: row["AJBH"], own: true, payee: "p1", payer: "p2",
			ending: Facts{End: &End{Reason: "agreed", Next: "review", Items: []EndItem{{Text: "分期支付工资"}}}}})
	case "case.withdrawn":
		l.clerks.withdraw(subject)
	case "case.dossier.requested":
		number, _ := l.number(subject)
		d, pen := l.docket(subject), l.pen(number+"-D", subject)
		pen.number, pen.ref, pen.payer, pen.payee = number, row["QQH"], d.payer, d.payee
		pen.template("case.dossier.supplied")
		l.clerks.work("", pen.out)
	}
}

// known is the local number of a row's case; empty for what belongs to no case.
func (l *l3) known(row l3Row) string {
	if row["WBBH"] == "" {
		return ""
	}
	if row["AJBH"] != "" { // the receipt for a case of its own
		return row["AJBH"]
	}
	number, _ := l.number(row["WBBH"])
	return number
}

// settle sets the row's status, and clears every fourth header away into history
// at once, as such systems do at night. A failure leaves the row for the next round.
func (l *l3) settle(ctx context.Context, t l3In, row l3Row, status, why string) {
	number := ""
	if status == "1" {
		number = l.known(row)
	}
	key := row["GWBH"]
	l.within(ctx, func(tx *sql.Tx) error {
		set := "UPDATE " + t.table + " SET CLZT = ?, BDID = ?, CWXX = ?"
		args := []any{status, number, why}
		if _, stamped := row["CLSJ"]; stamped {
			set += ", CLSJ = ?"
			args = append(args, time.Now().In(zone).Format(l1Time))
		}
		if _, err := tx.ExecContext(ctx, set+" WHERE GWBH = ? AND CLZT = '0'", append(args, key)...); err != nil {
			return err
		}
		if !l3Cleared(key) {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+t.table+"_HIS SELECT * FROM "+t.table+" WHERE GWBH = ?", key); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM "+t.table+" WHERE GWBH = ?", key)
		return err
	})
}

// l3Cleared tells whether a row goes into history as soon as it is done.
func l3Cleared(key string) bool {
	h := fnv.New32a()
	h.Write([]byte(key))
	return h.Sum32()%4 == 0
}
