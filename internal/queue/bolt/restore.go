package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// Snapshot gives a consistent copy of the whole file as it stands: its size, and a
// way to write exactly so many bytes. What is put meanwhile is not in it, and waits
// for nothing.
func (s *Store) Snapshot(take func(size int64, write func(w io.Writer) error) error) error {
	err := s.file.View(func(tx *journal.Tx) error {
		return take(tx.Size(), func(w io.Writer) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("snapshot of the store: %w", err)
	}
	return nil
}

// Recover marks every open delivery of a store that came from a backup.
func (s *Store) Recover(ctx context.Context, at time.Time) (int, error) {
	var open []uint64
	err := s.read(func(v *view) {
		for _, state := range []queue.State{queue.Queued, queue.Sending, queue.Awaiting, queue.Held} {
			v.scan(bState, []byte{stateByte[state]}, func(k, _ []byte) bool {
				open = append(open, tail(k))
				return true
			})
		}
	})
	if err != nil {
		return 0, fmt.Errorf("recover: %w", err)
	}
	total := 0
	for len(open) > 0 {
		piece := open[:min(len(open), purgeAtOnce)]
		open = open[len(piece):]
		n := 0
		err := s.write(ctx, "recover", 0, func(t *wtx) {
			for _, seq := range piece {
				if rules.PossiblySent(t, t.Get(seq), at) {
					n++
				}
			}
		})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// Check walks every page of the file and gives what is wrong with it.
func (s *Store) Check() error {
	var found []error
	err := s.file.View(func(tx *journal.Tx) error {
		for err := range tx.Check() {
			found = append(found, err)
		}
		return nil
	})
	return errors.Join(append(found, err)...)
}
