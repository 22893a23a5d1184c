package testserver_test

import (
	"database/sql"
	"testing"

	"duijie/internal/testserver"
)

func TestServersAnswerOverTCP(t *testing.T) {
	for driver, start := range map[string]func(testing.TB) string{
		"pgx": func(t testing.TB) string { return testserver.Postgres(t) }, "mysql": testserver.MariaDB,
	} {
		t.Run(driver, func(t *testing.T) {
			db, err := sql.Open(driver, start(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var one int
			if err := db.QueryRow("SELECT 1").Scan(&one); err != nil || one != 1 {
				t.Fatalf("SELECT 1 = %d, %v", one, err)
			}
		})
	}
}
