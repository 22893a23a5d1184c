package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"duijie/adapter"
	"duijie/internal/material"
	"duijie/internal/queue"
)

// scan is an attachment, made up, and its digest.
func scan(n int) (content []byte, digest string) {
	content = []byte("%PDF-1.7 made up " + itoa(n))
	sum := sha256.Sum256(content)
	return content, hex.EncodeToString(sum[:])
}

func materialJSON(id, name, digest string) string {
	return fmt.Sprintf(`{"id":%q,"type":"evidence","name":%q,"sha256":%q,"size":9,"mediaType":"application/pdf"}`, id, name, digest)
}

// supplied is an event whose case materials name the digests.
func suppliedEvent(caseNo, id string, digests ...string) []byte {
	var ms []string
	for i, d := range digests {
		ms = append(ms, materialJSON("m"+itoa(i), "材料"+itoa(i)+".pdf", d))
	}
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"urn:platform","type":"case.materials.supplied","subject":%q,"time":"2026-11-20T09:00:00+08:00","unit":"990000","data":{"caseNo":%q,"at":"2026-11-20T10:00:00+08:00","materials":[%s]}}`,
		id, caseNo, caseNo, strings.Join(ms, ","))
}

// takesMaterials is a local system whose route takes materials in some way.
type takesMaterials struct {
	*scripted
	mode     string
	prepare  func(m adapter.Message) error
	mu       sync.Mutex
	contents []string // of each material that came with a message
	prepared int
}

func (s *takesMaterials) RouteInfo(string) (adapter.RouteInfo, bool) {
	return adapter.RouteInfo{OnUnknown: "retry", Materials: s.mode}, true
}

func (s *takesMaterials) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	for _, one := range m.Materials {
		r, _, err := m.Open(one.SHA256)
		if err != nil {
			return adapter.Ack{}, err
		}
		b, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return adapter.Ack{}, err
		}
		s.mu.Lock()
		s.contents = append(s.contents, one.Name+" "+string(b))
		s.mu.Unlock()
	}
	return s.scripted.Deliver(ctx, m)
}

func (s *takesMaterials) Prepares(string) bool { return s.prepare != nil }

func (s *takesMaterials) Prepare(_ context.Context, m adapter.Message) error {
	s.mu.Lock()
	s.prepared++
	s.mu.Unlock()
	return s.prepare(m)
}

// materialRig is a bubble with a material store and a local system that takes materials.
type materialRig struct {
	*rig
	local     *takesMaterials
	materials *material.Store
	log       *logbook
}

// logbook is a log that can be read while it is written.
type logbook struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func materialBubble(t *testing.T, mode string, play func(r *materialRig)) {
	dir := filepath.Join(t.TempDir(), "materials")
	bubble(t, func(r *rig) {
		m := &materialRig{rig: r, local: &takesMaterials{scripted: r.local, mode: mode}, log: &logbook{}}
		var err error
		if m.materials, err = material.Open(material.Options{Dir: dir}); err != nil {
			t.Fatal(err)
		}
		r.pack = func(files fstest.MapFS) {
			files["mappings/case.materials.supplied.yaml"] = &fstest.MapFile{Data: []byte("mapping: case.materials.supplied\nlocal: cl\ndirection: to-local\nrules:\n  - {nat: caseNo, loc: anhao}\n  - {nat: \"materials[*]\", loc: \"fj[*]\", each: [{nat: name, loc: mc}, {nat: sha256, loc: dz}, {nat: \"*\", drop: to-local, why: test}]}\n  - {nat: \"*\", drop: to-local, why: test}\n")}
			files["schemas/cl.json"] = &fstest.MapFile{Data: []byte(`{"type":"object","required":["anhao"],"properties":{"anhao":{"type":"string"},"fj":{"type":"array","items":{"type":"object","required":["mc","dz"],"properties":{"mc":{"type":"string"},"dz":{"type":"string"}},"additionalProperties":false}}},"additionalProperties":false}`)}
		}
		r.options = func(o *Options) {
			o.Materials = m.materials
			o.Setup.Units[0].Sink = m.local
			o.Log = slog.New(slog.NewTextHandler(m.log, nil))
		}
		r.start()
		play(m)
	})
}

func (r *materialRig) accept(raw []byte) string {
	r.Helper()
	a := r.gw.Receive(r.Context(), platform, raw)
	if a.Err != nil {
		r.Fatalf("%v", a.Err)
	}
	r.wait(time.Second)
	return a.Receipt
}

func (r *materialRig) put(content []byte) {
	r.Helper()
	sum := sha256.Sum256(content)
	p := material.Part{Digest: hex.EncodeToString(sum[:]), Length: int64(len(content)), Total: int64(len(content))}
	if _, err := r.gw.PutMaterial(r.Context(), platform, p, bytes.NewReader(content)); err != nil {
		r.Fatal(err)
	}
	r.wait(time.Second)
}

func TestMessageWaitsForItsMaterials(t *testing.T) {
	materialBubble(t, "multipart", func(r *materialRig) {
		one, oneDigest := scan(1)
		two, twoDigest := scan(2)
		r.put(two) // before the message
		receipt := r.accept(suppliedEvent("A1", "1", oneDigest, twoDigest, oneDigest))
		d := r.state(receipt, queue.Queued, "")
		if len(d.Missing) != 1 || d.Missing[0] != oneDigest || len(d.Attempts) != 0 {
			t.Fatalf("missing %v, %d attempts", d.Missing, len(d.Attempts))
		}
		r.put(one) // after it
		d = r.state(receipt, queue.Acked, "")
		if len(d.Missing) != 0 {
			t.Fatalf("missing %v", d.Missing)
		}
		want := []string{"材料0.pdf " + string(one), "材料1.pdf " + string(two), "材料2.pdf " + string(one)}
		if fmt.Sprint(r.local.contents) != fmt.Sprint(want) {
			t.Fatalf("came %q", r.local.contents)
		}
	})
}

func TestRouteWithoutMaterialsWaitsForNothing(t *testing.T) {
	materialBubble(t, "none", func(r *materialRig) {
		_, digest := scan(1)
		r.state(r.accept(suppliedEvent("A1", "1", digest)), queue.Acked, "")
	})
}

func TestMissingMaterialAlarmsThenHoldsThenGoesOnByItself(t *testing.T) {
	materialBubble(t, "multipart", func(r *materialRig) {
		content, digest := scan(1)
		receipt := r.accept(suppliedEvent("A1", "1", digest))
		behind := r.push("case.docketed", "A1", "2")
		if r.wait(9 * time.Minute); strings.Contains(r.log.String(), "level=WARN") {
			t.Fatal("alarm before ten minutes")
		}
		r.wait(2 * time.Minute)
		if n := strings.Count(r.log.String(), "still waits for materials"); n != 1 {
			t.Fatalf("%d alarms after ten minutes", n)
		}
		r.wait(23 * time.Hour)
		d := r.state(receipt, queue.Queued, "")
		if n := strings.Count(r.log.String(), "still waits for materials"); n != 1 || len(d.Missing) != 1 {
			t.Fatalf("%d alarms after a day, missing %v", n, d.Missing)
		}
		r.wait(time.Hour)
		if d = r.state(receipt, queue.Held, "material-missing"); len(d.Missing) != 1 {
			t.Fatalf("held, missing %v", d.Missing)
		}
		r.put(content)
		r.state(receipt, queue.Acked, "")
		r.state(behind.Receipt, queue.Acked, "")
		if strings.Contains(r.log.String(), "材料") {
			t.Error("the log has a material's name")
		}
	})
}

// The process ended between storing a material and waking who waits for it.
func TestMaterialThatWokeNobodyIsFound(t *testing.T) {
	materialBubble(t, "multipart", func(r *materialRig) {
		content, digest := scan(1)
		receipt := r.accept(suppliedEvent("A1", "1", digest))
		r.wait(25 * time.Hour)
		r.state(receipt, queue.Held, "material-missing")
		if _, err := r.materials.Keep(t.Context(), "x", bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		r.wait(61 * time.Minute)
		r.state(receipt, queue.Acked, "")
	})
}

func TestMaterialIsKeptWhileAMessageNamesIt(t *testing.T) {
	materialBubble(t, "multipart", func(r *materialRig) {
		named, digest := scan(1)
		unnamed, other := scan(2)
		r.put(named)
		r.put(unnamed)
		r.accept(suppliedEvent("A1", "1", digest))
		r.wait(8 * 24 * time.Hour)
		if _, there := r.materials.Size(digest); !there {
			t.Error("the named one is gone")
		}
		if _, there := r.materials.Size(other); there {
			t.Error("the unnamed one is still there")
		}
	})
}

func TestPrepareComesFirstAndItsFailureIsRetried(t *testing.T) {
	materialBubble(t, "first-put:/att/{sha256}", func(r *materialRig) {
		content, digest := scan(1)
		failures := 2
		r.local.prepare = func(m adapter.Message) error {
			if len(m.Materials) != 1 || m.Materials[0].Size != int64(len(content)) {
				return adapter.Permanent(fmt.Errorf("%d materials", len(m.Materials)))
			}
			if failures--; failures >= 0 {
				return adapter.Unknown(fmt.Errorf("connection reset"))
			}
			return nil
		}
		r.put(content)
		receipt := r.accept(suppliedEvent("A1", "1", digest))
		r.wait(time.Minute)
		d := r.state(receipt, queue.Acked, "")
		if r.local.prepared != 3 || len(d.Attempts) != 3 || d.Attempts[0].Outcome != "transient" || d.Attempts[2].Outcome != "acknowledged" {
			t.Fatalf("%d prepared, %+v", r.local.prepared, d.Attempts)
		}
	})
}

func TestLinkIsGoodForTheUnitAndADay(t *testing.T) {
	materialBubble(t, "link", func(r *materialRig) {
		content, digest := scan(1)
		r.put(content)
		r.state(r.accept(suppliedEvent("A1", "1", digest)), queue.Acked, "")
		document := string(r.rig.local.message(0).Document)
		_, rest, found := strings.Cut(document, `"dz":"/local/990000/materials/`+digest+"?")
		if !found {
			t.Fatalf("no link in %s", document)
		}
		query, _, _ := strings.Cut(rest, `"`)
		if strings.Contains(document, `"`+digest+`"`) || r.rig.local.message(0).Materials[0].Link != "/local/990000/materials/"+digest+"?"+query {
			t.Fatalf("%s", document)
		}
		get := func(unit, digest, query string) (int, string) {
			w := httptest.NewRecorder()
			q := httptest.NewRequest(http.MethodGet, "/local/"+unit+"/materials/"+digest+"?"+query, nil)
			if err := r.gw.Local(w, q, unit, "materials/"+digest); err != nil {
				return 0, code(err)
			}
			return w.Code, w.Body.String()
		}
		if status, body := get(unit, digest, query); status != 200 || body != string(content) {
			t.Fatal(status, body)
		}
		_, other := scan(2)
		for name, c := range map[string][3]string{
			"another material":  {unit, other, query},
			"a later end":       {unit, digest, "exp=99999999999" + query[strings.Index(query, "&"):]},
			"another signature": {unit, digest, query[:len(query)-2] + "xx"},
			"no signature":      {unit, digest, ""},
		} {
			if status, got := get(c[0], c[1], c[2]); status != 0 || got != "signature" {
				t.Errorf("%s: %d %s", name, status, got)
			}
		}
		if r.wait(23 * time.Hour); true {
			if status, _ := get(unit, digest, query); status != 200 {
				t.Fatalf("after 23 hours: %d", status)
			}
		}
		r.wait(2 * time.Hour)
		if _, got := get(unit, digest, query); got != "signature" {
			t.Fatalf("after a day: %s", got)
		}
	})
}

