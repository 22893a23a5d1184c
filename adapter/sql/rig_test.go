package sql_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	adaptersql "duijie/adapter/sql"
	"duijie/internal/testserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "00112233445566778899aabbccddeeff"

// tables are the exchange tables of the invented system L3, as its administrator
// writes them: names without quotes, CHAR columns, a status that a local job sets.
const tables = `
CREATE TABLE T_IN_CASE (GWBH CHAR(32) PRIMARY KEY, AJMC VARCHAR(200), JE NUMERIC(14,2), SQSJ TIMESTAMP, CLZT CHAR(1) DEFAULT '0', BDID CHAR(20), CWXX VARCHAR(200), CHECK (CLZT <> 'X'));
CREATE TABLE T_IN_CASE_HIS (GWBH CHAR(32), AJMC VARCHAR(200), JE NUMERIC(14,2), SQSJ TIMESTAMP, CLZT CHAR(1), BDID CHAR(20), CWXX VARCHAR(200));
CREATE TABLE T_IN_PARTY (GWBH CHAR(32), XH INTEGER, XM VARCHAR(100) NOT NULL);
CREATE TABLE T_OUT_PROGRESS (ID INTEGER PRIMARY KEY, BH VARCHAR(40), NR VARCHAR(200), SJ TIMESTAMP, JE NUMERIC(14,2), DM CHAR(10), FJS INTEGER, DQZT CHAR(1) DEFAULT '0', CHECK (DQZT <> 'X'));
CREATE TABLE T_OUT_FILE (PID INTEGER, MC VARCHAR(100))`

// place is one fresh database with the tables, and a way in beside the adapter.
type place struct {
	driver, dsn string
	db          *sql.DB
}

