package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/httpapi"
	"duijie/internal/material"
	"duijie/internal/queue"
	"duijie/internal/queue/memory"
	"duijie/internal/sm"
	"duijie/schemas"
)

// attachments is a public listener over the real road and the real material store.
type attachments struct {
	*testing.T
	url       string
	store     *memory.Store
	free      int64
	materials *material.Store
}

var materialKeys = map[string]string{"urn:a": "whsec_" + base64.StdEncoding.EncodeToString([]byte("key of sender a")), "urn:b": "whsec_" + base64.StdEncoding.EncodeToString([]byte("key of sender b"))}

func keyOf(t *testing.T, sender string) sm.Key {
	t.Helper()
	k, err := sm.ParseKey(sm.V1, materialKeys[sender])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newAttachments listens; sender urn:a sees unit 510000, urn:b unit 440000.
func newAttachments(t *testing.T) *attachments {
	t.Helper()
	a := &attachments{T: t, store: memory.Open(memory.Options{}), free: 1 << 40}
	v, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	if a.materials, err = material.Open(material.Options{Dir: filepath.Join(t.TempDir(), "materials"), MaxBytes: 70 << 20}); err != nil {
		t.Fatal(err)
	}
	var senders []gateway.SenderSpec
	for source, unit := range map[string]string{"urn:a": "510000", "urn:b": "440000"} {
		key := keyOf(t, source)
		senders = append(senders, gateway.SenderSpec{Source: source, Units: []string{unit}, Verify: func(s gateway.Signature, payload []byte, now time.Time) error {
			return sm.Verify(s.Signature, []sm.Key{key}, s.ID, s.Timestamp, payload, now, 0)
		}})
	}
	gw, err := gateway.New(gateway.Options{Store: a.store, Validator: v, Materials: a.materials, DiskFree: func() (int64, error) { return a.free, nil },
		Limits: gateway.Limits{DiskFree: 1 << 30}, Setup: gateway.Setup{Units: []gateway.UnitSpec{{Code: "510000", Mode: "docked"}}, Senders: senders}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := httpapi.New(httpapi.Config{Listen: "127.0.0.1:0", Gateway: gw, MaxMaterial: 70 << 20, MaxBody: 1 << 20, Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	a.url = "http://" + s.Addr()
	return a
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b) // never fails
	return b
}

// request is signed as a sender's, over METHOD SP target.
func (a *attachments) request(sender, method, path string, body io.Reader, headers ...string) *http.Request {
	a.Helper()
	r, err := http.NewRequest(method, a.url+path, body)
	if err != nil {
		a.Fatal(err)
	}
	now := time.Now()
	if sender != "" {
		sig, err := sm.Sign(keyOf(a.T, sender), "m1", now, sm.Target(method, path))
		if err != nil {
			a.Fatal(err)
		}
		r.Header.Set("webhook-id", "m1")
		r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
		r.Header.Set("webhook-signature", sig)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// do gives status, headers and body.
func (a *attachments) do(r *http.Request) (int, http.Header, []byte) {
	a.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		a.Fatal(err)
	}
	return res.StatusCode, res.Header, b
}

func (a *attachments) want(r *http.Request, status int, code string) http.Header {
	a.Helper()
	got, h, body := a.do(r)
	var p struct{ Type string }
	_ = json.Unmarshal(body, &p) // an answer without a problem has no type
	if got != status || code != "" && p.Type != "urn:duijie:problem:"+code {
		a.Fatalf("%s %s: %d %s, want %d %s", r.Method, r.URL.Path, got, p.Type, status, code)
	}
	return h
}

func path(b []byte) string { return "/v1/materials/" + digest(b) }

func TestMaterialIsPutOnceAndServedSafely(t *testing.T) {
	a := newAttachments(t)
	b := random(300_000)
	if h := a.want(a.request("urn:a", "PUT", path(b), bytes.NewReader(b)), 201, ""); h.Get("Location") != path(b) {
		t.Errorf("location %q", h.Get("Location"))
	}
	a.want(a.request("urn:a", "PUT", path(b), bytes.NewReader(b)), 200, "")
	status, h, got := a.do(a.request("urn:a", "GET", path(b), nil))
	if status != 200 || !bytes.Equal(got, b) || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Fatal(status, h)
	}
	status, h, got = a.do(a.request("urn:a", "GET", path(b), nil, "Range", "bytes=10-19"))
	if status != 206 || !bytes.Equal(got, b[10:20]) || h.Get("Content-Range") != "bytes 10-19/300000" {
		t.Fatal(status, h)
	}
	if h := a.want(a.request("urn:a", "HEAD", path(b), nil), 200, ""); h.Get("Content-Length") != "300000" {
		t.Fatal(h)
	}
	empty := []byte{}
	a.want(a.request("urn:a", "PUT", path(empty), http.NoBody, "Content-Length", "0"), 201, "")
}

func TestMaterialRefusals(t *testing.T) {
	a := newAttachments(t)
	b := random(1000)
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		code   string
	}{
		"another digest":        {a.request("urn:a", "PUT", path(b), bytes.NewReader(b[:999])), 422, "digest"},
		"no length":             {a.request("urn:a", "PUT", path(b), struct{ io.Reader }{bytes.NewReader(b)}), 411, "length"},
		"no signature":          {a.request("", "PUT", path(b), bytes.NewReader(b)), 401, "signature"},
		"no digest":             {a.request("urn:a", "PUT", "/v1/materials/ABC", bytes.NewReader(b)), 404, "not-found"},
		"over the limit":        {a.request("urn:a", "PUT", path(b), bytes.NewReader(b), "Content-Range", "bytes 0-999/100000000"), 413, "too-large"},
		"a range of other size": {a.request("urn:a", "PUT", path(b), bytes.NewReader(b), "Content-Range", "bytes 0-500/1000"), 400, "malformed"},
		"a range without size":  {a.request("urn:a", "PUT", path(b), bytes.NewReader(b), "Content-Range", "bytes 0-999/*"), 400, "malformed"},
		"nothing there":         {a.request("urn:a", "GET", path(b), nil), 404, "not-found"},
		"another method":        {a.request("urn:a", "DELETE", path(b), nil), 405, "method"},
	} {
		t.Run(name, func(t *testing.T) { a.want(c.r, c.status, c.code) })
	}
	unsigned := a.request("urn:b", "PUT", "/v1/materials/"+digest([]byte("other")), bytes.NewReader(b))
	unsigned.URL.Path = path(b) // the signature is another target's
	a.want(unsigned, 401, "signature")
}

func TestMaterialIsRefusedEarlyWhenTheDiskFills(t *testing.T) {
	a := newAttachments(t)
	b, kept := random(1000), random(500)
	part := material.Part{Digest: digest(kept), Owner: "sender urn:a", Length: 500, Total: 500}
	if _, err := a.materials.Put(t.Context(), part, bytes.NewReader(kept)); err != nil {
		t.Fatal(err)
	}
	a.free = 4<<30 - 1
	h := a.want(a.request("urn:a", "PUT", path(b), bytes.NewReader(b)), 503, "backpressure")
	if h.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	a.want(a.request("urn:a", "PUT", path(kept), bytes.NewReader(kept)), 200, "") // what is there costs nothing
}

func TestMaterialIsSeenByWhoPutItAndWhoSeesAMessageThatNamesIt(t *testing.T) {
	a := newAttachments(t)
	b := random(2000)
	a.want(a.request("urn:a", "PUT", path(b), bytes.NewReader(b)), 201, "")
	for _, method := range []string{"GET", "HEAD"} {
		a.want(a.request("urn:b", method, path(b), nil), 404, "")
	}
	m := queue.NewMessage{Message: queue.Message{Receipt: "r1", Key: "k", Direction: queue.ToLocal, Unit: "440000", Source: "urn:b", ID: "1", Type: "case.delegated", Lane: "n:A", Materials: []string{digest(b)}}}
	if _, err := a.store.Put(t.Context(), []queue.NewMessage{m}); err != nil {
		t.Fatal(err)
	}
	a.want(a.request("urn:b", "GET", path(b), nil), 200, "")
	a.want(a.request("urn:b", "PUT", path(b), bytes.NewReader(random(2000)[1:])), 422, "digest") // it still must show the content
}

// A connection is cut in the middle; the sender asks what is held and goes on.
func TestMaterialIsResumedAfterACut(t *testing.T) {
	a := newAttachments(t)
	b := random(3 << 20)
	r := a.request("urn:a", "PUT", path(b), bytes.NewReader(b))
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nwebhook-id: m1\r\nwebhook-timestamp: %s\r\nwebhook-signature: %s\r\n\r\n",
		path(b), len(b), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"))
	if _, err := conn.Write(b[:1<<20+17]); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	held := int64(0)
	for end := time.Now().Add(10 * time.Second); held < 1<<20+17; {
		h := a.want(a.request("urn:a", "HEAD", path(b), nil), 404, "")
		if text := h.Get("Range"); text != "" {
			if _, err := fmt.Sscanf(text, "bytes=0-%d", &held); err != nil {
				t.Fatalf("range %q", text)
			}
			held++
		}
		if time.Now().After(end) {
			t.Fatalf("held %d", held)
		}
	}
	if h := a.want(a.request("urn:b", "HEAD", path(b), nil), 404, ""); h.Get("Range") != "" {
		t.Fatal("another's upload is told")
	}
	part := func(from, to int) *http.Request {
		return a.request("urn:a", "PUT", path(b), bytes.NewReader(b[from:to]), "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(b)))
	}
	if h := a.want(part(2<<20, 3<<20), 202, ""); h.Get("Range") != fmt.Sprintf("bytes=0-%d", held-1) {
		t.Fatalf("after a gap: %q", h.Get("Range"))
	}
	if h := a.want(part(int(held), 2<<20), 202, ""); h.Get("Range") != fmt.Sprintf("bytes=0-%d", 2<<20-1) {
		t.Fatalf("after a part: %q", h.Get("Range"))
	}
	a.want(part(2<<20, 3<<20), 201, "")
	a.want(part(2<<20, 3<<20), 200, "")
	if _, _, got := a.do(a.request("urn:a", "GET", path(b), nil)); !bytes.Equal(got, b) {
		t.Fatal("other content")
	}
}
