package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"duijie/internal/queue"
)

// recoverEvery is how often an unwell store tries a write by itself: where
// intake refuses everything, nobody else would.
const recoverEvery = time.Second

// growBytes is how much is allocated ahead at once.
const growBytes = 16 << 20

// sync makes a transaction durable. Its error says what it means: ErrFull and
// ErrReadOnly before anything was synced, else ErrFailed.
func (s *Store) sync(t *wtx, size int) error {
	if err := s.fault("before-commit"); err != nil {
		return errors.Join(queue.ClassifyWrite(err), t.w.Rollback())
	}
	if err := s.reserve(t.tx.Size(), int64(size), int64(t.w.Needs())); err != nil {
		return errors.Join(err, t.w.Rollback())
	}
	if err := s.fault("before-sync"); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", queue.ErrFailed, err), t.w.Rollback())
	}
	return classify(t.w.Commit())
}

// reserve allocates the space that a commit may need beyond the pages in use, so
// that a full disk is met here and not in the sync. Pages of a transaction are
// copies of those it changes: what is counted is generous.
func (s *Store) reserve(used, size, carried int64) error {
	need := used + 4*size + carried + 4<<20
	if need <= s.allocated {
		return nil
	}
	from := min(s.allocated, used)
	err := allocate(s.os, from, need+growBytes-from)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		if err = allocate(s.os, from, need-from); err == nil {
			s.allocated = need
			return s.syncGrown()
		}
		return queue.ClassifyWrite(fmt.Errorf("allocate: %w", err))
	}
	if errors.Is(err, errors.ErrUnsupported) {
		s.allocated = 1 << 62 // this file system does not allocate ahead
		return nil
	}
	if err != nil {
		return queue.ClassifyWrite(fmt.Errorf("allocate: %w", err))
	}
	s.allocated = need + growBytes
	return s.syncGrown()
}

func (s *Store) syncGrown() error {
	if s.o.NoSync {
		return nil
	}
	if err := s.os.Sync(); err != nil {
		return fmt.Errorf("%w: sync grown file: %w", queue.ErrFailed, err)
	}
	return nil
}

// classify says what bbolt's commit error means. In bbolt 1.5 a page that could
// not be written comes as os.File.WriteAt's *fs.PathError and leaves the last
// synced state in force; fdatasync's error comes as a bare errno; a file that
// could not be grown comes as text, from before any page was written.
func classify(err error) error {
	var path *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path) && path.Op == "write":
		return queue.ClassifyWrite(err)
	case strings.HasPrefix(err.Error(), "file resize error"):
		for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EROFS, syscall.EACCES, syscall.EPERM} {
			if strings.HasSuffix(err.Error(), no.Error()) {
				return queue.ClassifyWrite(fmt.Errorf("grow file: %w", no))
			}
		}
	}
	return fmt.Errorf("%w: %w", queue.ErrFailed, err)
}

// unwell remembers a failed write and passes its error on.
func (s *Store) unwell(err error, size int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.health
	s.health = queue.HealthOf(err)
	s.failed = max(s.failed, min(size, maxBytes))
	if s.health != was {
		s.o.Log.Error("store takes no writes", "health", s.health, "error", err)
	}
	return err
}

// well notes a write that succeeded: the store is well again after one as large
// as the largest that failed.
func (s *Store) well(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.health == "ok" || s.health == "failed" || size < s.failed {
		return
	}
	s.health, s.failed = "ok", 0
	s.o.Log.Info("store takes writes again")
}

// tryAgain writes as much as failed, and takes it out again.
func (s *Store) tryAgain() {
	s.mu.Lock()
	size := s.failed
	s.mu.Unlock()
	key := []byte("trial")
	put := &op{size: size, run: func(t *wtx) { t.put(bMeta, key, make([]byte, size)) }}
	if err, _ := s.try([]*op{put}); err != nil {
		return
	}
	_, _ = s.try([]*op{{run: func(t *wtx) { t.delete(bMeta, key) }}}) // left in place it harms nothing
}
