package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"duijie/adapter"
)

// transport makes connections that tell stray when a peer speaks unasked.
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
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return t
}

// watched marks the attempt that holds the connection just before it writes, and
// notices what comes while none does: a peer, or a box before it, that answers
// twice. The next attempt would take that for its own answer.
type watched struct {
	net.Conn
	sent  atomic.Pointer[adapter.Sent]
	begun atomic.Bool // an attempt has held it
	tls   atomic.Bool // records of its own come at any time
	stray func()
}

// Read implements net.Conn.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 && w.begun.Load() && !w.tls.Load() && w.sent.Load() == nil {
		w.stray()
	}
	return n, err
}

// Write implements net.Conn.
func (w *watched) Write(b []byte) (int, error) {
	w.sent.Load().Mark()
	return w.Conn.Write(b)
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
			w.tls.Store(secure)
			w.sent.Store(sent)
			w.begun.Store(true)
			held.Store(w)
			return
		}
		sent.Mark()
	}}
	return httptrace.WithClientTrace(ctx, trace), func() {
		if w := held.Load(); w != nil {
			w.sent.CompareAndSwap(sent, nil) // unless the next attempt has it already
		}
	}
}

// once keeps net/http from repeating a request by itself. On a reused connection
// that the server closed it repeats what has an Idempotency-Key, and every GET,
// as long as the body can be had again: so the body cannot.
type once struct {
	next http.RoundTripper
	// alone: each request gets a connection of its own, for the peer answers twice.
	alone *atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.alone.Load() {
		r = r.Clone(r.Context())
		r.Close = true
	}
	question, _ := r.Context().Value(questionKey{}).(bool)
	if question && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return o.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.GetBody = nil
	if n, ok := r.Context().Value(lengthKey{}).(int64); ok && n > 0 {
		r.ContentLength = n
	}
	if r.Body == nil || r.Body == http.NoBody {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(nil)), 0
	}
	return o.next.RoundTrip(r)
}
