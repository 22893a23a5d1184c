package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"time"

	"maragu.dev/goqite"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

// goqiteSchema is what goqite's repository says to create (schema_sqlite.sql).
const goqiteSchema = `
create table goqite (
  id text primary key default ('m_' || lower(hex(randomblob(16)))),
  created text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  updated text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  queue text not null,
  body blob not null,
  timeout text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  received integer not null default 0,
  priority integer not null default 0
) strict;
create trigger goqite_updated_timestamp after update on goqite begin
  update goqite set updated = strftime('%Y-%m-%dT%H:%M:%fZ') where id = old.id;
end;
create index goqite_queue_priority_created_idx on goqite (queue, priority desc, created);`

// liteQueue is goqite on SQLite. One connection: more only wait for the file.
type liteQueue struct {
	dir string
	q   *goqite.Queue
}

func openGoqite(s *stage.Stage) (subject, error) {
	dir := s.Folder()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "goqite.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	s.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if _, err := db.Exec(goqiteSchema); err != nil {
		return nil, err
	}
	return &liteQueue{dir, goqite.New(goqite.NewOpts{DB: db, Name: "bench", Timeout: time.Minute})}, nil
}

func (l *liteQueue) Put(_ uint64, body []byte) error {
	return l.q.Send(context.Background(), goqite.Message{Body: body})
}

func (l *liteQueue) Drain(ctx context.Context, most uint64) (uint64, error) {
	return settled(ctx, most, func(context.Context) (bool, error) {
		m, err := l.q.Receive(context.Background())
		if err != nil || m == nil {
			return false, err
		}
		return true, l.q.Delete(context.Background(), m.ID)
	})
}

func (l *liteQueue) Bytes() (int64, error) { return measure.DiskBytes(l.dir) }
