package provinces_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/kinds"
	"duijie/internal/pack"
	"duijie/internal/testserver"
	"duijie/mapping"
	"duijie/mapping/provinces"
)

// The golden pairs of the exchange tables, through real databases made by the
// pack's own DDL: what is inserted stands there column by column, what stands there
// is read into the golden national document.

func TestTablesOfPostgres(t *testing.T) {
	dsn := testserver.Postgres(t)
	goldenTables(t, exchange{driver: "postgres", name: "pgx", dsn: dsn, ddl: "postgres.sql"})
}

func TestTablesOfMariaDB(t *testing.T) {
	dsn := testserver.MariaDB(t)
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE qzk CHARACTER SET utf8mb4"); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(dsn, "/")
	goldenTables(t, exchange{driver: "mysql", name: "mysql", dsn: head + "/qzk", ddl: "mysql.sql"})
}

func TestTablesOfSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "qzk.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	goldenTables(t, exchange{driver: "sqlite", name: "sqlite", dsn: path, ddl: "sqlite.sql"})
}

// exchange is one database with the pack's tables.
type exchange struct {
	driver, name, dsn, ddl string
	db                     *sql.DB
}

func goldenTables(t *testing.T, e exchange) {
	p := loadAll(t)["440000"]
	db, err := sql.Open(e.name, e.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	e.db = db
	var ddl strings.Builder
	for line := range strings.Lines(string(read(t, "440000/ddl/"+e.ddl))) {
		statement, _, _ := strings.Cut(line, "--")
		ddl.WriteString(statement)
	}
	for s := range strings.SplitSeq(strings.TrimSpace(ddl.String()), ";") {
		if strings.TrimSpace(s) != "" {
			e.exec(t, s)
		}
	}
	sink, source := e.ends(t, p)
	pairs, _ := fs.Glob(provinces.FS(), "440000/fixtures/*/*")
	t.Run("down", func(t *testing.T) { e.down(t, sink, pairs) })
	t.Run("up", func(t *testing.T) { e.up(t, p, source, pairs) })
}

func (e exchange) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if e.driver == "postgres" {
		for i := range args {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", i+1), 1)
		}
	}
	if _, err := e.db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// ends opens the pack's sink and source on this database.
func (e exchange) ends(t *testing.T, p *pack.Pack) (adapter.Sink, adapter.Source) {
	t.Helper()
	text, secret := "driver: "+e.driver+"\ndsn: secret:dsn", e.dsn
	if e.driver == "sqlite" {
		text = "driver: sqlite\ndsn: " + e.dsn
	}
	var unit yaml.Node
	if err := yaml.Unmarshal([]byte(text), &unit); err != nil {
		t.Fatal(err)
	}
	kind, _ := kinds.Find("sql")
	deps := adapter.Deps{Unit: "440000", Secret: func(string) (string, error) { return secret, nil }, Now: time.Now}
	down, up := p.SinkSettings(unit.Content[0]), p.SourceSettings(unit.Content[0])
	hasten(down.Node)
	hasten(up.Node)
	sink, err := kind.Sink(down, deps)
	if err != nil {
		t.Fatal(err)
	}
	source, err := kind.Source(up, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range []any{sink, source} {
			if c, ok := end.(interface{ Close() error }); ok {
				c.Close()
			}
		}
	})
	return sink, source
}

// hasten has tables looked at more often.
func hasten(n *yaml.Node) {
	for i, c := range n.Content {
		if i > 0 && n.Content[i-1].Value == "every" {
			c.Value = "50ms"
		}
		hasten(c)
	}
}

