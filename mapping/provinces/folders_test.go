package provinces_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/adapter"
	"duijie/adapter/kinds"
	"duijie/internal/pack"
	"duijie/internal/testserver"
	"duijie/mapping"
	"duijie/mapping/provinces"
)

// The golden pairs of the exchange folders, through OpenSSH's server: what goes down
// stands in a zip byte for byte and is acknowledged by a receipt file, what lies in
// the other folder is read into the golden national document.

func TestFoldersOfOpenSSH(t *testing.T) {
	server := testserver.SSHD(t)
	for _, unit := range []string{"650000", "660000"} {
		t.Run(unit, func(t *testing.T) {
			f := folders{unit: unit, pack: loadAll(t)[unit], dir: filepath.Join(server.Dir, unit)}
			if err := os.Mkdir(f.dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(f.dir, 0o777); err != nil { // the server is another user
				t.Fatal(err)
			}
			sink, source := f.ends(t, server)
			pairs, _ := fs.Glob(provinces.FS(), unit+"/fixtures/*/*")
			t.Run("down", func(t *testing.T) { f.down(t, sink, pairs) })
			t.Run("up", func(t *testing.T) { f.up(t, source, pairs) })
		})
	}
}

// folders is one exchange folder of the server, as its owner sees it.
type folders struct {
	unit string
	pack *pack.Pack
	dir  string
}

// ends opens the pack's sink and source on the server.
func (f folders) ends(t *testing.T, server testserver.SFTP) (adapter.Sink, adapter.Source) {
	t.Helper()
	var unit yaml.Node
	if err := yaml.Unmarshal([]byte("root: "+server.URL+"/"+f.unit), &unit); err != nil {
		t.Fatal(err)
	}
	kind, _ := kinds.Find("file")
	memory := &words{kept: map[string]string{}, counted: map[string]uint64{}}
	deps := adapter.Deps{Unit: f.unit, Now: time.Now, Memory: memory, Materials: memory,
		Secret: func(name string) (string, error) {
			return map[string]string{"ssh": server.Key, "known": server.Known}[name], nil
		}}
	down, up := f.pack.SinkSettings(unit.Content[0]), f.pack.SourceSettings(unit.Content[0])
	hasten(down.Node)
	hasten(up.Node)
	sink, err := kind.Sink(down, deps)
	if err != nil {
		t.Fatal(err)
	}
	source, err := kind.Source(up, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range []any{sink, source} {
			if c, ok := end.(io.Closer); ok {
				c.Close()
			}
		}
	})
	return sink, source
}

// words is a memory of the test's.
type words struct {
	mu      sync.Mutex // guards all below
	kept    map[string]string
	counted map[string]uint64
}

func (w *words) Get(key string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.kept[key]
	return v, ok
}

func (w *words) Put(_ context.Context, key, value string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept[key] = value
	return nil
}

func (w *words) Next(_ context.Context, counter string) (uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted[counter]++
	return w.counted[counter], nil
}

// Keep makes the memory a shelf for files: it knows them by their digests alone.
func (w *words) Keep(_ context.Context, name, mediaType string, r io.Reader) (adapter.Material, error) {
	b, err := io.ReadAll(r)
	return adapter.Material{Name: name, SHA256: fmt.Sprintf("%x", sha256.Sum256(b)), Size: int64(len(b)), MediaType: mediaType}, err
}

// caseOf reads a pair's case.yaml.
func caseOf(t *testing.T, dir string) (typ string, c told) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, dir+"/case.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	return strings.Split(dir, "/")[2], c
}

