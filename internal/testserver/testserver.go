// Package testserver starts throwaway servers for tests, and finds clients: the real
// programs of the distribution, over TCP on a free loopback port, with a data
// folder of their own, as an unprivileged user, stopped when the test ends.
//
// It touches no server that runs already. Where a program is not installed the
// test is skipped with the way to install it, but fails in CI (CI=true).
package testserver

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or to stop.
const patience = 60 * time.Second

// find looks for a program in PATH and in folders (patterns), the newest first.
func find(t testing.TB, program, install string, folders ...string) string {
	t.Helper()
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, f := range folders {
		found, _ := filepath.Glob(filepath.Join(f, program)) // the patterns are ours
		if len(found) > 0 {
			return found[len(found)-1]
		}
	}
	missing(t, program, install)
	return ""
}

// missing skips the test, but fails it in CI.
func missing(t testing.TB, what, install string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", what, install)
	}
	t.Skipf("%s is not installed: %s", what, install)
}

// account is whom the server runs as: a server refuses root.
type account struct{ uid, gid int }

func unprivileged(t testing.TB, names ...string) account {
	t.Helper()
	if os.Getuid() != 0 {
		return account{os.Getuid(), os.Getgid()}
	}
	for _, name := range append(names, "nobody") {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return account{uid, gid}
	}
	t.Fatal("no unprivileged user to run a server as")
	return account{}
}

// folder makes a data folder outside t.TempDir, which is closed to other users.
func (a account) folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "duijie-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command is a program as that user, in a process group of its own.
func (a account) command(dir, program string, args ...string) *exec.Cmd {
	c := exec.Command(program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C", "TZ=Asia/Shanghai")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return c
}

// run waits for a program to end well.
func run(t testing.TB, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(c.Path), err, out)
	}
}

// start runs a server until the test ends; quit is the signal that stops it fast.
func start(t testing.TB, c *exec.Cmd, quit syscall.Signal) *output {
	t.Helper()
	out := &output{}
	c.Stdout, c.Stderr = out, out
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the kernel ends the server with the thread that started it
		err := c.Start()
		started <- err
		if err == nil {
			_ = c.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatalf("%s: %v", filepath.Base(c.Path), err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(quit)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = c.Process.Kill()
			<-ended
		}
	})
	return out
}

// output keeps what a server says, for a failed start.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// freePort is a loopback port that nobody listens on, below those that the system
// gives to outgoing connections: one of these may take it before the server does.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// answers waits until the server answers a query.
func answers(t testing.TB, driver, dsn string, said fmt.Stringer) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		err := db.PingContext(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the server does not answer: %v\n%s", err, said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