// pairOf reads a golden pair.
func pairOf(t *testing.T, dir string) (typ string, c told, local map[string][]map[string]any) {
	t.Helper()
	typ = strings.Split(dir, "/")[2]
	if err := yaml.Unmarshal(read(t, dir+"/case.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(read(t, dir+"/local.json"))))
	d.UseNumber()
	if err := d.Decode(&local); err != nil {
		t.Fatal(err)
	}
	return typ, c, local
}

// down inserts every pair that comes down, compares what stands in the tables, and
// has the local job's acknowledgement read.
func (e exchange) down(t *testing.T, sink adapter.Sink, pairs []string) {
	var awaited []adapter.Awaited
	tables := map[string]string{} // by key
	for i, dir := range pairs {
		typ, c, local := pairOf(t, dir)
		if c.Only == "to-national" {
			continue
		}
		key := fmt.Sprintf("%032x", i+1)
		doc := strings.ReplaceAll(string(read(t, dir+"/local.json")), `"`+strings.Repeat("0", 32)+`"`, `"`+key+`"`)
		ack, err := sink.Deliver(t.Context(), adapter.Message{Receipt: "r" + key, Key: key, Unit: "440000", Type: typ, Document: []byte(doc)})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		awaited = append(awaited, adapter.Awaited{Receipt: "r" + key, Key: key, Type: typ, Await: ack.Await})
		for table, rows := range local {
			got := e.rows(t, table, "GWBH", key)
			if len(got) != len(rows) {
				t.Errorf("%s: %d rows in %s, want %d", dir, len(got), table, len(rows))
				continue
			}
			for n, row := range rows {
				if row["XH"] == nil && row["GWBH"] == nil {
					tables[key] = table
				}
				for column, want := range row {
					if column != "GWBH" && !alike(got[n][column], want) {
						t.Errorf("%s: %s.%s is %q, want %v", dir, table, column, got[n][column], want)
					}
				}
			}
		}
	}
	for key, table := range tables {
		e.exec(t, "UPDATE "+table+" SET CLZT = '1', BDID = ? WHERE GWBH = ?", "GD-"+key[28:], key)
	}
	in := &intake{acks: map[string]adapter.Late{}}
	in.until(t, func(ctx context.Context) {
		sink.(adapter.Watcher).Watch(ctx, func() []adapter.Awaited { return in.open(awaited) }, in)
	}, func() bool { return len(in.acks) == len(awaited) })
	for _, a := range awaited {
		if late := in.acks[a.Receipt]; late.Refused || late.Ack.LocalRef != "GD-"+a.Key[28:] {
			t.Errorf("%s: acknowledged by %+v", a.Type, late)
		}
	}
}

// up writes the rows of every pair that goes up, has them read, and compares their
// translation with the golden national document.
func (e exchange) up(t *testing.T, p *pack.Pack, source adapter.Source, pairs []string) {
	want := map[string]string{} // folder by LSH
	for i, dir := range pairs {
		_, c, local := pairOf(t, dir)
		if c.Only != "to-national" {
			continue
		}
		lsh := fmt.Sprint(50_000 + i)
		want[lsh] = dir
		for table, rows := range local {
			for _, row := range rows {
				row["LSH"] = lsh
				names := slices.Sorted(maps.Keys(row))
				args := make([]any, len(names))
				for n, name := range names {
					if v, ok := row[name].(json.Number); ok {
						args[n] = v.String()
					} else {
						args[n] = row[name]
					}
					if row[name] == "0000-00-00" && e.driver != "sqlite" {
						args[n] = nil // no such date here
					}
				}
				e.exec(t, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")", args...)
			}
		}
	}
	in := &intake{taken: map[string]adapter.Incoming{}}
	in.until(t, func(ctx context.Context) { source.Run(ctx, in) }, func() bool { return len(in.taken) == len(want) })
	for lsh, dir := range want {
		got, ok := in.taken[lsh]
		typ, c, _ := pairOf(t, dir)
		if !ok || got.Type != typ || got.Unreadable {
			t.Errorf("%s: read as %q", dir, got.Type)
			continue
		}
		program, _ := p.Set.Program(typ)
		national, _, err := program.ToNational(nil, got.Document, &mapping.Env{IDs: c})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if diff := gocmp.Diff(tree(t, read(t, dir+"/national.json")), tree(t, national)); diff != "" {
			t.Errorf("%s: %s", dir, diff)
		}
	}
	for _, typ := range p.Set.Types() {
		if !slices.ContainsFunc(pairs, func(dir string) bool { return strings.Split(dir, "/")[2] == typ }) {
			t.Errorf("%s has no pair", typ)
		}
	}
}

// rows reads what stands in a table for a key, in the order of XH, as the driver gives it.
func (e exchange) rows(t *testing.T, table, column, key string) []map[string]string {
	t.Helper()
	mark := "?"
	if e.driver == "postgres" {
		mark = "$1"
	}
	found, err := e.db.Query("SELECT * FROM "+table+" WHERE "+column+" = "+mark, key)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	names, _ := found.Columns()
	var out []map[string]string
	for found.Next() {
		cells, into := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, name := range names {
			switch v := cells[i].(type) {
			case nil:
				row[strings.ToUpper(name)] = "NULL"
			case time.Time:
				row[strings.ToUpper(name)] = v.Format("2006-01-02 15:04:05")
			case []byte:
				row[strings.ToUpper(name)] = string(v)
			default:
				row[strings.ToUpper(name)] = fmt.Sprint(v)
			}
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b map[string]string) int {
		return cmp.Or(cmp.Compare(len(a["XH"]), len(b["XH"])), cmp.Compare(a["XH"], b["XH"]))
	})
	return out
}

// alike compares a driver's text with a golden value: CHAR padding, trailing zeros
// and the clock of a DATE say nothing.
func alike(got string, want any) bool {
	if want == nil {
		return got == "NULL"
	}
	text := fmt.Sprint(want)
	got = strings.TrimRight(strings.TrimSuffix(got, " 00:00:00"), " ")
	text = strings.TrimRight(strings.TrimSuffix(text, " 00:00:00"), " ")
	if strings.Contains(text, ".") && strings.Trim(text, "0123456789.") == "" {
		text, got = short(text), short(got)
	}
	return got == text
}

// short is a number without the zeros at its end.
func short(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// intake collects what the ends hand on.
type intake struct {
	mu    sync.Mutex
	taken map[string]adapter.Incoming // by id
	acks  map[string]adapter.Late     // by receipt
}

func (i *intake) Accept(_ context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.taken[in.ID] = in
	return adapter.Accepted{}, nil
}

func (i *intake) Acknowledge(_ context.Context, late adapter.Late) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.acks[late.Correlate] = late
	return nil
}

// open are the deliveries that nobody acknowledged yet.
func (i *intake) open(all []adapter.Awaited) []adapter.Awaited {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(all), func(a adapter.Awaited) bool { _, done := i.acks[a.Receipt]; return done })
}

// until runs an end until done holds.
func (i *intake) until(t *testing.T, run func(context.Context), done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	ended := make(chan struct{})
	go func() { defer close(ended); run(ctx) }()
	for {
		i.mu.Lock()
		ok := done()
		i.mu.Unlock()
		if ok || ctx.Err() != nil {
			stop()
			<-ended
			if !ok {
				t.Fatal("not all is through")
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
