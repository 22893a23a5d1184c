package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"duijie/bench/stage"
	"duijie/internal/testserver"
)

// job carries a body; it is JSON already.
type job struct {
	Body json.RawMessage `json:"body"`
}

// Kind is the job's name.
func (job) Kind() string { return "bench" }

// nothing is a worker whose work is done at once.
type nothing struct{ river.WorkerDefaults[job] }

// Work implements river.Worker.
func (nothing) Work(context.Context, *river.Job[job]) error { return nil }

// riverQueue is River on a throwaway PostgreSQL.
type riverQueue struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx] // only inserts
}

// quiet keeps River's own log out of the tables.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func openRiver(s *stage.Stage) (subject, error) {
	ctx := context.Background()
	dsn := testserver.PostgresWith(s, "fsync=on", "synchronous_commit=on", "shared_buffers=256MB")
	pool, err := pgxpool.New(ctx, dsn+"&pool_max_conns=40")
	if err != nil {
		return nil, err
	}
	s.Cleanup(pool.Close)
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		var is string
		if err := pool.QueryRow(ctx, "SHOW "+setting).Scan(&is); err != nil || is != "on" {
			return nil, fmt.Errorf("%s is %q, %w", setting, is, err)
		}
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet()})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet()})
	return &riverQueue{pool, client}, err
}

func (q *riverQueue) Put(_ uint64, body []byte) error {
	_, err := q.client.Insert(context.Background(), job{body}, nil)
	return err
}

// Drain works the jobs; what counts is a completion that River has written.
func (q *riverQueue) Drain(ctx context.Context, most uint64) (uint64, error) {
	list := river.NewWorkers()
	river.AddWorker(list, &nothing{})
	// The shortest pause between fetches that River allows: its default of 100 ms
	// would be what is measured.
	client, err := river.NewClient(riverpgxv5.New(q.pool), &river.Config{Logger: quiet(), Workers: list,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond})
	if err != nil {
		return 0, err
	}
	done, unsubscribe := client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 100_000, Kinds: []river.EventKind{river.EventKindJobCompleted}})
	defer unsubscribe()
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return 0, err
	}
	var n atomic.Uint64
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-done:
			over = n.Add(1) >= most
		}
	}
	counted := n.Load()
	stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return counted, client.Stop(stop)
}

// Bytes are those of the database, without the server's log.
func (q *riverQueue) Bytes() (n int64, err error) {
	return n, q.pool.QueryRow(context.Background(), "SELECT pg_database_size(current_database())").Scan(&n)
}
