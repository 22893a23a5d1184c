//go:build sqlserver

package sql

import (
	"database/sql"
	"errors"

	mssql "github.com/microsoft/go-mssqldb"
)

func openSQLServer(dsn string, _ opening) (*sql.DB, error) {
	c, err := mssql.NewConnector(dsn)
	if err != nil {
		return nil, unread("sqlserver")
	}
	return sql.OpenDB(c), nil
}

// sqlserverError is the server's number and text of an error.
func sqlserverError(err error) (number int, text string, ok bool) {
	var e mssql.Error
	if !errors.As(err, &e) {
		return 0, "", false
	}
	return int(e.Number), e.Message, true
}
