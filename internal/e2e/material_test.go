package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/internal/sim"
	"duijie/internal/sm"
)

const closedYAML = `mapping: case.closed
local: jieguo
rules:
  - {nat: caseNo, loc: ajh, xref: case}
  - {nat: closedAt, loc: sj}
  - {nat: reason, loc: yy}
  - {nat: "mediators[*]", loc: "tjy[*]", each: [{nat: id, loc: bh}, {nat: name, loc: xm}]}
  - {nat: agreement.signedAt, loc: xy.sj}
  - {nat: agreement.effectiveAt, loc: xy.sx}
  - {nat: "agreement.items[*]", loc: "xy.nr[*]", each: [{nat: party, loc: dsr}, {nat: kind, loc: lx}]}
  - {nat: agreement.material.id, loc: xy.bh}
  - {nat: agreement.material.type, loc: xy.lx}
  - {nat: agreement.material.name, loc: xy.wj.name}
  - {nat: agreement.material.sha256, loc: xy.wj.sha256}
  - {nat: agreement.material.size, loc: xy.wj.size}
  - {nat: agreement.material.mediaType, loc: xy.wj.mediaType}
  - {loc: lsh, drop: to-national, why: 对方流水号}
`

const closedSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["ajh","sj","yy","tjy","xy","lsh"],"additionalProperties":false,
"properties":{"ajh":{"type":"string"},"sj":{"type":"string"},"yy":{"type":"string"},"lsh":{"type":"string"},
"tjy":{"type":"array","items":{"type":"object","required":["bh","xm"],"additionalProperties":false,"properties":{"bh":{"type":"string"},"xm":{"type":"string"}}}},
"xy":{"type":"object","required":["sj","sx","nr","bh","lx","wj"],"additionalProperties":false,"properties":{"sj":{"type":"string"},"sx":{"type":"string"},"bh":{"type":"string"},"lx":{"type":"string"},
"nr":{"type":"array","items":{"type":"object","required":["dsr","lx"],"additionalProperties":false,"properties":{"dsr":{"type":"string"},"lx":{"type":"string"}}},"minItems":1},
"wj":{"type":"object","required":["name","sha256","size","mediaType"],"additionalProperties":false,"properties":{"name":{"type":"string"},"sha256":{"type":"string"},"size":{"type":"integer"},"mediaType":{"type":"string"}}}}}}}`

// closing is a local system's word on a closed case, the agreement inside it.
func closing(caseNo string, agreement []byte) string {
	return fmt.Sprintf(`{"lsh":"J-%s","ajh":%q,"sj":"2026-11-23T16:00:00+08:00","yy":"agreed","tjy":[{"bh":"T1","xm":"虚构调解员"}],"xy":{"sj":"2026-11-23T15:00:00+08:00","sx":"2026-11-23T15:00:00+08:00","bh":"M1","lx":"agreement","nr":[{"dsr":"p1","lx":"pay"}],"wj":%q}}`,
		caseNo, caseNo, base64.StdEncoding.EncodeToString(agreement))
}

// withAgreements adds to a gateway's pack the closing of cases, its agreement in
// the document, and to its configuration the platform's address for materials.
func withAgreements(t *testing.T, g *gateway, materials string) {
	t.Helper()
	write(t, g.dir, "packs/outside/mappings/case.closed.yaml", closedYAML)
	write(t, g.dir, "packs/outside/schemas/jieguo.json", closedSchema)
	write(t, g.dir, "packs/outside/pack.yaml", strings.Replace(packYAML, "    progress: {type", "    jieguo: {type: case.closed, dedupe: body.lsh, materials: \"base64:xy.wj\"}\n    progress: {type", 1))
	path := filepath.Join(g.dir, "duijie.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, g.dir, "duijie.yaml", strings.Replace(string(text), "  source: urn:duijie:gateway", "  materials: "+materials+"\n  source: urn:duijie:gateway", 1))
}

// told waits until f says yes.
func told(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// TestAgreementTravelsUp is the schedule of delivery.md §9: the agreement that a
// local system hands in with a closing reaches the platform before the message that
// names it, though the line is cut in the middle of it and the gateway is killed.
func TestAgreementTravelsUp(t *testing.T) {
	platform, err := sim.StartNational(sim.NationalOptions{Gateway: sim.Signer{Scheme: sm.V1, Key: "whsec_" + base64.StdEncoding.EncodeToString(senderKey)}})
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // its sender sees the answer, whatever became of the body
		fmt.Fprint(w, `{"ok":true,"no":"L-1"}`)
	}))
	defer local.Close()
	g := newGateway(t, strings.TrimPrefix(local.URL, "http://"), strings.TrimPrefix(platform.URL(), "http://"))
	withAgreements(t, g, platform.MaterialsURL())
	g.start()
	client := &http.Client{Timeout: 20 * time.Second}
	if res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", "A1")); err != nil || res.StatusCode != 202 {
		t.Fatal(res, err)
	}
	agreement := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("调解协议书（虚构）"), 100_000)...)
	sum := sha256.Sum256(agreement)
	digest := hex.EncodeToString(sum[:])
	platform.CutNextMaterial(len(agreement) / 3)
	told(t, "the local id is known", func() bool {
		res, err := signedGet(client, g.public, "/v1/cases/990000/A1")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		return err == nil && strings.Contains(string(b), `"local":"L-1"`)
	})
	res, err := client.Post("http://"+g.public+"/local/990000/jieguo", "application/json", strings.NewReader(closing("L-1", agreement)))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("push: %d %s %v", res.StatusCode, answer, err)
	}
	g.kill() // what was answered is durable, its attachment too
	g.start()
	var taken sim.Taken
	told(t, "the platform has the closing", func() bool {
		for _, one := range platform.Book().All() {
			if one.Type == "case.closed" {
				taken = one
				return true
			}
		}
		return false
	})
	if got, ok := platform.Material(digest); !ok || !bytes.Equal(got, agreement) {
		t.Fatal("the platform has the closing, but not the agreement")
	}
	if !bytes.Contains(taken.Document, []byte(`"sha256":"`+digest+`"`)) || !bytes.Contains(taken.Document, []byte(`"mediaType":"application/pdf"`)) {
		t.Fatalf("%s", taken.Document)
	}
	calls := platform.AskedForMaterials()
	if calls[0] != "HEAD "+digest || calls[len(calls)-1] != "PUT "+digest && calls[len(calls)-1] != "HEAD "+digest {
		t.Fatal(calls)
	}
}

// signedGet asks as the outside sender.
func signedGet(client *http.Client, addr, path string) (*http.Response, error) {
	req, err := http.NewRequest("GET", "http://"+addr+path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(signed(req, path))
}

// signed signs a request as one whose body the signature does not cover.
func signed(req *http.Request, path string) *http.Request {
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, senderKey)
	fmt.Fprintf(mac, "m1.%s.%s %s", ts, req.Method, path)
	req.Header.Set("webhook-id", "m1")
	req.Header.Set("webhook-timestamp", ts)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return req
}

// TestMaterialAcrossKillNine puts large materials while the gateway is killed again
// and again: what was answered 201 is there whole, and every upload ends.
func TestMaterialAcrossKillNine(t *testing.T) {
	const size, senders, kills = 8 << 20, 4, 3
	g := newGateway(t, "127.0.0.1:1", "127.0.0.1:1")
	g.start()
	client := &http.Client{Timeout: 20 * time.Second}
	do := func(method, digest string, body []byte, headers ...string) (*http.Response, error) {
		path := "/v1/materials/" + digest
		req, err := http.NewRequest(method, "http://"+g.public+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(signed(req, path))
		if err == nil {
			res.Body.Close()
		}
		return res, err
	}
	var all sync.WaitGroup
	digests := make([]string, senders)
	for i := range senders {
		content := bytes.Repeat([]byte(fmt.Sprintf("material %d of a test ", i)), size/20)
		sum := sha256.Sum256(content)
		digests[i] = hex.EncodeToString(sum[:])
		all.Go(func() {
			for from, end := 0, time.Now().Add(60*time.Second); ; {
				to := min(from+1<<20, len(content))
				res, err := do("PUT", digests[i], content[from:to], "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)))
				if err == nil && (res.StatusCode == 201 || res.StatusCode == 200) {
					return
				}
				if time.Now().After(end) {
					t.Errorf("material %d does not end: %v %v", i, res, err)
					return
				}
				if res, err = do("HEAD", digests[i], nil); err != nil {
					time.Sleep(20 * time.Millisecond)
					continue
				}
				last := -1
				if text := res.Header.Get("Range"); text != "" {
					if _, err := fmt.Sscanf(text, "bytes=0-%d", &last); err != nil {
						t.Errorf("range %q", text)
						return
					}
				}
				from = last + 1
			}
		})
	}
	for range kills {
		time.Sleep(150 * time.Millisecond)
		g.kill()
		g.start()
	}
	all.Wait()
	g.kill()
	g.start()
	for i, d := range digests {
		res, err := do("HEAD", d, nil)
		if err != nil || res.StatusCode != 200 {
			t.Errorf("material %d: %v %v", i, res, err)
		}
	}
}

// TestFullDiskRefusesMaterialsAndRecovers puts what does not fit: it is refused with
// 503, leaves nothing behind, and messages and smaller materials go on.
func TestFullDiskRefusesMaterialsAndRecovers(t *testing.T) {
	g := newGateway(t, "127.0.0.1:1", "127.0.0.1:1")
	smallDisk(t, filepath.Join(g.dir, "data"))
	g.start()
	client := &http.Client{Timeout: 60 * time.Second}
	put := func(content []byte) *http.Response {
		sum := sha256.Sum256(content)
		path := "/v1/materials/" + hex.EncodeToString(sum[:])
		req, err := http.NewRequest("PUT", "http://"+g.public+path, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(signed(req, path))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	for range 3 {
		if res := put(make([]byte, 60<<20)); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Fatalf("60 MiB on a disk of 40: %d", res.StatusCode)
		}
	}
	if res := put(bytes.Repeat([]byte("x"), 1<<20)); res.StatusCode != 201 {
		t.Fatalf("1 MiB: %d", res.StatusCode)
	}
	told(t, "a message is taken", func() bool {
		res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", "F1"))
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 202 || res.StatusCode == 200
	})
}
