package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// fsyncFloor is the median of a write of two pages and its sync.
func fsyncFloor(dir string, each time.Duration) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	page := make([]byte, 8192)
	var took []time.Duration
	for end := time.Now().Add(min(each, 2*time.Second)); time.Now().Before(end); {
		began := time.Now()
		if _, err := f.WriteAt(page, int64(len(took)%64)*8192); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// boltFloor is how many 2.3 KB values a second bbolt's own Batch makes durable
// with that many writers, and nothing else done.
func boltFloor(dir string, writers int, each time.Duration) (float64, error) {
	path := filepath.Join(dir, "floor.db")
	defer os.Remove(path)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.MaxBatchDelay = time.Millisecond
	bucket := []byte("m")
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(bucket); return err }); err != nil {
		return 0, err
	}
	value := make([]byte, 2300)
	var n, failed atomic.Uint64
	var wait sync.WaitGroup
	began := time.Now()
	end := began.Add(each)
	for range writers {
		wait.Go(func() {
			for time.Now().Before(end) {
				var key [8]byte
				binary.BigEndian.PutUint64(key[:], n.Add(1))
				put := func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key[:], value) }
				commit := db.Batch
				if writers == 1 {
					commit = db.Update
				}
				if commit(put) != nil {
					failed.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return float64(n.Load()-failed.Load()) / time.Since(began).Seconds(), nil
}
