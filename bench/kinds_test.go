package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"duijie/bench/stage"
)

func TestAStageClearsAwayWhateverHappened(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		do   func(s *stage.Stage) error
		want string
	}{
		"well":     {func(*stage.Stage) error { return nil }, ""},
		"an error": {func(*stage.Stage) error { return broken }, "broken"},
		"fatal":    {func(s *stage.Stage) error { s.Must(broken); return nil }, "broken"},
		"skipped":  {func(s *stage.Stage) error { s.Skipf("no %s here", "server"); return nil }, "no server here"},
	} {
		var order string
		err := stage.On(func(s *stage.Stage) error {
			s.Cleanup(func() { order += "first " })
			s.Cleanup(func() { order += "last " })
			return c.do(s)
		})
		if got := ""; err != nil {
			got = err.Error()
			if got != c.want {
				t.Errorf("%s: %v", name, err)
			}
		} else if c.want != "" {
			t.Errorf("%s: no error", name)
		}
		if _, absent := errors.AsType[stage.Missing](err); absent != (name == "skipped") {
			t.Errorf("%s: missing is %v", name, absent)
		}
		if order != "last first " {
			t.Errorf("%s: cleared in the order %q", name, order)
		}
	}
}

func TestOnlyWholeFilesCount(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.json", ".b.json.tmp", "c.json", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := counted(dir)(); n != 2 {
		t.Errorf("%d files", n)
	}
	if n := counted(filepath.Join(dir, "none"))(); n != 0 {
		t.Errorf("%d files in no folder", n)
	}
}

// TestThePullLoopConfirmsWhatItWasHanded: each receipt, and nothing where nothing waits.
func TestThePullLoopConfirmsWhatItWasHanded(t *testing.T) {
	var confirmed atomic.Value
	waiting := `{"messages":[{"receipt":"r1","document":{}},{"receipt":"r2","document":{}}]}`
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/pull") {
			_, _ = w.Write([]byte(waiting))
			return
		}
		var b strings.Builder
		_ = r.Write(&b)
		confirmed.Store(b.String())
	}))
	defer local.Close()
	_, n, err := asked(http.DefaultClient, local.URL)
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if got, _ := confirmed.Load().(string); !strings.Contains(got, `{"results":[{"receipt":"r1","ok":true},{"receipt":"r2","ok":true}]}`) {
		t.Errorf("confirmed by %s", got)
	}
	waiting = `{"messages":[]}`
	if _, n, err := asked(http.DefaultClient, local.URL); err != nil || n != 0 {
		t.Errorf("of nothing: %d, %v", n, err)
	}
}

func TestNamesOfKindsAreTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kindsMeasured() {
		if k.open == nil || seen[k.name] {
			t.Errorf("%s is there twice or opens nothing", k.name)
		}
		seen[k.name] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d kinds", len(seen))
	}
}
