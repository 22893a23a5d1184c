//go:build !sqlserver

package sql

import (
	"database/sql"
	"errors"
)

// errNoSQLServer says what a build without the driver needs.
var errNoSQLServer = errors.New("this program was built without the SQL Server driver: build it with -tags sqlserver")

func openSQLServer(string, opening) (*sql.DB, error) { return nil, errNoSQLServer }

func sqlserverError(error) (number int, text string, ok bool) { return 0, "", false }
