package sql

import (
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"

	sqlitedriver "modernc.org/sqlite"
)

// sqlite speaks to a database file. It has no row locks, and holding the file's
// while a message becomes durable would stop the local system.
func sqlite() *dialect {
	d := &dialect{
		name: "sqlite", mark: question, quote: doubleQuote, page: limitOffset, many: true, truth: [2]string{"0", "1"},
		write: plainWrite, kindOf: commonKind, fault: sqliteFault,
	}
	d.open = func(dsn string, o opening) (*sql.DB, error) {
		if dsn == "" || strings.HasPrefix(dsn, ":memory:") {
			return nil, errors.New("dsn must be the path of a database file")
		}
		// Never created here: a wrong path is trouble, not an empty database.
		q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "foreign_keys(1)"}}
		if o.writes {
			q.Set("_txlock", "immediate")
		}
		return sql.Open("sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()+"?"+q.Encode())
	}
	d.lookup = func(_, table string) (string, []any) {
		return `SELECT 'main', m.name, p.name, p.type, '' FROM sqlite_master m JOIN pragma_table_info(m.name) p
WHERE m.type IN ('table', 'view') AND lower(m.name) = lower(?) ORDER BY m.name, p.cid`, []any{table}
	}
	d.compare = func(c column) string {
		switch {
		case c.typ == "": // no affinity: the integer 1 would not equal the text 1
			return "CAST(" + d.quote(c.name) + " AS TEXT)"
		case c.kind == padded:
			return "RTRIM(" + d.quote(c.name) + ")"
		}
		return d.quote(c.name)
	}
	d.read = func(c column, raw bool) string {
		switch c.kind {
		case bytes, decimal, float: // a real's shortest text is exact, its cast has more digits
			return d.quote(c.name)
		}
		return "CAST(" + d.quote(c.name) + " AS TEXT)" // a column may hold anything, whatever it was declared as
	}
	return d
}

// The primary result codes of SQLite, and two extended ones.
func sqliteFault(err error) (fault, bool) {
	var e *sqlitedriver.Error
	if !errors.As(err, &e) {
		return fault{}, false
	}
	f := fault{code: "code " + strconv.Itoa(e.Code()), detail: e.Error()}
	switch e.Code() {
	case 2067, 1555:
		f.class = unique
		return f, true
	}
	switch e.Code() & 0xff {
	case 19:
		f.class = constraint
	case 18, 20:
		f.class = data
	case 3, 8, 14, 23, 26:
		f.class = denied
	case 4, 5, 6, 7, 10, 13, 15:
		f.class = busy
	}
	if strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column") {
		f.class = missing
	}
	return f, true
}
