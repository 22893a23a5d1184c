package file_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/file"
	"duijie/internal/testserver"
)

// inbox is a receiver: a folder that takes files or cannot.
type inbox struct{ tree }

// Play implements adaptertest.Receiver.
func (i inbox) Play(a adaptertest.Act) bool {
	if a == adaptertest.Gossip { // the folder is none
		return os.WriteFile(filepath.Join(i.dir, "in"), nil, 0o600) == nil
	}
	return a == adaptertest.Take
}

// Requests implements adaptertest.Receiver.
func (i inbox) Requests() int { return len(i.names("in")) }

const keyed = `routes: {"*": {dir: in, name: "{key}.xml"}}`

func TestSinkSuite(t *testing.T) {
	m := message(key)
	m.Document = []byte("<Case>张三 510102199001011234 13800138000</Case>")
	adaptertest.RunSink(t, adaptertest.Sink{
		Message: m,
		Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
			if secure {
				return nil, nil
			}
			p := newLocal(t)
			return p.sink(t, `routes: {"*": {dir: in, name: "{now:yyyy}_{seq:6}.xml"}}`), inbox{p}
		},
	})
}

// cord is a TCP road to a server that can be cut.
type cord struct {
	net.Listener
	mu    sync.Mutex // guards open
	open  []net.Conn
	ended sync.WaitGroup
}

func newCord(t *testing.T, to string) *cord {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cord{Listener: l}
	c.ended.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			c.mu.Lock()
			c.open = append(c.open, near, far)
			c.mu.Unlock()
			for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
				c.ended.Go(func() { _, _ = io.Copy(pair[0], pair[1]); pair[0].Close() })
			}
		}
	})
	t.Cleanup(func() { l.Close(); c.cut(); c.ended.Wait() })
	return c
}

func (c *cord) cut() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.open) / 2
	for _, one := range c.open {
		one.Close()
	}
	c.open = nil
	return n
}

func TestBrokenConnectionIsReplacedAndAGoodOneKept(t *testing.T) {
	server := testserver.SSHD(t)
	user, rest, _ := strings.Cut(strings.TrimPrefix(server.URL, "sftp://"), "@")
	address, path, _ := strings.Cut(rest, "/")
	c := newCord(t, address)
	_, line, _ := strings.Cut(server.Known, " ")
	_, port, _ := net.SplitHostPort(c.Addr().String())
	server.Known = fmt.Sprintf("[127.0.0.1]:%s %s", port, line)
	p := tree{fmt.Sprintf("sftp://%s@%s/%s", user, c.Addr(), path), server.Dir, server, newNotebook()}
	k := p.sink(t, keyed)
	for n := range 3 {
		mustDeliver(t, k, message(fmt.Sprintf("%032d", n)))
	}
	if n := c.cut(); n != 1 {
		t.Fatalf("%d connections", n)
	}
	eventually(t, "it delivers again", func() bool {
		_, f := deliver(k, message(key))
		return f == nil
	})
	if len(p.names("in")) != 4 {
		t.Fatal(p.names("in"))
	}
	c.Close()
	c.cut()
	eventually(t, "unreachable is transient", func() bool {
		_, f := deliver(k, message(strings.Repeat("d", 32)))
		return f != nil && f.Outcome == adapter.Transient && f.Code == "network"
	})
}

// outbox is the local system's side of a source.
type outbox struct {
	tree
	in *adaptertest.Intake
}

// Offer implements adaptertest.Local.
func (o outbox) Offer(t *testing.T, n int) (taken bool, told string) {
	name := fmt.Sprintf("%d-%d.xml", n, time.Now().UnixNano())
	o.write(t, "out/"+name, fmt.Sprintf("<Case><No>%d</No><Name>张三 510102199001011234 13800138000</Name></Case>", n))
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if o.has("done/" + name) {
			return true, o.read(t, "out/"+name+".ok")
		}
	}
	return false, ""
}

// Garbage implements adaptertest.Local.
func (o outbox) Garbage(t *testing.T) (told string) {
	o.write(t, "out/garbage.xml", "<Case>张三")
	eventually(t, "rejected", func() bool { return o.has("bad/garbage.xml.reason") })
	return o.read(t, "bad/garbage.xml.reason") + o.read(t, "out/garbage.xml.err")
}

func TestSourceSuite(t *testing.T) {
	adaptertest.RunSource(t, adaptertest.Source{Open: func(t *testing.T, in adapter.Intake) (adapter.Source, adaptertest.Local) {
		p := newLocal(t)
		s := p.config(t, `reads: [{type: t, dir: out, match: "*.xml", dedupe: body.Case.No, every: 10ms, stable: 10ms, receipts: {ok: "{name}.ok", error: "{name}.err"}}]`)
		s.Codec.Charset = "UTF-8"
		source, err := file.NewSource(s, p.deps(t))
		if err != nil {
			t.Fatal(err)
		}
		return source, outbox{p, in.(*adaptertest.Intake)}
	}})
}

func TestCancelledBeforeTheFirstByteIsTransient(t *testing.T) {
	p := newLocal(t)
	k := p.sink(t, keyed)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ctx, sent := adapter.Track(ctx)
	_, err := k.Deliver(ctx, message(key))
	if f := adapter.Classify(err, sent.Yes()); f.Outcome != adapter.Transient || len(p.names("in")) != 0 {
		t.Fatalf("%+v", f)
	}
}
