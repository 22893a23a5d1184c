package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"duijie/adapter"
)

// errSpoke ends an attempt before a byte of it left: the connection it was given
// holds an answer already.
var errSpoke = errors.New("peer had answered before it was asked")

// transport makes connections that tell stray when a peer speaks unasked. Those of
// HTTP/1 are watched above TLS, as its records come at any time.
func transport(o Options, stray func()) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &watched{Conn: c, stray: stray}, nil
		},
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		ForceAttemptHTTP2:      o.HTTP2,
	}
	if !o.HTTP2 {
		secure := &tls.Dialer{NetDialer: dialer, Config: o.TLS}
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, dialer.Timeout+t.TLSHandshakeTimeout)
			defer cancel()
			c, err := secure.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &watched{Conn: c, stray: stray}, nil
		}
	}
	return t
}

// watched marks the attempt that holds the connection just before it writes, and
// notices what comes before one asked: a peer, or a box before it, that answers
// twice. The next attempt would take that for its own answer.
type watched struct {
	net.Conn
	stray func()

	mu     sync.Mutex
	holder *adapter.Sent // of the attempt that has it, or nil
	begun  bool          // an attempt has held it
	asked  bool          // its holder has written
	spoke  bool          // something came unasked
	below  bool          // TLS runs above: its records come at any time
	answer extent        // of the answer to what was asked
}

// extent is how far an answer goes, as far as its head says so: two answers in one
// packet are read at once, and the next attempt would get the second.
type extent struct {
	head  []byte
	known bool // left says how much of it is to come
	lost  bool // nobody can tell
	left  int
}

// longestHead is how much of a head is looked at.
const longestHead = 16 << 10

// beyond takes what was read and tells whether more came than the answer has.
func (e *extent) beyond(b []byte) bool {
	if e.lost {
		return false
	}
	if e.known {
		e.left -= len(b)
		return e.left < 0
	}
	e.head = append(e.head, b...)
	end := bytes.Index(e.head, []byte("\r\n\r\n"))
	if end < 0 {
		e.lost = len(e.head) > longestHead
		return false
	}
	length, ok := contentLength(string(e.head[:end]))
	e.known, e.lost, e.left = ok, !ok, end+4+length-len(e.head)
	e.head = nil
	return ok && e.left < 0
}

// contentLength is what a head says; false for one of an answer that is not the last
// word, or whose end something else tells.
func contentLength(head string) (n int, ok bool) {
	lines := strings.Split(head, "\r\n")
	if _, status, _ := strings.Cut(lines[0], " "); strings.HasPrefix(status, "1") {
		return 0, false
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "content-length":
			length, err := strconv.Atoi(strings.TrimSpace(value))
			n, ok = length, err == nil && length >= 0
		case "transfer-encoding":
			return 0, false
		}
	}
	return n, ok
}

// Read implements net.Conn.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.mu.Lock()
	stray := n > 0 && w.begun && !w.below && (!w.asked || w.answer.beyond(b[:n]))
	w.spoke = w.spoke || stray
	w.mu.Unlock()
	if stray {
		w.stray()
	}
	return n, err
}

// Write implements net.Conn.
func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	if w.spoke {
		w.mu.Unlock()
		return 0, errSpoke
	}
	if !w.asked {
		w.asked, w.answer = true, extent{}
	}
	w.holder.Mark()
	w.mu.Unlock()
	return w.Conn.Write(b)
}

// take gives the connection to an attempt.
func (w *watched) take(sent *adapter.Sent, below bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holder, w.begun, w.asked, w.below = sent, true, false, below
}

// free lets go of it, unless the next attempt has it already.
func (w *watched) free(sent *adapter.Sent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holder == sent {
		w.holder, w.asked = nil, false
	}
}

type questionKey struct{}

// lengthKey carries how many bytes a streamed body has.
type lengthKey struct{}

// traced ties the connection that the transport picks to the attempt's memory:
// what was written before (a handshake, another attempt) does not count.
// Done lets go of the connection, once the answer is whole.
func traced(ctx context.Context, question bool) (_ context.Context, done func()) {
	sent := adapter.SentOf(ctx)
	if sent == nil {
		sent = new(adapter.Sent)
	}
	var held atomic.Pointer[watched]
	ctx = context.WithValue(ctx, questionKey{}, question)
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		c := i.Conn
		t, secure := c.(*tls.Conn)
		if secure {
			if t.ConnectionState().NegotiatedProtocol == "h2" {
				sent.Mark() // many requests share the connection: its writes belong to no one
				return
			}
			c = t.NetConn()
		}
		if w, ok := c.(*watched); ok {
			w.take(sent, secure)
			held.Store(w)
			return
		}
		sent.Mark()
	}}
	return httptrace.WithClientTrace(ctx, trace), func() {
		if w := held.Load(); w != nil {
			w.free(sent)
		}
	}
}

// once keeps net/http from repeating a request by itself. On a reused connection
// that the server closed it repeats what has an Idempotency-Key, and every GET,
// as long as the body can be had again: so the body cannot.
type once struct {
	kept *http.Transport
	// fresh takes over once alone is set: each request gets a connection of
	// its own, for the peer answers twice.
	fresh *http.Transport
	alone *atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	next := o.kept
	if o.alone.Load() {
		next = o.fresh
	}
	question, _ := r.Context().Value(questionKey{}).(bool)
	if question && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.GetBody = nil
	if n, ok := r.Context().Value(lengthKey{}).(int64); ok && n > 0 {
		r.ContentLength = n
	}
	if r.Body == nil || r.Body == http.NoBody {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(nil)), 0
	}
	return next.RoundTrip(r)
}
