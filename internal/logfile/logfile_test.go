package logfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/internal/logfile"
)

var began = time.Date(2026, 11, 24, 2, 3, 4, 0, time.UTC)

// rig is a log in a folder of its own, with a clock that a test moves.
type rig struct {
	*logfile.File
	t        *testing.T
	dir      string
	path     string
	now      time.Time
	troubles []string
}

func open(t *testing.T, dir string, maxBytes int64, keep time.Duration) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, path: filepath.Join(dir, "duijie.log"), now: began}
	f, err := logfile.Open(logfile.Options{Path: r.path, MaxBytes: maxBytes, Keep: keep, Now: func() time.Time { return r.now },
		Trouble: func(err error) { r.troubles = append(r.troubles, err.Error()) }})
	if err != nil {
		t.Fatal(err)
	}
	r.File = f
	t.Cleanup(func() { f.Close() })
	return r
}

func (r *rig) say(line string) {
	r.t.Helper()
	if _, err := r.Write([]byte(line + "\n")); err != nil {
		r.t.Fatal(err)
	}
}

// files are the names in the folder, sorted.
func (r *rig) files() []string {
	r.t.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func (r *rig) holds(name, want string) {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	if string(b) != want {
		r.t.Errorf("%s holds %q, want %q", name, b, want)
	}
}

func TestFullFileIsPutAsideUnderItsMoment(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "log"), 10, 0)
	for i := range 5 {
		r.say(fmt.Sprintf("line%d", i))
	}
	r.say("much longer than a file may be")
	want := []string{"duijie-20261124T020304.000Z.log", "duijie-20261124T020304.001Z.log", "duijie-20261124T020304.002Z.log",
		"duijie-20261124T020304.003Z.log", "duijie-20261124T020304.004Z.log", "duijie.log"}
	if got := r.files(); !slices.Equal(got, want) {
		t.Fatalf("files %q", got)
	}
	r.holds(want[0], "line0\n")
	r.holds(want[4], "line4\n")
	r.holds("duijie.log", "much longer than a file may be\n")
}

func TestGrowsOnWhereItStoodAfterARestart(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, 20, 0).say("before")
	r := open(t, dir, 20, 0)
	r.say("after")
	r.holds("duijie.log", "before\nafter\n")
	r.say("over the bound")
	r.holds("duijie-20261124T020304.000Z.log", "before\nafter\n")
}

func TestOldFilesGoAndOthersStay(t *testing.T) {
	dir := t.TempDir()
	foreign := []string{"duijie-20200101T000000.000Z.log.gz", "duijie-old.log", "other-20200101T000000.000Z.log", "duijie.yaml"}
	for _, name := range append(foreign, "duijie-20200101T000000.000Z.log") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, 8, 48*time.Hour)
	if got := r.files(); slices.Contains(got, "duijie-20200101T000000.000Z.log") || len(got) != len(foreign)+1 {
		t.Fatalf("after the start there are %q", got)
	}
	r.say("monday")
	r.now = began.Add(24 * time.Hour)
	r.say("tuesday")
	r.now = began.Add(72*time.Hour + time.Second)
	r.say("x") // puts tuesday aside; monday's was put aside 48 h ago
	if got := r.files(); slices.Contains(got, "duijie-20261125T020304.000Z.log") || !slices.Contains(got, "duijie-20261127T020305.000Z.log") {
		t.Errorf("files %q", got)
	}
	r.now = r.now.Add(49 * time.Hour)
	r.say("y") // no file is put aside now, and yet the old one goes
	if got := r.files(); len(got) != len(foreign)+1 {
		t.Errorf("files %q", got)
	}
}

func TestNobodyElseMayRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "duijie.log"), []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, 4, 0)
	r.say("new")
	for _, name := range r.files() {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

// Many loggers at once, and never a line torn, lost or doubled.
func TestManyWritersLoseNoLine(t *testing.T) {
	const writers, lines = 8, 400
	r := open(t, t.TempDir(), 4096, 0)
	log := slog.New(slog.NewJSONHandler(r, nil))
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := range lines {
				log.Info("state changed", "line", w*lines+n)
			}
		})
	}
	all.Wait()
	seen := map[int]bool{}
	for _, name := range r.files() {
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 4096 {
			t.Errorf("%s has %d bytes", name, len(b))
		}
		for line := range bytes.Lines(b) {
			var v struct{ Line int }
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s: a line is torn: %v", name, err)
			}
			if seen[v.Line] {
				t.Errorf("line %d twice", v.Line)
			}
			seen[v.Line] = true
		}
	}
	if len(seen) != writers*lines {
		t.Errorf("%d lines of %d", len(seen), writers*lines)
	}
}

func TestFileThatWasMovedAwayIsMadeAnew(t *testing.T) {
	r := open(t, t.TempDir(), 0, 0)
	r.say("one")
	if err := os.Rename(r.path, r.path+".1"); err != nil {
		t.Fatal(err)
	}
	r.say("two") // not yet noticed: it goes where the file went
	r.now = r.now.Add(time.Minute)
	r.say("three")
	r.holds("duijie.log.1", "one\ntwo\n")
	r.holds("duijie.log", "three\n")
}

func TestLinksAndDevicesAreNeverMoved(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "duijie.log")); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, 4, time.Hour)
	r.say("first")
	r.say("second")
	r.holds("elsewhere", "first\nsecond\n")
	if got := r.files(); !slices.Equal(got, []string{"duijie.log", "elsewhere"}) {
		t.Errorf("files %q", got)
	}
}

// Where no new file can be made, the old one grows on, and it is tried again later.
func TestFolderThatTakesNoFileStopsNothing(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	r := open(t, t.TempDir(), 8, 0)
	r.say("first")
	if err := os.Chmod(r.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(r.dir, 0o700) })
	r.say("second")
	r.say("third")
	r.holds("duijie.log", "first\nsecond\nthird\n")
	if len(r.troubles) != 1 {
		t.Errorf("troubles %q, want one", r.troubles)
	}
	if err := os.Chmod(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Minute)
	r.say("fourth")
	r.holds("duijie.log", "fourth\n")
}

func TestFullDiskLosesLinesAndSaysHowMany(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount: %v %s", err, out)
		}
		t.Skipf("needs the right to mount a small file system (run as root): %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	r := open(t, dir, 0, 0)
	r.say("first")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 56<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	wide := strings.Repeat("x", 1000)
	written, lost := 0, 0
	for range 10 {
		if _, err := r.Write([]byte(wide + "\n")); err != nil {
			lost++
		} else {
			written++
		}
	}
	if lost == 0 {
		t.Fatal("the disk was not filled")
	}
	if len(r.troubles) != 1 {
		t.Errorf("troubles %q, want one", r.troubles)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.say("last")
	b, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	want := "first\n" + strings.Repeat(wide+"\n", written) +
		fmt.Sprintf(`{"time":"2026-11-24T02:03:04Z","level":"WARN","msg":"log lines lost: the file could not be written","lines":%d}`, lost) + "\nlast\n"
	if string(b) != want {
		t.Errorf("%d bytes, want %d; the end is %q", len(b), len(want), b[max(0, len(b)-200):])
	}
}

func TestDeviceThatIsFullStopsNobody(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	var told int
	f, err := logfile.Open(logfile.Options{Path: "/dev/full", MaxBytes: 4, Keep: time.Hour, Trouble: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 100 {
		if _, err := f.Write([]byte("line\n")); err == nil {
			t.Fatal("written")
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
