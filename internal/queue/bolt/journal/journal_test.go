package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

var testNames = []string{"one", "two", "straight"}

const (
	one Bucket = iota
	two
	direct
)

func openFile(t testing.TB, path string) (*File, *bbolt.DB) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30}) // growing the map would wait for readers
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(db, testNames, direct)
	if err != nil {
		t.Fatal(err)
	}
	return f, db
}

// content is what a file should hold: bucket and key → value.
type content map[string]string

func (c content) of(b Bucket) []string {
	var keys []string
	for k := range c {
		if Bucket(k[0]) == b {
			keys = append(keys, k[1:])
		}
	}
	slices.Sort(keys)
	return keys
}

// holds compares all that a transaction can be asked with what it should hold.
func holds(t interface {
	Helper()
	Fatalf(string, ...any)
}, tx *Tx, want content) {
	t.Helper()
	for b := range Bucket(len(testNames)) {
		keys := want.of(b)
		var up, down []string
		for w := tx.Ascend(b, nil, nil); w.Valid(); w.Next() {
			up = append(up, string(w.Key()))
			if got := string(w.Value()); got != want[string(rune(b))+string(w.Key())] {
				t.Fatalf("bucket %d: %q holds %.40q", b, w.Key(), got)
			}
		}
		for w := tx.Descend(b, nil, nil); w.Valid(); w.Next() {
			down = append(down, string(w.Key()))
		}
		slices.Reverse(down)
		if !slices.Equal(up, keys) || !slices.Equal(down, keys) {
			t.Fatalf("bucket %d: up %q, down %q, want %q", b, up, down, keys)
		}
		for i := range 30 {
			key := fmt.Sprintf("%02d", i)
			v, there := want[string(rune(b))+key]
			if got := tx.Get(b, []byte(key)); string(got) != v || (got != nil) != there {
				t.Fatalf("bucket %d: get %s: %.40q, want %.40q %v", b, key, got, v, there)
			}
			at, _ := slices.BinarySearch(keys, key)
			if w := tx.Ascend(b, []byte(key), nil); w.Valid() != (at < len(keys)) || w.Valid() && string(w.Key()) != keys[at] {
				t.Fatalf("bucket %d: ascend %s stands on %q", b, key, w.Key())
			}
			n := 0
			for w := tx.Ascend(b, []byte(key), []byte(key[:1])); w.Valid(); w.Next() {
				n++
			}
			if want := slices.IndexFunc(keys[at:], func(k string) bool { return k[0] != key[0] }); want >= 0 && n != want || want < 0 && n != len(keys)-at {
				t.Fatalf("bucket %d: %d keys from %s on with its first digit", b, n, key)
			}
			if w := tx.Descend(b, []byte(key), nil); w.Valid() != (at > 0) || w.Valid() && string(w.Key()) != keys[at-1] {
				t.Fatalf("bucket %d: descend %s stands on %q", b, key, w.Key())
			}
		}
	}
}

