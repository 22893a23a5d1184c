package journal

import (
	"bytes"
	"io"
	"runtime"

	"go.etcd.io/bbolt"
)

// Tx reads the file as it was at one moment. What it returns must not be changed,
// and is valid until the transaction ends. It is for one goroutine.
type Tx struct {
	f       *File
	b       *bbolt.Tx
	m       *moment
	at      uint64
	rebuild bool // the tables are empty, and passed by
	buckets []*bbolt.Bucket
	cursors []*bbolt.Cursor // of Get: each keeps its stack
	full    []byte          // scratch
}

// Begin begins a read; errors are bbolt's.
func (f *File) Begin() (*Tx, error) {
	for {
		b, err := f.b.Begin(false)
		if err != nil {
			return nil, err
		}
		if m := f.moment(b.ID()); m != nil {
			return f.tx(b, m, m.at), nil
		}
		_ = b.Rollback() // a commit came between; it only read
		runtime.Gosched()
	}
}

// moment is what belongs to a transaction of bbolt; nil: it is over.
func (f *File) moment(tx int) *moment {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range []*moment{f.cur, f.next} {
		if m != nil && m.tx == tx {
			return m
		}
	}
	return nil
}

func (f *File) tx(b *bbolt.Tx, m *moment, at uint64) *Tx {
	return &Tx{f: f, b: b, m: m, at: at, buckets: make([]*bbolt.Bucket, len(f.names)), cursors: make([]*bbolt.Cursor, len(f.names))}
}

// View reads in a function.
func (f *File) View(look func(*Tx) error) error {
	tx, err := f.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return look(tx)
}

// Rollback ends a read.
func (t *Tx) Rollback() error { return t.b.Rollback() }

// Size is the size of the file in use, in bytes.
func (t *Tx) Size() int64 { return t.b.Size() }

// WriteTo writes the whole file of this moment; what has gathered is in its journal.
func (t *Tx) WriteTo(w io.Writer) (int64, error) { return t.b.WriteTo(w) }

// Check walks every page; what is wrong comes out.
func (t *Tx) Check() <-chan error { return t.b.Check() }

// bucket is nil where the file has none: one opened for reading alone.
func (t *Tx) bucket(b Bucket) *bbolt.Bucket {
	if t.buckets[b] == nil {
		t.buckets[b] = t.b.Bucket(t.f.names[b])
	}
	return t.buckets[b]
}

// tables are the tables that a bucket's entries may stand in, the newer first.
func (t *Tx) tables(b Bucket) [2]*table {
	if t.rebuild || t.f.straight[b] {
		return [2]*table{}
	}
	return [2]*table{t.m.active, t.m.sealed}
}

// whole is a key with its bucket, valid until the next call.
func (t *Tx) whole(b Bucket, key []byte) []byte {
	t.full = append(append(t.full[:0], byte(b)), key...)
	return t.full
}

// Get reads a value; nil: none.
func (t *Tx) Get(b Bucket, key []byte) []byte {
	full := t.whole(b, key)
	for _, table := range t.tables(b) {
		if table == nil {
			continue
		}
		if n := table.get(full, t.at); n != nil {
			return n.val
		}
	}
	c := t.cursors[b]
	if c == nil {
		bucket := t.bucket(b)
		if bucket == nil {
			return nil
		}
		c = bucket.Cursor()
		t.cursors[b] = c
	}
	k, v := c.Seek(key)
	switch {
	case k == nil || !bytes.Equal(k, key):
		return nil
	case v == nil:
		return []byte{}
	}
	return v
}

// Walk goes through the keys of a bucket in order. It stands on one from the
// start; where Valid says no there are no more.
type Walk struct {
	t        *Tx
	bucket   Bucket
	prefix   []byte
	down     bool
	tables   [2]*table
	nodes    [2]*node // each the next of its table
	c        *bbolt.Cursor
	ck, cv   []byte // the next of the file
	key, val []byte
	ok       bool
}

// Ascend walks up from a key on, through the keys that begin with a prefix (nil:
// all). Give it: without, a walk that finds nothing goes on through all that is
// gone behind it.
func (t *Tx) Ascend(b Bucket, from, prefix []byte) *Walk {
	w := t.walk(b, prefix)
	full := t.whole(b, from)
	for i, table := range w.tables {
		if table != nil {
			w.nodes[i] = w.mine(visible(table.seek(full, t.at), t.at))
		}
	}
	if w.c != nil {
		w.ck, w.cv = w.c.Seek(from)
	}
	w.Next()
	return w
}

// Descend walks down from the last key before one (nil: from the very last), through
// the keys that begin with a prefix (nil: all).
func (t *Tx) Descend(b Bucket, before, prefix []byte) *Walk {
	w := t.walk(b, prefix)
	w.down = true
	full := bytes.Clone(t.whole(b, before))
	if before == nil {
		full = []byte{byte(b) + 1}
	}
	for i, table := range w.tables {
		if table != nil {
			w.nodes[i] = w.mine(table.below(full, t.at))
		}
	}
	if w.c != nil {
		if before != nil {
			w.ck, _ = w.c.Seek(before)
		}
		if w.ck != nil {
			w.ck, w.cv = w.c.Prev()
		} else {
			w.ck, w.cv = w.c.Last()
		}
	}
	w.Next()
	return w
}

func (t *Tx) walk(b Bucket, prefix []byte) *Walk {
	w := &Walk{t: t, bucket: b, prefix: prefix, tables: t.tables(b)}
	if bucket := t.bucket(b); bucket != nil {
		w.c = bucket.Cursor()
	}
	return w
}

// mine is nil for a node of another bucket.
func (w *Walk) mine(n *node) *node {
	if n != nil && Bucket(n.key[0]) != w.bucket {
		return nil
	}
	return n
}

// Valid tells whether it stands on a key.
func (w *Walk) Valid() bool { return w.ok }

// Key is the key that it stands on.
func (w *Walk) Key() []byte { return w.key }

// Value is that key's value.
func (w *Walk) Value() []byte { return w.val }

// Next goes on to the next key that has a value.
func (w *Walk) Next() {
	for {
		w.key = w.nearest()
		if w.ok = w.key != nil && bytes.HasPrefix(w.key, w.prefix); !w.ok {
			return
		}
		if w.val = w.take(); w.val != nil {
			return
		}
	}
}

// nearest is the next key of all sources; nil: none is left.
func (w *Walk) nearest() (key []byte) {
	key = w.ck
	for _, n := range w.nodes {
		if n == nil {
			continue
		}
		if k := n.key[1:]; key == nil || bytes.Compare(k, key) < 0 != w.down {
			key = k
		}
	}
	return key
}

// take gives the value of the key, of the newest source that has it, nil where it
// is deleted, and moves every source that stands on it.
func (w *Walk) take() (val []byte) {
	found := false
	for i, n := range w.nodes {
		if n == nil || !bytes.Equal(n.key[1:], w.key) {
			continue
		}
		if !found {
			val, found = n.val, true
		}
		if w.down {
			w.nodes[i] = w.mine(w.tables[i].below(n.key, w.t.at))
		} else {
			w.nodes[i] = w.mine(n.after(w.t.at))
		}
	}
	if w.ck == nil || !bytes.Equal(w.ck, w.key) {
		return val
	}
	if !found {
		if val = w.cv; val == nil {
			val = []byte{}
		}
	}
	if w.down {
		w.ck, w.cv = w.c.Prev()
	} else {
		w.ck, w.cv = w.c.Next()
	}
	return val
}
