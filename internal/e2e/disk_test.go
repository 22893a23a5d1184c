package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// unwell is a gateway whose store obeys fault, with senders at work.
type unwell struct {
	t      *testing.T
	l      *ledger
	g      *gateway
	client *http.Client
	stop   func() // ends the senders and waits for them
}

func newUnwell(t *testing.T) *unwell {
	u := &unwell{t: t, l: newLedger(t, 1, 1500*time.Millisecond), client: &http.Client{Timeout: 20 * time.Second}}
	u.g = newGateway(t, u.l.serve(u.l.local), u.l.serve(u.l.national))
	u.g.tags = "fault"
	write(t, u.g.dir, "packs/outside/pack.yaml", crashPack())
	u.l.life.Add(1)
	u.g.start()
	ctx, cancel := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	for s := range 4 {
		senders.Go(func() { u.l.tellCases(ctx, u.g.public, s) })
	}
	u.stop = func() { cancel(); senders.Wait() }
	t.Cleanup(u.stop)
	return u
}

// fault says what befalls each commit from now on; "" is none.
func (u *unwell) fault(line string) {
	u.t.Helper()
	path := filepath.Join(u.g.dir, "fault")
	if err := os.WriteFile(path+".new", []byte(line+"\n"), 0o600); err != nil {
		u.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		u.t.Fatal(err)
	}
}

// post pushes a message that no sender's ledger has; it gives what was answered.
func (u *unwell) post(caseNo string) (status int, retryAfter string) {
	u.t.Helper()
	res, err := post(u.client, "http://"+u.g.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", caseNo))
	if err != nil {
		u.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.Header.Get("Retry-After")
}

// ready is what readyz says of the store, with its status.
func (u *unwell) ready() string {
	res, err := http.Get("http://" + u.g.public + "/readyz")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for _, health := range []string{"ok", "full", "readonly", "failed"} {
		if strings.Contains(string(text), `"store":"`+health+`"`) {
			return fmt.Sprint(res.StatusCode, " ", health)
		}
	}
	return fmt.Sprint(res.StatusCode, " ", string(text))
}

// well expects that all that was answered 2xx arrives.
func (u *unwell) well() {
	u.t.Helper()
	told(u.t, "ready", func() bool { return u.ready() == "200 ok" })
	u.stop()
	u.l.drain(u.g, time.Minute)
	u.l.quiet()
	// What this test pushed itself is in no sender's ledger.
	u.l.mu.Lock()
	for name, key := range u.l.keys {
		if strings.HasPrefix(name, "own") {
			u.l.total -= len(u.l.arrivals[key])
			delete(u.l.keys, name)
			delete(u.l.arrivals, key)
		}
	}
	u.l.mu.Unlock()
	u.l.account(u.g)
}

// TestStoreThatCannotWriteAnswers503AndRecoversWithoutRestart has the disk full and
// the file system read-only, as senders meet it.
func TestStoreThatCannotWriteAnswers503AndRecoversWithoutRestart(t *testing.T) {
	for errno, health := range map[string]string{"EROFS": "readonly", "ENOSPC": "full"} {
		t.Run(health, func(t *testing.T) {
			u := newUnwell(t)
			told(t, "some were delivered", func() bool { n, _ := u.l.requests(); return n > 20 })
			u.fault("before-commit error " + errno)
			told(t, "the store is "+health, func() bool { return u.ready() == "503 "+health })
			if status, after := u.post("own1"); status != 503 || after == "" {
				t.Errorf("answered %d, Retry-After %q", status, after)
			}
			if code := u.g.get(u.g.public+"/healthz", nil); code != 200 {
				t.Errorf("healthz is %d: a restart would not help", code)
			}
			u.fault("")
			told(t, "ready again", func() bool { return u.ready() == "200 ok" })
			if status, _ := u.post("own1"); status != 202 {
				t.Errorf("answered %d after it", status)
			}
			u.well()
			if _, repeats := u.l.requests(); repeats > 0 {
				t.Errorf("%d requests were repeats of what was acknowledged while nothing could be written down", repeats)
			}
		})
	}
}

// TestFailedSyncEndsAcceptanceUntilRestart: nobody can say what is on the disk after
// it, so nothing is taken any more, though the disk says that it is well again.
func TestFailedSyncEndsAcceptanceUntilRestart(t *testing.T) {
	u := newUnwell(t)
	told(t, "some were delivered", func() bool { n, _ := u.l.requests(); return n > 20 })
	u.fault("before-sync error EIO")
	told(t, "the store has failed", func() bool { return u.ready() == "503 failed" })
	u.fault("")
	for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // a store that recovers by itself tries each second
		if status, after := u.post("own1"); status != 503 || after == "" {
			t.Fatalf("answered %d, Retry-After %q, after a sync that failed", status, after)
		}
		if got := u.ready(); got != "503 failed" {
			t.Fatalf("readyz: %s", got)
		}
	}
	u.g.kill()
	u.l.life.Add(1)
	u.g.start()
	u.well()
}

// TestSlowDiskAnswersLateAndNothingEarly: each answer waits for its sync, those that
// wait together share one, and a slow store is not an unwell one.
func TestSlowDiskAnswersLateAndNothingEarly(t *testing.T) {
	const sync1 = 500 * time.Millisecond
	u := newUnwell(t)
	told(t, "some were delivered", func() bool { n, _ := u.l.requests(); return n > 20 })
	u.fault("before-sync wait " + sync1.String())
	time.Sleep(sync1) // what had begun before ends
	var all sync.WaitGroup
	began := time.Now()
	for i := range 20 {
		all.Go(func() {
			began := time.Now()
			if status, _ := u.post(fmt.Sprint("own", i)); status != 202 {
				t.Errorf("answered %d", status)
			}
			if took := time.Since(began); took < sync1 {
				t.Errorf("answered 202 after %v, before its sync", took)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 10*sync1 {
		t.Errorf("20 at once took %v: they did not share their syncs", took)
	}
	if got := u.ready(); got != "200 ok" {
		t.Errorf("readyz: %s", got)
	}
	u.fault("")
	u.well()
}
