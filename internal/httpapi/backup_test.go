package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"duijie/internal/problem"
)

func TestBackupStreamsAndIsAudited(t *testing.T) {
	s := start(t, nil)
	s.gw.Archive = strings.Repeat("x", 1<<20)
	got := s.admin("POST", "/admin/v1/backup", `{}`)
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/x-tar" || string(got.raw) != s.gw.Archive {
		t.Errorf("%d %s, %d bytes", got.StatusCode, got.Header.Get("Content-Type"), len(got.raw))
	}
	if acts := s.gw.Acts(); len(acts) != 1 || acts[0] != "local backup" {
		t.Errorf("acts %v", acts)
	}
}

func TestBackupThatCannotBeginIsAProblem(t *testing.T) {
	s := start(t, nil)
	s.gw.BackupErr = &problem.Problem{Code: "store"}
	if got := s.admin("POST", "/admin/v1/backup", `{}`); got.StatusCode != 503 {
		t.Errorf("%d %s", got.StatusCode, got.raw)
	}
}

func TestBackupThatBreaksOffCutsTheConnection(t *testing.T) {
	s := start(t, nil)
	s.gw.Archive, s.gw.BackupErr = "half", errors.New("the disk went away")
	res, err := http.Post("http://"+s.AdminAddr()+"/admin/v1/backup", "application/json", strings.NewReader(`{}`))
	if err != nil {
		return // cut before the headers came through
	}
	defer res.Body.Close()
	if all, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("a whole answer: %q", all)
	}
}
