package bolt_test

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// lived is a store in which a bit of everything happened.
func lived(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.db")
	s := open(t, bolt.Options{Path: path})
	defer s.Close()
	var ms []queue.NewMessage
	for _, lane := range []string{"A", "A", "B", "C"} {
		ms = append(ms, plainMessage("r"+string(rune('0'+len(ms))), "n:"+lane))
	}
	ms[3].Subject = "not its lane's name"
	if _, err := s.Put(t.Context(), ms); err != nil {
		t.Fatal(err)
	}
	acts := []queue.Act{{Receipt: "r2", Verb: queue.Ack, At: time.Now()}, {Receipt: "r3", Verb: queue.Cancel, At: time.Now()}}
	if _, err := s.Act(t.Context(), acts); err != nil {
		t.Fatal(err)
	}
	return path
}

func verified(t *testing.T, path string) (*bolt.Store, error) {
	t.Helper()
	s := open(t, bolt.Options{Path: path})
	t.Cleanup(func() { s.Close() })
	return s, s.Verify()
}

func TestAStoreThatLivedIsWell(t *testing.T) {
	s, err := verified(t, lived(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestRepairMakesIndexesAnewFromTheRecords(t *testing.T) {
	for _, bucket := range []string{"receipt", "id", "key", "find", "timeline", "lane", "due", "state", "count"} {
		t.Run(bucket, func(t *testing.T) {
			path := lived(t)
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(tx *bbolt.Tx) error {
				c := tx.Bucket([]byte(bucket)).Cursor()
				if k, _ := c.First(); k == nil {
					t.Fatal("the index is empty")
				}
				return c.Delete()
			})
			if err != nil || db.Close() != nil {
				t.Fatal(err)
			}
			s, err := verified(t, path)
			if err == nil {
				t.Fatal("the missing entry was not found")
			}
			if err := s.Repair(); err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(); err != nil {
				t.Fatalf("after the repair: %v", err)
			}
			ds, err := s.Claim(t.Context(), map[queue.Target]int{{Unit: "510000", Direction: queue.ToLocal}: 9}, time.Minute)
			if err != nil || len(ds) != 1 || ds[0].Receipt != "r0" {
				t.Fatalf("claimed %d after the repair, %v", len(ds), err)
			}
		})
	}
}

func TestWhatNobodyOwnsInAnIndexIsFound(t *testing.T) {
	path := lived(t)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("find")).Put([]byte("nobody's entry of an index"), nil)
	})
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	if _, err := verified(t, path); err == nil || !strings.Contains(err.Error(), `too many in the index "find"`) {
		t.Fatalf("found %v", err)
	}
}

// TestOlderFormatIsBroughtUp opens a file whose indexes are not those of today.
func TestOlderFormatIsBroughtUp(t *testing.T) {
	path := lived(t)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range []string{"id", "find", "journal.a", "journal.b"} {
			if err := tx.DeleteBucket([]byte(b)); err != nil {
				return err
			}
		}
		records := tx.Bucket([]byte("record"))
		last, _ := records.Cursor().Last()
		if err := records.SetSequence(binary.BigEndian.Uint64(last) + 7); err != nil { // two went with the log
			return err
		}
		return tx.Bucket([]byte("meta")).Put([]byte("format"), binary.BigEndian.AppendUint64(nil, 1))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := verified(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := s.FindID("urn:x", "mr1"); !ok || d.Receipt != "r1" {
		t.Errorf("found %q %v", d.Receipt, ok)
	}
	res, err := s.Put(t.Context(), []queue.NewMessage{plainMessage("new", "n:A")})
	if err != nil || res[0].Seq != 12 {
		t.Errorf("the next number is %d, %v", res[0].Seq, err)
	}
}
