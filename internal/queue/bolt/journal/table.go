package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
)

// maxHeight is enough for a few hundred thousand entries at one in four.
const maxHeight = 10

// chunkBytes is what entries' bytes are taken from at once.
const chunkBytes = 64 << 10

// nodeBytes is about what an entry needs beside its own bytes.
const nodeBytes = 136

// table is a skip list, sorted by key and, of one key, the newest first. One
// goroutine writes and any number read at the same time: a node is linked when it
// is complete, and a reader passes by what is younger than its own moment.
type table struct {
	head  [maxHeight]atomic.Pointer[node]
	index *index
	count atomic.Int64
	size  int    // bytes, about; the writer's own, as all below
	chunk []byte // that the next entry's bytes come from
	nodes []node
	links []atomic.Pointer[node]
	rand  *rand.Rand
	name  []byte // of the bucket that holds its journal
}

// node is one value of one key at one commit.
type node struct {
	a, b uint64 // the key's first 16 bytes: most comparisons end there
	key  []byte // number of the bucket, then the key
	val  []byte // nil: deleted
	at   uint64 // commit
	next []atomic.Pointer[node]
}

func newTable(name []byte) *table {
	return &table{name: name, index: newIndex(), rand: rand.New(rand.NewPCG(1, 2))}
}

// sought is a key that is looked for.
type sought struct {
	a, b uint64
	key  []byte
}

func seeking(key []byte) sought {
	var head [16]byte
	copy(head[:], key)
	return sought{binary.BigEndian.Uint64(head[:8]), binary.BigEndian.Uint64(head[8:]), key}
}

// compare is bytes.Compare of a node's key and one that is looked for.
func (n *node) compare(s sought) int {
	switch {
	case n.a != s.a:
		return cmp.Compare(n.a, s.a)
	case n.b != s.b:
		return cmp.Compare(n.b, s.b)
	}
	return bytes.Compare(n.key, s.key)
}

// before tells whether a node stands before a key at a commit.
func (n *node) before(s sought, at uint64) bool {
	c := n.compare(s)
	return c < 0 || c == 0 && n.at > at
}

// seek gives the first node at or behind a key's newest value of a commit or before it.
func (t *table) seek(key []byte, at uint64) *node {
	next := t.head[:]
	s := seeking(key)
	var n *node
	for level := maxHeight - 1; level >= 0; level-- {
		for n = next[level].Load(); n != nil && n.before(s, at); n = next[level].Load() {
			next = n.next
		}
	}
	return n
}

// get gives a key's value as of a commit; nil: the table says nothing of it.
func (t *table) get(key []byte, at uint64) *node {
	n := t.index.find(key)
	for n != nil && n.at > at {
		if n = n.next[0].Load(); n != nil && !bytes.Equal(n.key, key) {
			return nil
		}
	}
	return n
}

// visible goes on from a node to the first that a commit sees.
func visible(n *node, at uint64) *node {
	for n != nil && n.at > at {
		n = n.next[0].Load()
	}
	return n
}

// after goes on to the next key that a commit sees.
func (n *node) after(at uint64) *node {
	next := n.next[0].Load()
	for next != nil && (next.at > at || bytes.Equal(next.key, n.key)) {
		next = next.next[0].Load()
	}
	return next
}

// below gives what a commit sees of the last key before one; nil: none.
func (t *table) below(key []byte, at uint64) *node {
	for {
		next, s := t.head[:], seeking(key)
		var last *node
		for level := maxHeight - 1; level >= 0; level-- {
			for n := next[level].Load(); n != nil && n.compare(s) < 0; n = next[level].Load() {
				last, next = n, n.next
			}
		}
		if last == nil {
			return nil
		}
		if n := t.get(last.key, at); n != nil {
			return n
		}
		key = last.key
	}
}

// path gives, of every level, the links that lead to a key at a commit.
func (t *table) path(key []byte, at uint64) (path [maxHeight]*atomic.Pointer[node]) {
	next, s := t.head[:], seeking(key)
	for level := maxHeight - 1; level >= 0; level-- {
		for n := next[level].Load(); n != nil && n.before(s, at); n = next[level].Load() {
			next = n.next
		}
		path[level] = &next[level]
	}
	return path
}

// set keeps a value; the slices stay the table's. It gives the new node; nil: the
// same commit had set the key before, and has it replaced.
func (t *table) set(key, val []byte, at uint64) *node {
	path := t.path(key, at)
	if n := path[0].Load(); n != nil && n.at == at && bytes.Equal(n.key, key) {
		n.val = val // no reader sees this commit yet
		return nil
	}
	height := 1
	for height < maxHeight && t.rand.Uint32()&3 == 0 {
		height++
	}
	n := t.node(height)
	s := seeking(key)
	n.a, n.b, n.key, n.val, n.at = s.a, s.b, key, val, at
	for level := range n.next {
		n.next[level].Store(path[level].Load())
	}
	for level := range n.next {
		path[level].Store(n)
	}
	t.index.set(n)
	t.count.Add(1)
	return n
}

// node takes one from what is allocated ahead.
func (t *table) node(height int) *node {
	if len(t.nodes) == 0 {
		t.nodes = make([]node, 64)
	}
	if len(t.links) < height {
		t.links = make([]atomic.Pointer[node], 128)
	}
	n := &t.nodes[0]
	t.nodes = t.nodes[1:]
	n.next, t.links = t.links[:height:height], t.links[height:]
	return n
}

// drop takes a node out again, of a commit that failed. Readers that stand on it go on from it.
func (t *table) drop(n *node) {
	path := t.path(n.key, n.at)
	for level := range n.next {
		path[level].Store(n.next[level].Load())
	}
	t.index.drop(n)
	t.count.Add(-1)
}

// room gives the place for n bytes, with all that is free behind it as capacity;
// fresh tells that it does not follow the last.
func (t *table) room(n int) (place []byte, fresh bool) {
	if cap(t.chunk)-len(t.chunk) < n {
		t.chunk, fresh = make([]byte, 0, max(chunkBytes, n)), true
	}
	from := len(t.chunk)
	t.chunk = t.chunk[:from+n]
	t.size += n
	return t.chunk[from : from+n], fresh
}

// giveBack takes back what was too much of the last room.
func (t *table) giveBack(n int) {
	t.chunk = t.chunk[:len(t.chunk)-n]
	t.size -= n
}
