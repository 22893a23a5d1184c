package httpapi

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"duijie/internal/access"
	"duijie/internal/gateway"
	"duijie/internal/metrics"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// operatorKey is where the guard leaves who is calling.
const operatorKey = "operator"

// localOperator is whoever reaches a listener without configured admins.
var localOperator = gateway.Operator{Name: "local", Role: string(access.Operator)}

// adminRoutes is the admin listener, one line a call, with the least role that may make it.
func (s *Server) adminRoutes() *echo.Echo {
	e := s.newEcho()
	e.Pre(s.observe, s.guardHost, s.mountConsole)
	reads, acts := s.guard(access.Viewer), s.guard(access.Operator)

	e.GET("/admin/v1/deliveries", s.listDeliveries, reads)
	e.GET("/admin/v1/deliveries/:receipt", s.getDelivery, reads)
	e.POST("/admin/v1/deliveries/:receipt/payload", s.revealPayload, acts)
	e.POST("/admin/v1/deliveries/:receipt/retry", s.retry, acts)
	e.POST("/admin/v1/deliveries/:receipt/cancel", s.cancel, acts)
	e.POST("/admin/v1/deliveries/:receipt/ack", s.ack, acts)
	e.POST("/admin/v1/deliveries/:receipt/skip", s.skip, acts)
	e.POST("/admin/v1/deliveries/:receipt/resend", s.resend, acts)
	e.POST("/admin/v1/redrive", s.redrive, acts)
	e.GET("/admin/v1/jobs/:id", s.getJob, reads)
	e.DELETE("/admin/v1/jobs/:id", s.cancelJob, acts)
	e.GET("/admin/v1/cases/:unit/:subject/ids", s.getIDs, reads)
	e.POST("/admin/v1/cases/:unit/:subject/ids", s.bindIDs, acts)
	e.DELETE("/admin/v1/cases/:unit/:subject/ids", s.retireIDs, acts)
	e.GET("/admin/v1/units", s.listUnits, reads)
	e.GET("/admin/v1/units/:code/shadow", s.rehearsal, reads)
	e.POST("/admin/v1/units/:code/pause", s.pause, acts)
	e.POST("/admin/v1/units/:code/resume", s.resume, acts)
	e.POST("/admin/v1/units/:code/mode", s.setMode, acts)
	e.POST("/admin/v1/reload", s.reload, acts)
	e.POST("/admin/v1/explain", s.explain, reads)
	e.GET("/admin/v1/stats", s.stats, reads)
	e.POST("/admin/v1/stats", s.reportStats, acts)
	e.POST("/admin/v1/backup", s.backup, acts)
	if s.cfg.Metrics != nil {
		e.GET("/metrics", echo.WrapHandler(s.cfg.Metrics.Handler()), reads)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/healthz", s.healthz)
		e.Add(method, "/readyz", s.readyz)
	}
	return e
}

// guardHost refuses names that a browser could be lured here under (DNS rebinding).
func (s *Server) guardHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := hostName(c.Request().Host)
		if !s.hosts[host] && !isLoopback(host) {
			return &problem.Problem{Code: "host"}
		}
		return next(c)
	}
}

// adminHosts are the names besides loopback: configured ones, and the listener's own address.
func adminHosts(names []string, addr string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		out[hostName(name)] = true
	}
	own := hostName(addr)
	if ip, err := netip.ParseAddr(own); own != "" && (err != nil || !ip.IsUnspecified()) {
		out[own] = true
	}
	return out
}

// hostName is a Host without port, brackets and trailing dot, in lower case.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// mountConsole gives the console all that is not the API's.
func (s *Server) mountConsole(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		switch {
		case s.cfg.Console == nil, strings.HasPrefix(path, "/admin/"), path == "/metrics", path == "/healthz", path == "/readyz":
			return next(c)
		}
		s.cfg.Console.ServeHTTP(c.Response(), c.Request())
		return nil
	}
}

// guard finds the operator, checks the role, and asks state changes for a content
// type that no form of a foreign page can send.
func (s *Server) guard(least access.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			op := localOperator
			if len(s.cfg.Admins) > 0 {
				person, ok := s.cfg.Admins.Find(bearer(c.Request()))
				if !ok {
					return &problem.Problem{Code: "token"}
				}
				op = gateway.Operator{Name: person.Name, Role: string(person.Role)}
			}
			if !access.Role(op.Role).Allows(least) {
				return &problem.Problem{Code: "role"}
			}
			if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
				if media, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type")); err != nil || media != jsonType {
					return &problem.Problem{Code: "media-type"}
				}
			}
			c.Set(operatorKey, op)
			return next(c)
		}
	}
}

func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// operatorOf is who the guard found.
func operatorOf(c echo.Context) gateway.Operator {
	op, _ := c.Get(operatorKey).(gateway.Operator)
	return op
}

// measure is the gateway's state for a scrape.
func (s *Server) measure() metrics.State {
	out := metrics.State{Now: time.Now(), StoreBytes: s.gw.StoreBytes()}
	for _, u := range s.gw.Units() {
		out.Units = append(out.Units, metrics.Unit{Code: u.Code, BreakerOpen: u.Breaker != "" && u.Breaker != "closed", Trouble: cause(u.Trouble), Overdue: u.Overdue, Ways: []metrics.Way{
			{Direction: string(queue.ToLocal), Deliveries: everyState(u.ToLocal), Oldest: orZero(u.OldestToLocal)},
			{Direction: string(queue.ToNational), Deliveries: everyState(u.ToNational), Oldest: orZero(u.OldestToNational)},
		}})
	}
	return out
}

// cause is a unit's trouble without the direction before it ("to-local: status-401").
func cause(trouble string) string {
	if _, after, ok := strings.Cut(trouble, ": "); ok {
		return after
	}
	return trouble
}

// everyState has a number for each state, so that a series never vanishes at zero.
func everyState(counts map[string]int) map[string]int {
	out := map[string]int{}
	for _, state := range []queue.State{queue.Queued, queue.Sending, queue.Awaiting, queue.Held, queue.Acked, queue.Cancelled} {
		out[string(state)] = counts[string(state)]
	}
	return out
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
