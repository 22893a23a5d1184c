package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"duijie/internal/queue"
)

// TestSyncErrorIsNeverTakenForAWriteError holds the reading of bbolt's errors:
// a bare errno is the sync's, whatever it says.
func TestSyncErrorIsNeverTakenForAWriteError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want error
	}{
		{&fs.PathError{Op: "write", Path: "store.db", Err: syscall.ENOSPC}, queue.ErrFull},
		{&fs.PathError{Op: "write", Path: "store.db", Err: syscall.EROFS}, queue.ErrReadOnly},
		{&fs.PathError{Op: "write", Path: "store.db", Err: syscall.EIO}, queue.ErrFailed},
		{syscall.ENOSPC, queue.ErrFailed},
		{syscall.EIO, queue.ErrFailed},
		{fmt.Errorf("file resize error: %s", &fs.PathError{Op: "truncate", Path: "store.db", Err: syscall.EFBIG}), queue.ErrFull},
		{fmt.Errorf("file sync error: %s", syscall.ENOSPC), queue.ErrFailed},
		{errors.New("something else"), queue.ErrFailed},
	} {
		if got := classify(c.err); !errors.Is(got, c.want) {
			t.Errorf("%v: %v, want %v", c.err, got, c.want)
		}
	}
	if err := classify(nil); err != nil {
		t.Error(err)
	}
}

// TestStoreIsWellAfterAWriteAsLarge holds that a small write does not end "full".
func TestStoreIsWellAfterAWriteAsLarge(t *testing.T) {
	s := &Store{o: withDefaults(Options{}), health: "ok"}
	_ = s.unwell(queue.ErrFull, 1000)
	_ = s.unwell(queue.ErrFull, 10)
	if s.well(999); s.Health() != "full" {
		t.Error("a smaller write made it well")
	}
	if s.well(1000); s.Health() != "ok" {
		t.Error("one as large did not")
	}
	_ = s.unwell(queue.ErrFailed, 10)
	if s.well(1 << 20); s.Health() != "failed" {
		t.Error("a failed store became well")
	}
}
