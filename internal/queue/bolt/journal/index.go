package journal

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

// index finds a table's newest node of a key without going through its levels,
// and mostly tells at once that there is none. One writes, any number read.
type index struct {
	slots atomic.Pointer[[]atomic.Pointer[node]]
	used  int
	seed  maphash.Seed
}

// gone stands in a slot whose key is in the table no more.
var gone = &node{}

const leastSlots = 1 << 10

func newIndex() *index {
	x := &index{seed: maphash.MakeSeed()}
	slots := make([]atomic.Pointer[node], leastSlots)
	x.slots.Store(&slots)
	return x
}

// find gives the newest node of a key, of whatever commit; nil: none.
func (x *index) find(key []byte) *node {
	n := x.slot(*x.slots.Load(), key).Load()
	if n == gone {
		return nil
	}
	return n
}

// slot is where a key stands, or would.
func (x *index) slot(slots []atomic.Pointer[node], key []byte) *atomic.Pointer[node] {
	mask := uint64(len(slots) - 1)
	for i := maphash.Bytes(x.seed, key) & mask; ; i = (i + 1) & mask {
		if n := slots[i].Load(); n == nil || n != gone && bytes.Equal(n.key, key) {
			return &slots[i]
		}
	}
}

// set makes a node its key's newest.
func (x *index) set(n *node) {
	slots := *x.slots.Load()
	if x.used >= len(slots)/2 {
		slots = x.grow(slots)
	}
	s := x.slot(slots, n.key)
	if s.Load() == nil {
		x.used++
	}
	s.Store(n)
}

// grow doubles the slots; readers go on with the old ones, which were right when they began.
func (x *index) grow(old []atomic.Pointer[node]) []atomic.Pointer[node] {
	slots := make([]atomic.Pointer[node], 2*len(old))
	x.used = 0
	for i := range old {
		if n := old[i].Load(); n != nil && n != gone {
			x.slot(slots, n.key).Store(n)
			x.used++
		}
	}
	x.slots.Store(&slots)
	return slots
}

// drop takes a node out that was its key's newest; the one before it, if any, is again.
func (x *index) drop(n *node) {
	s := x.slot(*x.slots.Load(), n.key)
	if s.Load() != n {
		return
	}
	if before := n.next[0].Load(); before != nil && bytes.Equal(before.key, n.key) {
		s.Store(before)
		return
	}
	s.Store(gone)
}
