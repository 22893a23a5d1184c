package sql

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"duijie/adapter"
)

// Source reads what the local system puts into its exchange tables.
type Source struct {
	config *sourceConfig
	b      *database
	keeper adapter.MaterialKeeper
	log    *slog.Logger
}

// NewSource builds a source; settings with errors are refused with the first. It
// does not connect.
func NewSource(s adapter.Settings, d adapter.Deps) (*Source, error) {
	c, r := parseSource(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	dsn, err := c.connection.resolve(d)
	if err != nil {
		return nil, err
	}
	b, err := open(c.connection, dsn, s, false)
	if err != nil {
		return nil, err
	}
	return &Source{config: c, b: b, keeper: d.Materials, log: logger(d)}, nil
}

// Close ends the connections.
func (s *Source) Close() error { return s.b.db.Close() }

// Run implements adapter.Source. Each table is read by a goroutine of its own, so
// that one that is broken stops no other; a failure is tried again after every.
func (s *Source) Run(ctx context.Context, in adapter.Intake) error {
	var g errgroup.Group
	for _, r := range s.config.reads {
		g.Go(func() error {
			l := &reader{b: s.b, keeper: s.keeper, read: r, in: in, durable: map[string][32]byte{}, notices: newNotices(s.log.With("table", r.table))}
			for ctx.Err() == nil {
				l.pass(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(r.every):
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// reader is the loop over one table. It belongs to one goroutine.
type reader struct {
	b    *database
	read *read
	in   adapter.Intake
	// keeper keeps attachments.
	keeper adapter.MaterialKeeper
	// durable has, by key, the digest of rows that were accepted and could not be
	// marked: they are only marked when they are seen again.
	durable map[string][32]byte
	// unlocked is set once the database refused to lock rows.
	unlocked bool
	notices
}

// maxDurable bounds what is remembered of rows that cannot be marked.
const maxDurable = 100_000

// pass reads all rows that are there, batch by batch. Rows that stay (incomplete,
// refused, unmarkable) are passed over: the next batch begins behind them.
func (l *reader) pass(ctx context.Context) {
	stay := 0
	seen := map[string]bool{}
	for ctx.Err() == nil {
		keys, err := l.keys(ctx, stay)
		l.once(ctx, "read", "", err)
		if err != nil {
			return
		}
		for _, key := range keys {
			if ctx.Err() != nil {
				return
			}
			again := seen[string(key.raw)]
			seen[string(key.raw)] = true
			if again { // marked, and still there: the mark does not make where false
				stay++
				continue
			}
			gone, err := l.one(ctx, key)
			if err != nil {
				l.once(ctx, "accept", "", err)
				return
			}
			if !gone {
				stay++
			}
		}
		l.once(ctx, "accept", "", nil)
		if len(keys) < l.read.batch {
			return
		}
	}
}

// keys lists the keys of a batch.
func (l *reader) keys(ctx context.Context, offset int) ([]cell, error) {
	ctx, cancel := context.WithTimeout(ctx, l.b.timeout)
	defer cancel()
	t, _, err := l.table(ctx, l.b.db)
	if err != nil {
		return nil, err
	}
	s, key, err := l.keysStatement(t, offset)
	if err != nil {
		return nil, err
	}
	found, err := l.b.query(ctx, l.b.db, s, []column{key})
	if err != nil {
		return nil, l.failed(ctx, "read "+t.name, err)
	}
	out := make([]cell, len(found))
	for i := range found {
		out[i] = found[i].cells[0]
	}
	return out, nil
}

func (l *reader) keysStatement(t *table, offset int) (*statement, column, error) {
	key, err := t.need(l.read.key)
	if err != nil {
		return nil, key, err
	}
	s := l.b.statement("SELECT ", l.b.d.read(key, l.b.charset != ""), " AS K FROM ", t.quoted, " WHERE ")
	if err := s.condition(t, l.read.where); err != nil {
		return nil, key, err
	}
	s.add(" ORDER BY ")
	for i, o := range l.read.order {
		c, err := t.need(o.column)
		if err != nil {
			return nil, key, err
		}
		if i > 0 {
			s.add(", ")
		}
		s.add(l.b.d.quote(c.name))
		if o.down {
			s.add(" DESC")
		}
	}
	paged := &statement{b: l.b, args: s.args}
	return paged.add(l.b.d.page(s.String(), offset, l.read.batch)), key, nil
}

func (l *reader) table(ctx context.Context, q querier) (*table, column, error) {
	t, err := l.b.table(ctx, q, l.read.table)
	if err != nil {
		return nil, column{}, err
	}
	key, err := t.need(l.read.key)
	return t, key, err
}

// failed is a read's failure; a table that is missing may have been altered.
func (l *reader) failed(ctx context.Context, what string, err error) error {
	if l.b.of(err).class == missing {
		l.b.forget()
	}
	return l.b.failed(ctx, what, err, beforeInsert)
}
