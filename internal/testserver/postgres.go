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
// It does not sync.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	return PostgresWith(t)
}

// PostgresWith is Postgres with settings ("fsync=on"), which come after those of
// this package and win.
func PostgresWith(t testing.TB, settings ...string) (dsn string) {
	t.Helper()
	folders := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin"}
	const install = "apt-get install --no-install-recommends postgresql"
	initdb := find(t, "initdb", install, folders...)
	server := find(t, "postgres", install, folders...)
	as := unprivileged(t, "postgres")
	dir, port := as.folder(t), freePort(t)
	data := dir + "/data"
	run(t, as.command(dir, initdb, "-D", data, "-U", "duijie", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"))
	args := []string{"-D", data, "-p", strconv.Itoa(port)}
	for _, s := range append([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", "max_connections=60"}, settings...) {
		args = append(args, "-c", s)
	}
	said := start(t, as.command(dir, server, args...), syscall.SIGINT)
	dsn = fmt.Sprintf("postgres://duijie@127.0.0.1:%d/postgres?sslmode=disable", port)
	answers(t, "pgx", dsn, said)
	return dsn
}
