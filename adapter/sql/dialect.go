package sql

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dialect is how one kind of database is spoken to. Its functions are pure but open.
type dialect struct {
	name string
	open func(dsn string, o opening) (*sql.DB, error)
	// quote quotes one identifier.
	quote func(string) string
	// mark is the n-th placeholder, from 1.
	mark func(n int) string
	// lookup asks the catalogue for the columns of the tables that a name in any
	// spelling may mean: schema, table, column, type, engine; the likeliest schema first.
	lookup func(schema, table string) (query string, args []any)
	// kindOf is what a column of a catalogue type holds.
	kindOf func(typ string) kind
	// read is the select expression that gives a column as text, or as bytes where
	// it holds bytes or raw is set.
	read func(c column, raw bool) string
	// write is the expression around a placeholder that a value goes through into a column.
	write func(c column, mark string, raw bool) string
	// compare is the column as it stands on the left of a comparison.
	compare func(c column) string
	// bytes tells that a raw text goes as bytes; else it goes as a string of those bytes.
	bytes bool
	// page cuts a select of one column (named K) with its order to rows from offset on.
	page func(query string, offset, rows int) string
	// lockTable stands after a table's name and lockEnd at a select's end: lock the
	// rows, pass over those that somebody else holds. Both empty: no row locks.
	lockTable, lockEnd string
	// many tells that VALUES takes several rows.
	many bool
	// truth is how true and false are written into a boolean column.
	truth [2]string
	// isolation is that of every transaction; zero: the server's own.
	isolation sql.IsolationLevel
	// fault says what a server's error means; ok is false for anything else.
	fault func(error) (fault, bool)
}

// locks tells whether single rows can be locked.
func (d *dialect) locks() bool { return d.lockTable+d.lockEnd != "" }

// opening is what a database is opened for.
type opening struct {
	raw    bool // texts are bytes in a charset that the database does not know
	writes bool // sinks: take the write lock at once where there is only one
	// timeout bounds the wait for one answer where a driver's commit does not mind its context.
	timeout time.Duration
}

// kind is what a column holds.
type kind uint8

const (
	text    kind = iota
	padded       // CHAR: the blanks at its end say nothing
	integer      // a JSON number
	decimal      // exact text
	float        // a JSON number
	truth        // true or false
	date
	moment // date and time
	bytes  // base64 in documents
)

// kinds are the names of types that databases agree about.
var kinds = map[string]kind{
	"char": padded, "character": padded, "nchar": padded, "bpchar": padded, "native character": padded,
	"int": integer, "integer": integer, "smallint": integer, "bigint": integer, "tinyint": integer, "mediumint": integer,
	"int2": integer, "int4": integer, "int8": integer, "serial": integer, "bigserial": integer, "year": integer,
	"numeric": decimal, "decimal": decimal, "number": decimal, "money": decimal, "smallmoney": decimal,
	"real": float, "float": float, "double": float, "double precision": float, "float4": float, "float8": float,
	"binary_float": float, "binary_double": float,
	"boolean": truth, "bool": truth,
	"date": date, "datetime": moment, "datetime2": moment, "smalldatetime": moment, "datetimeoffset": moment,
	"timestamp": moment, "timestamptz": moment, "timestamp without time zone": moment, "timestamp with time zone": moment,
	"timestamp with local time zone": moment,
	"bytea":                          bytes, "blob": bytes, "tinyblob": bytes, "mediumblob": bytes, "longblob": bytes, "binary": bytes, "varbinary": bytes,
	"image": bytes, "raw": bytes, "long raw": bytes, "rowversion": bytes,
}

// commonKind reads a type's name without its length: NUMERIC(10,2) is a numeric.
func commonKind(typ string) kind {
	t := strings.ToLower(typ)
	if i := strings.IndexByte(t, '('); i >= 0 {
		end := strings.IndexByte(t, ')')
		if end < i {
			end = len(t) - 1
		}
		t = t[:i] + t[end+1:]
	}
	t = strings.TrimSuffix(strings.TrimSpace(t), " unsigned")
	return kinds[strings.TrimSpace(t)]
}

// dialects are all drivers, by the name that settings use.
func dialects() map[string]*dialect {
	return map[string]*dialect{"postgres": postgres(), "mysql": mysql(), "sqlite": sqlite(), "sqlserver": sqlserver(), "oracle": oracle()}
}

// drivers are the names in the order of the documentation.
var drivers = []string{"postgres", "mysql", "sqlite", "sqlserver", "oracle"}

func doubleQuote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func question(int) string { return "?" }

func plainWrite(_ column, mark string, _ bool) string { return mark }

func limitOffset(query string, offset, rows int) string {
	query += " LIMIT " + strconv.Itoa(rows)
	if offset > 0 {
		query += " OFFSET " + strconv.Itoa(offset)
	}
	return query
}

// unread is the error of a connection string that was not understood, without quoting it.
func unread(driver string) error { return fmt.Errorf("dsn is no %s connection string", driver) }
