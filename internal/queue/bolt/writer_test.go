package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"

	"go.etcd.io/bbolt"
	"go.uber.org/goleak"
)

// TestWaitingWritesShareACommit holds one commit up and expects all that came
// meanwhile in the next.
func TestWaitingWritesShareACommit(t *testing.T) {
	var commits atomic.Int32
	first, going := make(chan struct{}), make(chan struct{})
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true, Fault: func(point string) error {
		if point == "before-commit" && commits.Add(1) == 1 {
			close(first)
			<-going
		}
		return nil
	}})
	var wg sync.WaitGroup
	put := func(i int) {
		wg.Go(func() {
			res, err := s.Put(ctx, []queue.NewMessage{plainMessage(fmt.Sprint("r", i), fmt.Sprint("n:", i))})
			if err != nil || res[0].Err != nil {
				t.Errorf("put: %v %v", res, err)
			}
		})
	}
	put(0)
	<-first
	for i := range 100 {
		put(i + 1)
	}
	for s.Waiting() < 100 {
		time.Sleep(time.Millisecond)
	}
	close(going)
	wg.Wait()
	if n := commits.Load(); n != 2 {
		t.Errorf("%d commits for 101 writes", n)
	}
}

// TestTwoEqualMessagesInOneCommitAreOne lets equal messages of several senders
// meet in one commit.
func TestTwoEqualMessagesInOneCommitAreOne(t *testing.T) {
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true})
	var fresh atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			m := plainMessage("same", "n:A")
			m.Receipt = fmt.Sprint("r", i)
			res, err := s.Put(ctx, []queue.NewMessage{m})
			if err != nil || res[0].Err != nil {
				t.Errorf("put: %v %v", res, err)
			} else if !res[0].Duplicate {
				fresh.Add(1)
			}
		})
	}
	wg.Wait()
	if fresh.Load() != 1 || s.Open(targets[0]) != 1 {
		t.Errorf("%d taken as new, %d open", fresh.Load(), s.Open(targets[0]))
	}
}

// TestPanicFailsItsOwnOperationOnly lets a judge panic on one of many messages
// of one commit.
func TestPanicFailsItsOwnOperationOnly(t *testing.T) {
	first, going := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true,
		Judge: func(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
			if e.Type == "bad" {
				panic("broken judge")
			}
			return c, queue.Verdict{}
		},
		Fault: func(point string) error {
			once.Do(func() { close(first); <-going })
			return nil
		}})
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		if i == 1 {
			<-first
		}
		wg.Go(func() {
			m := plainMessage(fmt.Sprint("r", i), fmt.Sprint("n:", i))
			m.Event = &queue.CaseEvent{Type: "good"}
			if i == 7 {
				m.Event.Type = "bad"
			}
			_, errs[i] = s.Put(ctx, []queue.NewMessage{m})
		})
	}
	for s.Waiting() < len(errs)-1 {
		time.Sleep(time.Millisecond)
	}
	close(going)
	wg.Wait()
	for i, err := range errs {
		if (err != nil) != (i == 7) {
			t.Errorf("put %d: %v", i, err)
		}
	}
	if s.Open(targets[0]) != len(errs)-1 || s.Health() != "ok" {
		t.Errorf("%d open, health %s", s.Open(targets[0]), s.Health())
	}
}

// TestWriteMayHappenAfterItsContextEnded lets a caller give up while its write
// is under way: it is not torn out, and a repeat is a duplicate.
func TestWriteMayHappenAfterItsContextEnded(t *testing.T) {
	began, going := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true, Fault: func(string) error {
		once.Do(func() { close(began); <-going })
		return nil
	}})
	c, cancel := context.WithCancel(ctx)
	go func() {
		<-began
		cancel()
	}()
	m := plainMessage("r", "n:A")
	if _, err := s.Put(c, []queue.NewMessage{m}); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v", err)
	}
	close(going)
	res, err := s.Put(ctx, []queue.NewMessage{m})
	if err != nil || !res[0].Duplicate {
		t.Errorf("repeat: %+v, %v", res, err)
	}
}

// TestFailedBeginCanBeTriedAgain fails the commit of a Begin: the lease is as it
// was, and its end makes no unknown attempt.
func TestFailedBeginCanBeTriedAgain(t *testing.T) {
	var broken atomic.Bool
	var mono atomic.Int64
	begun := time.Now()
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true,
		Mono: func() time.Time { return begun.Add(time.Duration(mono.Load())) },
		Fault: func(point string) error {
			if broken.Load() && point == "before-commit" {
				return syscall.EACCES
			}
			return nil
		}})
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("r", "n:A")}); err != nil {
		t.Fatal(err)
	}
	claimOne := func() queue.Delivery {
		ds, err := s.Claim(ctx, map[queue.Target]int{targets[0]: 1}, time.Minute)
		if err != nil || len(ds) != 1 {
			t.Fatalf("claimed %d, %v", len(ds), err)
		}
		return ds[0]
	}
	d := claimOne()
	broken.Store(true)
	start := []queue.Start{{Receipt: "r", Lease: d.Lease, Document: []byte("x")}}
	if _, err := s.Begin(ctx, start); err == nil {
		t.Fatal("no error")
	}
	broken.Store(false)
	mono.Add(int64(time.Minute))
	if d = claimOne(); d.Unknown || d.Tried != 0 {
		t.Errorf("unknown %v after %d attempts", d.Unknown, d.Tried)
	}
	start[0].Lease = d.Lease
	if st, err := s.Begin(ctx, start); err != nil || st[0].Err != nil || st[0].Attempt != 1 {
		t.Errorf("begin again: %+v, %v", st, err)
	}
}

