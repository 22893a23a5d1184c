package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/metrics"
)

func (s *Server) adminRoutes() *echo.Echo { return s.newEcho() }

func adminHosts(names []string, addr string) map[string]bool { return nil }

func (s *Server) measure() metrics.State { return metrics.State{} }

type reloadRefused struct{ findings []gateway.Finding }

func (reloadRefused) Error() string { return "" }

var _ http.Handler
