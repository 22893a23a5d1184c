package sim

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// hand writes what a clerk says into its tables and waits until the gateway has
// marked it; said again, the row is set back to 0.
func (l *l3) hand(ctx context.Context, _ string, sent Sent, s saying) error {
	var doc map[string][]object
	if err := json.Unmarshal(s.body, &doc); err != nil {
		return err
	}
	l.ledger.Try(sent)
	for l.within(ctx, func(tx *sql.Tx) error { return l3Write(ctx, tx, s, doc) }) != nil { // locked: again
		if !l3Sleep(ctx, l3Round) {
			return context.Cause(ctx)
		}
	}
	for {
		rows, err := l.rows(ctx, s.endpoint, "LSH = ? AND DQZT = '1'", s.serial)
		if err == nil && len(rows) == 1 {
			l.ledger.Accept(sent.Key, "", time.Now()) // it was marked up to one round ago: good for order, short for latency
			return nil
		}
		if !l3Sleep(ctx, l3Round) {
			return context.Cause(ctx)
		}
	}
}

// l3Write inserts a saying's rows, or sets a row that is there already back to 0.
func l3Write(ctx context.Context, tx *sql.Tx, s saying, doc map[string][]object) error {
	res, err := tx.ExecContext(ctx, "UPDATE "+s.endpoint+" SET DQZT = '0' WHERE LSH = ?", s.serial)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(doc)) {
		for _, row := range doc[table] {
			if err := l3Insert(ctx, tx, table, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// l3Sleep is false where ctx ended meanwhile.
func l3Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
