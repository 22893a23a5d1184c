package attach_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/settings"
	"duijie/internal/codec"
)

// shelf is a store of materials in memory.
type shelf map[string][]byte

func (s shelf) put(b []byte) string {
	sum := sha256.Sum256(b)
	d := hex.EncodeToString(sum[:])
	s[d] = b
	return d
}

func (s shelf) open(digest string) (io.ReadCloser, int64, error) {
	b, ok := s[digest]
	if !ok {
		return nil, 0, errors.New("no such material")
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

// Keep makes a shelf a keeper.
func (s shelf) Keep(_ context.Context, name, mediaType string, r io.Reader) (adapter.Material, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return adapter.Material{}, fmt.Errorf("keep: %w", err)
	}
	if len(b) > 1000 {
		return adapter.Material{}, adapter.ErrMaterialTooLarge
	}
	if mediaType == "" {
		mediaType = "application/pdf"
	}
	return adapter.Material{Name: name, SHA256: s.put(b), Size: int64(len(b)), MediaType: mediaType}, nil
}

// message has two materials and the document that f makes of their digests.
func message(s shelf, f func(a, b string) string) adapter.Message {
	one, two := []byte("一号材料"), bytes.Repeat([]byte{0, 1, 2, 255}, 20_001)
	a, b := s.put(one), s.put(two)
	return adapter.Message{Key: "00112233445566778899aabbccddeeff", Document: []byte(f(a, b)), Open: s.open, Materials: []adapter.Material{
		{Name: "申请书.pdf", SHA256: a, Size: int64(len(one)), MediaType: "application/pdf"},
		{Name: "申请书.pdf", SHA256: b, Size: int64(len(two)), MediaType: "nonsense\r\nX-Evil: 1"}}}
}

// all reads a stream twice and holds it to its length.
func all(t *testing.T, s *attach.Stream) []byte {
	t.Helper()
	var got [2][]byte
	for i := range got {
		r := s.Open()
		b, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		got[i] = b
	}
	if !bytes.Equal(got[0], got[1]) || int64(len(got[0])) != s.Length {
		t.Fatalf("%d and %d bytes of %d", len(got[0]), len(got[1]), s.Length)
	}
	return got[0]
}

func TestEmbedPutsContentWhereTheDigestStands(t *testing.T) {
	s := shelf{}
	m := message(s, func(a, b string) string {
		return `{"ah":"1","fj":[{"mc":"乙","nr":"` + b + `"},{"mc":"甲","nr":"` + strings.ToUpper(a) + `"},{"mc":"无"}]}`
	})
	out, err := attach.Embed(m.Document, codec.Options{Format: "json"}, "fj[*].nr", m)
	if err != nil {
		t.Fatal(err)
	}
	in64 := func(i int) string { return base64.StdEncoding.EncodeToString(s[m.Materials[i].SHA256]) }
	want := `{"ah":"1","fj":[{"mc":"乙","nr":"` + in64(1) + `"},{"mc":"甲","nr":"` + in64(0) + `"},{"mc":"无","nr":""}]}`
	if got := string(all(t, out)); got != want && got != strings.Replace(want, `,"nr":""`, "", 1) {
		t.Fatalf("%.300s", got)
	}
}

func TestEmbedWithoutDigestsGoesByOrder(t *testing.T) {
	s := shelf{}
	m := message(s, func(string, string) string { return `<r><f><n>a</n></f><f><n>b</n></f></r>` })
	out, err := attach.Embed(m.Document, codec.Options{Format: "xml", Charset: "GBK"}, "r.f[*].c", m)
	if err != nil {
		t.Fatal(err)
	}
	got := string(all(t, out))
	for i, before := range []string{"<n>a</n><c>", "<n>b</n><c>"} {
		if !strings.Contains(got, before+base64.StdEncoding.EncodeToString(s[m.Materials[i].SHA256])+"</c>") {
			t.Fatalf("%d: %.300s", i, got)
		}
	}
}

func TestEmbedWithoutAPlaceForAllIsRefused(t *testing.T) {
	m := message(shelf{}, func(a, _ string) string { return `{"fj":[{"nr":"` + a + `"}]}` })
	for _, path := range []string{"fj[*].nr", "fj[0].nr", "none[*]"} {
		if _, err := attach.Embed(m.Document, codec.Options{Format: "json"}, path, m); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
	m.Materials = m.Materials[:1]
	out, err := attach.Embed([]byte(`{"ah":"1"}`), codec.Options{Format: "json"}, "wj.nr", m)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(all(t, out)); got != `{"ah":"1","wj":{"nr":"`+base64.StdEncoding.EncodeToString([]byte("一号材料"))+`"}}` {
		t.Fatal(got)
	}
}

func TestMultipartIsReadByOthers(t *testing.T) {
	s := shelf{}
	m := message(s, func(string, string) string { return `{"ah":"1"}` })
	out, contentType := attach.Multipart(m.Document, "application/json", m)
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(bytes.NewReader(all(t, out)), params["boundary"])
	for i, want := range []struct{ name, file, kind string }{{"document", "", "application/json"}, {"materials", "申请书.pdf", "application/pdf"}, {"materials", "申请书 (2).pdf", "application/octet-stream"}} {
		p, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil || p.FormName() != want.name || p.FileName() != want.file || p.Header.Get("Content-Type") != want.kind {
			t.Fatalf("%d: %v %q %q %v", i, p.Header, p.FormName(), p.FileName(), err)
		}
		if i == 0 && string(b) != `{"ah":"1"}` || i > 0 && !bytes.Equal(b, s[m.Materials[i-1].SHA256]) {
			t.Fatalf("%d: %d bytes", i, len(b))
		}
	}
	if _, err := r.NextPart(); err != io.EOF {
		t.Fatal(err)
	}
}

func TestNamesAreSafeAndUnique(t *testing.T) {
	var ms []adapter.Material
	for _, n := range []string{"../../etc/passwd", `C:\x\a.pdf`, "a.pdf", "A.PDF", "", "..", "x\x00\n\u202ey.doc", "con?.pdf", strings.Repeat("长", 200) + ".pdf", ".hidden"} {
		ms = append(ms, adapter.Material{Name: n})
	}
	got := attach.Names(ms)
	want := []string{"passwd", "a.pdf", "a (2).pdf", "A (3).PDF", "material", "material (2)", "xy.doc", "con_.pdf", strings.Repeat("长", 58) + ".pdf", "hidden"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q: %q, want %q", ms[i].Name, got[i], want[i])
		}
	}
}

func rule(t *testing.T, text, format string, kinds ...string) (*attach.Rule, []adapter.Finding) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte("materials: "+text), &n); err != nil {
		t.Fatal(err)
	}
	m := (&settings.Reader{}).Map(&n)
	r := attach.ParseRule(m, format, kinds...)
	m.End()
	return r, m.Findings
}

