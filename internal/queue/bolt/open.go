package bolt

import (
	"fmt"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"

	"go.etcd.io/bbolt"
)

// formatVersion is raised when an older program could not read the file any more.
const formatVersion = 1

// format makes the buckets of a new file and refuses one of a newer program.
func (s *Store) format() (err error) {
	if s.cbor, err = newFormat(); err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		if meta := tx.Bucket(bMeta); meta != nil {
			v := meta.Get(kFormat)
			if v == nil || len(v) != 8 {
				return fmt.Errorf("format: not a store of this program")
			}
			if num(v) > formatVersion {
				return fmt.Errorf("format %d: %w", num(v), queue.ErrNewer)
			}
		}
		for _, b := range buckets {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return fmt.Errorf("make bucket %s: %w", b, err)
			}
		}
		return tx.Bucket(bMeta).Put(kFormat, be(formatVersion))
	})
}

// recover turns what was being sent when the last process ended into deliveries
// of unknown outcome, due at once. It reads only those.
func (s *Store) recover() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		t := newWtx(s, tx)
		var sending []uint64
		t.scan(bState, []byte{stateByte[queue.Sending]}, func(k, _ []byte) bool {
			sending = append(sending, tail(k))
			return true
		})
		for _, seq := range sending {
			rules.Interrupt(t, t.Get(seq))
		}
		t.flush()
		return t.err
	})
}

func (s *Store) loadCounts() error {
	s.counts = map[queue.Count]int{}
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bCount).ForEach(func(k, v []byte) error {
			t, state := targetOf(k)
			s.counts[queue.Count{Target: t, State: stateOf[state[0]]}] = int(num(v))
			return nil
		})
	})
}
