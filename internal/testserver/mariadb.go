package testserver

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql" answers asks by
)

// MariaDB starts a MariaDB server and gives the connection string, in the Go
// driver's form, of an administrator to an empty database in utf8mb4.
func MariaDB(t testing.TB) (dsn string) {
	t.Helper()
	const install = "apt-get install --no-install-recommends mariadb-server"
	prepare := find(t, "mariadb-install-db", install, "/usr/bin", "/usr/local/mysql/scripts")
	server := find(t, "mariadbd", install, "/usr/sbin", "/usr/libexec", "/usr/local/mysql/bin")
	as := unprivileged(t, "mysql")
	dir, port := as.folder(t), freePort(t)
	data, first := dir+"/data", dir+"/first.sql"
	run(t, as.command(dir, prepare, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"))
	users := "CREATE DATABASE duijie CHARACTER SET utf8mb4;\n" +
		"CREATE USER 'duijie'@'127.0.0.1' IDENTIFIED BY 'duijie';\n" +
		"GRANT ALL ON *.* TO 'duijie'@'127.0.0.1' WITH GRANT OPTION;\n"
	if err := os.WriteFile(first, []byte(users), 0o644); err != nil {
		t.Fatal(err)
	}
	said := start(t, as.command(dir, server, "--no-defaults", "--datadir="+data, "--port="+strconv.Itoa(port), "--bind-address=127.0.0.1",
		"--socket="+dir+"/socket", "--pid-file="+dir+"/pid", "--init-file="+first, "--skip-name-resolve", "--character-set-server=utf8mb4", "--skip-log-bin",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--performance-schema=off"), syscall.SIGTERM)
	dsn = fmt.Sprintf("duijie:duijie@tcp(127.0.0.1:%d)/duijie", port)
	answers(t, "mysql", dsn, said)
	return dsn
}
