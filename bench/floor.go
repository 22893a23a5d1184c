package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"duijie/bench/measure"
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

// boltFloor is how many 2.3 KB values a second bbolt alone makes durable with that
// many writers, nothing else done: by Batch, or by Update where there is one
// writer, of which it gives the median time too.
func boltFloor(dir string, writers int, each time.Duration) (float64, time.Duration, error) {
	path := filepath.Join(dir, "floor.db")
	defer os.Remove(path)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	db.MaxBatchDelay = time.Millisecond
	bucket := []byte("m")
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(bucket); return err }); err != nil {
		return 0, 0, err
	}
	value := make([]byte, 2300)
	commit := db.Batch
	if writers == 1 {
		commit = db.Update
	}
	var n atomic.Uint64
	var took []time.Duration // of one writer
	rate, err := measure.PerSecond(writers, each, func(uint64) error {
		key := binary.BigEndian.AppendUint64(nil, n.Add(1))
		began := time.Now()
		err := commit(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, value) })
		if writers == 1 {
			took = append(took, time.Since(began))
		}
		return err
	})
	return rate, measure.Median(took), err
}
