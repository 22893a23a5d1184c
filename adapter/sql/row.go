package sql

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"duijie/adapter"
	"duijie/internal/codec"
)

// one reads, accepts and marks the row of one key. The row is locked meanwhile
// where the database can do so: what is marked is then what was read, and a second
// reader passes it over. Where it cannot, nothing is held, and the mark asks for
// the row as it was read. Once begun it ends whatever becomes of ctx, within a
// limit. gone is false where the row stays as it is.
//
// An error ends the pass: the database or the gateway cannot go on. Anything that
// is wrong with this row alone does not.
func (l *reader) one(ctx context.Context, key cell) (gone bool, err error) {
	if key.null {
		l.once(ctx, "key", "", fmt.Errorf("a row without a value in %s cannot be marked and is not read", l.read.key))
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*l.b.timeout)
	defer cancel()
	q, done, end, err := l.work(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	rows, err := l.fetch(ctx, q, key)
	if err != nil && l.lockRefused(err) {
		l.unlocked = true
		l.log.Warn("reads without row locks", "reason", l.b.of(err).String())
		return false, nil
	}
	for _, row := range rows {
		var durable bool
		if durable, err = l.take(ctx, q, row, key); err != nil || !durable {
			break
		}
		gone = true
	}
	switch {
	case err != nil && l.b.of(err).class == data: // the server itself cannot read the row or its children
		end()
		return l.takeUnreadable(ctx, key)
	case err != nil:
		return false, err
	case !gone, len(l.read.mark) == 0:
		return false, nil
	}
	return l.marked(ctx, q, done, key, func(s *statement, t *table) error { return l.asRead(s, t, rows[0]) }), nil
}

// work gives what a row is read and marked by: a transaction, done being its
// commit, or the pool itself where rows cannot be locked. end may be called twice.
func (l *reader) work(ctx context.Context) (q querier, done func() error, end func(), err error) {
	if !l.b.d.locks() {
		return l.b.db, func() error { return nil }, func() {}, nil
	}
	tx, err := l.b.begin(ctx)
	if err != nil {
		return nil, nil, nil, l.failed(ctx, "connect", err)
	}
	return tx, tx.Commit, func() { tx.Rollback() }, nil // after Commit it does nothing
}

// lockRefused tells that rows cannot be locked here: no privilege, a view, an old server.
func (l *reader) lockRefused(err error) bool {
	f := l.b.of(err)
	return !l.unlocked && l.b.d.locks() && (f.class == denied || f.class == other)
}

// fetch reads the row of a key as long as it is to be read.
func (l *reader) fetch(ctx context.Context, q querier, key cell) ([]record, error) {
	t, c, err := l.table(ctx, q)
	if err != nil {
		return nil, err
	}
	columns := t.all(l.read.spelled()...)
	s := l.b.statement("SELECT ").selected(columns).add(" FROM ", t.quoted)
	if !l.unlocked {
		s.add(l.b.d.lockTable)
	}
	s.add(" WHERE ").equals(c, l.b.param(key, c)).add(" AND ")
	if err := s.condition(t, l.read.where); err != nil {
		return nil, err
	}
	if !l.unlocked {
		s.add(l.b.d.lockEnd)
	}
	rows, err := l.b.query(ctx, q, s, columns)
	if err != nil {
		return nil, l.failed(ctx, "read "+t.name, err)
	}
	return rows, nil
}

// take makes one row durable; false: it stays where it is, for now.
func (l *reader) take(ctx context.Context, q querier, row record, key cell) (durable bool, err error) {
	in, ready, err := l.incoming(ctx, q, row)
	if err != nil || !ready {
		return false, err
	}
	return l.accept(ctx, in, string(key.raw))
}

func (l *reader) accept(ctx context.Context, in adapter.Incoming, id string) (durable bool, err error) {
	sum := sha256.Sum256(in.Document)
	if l.durable[id] == sum {
		return true, nil
	}
	_, err = l.in.Accept(ctx, in)
	var refusal interface{ Status() int }
	switch {
	case errors.As(err, &refusal) && refusal.Status() < 500 && refusal.Status() != 429:
		l.once(ctx, "row", id, fmt.Errorf("a row stays where it is: %w", err))
		return false, nil
	case err != nil: // the gateway cannot take anything now
		return false, fmt.Errorf("accept a row of %s: %w", l.read.table, err)
	}
	if len(l.durable) >= maxDurable {
		clear(l.durable)
	}
	l.durable[id] = sum
	return true, nil
}

// marked says in the row that it was read, and commits. guard adds what must still
// hold. A row that cannot be marked stays, is durable, and is told of once.
func (l *reader) marked(ctx context.Context, q querier, done func() error, key cell, guard func(*statement, *table) error) bool {
	err := l.mark(ctx, q, done, key, guard)
	l.once(ctx, "mark", "", err)
	if err == nil {
		delete(l.durable, string(key.raw))
	}
	return err == nil
}

func (l *reader) mark(ctx context.Context, q querier, done func() error, key cell, guard func(*statement, *table) error) error {
	t, _, err := l.table(ctx, q)
	if err != nil {
		return err
	}
	s, err := l.markStatement(t, key, guard)
	if err != nil {
		return err
	}
	if _, err := q.ExecContext(ctx, s.String(), s.args...); err != nil {
		return l.failed(ctx, "mark a row of "+t.name, err)
	}
	if err := done(); err != nil {
		return l.failed(ctx, "mark a row of "+t.name, err)
	}
	return nil
}

func (l *reader) markStatement(t *table, key cell, guard func(*statement, *table) error) (*statement, error) {
	s := l.b.statement("UPDATE ", t.quoted, " SET ")
	for i, a := range l.read.mark {
		c, err := t.need(a.column)
		if err != nil {
			return nil, err
		}
		v, err := l.b.write(codec.Str(a.value), c)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			s.add(", ")
		}
		s.add(l.b.d.quote(c.name), " = ").value(c, v)
	}
	c, err := t.need(l.read.key)
	if err != nil {
		return nil, err
	}
	s.add(" WHERE ").equals(c, l.b.param(key, c))
	return s, guard(s, t)
}

