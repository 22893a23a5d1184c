// Package logfile is the file that the program's log goes to: it grows to a bound,
// is then put aside under the time of that moment, and what was put aside is
// removed once it is old enough.
//
// It promises: a line is whole in one file or not there at all; no line goes into
// a file that others may read (mode 0600); a line that cannot be written, on a full
// disk or a read-only one, is lost and counted, never waited for, and the first
// line that can be written again is preceded by one that says how many were lost.
// Writing never ends for lack of a new file: where the old one cannot be put
// aside, or a new one cannot be made, it goes on in the old one.
//
// It never removes a file whose name it did not give itself, never puts aside what
// is no ordinary file (a pipe, a link such as /dev/stderr), starts no goroutine and
// does not sync:
// after kill -9 every written line is there, after a power cut the last ones may not be.
package logfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say where the log is and how long it may become and live.
type Options struct {
	Path     string
	MaxBytes int64         // put aside before it grows beyond this; 0: never
	Keep     time.Duration // what was put aside lives so long; 0: for ever
	Now      func() time.Time
	// Trouble is told of what does not work, not of every line, and must not write to the file.
	Trouble func(error)
}

// lookEvery is how often it is looked whether the file is still there under its
// name, and whether something is old enough to be removed.
const lookEvery = time.Minute

// mode is that of every file: the log has no personal data, but the case numbers.
const mode = 0o600

// File is an open log. Its methods may be called at once by many.
type File struct {
	o Options

	mu     sync.Mutex // guards all below
	f      *os.File
	size   int64 // of f
	plain  bool  // f is an ordinary file
	mine   bool  // its name is no link to elsewhere, so that it may be moved
	looked time.Time
	failed time.Time // when it could not be put aside last
	lost   int       // lines since the last that was written
}

// Open opens the file, or makes it with its folder, and removes what is too old.
func Open(o Options) (*File, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	w := &File{o: o}
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, err
	}
	if err := w.reopen(); err != nil {
		return nil, err
	}
	w.looked = o.Now()
	w.sweep(w.looked)
	return w, nil
}

// Write writes one line, or loses it; the error is for who cares.
func (w *File) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return 0, os.ErrClosed
	}
	now := w.o.Now()
	if since := now.Sub(w.looked); since < 0 || since >= w.every() {
		w.look(now)
	}
	if w.mine && w.o.MaxBytes > 0 && w.size > 0 && w.size+int64(len(line)) > w.o.MaxBytes {
		w.turn(now)
	}
	if err := w.append(w.withLoss(line, now)); err != nil {
		if w.lost++; w.lost == 1 {
			w.o.Trouble(err)
		}
		return 0, err
	}
	w.lost = 0
	return len(line), nil
}

// Close closes the file; what is written later is lost.
func (w *File) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return nil
	}
	err := w.f.Close()
	w.f = nil
	return err
}

func (w *File) every() time.Duration {
	if w.o.Keep > 0 {
		return min(lookEvery, w.o.Keep)
	}
	return lookEvery
}

// withLoss puts before a line how many were lost before it.
func (w *File) withLoss(line []byte, now time.Time) []byte {
	if w.lost == 0 {
		return line
	}
	b, err := json.Marshal(struct {
		Time  time.Time `json:"time"`
		Level string    `json:"level"`
		Msg   string    `json:"msg"`
		Lines int       `json:"lines"`
	}{now, "WARN", "log lines lost: the file could not be written", w.lost})
	if err != nil {
		return line
	}
	return append(append(b, '\n'), line...)
}

// append writes at the end; what went in half is taken out again.
func (w *File) append(b []byte) error {
	n, err := w.f.Write(b)
	if err == nil {
		w.size += int64(n)
		return nil
	}
	if n > 0 && w.plain {
		if info, statErr := w.f.Stat(); statErr == nil {
			err = errors.Join(err, w.f.Truncate(info.Size()-int64(n)))
		}
	}
	return err
}

// look opens the file anew where it is no longer there under its name, as after
// an mv or rm, and removes what is old.
func (w *File) look(now time.Time) {
	w.looked = now
	if w.plain && !w.named() {
		if err := w.reopen(); err != nil && w.lost == 0 {
			w.o.Trouble(err)
		}
	}
	w.sweep(now)
}

// named tells whether the open file is what lies under its name.
func (w *File) named() bool {
	open, err := w.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(w.o.Path)
	return err == nil && os.SameFile(open, there)
}

// turn puts the file aside and begins a new one. What does not work is tried
// again after a while; meanwhile the file grows on.
func (w *File) turn(now time.Time) {
	if since := now.Sub(w.failed); since >= 0 && since < lookEvery {
		return
	}
	if err := w.putAside(now); err != nil {
		w.failed = now
		w.o.Trouble(err)
		return
	}
	w.sweep(now)
}

func (w *File) putAside(now time.Time) error {
	info, err := w.f.Stat()
	if err != nil {
		return err
	}
	if w.size = info.Size(); w.size == 0 { // somebody else emptied it
		return nil
	}
	if !w.named() {
		return w.reopen()
	}
	aside := w.aside(now)
	for _, err := os.Lstat(aside); err == nil; _, err = os.Lstat(aside) {
		now = now.Add(time.Millisecond)
		aside = w.aside(now)
	}
	if err := os.Rename(w.o.Path, aside); err != nil {
		return fmt.Errorf("put the log aside: %w", err)
	}
	return w.reopen()
}

// reopen opens what lies under the name, or a new file; the old one stays open
// and in use where that fails.
func (w *File) reopen() error {
	f, err := os.OpenFile(w.o.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if w.f != nil {
		w.f.Close()
	}
	w.f, w.size, w.plain = f, info.Size(), info.Mode().IsRegular()
	name, err := os.Lstat(w.o.Path)
	w.mine = w.plain && err == nil && name.Mode().IsRegular()
	if w.plain && info.Mode().Perm()&^mode != 0 {
		if err := f.Chmod(mode); err != nil {
			w.o.Trouble(fmt.Errorf("others may read it: %w", err))
		}
	}
	return nil
}

// stamp is the moment in a name, in UTC, so that names sort by age.
const stamp = "20060102T150405.000Z"

// aside is duijie-20261124T020304.000Z.log for duijie.log.
func (w *File) aside(now time.Time) string {
	ext := filepath.Ext(w.o.Path)
	return strings.TrimSuffix(w.o.Path, ext) + "-" + now.UTC().Format(stamp) + ext
}

// sweep removes what was put aside long enough ago, by its name.
func (w *File) sweep(now time.Time) {
	if w.o.Keep <= 0 || !w.mine {
		return
	}
	entries, err := os.ReadDir(filepath.Dir(w.o.Path))
	if err != nil {
		return
	}
	base := filepath.Base(w.o.Path)
	ext := filepath.Ext(base)
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), strings.TrimSuffix(base, ext)+"-")
		rest, ended := strings.CutSuffix(rest, ext)
		if !ours || !ended || !e.Type().IsRegular() {
			continue
		}
		at, err := time.Parse(stamp, rest)
		if err != nil || now.Sub(at) <= w.o.Keep {
			continue
		}
		if err := os.Remove(filepath.Join(filepath.Dir(w.o.Path), e.Name())); err != nil {
			w.o.Trouble(fmt.Errorf("remove an old log: %w", err))
		}
	}
}
