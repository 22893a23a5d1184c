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
	"strconv"
	"sync"
	"testing"
	"time"
)

var (
	buildOnce sync.Once
	buildPath string
	buildErr  error
)

// TestMain removes the built program.
func TestMain(m *testing.M) {
	code := m.Run()
	if buildPath != "" {
		os.RemoveAll(filepath.Dir(buildPath))
	}
	os.Exit(code)
}

// program builds duijie once.
func program(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		dir, err := os.MkdirTemp("", "duijie-e2e")
		if err != nil {
			buildErr = err
			return
		}
		buildPath = filepath.Join(dir, "duijie")
		cmd := exec.Command("go", "build", "-o", buildPath, "duijie/cmd/duijie")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			buildErr = fmt.Errorf("build: %v\n%s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return buildPath
}

// gateway is the program serving in a folder of its own.
type gateway struct {
	t             *testing.T
	dir           string
	public, admin string
	cmd           *exec.Cmd
	log           *os.File
	exited        chan struct{}
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
	g.cmd = exec.Command(program(g.t), "serve", "-c", filepath.Join(g.dir, "duijie.yaml"))
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
		case <-g.exited:
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
	g.cmd.Process.Kill()
	<-g.exited
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

// post sends one signed request as an outside sender would (Standard Webhooks, v1).
func post(client *http.Client, url, contentType string, body []byte) (*http.Response, error) {
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
	return client.Do(req)
}

// keepLog copies the program's log where DUIJIE_E2E_LOG says, for a look at a slow run.
func (g *gateway) keepLog() {
	if to := os.Getenv("DUIJIE_E2E_LOG"); to != "" {
		if text, err := os.ReadFile(g.log.Name()); err == nil {
			os.WriteFile(to, text, 0o600)
		}
	}
}
