package sql_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
)

func sinkPromises() map[string]promise {
	return map[string]promise{
		"RowsStandAllOrNotAtAll":              rowsAllOrNone,
		"RepeatInsertsOnce":                   repeatInsertsOnce,
		"TwoAtOnceInsertOnce":                 twoAtOnce,
		"ValuesStayExact":                     valuesStayExact,
		"StatusColumnAcknowledges":            statusAcknowledges,
		"RowMovedToHistoryIsNotInsertedAgain": movedToHistory,
		"RowVanishedNeedsAPerson":             vanished,
		"StatusTakenBackIsTold":               takenBack,
		"AckTimeoutSendsNothing":              lookAfter,
		"ViolatedConstraintIsPermanent":       constraintIsPermanent,
		"MissingTableIsTrouble":               missingTable,
		"DocumentThatDoesNotFitIsHeld":        unfitDocuments,
	}
}

func rowsAllOrNone(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	if ack := mustDeliver(t, k, message("case.withdrawn")); ack.Await != "" {
		t.Fatalf("without poll the commit is the acknowledgement: %+v", ack)
	}
	if c, n := p.count(t, "T_IN_CASE WHERE GWBH = '"+key+"'"), p.count(t, "T_IN_PARTY"); c != 1 || n != 2 {
		t.Fatalf("%d cases, %d parties", c, n)
	}
	m := message("case.delegated")
	m.Key = strings.Replace(key, "00", "99", 1)
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"a"}],"T_IN_PARTY":[{"XH":1,"XM":"张三"},{"XH":2,"XM":null}]}`)
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.Refused {
		t.Fatalf("%+v", f)
	}
	if c, n := p.count(t, "T_IN_CASE"), p.count(t, "T_IN_PARTY"); c != 1 || n != 2 {
		t.Fatalf("after the refusal: %d cases, %d parties", c, n)
	}
}

func repeatInsertsOnce(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	for range 3 {
		if ack := mustDeliver(t, k, message("case.delegated")); ack.Await != key {
			t.Fatalf("%+v", ack)
		}
	}
	if c, n := p.count(t, "T_IN_CASE"), p.count(t, "T_IN_PARTY"); c != 1 || n != 2 {
		t.Fatalf("%d cases, %d parties", c, n)
	}
}

func twoAtOnce(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k, other := p.sink(t, route), p.sink(t, route)
	var wg sync.WaitGroup
	for i := range 16 {
		s := []adapter.Sink{k, other}[i%2]
		wg.Go(func() {
			for {
				_, f := deliver(s, message("case.delegated"))
				if f == nil {
					return
				}
				if f.Outcome != adapter.Transient { // a deadlock may be told and is repeated
					t.Errorf("%+v %s", f, f.Detail)
					return
				}
			}
		})
	}
	wg.Wait()
	if c, n := p.count(t, "T_IN_CASE"), p.count(t, "T_IN_PARTY"); c != 1 || n != 2 {
		t.Fatalf("%d cases, %d parties", c, n)
	}
}

// Traps 8 and 9: money stays exact, "" and NULL stay two things.
func valuesStayExact(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	m := message("case.withdrawn")
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"","JE":"123456789012.07","SQSJ":"2026-10-01 08:00:00.250","CWXX":null}],"T_IN_PARTY":[{"XH":"007","XM":"'); DROP TABLE T_IN_CASE; -- 𬭎"}]}`)
	mustDeliver(t, p.sink(t, route), m)
	for _, where := range []string{"AJMC = ''", "JE = 123456789012.07", "CWXX IS NULL", "CLZT = '0'", "SQSJ = '2026-10-01 08:00:00.250'"} {
		if p.count(t, "T_IN_CASE WHERE "+where) != 1 {
			t.Errorf("not so: %s", where)
		}
	}
	if p.count(t, "T_IN_PARTY WHERE XH = 7 AND XM LIKE '%𬭎'") != 1 {
		t.Error("the party is not as it was")
	}
}

// watch runs the sink's watch over deliveries that wait.
func watch(t testing.TB, k adapter.Watcher, waiting ...adapter.Awaited) *intake {
	t.Helper()
	in := &intake{}
	background(t, func(ctx context.Context) error {
		return k.Watch(ctx, func() []adapter.Awaited { return waiting }, in)
	})
	return in
}

func awaited() adapter.Awaited {
	return adapter.Awaited{Receipt: "0198", Key: key, Await: key, Type: "case.delegated", Since: time.Now()}
}

