package file_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/file"
	"duijie/internal/testserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "00112233445566778899aabbccddeeff"

// tree is one fresh exchange root, and a way in beside the adapter.
type tree struct {
	root   string // as settings name it
	dir    string // on this machine
	server testserver.SFTP
	memory *notebook
}

func (p tree) write(t testing.TB, name, content string) {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".writing.tmp", []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	p.open(t)
	if err := os.Rename(path+".writing.tmp", path); err != nil {
		t.Fatal(err)
	}
}

// open lets the server's user at what the test made.
func (p tree) open(t testing.TB) {
	t.Helper()
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o777)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (p tree) has(name string) bool {
	_, err := os.Lstat(filepath.Join(p.dir, name))
	return err == nil
}

func (p tree) read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names lists the files of a folder.
func (p tree) names(dir string) []string {
	var out []string
	all, _ := os.ReadDir(filepath.Join(p.dir, dir)) // none where there is no folder
	for _, e := range all {
		out = append(out, e.Name())
	}
	return out
}

// notebook is a memory that lives as long as the test.
type notebook struct {
	mu     sync.Mutex // guards what follows
	words  map[string]string
	counts map[string]uint64
}

func newNotebook() *notebook {
	return &notebook{words: map[string]string{}, counts: map[string]uint64{}}
}

func (n *notebook) Get(key string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v, ok := n.words[key]
	return v, ok
}

func (n *notebook) Put(_ context.Context, key, value string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.words[key] = value
	return nil
}

func (n *notebook) Next(_ context.Context, counter string) (uint64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.counts[counter]++
	return n.counts[counter], nil
}

// promise is one that holds on every kind of place.
type promise func(t *testing.T, fresh func(t testing.TB) tree)

// TestFolders holds sink and source to their promises in a local folder and
// behind OpenSSH's server.
func TestFolders(t *testing.T) {
	promises := map[string]promise{}
	maps.Copy(promises, sinkPromises())
	maps.Copy(promises, sourcePromises())
	run := func(t *testing.T, fresh func(t testing.TB) tree) {
		for _, name := range slices.Sorted(maps.Keys(promises)) {
			t.Run(name, func(t *testing.T) { promises[name](t, fresh) })
		}
	}
	t.Run("local", func(t *testing.T) { run(t, newLocal) })
	t.Run("sftp", func(t *testing.T) {
		server := testserver.SSHD(t)
		n := 0
		run(t, func(t testing.TB) tree {
			n++
			name := fmt.Sprint("root", n)
			dir := filepath.Join(server.Dir, name)
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			p := tree{server.URL + "/" + name, dir, server, newNotebook()}
			p.open(t)
			return p
		})
	})
}

func newLocal(t testing.TB) tree {
	dir := t.TempDir()
	return tree{root: dir, dir: dir, memory: newNotebook()}
}

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

func (p tree) config(t testing.TB, rest string) adapter.Settings {
	text := fmt.Sprintf("kind: file\nsettings: {root: %q", p.root)
	if p.server.Key != "" {
		text += ", key: secret:ssh, knownHosts: secret:known"
	}
	return adapter.Settings{File: "pack.yaml", Node: node(t, text+"}\n"+rest), Codec: adapter.Codec{Format: "xml", Charset: "GB18030"},
		Answer: adapter.Codec{Format: "text", Charset: "GB18030"}, Timeout: 10 * time.Second}
}

func (p tree) deps(t testing.TB) adapter.Deps {
	secrets := map[string]string{"ssh": p.server.Key, "known": p.server.Known}
	return adapter.Deps{Unit: "650000", Now: time.Now, Exchange: []string{p.dir}, Memory: p.memory,
		Secret: func(name string) (string, error) { return secrets[name], nil },
		Log:    slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))}
}

func (p tree) sink(t testing.TB, rest string) *file.Sink {
	t.Helper()
	k, err := file.New(p.config(t, rest), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// take runs a source until the test ends.
func (p tree) take(t testing.TB, in adapter.Intake, rest string) (stop func()) {
	t.Helper()
	s, err := file.NewSource(p.config(t, rest), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return background(t, func(ctx context.Context) error { return s.Run(ctx, in) })
}

func message(key string) adapter.Message {
	return adapter.Message{Receipt: "0198", Key: key, Unit: "650000", Type: "case.delegated", Subject: "N-1", Attempt: 1,
		AcceptedAt: time.Date(2026, 10, 1, 0, 30, 0, 0, time.UTC), Document: []byte("<Case><Name>\xd5\xc5\xc8\xfd</Name></Case>")}
}

func deliver(k adapter.Sink, m adapter.Message) (adapter.Ack, *adapter.Failure) {
	ctx, sent := adapter.Track(context.Background())
	ack, err := k.Deliver(ctx, m)
	if err == nil {
		return ack, nil
	}
	return ack, adapter.Classify(err, sent.Yes())
}

func mustDeliver(t testing.TB, k adapter.Sink, m adapter.Message) adapter.Ack {
	t.Helper()
	ack, f := deliver(k, m)
	if f != nil {
		t.Fatalf("%s %s: %v", f.Outcome, f.Cause, f)
	}
	return ack
}

// eventually waits for a state, with a limit.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within the limit: %s", what)
		}
	}
}

// background runs something until the test ends or stop is called.
func background(t testing.TB, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

type zipped struct {
	zip.FileHeader
	content string
}

func zipOf(t testing.TB, entries ...zipped) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range entries {
		e := &entries[i]
		e.Method = zip.Deflate
		w, err := z.CreateHeader(&e.FileHeader)
		if err == nil {
			_, err = w.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func named(name, content string) zipped { return zipped{zip.FileHeader{Name: name}, content} }

func xml(n int) string { return fmt.Sprintf("<Case><No>N-%d</No></Case>", n) }

func takenIDs(in *adaptertest.Intake) string {
	var ids []string
	for _, m := range in.Taken() {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (p tree) rename(from, to string) error {
	return os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to))
}
