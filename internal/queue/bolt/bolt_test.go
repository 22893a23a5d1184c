package bolt_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
	"duijie/internal/queue/queuetest"
)

func TestSuite(t *testing.T) {
	queuetest.Run(t, func(t *testing.T, s queuetest.Setup) (queue.Store, func() queue.Store) {
		o := bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), Now: s.Now, Mono: s.Mono, Judge: s.Judge, LogHorizon: s.LogHorizon, Fault: s.Fault, NoSync: true}
		store := open(t, o)
		return store, func() queue.Store {
			o.Path = copyFile(t, t.TempDir(), o.Path, store.Size())
			store = open(t, o)
			return store
		}
	})
}

func open(t testing.TB, o bolt.Options) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// copyFile is what kill -9 leaves: the used part of the file as it is now.
func copyFile(t testing.TB, dir, path string, size int64) string {
	t.Helper()
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.CreateTemp(dir, "copy*.db")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := io.CopyN(to, from, size); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}