// Traps 2 and 22: the acknowledgement is a column that the local job sets, padded with blanks.
func statusAcknowledges(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	mustDeliver(t, k, message("case.delegated"))
	second := message("case.delegated")
	second.Receipt, second.Key = "0199", strings.Repeat("f", 32)
	mustDeliver(t, k, second)
	in := watch(t, k, awaited(), adapter.Awaited{Receipt: "0199", Key: second.Key, Await: second.Key, Type: "case.delegated"},
		adapter.Awaited{Receipt: "0200", Key: "k", Await: "k", Type: "case.withdrawn"})
	time.Sleep(80 * time.Millisecond)
	if n := len(in.lates()); n != 0 {
		t.Fatalf("acknowledged before the job came: %+v", in.lates())
	}
	p.exec(t, "UPDATE T_IN_CASE SET CLZT = '1', BDID = 'LA-7  ' WHERE GWBH = ?", key)
	p.exec(t, "UPDATE T_IN_CASE SET CLZT = '9', CWXX = '身份证号有误' WHERE GWBH = ?", second.Key)
	got := map[string]adapter.Late{}
	eventually(t, "both are told", func() bool {
		for _, l := range in.lates() {
			got[l.Correlate] = l
		}
		return len(got) == 2
	})
	if l := got["0198"]; l.Refused || l.Ack.LocalRef != "LA-7" {
		t.Errorf("%+v", l)
	}
	if l := got["0199"]; !l.Refused || l.Code != "E9" || l.Detail != "身份证号有误" || l.HoldReason != "" {
		t.Errorf("%+v", l)
	}
}

func movedToHistory(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	mustDeliver(t, k, message("case.delegated"))
	p.exec(t, "INSERT INTO T_IN_CASE_HIS SELECT * FROM T_IN_CASE")
	p.exec(t, "DELETE FROM T_IN_CASE")
	if ack := mustDeliver(t, k, message("case.delegated")); ack.Await != key {
		t.Fatalf("%+v", ack)
	}
	if p.count(t, "T_IN_CASE") != 0 {
		t.Fatal("inserted again")
	}
	in := watch(t, k, awaited())
	time.Sleep(100 * time.Millisecond)
	if n := len(in.lates()); n != 0 {
		t.Fatalf("history without a status says nothing: %+v", in.lates())
	}
	p.exec(t, "UPDATE T_IN_CASE_HIS SET CLZT = '1', BDID = 'LA-8'")
	eventually(t, "history acknowledges", func() bool { l := in.lates(); return len(l) > 0 && l[0].Ack.LocalRef == "LA-8" })
}

func vanished(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	mustDeliver(t, k, message("case.delegated"))
	p.exec(t, "DELETE FROM T_IN_CASE")
	in := watch(t, k, awaited())
	eventually(t, "a person is asked for", func() bool { return len(in.lates()) > 0 })
	if l := in.lates()[0]; !l.Refused || l.HoldReason != "row-vanished" || l.Correlate != "0198" {
		t.Fatalf("%+v", l)
	}
	if p.count(t, "T_IN_CASE") != 0 {
		t.Fatal("inserted again")
	}
}

func takenBack(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	mustDeliver(t, k, message("case.delegated"))
	p.exec(t, "UPDATE T_IN_CASE SET CLZT = '9', CWXX = '身份证号有误' WHERE GWBH = ?", key)
	refused, cleared := awaited(), awaited()
	refused.Settled = true
	cleared.Receipt, cleared.Key, cleared.Await, cleared.Settled = "0199", strings.Repeat("e", 32), strings.Repeat("e", 32), true
	lost := cleared
	lost.Receipt, lost.Key, lost.Await, lost.Settled = "0200", strings.Repeat("f", 32), strings.Repeat("f", 32), false
	in := watch(t, k, refused, cleared, lost)
	got := map[string]adapter.Late{}
	eventually(t, "both are told", func() bool {
		for _, l := range in.lates() {
			got[l.Correlate] = l
		}
		return got["0198"].Refused && got["0200"].Refused
	})
	if l := got["0198"]; l.Code != "E9" || l.HoldReason != "" {
		t.Errorf("%+v", l)
	}
	if l, told := got["0199"]; told {
		t.Errorf("a row that was done and is cleared away: %+v", l)
	}
}

