//go:build oracle

package sql

import (
	"database/sql"
	"errors"

	goora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"
)

func openOracle(dsn string, _ opening) (*sql.DB, error) {
	return sql.OpenDB(goora.NewConnector(dsn)), nil
}

// oracleError is the server's number and text of an error.
func oracleError(err error) (code int, text string, ok bool) {
	var e *network.OracleError
	if !errors.As(err, &e) {
		return 0, "", false
	}
	return e.ErrCode, e.ErrMsg, true
}
