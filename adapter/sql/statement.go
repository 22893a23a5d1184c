package sql

import (
	"strings"
)

// statement is SQL being written: text from settings and catalogue, values only as parameters.
type statement struct {
	b    *database
	text strings.Builder
	args []any
}

func (b *database) statement(parts ...string) *statement {
	s := &statement{b: b}
	return s.add(parts...)
}

func (s *statement) add(parts ...string) *statement {
	for _, p := range parts {
		s.text.WriteString(p)
	}
	return s
}

// value adds a placeholder for a value on its way into, or compared with, a column.
func (s *statement) value(c column, v any) *statement {
	s.args = append(s.args, v)
	return s.add(s.b.d.write(c, s.b.d.mark(len(s.args)), s.b.charset != ""))
}

// equals adds a comparison with a text as it was read; nil is NULL.
func (s *statement) equals(c column, v any) *statement {
	s.add(s.b.d.compare(c))
	if v == nil {
		return s.add(" IS NULL")
	}
	return s.add(" = ").value(c, v)
}

// selected adds the columns of a select.
func (s *statement) selected(columns []column) *statement {
	for i, c := range columns {
		if i > 0 {
			s.add(", ")
		}
		s.add(s.b.d.read(c, s.b.charset != ""))
	}
	return s
}

func (s *statement) String() string { return s.text.String() }
