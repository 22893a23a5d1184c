package sql

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/internal/codec"
)

// Sink inserts messages into exchange tables.
type Sink struct {
	config *sinkConfig
	codec  adapter.Codec
	b      *database
	now    func() time.Time
	log    *slog.Logger
}

// New builds a sink; settings with errors are refused with the first. It does
// not connect.
func New(s adapter.Settings, d adapter.Deps) (*Sink, error) {
	c, r := parseSink(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	dsn, err := c.connection.resolve(d)
	if err != nil {
		return nil, err
	}
	b, err := open(c.connection, dsn, s, true)
	if err != nil {
		return nil, err
	}
	return &Sink{config: c, codec: s.Codec, b: b, now: clock(d), log: logger(d)}, nil
}

func clock(d adapter.Deps) func() time.Time {
	if d.Now != nil {
		return d.Now
	}
	return time.Now
}

func logger(d adapter.Deps) *slog.Logger {
	if d.Log != nil {
		return d.Log
	}
	return slog.New(slog.DiscardHandler)
}

// Close ends the connections.
func (k *Sink) Close() error { return k.b.db.Close() }

// route finds by type, then by the longest prefix, then *.
func (k *Sink) route(messageType string) *route {
	var best *route
	for _, r := range k.config.routes {
		if r.name == messageType {
			return r
		}
		prefix, ok := strings.CutSuffix(r.name, "*")
		if ok && strings.HasPrefix(messageType, prefix) && (best == nil || len(r.name) > len(best.name)) {
			best = r
		}
	}
	return best
}

// RouteInfo implements adapter.Router.
func (k *Sink) RouteInfo(messageType string) (adapter.RouteInfo, bool) {
	r := k.route(messageType)
	if r == nil {
		return adapter.RouteInfo{}, false
	}
	return r.info, true
}

// Deliver implements adapter.Sink: one transaction that looks for the key and
// inserts where it is not there.
func (k *Sink) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	r := k.route(m.Type)
	if r == nil {
		return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Refused, Code: "rule", HoldReason: "refused",
			Err: fmt.Errorf("no route takes type %s", m.Type)}
	}
	rows, await, err := k.rows(r, m)
	if err != nil {
		return adapter.Ack{}, err
	}
	ack := adapter.Ack{}
	if r.poll != nil {
		ack.Await = await
	}
	err = k.insert(ctx, r, m.Key, rows)
	if err != nil && r.key != nil && k.b.of(err).class == unique {
		// Somebody was faster, or an earlier attempt's commit came through only now.
		if taken, again := k.taken(ctx, r, m.Key); again == nil && taken {
			return ack, nil
		}
	}
	if err != nil {
		return adapter.Ack{}, err
	}
	return ack, nil
}

// rows reads the document: the rows of each table of insert, the key filled in.
// await is the reference under which a polled row is found again.
func (k *Sink) rows(r *route, m adapter.Message) (rows map[string][]codec.Value, await string, err error) {
	doc, err := codec.Decode(m.Document, codec.Options{Format: "rows", Charset: k.codec.Charset})
	if err != nil || doc.Kind != codec.Object {
		return nil, "", refused("the document is no mapping of tables to rows")
	}
	rows = map[string][]codec.Value{}
	for _, t := range doc.Members {
		if t.Value.Kind != codec.Array && t.Value.Kind != codec.Null {
			return nil, "", refused("table %s of the document is no list of rows", t.Name)
		}
		if len(t.Value.Items) > 0 && !slices.Contains(r.insert, t.Name) {
			return nil, "", refused("the document has rows of table %s, which insert does not list", t.Name)
		}
		for _, row := range t.Value.Items {
			if row.Kind != codec.Object {
				return nil, "", refused("table %s of the document is no list of rows", t.Name)
			}
		}
		rows[t.Name] = t.Value.Items
	}
	if r.key != nil {
		if _, err := fill(rows, r.key.table, r.key.column, m.Key); err != nil {
			return nil, "", err
		}
		for _, row := range rows[r.key.table] {
			if v := member(row, r.key.column); v == nil || v.Text != m.Key {
				return nil, "", refused("column %s of table %s is not the message's key", r.key.column, r.key.table)
			}
		}
	}
	if r.poll != nil {
		if await, err = fill(rows, r.poll.table, r.poll.key, m.Key); err != nil {
			return nil, "", err
		}
	}
	return rows, await, nil
}

// fill puts the key into a column where the document does not, and gives the
// first row's value.
func fill(rows map[string][]codec.Value, table, column, key string) (string, error) {
	if len(rows[table]) == 0 {
		return "", refused("the document has no row of table %s, where its key stands", table)
	}
	filled := make([]codec.Value, len(rows[table]))
	for i, row := range rows[table] {
		row.Members = slices.Clone(row.Members)
		v := member(row, column)
		switch {
		case v == nil:
			row.Members = append(row.Members, codec.Member{Name: column, Value: codec.Str(key)})
		case v.Kind == codec.Null || v.Kind == codec.Absent || v.Text == "" && v.Kind == codec.String:
			*v = codec.Str(key)
		case v.Kind != codec.String && v.Kind != codec.Number:
			return "", refused("column %s of table %s can be no key", column, table)
		}
		filled[i] = row
	}
	rows[table] = filled
	return member(filled[0], column).Text, nil
}

// member finds a column whatever the case of its letters.
func member(row codec.Value, column string) *codec.Value {
	if v, ok := row.Get(column); ok {
		return v
	}
	for i := range row.Members {
		if strings.EqualFold(row.Members[i].Name, column) {
			return &row.Members[i].Value
		}
	}
	return nil
}
