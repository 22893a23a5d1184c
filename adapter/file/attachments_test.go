package file_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/file"
)

// shelf is what keeps attachments, in memory.
type shelf struct {
	mu   sync.Mutex // guards all
	all  map[string][]byte
	fail error
}

func (s *shelf) Keep(_ context.Context, name, mediaType string, r io.Reader) (adapter.Material, error) {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err = errors.Join(err, s.fail); err != nil {
		return adapter.Material{}, fmt.Errorf("keep: %w", err)
	}
	sum := sha256.Sum256(b)
	d := hex.EncodeToString(sum[:])
	s.all[d] = b
	return adapter.Material{Name: name, SHA256: d, Size: int64(len(b)), MediaType: mediaType}, nil
}

// takeWith runs a source that keeps attachments.
func (p tree) takeWith(t testing.TB, in adapter.Intake, s *shelf, rest string) {
	t.Helper()
	d := p.deps(t)
	d.Materials = s
	source, err := file.NewSource(p.config(t, rest), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	background(t, func(ctx context.Context) error { return source.Run(ctx, in) })
}

func withMaterials(m adapter.Message, contents ...string) adapter.Message {
	all := map[string]string{}
	for _, c := range contents {
		sum := sha256.Sum256([]byte(c))
		d := hex.EncodeToString(sum[:])
		all[d] = c
		m.Materials = append(m.Materials, adapter.Material{Name: "../申请书.pdf", SHA256: d, Size: int64(len(c))})
	}
	m.Open = func(d string) (io.ReadCloser, int64, error) {
		return io.NopCloser(strings.NewReader(all[d])), int64(len(all[d])), nil
	}
	return m
}

func zippedAttachments(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, `routes: {"*": {dir: in, name: "{key}.zip", zip: {document: case.xml, materials: "att/{name}"}}}`)
	m := withMaterials(message(key), "one", "two", strings.Repeat("large ", 300_000))
	if info, _ := k.RouteInfo(m.Type); info.Materials != "zip:att/{name}" {
		t.Fatalf("%+v", info)
	}
	mustDeliver(t, k, m)
	content := p.read(t, "in/"+key+".zip")
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"case.xml": len(m.Document), "att/申请书.pdf": 3, "att/申请书 (2).pdf": 3, "att/申请书 (3).pdf": 1_800_000}
	for _, f := range z.File {
		if n, ok := want[f.Name]; !ok || f.UncompressedSize64 != uint64(n) {
			t.Errorf("%s: %d bytes", f.Name, f.UncompressedSize64)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Fatalf("not there: %v", want)
	}
	mustDeliver(t, k, m) // the same once more: the file is there
	if again := p.read(t, "in/"+key+".zip"); again != content || len(p.names("in")) != 1 {
		t.Fatalf("%v", p.names("in"))
	}
}

const zipReads = `reads: [{type: case.progress, dir: out, match: "*.zip", document: case.xml, dedupe: name, materials: "zip:Case.File[*].Path", every: 20ms, stable: 0s}]`

