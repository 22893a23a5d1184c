package bolt

import (
	"errors"
	"fmt"

	"duijie/internal/queue"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ReadUnits reads what a store that nobody serves from keeps of the units, and
// changes nothing. ErrLocked: a gateway is using it.
func ReadUnits(path string) ([]queue.UnitState, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout, NoStatistics: true})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, queue.ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("read store %s: %w", path, err)
	}
	defer db.Close()
	cbor, err := newFormat()
	if err != nil {
		return nil, err
	}
	var units []queue.UnitState
	err = db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bUnit)
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, v []byte) error {
			var u queue.UnitState
			if err := cbor.dec.Unmarshal(v, &u); err != nil {
				return fmt.Errorf("decode a unit's state: %w", err)
			}
			units = append(units, u)
			return nil
		})
	})
	return units, err
}
