package sql_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duijie/adapter"
	adaptersql "duijie/adapter/sql"
)

func lostPromises() map[string]promise {
	return map[string]promise{
		"ConnectionLostBetweenInsertAndCommitIsUnknown": lostAtCommit,
		"UnreachableDatabaseIsTransient":                unreachable,
		"RefusedLoginIsTrouble":                         refusedLogin,
		"SilentDatabaseIsUnknownOnceSent":               silent,
	}
}

// cutter passes bytes between the adapter and a database, until a word of the
// adapter's comes by.
type cutter struct {
	target string
	word   []byte
	then   func(c *cutter, client, server net.Conn, chunk []byte)
	armed  atomic.Bool
	cuts   atomic.Int32
	wait   sync.WaitGroup
}

func newCutter(t testing.TB, target, word string, then func(c *cutter, client, server net.Conn, chunk []byte)) (address string, c *cutter) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = &cutter{target: target, word: []byte(word), then: then}
	done := make(chan struct{})
	c.wait.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				return
			}
			c.wait.Go(func() { <-done; client.Close(); server.Close() })
			c.wait.Go(func() { io.Copy(client, server); client.Close() })
			c.wait.Go(func() { c.forward(client, server) })
		}
	})
	t.Cleanup(func() { l.Close(); close(done); c.wait.Wait() })
	return l.Addr().String(), c
}

func (c *cutter) forward(client, server net.Conn) {
	defer server.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if c.armed.Load() && bytes.Contains(bytes.ToLower(buf[:n]), c.word) {
			c.armed.Store(false)
			c.cuts.Add(1)
			c.then(c, client, server, buf[:n])
			return
		}
		if _, bad := server.Write(buf[:n]); bad != nil || err != nil {
			return
		}
	}
}

// address is where the database listens; through puts another in its place.
func (p place) address() string {
	rest, _ := strings.CutPrefix(p.dsn, "duijie:duijie@tcp(")
	rest, _ = strings.CutPrefix(rest, "postgres://duijie@")
	return rest[:strings.IndexAny(rest, ")/")]
}

// commit is how the driver says COMMIT, in lower case; transactions that read what
// is committed say much alike.
func (p place) commit() string {
	return map[string]string{"postgres": "commit\x00", "mysql": "\x03commit"}[p.driver]
}

func (p place) through(address string) place {
	p.dsn = strings.Replace(p.dsn, p.address(), address, 1)
	return p
}

// Trap 24. Whether the commit arrived or not, the outcome is the same to us, and
// the next attempt leaves the rows there once.
func lostAtCommit(t *testing.T, fresh func(testing.TB, ...string) place) {
	for name, then := range map[string]func(*cutter, net.Conn, net.Conn, []byte){
		"before": func(_ *cutter, client, server net.Conn, _ []byte) { server.Close(); client.Close() },
		"after": func(_ *cutter, client, server net.Conn, chunk []byte) {
			client.Close() // the server answers into the void
			server.Write(chunk)
			time.Sleep(100 * time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := fresh(t)
			if p.driver == "sqlite" {
				t.Skip("has no connection to lose")
			}
			address, c := newCutter(t, p.address(), p.commit(), then)
			k := p.through(address).sink(t, route)
			c.armed.Store(true)
			_, f := deliver(k, message("case.delegated"))
			if f == nil || f.Outcome != adapter.UnknownTaken || c.cuts.Load() != 1 {
				t.Fatalf("%+v after %d cuts", f, c.cuts.Load())
			}
			eventually(t, "the lost transaction ends", func() bool {
				return (p.count(t, "T_IN_CASE") == 1) == (name == "after")
			})
			m := message("case.delegated")
			m.AfterUnknown, m.Attempt = true, 2
			if ack := mustDeliver(t, k, m); ack.Await != key {
				t.Fatalf("%+v", ack)
			}
			if n, parties := p.count(t, "T_IN_CASE"), p.count(t, "T_IN_PARTY"); n != 1 || parties != 2 {
				t.Fatalf("%d cases, %d parties", n, parties)
			}
		})
	}
}

func unreachable(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	if p.driver == "sqlite" {
		p.dsn += ".elsewhere"
		_, f := deliver(p.sink(t, route), message("case.delegated"))
		if f == nil || f.Outcome != adapter.UnitTrouble {
			t.Fatalf("a missing file: %+v", f)
		}
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, f := deliver(p.through(l.Addr().String()).sink(t, route), message("case.delegated"))
	if f == nil || f.Outcome != adapter.Transient || f.Code != "network" {
		t.Fatalf("%+v", f)
	}
}

func refusedLogin(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	switch p.driver {
	case "sqlite":
		t.Skip("has no login")
	case "postgres":
		p.dsn = strings.Replace(p.dsn, "//duijie@", "//nobody@", 1)
	case "mysql":
		p.dsn = strings.Replace(p.dsn, "duijie:duijie@", "duijie:wrong@", 1)
	}
	_, f := deliver(p.sink(t, route), message("case.delegated"))
	if f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "database-denied" {
		t.Fatalf("%+v", f)
	}
	if strings.Contains(f.Error(), "wrong") || strings.Contains(f.Error(), "nobody") {
		t.Errorf("quotes the account: %v", f)
	}
}

// A database that takes the rows and then says nothing: the attempt ends with its
// time, unknown.
func silent(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	if p.driver == "sqlite" {
		t.Skip("has no connection to be silent on")
	}
	address, c := newCutter(t, p.address(), p.commit(), func(c *cutter, client, server net.Conn, _ []byte) {
		io.Copy(io.Discard, client)
	})
	p = p.through(address)
	s := config(t, p.settings("")+route)
	s.Timeout = time.Second
	k, err := adaptersql.New(s, p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	mustDeliver(t, k, message("case.withdrawn")) // warm: what follows is the commit
	c.armed.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	m := message("case.delegated")
	m.Key = strings.Repeat("a", 32)
	tracked, sent := adapter.Track(ctx)
	_, err = k.Deliver(tracked, m)
	if err == nil {
		t.Fatal("acknowledged")
	}
	if f := adapter.Classify(err, sent.Yes()); f.Outcome != adapter.UnknownTaken || f.Code != "timeout" {
		t.Fatalf("%+v", f)
	}
}
