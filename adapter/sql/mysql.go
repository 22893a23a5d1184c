package sql

import (
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
)

// mysql speaks to MySQL and MariaDB.
func mysql() *dialect {
	d := &dialect{
		name: "mysql", mark: question, page: limitOffset, many: true, truth: [2]string{"0", "1"},
		quote:   func(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" },
		lockEnd: " FOR UPDATE SKIP LOCKED", // isolation is the server's: one that logs by statement takes no other
		write:   plainWrite, kindOf: mysqlKind, fault: mysqlFault, open: openMySQL,
	}
	d.lookup = func(schema, table string) (string, []any) {
		return `SELECT c.table_schema, c.table_name, c.column_name, c.data_type, COALESCE(t.engine, '')
FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE LOWER(c.table_name) = LOWER(?) AND LOWER(c.table_schema) = LOWER(COALESCE(NULLIF(?, ''), DATABASE()))
ORDER BY c.table_schema, c.table_name, c.ordinal_position`, []any{table, schema}
	}
	d.compare = func(c column) string { return d.quote(c.name) }
	d.read = func(c column, raw bool) string {
		if c.typ == "bit" {
			return d.quote(c.name) + "+0"
		}
		return d.quote(c.name)
	}
	return d
}

func mysqlKind(typ string) kind {
	if typ == "bit" {
		return integer
	}
	return commonKind(typ)
}

// openMySQL takes the driver's own form, user:password@tcp(host:3306)/name, or mysql://.
func openMySQL(dsn string, o opening) (*sql.DB, error) {
	if u, err := url.Parse(dsn); err == nil && (u.Scheme == "mysql" || u.Scheme == "mariadb") {
		password, _ := u.User.Password()
		dsn = u.User.Username() + ":" + password + "@tcp(" + u.Host + ")" + u.Path
		if u.RawQuery != "" {
			dsn += "?" + u.RawQuery
		}
	}
	c, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, unread("mysql")
	}
	charset := "utf8mb4"
	if o.raw {
		charset = "latin1" // the server's latin1 is all 256 bytes, and what it takes for latin1 it leaves as it is
	}
	if err := c.Apply(mysqldriver.Charset(charset, "")); err != nil {
		return nil, unread("mysql")
	}
	c.ParseTime, c.ClientFoundRows, c.MultiStatements, c.AllowAllFiles = false, true, false, false
	c.Logger = &mysqldriver.NopLogger{}
	for _, limit := range []*time.Duration{&c.Timeout, &c.ReadTimeout, &c.WriteTimeout} {
		if *limit <= 0 || *limit > o.timeout {
			*limit = o.timeout
		}
	}
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	c.Params["time_zone"] = "'+08:00'"
	// Without strict mode the server cuts what is too long and says nothing.
	c.Params["sql_mode"] = "CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
	connector, err := mysqldriver.NewConnector(c)
	if err != nil {
		return nil, unread("mysql")
	}
	return sql.OpenDB(connector), nil
}

func mysqlFault(err error) (fault, bool) {
	var e *mysqldriver.MySQLError
	if !errors.As(err, &e) {
		return fault{}, false
	}
	f := fault{code: "error " + strconv.Itoa(int(e.Number)), detail: e.Message}
	switch e.Number {
	case 1062, 1586, 1022:
		f.class = unique
	case 1048, 1216, 1217, 1364, 1451, 1452, 3819, 4025:
		f.class = constraint
	case 1264, 1265, 1292, 1300, 1366, 1367, 1406, 1411, 1644:
		f.class = data
	case 1044, 1045, 1049, 1142, 1143, 1227, 1290, 1698:
		f.class = denied
	case 1054, 1146:
		f.class = missing
	case 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927:
		f.class = lost
	case 1040, 1203, 1205, 1213, 3572:
		f.class = busy
	}
	return f, true
}