// TestModel plays random transactions, readers that stay, seals, and kills, and
// expects what a map would hold.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		f, db := openFile(t, path)
		defer func() {
			if err := errors.Join(db.Close(), os.Remove(path)); err != nil {
				t.Error(err)
			}
		}()
		now := content{}
		type reader struct {
			tx   *Tx
			want content
		}
		var readers []reader
		end := func() {
			for _, x := range readers {
				holds(r, x.tx, x.want)
				x.tx.Rollback()
			}
			readers = nil
		}
		defer end()
		r.Repeat(map[string]func(*rapid.T){
			"write": func(r *rapid.T) {
				w, err := f.Write()
				if err != nil {
					r.Fatal(err)
				}
				w.Carry = rapid.IntRange(0, 100).Draw(r, "carry")
				next := maps.Clone(now)
				for i := range rapid.IntRange(1, 12).Draw(r, "entries") {
					b := Bucket(rapid.IntRange(0, 2).Draw(r, "bucket"))
					key := fmt.Sprintf("%02d", rapid.IntRange(0, 29).Draw(r, "key"))
					size := rapid.SampledFrom([]int{0, 5, 5, 5, 3000, straightBytes}).Draw(r, "size")
					value := fmt.Sprintf("%*d", size, i)[:size]
					if rapid.IntRange(0, 2).Draw(r, "delete") == 0 {
						err, key = w.Delete(b, []byte(key)), string(rune(b))+key
						delete(next, key)
					} else {
						err, key = w.Put(b, []byte(key), []byte(value)), string(rune(b))+key
						next[key] = value
					}
					if err != nil {
						r.Fatal(err)
					}
				}
				holds(r, &w.Tx, next)
				if rapid.IntRange(0, 4).Draw(r, "rollback") == 0 {
					err = w.Rollback()
				} else {
					err, now = w.Commit(), next
				}
				if err != nil {
					r.Fatal(err)
				}
			},
			"seal": func(*rapid.T) { f.Seal() },
			"read": func(r *rapid.T) {
				tx, err := f.Begin()
				if err != nil {
					r.Fatal(err)
				}
				readers = append(readers, reader{tx, now})
			},
			"end": func(*rapid.T) { end() },
			"kill": func(r *rapid.T) {
				end()
				if err := db.Close(); err != nil { // writes nothing
					r.Fatal(err)
				}
				f, db = openFile(t, path)
			},
			"": func(r *rapid.T) {
				for _, x := range readers {
					holds(r, x.tx, x.want)
				}
				if err := f.View(func(tx *Tx) error { holds(r, tx, now); return nil }); err != nil {
					r.Fatal(err)
				}
			},
		})
	})
}