// TestNothingIsWrittenAfterAFailedSync, not even what an orderly end would carry to
// its place: after a sync that failed nobody knows which pages the disk has.
func TestNothingIsWrittenAfterAFailedSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var broken atomic.Bool
	s, err := bolt.Open(bolt.Options{Path: path, Fault: func(point string) error {
		if broken.Load() && point == "before-sync" {
			return syscall.EIO
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("kept", "n:A")}); err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("refused", "n:B")}); !errors.Is(err, queue.ErrFailed) {
		t.Fatalf("put: %v", err)
	}
	broken.Store(false)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the end wrote to the file: %v", err)
	}
	if _, err := open(t, bolt.Options{Path: path}).Get("kept"); err != nil {
		t.Error(err)
	}
}

func TestNewerStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := bolt.Open(bolt.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 0, 0, 0, 0, 99})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(bolt.Options{Path: path}); !errors.Is(err, queue.ErrNewer) {
		t.Errorf("err = %v", err)
	}
}

// flip is a seal for tests: what it has touched does not look like itself.
type flip struct{}

func (flip) Seal(b []byte) []byte {
	out := append([]byte("sealed"), b...)
	for i := range out[6:] {
		out[6+i] ^= 0x5a
	}
	return out
}

func (f flip) Open(b []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(b, []byte("sealed"))
	if !ok {
		return nil, errors.New("not sealed")
	}
	return f.Seal(rest)[6:], nil
}

// TestPayloadAndPeerTextAreSealed looks for content in the file itself.
func TestPayloadAndPeerTextAreSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, bolt.Options{Path: path, Seal: flip{}})
	m := plainMessage("r", "n:A")
	m.Payload, m.Subject = []byte("payload-zhangsan"), "S"
	if _, err := s.Put(ctx, []queue.NewMessage{m}); err != nil {
		t.Fatal(err)
	}
	for _, end := range []queue.Settlement{{State: queue.Queued, Unknown: true}, {State: queue.Awaiting}} {
		ds, err := s.Claim(ctx, map[queue.Target]int{targets[0]: 1}, time.Minute)
		if err != nil || len(ds) != 1 || string(ds[0].Payload) != "payload-zhangsan" {
			t.Fatalf("claimed %d, %v", len(ds), err)
		}
		if _, err := s.Begin(ctx, []queue.Start{{Receipt: "r", Lease: ds[0].Lease, Document: []byte("document-zhangsan"), Remember: []byte("left-out-zhangsan")}}); err != nil {
			t.Fatal(err)
		}
		end.Receipt, end.Lease, end.At = "r", ds[0].Lease, time.Now()
		end.Attempt = &queue.Attempt{Outcome: "unknown", Detail: "detail-zhangsan"}
		if _, err := s.Settle(ctx, []queue.Settlement{end}); err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Get("r")
	if err != nil || d.Attempts[1].Detail != "detail-zhangsan" {
		t.Errorf("detail: %+v, %v", d.Attempts, err)
	}
	if got := s.Remembered(queue.Memory{Unit: m.Unit, Type: m.Type, Subject: m.Subject, Direction: m.Direction}); string(got) != "left-out-zhangsan" {
		t.Errorf("remembered %q", got)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(b), "zhangsan"); i >= 0 {
		t.Errorf("content stands in the file: %q", b[max(0, i-20):i+8])
	}
}

func TestCloseEndsAllThatItStarted(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	s, err := bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("r", "n:A")}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, ignore)
}

// TestBackupIsAStore opens what Backup wrote while others wrote.
func TestBackupIsAStore(t *testing.T) {
	s := open(t, bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true})
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("r1", "n:A")}); err != nil {
		t.Fatal(err)
	}
	copied, err := os.Create(filepath.Join(t.TempDir(), "backup.db"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Backup(copied)
	if err := errors.Join(err, copied.Close()); err != nil || n == 0 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if _, err := s.Put(ctx, []queue.NewMessage{plainMessage("r2", "n:B")}); err != nil {
		t.Fatal(err)
	}
	c := open(t, bolt.Options{Path: copied.Name()})
	if _, err := c.Get("r1"); err != nil || c.Open(targets[0]) != 1 {
		t.Errorf("copy has %d open, %v", c.Open(targets[0]), err)
	}
}
