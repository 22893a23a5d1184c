package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"time"

	"duijie/bench/measure"
)

// latency measures, one message at a time, from the gateway's 202 to the moment
// at which a receiver that answers at once was asked, and to the sender's sight of "acked".
func latency(bin, dir string, each time.Duration) error {
	taken := make(chan time.Time, 1)
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write([]byte(`{"ok":true}`))
		select {
		case taken <- time.Now():
		default:
		}
	}))
	defer local.Close()
	p, err := start(bin, filepath.Join(dir, "gw"), local.URL)
	if err != nil {
		return err
	}
	defer p.stop()
	var toTaken, toAcked []time.Duration
	client := &http.Client{Timeout: 10 * time.Second}
	for n, end := uint64(0), time.Now().Add(each); time.Now().Before(end); n++ {
		receipt, err := send(client, p.public, message(n))
		if err != nil {
			return err
		}
		accepted := time.Now()
		toTaken = append(toTaken, (<-taken).Sub(accepted))
		for {
			state, err := p.state(receipt)
			if err != nil {
				return err
			}
			if state == "acked" {
				break
			}
		}
		toAcked = append(toAcked, time.Since(accepted))
	}
	slices.Sort(toTaken)
	slices.Sort(toAcked)
	fmt.Printf("one message at a time beside a receiver that answers at once (%d messages)\n", len(toTaken))
	fmt.Printf("  202 → receiver has it   p50 %v  p99 %v\n", measure.At(toTaken, 50), measure.At(toTaken, 99))
	fmt.Printf("  202 → seen as acked     p50 %v  p99 %v (each look is a request)\n", measure.At(toAcked, 50), measure.At(toAcked, 99))
	var size int64
	if info, err := os.Stat(bin); err == nil {
		size = info.Size()
	}
	fmt.Printf("\nstart to ready, empty store: %v   binary: %.1f MiB   resident after this: %v\n",
		p.ready.Round(time.Millisecond), measure.MiB(size), measure.Resident(p.pid()))
	return idle(bin, dir)
}

// idle measures memory of a gateway that has done nothing.
func idle(bin, dir string) error {
	p, err := start(bin, filepath.Join(dir, "gw"), "http://127.0.0.1:1")
	if err != nil {
		return err
	}
	defer p.stop()
	time.Sleep(time.Second)
	fmt.Printf("start to ready again: %v   resident when idle: %v\n\n", p.ready.Round(time.Millisecond), measure.Resident(p.pid()))
	return nil
}

// emptied removes a folder that a measurement made.
func emptied(dir string) error { return os.RemoveAll(dir) }
