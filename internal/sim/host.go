package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// bodyLimit bounds what a simulated peer reads: a case with 5,000 workers has 2.5 MB.
const bodyLimit = 32 << 20

// host is one listening HTTP server.
type host struct {
	server *http.Server
	addr   string
	done   chan struct{} // closed when Serve has returned
}

// serve listens on addr ("" is a free port of the loopback) and serves h.
func serve(addr string, h http.Handler) (*host, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	s := &host{addr: l.Addr().String(), done: make(chan struct{}),
		server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}}
	go func() {
		defer close(s.done)
		s.server.Serve(l)
	}()
	return s, nil
}

// URL is where the server is.
func (s *host) URL() string { return "http://" + s.addr }

// Close stops it: requests under way get a second, then are cut.
func (s *host) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.done
	return err
}

// reply is an HTTP answer in a peer's own words.
type reply struct {
	status int
	kind   string // content type
	body   []byte
}

func (r reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", r.kind)
	w.WriteHeader(r.status)
	w.Write(r.body)
}

// words are how a peer says no.
type words struct {
	again, never, business, unauthorised reply
}

// answer answers one request as u decides for key; take enters the message and
// gives the honest answer.
func (u *unruly) answer(w http.ResponseWriter, r *http.Request, key string, say words, take func() reply) {
	switch u.next(key) {
	case behave, sayTwice:
		take().write(w)
	case refuseRetry:
		say.again.write(w)
	case refuseForGood:
		say.never.write(w)
	case refuseBusiness:
		say.business.write(w)
	case unauthorised:
		say.unauthorised.write(w)
	case hang:
		u.wait(r.Context())
		panic(http.ErrAbortHandler)
	case lateAnswer:
		honest := take()
		u.wait(r.Context())
		honest.write(w)
	case loginPage:
		reply{200, "text/html; charset=utf-8", []byte("<!DOCTYPE html><title>统一身份认证</title><form>请登录</form>")}.write(w)
	case cutAnswer:
		honest := take()
		cut(w, honest)
	case errorTaken:
		take()
		reply{500, "text/plain", []byte("internal error")}.write(w)
	case errorUntaken:
		reply{500, "text/plain", []byte("internal error")}.write(w)
	case unavailable:
		w.Header().Set("Retry-After", "1")
		reply{503, "text/plain", []byte("busy")}.write(w)
	case resetTaken:
		take()
		reset(w)
	case resetUntaken:
		reset(w)
	}
}

// wait ends when the caller has left, or after the longest time.
func (u *unruly) wait(ctx context.Context) {
	t := time.NewTimer(u.hold)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// cut announces the whole answer and breaks off in the middle.
func cut(w http.ResponseWriter, honest reply) {
	c := hijack(w)
	defer c.Close()
	fmt.Fprintf(c, "HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		honest.status, honest.kind, len(honest.body)+1, honest.body[:len(honest.body)/2])
}

// reset closes the connection with RST.
func reset(w http.ResponseWriter) {
	c := hijack(w)
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// hijack takes the connection over, or aborts the request.
func hijack(w http.ResponseWriter) net.Conn {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return c
}

// readBody reads a request's body up to the limit.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
}