// down delivers every pair that comes down and answers it as the local system does.
func (f folders) down(t *testing.T, sink adapter.Sink, pairs []string) {
	var awaited []adapter.Awaited
	for i, dir := range pairs {
		typ, c := caseOf(t, dir)
		if c.Only == "to-national" {
			continue
		}
		m := adapter.Message{Receipt: fmt.Sprint("r", i), Key: fmt.Sprintf("%032x", i), Unit: f.unit, Type: typ, Document: wire(t, dir)}
		if typ == "case.materials.supplied" {
			m.Materials = []adapter.Material{{Name: "结算单㐂.pdf", SHA256: abc, Size: 3, MediaType: "application/pdf"}}
			m.Open = func(string) (io.ReadCloser, int64, error) { return io.NopCloser(strings.NewReader("abc")), 3, nil }
		}
		ack, err := sink.Deliver(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if want := fmt.Sprintf("_%06d.zip", len(awaited)+1); !strings.HasSuffix(ack.Await, want) || len(ack.Await) != len("20261124")+len(want) {
			t.Errorf("%s: named %s, want …%s", dir, ack.Await, want)
		}
		if got := f.entry(t, ack.Await, "case.xml"); !bytes.Equal(got, m.Document) {
			t.Errorf("%s: case.xml is not the document", dir)
		}
		if len(m.Materials) > 0 && string(f.entry(t, ack.Await, "att/结算单㐂.pdf")) != "abc" {
			t.Errorf("%s: the file is not beside the document", dir)
		}
		awaited = append(awaited, adapter.Awaited{Receipt: m.Receipt, Key: m.Key, Type: typ, Await: ack.Await})
	}
	for i, a := range awaited {
		end, text := ".ok", "XJ"+a.Key[28:]+"\r\n"
		switch i {
		case 0:
			end, text = ".err", "E201|材料不完整\n"
		case 1:
			text = "OK\n"
		}
		f.put(t, "in", a.Await+end, []byte(text))
	}
	in := &intake{acks: map[string]adapter.Late{}}
	in.until(t, func(ctx context.Context) {
		sink.(adapter.Watcher).Watch(ctx, func() []adapter.Awaited { return in.open(awaited) }, in)
	}, func() bool { return len(in.acks) == len(awaited) })
	for i, a := range awaited {
		late, want := in.acks[a.Receipt], adapter.Late{Ack: adapter.Ack{LocalRef: "XJ" + a.Key[28:]}}
		switch i {
		case 0:
			want = adapter.Late{Refused: true, Code: "E201", Detail: late.Detail}
		case 1:
			want = adapter.Late{}
		}
		if late.Refused != want.Refused || late.Code != want.Code || late.Ack.LocalRef != want.Ack.LocalRef {
			t.Errorf("%s: acknowledged by %+v, want %+v", a.Type, late, want)
		}
	}
}

// entry reads a file out of a zip in the folder.
func (f folders) entry(t *testing.T, name, entry string) []byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(f.dir, "in", name))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	e, err := z.Open(entry)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b, err := io.ReadAll(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put writes a file into a folder whole or not at all, for everybody.
func (f folders) put(t *testing.T, folder, name string, content []byte) {
	t.Helper()
	tmp := filepath.Join(f.dir, folder, name+".tmp")
	if err := os.WriteFile(tmp, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tmp, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(f.dir, folder, name)); err != nil {
		t.Fatal(err)
	}
}

// abc is the digest of the three letters, which the golden pairs' files hold.
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

var stored = regexp.MustCompile(`<文件><name>(.*?)</name>.*?</文件>`)

// packed is a document in a zip as the local system makes it: in the place of a
// stored file's digest stands its path, in the old packers' charset.
func packed(t *testing.T, document []byte) []byte {
	t.Helper()
	files := map[string][]byte{"case.xml": document}
	if text, err := simplifiedchinese.GB18030.NewDecoder().String(string(document)); err == nil && stored.MatchString(text) {
		name := "att/" + stored.FindStringSubmatch(text)[1]
		text, err = simplifiedchinese.GB18030.NewEncoder().String(stored.ReplaceAllLiteralString(text, "<文件>"+name+"</文件>"))
		if err != nil {
			t.Fatal(err)
		}
		if name, err = simplifiedchinese.GB18030.NewEncoder().String(name); err != nil {
			t.Fatal(err)
		}
		files = map[string][]byte{"case.xml": []byte(text), name: []byte("abc")}
	}
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	for name, b := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// up puts every pair that goes up into the folder, has them read, and compares their
// translation with the golden national document.
func (f folders) up(t *testing.T, source adapter.Source, pairs []string) {
	out := filepath.Join(f.dir, "out")
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(out, 0o777); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{} // folder by the zip's name
	for i, dir := range pairs {
		if _, c := caseOf(t, dir); c.Only != "to-national" || strings.Contains(dir, "case.delegated") {
			continue // a delegation's way is down; its other pairs are for the table alone
		}
		name := fmt.Sprintf("XJ_%03d.zip", i)
		want[name] = dir
		f.put(t, "out", name, packed(t, wire(t, dir)))
	}
	in := &intake{taken: map[string]adapter.Incoming{}}
	in.until(t, func(ctx context.Context) { source.Run(ctx, in) }, func() bool {
		receipts, _ := filepath.Glob(filepath.Join(out, "*.ok"))
		return len(in.taken) == len(want) && len(receipts) == len(want)
	})
	for name, dir := range want {
		got, ok := in.taken[name]
		typ, c := caseOf(t, dir)
		if !ok || got.Type != typ || got.Unreadable {
			t.Errorf("%s: read as %q", dir, got.Type)
			continue
		}
		program, _ := f.pack.Set.Program(typ)
		national, _, err := program.ToNational(nil, got.Document, &mapping.Env{IDs: c})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if diff := gocmp.Diff(tree(t, read(t, dir+"/national.json")), tree(t, national)); diff != "" {
			t.Errorf("%s: %s", dir, diff)
		}
	}
}
