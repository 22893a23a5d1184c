// Package adaptertest holds the suites that every adapter kind passes: RunSink
// and RunSource, named after what the contract promises, and a scripted receiver
// and a recording intake to play the other side.
//
// Nothing here is a mock: a receiver is a real listener on loopback that behaves
// as local systems do, badly too. A kind whose receiver cannot play an act skips
// what needs it.
package adaptertest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Act is what a receiver does with the next message.
type Act string

// The acts of a receiver.
const (
	Take         Act = "take"          // takes it and says so
	Busy         Act = "busy"          // provably does not take it: come again
	Refuse       Act = "refuse"        // takes it never: a person is needed
	Expired      Act = "expired"       // our credentials are no longer good
	Redirect     Act = "redirect"      // to another host
	Hang         Act = "hang"          // takes it and never answers
	Half         Act = "half"          // takes it, then half an answer
	Oversized    Act = "oversized"     // takes it, then an answer without end
	WrongCharset Act = "wrong-charset" // takes it, then bytes of another charset
	Drip         Act = "drip"          // takes it, then a byte now and then
	Reset        Act = "reset"         // reads it, then resets the connection
	LoginPage    Act = "login-page"    // 200 and HTML
	Gossip       Act = "gossip"        // refuses and quotes what it was sent
	GatewayLate  Act = "gateway-late"  // 504 of a proxy before it
)

// Receiver is a scripted local system.
type Receiver interface {
	// Play sets what it does from now on; false where it cannot.
	Play(Act) bool
	// Requests counts what arrived whole.
	Requests() int
}

// HTTP is a receiver that speaks HTTP.
type HTTP struct {
	*httptest.Server
	// Answer is what a taking receiver says.
	Answer []byte

	mu       sync.Mutex // guards what follows
	act      Act
	requests int
	last     *http.Request
	body     []byte
	done     chan struct{}
}

// NewHTTP starts a receiver on loopback, with TLS that nobody trusts where asked.
func NewHTTP(t testing.TB, secure bool) *HTTP {
	h := &HTTP{Answer: []byte(`{"code":"0","data":{"ajbh":"L-77"}}`), act: Take, done: make(chan struct{})}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(h.serve))
	h.Config.ErrorLog = quiet()
	if secure {
		h.StartTLS()
	} else {
		h.Start()
	}
	t.Cleanup(func() { close(h.done); h.CloseClientConnections(); h.Close() })
	return h
}

// Play implements Receiver.
func (h *HTTP) Play(a Act) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.act = a
	return true
}

// Requests implements Receiver.
func (h *HTTP) Requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.requests
}

// Last is the last request and its body.
func (h *HTTP) Last() (*http.Request, []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.body
}

func (h *HTTP) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.requests++
	h.last, h.body = r, body
	act := h.act
	h.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch act {
	case Take:
		w.Write(h.Answer)
	case Busy:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	case Refuse:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case Gossip:
		w.WriteHeader(http.StatusUnprocessableEntity)
		w.Write(body)
	case Expired:
		w.WriteHeader(http.StatusUnauthorized)
	case Redirect:
		http.Redirect(w, r, "http://198.51.100.1/elsewhere", http.StatusTemporaryRedirect)
	case GatewayLate:
		w.WriteHeader(http.StatusGatewayTimeout)
	case LoginPage:
		io.WriteString(w, "<html><body>请登录</body></html>")
	case WrongCharset:
		w.Write([]byte{'{', '"', 'm', '"', ':', '"', 0xd5, 0xc5, 0xc8, 0xfd, '"', '}'})
	case Half:
		w.Header().Set("Content-Length", strconv.Itoa(len(h.Answer)+100))
		w.Write(h.Answer)
	case Oversized:
		endless(w, h.done)
	case Hang:
		h.wait(r, time.Hour)
	case Drip:
		for h.wait(r, 20*time.Millisecond) {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
		}
	case Reset:
		reset(w)
	}
}

// wait waits, unless the caller or the test ends.
func (h *HTTP) wait(r *http.Request, d time.Duration) bool {
	select {
	case <-r.Context().Done():
		return false
	case <-h.done:
		return false
	case <-time.After(d):
		return true
	}
}

func endless(w io.Writer, done chan struct{}) {
	blanks := make([]byte, 64<<10)
	for i := range blanks {
		blanks[i] = ' '
	}
	for {
		select {
		case <-done:
			return
		default:
		}
		if _, err := w.Write(blanks); err != nil {
			return
		}
	}
}

func reset(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}
