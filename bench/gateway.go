package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// build makes the program as it is shipped: static, stripped.
func build(dir string) (string, error) {
	bin := filepath.Join(dir, "duijie")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./cmd/duijie")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
}

// process is a gateway under measurement.
type process struct {
	cmd           *exec.Cmd
	public, admin string
	ready         time.Duration
}

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

// start serves the usual pack from a fresh folder; paused units only accept.
func start(bin, dir, local string) (*process, error) {
	return startPack(bin, dir, map[string]string{
		"packs/bench/pack.yaml":                    packYAML,
		"packs/bench/mappings/case.delegated.yaml": mappingYAML,
		"packs/bench/schemas/delegated.json":       schemaJSON,
	}, fmt.Sprintf(`settings: {url: "%s"}`, local))
}

// startPack serves a pack's files; unit is what else stands in the unit's entry.
func startPack(bin, dir string, files map[string]string, unit string) (*process, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	p := &process{public: free(), admin: free()}
	files["duijie.yaml"] = fmt.Sprintf(`listen: %s
admin: %s
data: ./data
packs: [./packs]
senders: [{source: "urn:bench", verify: {scheme: none}, units: ["*"]}]
units: [{code: "990000", pack: bench, mode: docked, %s}]
limits: {diskFree: 0, backlog: 0, backlogUnit: 0}
log: {level: error}
`, p.public, p.admin, unit)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	p.cmd = exec.Command(bin, "serve", "-c", filepath.Join(dir, "duijie.yaml"))
	p.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 20*time.Second {
		if res, err := http.Get("http://" + p.public + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.ready = time.Since(began)
				return p, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	p.stop()
	return nil, errors.New("the gateway was not ready within 20 s")
}

func (p *process) stop() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// act pauses the unit, so that acceptance alone is measured, or resumes it.
func (p *process) act(verb string) error {
	req, err := http.NewRequest("POST", "http://"+p.admin+"/admin/v1/units/990000/"+verb, nil)
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

func free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}
