package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"duijie/schemas"
)

func startL3Test(t *testing.T, o LocalOptions) *l3 {
	t.Helper()
	got, err := StartLocal("L3", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got.(*l3)
}

func (l *l3) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := l.db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// delegate inserts a case as the gateway would.
func (l *l3) delegate(t *testing.T, key, caseNo string, f Facts) {
	t.Helper()
	l.exec(t, `INSERT INTO T_IN_CASE (GWBH, CLZT, WBBH, WPLX, SJLY, FYDM, FYMC, WPSJ, TYRQ, AYMC, AJLB, SSYLY)
VALUES (?, '9', ?, '10', '02', 'f', 'F', '2026-03-01 09:00:00', '20260301', 'A', '10', ?)`, key, caseNo, f.Facts)
	for i, role := range []string{"10", "20"} {
		l.exec(t, "INSERT INTO T_IN_PARTY (GWBH, XH, DSRBH, DSRDW, DSRLX, XM) VALUES (?, ?, ?, ?, '10', 'X')", key, i+1, fmt.Sprintf("p%d", i+1), role)
	}
	l.exec(t, "UPDATE T_IN_CASE SET CLZT = '0' WHERE GWBH = ?", key) // header and children are seen at once
}

// settled waits until a header row has left status 0, and gives it from where it stands.
func (l *l3) settled(t *testing.T, table, key string) l3Row {
	t.Helper()
	var found l3Row
	l.until(t, "the row is settled", func() bool {
		for _, name := range []string{table, table + "_HIS"} {
			rows, err := l.rows(context.Background(), name, "GWBH = ? AND CLZT <> '0'", key)
			if err == nil && len(rows) == 1 {
				found = rows[0]
				return true
			}
		}
		return false
	})
	return found
}

func (l *l3) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// reads marks every upward row in the order of LSH, as the gateway would, until
// the test ends; what it read stands in the answer's T_OUT_CASE types by case.
func (l *l3) reads(t *testing.T) (seen func() map[string]string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	kinds := make(chan map[string]string, 1)
	kinds <- map[string]string{}
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			for _, place := range l3Places() {
				rows, _ := l.rows(ctx, place.table, "DQZT = '0'")
				for _, row := range rows {
					if _, err := l.db.ExecContext(ctx, "UPDATE "+place.table+" SET DQZT = '1' WHERE LSH = ?", row["LSH"]); err == nil && place.table == "T_OUT_CASE" {
						got := <-kinds
						got[row["AJBH"]] += row["LX"] + " "
						kinds <- got
					}
				}
			}
			l3Sleep(ctx, 2*time.Millisecond)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return func() map[string]string {
		got := <-kinds
		defer func() { kinds <- got }()
		out := map[string]string{}
		for k, v := range got {
			out[k] = v
		}
		return out
	}
}

func TestJobTakesARowOnceAndSaysItsNumber(t *testing.T) {
	l := startL3Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	l.delegate(t, "k1", "C1", facts[0])
	first := l.settled(t, "T_IN_CASE", "k1")
	if first["CLZT"] != "1" || !strings.HasPrefix(first["BDID"], "GD") || first["CLSJ"] == "" {
		t.Fatalf("row: %v", first)
	}
	l.delegate(t, "k2", "C2", facts[0])
	if second := l.settled(t, "T_IN_CASE", "k2"); second["BDID"] == first["BDID"] {
		t.Error("two cases have one number")
	}
	l.exec(t, "UPDATE T_IN_CASE SET CLZT = '0' WHERE GWBH = 'k1'") // nothing where it was cleared away
	if again := l.settled(t, "T_IN_CASE", "k1"); again["BDID"] != first["BDID"] || l.Book().Len() != 2 {
		t.Errorf("%d in the book, number %s", l.Book().Len(), again["BDID"])
	}
	var doc map[string][]map[string]string
	if taken, _ := l.Book().Get("k1"); json.Unmarshal(taken.Document, &doc) != nil || len(doc["T_IN_PARTY"]) != 2 || taken.Subject != "C1" || taken.Type != "case.delegated" {
		t.Errorf("taken: %+v", taken)
	}
}

func TestJobClearsSomeRowsIntoHistory(t *testing.T) {
	l := startL3Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	moved := 0
	for i := range 12 {
		key := fmt.Sprintf("k%d", i)
		l.delegate(t, key, fmt.Sprintf("C%d", i), facts[0])
		l.settled(t, "T_IN_CASE", key)
		if l3Cleared(key) {
			moved++
		}
	}
	there, _ := l.rows(context.Background(), "T_IN_CASE", "1 = 1")
	gone, _ := l.rows(context.Background(), "T_IN_CASE_HIS", "CLZT = '1'")
	if moved == 0 || len(gone) != moved || len(there) != 12-moved {
		t.Errorf("%d there, %d in history, %d were to go", len(there), len(gone), moved)
	}
}

func TestRowsOfACaseLeadToItsPublishedEnd(t *testing.T) {
	l := startL3Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	l.delegate(t, "k1", "C1", facts[0])
	agreed := l.settled(t, "T_IN_CASE", "k1")["BDID"]
	l.delegate(t, "k2", "C2", facts[1])
	rejected := l.settled(t, "T_IN_CASE", "k2")["BDID"]
	seen := l.reads(t)
	l.Connect("")
	l.until(t, "both are said to their end", func() bool { s := seen(); return strings.Contains(s[agreed], "04") && s[rejected] != "" && l.Idle() })
	if got := seen(); got[agreed] != "01 03 03 03 04 " || got[rejected] != "02 " {
		t.Errorf("said %v", got)
	}
	if items, _ := l.rows(context.Background(), "T_OUT_ITEM", "JE = 25695.2 AND FKF = 'p2' AND SKF = 'p1'"); len(items) != 1 {
		t.Error("the closing does not carry the published amount")
	}
	if l.Ledger().Open() != 0 || l.Ledger().Len() < 7 {
		t.Errorf("%d said, %d of them open", l.Ledger().Len(), l.Ledger().Open())
	}
}

func TestWithdrawnRowStopsTheWork(t *testing.T) {
	l := startL3Test(t, LocalOptions{Pace: time.Hour})
	l.reads(t)
	l.Connect("")
	facts, _ := PublishedFacts()
	l.delegate(t, "k1", "C1", facts[0])
	number := l.settled(t, "T_IN_CASE", "k1")["BDID"]
	l.exec(t, "INSERT INTO T_IN_WITHDRAW (GWBH, WBBH, CHSJ, CHF) VALUES ('k2', 'C1', '2026-03-01 09:00:00', '15')")
	if got := l.settled(t, "T_IN_WITHDRAW", "k2")["BDID"]; got != number || !l.clerks.isWithdrawn("C1") || !l.Book().Has("C1", "case.withdrawn") {
		t.Errorf("number %q, withdrawn %v", got, l.clerks.isWithdrawn("C1"))
	}
}

func TestFaultsOfTables(t *testing.T) {
	facts, _ := PublishedFacts()
	always := func(a act, hold time.Duration) *l3 {
		l := startL3Test(t, LocalOptions{Hold: hold})
		l.faults.fault = Fault{acts: []act{a}, rate: 1, most: 1}
		return l
	}
	t.Run("refused for good", func(t *testing.T) {
		l := always(refuseForGood, time.Millisecond)
		l.delegate(t, "k1", "C1", facts[0])
		if row := l.settled(t, "T_IN_CASE", "k1"); row["CLZT"] != "9" || row["CWXX"] == "" || row["BDID"] != "" || l.Book().Len() != 0 {
			t.Errorf("row %v", row)
		}
	})
	t.Run("acknowledged later", func(t *testing.T) {
		l := always(lateAnswer, 200*time.Millisecond)
		began := time.Now()
		l.delegate(t, "k1", "C1", facts[0])
		l.until(t, "it is taken", func() bool { return l.Book().Len() == 1 })
		if row := l.settled(t, "T_IN_CASE", "k1"); row["CLZT"] != "1" || time.Since(began) < 200*time.Millisecond {
			t.Errorf("row %v after %v", row, time.Since(began))
		}
	})
	t.Run("put off", func(t *testing.T) {
		l := always(unavailable, 200*time.Millisecond)
		began := time.Now()
		l.delegate(t, "k1", "C1", facts[0])
		if l.settled(t, "T_IN_CASE", "k1"); time.Since(began) < 200*time.Millisecond || l.Book().Len() != 1 {
			t.Errorf("after %v", time.Since(began))
		}
	})
}

func TestDoubleAckSetsRowsBack(t *testing.T) {
	l := startL3Test(t, LocalOptions{Fault: "double-ack"})
	seen := l.reads(t)
	l.Connect("")
	facts, _ := PublishedFacts()
	l.delegate(t, "k1", "C1", facts[1])
	number := l.settled(t, "T_IN_CASE", "k1")["BDID"]
	l.until(t, "it is said twice", func() bool { return seen()[number] == "02 02 " && l.Idle() })
	all := l.Ledger().All()
	if len(all) != 1 || all[0].Tries != 2 || all[0].Key != Key("440000", "urn:duijie:local:440000:T_OUT_CASE", all[0].ID) {
		t.Errorf("ledger: %+v", all)
	}
}

func TestEveryKindOfRowHasItsTable(t *testing.T) {
	l := startL3Test(t, LocalOptions{})
	l.reads(t)
	l.Connect("")
	l.Affairs()
	for typ := range l.templates {
		if _, ok := l3Places()[typ]; !ok {
			t.Errorf("%s has no table", typ)
		}
		if flow, _ := schemas.Lookup(typ); !flow.CaseBound || typ == "case.registered" {
			continue // one of the affairs
		}
		pen := l.pen("T-"+typ, "C1")
		pen.number, pen.payer, pen.payee, pen.ref = "GD1", "p2", "p1", "q1"
		pen.template(typ)
		l.clerks.work("C1", pen.out)
	}
	l.until(t, "all is said", l.Idle)
	if got, want := l.Ledger().Len(), len(l.templates); got != want || l.Ledger().Open() != 0 {
		t.Errorf("%d said, want %d", got, want)
	}
}

func TestCloseOfTablesRemovesATemporaryFolder(t *testing.T) {
	l := startL3Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	l.delegate(t, "k1", "C1", facts[0])
	l.Connect("") // nobody reads: the clerks wait
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(l.temp); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestTablesAreFoundAgain(t *testing.T) {
	dir := t.TempDir()
	first := startL3Test(t, LocalOptions{Dir: dir})
	facts, _ := PublishedFacts()
	first.delegate(t, "k1", "C1", facts[0])
	first.settled(t, "T_IN_CASE", "k1")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := startL3Test(t, LocalOptions{Dir: dir})
	if row := second.settled(t, "T_IN_CASE", "k1"); row["CLZT"] != "1" {
		t.Errorf("row: %v", row)
	}
	if second.serial.Load() <= first.serial.Load() {
		t.Error("numbers begin again")
	}
}
