package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"duijie/bench/letter"
)

// receiver is a local system that takes everything at once. It counts, and where
// it was told when messages were due, notes how long each was on its way.
type receiver struct {
	*httptest.Server
	n atomic.Uint64

	mu   sync.Mutex // guards all below
	due  map[uint64]time.Time
	took []time.Duration
}

func openReceiver() *receiver {
	r := &receiver{due: map[uint64]time.Time{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	return r
}

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	fmt.Fprint(w, `{"ok":true}`)
	at := time.Now()
	r.n.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.due) == 0 {
		return
	}
	n, ok := letter.Number(body, "wbbh")
	if !ok {
		n, ok = letter.Number(body, "caseNo")
	}
	if due, known := r.due[n]; ok && known {
		r.took = append(r.took, at.Sub(due))
		delete(r.due, n)
	}
}

// expect is told when a message was due.
func (r *receiver) expect(n uint64, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due[n] = at
}

// times are how long messages took from when they were due, sorted.
func (r *receiver) times() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.took)
	return r.took
}

// drained waits until so many have come; false: they did not in time.
func (r *receiver) drained(n uint64, within time.Duration) bool {
	for late := time.Now().Add(within); r.n.Load() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			return false
		}
	}
	return true
}
