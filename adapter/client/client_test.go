package client_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/client"
)

func at(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func post(t *testing.T, raw string) client.Request {
	return client.Request{Method: "POST", URL: at(t, raw), Body: []byte(`{"name":"张三"}`),
		Header: http.Header{"Idempotency-Key": {"k"}, "Content-Type": {"application/json"}}}
}

func local(o client.Options) client.Options { o.Host = "127.0.0.1"; return o }

// reusing serves raw connections: the first request of each is answered, the
// second read to its end and then the connection closed without an answer.
func reusing(t *testing.T) (string, *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var served atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for i := range 2 {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					served.Add(1)
					if i == 0 {
						io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String(), &served
}

// OneAttemptIsOneRequest: net/http repeats by itself what has an Idempotency-Key;
// two attempts must be two requests, and the second's outcome unknown.
func TestOneAttemptIsOneRequest(t *testing.T) {
	for _, method := range []string{"POST", "GET", "DELETE", "PUT"} {
		for _, body := range [][]byte{[]byte("{}"), nil} {
			t.Run(fmt.Sprintf("%s with %d bytes", method, len(body)), func(t *testing.T) {
				base, served := reusing(t)
				c := client.New(local(client.Options{Timeout: 5 * time.Second}))
				defer c.Close()
				r := post(t, base+"/x")
				r.Method, r.Body = method, body
				if _, err := c.Do(context.Background(), r); err != nil {
					t.Fatal(err)
				}
				ctx, sent := adapter.Track(context.Background())
				_, err := c.Do(ctx, r)
				if err == nil {
					t.Fatal("an answer came from nowhere")
				}
				if n := served.Load(); n != 2 {
					t.Fatalf("two attempts made %d requests", n)
				}
				if f := adapter.Classify(err, sent.Yes()); f.Outcome != adapter.UnknownTaken {
					t.Fatalf("outcome %s", f.Outcome)
				}
			})
		}
	}
}

func TestFirstByteDecides(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	l.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }))
	defer silent.Close()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // accepts, but speaks no TLS: the handshake never ends
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	for _, c := range []struct {
		name, url, code string
		want            adapter.Outcome
	}{
		{"refused", refused, "network", adapter.Transient},
		{"no such host", "http://no-such-host.invalid", "network", adapter.Transient},
		{"silent after the request", silent.URL, "timeout", adapter.UnknownTaken},
		{"silent in the handshake", "https://" + deaf.Addr().String(), "timeout", adapter.Transient},
		{"plain HTTP where TLS was expected", strings.Replace(silent.URL, "http:", "https:", 1), "network", adapter.Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := client.New(local(client.Options{Timeout: 300 * time.Millisecond, Allow: []string{"no-such-host.invalid"}}))
			defer cl.Close()
			ctx, sent := adapter.Track(context.Background())
			_, err := cl.Do(ctx, post(t, c.url+"/a?name=张三"))
			f := adapter.Classify(err, sent.Yes())
			if f.Outcome != c.want || c.name != "no such host" && f.Code != c.code {
				t.Fatalf("%s %s (%v)", f.Outcome, f.Code, err)
			}
			if strings.Contains(err.Error(), "name") && strings.Contains(err.Error(), "?") {
				t.Fatalf("quotes the query: %v", err)
			}
		})
	}
}

func TestUntrustedCertificateIsTrouble(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	c := client.New(local(client.Options{Timeout: 5 * time.Second}))
	defer c.Close()
	ctx, sent := adapter.Track(context.Background())
	_, err := c.Do(ctx, post(t, s.URL))
	if f := adapter.Classify(err, sent.Yes()); f.Outcome != adapter.UnitTrouble || f.Cause != "tls" || sent.Yes() {
		t.Fatalf("%+v sent %v", f, sent.Yes())
	}
}

func TestRefusedClientCertificateIsTrouble(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool(), MaxVersion: tls.VersionTLS12} // 1.3 tells only after the request left
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c := client.New(local(client.Options{Timeout: 5 * time.Second, TLS: &tls.Config{RootCAs: roots, Certificates: s.TLS.Certificates}}))
	defer c.Close()
	ctx, sent := adapter.Track(context.Background())
	_, err := c.Do(ctx, post(t, s.URL))
	if f := adapter.Classify(err, sent.Yes()); f.Outcome != adapter.UnitTrouble || f.Cause != "tls" {
		t.Fatalf("%+v", f)
	}
}

func TestHTTP2IsMarkedToo(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.ProtoMajor) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	for _, two := range []bool{true, false} {
		c := client.New(local(client.Options{Timeout: 5 * time.Second, HTTP2: two, TLS: &tls.Config{RootCAs: roots}}))
		ctx, sent := adapter.Track(context.Background())
		a, err := c.Do(ctx, post(t, s.URL))
		if err != nil || !sent.Yes() || (string(a.Body) == "2") != two {
			t.Errorf("http2 %v: %s %v %v", two, a.Body, sent.Yes(), err)
		}
		c.Close()
	}
}

func TestHostsAreListed(t *testing.T) {
	c := client.New(client.Options{Host: "example.invalid", Allow: []string{"other.invalid:8080"}})
	_, err := c.Do(context.Background(), post(t, "http://127.0.0.1:1/"))
	var f *adapter.Failure
	if !errors.As(err, &f) || f.Cause != "host-not-allowed" {
		t.Fatal(err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			zeros := make([]byte, 1<<20)
			for range 64 {
				z.Write(zeros)
			}
			z.Close()
		case "/half":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
		case "/drip":
			for range 100 {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		case "/away":
			http.Redirect(w, r, "http://198.51.100.1/", http.StatusFound)
		}
	}))
	defer s.Close()
	for path, want := range map[string]string{"/bomb": "oversized", "/half": "cut", "/drip": "timeout", "/away": ""} {
		timeout := 20 * time.Second
		if path == "/drip" { // the one that must run out
			timeout = 400 * time.Millisecond
		}
		c := client.New(local(client.Options{Timeout: timeout, MaxAnswer: 1000}))
		defer c.Close()
		a, err := c.Do(context.Background(), post(t, s.URL+path))
		if err != nil || a.Broken != want || len(a.Body) > 1000 {
			t.Errorf("%s: %+v %v", path, a.Broken, err)
		}
		if path == "/away" && a.Status != 302 {
			t.Errorf("redirect was followed: %d", a.Status)
		}
	}
}

// TestSwitchedProtocolEndsTheAttempt: net/http hands a switched connection over
// as a body that neither the context nor any limit ends.
func TestSwitchedProtocolEndsTheAttempt(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
		io.Copy(io.Discard, c) // until the caller lets go of it
	}))
	defer s.Close()
	c := client.New(local(client.Options{Timeout: time.Minute}))
	defer c.Close()
	a, err := c.Do(context.Background(), post(t, s.URL))
	if err != nil || a.Status != 101 || a.Broken == "" {
		t.Fatalf("%+v %v", a, err)
	}
}

func TestGarbageIsNotQuoted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "张三 510102199001011234\r\n\r\n")
	}()
	c := client.New(local(client.Options{Timeout: 5 * time.Second}))
	defer c.Close()
	_, err = c.Do(context.Background(), post(t, "http://"+l.Addr().String()))
	if err == nil || strings.Contains(err.Error(), "张三") || strings.Contains(err.Error(), "5101") {
		t.Fatal(err)
	}
}
