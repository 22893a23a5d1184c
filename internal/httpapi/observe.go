package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// observe wraps every call: a panic becomes an error without details for the
// caller and a stack in the log, and each call is one line of debug, by route and
// never by path, for paths carry case numbers.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		began := time.Now()
		defer func() {
			s.log.Debug("request", slog.String("method", c.Request().Method), slog.String("route", c.Path()),
				slog.Int("status", c.Response().Status), slog.Int64("ms", time.Since(began).Milliseconds()))
		}()
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v) // not a fault: a handler cutting its connection
			}
			// The value may quote a message; its type and the stack do not.
			s.log.Error("panic in a request", slog.String("route", c.Path()), slog.String("type", fmt.Sprintf("%T", v)), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %T", v)
		}()
		if err = next(c); err != nil {
			c.Error(err) // answered here, so that the line above knows the status
			return nil
		}
		return nil
	}
}