func TestRepeatAfterUnknownHasTheSameLinks(t *testing.T) {
	materialBubble(t, "link", func(r *materialRig) {
		content, digest := scan(1)
		r.put(content)
		r.rig.local.answer = func(n int, _ adapter.Message) (adapter.Ack, error) {
			if n == 1 {
				return adapter.Ack{}, adapter.Unknown(fmt.Errorf("reset"))
			}
			return adapter.Ack{}, nil
		}
		receipt := r.accept(suppliedEvent("A1", "1", digest))
		r.wait(time.Minute)
		r.state(receipt, queue.Acked, "")
		if a, b := r.rig.local.message(0).Document, r.rig.local.message(1).Document; !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

func TestLinksAreWrittenAsTheCodecWants(t *testing.T) {
	_, a := scan(1)
	for document, want := range map[string]string{
		`{"x":"` + a + `","y":"` + a + `0"}`:  `{"x":"L","y":"` + a + `0"}`,
		"<x>" + a + "</x><y>/m/" + a + "</y>": "<x>L</x><y>/m/" + a + "</y>",
		"x=" + a + "&y=" + a:                  "x=L&y=L",
		a:                                     "L",
		"甲" + a + " 乙":                        "甲" + a + " 乙",
		`{"none":true}`:                       `{"none":true}`,
	} {
		if got := string(replaceWhole([]byte(document), []byte(a), []byte("L"))); got != want {
			t.Errorf("%s: %s", document, got)
		}
	}
}

func TestMaterialsAreFoundInNationalData(t *testing.T) {
	_, a := scan(1)
	_, b := scan(2)
	data := `{"caseNo":"1","materials":[` + materialJSON("1", "甲", a) + `,{"sha256":"no digest"}],"agreement":{"material":` + materialJSON("2", "乙", b) + `},"text":"` + a + `"}`
	ms := materialsOf([]byte(data))
	if len(ms) != 2 || ms[0].SHA256 != a || ms[0].Name != "甲" || ms[1].SHA256 != b || ms[1].MediaType != "application/pdf" {
		t.Fatalf("%+v", ms)
	}
	for _, broken := range []string{"", "{", `{"sha256":`, `[{"sha256":"` + a + `"`, `"sha256"`} {
		if ms := materialsOf([]byte(broken)); len(ms) > 1 {
			t.Errorf("%s: %v", broken, ms)
		}
	}
	if got := digestsIn([]byte("<a>"+strings.ToUpper(a)+"</a>"+b+"0 "+b), []string{a}); fmt.Sprint(got) != fmt.Sprint([]string{a, b}) {
		t.Fatalf("%v", got)
	}
}
