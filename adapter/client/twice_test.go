package client

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// TestPeerThatAnswersTwiceIsNotBelievedTwice: once a second answer was noticed, no
// request ever gets the answer to another.
func TestPeerThatAnswersTwiceIsNotBelievedTwice(t *testing.T) {
	u := answersTwice(t, 500*time.Microsecond)
	c := New(Options{Host: u.Hostname(), Timeout: 5 * time.Second})
	defer c.Close()
	ask := func(key string) {
		a, err := c.Do(t.Context(), Request{Method: "POST", URL: u, Body: []byte(key)})
		if err != nil || string(a.Body) != key {
			t.Errorf("asked %s: %q, %v", key, a.Body, err)
		}
	}
	ask("first")
	for end := time.Now().Add(5 * time.Second); !c.alone.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the second answer was not noticed")
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
}

// TestPeerThatAnswersOnceKeepsItsConnections holds that ordinary answers, late and
// long ones among them, are not taken for second ones.
func TestPeerThatAnswersOnceKeepsItsConnections(t *testing.T) {
	u := answersTwice(t, -1)
	c := New(Options{Host: u.Hostname(), Timeout: 5 * time.Second})
	defer c.Close()
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
}

// answersTwice echoes each body, and again after a while; less than 0: once only.
func answersTwice(t *testing.T, after time.Duration) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
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
	return &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/x"}
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
