package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"duijie/internal/access"
	"duijie/internal/i18n"
	"duijie/internal/metrics"
)

// Config is all that the listeners need. Gateway is required; what else is zero
// has the default named, or is switched off.
type Config struct {
	Listen string // public listener, host:port
	Admin  string // admin listener, host:port; empty: none
	// PublicPath is where a proxy puts the public listener ("/duijie"); it answers with and without it.
	PublicPath string
	// Trusted are the proxies (CIDR or address) whose X-Forwarded-For is believed.
	Trusted []string
	// Hosts are Host names, without port, that the admin listener answers to besides loopback and its own address.
	Hosts []string
	// Admins are the persons who may use the admin listener; none: whoever reaches it is an operator.
	Admins access.List
	// MaxBody bounds a request's body in bytes; 0: no limit but memory.
	MaxBody int64
	// MaxMaterial bounds a material in bytes; 0: no limit.
	MaxMaterial int64
	// TLS serves the public listener over TLS, AdminTLS the admin one; nil: plain.
	TLS, AdminTLS *tls.Config
	// Lang is zh (default) or en, where a caller does not say.
	Lang string
	// Grace bounds how long requests under way may take when Run ends; 0: 10 s.
	Grace   time.Duration
	Log     *slog.Logger
	Gateway Gateway
	// Schemas are served at /schemas/, as national/v1/TYPE.json.
	Schemas fs.FS
	// Metrics are served at /metrics of the admin listener; nil: none.
	Metrics *metrics.Metrics
	// Console is mounted at / of the admin listener; nil: none.
	Console http.Handler
}

// The listeners' bounds on slow peers.
const (
	headerTimeout  = 10 * time.Second
	bodyTimeout    = 2 * time.Minute
	writeTimeout   = 3 * time.Minute
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	unbounded      = 1 << 40
	defaultGrace   = 10 * time.Second
)

// Server is both listeners.
type Server struct {
	cfg     Config
	log     *slog.Logger
	gw      Gateway
	lang    i18n.Lang
	hosts   map[string]bool
	public  listener
	admin   listener
	openapi []byte
}

// listener is a bound port and the server for it.
type listener struct {
	net.Listener
	server *http.Server
	tls    bool
}

// New checks the configuration and binds the ports, so that Addr and AdminAddr are
// known; nothing is served before Run. An error leaves no port bound.
func New(cfg Config) (*Server, error) {
	if cfg.Gateway == nil {
		return nil, errors.New("http: no gateway given")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = unbounded
	}
	if cfg.Grace == 0 {
		cfg.Grace = defaultGrace
	}
	cfg.PublicPath = strings.TrimRight(cfg.PublicPath, "/")
	if cfg.PublicPath != "" && !strings.HasPrefix(cfg.PublicPath, "/") {
		return nil, errors.New("http: publicPath must begin with /")
	}
	s := &Server{cfg: cfg, log: cfg.Log, gw: cfg.Gateway, lang: i18n.Pick(cfg.Lang), openapi: openapiYAML}
	proxies, err := parseProxies(cfg.Trusted)
	if err != nil {
		return nil, err
	}
	if cfg.Metrics != nil {
		cfg.Metrics.Watch(s.measure)
	}
	if s.public, err = s.bind(cfg.Listen, s.publicRoutes(proxies), cfg.TLS); err != nil {
		return nil, err
	}
	if cfg.Admin == "" {
		return s, nil
	}
	if s.admin, err = s.bind(cfg.Admin, s.adminRoutes(), cfg.AdminTLS); err != nil {
		s.public.Close()
		return nil, err
	}
	s.hosts = adminHosts(cfg.Hosts, cfg.Admin)
	return s, nil
}

func (s *Server) bind(addr string, h http.Handler, t *tls.Config) (listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return listener{}, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener{Listener: ln, tls: t != nil, server: &http.Server{
		Handler: h, TLSConfig: t,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}}, nil
}

// Addr is the public listener's real address.
func (s *Server) Addr() string { return s.public.Addr().String() }

// AdminAddr is the admin listener's real address; empty where there is none.
func (s *Server) AdminAddr() string {
	if s.admin.Listener == nil {
		return ""
	}
	return s.admin.Addr().String()
}

// Close frees the ports of a server that is not running.
func (s *Server) Close() error {
	err := s.public.Close()
	if s.admin.Listener != nil {
		err = errors.Join(err, s.admin.Close())
	}
	return err
}

// Run serves until ctx ends or a listener fails, then takes no new requests, gives
// those under way the grace period, cuts the rest, and returns when all have ended.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range []listener{s.public, s.admin} {
		if l.Listener == nil {
			continue
		}
		g.Go(func() error {
			if err := l.serve(); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve on %s: %w", l.Addr(), err)
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
			defer cancel()
			if err := l.server.Shutdown(end); err != nil {
				return ignoreClosed(l.server.Close()) // the grace is over: cut them
			}
			return nil
		})
	}
	return g.Wait()
}

func (l listener) serve() error {
	if l.tls {
		return l.server.ServeTLS(l.Listener, "", "")
	}
	return l.server.Serve(l.Listener)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// newEcho is the router of one listener with what both have.
func (s *Server) newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = echo.ExtractIPDirect()
	return e
}

// parseProxies reads trusted proxies, as CIDR or single address.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, one := range list {
		p, err := netip.ParsePrefix(one)
		if err != nil {
			a, errAddr := netip.ParseAddr(one)
			if errAddr != nil {
				return nil, fmt.Errorf("trusted proxies: %q is neither an address nor a network", one)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}
