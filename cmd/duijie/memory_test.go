package main

import (
	"path/filepath"
	"testing"

	"duijie/internal/queue/bolt"
)

func TestAdaptersMemoryOutlivesTheProcessAndCountsOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	for round := range uint64(2) {
		store, err := bolt.Open(bolt.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		m := &storeMemory{store: store}
		if got, ok := m.Get("name"); (round == 1) != ok || ok && got != "a.zip" {
			t.Fatalf("round %d: %q %v", round, got, ok)
		}
		if err := m.Put(t.Context(), "name", "a.zip"); err != nil {
			t.Fatal(err)
		}
		for i := range uint64(3) {
			if n, err := m.Next(t.Context(), "seq"); err != nil || n != 3*round+i+1 {
				t.Fatalf("Next = %d, %v", n, err)
			}
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
