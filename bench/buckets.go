package main

import (
	"cmp"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// bucketLines is how many buckets are worth a line.
const bucketLines = 8

// buckets prints what a closed store's file holds: keys and bytes of the largest
// buckets, and what is free in it.
func buckets(path string, per int, of string) error {
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	type row struct {
		name  string
		stats bbolt.BucketStats
	}
	var rows []row
	var pages int64
	err = db.View(func(tx *bbolt.Tx) error {
		pages = tx.Size() / int64(db.Info().PageSize)
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			rows = append(rows, row{string(name), b.Stats()})
			return nil
		})
	})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(allocated(b.stats), allocated(a.stats)) })
	used := int64(0)
	fmt.Printf("%14s %12s %12s %12s\n", "bucket", "keys", "KiB", "bytes a "+of)
	for i, r := range rows {
		used += int64(r.stats.BranchPageN + r.stats.BranchOverflowN + r.stats.LeafPageN + r.stats.LeafOverflowN)
		if i < bucketLines {
			fmt.Printf("%14s %12d %12d %12.0f\n", r.name, r.stats.KeyN, allocated(r.stats)>>10, float64(allocated(r.stats))/float64(max(per, 1)))
		}
	}
	fmt.Printf("  %d of %d pages of the file hold nothing\n", max(pages-used, 0), pages)
	return nil
}

func allocated(s bbolt.BucketStats) int { return s.BranchAlloc + s.LeafAlloc }
