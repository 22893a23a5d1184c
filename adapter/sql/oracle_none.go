//go:build !oracle

package sql

import (
	"database/sql"
	"errors"
)

// errNoOracle says what a build without the driver needs.
var errNoOracle = errors.New("this program was built without the Oracle driver: build it with -tags oracle")

func openOracle(string, opening) (*sql.DB, error) { return nil, errNoOracle }

func oracleError(error) (code int, text string, ok bool) { return 0, "", false }
