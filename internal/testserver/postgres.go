package testserver

import (
	"fmt"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx" answers asks by
)

// Postgres starts a PostgreSQL server and gives the connection string of its
// superuser to an empty database in UTF-8 whose other databases the test may make.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	folders := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin"}
	const install = "apt-get install --no-install-recommends postgresql"
	initdb := find(t, "initdb", install, folders...)
	server := find(t, "postgres", install, folders...)
	as := unprivileged(t, "postgres")
	dir, port := as.folder(t), freePort(t)
	data := dir + "/data"
	run(t, as.command(dir, initdb, "-D", data, "-U", "duijie", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"))
	said := start(t, as.command(dir, server, "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60"), syscall.SIGINT)
	dsn = fmt.Sprintf("postgres://duijie@127.0.0.1:%d/postgres?sslmode=disable", port)
	answers(t, "pgx", dsn, said)
	return dsn
}
