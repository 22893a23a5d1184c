package sql

import (
	"database/sql"
	"strconv"
	"strings"
)

// sqlserver is written after Microsoft's documentation; its statements are
// tested, no server is.
func sqlserver() *dialect {
	d := &dialect{
		name: "sqlserver", many: true, bytes: true, truth: [2]string{"0", "1"},
		mark:      func(n int) string { return "@p" + strconv.Itoa(n) },
		quote:     func(s string) string { return "[" + strings.ReplaceAll(s, "]", "]]") + "]" },
		lockTable: " WITH (UPDLOCK, READPAST, ROWLOCK)", isolation: sql.LevelReadCommitted,
		kindOf: sqlserverKind, fault: sqlserverFault,
	}
	d.open = openSQLServer
	d.lookup = func(schema, table string) (string, []any) {
		return `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, '' FROM INFORMATION_SCHEMA.COLUMNS
WHERE LOWER(TABLE_NAME) = LOWER(@p1) AND LOWER(TABLE_SCHEMA) = LOWER(COALESCE(NULLIF(@p2, ''), SCHEMA_NAME()))
ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`, []any{table, schema}
	}
	d.page = func(query string, offset, rows int) string {
		return query + " OFFSET " + strconv.Itoa(offset) + " ROWS FETCH NEXT " + strconv.Itoa(rows) + " ROWS ONLY"
	}
	d.compare = func(c column) string { return d.quote(c.name) }
	d.read = func(c column, raw bool) string {
		q := d.quote(c.name)
		switch {
		case c.kind == bytes:
			return q
		case c.kind == date, c.kind == moment:
			return "CONVERT(nvarchar(40), " + q + ", 121)"
		case c.kind == float:
			return "CONVERT(nvarchar(40), " + q + ", 2)"
		case raw && singleByte(c):
			return "CONVERT(varbinary(max), " + q + ")"
		}
		return "CONVERT(nvarchar(max), " + q + ")"
	}
	d.write = func(c column, mark string, raw bool) string {
		if raw && singleByte(c) {
			return "CONVERT(varchar(max), " + mark + ")"
		}
		return mark
	}
	return d
}

func sqlserverKind(typ string) kind {
	switch strings.ToLower(typ) {
	case "bit":
		return integer
	case "timestamp": // a row's version, no time
		return bytes
	}
	return commonKind(typ)
}

// singleByte tells the columns whose bytes may be of another charset than the database says.
func singleByte(c column) bool {
	switch strings.ToLower(c.typ) {
	case "char", "varchar", "text", "varchar2", "clob", "long":
		return true
	}
	return false
}

func sqlserverFault(err error) (fault, bool) {
	number, text, ok := sqlserverError(err)
	if !ok {
		return fault{}, false
	}
	f := fault{code: "error " + strconv.Itoa(number), detail: text}
	switch number {
	case 2627, 2601:
		f.class = unique
	case 515, 547:
		f.class = constraint
	case 220, 232, 241, 242, 245, 248, 295, 2628, 8114, 8115, 8152, 50000:
		f.class = data
	case 229, 230, 262, 916, 3906, 4060, 18452, 18456:
		f.class = denied
	case 207, 208:
		f.class = missing
	case 596, 6005:
		f.class = lost
	case 701, 1204, 1205, 1222, 10928, 10929:
		f.class = busy
	}
	return f, true
}
