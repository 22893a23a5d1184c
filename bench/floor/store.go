package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
	"go.etcd.io/bbolt"
)

// most is how many bodies may wait for a worker; then acceptance waits.
const most = 1 << 20

// store is a bucket of bodies by number.
type store struct {
	db      *bbolt.DB
	bucket  []byte
	last    atomic.Uint64
	waiting chan uint64
}

func open(path string) (*store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay = time.Millisecond
	s := &store{db: db, bucket: []byte("body"), waiting: make(chan uint64, most)}
	return s, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucketIfNotExists(s.bucket); return err })
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// put stores a body, synced, in a commit that others share.
func (s *store) put(body []byte) (uint64, error) {
	n := s.last.Add(1)
	return n, s.db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(s.bucket).Put(key(n), body) })
}

func (s *store) get(n uint64) (body []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		body = bytes.Clone(tx.Bucket(s.bucket).Get(key(n)))
		return nil
	})
	return body, err
}

func (s *store) drop(n uint64) error {
	return s.db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(s.bucket).Delete(key(n)) })
}

// work posts what waits, one at a time, and deletes what was taken.
func (s *store) work(to string) {
	client := resty.New().SetTimeout(10 * time.Second)
	for n := range s.waiting {
		for {
			if err := s.deliver(client, to, n); err == nil {
				break
			} else {
				fmt.Fprintln(os.Stderr, "floor:", err)
				time.Sleep(time.Second)
			}
		}
	}
}

func (s *store) deliver(client *resty.Client, to string, n uint64) error {
	body, err := s.get(n)
	if err != nil {
		return err
	}
	res, err := client.R().SetHeader("Content-Type", "application/json").SetBody(body).Post(to)
	if err != nil {
		return err
	}
	if res.IsError() {
		return fmt.Errorf("the receiver answered %d", res.StatusCode())
	}
	return s.drop(n)
}
