package bolt_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"

	"github.com/google/go-cmp/cmp"
)

var tornRuns = flag.Uint64("torn.runs", 2, "how many runs of 60 commits TestTornPagesLoseNothing tears")

const (
	pageSize   = 4096
	sectorSize = 512
)

// TestTornPagesLoseNothing takes the file before and after a commit, and makes of
// the pages that the commit wrote what a kill between two writes or a failure of
// power may leave: the first few of them, any of them, halves of them, the new tail
// of the file or none of it, a meta page that is whole, torn or old. Each image
// opens, is consistent, and holds the state of before or of after, and everything
// that was acknowledged.
func TestTornPagesLoseNothing(t *testing.T) {
	for seed := range *tornRuns {
		t.Run(fmt.Sprint(seed+1), func(t *testing.T) { tear(t, seed+1) })
	}
}

// tearing is a store whose commits are looked at from outside.
type tearing struct {
	t      *testing.T
	rng    *rand.Rand
	path   string
	store  *bolt.Store
	passed atomic.Int64 // of the clock
	images int

	mu      sync.Mutex        // guards all below: a store at rest commits by itself
	said    map[string]string // by receipt: the last word that was acknowledged
	before  []byte
	commits []commit
}

// commit is the file before and after one, and what had been acknowledged before it.
type commit struct {
	before, after []byte
	said          map[string]string
}

func tear(t *testing.T, seed uint64) {
	x := &tearing{t: t, rng: rand.New(rand.NewPCG(seed, 2)), path: filepath.Join(t.TempDir(), "store.db"), said: map[string]string{}}
	x.store = open(t, bolt.Options{Path: x.path, NoSync: true, Now: x.clock, Mono: x.clock, Fault: func(point string) error {
		x.mu.Lock()
		defer x.mu.Unlock()
		switch point {
		case "before-commit":
			x.before = x.read()
		case "after-commit":
			x.commits = append(x.commits, commit{x.before, x.read(), maps.Clone(x.said)})
		}
		return nil
	}})
	for n := range 60 {
		x.step(n)
		for _, c := range x.taken() {
			x.look(c)
		}
		if n%20 == 15 { // what has gathered goes to its place, in commits of its own
			for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				if cs := x.taken(); len(cs) > 0 {
					x.look(cs[0])
					break
				}
				if time.Now().After(end) {
					t.Fatal("the store at rest wrote nothing")
				}
			}
		}
	}
	t.Logf("%d images", x.images)
}

// taken are the commits since the last call.
func (x *tearing) taken() []commit {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := x.commits
	x.commits = nil
	return out
}

// tell notes what was acknowledged.
func (x *tearing) tell(receipt, word string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.said[receipt] = word
}

func (x *tearing) clock() time.Time {
	return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(x.passed.Load()))
}

// read is the used part of the file.
func (x *tearing) read() []byte {
	f, err := os.Open(x.path)
	if err != nil {
		x.t.Error(err)
		return nil
	}
	defer f.Close()
	b := make([]byte, x.store.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		x.t.Error(err)
	}
	return b
}

// step is one commit or two, of a store's everyday.
func (x *tearing) step(n int) {
	receipt := fmt.Sprintf("r%04d", n)
	m := plainMessage(receipt, fmt.Sprintf("n:%d", x.rng.IntN(5)))
	m.Payload = bytes.Repeat([]byte{byte(n)}, x.rng.IntN(3)*x.rng.IntN(9000)) // some take pages of their own
	m.Digest = sha256.Sum256(m.Payload)
	if res, err := x.store.Put(ctx, []queue.NewMessage{m}); err != nil || res[0].Err != nil {
		x.t.Fatal(res, err)
	}
	x.tell(receipt, "put")
	if x.rng.IntN(3) == 0 {
		return
	}
	ds, err := x.store.Claim(ctx, map[queue.Target]int{targets[0]: 1 + x.rng.IntN(3)}, time.Minute)
	if err != nil {
		x.t.Fatal(err)
	}
	late := false
	for _, d := range ds {
		document := []byte("doc " + d.Receipt)
		if d.Frozen != nil {
			document = d.Frozen
		}
		st, err := x.store.Begin(ctx, []queue.Start{{Receipt: d.Receipt, Lease: d.Lease, At: x.clock(), Document: document, Repeat: d.Frozen != nil}})
		if err != nil || st[0].Err != nil {
			x.t.Fatal(st, err)
		}
		x.tell(d.Receipt, "begun")
		if x.rng.IntN(5) == 0 {
			late = true // nobody settles it
			continue
		}
		o := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: x.clock(), State: queue.Acked, Attempt: &queue.Attempt{Outcome: "acknowledged"}}
		if out, err := x.store.Settle(ctx, []queue.Settlement{o}); err != nil || out[0].Err != nil {
			x.t.Fatal(out, err)
		}
		x.tell(d.Receipt, "acked")
	}
	if late {
		x.passed.Add(int64(2 * time.Minute))
	}
	if n%20 == 19 { // pages become free, and are used again
		if _, err := x.store.PurgeLog(ctx, x.clock().Add(-3*time.Minute)); err != nil {
			x.t.Fatal(err)
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		for receipt := range x.said {
			if _, err := x.store.Get(receipt); errors.Is(err, queue.ErrNotFound) {
				delete(x.said, receipt)
			}
		}
	}
}

