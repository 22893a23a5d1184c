package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// workers is both the unit's concurrency and the number of bare callers.
const workers = 8

const soapPackYAML = `unit: "990000"
name: bench, SOAP (invented)
profile: v1
codec: {format: xml, charset: GBK}
sink:
  kind: soap
  settings: {url: "http://127.0.0.1:1", namespace: "urn:bench", operation: submit, argument: xmlData, wsse: {user: bench, password: secret:p, digest: true}}
  idempotency: {field: Msg.@lsh}
  ack: [{when: body.return.state == "1", ack: {localRef: body.return.bh}}]
limits: {concurrency: 8, timeout: 5s}
`

const soapMappingYAML = `mapping: case.delegated
local: delegated
rules:
  - {nat: caseNo, loc: Msg.wbbh}
  - {nat: facts, loc: Msg.ssyly}
  - {nat: "*", drop: to-local, why: not measured here}
`

const soapSchemaJSON = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["Msg"],
"properties":{"Msg":{"type":"object","required":["wbbh","ssyly"],"properties":{"wbbh":{"type":"string"},"ssyly":{"type":"string"}}}}}`

// desk is a SOAP service that takes everything at once and counts. It keeps one
// call's bytes, for the bare callers to send again.
type desk struct {
	n    atomic.Uint64
	mu   sync.Mutex // guards call
	call []byte
}

// ServeHTTP implements http.Handler. Each case gets a number of its own.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d.mu.Lock()
	d.call = body
	d.mu.Unlock()
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><submitResponse><return>&lt;return>&lt;state>1&lt;/state>&lt;bh>L%d&lt;/bh>&lt;/return></return></submitResponse></s:Body></s:Envelope>`, d.n.Add(1))
}

// deliveries measures messages a second through a soap sink, its backlog full,
// beside bare callers that send the same bytes to the same service.
func deliveries(bin, dir string, each time.Duration, rounds int) error {
	var floors, rates []float64
	for range rounds {
		d := &desk{}
		local := httptest.NewServer(d)
		rate, err := delivered(bin, filepath.Join(dir, "soap"), local.URL, d, each)
		if err == nil {
			rates = append(rates, rate)
			floors = append(floors, bare(local.URL, d, each))
		}
		local.Close()
		if err != nil {
			return err
		}
	}
	f, r := median(floors), median(rates)
	fmt.Printf("delivered by SOAP, messages a second, %d at a time (GBK in CDATA, password digest, acknowledged durably)\n", workers)
	fmt.Printf("%14s %14s %8s\n%14.0f %14.0f %8.2f\n\n", "bare calls", "gateway", "ratio", f, r, r/f)
	return nil
}

func delivered(bin, dir, local string, d *desk, each time.Duration) (float64, error) {
	p, err := startPack(bin, dir, local, map[string]string{
		"packs/bench/pack.yaml":                    soapPackYAML,
		"packs/bench/mappings/case.delegated.yaml": soapMappingYAML,
		"packs/bench/schemas/delegated.json":       soapSchemaJSON,
		"secret":                                   "bench",
	}, `, secrets: {p: "file:secret"}`)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if err := p.act("pause"); err != nil {
		return 0, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 10 * time.Second}
	var n atomic.Uint64
	var wait sync.WaitGroup
	failed := make(chan error, 64)
	for range 64 {
		wait.Go(func() {
			for end := time.Now().Add(2 * each); time.Now().Before(end); {
				if _, err := send(client, p.public, message(n.Add(1))); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wait.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
	}
	if err := p.act("resume"); err != nil {
		return 0, err
	}
	for d.n.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	began, before := time.Now(), d.n.Load()
	for time.Since(began) < each && d.n.Load() < n.Load() {
		time.Sleep(5 * time.Millisecond)
	}
	return float64(d.n.Load()-before) / time.Since(began).Seconds(), nil
}

// bare calls the service with what the gateway sent it.
func bare(url string, d *desk, each time.Duration) float64 {
	d.mu.Lock()
	body := d.call
	d.mu.Unlock()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}, Timeout: 10 * time.Second}
	var n atomic.Uint64
	var wait sync.WaitGroup
	began := time.Now()
	for range workers {
		wait.Go(func() {
			for time.Since(began) < each {
				res, err := client.Post(url, "text/xml; charset=UTF-8", bytes.NewReader(body))
				if err != nil {
					return
				}
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if err == nil {
					n.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}
