package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"duijie/internal/config"
	"duijie/internal/sim"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"duijie": main})
}

// TestVerbs runs testdata/script: one script a verb, each holding its exit code,
// stdout and stderr.
func TestVerbs(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gateway":   startScriptGateway,
			"event":     writeEvents,
			"code":      expectCode,
			"held":      waitHeld,
			"freeport":  freePort,
			"listening": waitListening,
		},
	})
}

// startScriptGateway runs `gateway [FAULT]`: a real gateway between a simulated platform
// and a simulated local system. It sets TO, ADMIN, CONFIG and KEY.
func startScriptGateway(ts *testscript.TestScript, neg bool, args []string) {
	fault := "none"
	if len(args) > 0 {
		fault = args[0]
	}
	dir := ts.MkAbs("gw")
	ts.Check(os.MkdirAll(dir, 0o700))
	g, err := newStage(dir, demoFlags{fault: fault, seed: 1, units: []string{"L1"}})
	ts.Check(err)
	ts.Defer(g.close)
	cfg, findings := config.Load(g.file)
	if cfg == nil || config.Failed(findings) {
		ts.Fatalf("configuration: %v", findings)
	}
	a, err := newApp(cfg, slog.New(slog.DiscardHandler))
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	ts.Defer(func() {
		stop()
		if err := <-done; err != nil {
			ts.Logf("gateway: %v", err)
		}
	})
	ts.Setenv("TO", "http://"+a.server.Addr())
	ts.Setenv("ADMIN", "http://"+a.server.AdminAddr())
	ts.Setenv("CONFIG", g.file)
	ts.Setenv("KEY", "file:"+filepath.Join(dir, "platform.key"))
}

// writeEvents runs `event FILE N FROM`: one delegated case, or a batch of N,
// counted from FROM.
func writeEvents(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	from, err := strconv.Atoi(args[2])
	ts.Check(err)
	event, err := sim.Delegations("510000", "urn:national:mohrss", 1, time.Now())
	ts.Check(err)
	var all []sim.Event
	for i := range n {
		e, err := event(from + i)
		ts.Check(err)
		all = append(all, e)
	}
	var v any = all
	if n == 1 {
		v = all[0]
	}
	b, err := json.Marshal(v)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// expectCode runs `code N ARGS…`: duijie with these arguments must exit with N.
func expectCode(ts *testscript.TestScript, neg bool, args []string) {
	want := args[0]
	err := ts.Exec("duijie", args[1:]...)
	got := "0"
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		got = strconv.Itoa(exited.ExitCode())
	} else if err != nil {
		ts.Fatalf("duijie: %v", err)
	}
	if got != want {
		ts.Fatalf("duijie %v: exit code %s, want %s", args[1:], got, want)
	}
}

// within waits until ok says yes, ten seconds at most.
func within(ts *testscript.TestScript, what string, ok func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s did not come", what)
		}
	}
}

// waitHeld waits until a delivery is held and sets HELD to its receipt.
func waitHeld(ts *testscript.TestScript, neg bool, args []string) {
	a := &adminClient{base: ts.Getenv("ADMIN"), http: &http.Client{Timeout: 5 * time.Second}}
	within(ts, "a held delivery", func() bool {
		answer, err := a.call(context.Background(), "GET", deliveriesPath, url.Values{"state": {"held"}}, nil)
		ts.Check(err)
		var page struct{ Deliveries []delivery }
		ts.Check(json.Unmarshal(answer, &page))
		if len(page.Deliveries) == 0 {
			return false
		}
		ts.Setenv("HELD", page.Deliveries[0].Receipt)
		return true
	})
}

// freePort runs `freeport NAME`: an address that nobody listens on, below those that
// the system gives to outgoing connections.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20000+rand.IntN(12000)))
		if err != nil {
			continue
		}
		ts.Setenv(args[0], l.Addr().String())
		ts.Check(l.Close())
		return
	}
	ts.Fatalf("no free port")
}

// waitListening runs `listening ADDRESS`: it waits until somebody does.
func waitListening(ts *testscript.TestScript, neg bool, args []string) {
	within(ts, "a listener", func() bool {
		c, err := net.Dial("tcp", args[0])
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}
