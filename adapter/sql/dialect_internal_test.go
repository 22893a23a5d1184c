package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"duijie/adapter"
	"duijie/internal/codec"
)

// recorder takes statements down and runs none.
type recorder struct{ queries []string }

var errRecorded = errors.New("recorded")

func (r *recorder) QueryContext(_ context.Context, q string, args ...any) (*sql.Rows, error) {
	r.queries = append(r.queries, fmt.Sprintf("%s %q", q, args))
	return nil, errRecorded
}

func (r *recorder) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	_, err := r.QueryContext(ctx, q, args...)
	return nil, err
}

// known is a database whose catalogue is known and whose server is not there.
func known(driver, charset string) *database {
	d := dialects()[driver]
	b := &database{d: d, charset: charset, tables: map[string]*table{}}
	for name, columns := range map[string][]string{
		"T_IN":  {"GWBH char", "AJMC varchar", "SJ date", "JE number", "N int"},
		"T_HIS": {"GWBH char"},
	} {
		t := &table{name: name, quoted: d.quote(name)}
		for _, c := range columns {
			name, typ, _ := strings.Cut(c, " ")
			t.columns = append(t.columns, column{name: name, shown: name, typ: typ, kind: d.kindOf(typ)})
		}
		b.tables[name] = t
	}
	return b
}

