package bolt_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"

	"go.etcd.io/bbolt"
)

// TestSpansHideNothing holds every walk that passes by spans to one that looks at
// each delivery: with types that come in stretches, marks and reasons that come
// later, a clock that jumps, a store of a program that knew none, a purge and a repair.
func TestSpansHideNothing(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	o := bolt.Options{Path: filepath.Join(t.TempDir(), "store.db"), NoSync: true, Now: func() time.Time { return now }}
	s := open(t, o)
	r := rand.New(rand.NewPCG(7, 7))
	types := []string{"case.delegated", "case.withdrawn", "test.ping", "case.progress"}
	units := []string{"510000", "440000"}
	put := func(n int, ofType func(i int) string) {
		for i := range n {
			switch now = now.Add(time.Minute); {
			case i == n/3:
				now = now.Add(-24 * time.Hour)
			case i == n/2:
				now = now.Add(48 * time.Hour)
			}
			receipt := fmt.Sprintf("r%d-%d", now.UnixNano(), i)
			m := plainMessage(receipt, "n:"+receipt)
			m.Unit, m.Type = units[r.IntN(2)], ofType(i)
			if r.IntN(40) == 0 {
				m.Marks = []string{"late"}
			}
			if r.IntN(60) == 0 {
				m.Hold = &queue.Reason{Code: "unreadable"}
			}
			if _, err := s.Put(ctx, []queue.NewMessage{m}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(700, func(i int) string { return types[i/300%2] })
	put(600, func(i int) string {
		if i%290 == 7 {
			return types[3]
		}
		return types[2]
	})
	hold := func(every int) {
		all, _, err := s.List(queue.Filter{State: queue.Queued, Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(all); i += every {
			d := all[i]
			got, err := s.Claim(ctx, map[queue.Target]int{d.LaneID().Target: 1}, time.Minute)
			if err != nil || len(got) != 1 {
				t.Fatal(len(got), err)
			}
			if _, err := s.Begin(ctx, []queue.Start{{Receipt: got[0].Receipt, Lease: got[0].Lease, At: now}}); err != nil {
				t.Fatal(err)
			}
			_, err = s.Settle(ctx, []queue.Settlement{{Receipt: got[0].Receipt, Lease: got[0].Lease, At: now, State: queue.Held,
				Reason: &queue.Reason{Code: "refused"}, Marks: []string{"elsewhere"}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	hold(200)
	spansHideNothing(t, s, now)
	if _, err := s.PurgeLog(ctx, now.Add(-72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	spansHideNothing(t, s, now)

	// As an older program leaves it, which knew no spans.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	asFormat(t, o.Path, 2)
	s = open(t, o)
	put(900, func(i int) string { return types[i/250%4] })
	hold(300)
	spansHideNothing(t, s, now)
	if err := s.Repair(); err != nil {
		t.Fatal(err)
	}
	put(300, func(i int) string { return types[1] })
	spansHideNothing(t, s, now)
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}

// asFormat makes a closed store one of an older format that has no spans.
func asFormat(t *testing.T, path string, format byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("span")).Stats().KeyN == 0 {
			t.Error("there were no spans")
		}
		if err := tx.DeleteBucket([]byte("span")); err != nil {
			return err
		}
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 0, 0, 0, 0, format})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func spansHideNothing(t *testing.T, s *bolt.Store, now time.Time) {
	t.Helper()
	all, _, err := s.List(queue.Filter{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []queue.Filter{
		{Type: "case.withdrawn"}, {Type: "case.progress"}, {Type: "none.such"}, {Mark: "late"}, {Mark: "elsewhere"}, {Reason: "refused"}, {Reason: "unreadable", Type: "test.ping"},
		{Type: "case.delegated", Units: []string{"440000"}}, {Type: "test.ping", State: queue.Held}, {Type: "case.withdrawn", Direction: queue.ToLocal},
		{Since: now.Add(-3 * time.Hour)}, {Until: now.Add(-30 * time.Hour)}, {Since: now.Add(-31 * time.Hour), Until: now.Add(-29 * time.Hour), Units: []string{"510000"}},
		{Since: now.Add(time.Hour)}, {Type: "test.ping", Before: 900}, {Type: "case.withdrawn", After: 310, Before: 1000}, {Mark: "late", Type: "case.progress", State: queue.Queued},
	} {
		var want []uint64
		for _, d := range all {
			if f.Matches(&d) && (f.Before == 0 || d.Seq < f.Before) && (f.After == 0 || d.Seq > f.After) {
				want = append(want, d.Seq)
			}
		}
		for _, oldest := range []bool{false, true} {
			f.Oldest, f.Limit = oldest, 37
			page := f
			var got []uint64
			for {
				ds, next, err := s.List(page)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range ds {
					got = append(got, d.Seq)
				}
				if next == 0 {
					break
				}
				if oldest {
					page.After = next
				} else {
					page.Before = next
				}
			}
			if oldest {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %d of %d", f, len(got), len(want))
			}
		}
	}
}