// look tears what one commit wrote.
func (x *tearing) look(c commit) {
	before, after := c.before, c.after
	var changed []int
	for p := 2; p*pageSize < len(after); p++ {
		if !bytes.Equal(page(before, p), page(after, p)) {
			changed = append(changed, p)
		}
	}
	meta := 0
	if bytes.Equal(page(before, 0), page(after, 0)) {
		meta = 1
	}
	was, is := x.open("before", before), x.open("after", after)
	x.holds(c.said, was)
	for _, kind := range []string{"first pages", "any pages", "torn pages", "torn meta", "half a meta page"} {
		image := bytes.Clone(before)
		if x.rng.IntN(2) == 0 || kind == "torn meta" || kind == "half a meta page" {
			image = append(image, make([]byte, max(0, len(after)-len(image)))...) // the tail is there
		}
		first := x.rng.IntN(len(changed) + 1)
		for i, p := range changed {
			switch {
			case kind == "first pages" && i < first, kind == "any pages" && x.rng.IntN(2) == 0, kind == "torn meta", kind == "half a meta page":
				copy(page(image, p), page(after, p))
			case kind == "torn pages":
				for s := 0; s < pageSize; s += sectorSize {
					if to := page(image, p); x.rng.IntN(2) == 0 && len(to) > s {
						copy(to[s:s+sectorSize], page(after, p)[s:])
					}
				}
			}
		}
		switch kind {
		case "torn meta":
			copy(page(image, meta), page(after, meta)[:x.rng.IntN(120)])
		case "half a meta page":
			copy(page(image, meta), page(after, meta)[:sectorSize])
		}
		got := x.open(kind, image)
		if diff := cmp.Diff(was, got); diff != "" && (kind != "torn meta" && kind != "half a meta page" || cmp.Diff(is, got) != "") {
			x.t.Fatalf("%s, %d of %d: neither the state of before nor of after:\n%s", kind, first, len(changed), diff)
		}
	}
}

func page(b []byte, p int) []byte {
	from := min(p*pageSize, len(b))
	return b[from:min(from+pageSize, len(b))]
}

// open opens an image and gives all that it holds.
func (x *tearing) open(kind string, image []byte) map[string]string {
	x.t.Helper()
	x.images++
	path := filepath.Join(filepath.Dir(x.path), "image.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		x.t.Fatal(err)
	}
	s, err := bolt.Open(bolt.Options{Path: path, NoSync: true, Now: x.clock, Mono: x.clock})
	if err != nil {
		x.t.Fatalf("%s does not open: %v", kind, err)
	}
	defer func() {
		if err := errors.Join(s.Close(), os.Remove(path)); err != nil {
			x.t.Fatal(err)
		}
	}()
	if err := errors.Join(s.Check(), s.Verify()); err != nil {
		x.t.Fatalf("%s: %v", kind, err)
	}
	out := map[string]string{"counts": fmt.Sprint(s.Counts())}
	ds, _, err := s.List(queue.Filter{Limit: 1000})
	if err != nil {
		x.t.Fatal(err)
	}
	for _, d := range ds {
		payload, err := s.Payload(d.Receipt)
		if err != nil {
			x.t.Fatalf("%s: payload of %s: %v", kind, d.Receipt, err)
		}
		out[d.Receipt] = fmt.Sprintf("%s unknown=%v tried=%d counts=%v frozen=%q payload=%x", d.State, d.Unknown, d.Tried, d.Counts, d.Frozen, sha256.Sum256(payload))
	}
	return out
}

// holds expects everything that was acknowledged. A commit may purge what is told.
func (x *tearing) holds(said, got map[string]string) {
	x.t.Helper()
	for receipt, word := range said {
		switch is := got[receipt]; {
		case is == "":
			x.t.Fatalf("%s was told %q and is lost", receipt, word)
		case word == "acked" && !strings.HasPrefix(is, "acked"):
			x.t.Fatalf("%s was told %q and is %s", receipt, word, is)
		}
	}
}
