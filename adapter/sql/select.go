package sql

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// record is one row as it was read.
type record struct {
	columns []column
	cells   []cell
}

// cell is the value of a column.
func (r record) cell(c column) cell {
	for i := range r.columns {
		if r.columns[i].name == c.name {
			return r.cells[i]
		}
	}
	return cell{null: true}
}

// value is the row as documents have it. The error names the columns whose bytes
// are no text; the value has them in base64.
func (b *database) value(r record) (codec.Value, error) {
	out := codec.Value{Kind: codec.Object, Members: make([]codec.Member, len(r.columns))}
	var bad []error
	for i, c := range r.columns {
		v, err := b.read(r.cells[i], c)
		if err != nil {
			bad = append(bad, err)
		}
		out.Members[i] = codec.Member{Name: c.shown, Value: v}
	}
	return out, errors.Join(bad...)
}

// query runs a select and reads all its rows.
func (b *database) query(ctx context.Context, q querier, s *statement, columns []column) ([]record, error) {
	rows, err := q.QueryContext(ctx, s.String(), s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []record
	for rows.Next() {
		r := record{columns: columns, cells: make([]cell, len(columns))}
		into := make([]any, len(columns))
		for i := range into {
			into[i] = &r.cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// condition adds WHERE's terms; identifiers are those of the catalogue.
func (s *statement) condition(t *table, c condition) error {
	if len(c) == 0 {
		s.add("1 = 1")
		return nil
	}
	s.add("(")
	for i, all := range c {
		if i > 0 {
			s.add(" OR ")
		}
		for j, one := range all {
			if j > 0 {
				s.add(" AND ")
			}
			col, err := t.need(one.column)
			if err != nil {
				return err
			}
			v, err := s.b.write(codec.Str(one.literal), col)
			if err != nil {
				return err
			}
			s.add(s.b.d.compare(col), " ", one.op, " ").value(col, v)
		}
	}
	s.add(")")
	return nil
}

// canonical is a document without its volatile columns, members sorted: what
// decides whether a row that comes again says something new. A volatile column is
// COLUMN, of the table read, or TABLE.COLUMN.
func canonical(doc codec.Value, table string, volatile []string) []byte {
	all := doc.AnyExact()
	tables, _ := all.(map[string]any)
	drop := func(table, column string) {
		rows, _ := tables[table].([]any)
		for _, r := range rows {
			if m, ok := r.(map[string]any); ok {
				delete(m, column)
			}
		}
	}
	for _, v := range volatile {
		drop(table, v)
		for t := range tables {
			if len(v) > len(t)+1 && v[:len(t)+1] == t+"." {
				drop(t, v[len(t)+1:])
			}
		}
	}
	for t := range tables {
		if rows, ok := tables[t].([]any); ok {
			sortRows(rows)
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		return nil // a tree of a decoded document always encodes
	}
	return out
}

// sortRows puts rows in one order, for the database's means nothing.
func sortRows(rows []any) {
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	slices.SortFunc(rows, func(a, b any) int { return strings.Compare(text(a), text(b)) })
}
