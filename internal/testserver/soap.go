package testserver

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// PHP finds a php with SOAP support.
func PHP(t testing.TB) (path string) {
	t.Helper()
	const install = "apt-get install --no-install-recommends php-cli php-soap"
	path = find(t, "php", install)
	if out, err := exec.Command(path, "-m").Output(); err != nil || !strings.Contains(string(out), "\nsoap\n") {
		missing(t, "php-soap", install)
	}
	return path
}

// PHPServer serves one PHP script for every path and gives its address. The
// script sees the environment given.
func PHPServer(t testing.TB, script []byte, environment ...string) (url string) {
	t.Helper()
	php := PHP(t)
	as := unprivileged(t, "www-data")
	dir, port := as.folder(t), freePort(t)
	path := filepath.Join(dir, "server.php")
	if err := os.WriteFile(path, script, 0o644); err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	c := as.command(dir, php, "-d", "display_errors=stderr", "-S", address, path)
	c.Env = append(c.Env, environment...)
	said := start(t, c, syscall.SIGTERM)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(said)
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return "http://" + address
		}
		if time.Now().After(end) {
			t.Fatalf("php does not listen: %v\n%s", err, said)
		}
	}
}

// Python finds a python3 that has a module; Debian's own is asked too.
func Python(t testing.TB, module, install string) (path string) {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "-c", "import "+module).Run() == nil {
			return path
		}
	}
	missing(t, module+" of python3", install)
	return ""
}
