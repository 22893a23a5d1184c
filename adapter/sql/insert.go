package sql

import (
	"context"
	"fmt"
	"slices"

	"duijie/adapter"
	"duijie/internal/codec"
)

// maxParameters bounds the parameters of one INSERT, under every driver's limit.
const maxParameters = 900

// insert looks for the key and inserts the rows where it is not there, all in
// one transaction. Nil: they stand in the tables.
func (k *Sink) insert(ctx context.Context, r *route, key string, rows map[string][]codec.Value) error {
	tx, err := k.b.begin(ctx)
	if err != nil {
		return k.b.failed(ctx, "connect", err, beforeInsert)
	}
	defer tx.Rollback() // after Commit it does nothing
	if r.key != nil {
		found, err := k.lookup(ctx, tx, r.key, key)
		if err != nil || found {
			return err
		}
	}
	var statements []tableStatement
	for _, name := range r.insert {
		if len(rows[name]) == 0 {
			continue
		}
		t, err := k.b.table(ctx, tx, name)
		if err != nil {
			return err
		}
		list, err := k.b.inserts(t, rows[name])
		if err != nil {
			return err
		}
		statements = append(statements, list...)
	}
	if len(statements) == 0 {
		return refused("the document has no row for any table of the route")
	}
	adapter.SentOf(ctx).Mark()
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s.String(), s.args...); err != nil {
			if k.b.of(err).class == missing {
				k.b.forget()
			}
			return k.b.failed(ctx, "insert into "+s.table, err, inserting)
		}
	}
	if err := tx.Commit(); err != nil {
		return k.b.failed(ctx, "commit", err, committing)
	}
	return nil
}

// taken asks in a transaction of its own whether the key is there.
func (k *Sink) taken(ctx context.Context, r *route, key string) (bool, error) {
	tx, err := k.b.begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	return k.lookup(ctx, tx, r.key, key)
}

// lookup asks for the key in its table, then where its row may have moved.
func (k *Sink) lookup(ctx context.Context, q querier, p *keyPlace, key string) (bool, error) {
	for _, name := range append([]string{p.table}, p.also...) {
		t, err := k.b.table(ctx, q, name)
		if err != nil {
			return false, err
		}
		c, err := t.need(p.column)
		if err != nil {
			return false, err
		}
		v, err := k.b.write(codec.Str(key), c)
		if err != nil {
			return false, err
		}
		s := k.b.statement("SELECT COUNT(*) FROM ", t.quoted, " WHERE ").equals(c, v)
		found, err := k.b.query(ctx, q, s, []column{{name: "count", kind: integer}})
		if err != nil {
			return false, k.b.failed(ctx, "look for the key in "+name, err, beforeInsert)
		}
		if len(found) == 1 && string(found[0].cells[0].raw) != "0" {
			return true, nil
		}
	}
	return false, nil
}

// tableStatement is an INSERT and the table that it is about.
type tableStatement struct {
	*statement
	table string
}

// inserts writes the statements for a table's rows: neighbours with the same
// columns go together.
func (b *database) inserts(t *table, rows []codec.Value) ([]tableStatement, error) {
	var out []tableStatement
	var before []string
	in := 0
	for _, row := range rows {
		var columns []column
		var values []any
		var names []string
		for _, m := range row.Members {
			if m.Value.Kind == codec.Absent {
				continue
			}
			c, ok := t.column(m.Name)
			if !ok {
				return nil, refused("table %s has no column %s", t.name, m.Name)
			}
			if slices.Contains(names, c.name) {
				return nil, refused("column %s of table %s stands twice in a row", m.Name, t.name)
			}
			v, err := b.write(m.Value, c)
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", t.name, err)
			}
			columns, values, names = append(columns, c), append(values, v), append(names, c.name)
		}
		if len(columns) == 0 {
			return nil, refused("a row of table %s has no column", t.name)
		}
		if b.d.many && slices.Equal(names, before) && in+len(values) <= maxParameters {
			last := out[len(out)-1]
			last.add(", (")
			last.values(columns, values)
			in += len(values)
			continue
		}
		s := b.statement("INSERT INTO ", t.quoted, " (")
		for i, c := range columns {
			if i > 0 {
				s.add(", ")
			}
			s.add(b.d.quote(c.name))
		}
		s.add(") VALUES (")
		s.values(columns, values)
		out = append(out, tableStatement{s, t.name})
		before, in = names, len(values)
	}
	return out, nil
}

// values adds one row's values and the bracket that ends them.
func (s *statement) values(columns []column, values []any) {
	for i := range columns {
		if i > 0 {
			s.add(", ")
		}
		s.value(columns[i], values[i])
	}
	s.add(")")
}
