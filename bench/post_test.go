package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
)

// TestALoadIsTimedFromWhenItWasDue: a server that falls behind cannot hide it.
func TestALoadIsTimedFromWhenItWasDue(t *testing.T) {
	var one sync.Mutex // the server does one at a time
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		one.Lock()
		defer one.Unlock()
		time.Sleep(5 * time.Millisecond)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer slow.Close()
	due := map[uint64]time.Time{}
	var mu sync.Mutex // guards due
	got, err := steady(strings.TrimPrefix(slow.URL, "http://"), lettersTo(1, letter.Small), 1000, 100*time.Millisecond, func(n uint64, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		due[n] = at
	})
	if err != nil || got.n != 100 || len(due) != 100 {
		t.Fatalf("%d posted, %d due, %v", got.n, len(due), err)
	}
	if p99 := measure.At(got.took, 99); p99 < 300*time.Millisecond {
		t.Errorf("the last waited %v for a server that is 400 ms behind", p99)
	}
}

func TestAReceiverTimesWhatItExpects(t *testing.T) {
	r := openReceiver()
	defer r.Close()
	r.expect(7, time.Now().Add(-time.Second))
	for _, body := range []string{`{"wbbh":"B0000000007"}`, `{"wbbh":"B0000000008"}`} {
		res, err := http.Post(r.URL, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if !r.drained(2, time.Second) || r.drained(3, time.Millisecond) {
		t.Errorf("%d came", r.n.Load())
	}
	if took := r.times(); len(took) != 1 || took[0] < time.Second {
		t.Errorf("%v", took)
	}
}

func TestPartsAreChosenByName(t *testing.T) {
	for only, want := range map[string]int{"": len(parts()) - 2, "accept": 1, "soak,store": 2} {
		if got, err := chosen(only, false); err != nil || len(got) != want {
			t.Errorf("%q: %d parts, %v", only, len(got), err)
		}
	}
	if _, err := chosen("accept,nonsense", false); err == nil {
		t.Error("a part that is not there is left out silently")
	}
	if got, _ := chosen("", true); len(got) != len(parts()) {
		t.Error("a smoke run leaves a part out")
	}
}
