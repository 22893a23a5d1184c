package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// connections are the numbers of senders that are measured.
var connections = []int{1, 16, 64, 256}

// message is one delegated case of about 2.3 KB, everything in it invented.
func message(n uint64) []byte {
	facts := strings.Repeat("申请人于某年某月入职，被申请人拖欠工资。", 25)
	return fmt.Appendf(nil, `{"specversion":"1.0","id":"b-%[1]d","source":"urn:bench","type":"case.delegated","subject":"B%[1]d","time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"caseNo":"B%[1]d","delegation":"pre","court":{"code":"C1","name":"某区人民法院"},"cause":{"code":"209","edition":"2026","name":"追索劳动报酬纠纷"},"category":"wage","delegatedAt":"2026-11-20T09:00:00+08:00","consentAt":"2026-11-19T09:00:00+08:00","parties":[{"id":"p1","role":"applicant","kind":"person","name":"虚构甲","phone":"13800000000","address":{"region":"510104","detail":"某路1号"}},{"id":"p2","role":"respondent","kind":"org","name":"虚构公司"}],"claims":[{"no":1,"type":"wage","text":"支付工资","amount":"12000.50"}],"facts":"%[2]s","amount":"12000.50"}}`, n, facts)
}

// acceptance measures durable acceptance, deliveries paused, beside bbolt's Batch.
func acceptance(bin, dir string, each time.Duration, rounds int) error {
	fmt.Printf("accepted and durable, messages a second (2.3 KB, signature off, validation and dedupe on, deliveries paused)\n")
	fmt.Printf("%12s %14s %14s %8s %10s %10s\n", "connections", "bbolt floor", "gateway", "ratio", "p50", "p99")
	for _, c := range connections {
		var floors, rates []float64
		var p50, p99 time.Duration
		for range rounds {
			f, err := boltFloor(dir, c, each)
			if err != nil {
				return err
			}
			r, took, err := accepted(bin, filepath.Join(dir, "gw"), c, each)
			if err != nil {
				return err
			}
			floors, rates = append(floors, f), append(rates, r)
			p50, p99 = took[len(took)/2], took[len(took)*99/100]
		}
		f, r := median(floors), median(rates)
		fmt.Printf("%12d %14.0f %14.0f %8.2f %10v %10v\n", c, f, r, r/f, p50.Round(10*time.Microsecond), p99.Round(10*time.Microsecond))
	}
	fmt.Println()
	return nil
}

func accepted(bin, dir string, conns int, each time.Duration) (float64, []time.Duration, error) {
	p, err := start(bin, dir, "http://127.0.0.1:1")
	if err != nil {
		return 0, nil, err
	}
	defer p.stop()
	if err := p.act("pause"); err != nil {
		return 0, nil, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns}, Timeout: 10 * time.Second}
	var n atomic.Uint64
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var wait sync.WaitGroup
	began := time.Now()
	end := began.Add(each)
	for range conns {
		wait.Go(func() {
			var mine []time.Duration
			for time.Now().Before(end) {
				at := time.Now()
				_, err := send(client, p.public, message(n.Add(1)))
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	wait.Wait()
	if failed != nil {
		return 0, nil, failed
	}
	slices.Sort(took)
	return float64(len(took)) / time.Since(began).Seconds(), took, nil
}

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
	fmt.Printf("  202 → receiver has it   p50 %v  p99 %v\n", at(toTaken, 50), at(toTaken, 99))
	fmt.Printf("  202 → seen as acked     p50 %v  p99 %v (each look is a request)\n", at(toAcked, 50), at(toAcked, 99))
	rss, size := memory(p.cmd.Process.Pid), int64(0)
	if info, err := os.Stat(bin); err == nil {
		size = info.Size()
	}
	fmt.Printf("\nstart to ready, empty store: %v   binary: %.1f MiB   resident after this: %.1f MiB\n",
		p.ready.Round(time.Millisecond), float64(size)/(1<<20), float64(rss)/(1<<20))
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
	fmt.Printf("start to ready again: %v   resident when idle: %.1f MiB\n", p.ready.Round(time.Millisecond), float64(memory(p.cmd.Process.Pid))/(1<<20))
	return nil
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(10 * time.Microsecond)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// memory is a process's resident set in bytes, 0 where the system does not tell.
func memory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}
