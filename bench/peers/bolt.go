package main

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"duijie/bench/letter"
	"duijie/bench/measure"
	"duijie/bench/road"
	"duijie/bench/stage"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

const unit = "990000"

func bodies() *letter.Letter { return letter.New(unit, letter.Small) }

// raw is bbolt alone: the floor of a put (one shared commit) and of an attempt
// (two: what is about to leave, and that it has arrived).
type raw struct {
	db   *bbolt.DB
	name []byte
}

func openRaw(s *stage.Stage) (subject, error) {
	db, err := bbolt.Open(filepath.Join(s.Folder(), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	s.Cleanup(func() { db.Close() })
	db.MaxBatchDelay = time.Millisecond
	r := &raw{db, []byte("raw")}
	return r, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(r.name); return err })
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func (r *raw) Put(n uint64, body []byte) error {
	return r.db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(r.name).Put(number(n), body) })
}

func (r *raw) Drain(ctx context.Context, most uint64) (uint64, error) {
	var next, done atomic.Uint64
	var wait sync.WaitGroup
	failed := make(chan error, workers)
	for range workers {
		wait.Go(func() {
			for n := next.Add(1); n <= most && ctx.Err() == nil; n = next.Add(1) {
				if err := r.take(n, most); err != nil {
					failed <- err
					return
				}
				done.Add(1)
			}
		})
	}
	wait.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return done.Load(), nil
	}
}

func (r *raw) take(n, most uint64) error {
	var body []byte
	if err := r.db.View(func(tx *bbolt.Tx) error {
		body = append(body, tx.Bucket(r.name).Get(number(n))...)
		return nil
	}); err != nil {
		return err
	}
	if err := r.Put(most+n, body); err != nil {
		return err
	}
	return r.db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(r.name).Delete(number(n)) })
}

func (r *raw) Bytes() (int64, error) { return measure.DiskBytes(r.db.Path()) }

// ours is the product's store, used as the gateway uses it.
type ours struct {
	store *bolt.Store
	path  string
}

func openOurs(s *stage.Stage) (subject, error) {
	path := filepath.Join(s.Folder(), "duijie.db")
	store, err := bolt.Open(bolt.Options{Path: path, Judge: gateway.JudgeCase, Key: event.Key})
	if err != nil {
		return nil, err
	}
	s.Cleanup(func() { store.Close() })
	return &ours{store, path}, nil
}

func (o *ours) Put(n uint64, body []byte) error {
	m := letter.Stored(unit, letter.Subject(n), letter.First, n, time.Now(), body)
	res, err := o.store.Put(context.Background(), []queue.NewMessage{m})
	if err != nil {
		return err
	}
	return res[0].Err
}

func (o *ours) Drain(ctx context.Context, most uint64) (uint64, error) {
	r := road.Road{Store: o.store, Targets: []queue.Target{{Unit: unit, Direction: queue.ToLocal}}, Workers: workers}
	return r.Drain(ctx, time.Hour, most)
}

func (o *ours) Bytes() (int64, error) { return measure.DiskBytes(o.path) }
