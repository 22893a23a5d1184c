package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

const (
	// compactFree is how much must be free before a file is written anew.
	compactFree = 64 << 20
	// compactUsed is the most that is copied at a start: a second or two.
	compactUsed = 256 << 20
)

// compact writes a file anew, without its free pages, before it is opened, where
// at least three quarters of it are free: after a large backlog has drained and
// its payloads were purged, each commit would carry a long list of free pages.
// The old file stays in force until the new one is complete and synced; what goes
// wrong before is logged, and the old one serves on.
func compact(o Options) {
	info, err := os.Stat(o.Path)
	if err != nil || info.Size() < compactFree {
		return
	}
	before, after, err := rewrite(o.Path)
	switch {
	case err != nil:
		o.Log.Warn("the store could not be compacted, and serves as it is", "error", err)
	case after > 0:
		o.Log.Info("store compacted", "before", before, "after", after)
	}
}

// rewrite gives the file's size before and after; after 0: nothing was to be done.
func rewrite(path string) (before, after int64, err error) {
	src, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return 0, 0, nil // opening it in earnest says why
	}
	defer src.Close()
	free := int64(src.Stats().FreePageN) * int64(src.Info().PageSize)
	err = src.View(func(tx *bbolt.Tx) error {
		before = tx.Size()
		return nil
	})
	if used := before - free; err != nil || free < compactFree || free < 3*used || used > compactUsed {
		return before, 0, err
	}
	tmp := path + ".compact"
	defer os.Remove(tmp) // gone already where it became the file
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return before, 0, err
	}
	if after, err = copyTo(tmp, src); err != nil {
		return before, 0, fmt.Errorf("copy: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return before, 0, err
	}
	return before, after, syncDir(filepath.Dir(path))
}

// copyTo makes a complete and synced copy of what a file holds.
func copyTo(path string, src *bbolt.DB) (size int64, err error) {
	dst, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return 0, err
	}
	const atOnce = 16 << 20
	if err := errors.Join(bbolt.Compact(dst, src, atOnce), dst.Sync()); err != nil {
		return 0, errors.Join(err, dst.Close())
	}
	err = dst.View(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	return size, errors.Join(err, dst.Close())
}

// replaced tells that a path no longer leads to an open file: another process has
// compacted it between our opening and our lock.
func replaced(path string, f *os.File) bool {
	there, err := os.Stat(path)
	if err != nil {
		return true
	}
	ours, err := f.Stat()
	return err != nil || !os.SameFile(there, ours)
}
