package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// behindGap makes a gateway's national platform one that is reached by folders.
func behindGap(t *testing.T, g *gateway, exchange string) {
	t.Helper()
	path := filepath.Join(g.dir, "duijie.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "national:\n")
	_, after, ok2 := strings.Cut(rest, "senders:\n")
	if !ok || !ok2 {
		t.Fatal("the configuration has no national platform")
	}
	write(t, g.dir, "duijie.yaml", before+fmt.Sprintf(`national:
  kind: file
  source: urn:duijie:gateway:990000
  retry: {initial: 100ms, max: 1s}
  settings: {root: %s}
  routes:
    "*": {dir: up, name: "{key}.json", done: "{name}.flag"}
  reads:
    - {dir: down, match: "*.json", every: 50ms, stable: 100ms, work: down/work, done: down/done, bad: down/bad, receipts: {ok: "{name}.ok", error: "{name}.err"}}
senders:
`, exchange)+after)
}

// carried lists the files of a folder.
func carried(dir, suffix string) []string {
	var out []string
	all, _ := os.ReadDir(dir) // none where there is no folder yet
	for _, e := range all {
		if strings.HasSuffix(e.Name(), suffix) && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

// TestEventsCrossAGap plays a 网闸: the platform's events come as files and the
// local system's go as files, while the gateway is killed again and again and half
// of the files are written slowly. Each message crosses once, each way.
func TestEventsCrossAGap(t *testing.T) {
	const cases, kills = 30, 3
	var mu sync.Mutex
	taken := map[string]int{}
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var doc struct{ Anhao string }
		if err != nil || json.Unmarshal(b, &doc) != nil {
			w.WriteHeader(400)
			return
		}
		mu.Lock()
		taken[doc.Anhao+" "+r.Header.Get("X-Once")]++
		mu.Unlock()
		fmt.Fprintf(w, `{"ok":true,"no":"L-%s"}`, doc.Anhao)
	}))
	defer local.Close()
	g := newGateway(t, strings.TrimPrefix(local.URL, "http://"), "127.0.0.1:1")
	exchange := t.TempDir()
	behindGap(t, g, exchange)
	g.start()
	down := filepath.Join(exchange, "down")
	told(t, "the folder is made", func() bool { _, err := os.Stat(down); return err == nil })
	var carrier sync.WaitGroup
	carrier.Go(func() { // some carriers rename, some write in place, slowly
		for i := range cases {
			event := eventOf("case.delegated", fmt.Sprint("G", i))
			name := filepath.Join(down, fmt.Sprintf("%03d.json", i))
			if i%2 == 0 {
				if err := os.WriteFile(name+".tmp", event, 0o644); err != nil {
					t.Error(err)
				}
				if err := os.Rename(name+".tmp", name); err != nil {
					t.Error(err)
				}
				continue
			}
			f, err := os.Create(name)
			if err != nil {
				t.Error(err)
				return
			}
			for at := 0; at < len(event); at += 300 {
				if _, err := f.Write(event[at:min(at+300, len(event))]); err != nil {
					t.Error(err)
				}
				time.Sleep(15 * time.Millisecond)
			}
			f.Close()
		}
	})
	for range kills {
		time.Sleep(200 * time.Millisecond)
		g.kill()
		g.start()
	}
	carrier.Wait()
	if err := os.WriteFile(filepath.Join(down, "wrong.json"), []byte(`{"specversion":"1.0","source":"urn:stranger"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	told(t, "all went down", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(taken) == cases
	})
	told(t, "the wrong one is told", func() bool { _, err := os.Stat(filepath.Join(down, "bad", "wrong.json.reason")); return err == nil })
	told(t, "every file has its receipt", func() bool { return len(carried(down, ".ok")) == cases })
	mu.Lock()
	for once, n := range taken {
		if n > 1 && n > 1+kills { // an attempt that a kill cut may be repeated, under the same key
			t.Errorf("%s came %d times", once, n)
		}
	}
	mu.Unlock()

	client := &http.Client{Timeout: 10 * time.Second}
	for i := range cases {
		body := fmt.Sprintf(`{"lsh":"S%d","ajh":"L-G%d","lb":"1","sj":"2026-11-21 10:00:00"}`, i, i)
		for {
			res, err := client.Post("http://"+g.public+"/local/990000/progress", "application/json", strings.NewReader(body))
			if err == nil {
				res.Body.Close()
				if res.StatusCode == 200 {
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		if i == cases/2 {
			g.kill()
			g.start()
		}
	}
	up := filepath.Join(exchange, "up")
	told(t, "all went up", func() bool { return len(carried(up, ".flag")) == cases })
	subjects := map[string]bool{}
	for _, name := range carried(up, ".json") {
		b, err := os.ReadFile(filepath.Join(up, name))
		if err != nil {
			t.Fatal(err)
		}
		var e struct{ SpecVersion, ID, Source, Type, Subject, Unit string }
		if err := json.Unmarshal(b, &e); err != nil || e.SpecVersion != "1.0" || e.Source != "urn:duijie:gateway:990000" || e.Type != "case.progress" || e.ID+".json" != name || e.Unit != "990000" {
			t.Fatalf("%s: %s %v", name, b, err)
		}
		subjects[e.Subject] = true
	}
	if len(subjects) != cases {
		t.Fatalf("%d cases went up, want %d", len(subjects), cases)
	}
}

// TestAttachmentsCrossAGap brings an event and its attachment in one zip.
func TestAttachmentsCrossAGap(t *testing.T) {
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"ok":true,"no":"L-1"}`)
	}))
	defer local.Close()
	g := newGateway(t, strings.TrimPrefix(local.URL, "http://"), "127.0.0.1:1")
	exchange := t.TempDir()
	behindGap(t, g, exchange)
	path := filepath.Join(g.dir, "duijie.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, g.dir, "duijie.yaml", strings.Replace(string(text), `match: "*.json"`, `match: "*.zip", document: event.json`, 1))
	g.start()
	content := []byte("%PDF-1.7 起诉状（虚构）")
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	event := strings.Replace(string(eventOf("case.delegated", "Z1")), `"facts":`, `"materials":[{"id":"M1","type":"application","name":"起诉状.pdf","sha256":"`+digest+`","size":28,"mediaType":"application/pdf"}],"facts":`, 1)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, entry := range map[string]string{"event.json": event, "att/起诉状.pdf": string(content)} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, entry)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	down := filepath.Join(exchange, "down")
	told(t, "the folder is made", func() bool { _, err := os.Stat(down); return err == nil })
	write(t, down, "a.zip", b.String())
	client := &http.Client{Timeout: 10 * time.Second}
	told(t, "who sent the event sees its attachment", func() bool {
		res, err := signedGet(client, g.public, "/v1/materials/"+digest)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		return err == nil && res.StatusCode == 200 && bytes.Equal(got, content)
	})
}