// What no server here can run is at least written as its documentation says.
func TestStatementsOfDatabasesWithoutAServerHere(t *testing.T) {
	for _, c := range []struct{ driver, charset, insert, lookup, fetch, mark, page string }{
		{"sqlserver", "",
			`INSERT INTO [T_IN] ([GWBH], [SJ]) VALUES (@p1, @p2), (@p3, @p4) ["k" "2026-10-01 08:00:00" "k" "x"]`,
			`SELECT COUNT(*) FROM [T_IN] WHERE [GWBH] = @p1 ["k"]`,
			`SELECT CONVERT(nvarchar(max), [GWBH]), CONVERT(nvarchar(max), [AJMC]), CONVERT(nvarchar(40), [SJ], 121), CONVERT(nvarchar(max), [JE]), CONVERT(nvarchar(max), [N]) FROM [T_IN] WITH (UPDLOCK, READPAST, ROWLOCK) WHERE [GWBH] = @p1 AND ([AJMC] = @p2) ["k" "甲"]`,
			`UPDATE [T_IN] SET [AJMC] = @p1 WHERE [GWBH] = @p2 AND [AJMC] IS NULL ["1" "k"]`,
			`SELECT CONVERT(nvarchar(max), [GWBH]) AS K FROM [T_IN] WHERE ([AJMC] = @p1) ORDER BY [GWBH] OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY ["甲"]`,
		},
		{"sqlserver", "GBK",
			`INSERT INTO [T_IN] ([GWBH], [SJ]) VALUES (CONVERT(varchar(max), @p1), @p2), (CONVERT(varchar(max), @p3), @p4) ["k" "2026-10-01 08:00:00" "k" "x"]`,
			`SELECT COUNT(*) FROM [T_IN] WHERE [GWBH] = CONVERT(varchar(max), @p1) ["k"]`,
			`SELECT CONVERT(varbinary(max), [GWBH]), CONVERT(varbinary(max), [AJMC]), CONVERT(nvarchar(40), [SJ], 121), CONVERT(nvarchar(max), [JE]), CONVERT(nvarchar(max), [N]) FROM [T_IN] WITH (UPDLOCK, READPAST, ROWLOCK) WHERE [GWBH] = CONVERT(varchar(max), @p1) AND ([AJMC] = CONVERT(varchar(max), @p2)) ["k" "\xbc\xd7"]`,
			`UPDATE [T_IN] SET [AJMC] = CONVERT(varchar(max), @p1) WHERE [GWBH] = CONVERT(varchar(max), @p2) AND [AJMC] IS NULL ["1" "k"]`,
			`SELECT CONVERT(varbinary(max), [GWBH]) AS K FROM [T_IN] WHERE ([AJMC] = CONVERT(varchar(max), @p1)) ORDER BY [GWBH] OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY ["\xbc\xd7"]`,
		},
		{"oracle", "",
			`INSERT INTO "T_IN" ("GWBH", "SJ") VALUES (:1, TO_TIMESTAMP(:2, 'YYYY-MM-DD HH24:MI:SS.FF3')) ["k" "2026-10-01 08:00:00"] INSERT INTO "T_IN" ("GWBH", "SJ") VALUES (:1, TO_TIMESTAMP(:2, 'YYYY-MM-DD HH24:MI:SS.FF3')) ["k" "x"]`,
			`SELECT COUNT(*) FROM "T_IN" WHERE RTRIM("GWBH") = :1 ["k"]`,
			`SELECT "GWBH", "AJMC", TO_CHAR("SJ", 'YYYY-MM-DD HH24:MI:SS'), TO_CHAR("JE", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,'''), "N" FROM "T_IN" WHERE RTRIM("GWBH") = :1 AND ("AJMC" = :2) FOR UPDATE SKIP LOCKED ["k" "甲"]`,
			`UPDATE "T_IN" SET "AJMC" = :1 WHERE RTRIM("GWBH") = :2 AND "AJMC" IS NULL ["1" "k"]`,
			`SELECT K FROM (SELECT Q.K, ROWNUM R FROM (SELECT "GWBH" AS K FROM "T_IN" WHERE ("AJMC" = :1) ORDER BY "GWBH") Q WHERE ROWNUM <= 8) WHERE R > 3 ["甲"]`,
		},
	} {
		t.Run(c.driver+c.charset, func(t *testing.T) {
			b, ctx, r := known(c.driver, c.charset), context.Background(), &recorder{}
			in := b.tables["T_IN"]
			row := func(sj string) codec.Value {
				return codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: "GWBH", Value: codec.Str("k")}, {Name: "SJ", Value: codec.Str(sj)}}}
			}
			list, err := b.inserts(in, []codec.Value{row("2026-10-01 08:00:00"), row("x")})
			if err != nil {
				t.Fatal(err)
			}
			var inserts []string
			for _, s := range list {
				inserts = append(inserts, fmt.Sprintf("%s %q", s, s.args))
			}
			k := &Sink{b: b}
			k.lookup(ctx, r, &keyPlace{table: "T_IN", column: "GWBH"}, "k")
			where, bad := parseWhere("AJMC = '甲'")
			if bad != nil {
				t.Fatal(bad)
			}
			l := &reader{b: b, read: &read{table: "T_IN", key: "GWBH", where: where, order: []ordering{{column: "GWBH"}}, batch: 5, mark: []assignment{{"AJMC", "1"}}}}
			l.fetch(ctx, r, cell{raw: []byte("k")})
			mark, err := l.markStatement(in, cell{raw: []byte("k")}, func(s *statement, t *table) error { return l.asRead(s, t, record{}) })
			if err != nil {
				t.Fatal(err)
			}
			page, _, err := l.keysStatement(in, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]string{
				{strings.Join(inserts, " "), c.insert}, {r.queries[0], c.lookup}, {r.queries[1], c.fetch},
				{fmt.Sprintf("%s %q", mark, mark.args), c.mark}, {fmt.Sprintf("%s %q", page, page.args), c.page},
			} {
				if pair[0] != pair[1] {
					t.Errorf("got  %s\nwant %s", pair[0], pair[1])
				}
			}
		})
	}
}

// What each server's error leads to, before the first insert, in it and in the commit.
// sorted is an error of a driver and its outcome before, in and after the inserts.
type sorted struct {
	driver string
	err    error
	want   [3]adapter.Outcome
}