func (p place) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if p.driver == "postgres" {
		for i := range args {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", i+1), 1)
		}
	}
	if _, err := p.db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (p place) count(t testing.TB, from string) int {
	t.Helper()
	var n int
	if err := p.db.QueryRow("SELECT COUNT(*) FROM " + from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (p place) create(t testing.TB) place {
	for _, s := range strings.Split(tables, ";") {
		if p.driver == "mysql" {
			s = strings.ReplaceAll(s, "TIMESTAMP", "DATETIME(3)")
		}
		p.exec(t, s)
	}
	return p
}

func opened(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// newSQLite makes a database file.
func newSQLite(t testing.TB) place {
	t.Helper()
	path := filepath.Join(t.TempDir(), "前置 #库.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	q := "?_pragma=busy_timeout(5000)"
	return place{"sqlite", path, opened(t, "sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+q)}
}

// server makes databases on one server, one for each call.
type server struct {
	driver, dsn string
	mu          sync.Mutex
	n           int
}

func (s *server) newDatabase(t testing.TB, options string) place {
	t.Helper()
	s.mu.Lock()
	s.n++
	name := fmt.Sprintf("duijie%d", s.n)
	s.mu.Unlock()
	driver, kind := "mysql", "DATABASE"
	if s.driver == "postgres" {
		driver = "pgx"
		if options == "" {
			kind = "SCHEMA" // made in no time
		}
	}
	if _, err := opened(t, driver, s.dsn).Exec("CREATE " + kind + " " + name + " " + options); err != nil {
		t.Fatal(err)
	}
	dsn := s.dsn
	switch {
	case kind == "SCHEMA":
		dsn += "&search_path=" + name
	case driver == "pgx":
		dsn = strings.Replace(dsn, "/postgres?", "/"+name+"?", 1)
	default:
		dsn = strings.Replace(dsn, ")/duijie", ")/"+name, 1)
	}
	return place{s.driver, dsn, opened(t, driver, dsn)}
}

// promise is one that holds on every database. fresh makes one, with options of
// CREATE DATABASE where the driver has such; with options it has no tables.
type promise func(t *testing.T, fresh func(t testing.TB, options ...string) place)

// TestExchangeTables holds sink and source to their promises against every
// database that can be had here.
func TestExchangeTables(t *testing.T) {
	promises := map[string]promise{}
	maps.Copy(promises, sinkPromises())
	maps.Copy(promises, lostPromises())
	maps.Copy(promises, sourcePromises())
	maps.Copy(promises, rowPromises())
	maps.Copy(promises, charsetPromises())
	run := func(t *testing.T, fresh func(t testing.TB, options string) place) {
		for _, name := range slices.Sorted(maps.Keys(promises)) {
			t.Run(name, func(t *testing.T) {
				promises[name](t, func(t testing.TB, options ...string) place {
					if len(options) > 0 {
						return fresh(t, options[0])
					}
					return fresh(t, "").create(t)
				})
			})
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, func(t testing.TB, _ string) place { return newSQLite(t) }) })
	t.Run("postgres", func(t *testing.T) { run(t, (&server{driver: "postgres", dsn: testserver.Postgres(t)}).newDatabase) })
	t.Run("mariadb", func(t *testing.T) { run(t, (&server{driver: "mysql", dsn: testserver.MariaDB(t)}).newDatabase) })
}

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

func config(t testing.TB, text string) adapter.Settings {
	return adapter.Settings{File: "pack.yaml", Node: node(t, text), Codec: adapter.Codec{Format: "rows", Charset: "GBK", Cut: "trim"}, Timeout: 10 * time.Second}
}

// settings names the database; sqlite's path is no secret.
func (p place) settings(more string) string {
	dsn := "secret:dsn"
	if p.driver == "sqlite" {
		dsn = fmt.Sprintf("%q", p.dsn)
	}
	return fmt.Sprintf("kind: sql\nsettings: {driver: %s, dsn: %s%s}\n", p.driver, dsn, more)
}

func (p place) deps(t testing.TB) adapter.Deps {
	return adapter.Deps{Unit: "440000", Now: time.Now, Secret: func(string) (string, error) { return p.dsn, nil },
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))}
}

const route = `
routes:
  case.delegated:
    insert: [T_IN_CASE, T_IN_PARTY]
    idempotency: {table: T_IN_CASE, column: GWBH, also: [T_IN_CASE_HIS]}
    poll: {every: 20ms, table: T_IN_CASE, key: GWBH}
    ackTimeout: 24h
  "*": {insert: [T_IN_CASE, T_IN_PARTY], idempotency: {table: T_IN_CASE, column: GWBH}}
ack:
  - {when: row.CLZT == "1", ack: {localRef: row.BDID}}
  - {when: row.CLZT == "9", hold: {code: '"E9"', detail: row.CWXX}}
`

func (p place) sink(t testing.TB, rest string) *adaptersql.Sink {
	t.Helper()
	k, err := adaptersql.New(config(t, p.settings("")+rest), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

const document = `{"T_IN_CASE":[{"AJMC":"张三诉某公司","JE":"12345678901.50","SQSJ":"2026-10-01 08:00:00.250"}],"T_IN_PARTY":[{"XH":1,"XM":"张三"},{"XH":2,"XM":"李四"}]}`

func message(messageType string) adapter.Message {
	return adapter.Message{Receipt: "0198", Key: key, Unit: "440000", Type: messageType, Subject: "N-1", Attempt: 1, Document: []byte(document)}
}

func deliver(k adapter.Sink, m adapter.Message) (adapter.Ack, *adapter.Failure) {
	ctx, sent := adapter.Track(context.Background())
	ack, err := k.Deliver(ctx, m)
	if err == nil {
		return ack, nil
	}
	return ack, adapter.Classify(err, sent.Yes())
}

func mustDeliver(t testing.TB, k adapter.Sink, m adapter.Message) adapter.Ack {
	t.Helper()
	ack, f := deliver(k, m)
	if f != nil {
		t.Fatalf("%s %s: %v (%s)", f.Outcome, f.Cause, f, f.Detail)
	}
	return ack
}

// intake records what comes in, and takes a message once by its id and content.
type intake struct {
	mu     sync.Mutex // guards all below
	refuse func(adapter.Incoming) error
	came   []adapter.Incoming
	taken  map[string]int
	late   []adapter.Late
}

func (i *intake) Accept(_ context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refuse != nil {
		if err := i.refuse(in); err != nil {
			return adapter.Accepted{}, err
		}
	}
	if i.taken == nil {
		i.taken = map[string]int{}
	}
	i.came = append(i.came, in)
	id := in.ID + "\n" + string(in.Content)
	i.taken[id]++
	return adapter.Accepted{Receipt: fmt.Sprint(len(i.came)), Duplicate: i.taken[id] > 1}, nil
}

func (i *intake) Acknowledge(_ context.Context, late adapter.Late) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.late = append(i.late, late)
	return nil
}

func (i *intake) all() []adapter.Incoming {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.came)
}

func (i *intake) lates() []adapter.Late {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.late)
}

// eventually waits for a state, with a limit.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within the limit: %s", what)
		}
	}
}

// background runs something until the test ends or stop is called.
func background(t testing.TB, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// document of an incoming message, decoded.
func decoded(t testing.TB, in adapter.Incoming) map[string][]map[string]any {
	t.Helper()
	var out map[string][]map[string]any
	if err := json.Unmarshal(in.Document, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
