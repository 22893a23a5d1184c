//go:build oracle

package sql

import (
	"github.com/sijms/go-ora/v2/network"

	"duijie/adapter"
)

func oracleErrors() []sorted {
	return []sorted{
		{"oracle", &network.OracleError{ErrCode: 1, ErrMsg: "张三"}, all(adapter.Refused)},
		{"oracle", &network.OracleError{ErrCode: 20001}, all(adapter.Refused)},
		{"oracle", &network.OracleError{ErrCode: 942}, all(adapter.UnitTrouble)},
		{"oracle", &network.OracleError{ErrCode: 60}, all(adapter.Transient)},
		{"oracle", &network.OracleError{ErrCode: 3113}, [3]adapter.Outcome{adapter.Transient, adapter.UnknownTaken, adapter.UnknownTaken}},
	}
}
