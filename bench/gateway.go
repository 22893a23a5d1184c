package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

const packYAML = `unit: "990000"
name: bench (invented)
profile: v1
codec: {format: json, charset: UTF-8}
sink:
  kind: http
  settings: {url: "http://127.0.0.1:1"}
  auth: {kind: none}
  routes: {"*": {path: "/{type}", idempotency: {header: Idempotency-Key}}}
limits: {concurrency: 32, timeout: 5s}
`

const mappingYAML = `mapping: case.delegated
local: delegated
rules:
  - {nat: caseNo, loc: wbbh}
  - {nat: facts, loc: ssyly}
  - {nat: "*", drop: to-local, why: not measured here}
`

const schemaJSON = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["wbbh","ssyly"],
"properties":{"wbbh":{"type":"string"},"ssyly":{"type":"string"}},"additionalProperties":false}`

// bigMapping takes the parties along, so that a large case is large on its way out too.
const bigMapping = `mapping: case.delegated
local: delegated
rules:
  - {nat: caseNo, loc: wbbh}
  - {nat: facts, loc: ssyly}
  - nat: "parties[*]"
    loc: "dsr[*]"
    each:
      - {nat: id, loc: bh}
      - {nat: role, loc: ssdw}
      - {nat: name, loc: xm}
      - {nat: phone, loc: dh}
      - {nat: address.region, loc: qh}
      - {nat: address.detail, loc: dz}
      - {nat: "*", drop: to-local, why: not measured here}
  - {nat: "*", drop: to-local, why: not measured here}
`

const bigSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["wbbh","ssyly"],
"properties":{"wbbh":{"type":"string"},"ssyly":{"type":"string"},
"dsr":{"type":"array","items":{"type":"object","required":["bh"],"additionalProperties":false,"properties":{
"bh":{"type":"string"},"ssdw":{"type":"string"},"xm":{"type":"string"},"dh":{"type":"string"},"qh":{"type":"string"},"dz":{"type":"string"}}}}},
"additionalProperties":false}`

// usual is the pack that is measured where nothing else is said.
func usual() map[string]string {
	return map[string]string{
		"packs/bench/pack.yaml":                    packYAML,
		"packs/bench/mappings/case.delegated.yaml": mappingYAML,
		"packs/bench/schemas/delegated.json":       schemaJSON,
	}
}

// start serves the usual pack for one unit from a fresh folder.
func start(bin, dir, local string) (*process, error) {
	return startPack(bin, dir, usual(), fmt.Sprintf(`settings: {url: "%s"}`, local))
}

// startPack serves a pack's files; unit is what else stands in the unit's entry.
func startPack(bin, dir string, files map[string]string, unit string) (*process, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	return serveUnits(bin, dir, files, []string{unitEntry("990000", unit)}, "error")
}

// unitEntry is a unit's line in the configuration.
func unitEntry(code, rest string) string {
	return fmt.Sprintf(`{code: "%s", pack: bench, mode: docked, %s}`, code, rest)
}

// serveUnits starts the built program on a folder, which may hold a store. The
// log goes to a file there, so that writing it costs what it costs.
func serveUnits(bin, dir string, files map[string]string, units []string, level string) (*process, error) {
	p := &process{public: free(), admin: free()}
	files["duijie.yaml"] = fmt.Sprintf(`listen: %s
admin: %s
data: ./data
packs: [./packs]
senders: [{source: "urn:bench", verify: {scheme: none}, units: ["*"]}]
units:
  - %s
limits: {diskFree: 0, backlog: 0, backlogUnit: 0}
log: {level: %s, file: %q}
`, p.public, p.admin, strings.Join(units, "\n  - "), level, filepath.Join(dir, "log"))
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return p, p.run(bin, "serve", "-c", filepath.Join(dir, "duijie.yaml"))
}

// act pauses the unit, so that acceptance alone is measured, or resumes it.
func (p *process) act(verb string) error { return p.actOn("990000", verb) }

func (p *process) actOn(unit, verb string) error {
	req, err := http.NewRequest("POST", "http://"+p.admin+"/admin/v1/units/"+unit+"/"+verb, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("%s: %d %s", verb, res.StatusCode, text)
	}
	return nil
}

func (p *process) state(receipt string) (string, error) {
	res, err := http.Get("http://" + p.public + "/v1/messages/" + receipt)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var d struct{ State string }
	return d.State, json.NewDecoder(res.Body).Decode(&d)
}

// waiting is how many deliveries of a unit ("": of all) are not final.
func (p *process) waiting(unit string) (n int, err error) {
	text, err := whole(http.Get("http://" + p.admin + "/admin/v1/units"))
	if err != nil {
		return 0, err
	}
	var got struct {
		Units []struct {
			Code   string
			Counts map[string]int
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return 0, err
	}
	for _, u := range got.Units {
		for state, count := range u.Counts {
			if state != "acked" && state != "cancelled" && (unit == "" || u.Code == unit) {
				n += count
			}
		}
	}
	return n, nil
}