func attachmentsInZip(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in, s := &adaptertest.Intake{}, &shelf{all: map[string][]byte{}}
	p.takeWith(t, in, s, zipReads)
	document := "<Case><File><Path>att/\xb2\xc4\xc1\xcf.pdf</Path></File><File><Path>b.jpg</Path></File></Case>" // GB18030
	p.write(t, "out/a.zip", zipOf(t, named("case.xml", document), zipped{zip.FileHeader{Name: "att/\xb2\xc4\xc1\xcf.pdf", NonUTF8: true}, "pdf content"}, named("b.jpg", "jpg content")))
	eventually(t, "done", func() bool { return p.has("done/a.zip") })
	got := in.Taken()
	if len(got) != 1 || len(got[0].Materials) != 2 || string(s.all[got[0].Materials[0]]) != "pdf content" || string(s.all[got[0].Materials[1]]) != "jpg content" {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{"<sha256>" + got[0].Materials[0] + "</sha256><size>11</size><mediaType>application/pdf</mediaType>", "<name>b.jpg</name>", "<name>\xb2\xc4\xc1\xcf.pdf</name>"} {
		if !bytes.Contains(got[0].Document, []byte(want)) {
			t.Errorf("%q is not in %q", want, got[0].Document)
		}
	}
}

func everyEntry(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in, s := &adaptertest.Intake{}, &shelf{all: map[string][]byte{}}
	p.takeWith(t, in, s, `reads: [{type: event, dir: out, match: "*.zip", document: case.xml, dedupe: name, materials: entries, every: 20ms, stable: 0s}]`)
	p.write(t, "out/a.zip", zipOf(t, named("case.xml", xml(1)), named("att/a.pdf", "pdf content"), named("b.jpg", "jpg content")))
	eventually(t, "done", func() bool { return p.has("done/a.zip") })
	if got := in.Taken(); len(got) != 1 || len(got[0].Materials) != 2 || len(s.all) != 2 || string(got[0].Document) != xml(1) {
		t.Fatalf("%+v", got)
	}
}

func attachmentsBeside(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in, s := &adaptertest.Intake{}, &shelf{all: map[string][]byte{}}
	p.takeWith(t, in, s, `reads: [{type: case.progress, dir: out, match: "*.xml", dedupe: name, materials: "file:Case.Path", every: 20ms, stable: 0s}]`)
	p.write(t, "out/a.xml", "<Case><Path>att/a.pdf</Path></Case>")
	eventually(t, "claimed", func() bool { return len(p.names("work")) == 1 })
	if len(in.Taken()) != 0 {
		t.Fatal("taken without its attachment")
	}
	p.write(t, "out/att/a.pdf", "pdf content")
	eventually(t, "done", func() bool { return p.has("done/a.xml") && p.has("done/a.pdf") })
	if got := in.Taken(); len(got) != 1 || len(got[0].Materials) != 1 || string(s.all[got[0].Materials[0]]) != "pdf content" || p.has("out/att/a.pdf") {
		t.Fatalf("%+v", got)
	}
}

func badAttachments(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in, s := &adaptertest.Intake{}, &shelf{all: map[string][]byte{}}
	p.takeWith(t, in, s, strings.TrimSuffix(zipReads, "]")+`, {type: case.progress, dir: side, match: "*.xml", dedupe: name, materials: "file:Case.Path", every: 20ms, stable: 0s}]`)
	p.write(t, "out/none.zip", zipOf(t, named("case.xml", "<Case><File><Path>none.pdf</Path></File></Case>")))
	p.write(t, "out/good.zip", zipOf(t, named("case.xml", "<Case><No>1</No></Case>")))
	p.write(t, "side/out.xml", "<Case><Path>../../etc/passwd</Path></Case>")
	p.write(t, "elsewhere", "secret of 张三")
	if err := os.Symlink(filepath.Join(p.dir, "elsewhere"), filepath.Join(p.dir, "side", "link.pdf")); err != nil {
		t.Fatal(err)
	}
	p.write(t, "side/link.xml", "<Case><Path>link.pdf</Path></Case>")
	eventually(t, "bad", func() bool {
		return p.has("bad/none.zip.reason") && p.has("bad/out.xml.reason") && p.has("bad/link.xml.reason") && p.has("done/good.zip")
	})
	if len(in.Taken()) != 1 || len(s.all) != 0 {
		t.Fatalf("%d taken, %d kept", len(in.Taken()), len(s.all))
	}
	for _, name := range []string{"none.zip", "out.xml", "link.xml"} {
		if why := p.read(t, "bad/"+name+".reason"); !strings.HasPrefix(why, "attachment: ") || strings.Contains(why, "passwd") || strings.Contains(why, "none") {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// A store that is full is trouble of ours: the file stays and is read again.
func TestATroubledStoreLeavesTheFileForLater(t *testing.T) {
	p := newLocal(t)
	in, s := &adaptertest.Intake{}, &shelf{all: map[string][]byte{}, fail: errors.New("no space")}
	p.takeWith(t, in, s, zipReads)
	p.write(t, "out/a.zip", zipOf(t, named("case.xml", "<Case><File><Path>a</Path></File></Case>"), named("a", "content")))
	eventually(t, "claimed", func() bool { return len(p.names("work")) == 1 })
	s.mu.Lock()
	s.fail = nil
	s.mu.Unlock()
	eventually(t, "done", func() bool { return p.has("done/a.zip") })
	if len(in.Taken()) != 1 || len(p.names("bad")) != 0 {
		t.Fatalf("%d taken, bad %v", len(in.Taken()), p.names("bad"))
	}
}

// A zip of a large attachment costs a buffer.
func TestZippingIsBounded(t *testing.T) {
	const size = 64 << 20
	p := newLocal(t)
	k := p.sink(t, `routes: {"*": {dir: in, name: "{key}.zip", zip: {document: case.xml, materials: "att/{name}"}}}`)
	m := message(key)
	m.Materials = []adapter.Material{{Name: "a.bin", SHA256: strings.Repeat("ab", 32), Size: size}}
	m.Open = func(string) (io.ReadCloser, int64, error) {
		return io.NopCloser(io.LimitReader(rand.NewChaCha8([32]byte{}), size)), size, nil
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	mustDeliver(t, k, m)
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > size/8 {
		t.Fatalf("%d bytes were allocated for 64 MiB", grew)
	}
}
