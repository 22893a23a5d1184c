package line_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/kinds"
	"duijie/docs/example/line"
	"duijie/internal/pack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a local system that takes lines, or behaves as it is told.
type desk struct {
	net.Listener
	done chan struct{}
	mu   sync.Mutex // guards act, n
	act  adaptertest.Act
	n    int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Listener: l, done: make(chan struct{}), act: adaptertest.Take}
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ended.Go(func() { defer c.Close(); d.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); close(d.done); ended.Wait() })
	return d
}

// Play implements adaptertest.Receiver.
func (d *desk) Play(a adaptertest.Act) bool {
	switch a {
	case adaptertest.Redirect, adaptertest.GatewayLate: // of HTTP
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.act = a
	return true
}

// Requests implements adaptertest.Receiver.
func (d *desk) Requests() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

func (d *desk) serve(c net.Conn) {
	said, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return
	}
	d.mu.Lock()
	d.n++
	act := d.act
	d.mu.Unlock()
	switch act {
	case adaptertest.Take:
		fmt.Fprintln(c, "OK L-77")
	case adaptertest.Busy:
		fmt.Fprintln(c, "BUSY 7")
	case adaptertest.Refuse:
		fmt.Fprintln(c, "NO")
	case adaptertest.Gossip:
		fmt.Fprintln(c, "NO "+strings.Join(adaptertest.Secrets, " ")+said)
	case adaptertest.Expired:
		fmt.Fprintln(c, "WHO")
	case adaptertest.LoginPage:
		fmt.Fprintln(c, "<html><body>请登录</body></html>")
	case adaptertest.WrongCharset:
		_, _ = c.Write([]byte{0xd5, 0xc5, 0xc8, 0xfd, '\n'})
	case adaptertest.Half:
		fmt.Fprint(c, "OK L-7")
	case adaptertest.Oversized:
		for err == nil {
			_, err = c.Write(make([]byte, 64<<10))
		}
	case adaptertest.Reset:
		_ = c.(*net.TCPConn).SetLinger(0)
	case adaptertest.Hang:
		<-d.done
	case adaptertest.Drip:
		for err == nil {
			select {
			case <-d.done:
				return
			case <-time.After(20 * time.Millisecond):
				_, err = fmt.Fprint(c, " ")
			}
		}
	}
}

// mapped is a sink's mapping as a pack has it.
func mapped(t *testing.T, text string) adapter.Settings {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return adapter.Settings{File: "pack.yaml", Node: doc.Content[0]}
}

// open makes the sink as the program would: by the kind.
func open(t *testing.T, l adaptertest.Limits, address string) adapter.Sink {
	t.Helper()
	s := mapped(t, fmt.Sprintf("{kind: line, settings: {address: %q}}", address))
	s.Timeout, s.MaxAnswer = l.Timeout, l.MaxAnswer
	k, err := line.Kind.Sink(s, adapter.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSinkSuite(t *testing.T) {
	adaptertest.RunSink(t, adaptertest.Sink{
		Message: adapter.Message{Key: strings.Repeat("a", 32), Type: "case.delegated", Document: []byte(strings.Join(adaptertest.Secrets, "\n"))},
		Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
			if secure {
				return nil, nil // the wire has no TLS
			}
			d := newDesk(t)
			return open(t, l, d.Addr().String()), d
		},
		Unreachable: func(t *testing.T, l adaptertest.Limits) adapter.Sink {
			d := newDesk(t)
			d.Close()
			return open(t, l, d.Addr().String())
		},
	})
}

func TestWrongSettingsAreFindingsWithTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"{kind: line, settings: {address: nowhere}}": "bad-value",
		"{kind: line, settings: {adress: 'a:1'}}":    "unknown-key",
		"{kind: line, routes: {}}":                   "unknown-key",
		"{kind: line, settings: {address: 'a:1'}}":   "",
	} {
		got := ""
		for _, f := range line.Kind.CheckSink(mapped(t, text)) {
			if got = f.Code; f.Line != 1 || f.Col < 2 {
				t.Errorf("%s: found at %d:%d", text, f.Line, f.Col)
			}
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}

// TestOneMoreLineInTheListMakesItAKind: a pack may name it, and may not without that line.
func TestOneMoreLineInTheListMakesItAKind(t *testing.T) {
	one := fstest.MapFS{"pack.yaml": {Data: []byte("unit: \"990000\"\nname: invented\nprofile: v1\ncodec: {format: json}\nsink:\n  kind: line\n  settings: {adress: a:1}\n")}}
	listed := func(name string) (adapter.Kind, bool) {
		if name == line.Kind.Name {
			return line.Kind, true
		}
		return kinds.Find(name)
	}
	codes := func(find func(string) (adapter.Kind, bool)) (all string) {
		_, found := pack.Load("p", one, find)
		for _, f := range found {
			all += f.Code + " "
		}
		return all
	}
	if with := codes(listed); !strings.Contains(with, "unknown-key") || strings.Contains(with, "bad-value") {
		t.Errorf("listed, the kind's own check did not look: %s", with)
	}
	if without := codes(kinds.Find); strings.Contains(without, "unknown-key") || !strings.Contains(without, "bad-value") {
		t.Errorf("not listed, it was taken: %s", without)
	}
}

// TestTheDocumentShowsThisCode: what docs/adapter.md prints as Go stands here, or in the tests, line for line.
func TestTheDocumentShowsThisCode(t *testing.T) {
	text, err := os.ReadFile("../../adapter.md")
	if err != nil {
		t.Fatal(err)
	}
	var code string
	for _, name := range []string{"line.go", "line_test.go"} {
		part, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code += string(part)
	}
	shown := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(shown) < 4 {
		t.Fatalf("%d pieces of Go", len(shown))
	}
	for _, m := range shown {
		if !strings.Contains(code, m[1]) {
			t.Errorf("the document shows what is not there:\n%s", m[1])
		}
	}
}