func TestErrorsAreSortedByWhatTheySay(t *testing.T) {
	postgres := func(code string) error { return &pgconn.PgError{Code: code, Message: "张三", Detail: "张三"} }
	mysql := func(n uint16) error { return &mysqldriver.MySQLError{Number: n, Message: "张三"} }
	for _, c := range append(append(oracleErrors(), sqlserverErrors()...), []sorted{
		{"postgres", postgres("23505"), all(adapter.Refused)},
		{"postgres", postgres("23502"), all(adapter.Refused)},
		{"postgres", postgres("22001"), all(adapter.Refused)},
		{"postgres", postgres("P0001"), all(adapter.Refused)},
		{"postgres", postgres("28P01"), all(adapter.UnitTrouble)},
		{"postgres", postgres("42501"), all(adapter.UnitTrouble)},
		{"postgres", postgres("42P01"), all(adapter.UnitTrouble)},
		{"postgres", postgres("40P01"), all(adapter.Transient)},
		{"postgres", postgres("53300"), all(adapter.Transient)},
		{"postgres", postgres("57P01"), [3]adapter.Outcome{adapter.Transient, adapter.UnknownTaken, adapter.UnknownTaken}},
		{"postgres", postgres("XX000"), [3]adapter.Outcome{adapter.Transient, adapter.Transient, adapter.UnknownTaken}},
		{"postgres", errors.New("read tcp: reset"), [3]adapter.Outcome{adapter.Transient, adapter.UnknownTaken, adapter.UnknownTaken}},
		{"mysql", mysql(1062), all(adapter.Refused)},
		{"mysql", mysql(1406), all(adapter.Refused)},
		{"mysql", mysql(1045), all(adapter.UnitTrouble)},
		{"mysql", mysql(1146), all(adapter.UnitTrouble)},
		{"mysql", mysql(1213), all(adapter.Transient)},
		{"mysql", mysqldriver.ErrInvalidConn, [3]adapter.Outcome{adapter.Transient, adapter.UnknownTaken, adapter.UnknownTaken}},
	}...) {
		b := known(c.driver, "")
		for i, at := range []step{beforeInsert, inserting, committing} {
			err := b.failed(context.Background(), "insert into T_IN", fmt.Errorf("wrapped: %w", c.err), at)
			f := adapter.Classify(err, true)
			if f.Outcome != c.want[i] || strings.Contains(err.Error(), "张三") {
				t.Errorf("%s %v at %d: %s, %v", c.driver, c.err, at, f.Outcome, err)
			}
		}
	}
}

func all(o adapter.Outcome) [3]adapter.Outcome { return [3]adapter.Outcome{o, o, o} }

func TestDatesAndNumbersAsDocumentsHaveThem(t *testing.T) {
	for in, want := range map[string]string{
		"2026-10-01": "2026-10-01 00:00:00", "2026-10-01 08:00:00": "2026-10-01 08:00:00", "2026-10-01T08:00:00.5": "2026-10-01 08:00:00.500",
		"2026-10-01 08:00:00.123456": "2026-10-01 08:00:00.123", "2026-10-01 08:00:00.000": "2026-10-01 08:00:00", "2026-10-01 08:00:00+08": "2026-10-01 08:00:00",
		"2026-10-01 20:00:00.25+00:00": "2026-10-02 04:00:00.250", "2026-10-01 08:00:00Z": "2026-10-01 16:00:00",
		"0000-00-00": "0000-00-00", "0000-00-00 00:00:00": "0000-00-00 00:00:00", "20261001": "20261001", "infinity": "infinity", "": "",
	} {
		if got := moments(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	b := known("oracle", "")
	for _, c := range []struct {
		kind      kind
		raw, want string
	}{
		{integer, "12", "12"}, {integer, "012", `"012"`}, {float, ".5", "0.5"}, {float, "1e+20", "1e+20"}, {float, "NaN", `"NaN"`}, {decimal, "-.50", `"-0.50"`},
		{decimal, "12345678901234567890.12", `"12345678901234567890.12"`}, {truth, "true", "true"}, {truth, "1", "1"}, {padded, "A  ", `"A"`}, {text, "A  ", `"A  "`},
		{bytes, "\xff", `"/w=="`},
	} {
		v, err := b.read(cell{raw: []byte(c.raw)}, column{kind: c.kind})
		out, _ := codec.Encode(nil, v, codec.Options{Format: "json"})
		if err != nil || string(out) != c.want {
			t.Errorf("%d %s: %s, %v", c.kind, c.raw, out, err)
		}
	}
}

func TestTypesAreKnownByTheirNames(t *testing.T) {
	for typ, want := range map[string]kind{"NUMERIC(10,2)": decimal, "bigint unsigned": integer, "CHARACTER(20)": padded, "character varying": text, "timestamp(6) with time zone": moment, "BLOB": bytes, "": text, "JSON": text, "double precision": float} {
		if got := commonKind(typ); got != want {
			t.Errorf("%s: %d, want %d", typ, got, want)
		}
	}
	if sqlserverKind("timestamp") != bytes || oracleKind("TIMESTAMP(6) WITH LOCAL TIME ZONE") != moment || mysqlKind("bit") != integer {
		t.Error("what databases call differently")
	}
}
