package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"duijie/internal/httpapi"
	"duijie/internal/httpapi/memgateway"
)

const sender = "urn:national:mohrss"

var key = []byte("a key of the test's own")

// running is a server on real ports.
type running struct {
	*httpapi.Server
	t   *testing.T
	gw  *memgateway.Gateway
	log *lines
}

// start runs a server until the test ends; sender may send for 510000 and 320000, the unsigned for 440000.
func start(t *testing.T, change func(*httpapi.Config)) *running {
	t.Helper()
	gw := memgateway.New()
	gw.Keys[sender] = key
	gw.Allowed[sender] = map[string]bool{"510000": true, "320000": true}
	gw.Allowed[""] = map[string]bool{"440000": true}
	var log lines
	cfg := httpapi.Config{Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Gateway: gw, MaxBody: 4096,
		Log:     slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Schemas: fstest.MapFS{"national/v1/case.delegated.json": {Data: []byte(`{"type":"object"}`)}}}
	if change != nil {
		change(&cfg)
	}
	s, err := httpapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return &running{s, t, gw, &log}
}

// lines is a log that many write and the test reads.
type lines struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// call is one request; body "" is none. It is signed unless headers say "unsigned".
type call struct {
	method, path, body, media string
	headers                   map[string]string
	unsigned                  bool
	signTarget                string // signed in place of the path
}

// reply is an answer with its JSON.
type reply struct {
	*http.Response
	raw  []byte
	json map[string]any
}

func (s *running) do(c call) reply {
	s.t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	r, err := http.NewRequest(c.method, "http://"+s.Addr()+c.path, strings.NewReader(c.body))
	if err != nil {
		s.t.Fatal(err)
	}
	if c.media != "" {
		r.Header.Set("Content-Type", c.media)
	}
	if !c.unsigned {
		payload := []byte(c.body)
		if len(payload) == 0 {
			target := c.path
			if c.signTarget != "" {
				target = c.signTarget
			}
			payload = []byte(c.method + " " + target)
		}
		r.Header.Set("webhook-id", "msg_1")
		r.Header.Set("webhook-timestamp", "1790000000")
		r.Header.Set("webhook-signature", "v1,bm90IHRoaXMgb25l "+memgateway.Sign(key, "msg_1", "1790000000", payload))
	}
	for k, v := range c.headers {
		r.Header.Set(k, v)
	}
	return s.send(r)
}

func (s *running) send(r *http.Request) reply {
	s.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: read: %v", r.Method, r.URL.Path, err)
	}
	out := reply{Response: res, raw: raw}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && !strings.Contains(res.Header.Get("Content-Type"), "ndjson") {
		if err := json.Unmarshal(raw, &out.json); err != nil {
			s.t.Fatalf("%s %s: answer is no JSON: %v", r.Method, r.URL.Path, err)
		}
	}
	return out
}

// wantProblem checks a refusal's status, code and form.
func (r reply) wantProblem(t *testing.T, status int, code string) {
	t.Helper()
	if r.StatusCode != status || r.json["type"] != "urn:duijie:problem:"+code {
		t.Fatalf("answer = %d %s, want %d %s", r.StatusCode, r.raw, status, code)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type = %s", got)
	}
	for _, member := range []string{"title", "detail", "instance"} {
		if text, _ := r.json[member].(string); text == "" {
			t.Errorf("problem without %s: %s", member, r.raw)
		}
	}
	if r.json["status"] != float64(status) {
		t.Errorf("status member = %v", r.json["status"])
	}
}

const (
	events = "application/cloudevents+json"
	many   = "application/cloudevents-batch+json"
)

func event(id, unit string) string {
	return `{"specversion":"1.0","id":"` + id + `","source":"` + sender + `","type":"case.delegated","subject":"C-1","unit":"` + unit + `","data":{"name":"张三"}}`
}
