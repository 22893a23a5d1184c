package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
)

// Bucket is a bucket by its number among the names given to Open. Numbers stand
// in the journal: a name keeps its place for ever.
type Bucket byte

// names of the journals' own buckets; they take turns.
var (
	journalA = []byte("journal.a")
	journalB = []byte("journal.b")
)

// limitBytes is how much gathers before it is carried: a second of a busy
// gateway. More would mean fewer pages written a message, a longer start, and a
// longer list of free pages in each commit.
const limitBytes = 16 << 20

// File is the file with what has gathered.
type File struct {
	b        *bbolt.DB
	names    [][]byte
	straight []bool // by bucket

	writing sync.Mutex // held by the write transaction; guards carried
	carried []byte     // the key of the sealed table up to which all is in its place

	mu   sync.Mutex // guards cur and next
	cur  *moment
	next *moment // of the commit under way: bbolt shows it before its sync has returned
}

// moment is what belongs to one transaction of bbolt.
type moment struct {
	tx     int    // bbolt's number of it
	at     uint64 // the last commit
	active *table
	sealed *table // full, on its way to the buckets; nil: none
}

// Open makes the buckets that are missing, but in a file opened for reading only,
// and reads the journal. What is written to the straight ones goes to them at once:
// for what comes in the bucket's order and stays, and for queues, in which whoever
// looks for the first would have to pass by all that the journal says is gone.
func Open(b *bbolt.DB, names []string, straight ...Bucket) (*File, error) {
	f := &File{b: b, straight: make([]bool, len(names))}
	for _, n := range names {
		f.names = append(f.names, []byte(n))
	}
	for _, n := range straight {
		f.straight[n] = true
	}
	if !b.IsReadOnly() {
		err := b.Update(func(tx *bbolt.Tx) error {
			for _, name := range append([][]byte{journalA, journalB}, f.names...) {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return fmt.Errorf("make bucket %s: %w", name, err)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := b.View(f.load); err != nil {
		return nil, err
	}
	return f, nil
}

// load reads both journals. Where both have entries, the older was being carried.
func (f *File) load(tx *bbolt.Tx) error {
	a, b := newTable(journalA), newTable(journalB)
	m := &moment{tx: tx.ID(), active: a}
	first := map[*table][]byte{}
	for _, t := range []*table{a, b} {
		var last []byte
		var err error
		if first[t], last, err = read(tx, t); err != nil {
			return err
		}
		if last != nil {
			m.at = max(m.at, binary.BigEndian.Uint64(last))
		}
	}
	switch {
	case first[a] != nil && first[b] != nil && bytes.Compare(first[a], first[b]) < 0:
		m.active, m.sealed = b, a
	case first[a] != nil && first[b] != nil:
		m.active, m.sealed = a, b
	case first[b] != nil:
		m.active = b
	}
	f.cur = m
	return nil
}

// read fills a table from its journal and gives the journal's first and last key.
func read(tx *bbolt.Tx, t *table) (first, last []byte, err error) {
	b := tx.Bucket(t.name)
	if b == nil {
		return nil, nil, nil
	}
	var all []byte
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if first == nil {
			first = bytes.Clone(k)
		}
		last = bytes.Clone(k)
		all = append(all, v...)
	}
	t.size = len(all)
	for len(all) > 0 {
		key, val, rest, ok := decode(all)
		if !ok {
			return nil, nil, errors.New("the journal of the store cannot be read")
		}
		t.set(key, val, 0) // all older than any commit to come
		t.size += nodeBytes
		all = rest
	}
	return first, last, nil
}

// An entry in the journal is the length of its key, the key with its bucket
// first, the length of its value and one, or 0 where it is deleted, and the value.

func encodedLen(key, val []byte) int {
	return len(key) + len(val) + 1 + 2*binary.MaxVarintLen32
}

// encode writes an entry into buf and gives its parts there.
func encode(buf []byte, bucket Bucket, key, val []byte, deleted bool) (n int, k, v []byte) {
	n = binary.PutUvarint(buf, uint64(len(key)+1))
	from := n
	buf[n] = byte(bucket)
	n += 1 + copy(buf[n+1:], key)
	k = buf[from:n:n]
	if deleted {
		buf[n] = 0
		return n + 1, k, nil
	}
	n += binary.PutUvarint(buf[n:], uint64(len(val)+1))
	from = n
	n += copy(buf[n:], val)
	return n, k, buf[from:n:n]
}

func decode(buf []byte) (key, val, rest []byte, ok bool) {
	l, n := binary.Uvarint(buf)
	if n <= 0 || l == 0 || l > uint64(len(buf)-n) {
		return nil, nil, nil, false
	}
	key, buf = buf[n:n+int(l):n+int(l)], buf[n+int(l):]
	l, n = binary.Uvarint(buf)
	if n <= 0 || l > uint64(len(buf)-n)+1 {
		return nil, nil, nil, false
	}
	if l == 0 {
		return key, nil, buf[n:], true
	}
	end := n + int(l-1)
	return key, buf[n:end:end], buf[end:], true
}

// Pending tells that something has not been carried to its place.
func (f *File) Pending() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cur.sealed != nil || f.cur.active.count.Load() > 0
}
