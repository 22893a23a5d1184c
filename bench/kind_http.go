package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

const soapPackYAML = `unit: "990000"
name: bench, SOAP (invented)
profile: v1
codec: {format: xml, charset: GBK}
sink:
  kind: soap
  settings: {url: "http://127.0.0.1:1", namespace: "urn:bench", operation: submit, argument: xmlData, wsse: {user: bench, password: secret:p, digest: true}}
  idempotency: {field: Msg.@lsh}
  ack: [{when: body.return.state == "1", ack: {localRef: body.return.bh}}]
limits: {concurrency: 16, timeout: 5s}
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

// packed is a pack of one type.
func packed(pack, mapping, schema string) map[string]string {
	return map[string]string{
		"packs/bench/pack.yaml":                    pack,
		"packs/bench/mappings/case.delegated.yaml": mapping,
		"packs/bench/schemas/delegated.json":       schema,
	}
}

// desk is a service that takes everything at once and counts. It keeps one
// request's bytes, for the bare callers to send again.
type desk struct {
	answer string // with a place for the number of the case
	n      atomic.Uint64
	mu     sync.Mutex // guards call
	call   []byte
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
	if strings.HasPrefix(d.answer, "{") {
		w.Header().Set("Content-Type", "application/json")
	}
	fmt.Fprintf(w, d.answer, d.n.Add(1))
}

// called is a subject whose local system is called over HTTP.
func called(s *stage.Stage, d *desk, files map[string]string, unit string) subject {
	local := httptest.NewServer(d)
	s.Cleanup(local.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}, Timeout: 10 * time.Second}
	return subject{
		files: files, unit: fmt.Sprintf(`settings: {url: "%s"}%s`, local.URL, unit), arrived: d.n.Load,
		floor: func(each time.Duration) (float64, error) {
			d.mu.Lock()
			body := d.call
			d.mu.Unlock()
			return measure.PerSecond(workers, each, func(uint64) error {
				res, err := client.Post(local.URL, "text/plain", bytes.NewReader(body))
				if err != nil {
					return err
				}
				defer res.Body.Close()
				_, err = io.Copy(io.Discard, res.Body)
				return err
			})
		},
	}
}

func overHTTP(s *stage.Stage) subject {
	pack := strings.Replace(packYAML, "concurrency: 32", "concurrency: 16", 1)
	return called(s, &desk{answer: `{"ok":%d}`}, packed(pack, mappingYAML, schemaJSON), "")
}

func overSOAP(s *stage.Stage) subject {
	files := packed(soapPackYAML, soapMappingYAML, soapSchemaJSON)
	files["secret"] = "bench"
	return called(s, &desk{answer: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><submitResponse><return>&lt;return>&lt;state>1&lt;/state>&lt;bh>L%d&lt;/bh>&lt;/return></return></submitResponse></s:Body></s:Envelope>`},
		files, `, secrets: {p: "file:secret"}`)
}
