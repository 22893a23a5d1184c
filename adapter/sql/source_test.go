package sql_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	adaptersql "duijie/adapter/sql"
	"duijie/internal/problem"
)

func sourcePromises() map[string]promise {
	return map[string]promise{
		"RowIsMarkedOnlyWhenDurable":        markedWhenDurable,
		"DocumentHasRowAndChildren":         documentOfRow,
		"RowResetToZeroGoesAgain":           resetToZero,
		"UnreadableRowDoesNotDeafen":        unreadableRow,
		"UnmarkableRowsArePassedOver":       unmarkableRows,
		"IncompleteRowWaitsForItsFiles":     incompleteRow,
		"SeveralReadersEachMessageOnce":     severalReaders,
		"RefusedRowStaysAndStopsNoOther":    refusedRow,
		"MoreRowsThanABatchAreAllRead":      manyBatches,
		"MissingTableStopsNoOtherTable":     missingSourceTable,
		"RowsOfSeveralTypesAndTheirTimes":   typedRows,
		"RowChangedWhileItIsReadComesAgain": changedMeanwhile,
	}
}

const read = `
reads:
  - {type: case.progress, table: T_OUT_PROGRESS, children: {T_OUT_FILE: {PID: ID}}, where: "DQZT = '0'", order: ID, key: ID, mark: {DQZT: "1"}, every: 20ms, batch: 3}
`

func (p place) source(t testing.TB, rest string) *adaptersql.Source {
	t.Helper()
	s, err := adaptersql.NewSource(config(t, p.settings("")+rest), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (p place) read(t testing.TB, in adapter.Intake, rest string) (stop func()) {
	t.Helper()
	s := p.source(t, rest)
	return background(t, func(ctx context.Context) error { return s.Run(ctx, in) })
}

// progress puts a row there with one file.
func (p place) progress(t testing.TB, ids ...int) {
	t.Helper()
	for _, id := range ids {
		p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (?, ?)", id, "协议.pdf")
		p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, NR, FJS) VALUES (?, ?, ?, 1)", id, fmt.Sprint("N-", id), "已联系当事人")
	}
}

func markedWhenDurable(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1, 2)
	full := true
	in := &intake{}
	in.refuse = func(adapter.Incoming) error {
		if full {
			return &problem.Problem{Code: "backpressure"}
		}
		return nil
	}
	p.read(t, in, read)
	time.Sleep(100 * time.Millisecond)
	if n := p.count(t, "T_OUT_PROGRESS WHERE DQZT = '0'"); n != 2 {
		t.Fatalf("%d rows are unread, though none is durable", n)
	}
	in.mu.Lock()
	full = false
	in.mu.Unlock()
	eventually(t, "both are marked", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 2 })
	if got := in.all(); len(got) != 2 || got[0].ID != "1" || got[0].Endpoint != "T_OUT_PROGRESS" || got[0].Type != "case.progress" || got[0].Unreadable {
		t.Fatalf("%+v", got)
	}
}

// Traps 8, 9 and 22 on the way in.
func documentOfRow(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (7, '甲')")
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (8, '乙')")
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, NR, SJ, JE, DM) VALUES (7, NULL, '', '2026-10-01 08:00:00.250', ?, 'A  ')", "123456789012.07")
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, SJ) VALUES (8, '2026-10-01 08:00:00')")
	in := &intake{}
	p.read(t, in, read)
	eventually(t, "both came", func() bool { return len(in.all()) == 2 })
	got := decoded(t, in.all()[0])
	row := got["T_OUT_PROGRESS"][0]
	money := any("123456789012.07")
	for column, want := range map[string]any{"ID": 7.0, "BH": nil, "NR": "", "SJ": "2026-10-01 08:00:00.250", "JE": money, "DM": "A", "FJS": nil, "DQZT": "0"} {
		if v, ok := row[column]; !ok || v != want {
			t.Errorf("%s = %#v (there: %v), want %#v", column, v, ok, want)
		}
	}
	if files := got["T_OUT_FILE"]; len(files) != 1 || files[0]["MC"] != "甲" || files[0]["PID"] != 7.0 {
		t.Errorf("%v", files)
	}
	if v := decoded(t, in.all()[1])["T_OUT_PROGRESS"][0]["SJ"]; v != "2026-10-01 08:00:00" {
		t.Errorf("whole seconds: %v", v)
	}
}

