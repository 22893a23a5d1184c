package main

import (
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"duijie/internal/config"
)

func TestCheckComparesModesAndMendsTheStore(t *testing.T) {
	dir := t.TempDir()
	g, err := newStage(dir, demoFlags{fault: "none", seed: 1, units: []string{"L1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	a, stop := running(t, g.file)
	client := &adminClient{base: "http://" + a.server.AdminAddr(), http: defaultClient()}
	if _, err := client.call(t.Context(), "POST", "/admin/v1/units/510000/pause", nil, struct{}{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.call(t.Context(), "POST", "/admin/v1/units/510000/mode", nil, map[string]string{"mode": "resident"}); err != nil {
		t.Fatal(err)
	}
	cfg, _ := config.Load(g.file)
	if found := checkModes(cfg); len(found) != 1 || found[0].Severity != "info" {
		t.Errorf("while it runs: %+v", found)
	}
	if _, err := checkStore(cfg); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("checked the store of a running gateway: %v", err)
	}
	stop()
	found := checkModes(cfg)
	if len(found) != 2 || !strings.Contains(found[0].Message, "resident") || !strings.Contains(found[1].Message, "paused") {
		t.Errorf("modes %+v", found)
	}
	if found, err := checkStore(cfg); err != nil || len(found) != 0 {
		t.Fatalf("a store that is well: %+v, %v", found, err)
	}
	db, err := bbolt.Open(filepath.Join(cfg.Data, "duijie.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("find")).Put([]byte("nobody's entry of an index"), nil)
	})
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	found, err = checkStore(cfg)
	if err != nil || len(found) != 1 || found[0].Code != "store-repaired" {
		t.Fatalf("repair: %+v, %v", found, err)
	}
	if found, err = checkStore(cfg); err != nil || len(found) != 0 {
		t.Fatalf("after the repair: %+v, %v", found, err)
	}
}
