package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// toxi is toxiproxy, as a program of its own: tools/go.mod pins it.
type toxi struct {
	t   *testing.T
	api string
}

// newToxi builds and starts it.
func newToxi(t *testing.T) *toxi {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "toxiproxy")
	build := exec.Command("go", "build", "-modfile=tools/go.mod", "-o", bin, "github.com/Shopify/toxiproxy/v2/cmd/server")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("build toxiproxy: %v\n%s", err, out)
		}
		t.Skipf("toxiproxy cannot be built here: %v\n%s", err, out)
	}
	x := &toxi{t: t, api: freePort(t)}
	cmd := exec.Command(bin, "-host", "127.0.0.1", "-port", x.api[len("127.0.0.1:"):])
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	told(t, "toxiproxy answers", func() bool {
		res, err := http.Get("http://" + x.api + "/version")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 200
	})
	return x
}

func (x *toxi) call(method, path string, body any) {
	x.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		x.t.Fatal(err)
	}
	req, err := http.NewRequest(method, "http://"+x.api+path, bytes.NewReader(text))
	if err != nil {
		x.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		said, _ := io.ReadAll(res.Body)
		x.t.Fatalf("toxiproxy: %s %s: %d %s", method, path, res.StatusCode, said)
	}
}

// proxy makes one; its address stands for upstream's.
func (x *toxi) proxy(name, upstream string) (addr string) {
	x.t.Helper()
	addr = freePort(x.t)
	x.call("POST", "/proxies", map[string]any{"name": name, "listen": addr, "upstream": upstream, "enabled": true})
	return addr
}

// toxic is one fault of a network, on one side of it.
type toxic struct {
	proxy    string // in: senders to gateway; down: gateway to local system; up: gateway to platform
	kind     string // toxiproxy's; off: nobody listens
	stream   string // upstream: requests; downstream: answers
	share    float64
	settings map[string]any
}

// renew cuts a connection after a few requests, so that new ones meet the other
// fault of that weather: whether a connection has it is decided once.
func renew(proxy string) toxic {
	return toxic{proxy, "limit_data", "upstream", 1, map[string]any{"bytes": 1200}}
}

// weather is what the network does, one after the other.
var weather = []struct {
	name   string
	toxics []toxic
}{
	{"delays", []toxic{
		{"in", "latency", "downstream", 1, map[string]any{"latency": 120, "jitter": 100}},
		{"down", "latency", "upstream", 1, map[string]any{"latency": 80, "jitter": 70}},
		{"up", "latency", "downstream", 1, map[string]any{"latency": 80, "jitter": 70}},
	}},
	{"slices", []toxic{
		{"in", "slicer", "upstream", 1, map[string]any{"average_size": 60, "size_variation": 30, "delay": 200}},
		{"down", "slicer", "downstream", 1, map[string]any{"average_size": 20, "size_variation": 10, "delay": 500}},
		{"up", "bandwidth", "upstream", 1, map[string]any{"rate": 20}},
	}},
	{"cuts requests", []toxic{
		{"in", "limit_data", "upstream", 1, map[string]any{"bytes": 2500}},
		{"down", "limit_data", "upstream", 1, map[string]any{"bytes": 900}},
		{"up", "limit_data", "upstream", 1, map[string]any{"bytes": 1500}},
	}},
	{"cuts answers", []toxic{
		{"in", "limit_data", "downstream", 1, map[string]any{"bytes": 700}},
		{"down", "limit_data", "downstream", 1, map[string]any{"bytes": 300}},
	}},
	{"resets", []toxic{
		renew("down"), renew("up"),
		{"in", "reset_peer", "upstream", 0.5, map[string]any{"timeout": 40}},
		{"down", "reset_peer", "downstream", 0.5, map[string]any{"timeout": 20}},
		{"up", "reset_peer", "upstream", 0.5, map[string]any{"timeout": 20}},
	}},
	{"drops answers", []toxic{
		renew("down"),
		{"in", "timeout", "downstream", 0.4, map[string]any{"timeout": 0}},
		{"down", "timeout", "downstream", 0.4, map[string]any{"timeout": 0}},
	}},
	{"drops requests", []toxic{
		renew("down"),
		{"in", "timeout", "upstream", 0.4, map[string]any{"timeout": 300}},
		{"down", "timeout", "upstream", 0.4, map[string]any{"timeout": 300}},
		{"up", "timeout", "upstream", 0.4, map[string]any{"timeout": 300}},
	}},
	{"closes slowly", []toxic{
		{"in", "slow_close", "downstream", 1, map[string]any{"delay": 600}},
		{"down", "slow_close", "downstream", 1, map[string]any{"delay": 600}},
	}},
	{"is down", []toxic{{proxy: "down", kind: "off"}, {proxy: "up", kind: "off"}}},
	{"is down before the gateway", []toxic{{proxy: "in", kind: "off"}}},
}

// TestNetworkThatDropsDelaysAndCutsLosesNothing puts toxiproxy between senders,
// gateway and both receivers, has one fault after the other on it while cases go
// both ways, and kills the gateway once in the middle. By the outside ledger nothing
// is lost, doubled by key or out of order.
func TestNetworkThatDropsDelaysAndCutsLosesNothing(t *testing.T) {
	x := newToxi(t)
	l := newLedger(t, 1, 1500*time.Millisecond)
	l.cut = true
	g := newGateway(t, x.proxy("down", l.serve(l.local)), x.proxy("up", l.serve(l.national)))
	write(t, g.dir, "packs/outside/pack.yaml", crashPack())
	in := x.proxy("in", g.public)
	l.life.Add(1)
	g.start()
	ctx, stop := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	for s := range 8 {
		senders.Go(func() { l.tellCases(ctx, in, s) })
	}
	senders.Go(func() { l.watchSome(ctx, g) })
	for n, w := range weather {
		before, again := l.requests()
		for i, tox := range w.toxics {
			if tox.kind == "off" {
				x.call("POST", "/proxies/"+tox.proxy, map[string]any{"enabled": false})
				continue
			}
			x.call("POST", "/proxies/"+tox.proxy+"/toxics", map[string]any{"name": fmt.Sprint("t", i), "type": tox.kind, "stream": tox.stream, "toxicity": tox.share, "attributes": tox.settings})
		}
		time.Sleep(1200 * time.Millisecond) // of this weather
		if n == len(weather)/2 {
			g.kill()
			l.life.Add(1)
			g.start()
		}
		x.call("POST", "/reset", nil) // ends all toxics, and what was off is on
		came, repeats := l.requests()
		t.Logf("%s: %d requests came, %d of them repeats", w.name, came-before, repeats-again)
	}
	stop()
	senders.Wait()
	l.drain(g, 2*time.Minute)
	l.quiet()
	l.account(g)
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("%d messages in %d lanes, %d requests", len(l.receipts), len(l.accepted), l.total)
}

// requests is how many came to both receivers, and how many of them had come before.
func (l *ledger) requests() (all, repeats int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total, l.total - len(l.keys)
}
