package bolt

import "time"

// purge forgets what is final and older than a time, from a sequence number on,
// and gives the number to go on from; 0: done. Key and digest go with the record,
// and in the same commit the horizon moves, behind which nothing is new.
func (t *wtx) purge(from uint64, before time.Time) (n int, next uint64) {
	if before.After(t.Horizon()) {
		t.put(bMeta, kHorizon, instant(before))
	}
	var seqs []uint64
	c := t.tx.Bucket(bRecord).Cursor()
	for k, _ := c.Seek(be(from)); k != nil; k, _ = c.Next() {
		if len(seqs) == purgeAtOnce {
			next = num(k)
			break
		}
		seqs = append(seqs, num(k))
	}
	for _, seq := range seqs {
		d := t.Get(seq)
		if d == nil || !d.State.Final() || !d.AcceptedAt.Before(before) || !d.Time.Before(before) {
			continue
		}
		t.forget(seq)
		n++
	}
	return n, next
}

// forget removes a delivery with all that finds it.
func (t *wtx) forget(seq uint64) {
	l := t.live[seq]
	t.reindex(l.index, nil)
	t.delta[l.count]--
	for _, b := range [][]byte{bRecord, bPayload, bFrozen} {
		t.delete(b, be(seq))
	}
	t.delete(bReceipt, []byte(l.d.Receipt))
	t.delete(bKey, join([]byte(l.d.Key), []byte{0}, be(seq)))
	if !l.again {
		t.delete(bID, idKey(l.d.Source, l.d.ID))
	}
	delete(t.live, seq)
}
