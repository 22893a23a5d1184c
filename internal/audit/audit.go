// Package audit is the record of what people did: one JSON object a line, appended
// to one file, chained by SM3 so that a line changed, removed or put in later shows.
//
// What is true after a call:
//
//   - Append returned nil: the entry is synced to disk. The act it speaks of is done
//     and answered only after that.
//   - It returned an error: the entry is not in the log, and the act must not be done;
//     after a failed sync nobody can say, and the log takes nothing more until it is
//     opened again.
//   - kill -9 at any point: every entry that Append answered nil is there. A line torn
//     by the crash was never answered; Open removes it and notes that it did.
//
// The log holds who, when, what, on which receipt and why; never a payload.
package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// Entry is one act of a person.
type Entry struct {
	Operator string `json:"operator"`
	Act      string `json:"act"`    // retry, cancel, payload, mode, …
	Target   string `json:"target"` // a receipt, a unit, a job
	Reason   string `json:"reason"`
}

// line is an entry as it stands in the file.
type line struct {
	Seq  uint64 `json:"seq"`
	Time string `json:"time"`
	Entry
	// Prev is the hex SM3 of the line before, without its line break; of nothing for the first.
	Prev string `json:"prev"`
}

// ErrFailed says that a sync failed earlier; the log must be opened anew.
var ErrFailed = errors.New("audit log failed: sync did not succeed")

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

var beijing = time.FixedZone("CST", 8*60*60)

// file is what the log needs of *os.File.
type file interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
}

// Log is an open audit log. All methods may be called by many at once.
type Log struct {
	now func() time.Time

	mu     sync.Mutex // guards what follows
	f      file
	size   int64 // bytes that are whole lines
	seq    uint64
	prev   string
	failed bool
}

// Open opens the log at path, or begins it, and continues its chain.
func Open(path string, now func() time.Time) (*Log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	l := &Log{now: now, f: f, prev: digest(nil)}
	torn, err := l.read(f)
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err == nil && torn > 0 {
		if err = f.Truncate(l.size); err == nil {
			err = l.Append(Entry{Operator: "duijie", Act: "audit.torn", Reason: fmt.Sprintf("%d bytes of an unfinished line removed at start", torn)})
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open audit log: %w", err), f.Close())
	}
	return l, nil
}

// read walks the file to its last whole line; torn is how many bytes follow it. A
// whole line that is no entry keeps its place in the chain: verification will tell.
func (l *Log) read(r io.Reader) (torn int, err error) {
	in := bufio.NewReader(r)
	for {
		raw, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return len(raw), nil
		}
		if err != nil {
			return 0, fmt.Errorf("read: %w", err)
		}
		l.size += int64(len(raw))
		raw = bytes.TrimSuffix(raw, []byte("\n"))
		l.prev = digest(raw)
		var have line
		if json.Unmarshal(raw, &have) == nil && have.Seq > l.seq {
			l.seq = have.Seq
		}
	}
}

// Append writes an entry and syncs it.
func (l *Log) Append(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed {
		return ErrFailed
	}
	raw, err := json.Marshal(line{Seq: l.seq + 1, Time: l.now().In(beijing).Format(timeFormat), Entry: e, Prev: l.prev})
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Act, err)
	}
	whole := append(raw, '\n')
	if _, err := l.f.Write(whole); err != nil {
		if undo := l.f.Truncate(l.size); undo != nil {
			l.failed = true // a torn line is in the way of the next
		}
		return fmt.Errorf("audit %s: %w", e.Act, err)
	}
	if err := l.f.Sync(); err != nil {
		l.failed = true // never retried into an OK
		return errors.Join(fmt.Errorf("audit %s: %w", e.Act, ErrFailed), err)
	}
	l.seq++
	l.size += int64(len(whole))
	l.prev = digest(raw)
	return nil
}

// Segment begins a new part of the log, and names the head of the part before:
// after a restore the entries between the backup and the loss are not in it.
func (l *Log) Segment(why string) error {
	l.mu.Lock()
	head := l.prev
	l.mu.Unlock()
	return l.Append(Entry{Operator: "duijie", Act: "audit.segment", Target: head, Reason: why})
}

// Close closes the file; what was appended is already on disk.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = true
	return l.f.Close()
}

func digest(raw []byte) string {
	sum := sm3.Sum(raw)
	return hex.EncodeToString(sum[:])
}

// syncFolder makes the file's name durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
