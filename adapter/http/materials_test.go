package http_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
)

// taken is one request as the local system took it.
type taken struct {
	method, target, contentType, key string
	length                           int64
	links                            []string
	body                             []byte
}

// receiver answers with a status for each request, the last one for the rest.
func receiver(t *testing.T, statuses ...int) (url string, got func() []taken) {
	all := make(chan taken, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		all <- taken{r.Method, r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), r.ContentLength, r.Header.Values("Link"), b}
		status := statuses[0]
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "{}") // a sender that left needs no answer
	}))
	t.Cleanup(s.Close)
	return s.URL, func() (out []taken) {
		for len(all) > 0 {
			out = append(out, <-all)
		}
		return out
	}
}

// withMaterials is a message that names two materials, one of them large.
func withMaterials() adapter.Message {
	m := message()
	contents := map[string][]byte{}
	for i, b := range [][]byte{[]byte("甲方材料"), bytes.Repeat([]byte("0123456789abcdef"), 200_000)} {
		sum := sha256.Sum256(b)
		d := hex.EncodeToString(sum[:])
		contents[d] = b
		m.Materials = append(m.Materials, adapter.Material{Name: fmt.Sprintf("材料%d.pdf", i), SHA256: d, Size: int64(len(b)), MediaType: "application/pdf", Link: "/local/510000/materials/" + d + "?exp=1&sig=x"})
	}
	m.Open = func(d string) (io.ReadCloser, int64, error) {
		b, ok := contents[d]
		if !ok {
			return nil, 0, errors.New("no such material")
		}
		return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
	m.Document = []byte(`{"fj":[{"nr":"` + m.Materials[1].SHA256 + `"},{"nr":"` + m.Materials[0].SHA256 + `"}]}`)
	return m
}

func TestMaterialsGoInMultipart(t *testing.T) {
	url, got := receiver(t, 200)
	k := sink(t, url, `materials: multipart`)
	m := withMaterials()
	for range 2 {
		if _, f := deliver(k, m); f != nil {
			t.Fatalf("%+v", f)
		}
	}
	all := got()
	if len(all) != 2 || !bytes.Equal(all[0].body, all[1].body) || all[0].length != int64(len(all[0].body)) {
		t.Fatalf("%d requests", len(all))
	}
	if !strings.HasPrefix(all[0].contentType, "multipart/form-data; boundary=") || !bytes.Contains(all[0].body, m.Document) || len(all[0].body) < 3_200_000 {
		t.Fatal(all[0].contentType, len(all[0].body))
	}
	if k.Prepares(m.Type) {
		t.Error("multipart prepares nothing")
	}
}

func TestMaterialsGoAsBase64WhereTheirDigestsStand(t *testing.T) {
	url, got := receiver(t, 200)
	m := withMaterials()
	if _, f := deliver(sink(t, url, `routes: {"*": {materials: "base64:fj[*].nr"}}`), m); f != nil {
		t.Fatalf("%+v", f)
	}
	one := got()[0]
	large, _, _ := m.Open(m.Materials[1].SHA256)
	b, err := io.ReadAll(large)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fj":[{"nr":"` + base64.StdEncoding.EncodeToString(b) + `"},{"nr":"` + base64.StdEncoding.EncodeToString([]byte("甲方材料")) + `"}]}`
	if string(one.body) != want || one.length != int64(len(want)) || one.contentType != "application/json" {
		t.Fatalf("%d of %d bytes: %.100s", len(one.body), one.length, one.body)
	}
}

func TestADocumentWithoutPlaceForItsMaterialsIsHeld(t *testing.T) {
	url, got := receiver(t, 200)
	m := withMaterials()
	m.Document = []byte(`{"fj":[]}`)
	if _, f := deliver(sink(t, url, `materials: "base64:fj[*].nr"`), m); f == nil || f.Outcome != adapter.Refused || len(got()) != 0 {
		t.Fatalf("%+v", f)
	}
}

func TestSignatureCoversTheWholeBodyOrTheMessageIsHeld(t *testing.T) {
	url, got := receiver(t, 200)
	k := sink(t, url, "materials: multipart\nauth: {kind: sign, algorithm: sha256, key: secret:k, string: \"{bodyhash}{key}\", put: {headers: {sign: \"{sign}\"}}}")
	m := withMaterials()
	if _, f := deliver(k, m); f != nil {
		t.Fatalf("%+v", f)
	}
	if one := got()[0]; len(one.body) < 3_200_000 {
		t.Fatal(len(one.body))
	}
	m.Materials[1].Size = 33 << 20
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.Refused || len(got()) != 0 {
		t.Fatalf("%+v", f)
	}
}

func TestLinksStandInHeaders(t *testing.T) {
	url, got := receiver(t, 200)
	m := withMaterials()
	if _, f := deliver(sink(t, url, `materials: link`), m); f != nil {
		t.Fatalf("%+v", f)
	}
	if one := got()[0]; len(one.links) != 2 || one.links[0] != "<"+m.Materials[0].Link+`>; rel="enclosure"` || !bytes.Equal(one.body, m.Document) {
		t.Fatal(one.links)
	}
}

func TestMaterialsArePutFirst(t *testing.T) {
	url, got := receiver(t, 201, 409, 200)
	k := sink(t, url+"/base", `materials: "first-put:/att/{unit}/{sha256}"`)
	m := withMaterials()
	if !k.Prepares(m.Type) {
		t.Fatal("it prepares")
	}
	for range 2 { // what was put is not put again
		if err := k.Prepare(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	all := got()
	if len(all) != 2 {
		t.Fatalf("%d requests", len(all))
	}
	for i, one := range all {
		if one.method != "PUT" || one.target != "/base/att/510000/"+m.Materials[i].SHA256 || one.length != m.Materials[i].Size || int64(len(one.body)) != one.length || one.contentType != "application/octet-stream" {
			t.Errorf("%d: %s %s %d %s", i, one.method, one.target, one.length, one.contentType)
		}
	}
	if _, f := deliver(k, m); f != nil {
		t.Fatalf("%+v", f)
	}
	if all := got(); len(all) != 1 || all[0].method != "POST" || !bytes.Equal(all[0].body, m.Document) {
		t.Fatalf("%+v", all)
	}
}

func TestAPutThatFailsIsToldAsWhatItIs(t *testing.T) {
	for status, want := range map[int]adapter.Outcome{503: adapter.UnknownTaken, 429: adapter.Transient, 401: adapter.UnitTrouble, 422: adapter.Refused} {
		url, _ := receiver(t, status)
		k := sink(t, url, `materials: "first-put:/att/{sha256}"`)
		ctx, sent := adapter.Track(context.Background())
		err := k.Prepare(ctx, withMaterials())
		if err == nil {
			t.Fatalf("%d: no error", status)
		}
		if f := adapter.Classify(err, sent.Yes()); f.Outcome != want || strings.Contains(err.Error(), "材料") {
			t.Errorf("%d: %s %v", status, f.Outcome, err)
		}
	}
}

// An attempt that carries much has the time that its context gives, not the settings' alone.
func TestALargeBodyHasItsOwnTime(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a sender that left is seen by its own answer
		<-release
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	c := config(t, fmt.Sprintf("kind: http\nsettings: {url: %q}\nmaterials: multipart", s.URL))
	c.Timeout = 50 * time.Millisecond
	k := open(t, c)
	time.AfterFunc(200*time.Millisecond, func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := k.Deliver(ctx, withMaterials()); err != nil {
		t.Fatal(err)
	}
}
