package bolt_test

import (
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
			o.Path = copyFile(t, o.Path)
			return open(t, o)
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

// copyFile is what kill -9 leaves: the file as it is on disk now.
func copyFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
