package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"duijie/bench/letter"
	"duijie/bench/measure"
)

// message is one delegated case of about 2.3 KB.
func message(n uint64) []byte { return letter.New("990000", letter.Small).Write(n) }

// send posts one message, to the gateway or to the floor, and expects 202.
func send(client *http.Client, public string, body []byte) (receipt string, err error) {
	res, err := client.Post("http://"+public+"/v1/messages", "application/cloudevents+json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("answered %d: %s", res.StatusCode, text)
	}
	return strings.TrimPrefix(res.Header.Get("Location"), "/v1/messages/"), nil
}

func clientOf(conns int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns}, Timeout: 20 * time.Second}
}

// pushed is what came of posting: how many were accepted, in what time, and how
// long each took, sorted.
type pushed struct {
	n    uint64
	long time.Duration
	took []time.Duration
}

func (p pushed) rate() float64 { return float64(p.n) / p.long.Seconds() }

// push posts letters in turn over so many connections, each sending the next when
// the last was answered.
func push(public string, letters []*letter.Letter, conns int, long time.Duration) (pushed, error) {
	client := clientOf(conns)
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took []time.Duration
	n, in, err := measure.Count(conns, long, func(n uint64) error {
		body := letters[int(n)%len(letters)].Write(n)
		at := time.Now()
		_, err := send(client, public, body)
		d := time.Since(at)
		mu.Lock()
		took = append(took, d)
		mu.Unlock()
		return err
	})
	slices.Sort(took)
	return pushed{n, in, took}, err
}

// atOnce is how many requests of a steady load may be open.
const atOnce = 256

// steady posts letters at a fixed rate, whatever the answers do, each timed from
// the moment when it was due. Due is told of that moment.
func steady(public string, letters []*letter.Letter, rate float64, long time.Duration, due func(n uint64, at time.Time)) (pushed, error) {
	client := clientOf(atOnce)
	defer client.CloseIdleConnections()
	total := max(uint64(rate*long.Seconds()), 1)
	var next atomic.Uint64
	var mu sync.Mutex // guards the two below
	var took []time.Duration
	var failed error
	began := time.Now()
	var wait sync.WaitGroup
	for range atOnce {
		wait.Go(func() {
			for n := next.Add(1); n <= total; n = next.Add(1) {
				body := letters[int(n)%len(letters)].Write(n)
				at := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				due(n, at)
				time.Sleep(time.Until(at))
				_, err := send(client, public, body)
				d := time.Since(at)
				mu.Lock()
				took = append(took, d)
				failed = firstOf(failed, err)
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wait.Wait()
	slices.Sort(took)
	return pushed{uint64(len(took)), time.Since(began), took}, failed
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
