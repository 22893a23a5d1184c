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

func transport(o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &watched{Conn: c}, nil
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

// watched marks the attempt that holds the connection just before it writes.
type watched struct {
	net.Conn
	sent atomic.Pointer[adapter.Sent]
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
func traced(ctx context.Context, question bool) context.Context {
	sent := adapter.SentOf(ctx)
	ctx = context.WithValue(ctx, questionKey{}, question)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		c := i.Conn
		if t, ok := c.(*tls.Conn); ok {
			if t.ConnectionState().NegotiatedProtocol == "h2" {
				sent.Mark() // many requests share the connection: its writes belong to no one
				return
			}
			c = t.NetConn()
		}
		if w, ok := c.(*watched); ok {
			w.sent.Store(sent)
			return
		}
		sent.Mark()
	}})
}

// once keeps net/http from repeating a request by itself. On a reused connection
// that the server closed it repeats what has an Idempotency-Key, and every GET,
// as long as the body can be had again: so the body cannot.
type once struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
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
