package sql

import (
	"database/sql"
	"errors"

	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres speaks plain SQL only, so that KingbaseES and PolarDB-PG can serve.
func postgres() *dialect {
	d := &dialect{
		name: "postgres", quote: doubleQuote, page: limitOffset, many: true, truth: [2]string{"false", "true"},
		lockEnd: " FOR UPDATE SKIP LOCKED", isolation: sql.LevelReadCommitted,
		mark:  func(n int) string { return "$" + strconv.Itoa(n) },
		write: plainWrite, fault: postgresFault,
	}
	d.open = func(dsn string, o opening) (*sql.DB, error) {
		c, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, unread("postgres")
		}
		c.RuntimeParams["datestyle"] = "ISO, YMD"
		c.RuntimeParams["timezone"] = "Asia/Shanghai"
		c.RuntimeParams["extra_float_digits"] = "1"
		c.RuntimeParams["client_encoding"] = "UTF8"
		if o.raw {
			c.RuntimeParams["client_encoding"] = "SQL_ASCII" // bytes as they are, both ways
		}
		if c.RuntimeParams["application_name"] == "" {
			c.RuntimeParams["application_name"] = "duijie"
		}
		// The tables are somebody else's and may be altered at any time: no cached plans.
		c.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
		return stdlib.OpenDB(*c), nil
	}
	d.lookup = func(schema, table string) (string, []any) {
		return `SELECT table_schema::text, table_name::text, column_name::text, data_type::text, ''
FROM information_schema.columns WHERE lower(table_name::text) = lower($1)
AND (lower(table_schema::text) = lower($2) OR $2 = '' AND table_schema::text = ANY (current_schemas(false)::text[]))
ORDER BY array_position(current_schemas(false)::text[], table_schema::text), table_schema, table_name, ordinal_position`, []any{table, schema}
	}
	d.kindOf = func(typ string) kind {
		if typ == "money" { // written by the server's locale
			return text
		}
		return commonKind(typ)
	}
	d.compare = func(c column) string { return d.quote(c.name) }
	d.read = func(c column, raw bool) string {
		if c.kind == bytes {
			return d.quote(c.name)
		}
		return d.quote(c.name) + "::text"
	}
	return d
}

// postgresFault reads SQLSTATE, which KingbaseES, openGauss and PolarDB share.
func postgresFault(err error) (fault, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return fault{}, false
	}
	f := fault{code: "SQLSTATE " + e.Code, place: e.ConstraintName, detail: e.Message + " " + e.Detail}
	if len(e.Code) != 5 {
		return f, true
	}
	switch class := e.Code[:2]; {
	case e.Code == "23505":
		f.class = unique
	case class == "23":
		f.class = constraint
	case class == "22", class == "P0", class == "44":
		f.class = data
	case class == "28", e.Code == "3D000", e.Code == "42501", e.Code == "25006":
		f.class = denied
	case e.Code == "42P01", e.Code == "42703", e.Code == "3F000":
		f.class = missing
	case e.Code == "57P01", e.Code == "57P02", class == "08":
		f.class = lost
	case class == "40", class == "53", class == "55", class == "57":
		f.class = busy
	}
	return f, true
}
