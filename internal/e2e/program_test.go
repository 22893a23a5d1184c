package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// builds are the programs that tests run, by their tags, each built once.
var builds = struct {
	mu   sync.Mutex // guards what follows
	dir  string
	path map[string]string
}{path: map[string]string{}}

// TestMain removes the built programs.
func TestMain(m *testing.M) {
	code := m.Run()
	if builds.dir != "" {
		os.RemoveAll(builds.dir)
	}
	os.Exit(code)
}

// program builds duijie once. The tag fault compiles in what DUIJIE_FAULT names.
func program(t *testing.T, tags string) string {
	t.Helper()
	builds.mu.Lock()
	defer builds.mu.Unlock()
	if path := builds.path[tags]; path != "" {
		return path
	}
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "duijie-e2e")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir = dir
	}
	path := filepath.Join(builds.dir, "duijie"+tags)
	cmd := exec.Command("go", "build", "-tags", tags, "-o", path, "duijie/cmd/duijie")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	builds.path[tags] = path
	return path
}

// gateway is the program serving in a folder of its own.
type gateway struct {
	t             *testing.T
	dir           string
	public, admin string
	tags          string   // what it is built with
	under         []string // a command that runs it; none: it runs by itself
	log           *os.File

	mu     sync.Mutex // guards the two below: what kills it may run beside what starts it
	cmd    *exec.Cmd
	exited chan struct{}
}

// freePort is a port that nobody listens on, below those that the system gives to
// outgoing connections: while a gateway is down, none of its senders' may take it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprint("127.0.0.1:", 20000+rand.IntN(12000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// write puts a file below dir.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// launch runs `duijie serve` and waits for nothing.
func (g *gateway) launch() {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	args := append(slices.Clone(g.under), program(g.t, g.tags), "serve", "-c", filepath.Join(g.dir, "duijie.yaml"))
	g.cmd = exec.Command(args[0], args[1:]...)
	g.cmd.Env = append(os.Environ(), "DUIJIE_FAULT="+filepath.Join(g.dir, "fault"))
	if g.log == nil {
		f, err := os.Create(filepath.Join(g.dir, "serve.log"))
		if err != nil {
			g.t.Fatal(err)
		}
		g.log = f
	}
	g.cmd.Stderr, g.cmd.Stdout = g.log, g.log
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	exited := make(chan struct{})
	g.exited = exited
	cmd := g.cmd
	go func() { cmd.Wait(); close(exited) }()
}

// start runs `duijie serve` and waits until it is ready; it returns how long that took.
func (g *gateway) start() time.Duration {
	g.t.Helper()
	began := time.Now()
	g.launch()
	for deadline := began.Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(3 * time.Millisecond) {
		res, err := http.Get("http://" + g.public + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == 200 {
				return time.Since(began)
			}
		}
		select {
		case <-g.ended():
			text, _ := os.ReadFile(g.log.Name())
			g.t.Fatalf("serve ended:\n%s", text)
		default:
		}
	}
	g.t.Fatal("serve was not ready within 60 s")
	return 0
}

// kill is kill -9.
func (g *gateway) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cmd.Process.Kill()
	<-g.exited
}

// ended is closed when the process that was started last has ended.
func (g *gateway) ended() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.exited
}

func (g *gateway) get(path string, into any) int {
	g.t.Helper()
	res, err := http.Get("http://" + path)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if into != nil && res.StatusCode == 200 {
		if err := json.Unmarshal(body, into); err != nil {
			g.t.Fatalf("%s: %v", path, err)
		}
	}
	return res.StatusCode
}

var senderKey = []byte("an outside sender's key, 32 byte")

// post sends one signed request as an outside sender would.
func post(client *http.Client, url, contentType string, body []byte) (*http.Response, error) {
	req, err := signedPost(url, contentType, body)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// signedPost is a request with its signature (Standard Webhooks, v1).
func signedPost(url, contentType string, body []byte) (*http.Request, error) {
	req, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	id, ts := "msg_"+strconv.FormatInt(time.Now().UnixNano(), 36), strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, senderKey)
	fmt.Fprintf(mac, "%s.%s.%s", id, ts, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", ts)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return req, nil
}

// keepLog copies the program's log where DUIJIE_E2E_LOG says, for a look at a slow run.
func (g *gateway) keepLog() {
	if to := os.Getenv("DUIJIE_E2E_LOG"); to != "" {
		if text, err := os.ReadFile(g.log.Name()); err == nil {
			os.WriteFile(to, text, 0o600)
		}
	}
}
