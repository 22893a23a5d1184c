package bolt

import (
	"errors"
	"fmt"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ReadUnits reads what a store that nobody serves from keeps of the units, and
// changes nothing. ErrLocked: a gateway is using it.
func ReadUnits(path string) (units []queue.UnitState, err error) {
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
	file, err := journal.Open(db, names, straight...)
	if err != nil {
		return nil, fmt.Errorf("read store %s: %w", path, err)
	}
	err = file.View(func(tx *journal.Tx) error {
		units, err = readUnits(tx, cbor)
		return err
	})
	return units, err
}

func readUnits(tx *journal.Tx, cbor format) (units []queue.UnitState, err error) {
	for w := tx.Ascend(bUnit, nil, nil); w.Valid(); w.Next() {
		var u queue.UnitState
		if err := cbor.dec.Unmarshal(w.Value(), &u); err != nil {
			return nil, fmt.Errorf("decode a unit's state: %w", err)
		}
		units = append(units, u)
	}
	return units, nil
}

func (s *Store) loadUnits() error {
	s.units = map[string]queue.UnitState{}
	return s.file.View(func(tx *journal.Tx) error {
		units, err := readUnits(tx, s.cbor)
		for _, u := range units {
			s.units[u.Code] = u
		}
		return err
	})
}
