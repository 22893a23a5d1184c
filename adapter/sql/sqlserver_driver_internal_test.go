//go:build sqlserver

package sql

import (
	mssql "github.com/microsoft/go-mssqldb"

	"duijie/adapter"
)

func sqlserverErrors() []sorted {
	return []sorted{
		{"sqlserver", mssql.Error{Number: 2627, Message: "张三"}, all(adapter.Refused)},
		{"sqlserver", mssql.Error{Number: 18456}, all(adapter.UnitTrouble)},
		{"sqlserver", mssql.Error{Number: 1205}, all(adapter.Transient)},
	}
}