func TestKeepPutsWhatStandsForIt(t *testing.T) {
	r, findings := rule(t, `"base64:fj[*].nr"`, "json", "base64")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	s := shelf{}
	pdf := "%PDF-1.7 made up"
	in64 := base64.StdEncoding.EncodeToString([]byte(pdf))
	v, err := codec.FromJSON([]byte(`{"fj":[{"mc":"甲","nr":"` + in64[:7] + `\r\n ` + in64[7:] + `"},{"nr":"data:image/png;base64,` + in64 + `"},{"nr":""},{"mc":"无"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	digests, err := r.Keep(t.Context(), s, &v, nil)
	if err != nil || len(digests) != 2 || string(s[digests[0]]) != pdf {
		t.Fatal(digests, err)
	}
	object := func(name, kind string) string {
		return `{"name":"` + name + `","sha256":"` + digests[0] + `","size":16,"mediaType":"` + kind + `"}`
	}
	want := `{"fj":[{"mc":"甲","nr":` + object("attachment-1.pdf", "application/pdf") + `},{"nr":` + object("attachment-2.png", "image/png") + `},{"nr":""},{"mc":"无"}]}`
	if got := string(codec.AppendJSON(nil, v)); got != want {
		t.Fatal(got)
	}
}

func TestKeepByNameAsksForTheFile(t *testing.T) {
	r, _ := rule(t, `zip:r.f[*]`, "xml", "zip", "base64")
	s := shelf{}
	v, err := codec.Decode([]byte(`<r><f lx="1">att/甲.PDF</f></r>`), codec.Options{Format: "xml"})
	if err != nil {
		t.Fatal(err)
	}
	digests, err := r.Keep(t.Context(), s, &v, func(name string) (io.ReadCloser, error) {
		if name != "att/甲.PDF" {
			return nil, errors.New("another name")
		}
		return io.NopCloser(strings.NewReader("content")), nil
	})
	if err != nil || len(digests) != 1 {
		t.Fatal(digests, err)
	}
	if got := string(codec.AppendJSON(nil, v)); got != `{"r":{"f":{"name":"甲.PDF","sha256":"`+digests[0]+`","size":7,"mediaType":"application/pdf"}}}` {
		t.Fatal(got)
	}
}

func TestBadAttachmentsAreToldFromTroubleOfOurs(t *testing.T) {
	r, _ := rule(t, `base64:nr`, "json", "base64")
	for name, document := range map[string]string{
		"no base64":      `{"nr":"张三!!!"}`,
		"no text":        `{"nr":{"a":1}}`,
		"over the limit": `{"nr":"` + base64.StdEncoding.EncodeToString(make([]byte, 1001)) + `"}`,
	} {
		v, err := codec.FromJSON([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Keep(t.Context(), shelf{}, &v, nil)
		var bad *attach.Bad
		if !errors.As(err, &bad) || strings.Contains(err.Error(), "张三") {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, _ := codec.FromJSON([]byte(`{"nr":"QUJD"}`))
	var bad *attach.Bad
	if _, err := r.Keep(t.Context(), full{}, &v, nil); err == nil || errors.As(err, &bad) {
		t.Errorf("a full disk: %v", err)
	}
}

type full struct{}

func (full) Keep(context.Context, string, string, io.Reader) (adapter.Material, error) {
	return adapter.Material{}, errors.New("no space")
}

func TestRulesAreLinted(t *testing.T) {
	for text, format := range map[string]string{`base64`: "json", `"base64:a[b"`: "json", `zip:a`: "json", `base64:a`: "csv"} {
		if _, findings := rule(t, text, format, "base64"); len(findings) != 1 || findings[0].Severity != "error" {
			t.Errorf("%s: %+v", text, findings)
		}
	}
	if r, findings := rule(t, "none", "csv", "base64"); r != nil || len(findings) > 0 {
		t.Error(r, findings)
	}
}

// A large attachment costs a buffer, whichever way it goes.
func TestMemoryIsBounded(t *testing.T) {
	const size = 64 << 20
	open := func(string) (io.ReadCloser, int64, error) {
		return io.NopCloser(io.LimitReader(rand.NewChaCha8([32]byte{}), size)), size, nil
	}
	m := adapter.Message{Key: "k", Document: []byte(`{"nr":""}`), Open: open, Materials: []adapter.Material{{Name: "a", SHA256: strings.Repeat("ab", 32), Size: size}}}
	embedded, err := attach.Embed(m.Document, codec.Options{Format: "json"}, "nr", m)
	if err != nil {
		t.Fatal(err)
	}
	parts, _ := attach.Multipart(m.Document, "application/json", m)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, s := range []*attach.Stream{embedded, parts} {
		r := s.Open()
		n, err := io.Copy(io.Discard, struct{ io.Reader }{r})
		if err = errors.Join(err, r.Close()); err != nil || n != s.Length || n < size {
			t.Fatal(n, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > size/16 {
		t.Fatalf("%d bytes were allocated", grew)
	}
}
