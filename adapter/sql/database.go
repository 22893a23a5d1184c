package sql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"duijie/adapter"
)

// mostConnections bounds what one sink or source opens.
const mostConnections = 32

// database is one open database: its dialect, its charset, and what its
// catalogue says of the tables used so far.
type database struct {
	db      *sql.DB
	d       *dialect
	charset string // empty: texts are what the driver says
	cut     string
	timeout time.Duration

	mu     sync.Mutex // guards tables
	tables map[string]*table
}

// column is one column as the catalogue has it.
type column struct {
	name  string // in the database's own spelling
	shown string // in the pack's
	typ   string
	kind  kind
}

// table is one table as the catalogue has it.
type table struct {
	name    string // in the pack's spelling
	quoted  string
	columns []column
}

// querier is a connection pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func open(c connection, dsn string, s adapter.Settings, writes bool) (*database, error) {
	d := dialects()[c.driver]
	if d == nil {
		return nil, fmt.Errorf("%s: sql settings name no driver", s.File)
	}
	if dsn == "" {
		return nil, fmt.Errorf("%s: sql settings have no dsn", s.File)
	}
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = 15 * time.Second
	}
	db, err := d.open(dsn, opening{raw: c.charset != "", writes: writes, timeout: timeout})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.File, err)
	}
	// What a burst opened is kept for a minute: with fewer idle ones than workers
	// almost every delivery would log in anew, and a login costs more than an insert.
	db.SetMaxIdleConns(mostConnections)
	db.SetMaxOpenConns(mostConnections)
	db.SetConnMaxIdleTime(time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute)
	return &database{db: db, d: d, charset: c.charset, cut: s.Codec.Cut, timeout: timeout, tables: map[string]*table{}}, nil
}

// begin opens a transaction.
func (b *database) begin(ctx context.Context) (*sql.Tx, error) {
	return b.db.BeginTx(ctx, &sql.TxOptions{Isolation: b.d.isolation})
}

// table looks a table up, once. The name may differ from the catalogue's in the
// case of its letters, for databases fold unquoted names in their own way.
func (b *database) table(ctx context.Context, q querier, name string) (*table, error) {
	b.mu.Lock()
	t := b.tables[name]
	b.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := b.describe(ctx, q, name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.tables[name] = t
	b.mu.Unlock()
	return t, nil
}

// forget drops what is known of the catalogue: a table was altered or is missing.
func (b *database) forget() {
	b.mu.Lock()
	clear(b.tables)
	b.mu.Unlock()
}

func (b *database) describe(ctx context.Context, q querier, name string) (*table, error) {
	schema, bare, ok := strings.Cut(name, ".")
	if !ok {
		schema, bare = "", name
	}
	query, args := b.d.lookup(schema, bare)
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, b.failed(ctx, "look up table "+name, err, beforeInsert)
	}
	defer rows.Close()
	found, order := map[string]*table{}, []string{}
	engines := map[string]string{}
	for rows.Next() {
		var in, called, typ string
		var engine sql.NullString
		var c column
		if err := rows.Scan(&in, &called, &c.name, &typ, &engine); err != nil {
			return nil, b.failed(ctx, "look up table "+name, err, beforeInsert)
		}
		c.typ, c.kind = typ, b.d.kindOf(typ)
		key := in + "." + called
		if found[key] == nil {
			quoted := b.d.quote(called)
			if schema != "" {
				quoted = b.d.quote(in) + "." + quoted
			}
			found[key], order = &table{name: name, quoted: quoted}, append(order, key)
		}
		c.shown = shown(c.name, bare, called)
		found[key].columns = append(found[key].columns, c)
		engines[key] = strings.ToLower(engine.String)
	}
	if err := rows.Err(); err != nil {
		return nil, b.failed(ctx, "look up table "+name, err, beforeInsert)
	}
	key, err := pick(name, bare, order)
	if err != nil {
		return nil, err
	}
	switch engines[key] {
	case "myisam", "aria", "memory", "csv", "archive":
		return nil, trouble("no-transactions", "table %s is of an engine without transactions", name)
	}
	return found[key], nil
}

// pick takes the table that is spelled alike, else the only one of the likeliest schema.
func pick(name, bare string, order []string) (string, error) {
	if len(order) == 0 {
		return "", trouble("no-such-table", "no table %s", name)
	}
	first, _, _ := strings.Cut(order[0], ".")
	var same []string
	for _, key := range order {
		schema, called, _ := strings.Cut(key, ".")
		if schema != first {
			break
		}
		if called == bare {
			return key, nil
		}
		same = append(same, key)
	}
	if len(same) > 1 {
		return "", trouble("no-such-table", "several tables differ from %s in the case of letters only", name)
	}
	return same[0], nil
}

// shown is a column's name in documents: as the database spells it, but where it
// folded the table's name in its own way, its columns' are folded back.
func shown(column, asked, called string) string {
	if asked == called {
		return column
	}
	switch {
	case asked == strings.ToUpper(asked) && column == strings.ToLower(column):
		return strings.ToUpper(column)
	case asked == strings.ToLower(asked) && column == strings.ToUpper(column):
		return strings.ToLower(column)
	}
	return column
}

// column finds a column by name: spelled alike, else the only one that differs in case.
func (t *table) column(name string) (column, bool) {
	var found []column
	for _, c := range t.columns {
		if c.shown == name || c.name == name {
			return c, true
		}
		if strings.EqualFold(c.name, name) {
			found = append(found, c)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return column{}, false
}

// need is column, or the unit's trouble.
func (t *table) need(name string) (column, error) {
	c, ok := t.column(name)
	if !ok {
		return c, trouble("no-such-table", "table %s has no column %s", t.name, name)
	}
	c.shown = name
	return c, nil
}

// all are the columns, those that settings name spelled as there.
func (t *table) all(spelled ...string) []column {
	out := make([]column, len(t.columns))
	copy(out, t.columns)
	for _, name := range spelled {
		if c, ok := t.column(name); ok {
			for i := range out {
				if out[i].name == c.name {
					out[i].shown = name
				}
			}
		}
	}
	return out
}

func trouble(cause, format string, args ...any) error {
	return &adapter.Failure{Outcome: adapter.UnitTrouble, Code: "status", Cause: cause, Err: fmt.Errorf(format, args...)}
}
