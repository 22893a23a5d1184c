package bolt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"

	"go.etcd.io/bbolt"
)

const (
	benchWriters = 64
	benchPayload = 2300 // bytes of a common case
)

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU adds the processor time of one operation, which other work on the
// machine disturbs less than the clock.
func reportCPU(b *testing.B, since time.Duration) {
	b.ReportMetric(float64((cpu()-since).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkLife is a message's whole life (Put, Claim, Begin, Settle), synced, by
// 64 goroutines; BenchmarkBatch is what bbolt's own Batch needs for three synced
// writes of the same bytes: the floor.
func BenchmarkLife(b *testing.B) {
	s := open(b, bolt.Options{Path: filepath.Join(b.TempDir(), "store.db")})
	payload := bytes.Repeat([]byte("x"), benchPayload)
	var n atomic.Int64
	target := targets[0]
	b.SetParallelism(benchWriters / 2)
	b.ReportAllocs()
	defer reportCPU(b, cpu())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			receipt := fmt.Sprintf("r%09d", n.Add(1))
			m := plainMessage(receipt, "n:"+receipt)
			m.Payload = payload
			if _, err := s.Put(ctx, []queue.NewMessage{m}); err != nil {
				b.Fatal(err)
			}
			ds, err := s.Claim(ctx, map[queue.Target]int{target: 1}, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			for _, d := range ds {
				if _, err := s.Begin(ctx, []queue.Start{{Receipt: d.Receipt, Lease: d.Lease, At: time.Now(), Document: payload}}); err != nil {
					b.Fatal(err)
				}
				o := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: time.Now(), State: queue.Acked, Attempt: &queue.Attempt{Outcome: "acknowledged"}}
				if _, err := s.Settle(ctx, []queue.Settlement{o}); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkPut is a message with its case made durable, by 64 goroutines.
func BenchmarkPut(b *testing.B) {
	s := open(b, bolt.Options{Path: filepath.Join(b.TempDir(), "store.db"), Judge: judge})
	payload := bytes.Repeat([]byte("x"), benchPayload)
	var n atomic.Int64
	b.SetParallelism(benchWriters / 2)
	b.ReportAllocs()
	defer reportCPU(b, cpu())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			receipt := fmt.Sprintf("r%09d", n.Add(1))
			m := plainMessage(receipt, "n:"+receipt)
			m.Subject, m.Payload = receipt, payload
			m.Event = &queue.CaseEvent{Type: m.Type, Direction: m.Direction, Time: m.Time}
			if _, err := s.Put(ctx, []queue.NewMessage{m}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBatch is the floor of BenchmarkLife.
func BenchmarkBatch(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.MaxBatchDelay = time.Millisecond
	name := []byte("raw")
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(name); return err }); err != nil {
		b.Fatal(err)
	}
	payload := bytes.Repeat([]byte("x"), benchPayload)
	var n atomic.Uint64
	b.SetParallelism(benchWriters / 2)
	defer reportCPU(b, cpu())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := binary.BigEndian.AppendUint64(nil, n.Add(1))
			for _, value := range [][]byte{payload, payload, key} {
				if err := db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(name).Put(key, value) }); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkClaim claims from backlogs of different depth: its cost must not follow.
func BenchmarkClaim(b *testing.B) {
	for _, backlog := range []int{1_000, 20_000, 200_000} {
		b.Run(fmt.Sprint(backlog), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "store.db")
			s := open(b, bolt.Options{Path: path, NoSync: true})
			fill(b, s, backlog)
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			flush(b, path) // else opening waits for what filling left unsynced
			began := time.Now()
			s = open(b, bolt.Options{Path: path, NoSync: true})
			opened := time.Since(began)
			want := map[queue.Target]int{targets[0]: 8}
			for b.Loop() {
				ds, err := s.Claim(ctx, want, time.Minute)
				if err != nil || len(ds) != 8 {
					b.Fatalf("claimed %d, %v", len(ds), err)
				}
				s.NextDue(targets)
				back := map[string]uint64{}
				for _, d := range ds {
					back[d.Receipt] = d.Lease
				}
				s.Release(back)
			}
			b.ReportMetric(float64(opened.Microseconds()), "µs/open")
		})
	}
}

func flush(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
}

func fill(b *testing.B, s *bolt.Store, n int) {
	for at := 0; at < n; {
		var ms []queue.NewMessage
		for ; at < n && len(ms) < 500; at++ {
			receipt := fmt.Sprintf("r%09d", at)
			ms = append(ms, plainMessage(receipt, "n:"+receipt))
		}
		if _, err := s.Put(ctx, ms); err != nil {
			b.Fatal(err)
		}
	}
}
