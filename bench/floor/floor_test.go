package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.etcd.io/bbolt"
)

// TestWhatIsTakenIsPostedAndDeleted: the same bytes, and only what is JSON.
func TestWhatIsTakenIsPostedAndDeleted(t *testing.T) {
	got := make(chan string, 1)
	local := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	}))
	defer local.Close()
	s, err := open(filepath.Join(t.TempDir(), "floor.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.db.Close()
	done := make(chan struct{})
	go func() { defer close(done); s.work(local.URL) }()
	e := echo.New()
	for body, want := range map[string]int{`{"a":`: http.StatusBadRequest, `{"a":1}`: http.StatusAccepted} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/v1/messages", strings.NewReader(body))
		if err := take(e.NewContext(r, w), s, true); err != nil || w.Code != want {
			t.Errorf("%s: %d, %v", body, w.Code, err)
		}
	}
	select {
	case body := <-got:
		if body != `{"a":1}` {
			t.Errorf("posted %s", body)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was posted")
	}
	close(s.waiting)
	<-done
	left := 0
	if err := s.db.View(func(tx *bbolt.Tx) error { left = tx.Bucket(s.bucket).Stats().KeyN; return nil }); err != nil || left != 0 {
		t.Errorf("%d are left, %v", left, err)
	}
}
