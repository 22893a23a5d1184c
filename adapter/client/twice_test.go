package client

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
)

// TestPeerThatAnswersTwiceIsNotBelievedTwice: once a second answer was noticed, no
// request ever gets the answer to another.
func TestPeerThatAnswersTwiceIsNotBelievedTwice(t *testing.T) {
	overBoth(t, 2*time.Millisecond, func(t *testing.T, c *Client, u *url.URL) {
		ask := func(key string) {
			a, err := c.Do(t.Context(), Request{Method: "POST", URL: u, Body: []byte(key)})
			if err != nil || string(a.Body) != key {
				t.Errorf("asked %s: %q, %v", key, a.Body, err)
			}
		}
		// One that comes before the first was read to its end is not told from it: net/http
		// drops it with its connection, and nobody is the wiser.
		for end := time.Now().Add(30 * time.Second); !c.alone.Load(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no second answer was noticed")
			}
			if _, err := c.Do(t.Context(), Request{Method: "POST", URL: u, Body: []byte("first")}); err != nil {
				t.Log(err)
			}
		}
		var wait sync.WaitGroup
		for w := range 8 {
			wait.Go(func() {
				for i := range 40 {
					ask(fmt.Sprintf("%d-%d", w, i))
				}
			})
		}
		wait.Wait()
	})
}

// TestPeerThatAnswersOnceKeepsItsConnections holds that ordinary answers, late and
// long ones among them, are not taken for second ones.
func TestPeerThatAnswersOnceKeepsItsConnections(t *testing.T) {
	overBoth(t, -1, func(t *testing.T, c *Client, u *url.URL) {
		for i := range 50 {
			body := make([]byte, 1+i*5000)
			if a, err := c.Do(t.Context(), Request{Method: "POST", URL: u, Body: body}); err != nil || len(a.Body) != len(body) {
				t.Fatalf("%d bytes, %v", len(a.Body), err)
			}
			if i%10 == 0 {
				time.Sleep(5 * time.Millisecond)
			}
		}
		if c.alone.Load() {
			t.Error("an answer was taken for a second one")
		}
	})
}

// TestConnectionThatSpokeIsNotWrittenTo: what came before anything was asked is not
// taken for the answer by the attempt that holds the connection by then.
func TestConnectionThatSpokeIsNotWrittenTo(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	strays := 0
	w := &watched{Conn: ours, stray: func() { strays++ }}
	defer w.Close()
	go theirs.Write([]byte("HTTP/1.1 200 OK"))
	sent := new(adapter.Sent)
	w.take(sent, false)
	if n, err := w.Read(make([]byte, 15)); n != 15 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := w.Write([]byte("POST")); n != 0 || !errors.Is(err, errSpoke) || sent.Yes() || strays != 1 {
		t.Error(n, err, sent.Yes(), strays)
	}
}

// TestSecondAnswerInOnePacketIsNoticed: it is read with the first.
func TestSecondAnswerInOnePacketIsNoticed(t *testing.T) {
	one := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for packets, beyond := range map[string]bool{one: false, one + one: true, one[:9] + "|" + one[9:]: false, one + "|" + one: true, one[:39] + "|k" + one: true,
		"HTTP/1.1 100 Continue\r\n\r\n" + one: false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n": false} {
		var e extent
		got := false
		for _, p := range strings.Split(packets, "|") {
			got = e.beyond([]byte(p))
		}
		if got != beyond {
			t.Errorf("%q: %v", packets, got)
		}
	}
}

// overBoth plays a peer over plain HTTP and over TLS.
func overBoth(t *testing.T, after time.Duration, play func(*testing.T, *Client, *url.URL)) {
	t.Run("http", func(t *testing.T) {
		u := &url.URL{Scheme: "http", Host: answersTwice(t, after, nil), Path: "/x"}
		c := New(Options{Host: u.Hostname(), Timeout: 5 * time.Second})
		defer c.Close()
		play(t, c, u)
	})
	t.Run("https", func(t *testing.T) {
		pair := httptest.NewTLSServer(nil) // for its certificate
		defer pair.Close()
		roots := x509.NewCertPool()
		roots.AddCert(pair.Certificate())
		u := &url.URL{Scheme: "https", Host: answersTwice(t, after, pair.TLS), Path: "/x"}
		c := New(Options{Host: u.Hostname(), Timeout: 5 * time.Second, TLS: &tls.Config{RootCAs: roots}})
		defer c.Close()
		play(t, c, u)
	})
}

// answersTwice echoes each body, and again after a while; less than 0: once only.
func answersTwice(t *testing.T, after time.Duration, secure *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if secure != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: secure.Certificates})
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echo(c, after)
		}
	}()
	return address
}

func echo(c net.Conn, after time.Duration) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
		if after >= 0 {
			time.AfterFunc(after, func() { io.WriteString(c, answer) })
		}
	}
}