func resetToZero(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1)
	in := &intake{}
	p.read(t, in, strings.Replace(read, "batch: 3", "batch: 3, volatile: [SJ, T_OUT_FILE.MC]", 1))
	wait := func(n int) {
		t.Helper()
		eventually(t, "it came and was marked", func() bool {
			return len(in.all()) == n && p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 1
		})
	}
	wait(1)
	p.exec(t, "UPDATE T_OUT_PROGRESS SET DQZT = '0', SJ = '2026-10-02 00:00:00'")
	wait(2)
	p.exec(t, "UPDATE T_OUT_FILE SET MC = '新'")
	p.exec(t, "UPDATE T_OUT_PROGRESS SET DQZT = '0', NR = '已调解'")
	wait(3)
	got := in.all()
	if string(got[0].Content) != string(got[1].Content) {
		t.Error("nothing but a volatile column changed, yet the content is another")
	}
	if string(got[1].Content) == string(got[2].Content) || got[2].ID != "1" {
		t.Error("the row says something new under its old id, and that does not show")
	}
}

func unreadableRow(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	switch p.driver {
	case "sqlite":
		p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, NR) VALUES (1, CAST(x'D5C5FF' AS TEXT))")
	case "mysql":
		t.Skip("a text column of this server holds no bytes of another charset")
	case "postgres":
		p = fresh(t, "ENCODING 'SQL_ASCII' TEMPLATE template0").create(t)
		p.exec(t, `INSERT INTO T_OUT_PROGRESS (ID, NR) VALUES (1, E'\xD5\xC5\xFF')`)
	}
	p.progress(t, 2)
	in := &intake{}
	p.read(t, in, read)
	eventually(t, "both are marked", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 2 })
	got := in.all()
	if len(got) != 2 || !got[0].Unreadable || got[0].ID != "1" || got[1].Unreadable {
		t.Fatalf("%+v", got)
	}
	row := decoded(t, got[0])["T_OUT_PROGRESS"][0]
	if p.driver == "postgres" { // the server refuses to give the row: all that is known is its key
		if len(row) != 1 || row["ID"] != "1" {
			t.Errorf("%v", row)
		}
	} else if row["NR"] != "1cX/" || row["DQZT"] != "0" {
		t.Errorf("the bytes are not there as they came: %v", row)
	}
}

func unmarkableRows(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1, 2, 3, 4, 5, 6, 7)
	in := &intake{}
	// The first six refuse the mark: more than a batch of them, before the seventh.
	p.read(t, in, strings.Replace(strings.Replace(read, `mark: {DQZT: "1"}`, `mark: {DQZT: "X"}`, 1), "DQZT = '0'", "DQZT = '0' and ID <= 6", 1))
	eventually(t, "all six came", func() bool { return len(in.all()) == 6 })
	time.Sleep(150 * time.Millisecond)
	if n := len(in.all()); n != 6 {
		t.Fatalf("rows that are durable came again: %d", n)
	}
	if n := p.count(t, "T_OUT_PROGRESS WHERE DQZT = '0'"); n != 7 {
		t.Fatalf("%d rows are unread", n)
	}
}

func incompleteRow(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	for id := 1; id <= 4; id++ { // more than a batch without their files, before one that has them
		p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, FJS) VALUES (?, 'N', 2)", id)
	}
	p.progress(t, 5)
	in := &intake{}
	p.read(t, in, strings.Replace(read, "batch: 3", `batch: 3, complete: "len(body.T_OUT_FILE) >= (row.FJS ?? 0)"`, 1))
	eventually(t, "the complete one came", func() bool { return len(in.all()) == 1 && in.all()[0].ID == "5" })
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (2, 'a')")
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (2, 'b')")
	eventually(t, "its files came", func() bool { return len(in.all()) == 2 && in.all()[1].ID == "2" })
	if n := len(decoded(t, in.all()[1])["T_OUT_FILE"]); n != 2 {
		t.Errorf("%d files", n)
	}
}

func severalReaders(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	const rows = 60
	for id := 1; id <= rows; id++ {
		p.progress(t, id)
	}
	one, two := &intake{}, &intake{}
	p.read(t, one, strings.Replace(read, "batch: 3", "batch: 10", 1))
	p.read(t, two, strings.Replace(read, "batch: 3", "batch: 7", 1))
	eventually(t, "all are marked", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == rows })
	ids := map[string]int{}
	for _, in := range append(one.all(), two.all()...) {
		ids[in.ID]++
	}
	if len(ids) != rows {
		t.Fatalf("%d of %d came", len(ids), rows)
	}
	if p.driver == "sqlite" {
		return // has no row locks: a row may come to both, under one id
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("row %s came %d times", id, n)
		}
	}
}

func refusedRow(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1, 2, 3, 4, 5)
	in := &intake{refuse: func(i adapter.Incoming) error {
		if i.ID != "5" {
			return &problem.Problem{Code: "unit-resident"}
		}
		return nil
	}}
	p.read(t, in, read)
	eventually(t, "the last is marked", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 1 })
	if n := p.count(t, "T_OUT_PROGRESS WHERE DQZT = '0'"); n != 4 {
		t.Fatalf("%d rows stay", n)
	}
}

