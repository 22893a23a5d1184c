package sql

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"duijie/adapter"
)

// TestABurstsConnectionsAreKept: with fewer idle connections than workers almost
// every delivery would log in anew.
func TestABurstsConnectionsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exchange.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := open(connection{driver: "sqlite"}, path, adapter.Settings{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer b.db.Close()
	for range 3 {
		var all, ended sync.WaitGroup
		all.Add(16)
		for range 16 {
			ended.Go(func() {
				tx, err := b.begin(t.Context())
				all.Done()
				if err != nil {
					t.Error(err)
					return
				}
				all.Wait() // sixteen are open at once
				if err := tx.Rollback(); err != nil && err != sql.ErrTxDone {
					t.Error(err)
				}
			})
		}
		ended.Wait()
	}
	if s := b.db.Stats(); s.MaxIdleClosed != 0 || s.OpenConnections != 16 {
		t.Errorf("%d connections closed, %d open", s.MaxIdleClosed, s.OpenConnections)
	}
}
