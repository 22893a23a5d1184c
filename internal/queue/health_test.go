package queue_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"duijie/internal/queue"
)

func TestWriteErrorsSayWhetherTheStoreRecovers(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "full", syscall.EDQUOT: "full", syscall.EFBIG: "full",
		syscall.EROFS: "readonly", syscall.EACCES: "readonly", syscall.EPERM: "readonly", syscall.EIO: "failed",
	} {
		err := queue.ClassifyWrite(fmt.Errorf("commit: %w", &fs.PathError{Op: "write", Path: "store.db", Err: errno}))
		if got := queue.HealthOf(err); got != want || !errors.Is(err, errno) {
			t.Errorf("%v: %s (%v), want %s", errno, got, err, want)
		}
	}
	if got := queue.HealthOf(queue.ClassifyWrite(nil)); got != "ok" {
		t.Errorf("nil: %s", got)
	}
}
