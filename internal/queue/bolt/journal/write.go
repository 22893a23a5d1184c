package journal

import (
	"encoding/binary"
	"errors"
)

const (
	// pieceBytes is what the journal is cut into: two entries of bbolt a page.
	pieceBytes = 1990
	// straightBytes is the size from which a value goes to its bucket at once.
	straightBytes = 32 << 10
	// carryLeast is how many entries a commit carries at least, while some wait.
	carryLeast = 16
	pageBytes  = 4096
	// fill is how full a page may be where entries come in order.
	fill = 0.95
)

// Write is the one write transaction: a Tx that sees what it has written itself.
type Write struct {
	Tx
	nodes  []*node  // added to the table
	pieces [][]byte // of the journal
	open   bool     // the last piece can grow
	count  int
	// Carry is how many entries this commit is to carry to their places, beyond
	// twice as many as it has itself.
	Carry int
}

// Write begins the write transaction, when the one before has ended; errors are bbolt's.
func (f *File) Write() (*Write, error) {
	f.writing.Lock()
	b, err := f.b.Begin(true)
	if err != nil {
		f.writing.Unlock()
		return nil, err
	}
	return &Write{Tx: *f.tx(b, f.cur, f.cur.at+1)}, nil
}

// Rebuild begins a write transaction that passes the journal by, for changes of
// much of the file at once. Everything must have been carried before.
func (f *File) Rebuild() (*Write, error) {
	w, err := f.Write()
	if err != nil {
		return nil, err
	}
	if f.Pending() {
		return nil, errors.Join(errors.New("the journal is not empty"), w.Rollback())
	}
	w.rebuild = true
	return w, nil
}

// Put keeps a value. The value must not change before the commit.
func (w *Write) Put(b Bucket, key, val []byte) error {
	if w.rebuild || w.f.straight[b] || len(val) >= straightBytes && !w.known(b, key) {
		bucket := w.bucket(b)
		bucket.FillPercent = fill
		return bucket.Put(key, val)
	}
	w.set(b, key, val, false)
	return nil
}

// known tells whether a table has a word on a key, which would hide its bucket's.
func (w *Write) known(b Bucket, key []byte) bool {
	full := w.whole(b, key)
	for _, t := range w.tables(b) {
		if t != nil && t.get(full, w.at) != nil {
			return true
		}
	}
	return false
}

// Delete forgets a key.
func (w *Write) Delete(b Bucket, key []byte) error {
	if w.rebuild || w.f.straight[b] {
		return w.bucket(b).Delete(key)
	}
	w.set(b, key, nil, true)
	return nil
}

func (w *Write) set(b Bucket, key, val []byte, deleted bool) {
	t := w.m.active
	room, fresh := t.room(encodedLen(key, val))
	n, k, v := encode(room, b, key, val, deleted)
	t.giveBack(len(room) - n)
	w.journal(room[:n], fresh)
	if added := t.set(k, v, w.at); added != nil {
		w.nodes = append(w.nodes, added)
		t.size += nodeBytes
	}
	w.count++
}

// journal adds an entry to the pieces; one that follows the last in memory makes it longer.
func (w *Write) journal(entry []byte, fresh bool) {
	if last := len(w.pieces) - 1; w.open && !fresh {
		p := w.pieces[last]
		w.pieces[last] = p[:len(p)+len(entry)]
		return
	}
	w.pieces = append(w.pieces, entry)
	w.open = true
}

// Clear empties a bucket; for Rebuild alone.
func (w *Write) Clear(b Bucket) error {
	if !w.rebuild {
		return errors.New("a bucket is emptied in a rebuild only")
	}
	if err := w.b.DeleteBucket(w.f.names[b]); err != nil {
		return err
	}
	bucket, err := w.b.CreateBucket(w.f.names[b])
	w.buckets[b], w.cursors[b] = bucket, nil
	return err
}

// Rollback ends the transaction as if it had never been.
func (w *Write) Rollback() error {
	defer w.f.writing.Unlock()
	w.undo()
	return w.b.Rollback()
}

