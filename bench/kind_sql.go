package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"; those of the servers come with internal/testserver

	"duijie/internal/testserver"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

const rowsPackYAML = `unit: "990000"
name: bench, exchange tables (invented)
profile: v1
codec: {format: rows, charset: UTF-8}
sink:
  kind: sql
  settings: {driver: %s, dsn: secret:dsn}
  routes: {"*": {insert: [T_IN], idempotency: {table: T_IN, column: GWBH}}}
limits: {concurrency: 16, timeout: 5s}
`

const rowsMappingYAML = `mapping: case.delegated
local: delegated
root: T_IN[0]
rules:
  - {nat: caseNo, loc: WBBH}
  - {nat: facts, loc: SSYLY}
  - {nat: "*", drop: to-local, why: not measured here}
`

const rowsSchemaJSON = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["T_IN"],
"properties":{"T_IN":{"type":"array","items":{"type":"object","required":["WBBH","SSYLY"],
"properties":{"WBBH":{"type":"string"},"SSYLY":{"type":"string"}}}}}}`

// table is what the gateway inserts into; the key is unique, as the handbook asks.
const table = `CREATE TABLE T_IN (GWBH CHAR(32) PRIMARY KEY, WBBH VARCHAR(64), SSYLY TEXT)`

func intoPostgres(s *stage.Stage) subject {
	dsn := testserver.Postgres(s)
	return inserted(s, "postgres", dsn, "pgx", dsn, "INSERT INTO T_IN VALUES ($1, $2, $3)", workers)
}

func intoMariaDB(s *stage.Stage) subject {
	dsn := testserver.MariaDB(s)
	return inserted(s, "mysql", dsn, "mysql", dsn+"?interpolateParams=true", "INSERT INTO T_IN VALUES (?, ?, ?)", workers)
}

// intoSQLite has one connection for the bare workers: more of them only wait for the file.
func intoSQLite(s *stage.Stage) subject {
	path := filepath.Join(s.Folder(), "exchange.db")
	s.Must(os.WriteFile(path, nil, 0o600))
	return inserted(s, "sqlite", path, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)", "INSERT INTO T_IN VALUES (?, ?, ?)", 1)
}

// inserted is a subject of exchange tables. The floor is one insert and its commit.
func inserted(s *stage.Stage, driver, dsn, library, own, insert string, most int) subject {
	db, err := sql.Open(library, own)
	s.Must(err)
	s.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	_, err = db.Exec(table)
	s.Must(err)
	pack, unit := fmt.Sprintf(rowsPackYAML, driver), `secrets: {dsn: "file:dsn"}`
	if driver == "sqlite" {
		pack, unit = strings.Replace(pack, ", dsn: secret:dsn", "", 1), fmt.Sprintf("settings: {dsn: %q}", dsn)
	}
	files := packed(pack, rowsMappingYAML, rowsSchemaJSON)
	files["dsn"] = dsn
	facts := strings.Repeat("申请人于某年某月入职，被申请人拖欠工资。", 25)
	return subject{
		files: files, unit: unit,
		arrived: func() (n uint64) {
			s.Must(db.QueryRow("SELECT COUNT(*) FROM T_IN").Scan(&n))
			return n
		},
		floor: func(each time.Duration) (float64, error) {
			return measure.PerSecond(workers, each, func(n uint64) error {
				_, err := db.Exec(insert, fmt.Sprintf("bare%028d", n), "B", facts)
				return err
			})
		},
	}
}