// asRead adds that the row still has the status in which it was read: what
// somebody changed meanwhile is left alone and read again. Without a lock that
// goes for all of the row, whose text may have changed under the same status.
func (l *reader) asRead(s *statement, t *table, row record) error {
	for _, a := range l.read.mark {
		c, err := t.need(a.column)
		if err != nil {
			return err
		}
		s.add(" AND ").equals(c, l.b.param(row.cell(c), c))
	}
	if l.b.d.locks() {
		return nil
	}
	for i, c := range row.columns {
		switch cell := row.cells[i]; {
		case c.kind == bytes:
		case cell.null:
			s.add(" AND ").equals(c, nil)
		default:
			s.add(" AND ", l.b.d.read(c, l.b.charset != ""), " = ").value(c, string(cell.raw))
		}
	}
	return nil
}

// takeUnreadable accepts what is known of a row that the database cannot give: its
// key; and marks it without reading it.
func (l *reader) takeUnreadable(ctx context.Context, key cell) (gone bool, err error) {
	name := strings.ToValidUTF8(string(key.raw), "\uFFFD")
	row := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: l.read.key, Value: codec.Str(name)}}}
	doc := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: l.read.table, Value: codec.Value{Kind: codec.Array, Items: []codec.Value{row}}}}}
	raw, err := codec.Encode(nil, doc, codec.Options{Format: "rows"})
	if err != nil {
		return false, err
	}
	in := adapter.Incoming{Endpoint: l.read.table, Type: l.read.typ, ID: name, Document: raw, Unreadable: true}
	if durable, err := l.accept(ctx, in, string(key.raw)); err != nil || !durable || len(l.read.mark) == 0 {
		return false, err
	}
	q, done, end, err := l.work(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	return l.marked(ctx, q, done, key, func(s *statement, t *table) error {
		s.add(" AND ")
		return s.condition(t, l.read.where)
	}), nil
}
