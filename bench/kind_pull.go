package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

const pullPackYAML = `unit: "990000"
name: bench, pulled (invented)
profile: v1
codec: {format: json, charset: UTF-8}
sink:
  kind: pull
  settings: {max: 50}
  auth: {kind: none}
limits: {concurrency: 16, timeout: 5s}
`

// pulled: the local system's own loop, asking for fifty and confirming them, by
// as many workers. The floor is the same loop at a server that gives one answer
// of the gateway's again and again.
func pulled(s *stage.Stage) subject {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}, Timeout: 10 * time.Second}
	var answer []byte
	return subject{
		files: packed(pullPackYAML, mappingYAML, schemaJSON), unit: "settings: {}",
		ask: func(p *process, each time.Duration) (float64, error) {
			base := "http://" + p.public + "/local/990000"
			first, n, err := asked(client, base)
			if err != nil || n == 0 {
				return 0, fmt.Errorf("the first pull gave %d: %w", n, err)
			}
			answer = first
			return loop(client, base, each)
		},
		floor: func(each time.Duration) (float64, error) {
			bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if strings.HasSuffix(r.URL.Path, "/pull") {
					_, _ = w.Write(answer)
					return
				}
				_, _ = w.Write([]byte(`{"results":[]}`))
			}))
			defer bare.Close()
			return loop(client, bare.URL, each)
		},
	}
}

// loop asks and confirms until the time is over or nothing waits; messages a second.
func loop(client *http.Client, base string, each time.Duration) (float64, error) {
	var done atomic.Uint64
	var last atomic.Int64 // when the last was confirmed, since the beginning
	began := time.Now()
	err := measure.Together(workers, each, func() error {
		_, n, err := asked(client, base)
		if n > 0 {
			done.Add(uint64(n))
			last.Store(int64(time.Since(began)))
		}
		return err
	})
	return float64(done.Load()) / time.Duration(max(last.Load(), 1)).Seconds(), err
}

// asked is one pull and its confirmation.
func asked(client *http.Client, base string) (answer []byte, n int, err error) {
	if answer, err = whole(client.Get(base + "/pull?max=50")); err != nil {
		return nil, 0, err
	}
	var got struct {
		Messages []struct {
			Receipt  string
			Document json.RawMessage
		}
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil, 0, err
	}
	if len(got.Messages) == 0 {
		return answer, 0, nil
	}
	type result struct {
		Receipt string `json:"receipt"`
		OK      bool   `json:"ok"`
	}
	var confirm struct {
		Results []result `json:"results"`
	}
	for _, m := range got.Messages {
		confirm.Results = append(confirm.Results, result{m.Receipt, true})
	}
	body, err := json.Marshal(confirm)
	if err != nil {
		return nil, 0, err
	}
	_, err = whole(client.Post(base+"/confirm", "application/json", bytes.NewReader(body)))
	return answer, len(got.Messages), err
}

// whole reads an answer that must be 200.
func whole(res *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %d: %.200s", res.StatusCode, body)
	}
	return body, err
}
