package bolt

import (
	"context"
	"time"

	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// purge forgets what is final and older than a time, from a sequence number on,
// and gives the number to go on from; 0: done. Key and digest go with the record,
// and in the same commit the horizon moves, behind which nothing is new.
func (t *wtx) purge(from uint64, before time.Time) (n int, next uint64) {
	if before.After(t.Horizon()) {
		t.put(bMeta, kHorizon, instant(before))
	}
	t.put(bMeta, kSequence, be(t.seq)) // the last record may go
	var seqs []uint64
	for w := t.tx.Ascend(bRecord, be(from), nil); w.Valid(); w.Next() {
		if len(seqs) == purgeAtOnce {
			next = num(w.Key())
			break
		}
		seqs = append(seqs, num(w.Key()))
	}
	spans := map[uint64]bool{}
	for _, seq := range seqs {
		d := t.Get(seq)
		if d != nil && !d.AcceptedAt.Before(before) {
			next = 0 // the order is that of acceptance: what follows is younger
			break
		}
		if d == nil || !rules.LogIsDue(d, t.Case(d.Unit, d.Lane), before) {
			continue
		}
		t.forget(seq)
		rules.Outlived(t, d, before)
		spans[seq>>spanBits] = true
		n++
	}
	t.dropSpans(spans)
	return n, next
}

// forget removes a delivery with all that finds it.
func (t *wtx) forget(seq uint64) {
	l := t.live[seq]
	rules.Forget(t, l.d)
	t.reindex(l.index, nil)
	t.delta[l.count]--
	for _, b := range []journal.Bucket{bRecord, bPayload, bFrozen} {
		t.delete(b, be(seq))
	}
	t.delete(bReceipt, []byte(l.d.Receipt))
	t.delete(bKey, join([]byte(l.d.Key), []byte{0}, be(seq)))
	if !l.again {
		t.delete(bID, idKey(l.d.Source, l.d.ID))
	} else {
		t.delete(bFind, append(hash(l.d.ID), be(seq)...))
	}
	delete(t.live, seq)
}

// lookedAtOnce bounds a read transaction of PurgePayloads.
const lookedAtOnce = 5000

// youngInARow is how many that were accepted too late to be due end the look of
// PurgePayloads: they stand in the order of acceptance, but for clocks that jumped.
const youngInARow = 1000

// PurgePayloads forgets payloads whose time is over. It looks while others write,
// and judges again inside each commit.
func (s *Store) PurgePayloads(ctx context.Context, before time.Time) (int, error) {
	total, young := 0, 0
	for from := uint64(0); ; {
		var due []uint64
		more := false
		err := s.read(func(v *view) {
			looked := 0
			for w := v.tx.Ascend(bPayload, be(from), nil); w.Valid(); w.Next() {
				k := w.Key()
				if looked++; looked > lookedAtOnce || len(due) == purgeAtOnce {
					from, more = num(k), true
					return
				}
				d, _ := v.record(num(k))
				if d != nil && d.AcceptedAt.Before(before) {
					young = 0
				} else if young++; young > youngInARow {
					return
				}
				if d != nil && rules.PayloadIsDue(d, v.Case(d.Unit, d.Lane), before) {
					due = append(due, num(k))
				}
			}
		})
		if err != nil {
			return total, err
		}
		if len(due) > 0 {
			err = s.write(ctx, "purge payloads", 0, func(t *wtx) {
				for _, seq := range due {
					if rules.PurgePayload(t, seq, before) {
						total++
					}
				}
			})
			if err != nil {
				return total, err
			}
		}
		if !more {
			return total, nil
		}
	}
}
