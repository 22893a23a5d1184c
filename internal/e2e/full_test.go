package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smallDisk mounts a file system of its own, 40 MiB, below dir.
func smallDisk(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", dir).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatalf("mount: %v %s", err, out)
		}
		t.Skipf("needs the right to mount a small file system (run as root): %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
}

// TestFullDiskAnswers503AndRecoversWithoutRestart fills the store's disk, reads
// the answers, makes room, and goes on; nothing that was answered 202 is lost.
func TestFullDiskAnswers503AndRecoversWithoutRestart(t *testing.T) {
	g := newGateway(t, "127.0.0.1:1", "127.0.0.1:1")
	smallDisk(t, filepath.Join(g.dir, "data"))
	ballast := filepath.Join(g.dir, "data", "ballast")
	if err := os.WriteFile(ballast, make([]byte, 10<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	g.start()
	client := &http.Client{Timeout: 20 * time.Second}
	var taken []string
	full := false
	for i := 0; i < 2000 && !full; i++ {
		body := bytes.Replace(eventOf("case.delegated", "F"+strings.Repeat("0", 4)+string(rune('A'+i%26))+time.Now().Format("150405.000000")), []byte(`"facts":"虚构"`), []byte(`"facts":"`+strings.Repeat("虚构", 9000)+`"`), 1)
		res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		switch res.StatusCode {
		case 202:
			taken = append(taken, strings.TrimPrefix(res.Header.Get("Location"), "/v1/messages/"))
		case 503:
			full = true
			if res.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
		default:
			t.Fatalf("answered %d", res.StatusCode)
		}
	}
	if !full || len(taken) == 0 {
		t.Fatalf("the disk was not filled: %d taken", len(taken))
	}
	if code := g.get(g.public+"/readyz", nil); code != 503 {
		t.Errorf("readyz is %d while the disk is full, want 503", code)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(15 * time.Second); g.get(g.public+"/readyz", nil) != 200; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not ready again 15 s after there was room")
		}
	}
	res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", "AFTER"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 202 {
		t.Errorf("after recovery answered %d", res.StatusCode)
	}
	g.kill()
	g.start()
	for _, receipt := range taken {
		if code := g.get(g.admin+"/admin/v1/deliveries/"+receipt, nil); code != 200 {
			t.Fatalf("a message that was answered 202 is not there: %d", code)
		}
	}
}