func (w *Write) undo() {
	for _, n := range w.nodes {
		w.m.active.drop(n)
		w.m.active.size -= nodeBytes
	}
	w.nodes = nil
}

// Needs is about how many bytes of pages the commit writes for what it carries.
func (w *Write) Needs() int {
	t := w.m.sealed
	if t == nil || w.rebuild {
		return 0
	}
	count := max(int(t.count.Load()), 1)
	return min(w.carries(), count) * (pageBytes + t.size/count)
}

// carries is how many entries the commit carries.
func (w *Write) carries() int { return max(carryLeast, 2*w.count, w.Carry) }

// append writes the journal's pieces.
func (w *Write) append() error {
	if len(w.pieces) == 0 {
		return nil
	}
	b := w.b.Bucket(w.m.active.name)
	b.FillPercent = 1
	n := uint32(0)
	for _, p := range w.pieces {
		for len(p) > 0 {
			size := min(len(p), pieceBytes)
			key := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(make([]byte, 0, 12), w.at), n)
			if err := b.Put(key, p[:size:size]); err != nil {
				return err
			}
			p, n = p[size:], n+1
		}
	}
	return nil
}

// carry takes entries of the sealed table to their buckets, behind those that were.
func (w *Write) carry(n int) (last []byte, done bool, err error) {
	t := w.m.sealed
	var at *node
	if w.f.carried == nil {
		at = t.head[0].Load()
	} else if at = t.get(w.f.carried, ^uint64(0)); at != nil {
		at = at.after(^uint64(0))
	}
	for ; at != nil && n > 0; n-- {
		last = at.key
		bucket := w.bucket(Bucket(at.key[0]))
		if at.val == nil {
			err = bucket.Delete(at.key[1:])
		} else {
			err = bucket.Put(at.key[1:], at.val)
		}
		if err != nil {
			return nil, false, err
		}
		at = at.after(^uint64(0))
	}
	if at != nil {
		return last, false, nil
	}
	if err := w.b.DeleteBucket(t.name); err != nil {
		return nil, false, err
	}
	_, err = w.b.CreateBucket(t.name)
	return nil, true, err
}

// Commit makes it durable; its error is bbolt's, and where it is one of a page
// that could not be written, nothing has changed.
func (w *Write) Commit() error {
	err := w.append()
	var carried []byte
	done := false
	if err == nil && w.m.sealed != nil {
		carried, done, err = w.carry(w.carries())
	}
	if err != nil {
		return errors.Join(err, w.Rollback())
	}
	defer w.f.writing.Unlock()
	next := &moment{tx: w.b.ID(), at: w.at, active: w.m.active, sealed: w.m.sealed}
	if done {
		next.sealed = nil
	}
	w.f.show(nil, next)
	if err := w.b.Commit(); err != nil {
		w.f.show(nil, nil)
		w.undo()
		return err
	}
	switch {
	case done:
		w.f.carried = nil
	case carried != nil:
		w.f.carried = carried
	}
	w.f.show(w.f.turn(next), nil)
	return nil
}

// show publishes moments; cur nil: it stays.
func (f *File) show(cur, next *moment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if cur != nil {
		f.cur = cur
	}
	f.next = next
}

// turn seals a full table.
func (f *File) turn(m *moment) *moment {
	if m.sealed != nil || m.active.size < limitBytes {
		return m
	}
	return m.sealedNow()
}

func (m *moment) sealedNow() *moment {
	other := journalA
	if string(m.active.name) == string(journalA) {
		other = journalB
	}
	return &moment{tx: m.tx, at: m.at, active: newTable(other), sealed: m.active}
}

// Seal begins to carry what has gathered, however little.
func (f *File) Seal() {
	f.writing.Lock()
	defer f.writing.Unlock()
	if f.cur.sealed == nil && f.cur.active.count.Load() > 0 {
		f.show(f.cur.sealedNow(), nil)
	}
}
