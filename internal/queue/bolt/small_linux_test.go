package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// TestFileLimitIsFullAndRecovers meets a real limit of the system's (EFBIG) in a
// process of its own: refused before the sync, and well again by itself.
func TestFileLimitIsFullAndRecovers(t *testing.T) {
	cmd := child(t, "small", filepath.Join(t.TempDir(), "store.db"))
	out, err := cmd.Output()
	if err != nil || !strings.HasSuffix(string(out), "done\n") {
		t.Fatalf("child: %v\n%s", err, out)
	}
}

func childSmall(path string) {
	s, err := bolt.Open(bolt.Options{Path: path})
	must(err == nil, "open", err)
	_, err = s.Put(ctx, []queue.NewMessage{plainMessage("first", "n:A")})
	must(err == nil, "put", err)

	limit(24 << 20)
	big := plainMessage("big", "n:B")
	big.Payload = bytes.Repeat([]byte("x"), 12<<20)
	_, err = s.Put(ctx, []queue.NewMessage{big})
	must(errors.Is(err, queue.ErrFull), "big put", err)
	must(s.Health() == "full", "health", s.Health())
	_, err = s.Put(ctx, []queue.NewMessage{plainMessage("small", "n:C")})
	must(err == nil, "small put in a full store", err)
	must(s.Health() == "full", "health after a smaller write", s.Health())

	limit(1 << 30)
	for end := time.Now().Add(20 * time.Second); s.Health() != "ok"; time.Sleep(20 * time.Millisecond) {
		must(time.Now().Before(end), "recovery", s.Health())
	}
	_, err = s.Put(ctx, []queue.NewMessage{big})
	must(err == nil, "big put again", err)
	must(s.Open(targets[0]) == 3, "open", s.Open(targets[0]))
	must(s.Close() == nil, "close")
	fmt.Println("done")
}

func limit(bytes uint64) {
	var l syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l) == nil, "getrlimit")
	l.Cur = bytes
	must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l) == nil, "setrlimit")
}

func must(ok bool, what string, got ...any) {
	if !ok {
		fmt.Fprintln(os.Stderr, what, got)
		os.Exit(1)
	}
}
