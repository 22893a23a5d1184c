package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/internal/event"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
	"duijie/schemas"
)

// served runs a gateway on a real store behind a real listener, as long as the test.
func served(t *testing.T, path string, settings string) (*rig, *bolt.Store, string, func()) {
	t.Helper()
	r := &rig{T: t, local: &scripted{}, national: &scripted{}}
	pulling(r, settings)
	store, err := bolt.Open(bolt.Options{Path: path, Judge: JudgeCase, Key: event.Key})
	if err != nil {
		t.Fatal(err)
	}
	v, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Store: store, Validator: v, Setup: r.setup(), Grace: time.Second, Log: slog.New(slog.DiscardHandler)}
	r.options(&o)
	if r.gw, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.gw.Run(ctx) }()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := r.gw.Local(w, req, unit, strings.TrimPrefix(req.URL.Path, "/local/"+unit+"/")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	return r, store, s.URL + "/local/" + unit + "/", func() {
		s.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func fetch(t *testing.T, method, url, body string, into any) {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Error(err)
		return
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d: %v", method, res.StatusCode, err)
	}
}

// TestThousandMessagesToTwoWhoAskAtOnce: pages of 50, each case of four steps,
// every message to one client, every case in order.
func TestThousandMessagesToTwoWhoAskAtOnce(t *testing.T) {
	const cases, steps = 250, 4
	path := filepath.Join(t.TempDir(), "d.db")
	r, _, base, stop := served(t, path, "max: 50")
	defer func() { stop() }()
	types := []string{"case.delegated", "case.materials.requested", "case.docketed", "case.withdrawn"}
	for step := range steps {
		var batch [][]byte
		for c := range cases {
			batch = append(batch, downEvent(types[step], fmt.Sprintf("C%04d", c), fmt.Sprintf("%d-%d", step, c)))
		}
		answers, err := r.gw.ReceiveBatch(t.Context(), platform, []byte("["+string(bytes.Join(batch, []byte(",")))+"]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			if a.Err != nil {
				t.Fatal(a.Err)
			}
		}
	}
	var mu sync.Mutex
	order := map[string][]string{}
	times := map[string]int{}
	confirmed := 0
	deadline := time.Now().Add(time.Minute)
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for time.Now().Before(deadline) && !t.Failed() {
				mu.Lock()
				done := confirmed == cases*steps
				mu.Unlock()
				if done {
					return
				}
				var page struct{ Messages []got }
				fetch(t, "GET", base+"pull?max=50", "", &page)
				var results []string
				mu.Lock()
				for _, m := range page.Messages {
					times[m.Receipt]++
					order[m.Subject] = append(order[m.Subject], m.Type)
					results = append(results, ok(m.Receipt, "L-"+m.Subject))
				}
				mu.Unlock()
				if len(results) == 0 {
					continue
				}
				var answer struct {
					Results []struct{ Result string }
				}
				fetch(t, "POST", base+"confirm", `{"results":[`+strings.Join(results, ",")+`]}`, &answer)
				mu.Lock()
				for _, one := range answer.Results {
					if one.Result == "ok" {
						confirmed++
					}
				}
				mu.Unlock()
			}
		})
	}
	began := time.Now()
	clients.Wait()
	t.Logf("%d messages pulled and confirmed in %s", confirmed, time.Since(began).Round(time.Millisecond))
	if confirmed != cases*steps || len(times) != cases*steps {
		t.Fatalf("%d confirmed, %d messages", confirmed, len(times))
	}
	for _, n := range times {
		if n != 1 {
			t.Fatalf("one message was handed out %d times", n)
		}
	}
	for subject, got := range order {
		if !slices.Equal(got, types) {
			t.Fatalf("%s: %v", subject, got)
		}
	}
	stop()
	_, store, base, restop := served(t, path, "max: 50")
	stop = restop // what was said is on disk
	for _, c := range store.Counts() {
		if c.Direction == queue.ToLocal && c.State != queue.Acked && c.N > 0 {
			t.Errorf("%d are %s after a restart", c.N, c.State)
		}
	}
	var page struct{ Messages []got }
	if fetch(t, "GET", base+"pull", "", &page); len(page.Messages) != 0 {
		t.Errorf("%d messages are offered after all was confirmed", len(page.Messages))
	}
}
