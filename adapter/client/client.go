// Package client is the one HTTP client of every adapter that calls a local
// system or the national platform.
//
// It promises that one attempt is one request on the wire, that
// adapter.SentOf(ctx) is marked just before the first byte of the request leaves
// and not earlier, that only the hosts allowed are called and no redirect is
// followed, that an answer never costs more memory than its limit, compressed or
// not, and that no error quotes a URL's query, a header or a byte of an answer.
// An error without a kind is the network's; adapter.Classify decides by the mark.
// A Client may be used by many goroutines at once.
package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"duijie/adapter"
)

// Options say whom a client may call and how long an attempt may take.
type Options struct {
	Host      string        // host of the settings' url; hosts are compared without port unless one is written
	Allow     []string      // further hosts
	Timeout   time.Duration // one attempt, its answer's body included; 0: only the context bounds it
	MaxAnswer int64         // bytes of an answer, decompressed; 0: 1 MiB
	HTTP2     bool
	TLS       *tls.Config // nil: the system's roots
}

// Request is one request. Its URL is sent as it stands.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
	// Stream, where set, is sent in place of Body, Length bytes of it, and closed.
	Stream io.ReadCloser
	Length int64
	// Timeout, where set, replaces the client's.
	Timeout time.Duration
	// Question marks a request that changes nothing (a probe, a list): it may be
	// repeated by the transport on a connection that turned out dead.
	Question bool
}

// Answer is what came back. Broken says why Body is not whole: cut, oversized or
// timeout; empty where it is.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Broken string
}

// Client calls the hosts it was made for.
type Client struct {
	options Options
	resty   *resty.Client
	close   func()
	alone   atomic.Bool // see once
}

// New makes a client. Close ends its idle connections.
func New(o Options) *Client {
	if o.MaxAnswer <= 0 {
		o.MaxAnswer = 1 << 20
	}
	c := &Client{options: o}
	kept, fresh := transport(o, c.strayed), transport(o, c.strayed)
	fresh.DisableKeepAlives = true
	h := &http.Client{
		Transport:     once{kept, fresh, &c.alone},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r := resty.NewWithClient(h).SetRetryCount(0).SetDoNotParseResponse(true).SetLogger(silent{}).
		SetAllowGetMethodPayload(true).SetHeader("User-Agent", "duijie")
	c.resty, c.close = r, kept.CloseIdleConnections
	return c
}

// strayed is called when an answer came that nobody had asked for. From then on no
// connection is used twice: nothing in HTTP tells a second answer from the next
// request's, and a message would be acknowledged by another one's.
func (c *Client) strayed() {
	if !c.alone.Swap(true) {
		go c.close()
	}
}

// Close ends idle connections; attempts under way end by themselves.
func (c *Client) Close() { c.close() }

// Do sends one request and reads its answer within the timeout.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	if !c.allowed(r.URL) {
		if r.Stream != nil {
			r.Stream.Close()
		}
		return Answer{}, &adapter.Failure{Outcome: adapter.UnitTrouble, Code: "network", Cause: "host-not-allowed",
			Err: fmt.Errorf("host %s is neither that of url nor allowed", r.URL.Hostname())}
	}
	limit := c.options.Timeout
	if r.Timeout > 0 {
		limit = r.Timeout
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s: %w", limit, context.DeadlineExceeded))
		defer cancel()
	}
	carried, done := traced(ctx, r.Question)
	if r.Stream != nil {
		defer r.Stream.Close()
		carried = context.WithValue(carried, lengthKey{}, r.Length)
	}
	req := c.resty.R().SetContext(carried)
	for k, vs := range r.Header {
		req.Header[http.CanonicalHeaderKey(k)] = vs
	}
	if r.Body != nil || r.Stream != nil {
		if req.SetBody(r.Body); r.Stream != nil {
			req.SetBody(struct{ io.Reader }{r.Stream})
		}
		if req.Header.Get("Content-Type") == "" {
			req.SetHeader("Content-Type", "application/octet-stream")
		}
	}
	res, err := req.Execute(r.Method, r.URL.String())
	if err != nil {
		return Answer{}, describe(ctx, err)
	}
	defer res.RawBody().Close()
	a := Answer{Status: res.StatusCode(), Header: res.Header()}
	if a.Status == http.StatusSwitchingProtocols {
		a.Broken = "cut" // nobody asked for it, and what follows has no end that any timeout reaches
		return a, nil
	}
	a.Body, err = io.ReadAll(io.LimitReader(res.RawBody(), c.options.MaxAnswer+1))
	switch {
	case int64(len(a.Body)) > c.options.MaxAnswer:
		a.Body, a.Broken = a.Body[:c.options.MaxAnswer], "oversized"
	case err != nil && ctx.Err() != nil:
		a.Broken = "timeout"
	case err != nil:
		a.Broken = "cut"
	default:
		done()
	}
	return a, nil
}

// allowed tells whether a URL's host is that of the settings or listed.
func (c *Client) allowed(u *url.URL) bool {
	for _, h := range append([]string{c.options.Host}, c.options.Allow...) {
		if h != "" && (strings.EqualFold(h, u.Hostname()) || strings.EqualFold(h, u.Host)) {
			return true
		}
	}
	return false
}

// silent drops resty's own log lines, which quote URLs.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// LogValue shows status and size, never content.
func (a Answer) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("status", a.Status), slog.Int("bytes", len(a.Body)), slog.String("broken", a.Broken))
}