func manyBatches(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	for id := 10; id > 0; id-- {
		p.progress(t, id)
	}
	in := &intake{}
	p.read(t, in, strings.Replace(read, "every: 20ms", "every: 1h", 1))
	eventually(t, "all came in one pass", func() bool { return len(in.all()) == 10 })
	for i, one := range in.all() {
		if one.ID != fmt.Sprint(i+1) {
			t.Fatalf("out of order: %d came as number %d", i+1, i)
		}
	}
}

func missingSourceTable(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1)
	in := &intake{}
	p.read(t, in, read+`  - {type: case.closed, table: T_OUT_CLOSED, key: ID, where: "DQZT = '0'", mark: {DQZT: "1"}, every: 20ms}`)
	eventually(t, "the other table is read", func() bool { return len(in.all()) == 1 })
	p.exec(t, "CREATE TABLE T_OUT_CLOSED (ID INTEGER, DQZT CHAR(1) DEFAULT '0')")
	p.exec(t, "INSERT INTO T_OUT_CLOSED (ID) VALUES (9)")
	eventually(t, "and the new one, once it is there", func() bool { return len(in.all()) == 2 && in.all()[1].Type == "case.closed" })
}

func typedRows(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, DM, SJ) VALUES (1, 'LA-1', '1', '2026-10-01 08:00:00')")
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, DM) VALUES (2, 'LA-1', '7')")
	in := &intake{}
	p.read(t, in, `reads: [{type: {from: row.DM, values: {"1": case.accepted}}, table: T_OUT_PROGRESS, where: "DQZT = '0'", key: ID, order: ID desc, dedupe: row.BH + "-" + string(row.ID), lane: row.BH,
  time: row.SJ, mark: {DQZT: "1"}, every: 20ms, reissue: hold}]`)
	eventually(t, "both came", func() bool { return len(in.all()) == 2 })
	got := in.all()
	if got[0].ID != "LA-1-2" || !got[0].Unreadable || got[0].Type != "" {
		t.Errorf("a type that is not listed: %+v", got[0])
	}
	one := got[1]
	if one.ID != "LA-1-1" || one.Type != "case.accepted" || one.Lane != "LA-1" || !one.ReissueHold || !one.Time.Equal(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", one)
	}
}

// The local system writes into a row between our reading and our mark.
func changedMeanwhile(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1)
	var once sync.Once
	written := make(chan error, 1)
	in := &intake{refuse: func(adapter.Incoming) error {
		once.Do(func() {
			go func() {
				_, err := p.db.Exec("UPDATE T_OUT_PROGRESS SET NR = '已调解', DQZT = '0'")
				written <- err
			}()
			if p.driver == "sqlite" { // the others make it wait until the row is marked
				if err := <-written; err != nil {
					t.Error(err)
				}
				written <- nil
			}
		})
		return nil
	}}
	p.read(t, in, read)
	eventually(t, "what was written came too", func() bool {
		got := in.all()
		return len(got) >= 2 && decoded(t, got[len(got)-1])["T_OUT_PROGRESS"][0]["NR"] == "已调解"
	})
	if err := <-written; err != nil {
		t.Error(err)
	}
	eventually(t, "it is marked in the end", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 1 })
}

// shelf keeps attachments in memory.
type shelf struct {
	mu  sync.Mutex // guards all
	all []string
}

func (s *shelf) Keep(_ context.Context, name, mediaType string, r io.Reader) (adapter.Material, error) {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, string(b))
	return adapter.Material{Name: name, SHA256: strings.Repeat("ab", 32), Size: int64(len(b)), MediaType: "application/pdf"}, err
}

func TestAttachmentsInColumnsAreStored(t *testing.T) {
	p := newSQLite(t).create(t)
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (?, ?)", 1, "JVBERi0xLjc=")
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, NR, FJS) VALUES (?, ?, ?, 1)", 1, "N-1", "text")
	p.exec(t, "INSERT INTO T_OUT_FILE (PID, MC) VALUES (?, ?)", 2, "no base64!")
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, BH, NR, FJS) VALUES (?, ?, ?, 1)", 2, "N-2", "text")
	d := p.deps(t)
	kept := &shelf{}
	d.Materials = kept
	s, err := adaptersql.NewSource(config(t, p.settings("")+strings.Replace(read, "batch: 3", `batch: 3, materials: "base64:T_OUT_FILE[*].MC"`, 1)), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	in := &adaptertest.Intake{}
	background(t, func(ctx context.Context) error { return s.Run(ctx, in) })
	eventually(t, "both are taken", func() bool { return len(in.Taken()) == 2 })
	one, two := in.Taken()[0], in.Taken()[1]
	if !strings.Contains(string(one.Document), `"MC":{"name":"attachment-1.pdf","sha256":"`+strings.Repeat("ab", 32)) || len(one.Materials) != 1 || kept.all[0] != "%PDF-1.7" {
		t.Fatalf("%s", one.Document)
	}
	if !two.Unreadable || !strings.Contains(string(two.Document), "no base64!") {
		t.Fatalf("%+v", two)
	}
}
