package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func clock() time.Time { return time.Date(2026, 11, 20, 1, 2, 3, 4_000_000, time.UTC) }

func open(t *testing.T, path string) *Log {
	t.Helper()
	l, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// chain reads the file and checks numbers and digests.
func chain(t *testing.T, path string) []line {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []line
	prev := digest(nil)
	for one := range bytes.Lines(raw) {
		var l line
		one = bytes.TrimSuffix(one, []byte("\n"))
		if err := json.Unmarshal(one, &l); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		if l.Prev != prev || l.Seq != uint64(len(out)+1) {
			t.Errorf("line %d: seq %d, chain %s, want %s", len(out)+1, l.Seq, l.Prev, prev)
		}
		prev = digest(one)
		out = append(out, l)
	}
	return out
}

func TestChainGoesOnAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for _, act := range []string{"retry", "cancel"} {
		l := open(t, path)
		for range 2 {
			if err := l.Append(Entry{"wang", act, "r-1", "told by\nphone <ok>"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	lines := chain(t, path)
	if len(lines) != 4 || lines[3].Entry != (Entry{"wang", "cancel", "r-1", "told by\nphone <ok>"}) || lines[0].Time != "2026-11-20T09:02:03.004+08:00" {
		t.Errorf("lines = %+v", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
}

func TestTornLastLineIsRemovedAndNoted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, path)
	if err := l.Append(Entry{"wang", "retry", "r-1", ""}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":2,"oper`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	l = open(t, path)
	if err := l.Append(Entry{"li", "cancel", "r-2", "x"}); err != nil {
		t.Fatal(err)
	}
	lines := chain(t, path)
	if len(lines) != 3 || lines[1].Act != "audit.torn" || !strings.HasPrefix(lines[1].Reason, "14 bytes") || lines[2].Operator != "li" {
		t.Errorf("lines = %+v", lines)
	}
}

func TestAlteredLineShowsInTheChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, path)
	for _, op := range []string{"wang", "li"} {
		if err := l.Append(Entry{op, "ack", "r-1", ""}); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, second, _ := bytes.Cut(bytes.Replace(raw, []byte("wang"), []byte("zhao"), 1), []byte("\n"))
	var next line
	if err := json.Unmarshal(second, &next); err != nil {
		t.Fatal(err)
	}
	if next.Prev == digest(first) {
		t.Error("an altered line still fits the chain")
	}
}

func TestManyAtOnceKeepOneChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, path)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := l.Append(Entry{"wang", "retry", "r", ""}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(chain(t, path)); n != 20 {
		t.Errorf("%d lines", n)
	}
}

// faulty is a file whose disk fails at a chosen point.
type faulty struct {
	*os.File
	write, sync error
}

func (f *faulty) Write(p []byte) (int, error) {
	if f.write != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, f.write
	}
	return f.File.Write(p)
}

func (f *faulty) Sync() error { return errors.Join(f.sync, f.File.Sync()) }

func TestDiskFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, path)
	disk := &faulty{File: l.f.(*os.File)}
	l.f = disk
	entry := Entry{"wang", "retry", "r-1", ""}
	disk.write = errors.New("no space left")
	if err := l.Append(entry); err == nil {
		t.Error("a failed write was answered nil")
	}
	disk.write = nil
	if err := l.Append(entry); err != nil {
		t.Errorf("after the disk had room again: %v", err)
	}
	if lines := chain(t, path); len(lines) != 1 {
		t.Errorf("half a line stayed: %+v", lines)
	}
	disk.sync = errors.New("input/output error")
	if err := l.Append(entry); !errors.Is(err, ErrFailed) {
		t.Errorf("failed sync: %v", err)
	}
	disk.sync = nil
	if err := l.Append(entry); !errors.Is(err, ErrFailed) {
		t.Errorf("a failed sync was retried into an OK: %v", err)
	}
}
