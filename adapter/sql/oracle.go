package sql

import (
	"strconv"
)

// oracle is written after Oracle's documentation, for 11g and later; its
// statements are tested, no server is. The driver is 18 MB of the program, so it is
// in builds with the tag "oracle" only.
func oracle() *dialect {
	d := &dialect{
		name: "oracle", quote: doubleQuote, bytes: true, truth: [2]string{"0", "1"},
		mark:    func(n int) string { return ":" + strconv.Itoa(n) },
		lockEnd: " FOR UPDATE SKIP LOCKED", kindOf: oracleKind, fault: oracleFault, open: openOracle,
	}
	d.lookup = func(schema, table string) (string, []any) {
		return `SELECT owner, table_name, column_name, data_type, ' ' FROM all_tab_columns
WHERE UPPER(table_name) = UPPER(:1) AND UPPER(owner) = UPPER(NVL(:2, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')))
ORDER BY owner, table_name, column_id`, []any{table, schema}
	}
	d.page = func(query string, offset, rows int) string { // 11g has no OFFSET
		return "SELECT K FROM (SELECT Q.K, ROWNUM R FROM (" + query + ") Q WHERE ROWNUM <= " + strconv.Itoa(offset+rows) + ") WHERE R > " + strconv.Itoa(offset)
	}
	d.compare = func(c column) string {
		if c.kind == padded { // a bound text is compared with its blanks
			return "RTRIM(" + d.quote(c.name) + ")"
		}
		return d.quote(c.name)
	}
	d.read = func(c column, raw bool) string {
		q := d.quote(c.name)
		switch {
		case c.kind == date:
			return "TO_CHAR(" + q + ", 'YYYY-MM-DD HH24:MI:SS')"
		case c.kind == moment:
			return "TO_CHAR(" + q + ", 'YYYY-MM-DD HH24:MI:SS.FF3')"
		case c.kind == decimal, c.kind == float:
			return "TO_CHAR(" + q + ", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"
		case raw && singleByte(c):
			return "UTL_RAW.CAST_TO_RAW(" + q + ")"
		}
		return q
	}
	d.write = func(c column, mark string, raw bool) string {
		switch {
		case c.kind == date, c.kind == moment:
			return "TO_TIMESTAMP(" + mark + ", 'YYYY-MM-DD HH24:MI:SS.FF3')"
		case raw && singleByte(c):
			return "UTL_RAW.CAST_TO_VARCHAR2(" + mark + ")"
		}
		return mark
	}
	return d
}

func oracleKind(typ string) kind {
	if len(typ) > 9 && typ[:9] == "TIMESTAMP" {
		return moment
	}
	return commonKind(typ)
}

func oracleFault(err error) (fault, bool) {
	c, detail, ok := oracleError(err)
	if !ok {
		return fault{}, false
	}
	f := fault{code: "ORA-" + strconv.Itoa(c), detail: detail}
	switch {
	case c == 1:
		f.class = unique
	case c == 1400, c == 1407, c == 2290, c == 2291, c == 2292:
		f.class = constraint
	case c == 1438, c == 1461, c == 1722, c == 1839, c == 1843, c == 1847, c == 1858, c == 1861, c == 12899, c >= 20000 && c <= 20999:
		f.class = data
	case c == 1017, c == 1031, c == 1045, c == 28000, c == 28001, c == 16000:
		f.class = denied
	case c == 904, c == 942:
		f.class = missing
	case c == 28, c == 1012, c == 3113, c == 3114, c == 3135:
		f.class = lost
	case c == 18, c == 20, c == 54, c == 60, c == 1033, c == 1034, c == 8177, c == 12516, c == 12519, c == 30006:
		f.class = busy
	}
	return f, true
}
