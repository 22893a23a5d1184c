package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// backup is POST /admin/v1/backup: a tar stream of store, materials and audit log.
// One that breaks off lacks its last entry, and the connection is cut.
func (s *Server) backup(c echo.Context) error {
	if err := decode(s, c, &struct{}{}); err != nil {
		return err
	}
	out := &firstWrite{c: c}
	if err := s.gw.Backup(operatorOf(c), out); err != nil {
		if !out.begun {
			return fmt.Errorf("backup: %w", err)
		}
		s.cfg.Log.Error("backup broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// firstWrite sends the headers with the first byte, so that an error before it is
// still a problem document.
type firstWrite struct {
	c     echo.Context
	begun bool
}

// backupStall is how long a reader may take none of a backup: while it is written
// the store keeps all pages of that moment.
const backupStall = time.Minute

func (w *firstWrite) Write(b []byte) (int, error) {
	if err := http.NewResponseController(w.c.Response()).SetWriteDeadline(time.Now().Add(backupStall)); err != nil {
		return 0, fmt.Errorf("time for a backup: %w", err)
	}
	if !w.begun {
		w.begun = true
		h := w.c.Response().Header()
		h.Set("Content-Type", "application/x-tar")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Disposition", `attachment; filename="duijie-backup.tar"`)
		w.c.Response().WriteHeader(http.StatusOK)
	}
	return w.c.Response().Write(b)
}
