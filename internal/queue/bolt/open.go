package bolt

import (
	"errors"
	"fmt"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"

	"go.etcd.io/bbolt"
)

// formatVersion is raised when an older program could not read the file any more.
// 2: a journal, and fewer indexes. 3: spans, which an older one would not keep.
const formatVersion = 3

// format makes the buckets of a new file, refuses one of a newer program, and
// makes the indexes of an older one anew.
func (s *Store) format() (err error) {
	if s.cbor, err = newFormat(); err != nil {
		return err
	}
	was, err := formatOf(s.db)
	if err != nil {
		return err
	}
	if s.file, err = journal.Open(s.db, names, straight...); err != nil {
		return err
	}
	if s.seq, err = s.lastSequence(); err != nil {
		return err
	}
	if was == formatVersion {
		return nil
	}
	if was == 1 {
		if err := s.rebuild(); err != nil {
			return fmt.Errorf("from format %d: %w", was, err)
		}
	}
	w, err := s.file.Write()
	if err != nil {
		return err
	}
	if was == 2 {
		t := newWtx(s, w)
		t.coverAll()
		if t.flushSpans(); t.err != nil {
			return errors.Join(fmt.Errorf("from format %d: %w", was, t.err), w.Rollback())
		}
	}
	if err := w.Put(bMeta, kFormat, be(formatVersion)); err != nil {
		return errors.Join(err, w.Rollback())
	}
	return w.Commit()
}

// formatOf reads which format a file has; 0: it is new.
func formatOf(db *bbolt.DB) (n uint64, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(names[bMeta]))
		if meta == nil {
			return nil
		}
		v := meta.Get(kFormat)
		if len(v) != 8 {
			return fmt.Errorf("format: not a store of this program")
		}
		if n = num(v); n > formatVersion {
			return fmt.Errorf("format %d: %w", n, queue.ErrNewer)
		}
		return nil
	})
	return n, err
}

// lastSequence is the last sequence number given: of the last record, or what was
// written down when records went. Format 1 kept it with the records' bucket.
func (s *Store) lastSequence() (seq uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		seq = tx.Bucket([]byte(names[bRecord])).Sequence()
		return nil
	})
	if err != nil {
		return 0, err
	}
	return seq, s.file.View(func(tx *journal.Tx) error {
		if b := tx.Get(bMeta, kSequence); b != nil {
			seq = max(seq, num(b))
		}
		if w := tx.Descend(bRecord, nil, nil); w.Valid() {
			seq = max(seq, num(w.Key()))
		}
		return nil
	})
}

// recover turns what was being sent when the last process ended into deliveries
// of unknown outcome, due at once. It reads only those.
func (s *Store) recover() error {
	w, err := s.file.Write()
	if err != nil {
		return err
	}
	t := newWtx(s, w)
	var sending []uint64
	t.scan(bState, []byte{stateByte[queue.Sending]}, func(k, _ []byte) bool {
		sending = append(sending, tail(k))
		return true
	})
	for _, seq := range sending {
		rules.Interrupt(t, t.Get(seq))
	}
	t.flush()
	if t.err != nil || len(sending) == 0 {
		_ = w.Rollback() // nothing was written; the transaction's own error says why
		return t.err
	}
	return w.Commit()
}

func (s *Store) loadCounts() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = map[queue.Count]int{}
	return s.file.View(func(tx *journal.Tx) error {
		for w := tx.Ascend(bCount, nil, nil); w.Valid(); w.Next() {
			t, state := targetOf(w.Key())
			s.counts[queue.Count{Target: t, State: stateOf[state[0]]}] = int(num(w.Value()))
		}
		return nil
	})
}