// TestReadersBesideAWriter holds that each reader sees whole commits only: both
// buckets hold the same number everywhere.
func TestReadersBesideAWriter(t *testing.T) {
	f, db := openFile(t, filepath.Join(t.TempDir(), "x.db"))
	defer db.Close()
	write := func(n int) error {
		w, err := f.Write()
		if err != nil {
			return err
		}
		val := fmt.Appendf(nil, "%d", n)
		for i := range 20 {
			key := fmt.Appendf(nil, "%03d", (i*7+n)%40)
			for _, b := range []Bucket{one, two, direct} {
				if err := errors.Join(w.Delete(b, fmt.Appendf(nil, "%03d", (i*7+n-1)%40)), w.Put(b, key, val)); err != nil {
					return err
				}
			}
		}
		return w.Commit()
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				err := f.View(func(tx *Tx) error {
					seen := [3][]string{}
					for b := range seen {
						for w := tx.Ascend(Bucket(b), nil, nil); w.Valid(); w.Next() {
							seen[b] = append(seen[b], string(w.Key())+"="+string(w.Value()))
						}
					}
					if len(seen[0]) == 0 || !slices.Equal(seen[0], seen[1]) || !slices.Equal(seen[0], seen[2]) {
						return fmt.Errorf("%v\n%v\n%v", seen[0], seen[1], seen[2])
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 1; n < 400 && !t.Failed(); n++ {
		if err := write(n); err != nil {
			t.Error(err)
		}
		if n%50 == 0 {
			f.Seal()
		}
	}
	close(done)
	wait.Wait()
}

// TestFailedCommitLeavesNothing meets a file that cannot grow: what failed is seen
// by nobody, and the next commit passes.
func TestFailedCommitLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{MaxSize: 256 << 10, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f, err := Open(db, testNames, direct)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(key string, size int) error {
		w, err := f.Write()
		if err != nil {
			t.Fatal(err)
		}
		for i := range size/1000 + 1 {
			if err := w.Put(one, fmt.Appendf(nil, "%s%04d", key, i), bytes.Repeat([]byte("x"), min(size, 1000))); err != nil {
				t.Fatal(err)
			}
		}
		return w.Commit()
	}
	if err := commit("a", 10); err != nil {
		t.Fatal(err)
	}
	if err := commit("b", 2<<20); err == nil {
		t.Fatal("more than the file may hold was taken")
	}
	if err := commit("c", 10); err != nil {
		t.Fatal(err)
	}
	err = f.View(func(tx *Tx) error {
		var keys []string
		for w := tx.Ascend(one, nil, nil); w.Valid(); w.Next() {
			keys = append(keys, string(w.Key()))
		}
		if !slices.Equal(keys, []string{"a0000", "c0000"}) {
			return fmt.Errorf("holds %v", keys)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullTableIsCarriedByLaterCommits writes past the limit and expects the
// journal to end and the file to stop growing.
func TestFullTableIsCarriedByLaterCommits(t *testing.T) {
	f, db := openFile(t, filepath.Join(t.TempDir(), "x.db"))
	defer db.Close()
	value := bytes.Repeat([]byte("x"), 1000)
	sealed, free := 0, 0
	var sizes []int64
	for n := range 4000 {
		w, err := f.Write()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err := w.Put(one, fmt.Appendf(nil, "%05d", (n*31+i*977)%5000), value); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		if f.cur.sealed != nil {
			sealed++
		} else {
			free++
		}
		if n%500 == 499 {
			sizes = append(sizes, fileSize(t, f))
		}
	}
	if sealed == 0 || free == 0 {
		t.Errorf("%d commits beside a sealed table, %d without", sealed, free)
	}
	if last := len(sizes) - 1; sizes[last] > sizes[last/2]*5/4 {
		t.Errorf("the file goes on growing: %v", sizes)
	}
}

// TestBackupHasTheJournal opens what WriteTo wrote.
func TestBackupHasTheJournal(t *testing.T) {
	dir := t.TempDir()
	f, db := openFile(t, filepath.Join(dir, "x.db"))
	defer db.Close()
	w, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Put(one, []byte("k"), []byte("v")), w.Commit()); err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if err := f.View(func(tx *Tx) error { _, err := tx.WriteTo(io.Writer(&copied)); return err }); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "y.db"), copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	g, other := openFile(t, filepath.Join(dir, "y.db"))
	defer other.Close()
	if err := g.View(func(tx *Tx) error { holds(t, tx, content{string(rune(one)) + "k": "v"}); return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestTornJournalIsAnError: bbolt's pages have no checksum of their own.
func TestTornJournalIsAnError(t *testing.T) {
	for _, wrong := range [][]byte{{5, 0, 'k'}, {0}, {2, 0, 'k', 9, 'v'}, {200}, {2, 0, 'k'}} {
		path := filepath.Join(t.TempDir(), "x.db")
		_, db := openFile(t, path)
		err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(journalA).Put(make([]byte, 12), wrong) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(db, testNames, direct); err == nil {
			t.Errorf("%v was read", wrong)
		}
		db.Close()
	}
}

// TestAWalkForAPrefixPassesNothingBehindIt: where everything behind it was deleted,
// a walk that finds nothing must not look at all of that.
func TestAWalkForAPrefixPassesNothingBehindIt(t *testing.T) {
	f, db := openFile(t, filepath.Join(t.TempDir(), "x.db"))
	defer db.Close()
	w, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		key := fmt.Appendf(nil, "%02d", i)
		if err := errors.Join(w.Put(one, key, []byte("v")), w.Delete(one, key)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	err = f.View(func(tx *Tx) error {
		for _, w := range []*Walk{tx.Ascend(one, []byte("50"), []byte("50")), tx.Descend(one, []byte("51"), []byte("50"))} {
			if n := w.nodes[0]; w.Valid() || n == nil || n.key[1] != '5' && n.key[1] != '4' {
				t.Errorf("a walk for what is gone went on to %+v", n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fileSize(t *testing.T, f *File) (n int64) {
	t.Helper()
	if err := f.View(func(tx *Tx) error { n = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