func lookAfter(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	if !k.CanLook("case.delegated") || k.CanLook("case.withdrawn") {
		t.Fatal("only a polled route can be looked at")
	}
	for _, step := range []struct {
		statement string
		want      adapter.Sight
	}{
		{"UPDATE T_IN_CASE SET CLZT = '0'", adapter.StillThere},
		{"INSERT INTO T_IN_CASE_HIS SELECT * FROM T_IN_CASE", adapter.StillThere},
		{"DELETE FROM T_IN_CASE", adapter.StillThere},
		{"DELETE FROM T_IN_CASE_HIS", adapter.Gone},
	} {
		if step.want == adapter.StillThere && p.count(t, "T_IN_CASE")+p.count(t, "T_IN_CASE_HIS") == 0 {
			mustDeliver(t, k, message("case.delegated"))
		}
		p.exec(t, step.statement)
		if got, err := k.Look(t.Context(), awaited()); err != nil || got != step.want {
			t.Errorf("after %s: %s, %v", step.statement, got, err)
		}
	}
	info, ok := k.RouteInfo("case.delegated")
	if !ok || info.AckTimeout != 24*time.Hour || info.OnAckTimeout != "look" || !info.Idempotent || info.OnUnknown != "retry" {
		t.Errorf("%+v %v", info, ok)
	}
}

func constraintIsPermanent(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	for name, doc := range map[string]string{
		"NOT NULL": `{"T_IN_CASE":[{"AJMC":"张三"}],"T_IN_PARTY":[{"XH":1,"XM":null}]}`,
		"CHECK":    `{"T_IN_CASE":[{"AJMC":"张三","CLZT":"X"}]}`,
	} {
		m := message("case.delegated")
		m.Document = []byte(doc)
		_, f := deliver(k, m)
		if f == nil || f.Outcome != adapter.Refused || strings.Contains(f.Error(), "张三") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if p.driver == "sqlite" {
		return // which takes what does not fit
	}
	m := message("case.delegated")
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"` + strings.Repeat("张三", 101) + `"}]}`)
	_, f := deliver(k, m)
	if f == nil || f.Outcome != adapter.Refused || strings.Contains(f.Error(), "张三") || p.count(t, "T_IN_CASE") != 0 {
		t.Errorf("too long: %+v", f)
	}
}

func missingTable(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	p.exec(t, "DROP TABLE T_IN_PARTY")
	_, f := deliver(k, message("case.delegated"))
	if f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "no-such-table" {
		t.Fatalf("%+v", f)
	}
	p.exec(t, "CREATE TABLE T_IN_PARTY (GWBH CHAR(32), XH INTEGER, XM VARCHAR(100))")
	mustDeliver(t, k, message("case.delegated"))
	p.exec(t, "DROP TABLE T_IN_PARTY")
	m := message("case.delegated")
	m.Key = strings.Repeat("e", 32)
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.UnitTrouble || p.count(t, "T_IN_CASE") != 1 {
		t.Fatalf("%+v, %d cases", f, p.count(t, "T_IN_CASE"))
	}
}

func unfitDocuments(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	k := p.sink(t, route)
	for name, doc := range map[string]string{
		"no table of the key":    `{"T_IN_PARTY":[{"XH":1,"XM":"张三"}]}`,
		"a table too many":       `{"T_IN_CASE":[{"AJMC":"a"}],"T_OUT_FILE":[{"MC":"张三"}]}`,
		"a column too many":      `{"T_IN_CASE":[{"AJMC":"a","ZZ":"张三"}]}`,
		"another key":            `{"T_IN_CASE":[{"GWBH":"张三"}]}`,
		"a list in a column":     `{"T_IN_CASE":[{"AJMC":["张三"]}]}`,
		"a row that is no row":   `{"T_IN_CASE":["张三"]}`,
		"no document":            `张三`,
		"no rows":                `{}`,
		"the same column twice":  `{"T_IN_CASE":[{"AJMC":"张三","ajmc":"b"}]}`,
		"an empty row elsewhere": `{"T_IN_CASE":[{"AJMC":"张三"}],"T_IN_PARTY":[{}]}`,
	} {
		m := message("case.delegated")
		m.Document = []byte(doc)
		_, f := deliver(k, m)
		if f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" || strings.Contains(f.Error(), "张三") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if _, f := deliver(p.sink(t, "routes: {case.delegated: {insert: [T_IN_CASE]}}"), message("case.closed")); f == nil || f.HoldReason != "refused" {
		t.Errorf("no route: %+v", f)
	}
	if p.count(t, "T_IN_CASE") != 0 {
		t.Error("something was inserted")
	}
}
