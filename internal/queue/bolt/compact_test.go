package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// TestEmptiedStoreIsSmallAfterAStart fills a store, has nearly all of it purged,
// and expects the next start to write it anew with everything that is left.
func TestEmptiedStoreIsSmallAfterAStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	long := time.Now().Add(-1000 * time.Hour)
	o := bolt.Options{Path: path, NoSync: true}
	s := open(t, o)
	put := func(n int, at time.Time) (receipts []string) {
		var ms []queue.NewMessage
		for i := range n {
			m := plainMessage(fmt.Sprintf("r%d-%d", at.Unix(), i), fmt.Sprintf("s:%d-%d", at.Unix(), i))
			m.Payload, m.Time, m.AcceptedAt = bytes.Repeat([]byte("x"), 60_000), at, at
			ms, receipts = append(ms, m), append(receipts, m.Receipt)
		}
		if _, err := s.Put(t.Context(), ms); err != nil {
			t.Fatal(err)
		}
		return receipts
	}
	for i := range 10 {
		var acts []queue.Act
		for _, r := range put(200, long.Add(time.Duration(i)*time.Second)) {
			acts = append(acts, queue.Act{Receipt: r, Verb: queue.Ack, At: long})
		}
		if _, err := s.Act(t.Context(), acts); err != nil {
			t.Fatal(err)
		}
	}
	stays := put(3, time.Now())
	if n, err := s.PurgeLog(t.Context(), time.Now().Add(-time.Hour)); err != nil || n != 2000 {
		t.Fatalf("purged %d, %v", n, err)
	}
	before := s.Size()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".compact", []byte("what an earlier try left"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, o)
	if after := s.Size(); after > before/20 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if err := errors.Join(s.Check(), s.Verify()); err != nil {
		t.Error(err)
	}
	for _, r := range stays {
		if p, err := s.Payload(r); err != nil || len(p) != 60_000 {
			t.Errorf("%s: %d bytes, %v", r, len(p), err)
		}
	}
	res, err := s.Put(t.Context(), []queue.NewMessage{plainMessage("new", "n:A")})
	if err != nil || res[0].Seq != 2004 {
		t.Errorf("the next number is %d, %v", res[0].Seq, err)
	}
	if _, err := os.Stat(path + ".compact"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is left: %v", err)
	}
}
