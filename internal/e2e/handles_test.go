package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestOutOfFileHandlesLosesNothingAndRecovers has strangers hold every handle that
// the process may open. Whoever has a connection is answered, with a 2xx or with a
// problem; nothing can be sent meanwhile; when the strangers leave all goes on.
func TestOutOfFileHandlesLosesNothingAndRecovers(t *testing.T) {
	l := newLedger(t, 1, 1500*time.Millisecond)
	g := newGateway(t, l.serve(l.local), l.serve(l.national))
	write(t, g.dir, "packs/outside/pack.yaml", crashPack())
	g.under = []string{"sh", "-c", `ulimit -n 64; exec "$@"`, "sh"}
	l.life.Add(1)
	g.start()
	http.DefaultClient.CloseIdleConnections()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	push := func(typ, caseNo string) {
		l.push("down "+caseNo, caseNo+" "+typ, func() (*http.Response, error) {
			return post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", eventOf(typ, caseNo))
		})
	}
	material := bytes.Repeat([]byte("虚构"), 1000)
	sum := sha256.Sum256(material)
	path := "/v1/materials/" + hex.EncodeToString(sum[:])
	put := func() int {
		t.Helper()
		req, err := http.NewRequest("PUT", "http://"+g.public+path, bytes.NewReader(material))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(signed(req, path))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body) // the connection is kept
		res.Body.Close()
		return res.StatusCode
	}
	push("case.delegated", "H0") // the one connection is there
	strangers := make([]net.Conn, 0, 100)
	leave := func() {
		for _, c := range strangers {
			c.Close()
		}
		strangers = nil
	}
	defer leave()
	for range cap(strangers) {
		c, err := net.DialTimeout("tcp", g.public, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		strangers = append(strangers, c)
	}
	told(t, "a stranger's call is not answered any more", func() bool {
		short := &http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := short.Get("http://" + g.public + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		return err != nil
	})
	for _, caseNo := range []string{"H1", "H2", "H3"} {
		push("case.delegated", caseNo)
		push("case.withdrawn", caseNo)
	}
	if status := put(); status < 500 {
		t.Errorf("a material that cannot be stored is answered %d", status)
	}
	leave()
	told(t, "strangers are answered again", func() bool { return g.get(g.public+"/readyz", nil) == 200 })
	if status := put(); status != 201 && status != 200 {
		t.Errorf("a material is answered %d after it", status)
	}
	push("case.withdrawn", "H0")
	l.drain(g, time.Minute)
	l.quiet()
	l.account(g)
}
