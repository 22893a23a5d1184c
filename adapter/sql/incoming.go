package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// incoming makes a message of a row and its children. ready is false where
// complete says that they are not all there yet. What is wrong with the row makes
// the message unreadable; an error is the database's.
func (l *reader) incoming(ctx context.Context, q querier, row record) (in adapter.Incoming, ready bool, err error) {
	value, bad := l.b.value(row)
	doc := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: l.read.table, Value: codec.Value{Kind: codec.Array, Items: []codec.Value{value}}}}}
	for _, c := range l.read.children {
		items, unreadable, err := l.children(ctx, q, c, row)
		if err != nil {
			return in, false, err
		}
		if bad == nil {
			bad = unreadable
		}
		doc.Members = append(doc.Members, codec.Member{Name: c.table, Value: codec.Value{Kind: codec.Array, Items: items}})
	}
	in = adapter.Incoming{Endpoint: l.read.table, Type: l.read.typ, ReissueHold: l.read.hold}
	if in.Document, err = codec.Encode(nil, doc, codec.Options{Format: "rows"}); err != nil {
		return in, false, fmt.Errorf("table %s: %w", l.read.table, err)
	}
	scope := expr.NewScope(expr.Vars{Row: &value, Body: &doc})
	if l.read.complete != nil && bad == nil {
		if ok, err := l.read.complete.True(scope); err != nil || !ok {
			l.once(ctx, "complete", "", err)
			return in, false, nil
		}
	}
	if err := l.identify(&in, value, scope); err != nil && bad == nil {
		bad = err
	}
	if bad == nil {
		if bad, err = l.detach(ctx, &doc, &in); err != nil {
			return in, false, err
		}
	}
	in.Unreadable = bad != nil
	if in.Unreadable {
		l.once(ctx, "row", in.ID, fmt.Errorf("a row is handed on as unreadable: %w", bad))
	}
	in.Content = canonical(doc, l.read.table, l.read.volatile)
	return in, true, nil
}

// detach stores the attachments that stand in columns, and puts what stands for
// them there. bad is what is wrong with the row; an error is the gateway's own.
func (l *reader) detach(ctx context.Context, doc *codec.Value, in *adapter.Incoming) (bad, err error) {
	if l.read.materials == nil {
		return nil, nil
	}
	digests, err := l.read.materials.Keep(ctx, l.keeper, doc, nil)
	var wrong *attach.Bad
	switch {
	case errors.As(err, &wrong):
		return wrong, nil
	case err != nil:
		return nil, fmt.Errorf("table %s: store an attachment: %w", l.read.table, err)
	case len(digests) == 0:
		return nil, nil
	}
	in.Materials = digests
	in.Document, err = codec.Encode(nil, *doc, codec.Options{Format: "rows"})
	return err, nil
}

// identify sets what expressions say of the message. Where one fails, the row's
// key stands in and the message is unreadable.
func (l *reader) identify(in *adapter.Incoming, row codec.Value, scope *expr.Scope) error {
	if v, ok := template.Lookup(&row, `"`+l.read.key+`"`); ok {
		in.ID = v
	}
	if l.read.dedupe != nil {
		id, err := l.read.dedupe.Text(scope)
		if err != nil {
			return fmt.Errorf("dedupe: %w", err)
		}
		if id != "" {
			in.ID = id
		}
	}
	if l.read.typeOf != nil {
		v, err := l.read.typeOf.Text(scope)
		if err != nil {
			return fmt.Errorf("type: %w", err)
		}
		if in.Type = l.read.types[v]; in.Type == "" {
			return fmt.Errorf("type: a value that is not listed")
		}
	}
	if l.read.lane != nil {
		lane, err := l.read.lane.Text(scope)
		if err != nil {
			return fmt.Errorf("lane: %w", err)
		}
		in.Lane = lane
	}
	if l.read.time != nil {
		if v, err := l.read.time.Text(scope); err == nil {
			in.Time = eventTime(v, l.read.pattern)
		}
	}
	return nil
}

// eventTime reads a time; the zero time, where it is none, stands for the arrival.
func eventTime(s, pattern string) time.Time {
	if pattern != "" {
		t, _ := template.ParseTime(s, pattern)
		return t
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t
	}
	t, _ := time.ParseInLocation("2006-01-02 15:04:05", s, shanghai) // takes a fraction too
	return t
}

// children reads the rows that belong to a row.
func (l *reader) children(ctx context.Context, q querier, c child, row record) (items []codec.Value, unreadable, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.b.timeout)
	defer cancel()
	t, err := l.b.table(ctx, q, c.table)
	if err != nil {
		return nil, nil, err
	}
	parent, err := l.b.table(ctx, q, l.read.table)
	if err != nil {
		return nil, nil, err
	}
	var spelled []string
	where := &statement{b: l.b}
	for i, on := range c.on {
		own, err := t.need(on.child)
		if err != nil {
			return nil, nil, err
		}
		theirs, err := parent.need(on.parent)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			where.add(" AND ")
		}
		where.equals(own, l.b.param(row.cell(theirs), theirs))
		spelled = append(spelled, on.child)
	}
	columns := t.all(spelled...)
	s := l.b.statement("SELECT ").selected(columns).add(" FROM ", t.quoted, " WHERE ", where.String())
	s.args = where.args
	found, err := l.b.query(ctx, q, s, columns)
	if err != nil {
		return nil, nil, l.failed(ctx, "read "+c.table, err)
	}
	items = []codec.Value{}
	for _, one := range found {
		v, bad := l.b.value(one)
		if bad != nil {
			unreadable = fmt.Errorf("table %s: %w", c.table, bad)
		}
		items = append(items, v)
	}
	return items, unreadable, nil
}
