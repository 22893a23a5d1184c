package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/internal/config"
	"duijie/internal/sim"
)

// running is a gateway between simulators that ends with the test, or by stop.
func running(t *testing.T, file string) (a *app, stop func()) {
	t.Helper()
	cfg, findings := config.Load(file)
	if cfg == nil || config.Failed(findings) {
		t.Fatalf("configuration: %v", findings)
	}
	a, err := newApp(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("gateway: %v", err)
		}
	}
	t.Cleanup(stop)
	return a, stop
}

func defaultClient() *http.Client { return &http.Client{Timeout: 5 * time.Second} }

// counts are a unit's deliveries to the local system by state, through the admin API.
func counts(t *testing.T, a *app) (map[string]int, string) {
	t.Helper()
	client := &adminClient{base: "http://" + a.server.AdminAddr(), http: defaultClient()}
	raw, err := client.call(t.Context(), "GET", "/admin/v1/units", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Units []struct {
			Status  string         `json:"status"`
			ToLocal map[string]int `json:"toLocal"`
		} `json:"units"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v.Units[0].ToLocal, v.Units[0].Status
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// TestBackupAndRestore plays a lost disk: a backup while messages are open, more
// messages, the loss, a restore. Nothing goes out before the unit is resumed; what
// the local system took meanwhile is found by asking it, not sent twice.
func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	g, err := newStage(dir, demoFlags{fault: "none", seed: 1, units: []string{"L1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	a, stop := running(t, g.file)
	client := &adminClient{base: "http://" + a.server.AdminAddr(), http: defaultClient()}
	call := func(path string) {
		t.Helper()
		if _, err := client.call(t.Context(), "POST", path, nil, struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	event, err := sim.Delegations("510000", "urn:national:mohrss", 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	push := func(from, n int) {
		t.Helper()
		for i := range n {
			e, err := event(from + i)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.national.Send(t.Context(), "http://"+a.server.Addr(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	taken := func() int { return g.locals[0].Book().Len() }

	call("/admin/v1/units/510000/pause")
	push(0, 5) // open at the backup
	file := filepath.Join(dir, "backup.tar")
	if _, err := client.download(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	call("/admin/v1/units/510000/resume")
	push(5, 3) // after it: lost with the disk
	until(t, "eight cases at the local system", func() bool { n, _ := counts(t, a); return n["acked"] == 8 })
	if taken() != 8 {
		t.Fatalf("the local system has %d", taken())
	}
	stop()

	data := filepath.Join(dir, "data")
	cfg, _ := config.Load(g.file)
	if _, err := restore(t.Context(), cfg, file, time.Now()); err == nil || !strings.Contains(err.Error(), "aside") {
		t.Fatalf("restored over a store: %v", err)
	}
	if err := os.Rename(data, data+".lost"); err != nil {
		t.Fatal(err)
	}
	r, err := restore(t.Context(), cfg, file, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 1 || r.PossiblySent != 5 || len(r.Paused) != 1 || r.Changed {
		t.Fatalf("restored %+v", r)
	}
	entries, _ := os.ReadDir(data)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".restore") {
			t.Errorf("%s was left behind", e.Name())
		}
	}

	a, _ = running(t, g.file)
	client.base = "http://" + a.server.AdminAddr()
	if n, status := counts(t, a); status != "paused" || n["queued"] != 5 {
		t.Fatalf("%s with %v", status, n)
	}
	push(5, 3) // the sender pushes again what GET /v1/reconcile does not list
	call("/admin/v1/units/510000/resume")
	until(t, "all acknowledged", func() bool { n, _ := counts(t, a); return n["acked"] == 8 })
	if taken() != 8 {
		t.Fatalf("the local system has %d, want the 8 it had", taken())
	}
	log, err := os.ReadFile(filepath.Join(data, "audit.log"))
	if err != nil || !strings.Contains(string(log), `"act":"audit.segment"`) || !strings.Contains(string(log), `"act":"backup"`) {
		t.Errorf("audit log: %s, %v", log, err)
	}
}
