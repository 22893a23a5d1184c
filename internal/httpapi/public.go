package httpapi

import (
	_ "embed"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed openapi.yaml
var openapiYAML []byte

// publicRoutes is the public listener, one line a call.
func (s *Server) publicRoutes(proxies []netip.Prefix) *echo.Echo {
	e := s.newEcho()
	e.IPExtractor = clientIP(proxies)
	e.Pre(s.stripPublicPath)
	e.Use(s.observe)

	e.POST("/v1/messages", s.postMessages)
	e.GET("/v1/messages", s.findMessage)
	e.GET("/v1/messages/:receipt", s.getMessage)
	e.GET("/v1/cases/:unit/:subject", s.getCase)
	e.GET("/v1/reconcile", s.getReconcile)
	e.PUT("/v1/materials/:digest", s.putMaterial)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/v1/materials/:digest", s.getMaterial)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		e.Add(method, "/local/:unit/*", s.local)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/healthz", s.healthz)
		e.Add(method, "/readyz", s.readyz)
	}
	e.GET("/openapi.yaml", s.getOpenAPI)
	e.GET("/schemas/*", s.getSchema)
	return e
}

// local hands a local system's own call to the gateway, which answers in that
// system's way. RemoteAddr is the real client's, for the unit's from:.
func (s *Server) local(c echo.Context) error {
	unit, name := pathParam(c, "unit"), pathParam(c, "*")
	if name == "" {
		return notFound()
	}
	r := c.Request()
	if ip := c.RealIP(); ip != "" {
		r.RemoteAddr = net.JoinHostPort(ip, "0")
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, s.cfg.MaxBody)
	if err := s.gw.Local(c.Response(), r, unit, name); err != nil {
		return fmt.Errorf("local call: %w", err)
	}
	return nil
}

func (s *Server) healthz(c echo.Context) error {
	return answerJSON(c, map[string]string{"status": "ok"})
}

func (s *Server) readyz(c echo.Context) error {
	ready := s.gw.Ready()
	if ready.Units == nil {
		ready.Units = map[string]string{}
	}
	status := http.StatusOK
	if ready.Status == "down" {
		status = http.StatusServiceUnavailable
	}
	return writeJSON(c, status, jsonType, ready)
}

func (s *Server) getOpenAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", s.openapi)
}

func (s *Server) getSchema(c echo.Context) error {
	name := pathParam(c, "*")
	if s.cfg.Schemas == nil || !fs.ValidPath(name) || path.Ext(name) != ".json" {
		return notFound()
	}
	raw, err := fs.ReadFile(s.cfg.Schemas, name)
	if err != nil {
		return notFound()
	}
	return c.Blob(http.StatusOK, "application/schema+json", raw)
}

// pathParam is a path parameter decoded: echo routes on the raw path where it differs.
func pathParam(c echo.Context, name string) string {
	v := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return v
	}
	if plain, err := url.PathUnescape(v); err == nil {
		return plain
	}
	return v
}

// stripPublicPath lets the listener answer under publicPath too; the request-target
// stays as it came, for the signature.
func (s *Server) stripPublicPath(next echo.HandlerFunc) echo.HandlerFunc {
	base := s.cfg.PublicPath
	return func(c echo.Context) error {
		if u := c.Request().URL; base != "" && strings.HasPrefix(u.Path, base+"/") {
			u.Path = u.Path[len(base):]
			if u.RawPath != "" {
				u.RawPath = strings.TrimPrefix(u.RawPath, base)
			}
		}
		return next(c)
	}
}

// clientIP believes X-Forwarded-For only where it comes from a trusted proxy.
func clientIP(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
