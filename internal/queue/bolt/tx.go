package bolt

import (
	"bytes"
	"fmt"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// wtx is one write transaction as the rules see it. Records and cases are live
// and written once, at the end; indexes follow each Save, so that later
// operations of the same commit find what earlier ones did. Leases change only
// when the commit has succeeded.
type wtx struct {
	view
	w     *journal.Write
	seq   uint64 // the last that was given
	now   time.Time
	live  map[uint64]*liveRecord
	cases map[[2]string]*liveCase
	lanes map[queue.LaneID][]byte // whose members changed: what stood of them in due
	delta map[queue.Count]int
	begun []string
	void  map[string]bool
	moved map[string]queue.LaneID
	units []queue.UnitState // set
	spans map[uint64]*liveSpan
}

type liveRecord struct {
	d     *queue.Delivery
	again bool
	dirty bool
	lane  queue.LaneID // and what follows: as last indexed
	count queue.Count
	index []entry
}

type liveCase struct {
	c     *queue.Case // nil: none, or dropped
	known bool        // it stood in the file, as of the look at it
	dirty bool
}

var _ rules.Tx = (*wtx)(nil)

func newWtx(s *Store, w *journal.Write) *wtx {
	return &wtx{
		view: view{s: s, tx: &w.Tx}, w: w, seq: s.seq, now: s.o.Now(), live: map[uint64]*liveRecord{}, cases: map[[2]string]*liveCase{},
		lanes: map[queue.LaneID][]byte{}, delta: map[queue.Count]int{}, void: map[string]bool{}, moved: map[string]queue.LaneID{}, spans: map[uint64]*liveSpan{},
	}
}

func (t *wtx) put(b journal.Bucket, key, value []byte) {
	if err := t.w.Put(b, key, value); err != nil {
		t.fail(fmt.Errorf("write %s: %w", names[b], err))
	}
}

func (t *wtx) delete(b journal.Bucket, key []byte) {
	if err := t.w.Delete(b, key); err != nil {
		t.fail(fmt.Errorf("write %s: %w", names[b], err))
	}
}

func (t *wtx) Now() time.Time { return t.now }

func (t *wtx) Horizon() time.Time {
	if b := t.get(bMeta, kHorizon); b != nil {
		return instantOf(b)
	}
	return time.Time{}
}

func (t *wtx) Add(d *queue.Delivery, dedupe bool) {
	t.seq++
	seq := t.seq
	d.Seq = seq
	payload := t.s.o.Seal.Seal(d.Payload)
	if payload == nil {
		payload = []byte{}
	}
	d.Payload = nil
	t.put(bPayload, be(seq), payload)
	t.put(bReceipt, []byte(d.Receipt), be(seq))
	t.put(bKey, join([]byte(d.Key), []byte{0}, be(seq)), nil)
	if dedupe {
		t.put(bID, idKey(d.Source, d.ID), be(seq))
	} else {
		t.put(bFind, append(hash(d.ID), be(seq)...), nil)
	}
	t.live[seq] = &liveRecord{d: d, again: !dedupe}
}

func (t *wtx) Get(seq uint64) *queue.Delivery {
	if l := t.live[seq]; l != nil {
		return l.d
	}
	d, again := t.s.takeWarm(seq)
	if d == nil {
		d, again = t.record(seq)
	}
	if d == nil {
		return nil
	}
	t.live[seq] = &liveRecord{d: d, again: again, lane: d.LaneID(), count: countOf(d), index: indexOf(d)}
	return d
}

func countOf(d *queue.Delivery) queue.Count {
	return queue.Count{Target: queue.Target{Unit: d.Unit, Direction: d.Direction}, State: d.State}
}

func (t *wtx) Save(d *queue.Delivery) {
	l := t.live[d.Seq]
	index, lane, count := indexOf(d), d.LaneID(), countOf(d)
	if l.index == nil || len(d.Marks) > 0 || d.Reason != nil {
		t.cover(d)
	}
	t.touch(lane)
	if l.index != nil {
		t.touch(l.lane)
	}
	t.reindex(l.index, index)
	if l.index != nil {
		t.delta[l.count]--
		if l.lane != lane {
			t.moved[d.Receipt] = lane
		}
	}
	t.delta[count]++
	l.index, l.lane, l.count, l.dirty = index, lane, count, true
}

func (t *wtx) Payload(seq uint64) []byte { return t.open(bPayload, seq) }

func (t *wtx) DropPayload(seq uint64) {
	t.delete(bPayload, be(seq))
	t.SetFrozen(seq, nil)
}

func (t *wtx) SetFrozen(seq uint64, doc []byte) {
	if doc == nil {
		if t.get(bFrozen, be(seq)) != nil {
			t.delete(bFrozen, be(seq))
		}
		return
	}
	t.put(bFrozen, be(seq), t.s.o.Seal.Seal(doc))
}

func (t *wtx) Receipt(receipt string) uint64 { return t.receipt(receipt) }

func (t *wtx) ID(source, id string) uint64 {
	if b := t.get(bID, idKey(source, id)); b != nil {
		return num(b)
	}
	return 0
}

func (t *wtx) Lane(id queue.LaneID) queue.Lane { return t.lane(id) }

func (t *wtx) Open(id queue.LaneID) []uint64 { return t.seqs(bLane, laneKey(id)) }

func (t *wtx) Timeline(unit, lane string) []uint64 { return t.seqs(bCaseOf, timelineKey(unit, lane)) }

func (t *wtx) Waiting(unit, key string) []uint64 {
	var out []uint64
	for _, seq := range t.seqs(bWait, join(unitKey(unit), hash(key))) {
		for _, w := range t.Get(seq).WaitFor {
			if w == key {
				out = append(out, seq)
			}
		}
	}
	return out
}

func (t *wtx) Case(unit, lane string) *queue.Case {
	k := [2]string{unit, lane}
	if l := t.cases[k]; l != nil {
		return l.c
	}
	c := t.view.Case(unit, lane)
	t.cases[k] = &liveCase{c: c, known: c != nil}
	return c
}

func (t *wtx) SaveCase(c *queue.Case) {
	t.setCase([2]string{c.Unit, c.Lane}, c)
}

func (t *wtx) DropCase(unit, lane string) {
	t.setCase([2]string{unit, lane}, nil)
}

func (t *wtx) setCase(k [2]string, c *queue.Case) {
	l := t.cases[k]
	if l == nil {
		l = &liveCase{}
		t.cases[k] = l
	}
	l.c, l.dirty = c, true
}

func (t *wtx) SetCross(x rules.Cross, id, other string) {
	t.put(bCross, crossKey(x, id), []byte(other))
}

func (t *wtx) DropCross(x rules.Cross, id string) { t.delete(bCross, crossKey(x, id)) }

// DropScope looks at the kinds one by one: there are few, each a stretch of keys.
func (t *wtx) DropScope(unit, scope string) {
	var keys [][]byte
	from := unitKey(unit)
	for {
		w := t.tx.Ascend(bCross, from, unitKey(unit))
		if !w.Valid() {
			break
		}
		kind, _, _ := bytes.Cut(w.Key()[len(unit)+1:], []byte{0})
		t.scan(bCross, join(unitKey(unit), kind, []byte{0}, []byte(scope), []byte{0}), func(k, _ []byte) bool {
			keys = append(keys, bytes.Clone(k))
			return true
		})
		from = join(unitKey(unit), kind, []byte{1}) // behind all of the kind
	}
	for _, k := range keys {
		t.delete(bCross, k)
	}
}

func (t *wtx) Lease(receipt string, lease uint64) (begun, ok bool) {
	if t.void[receipt] {
		return false, false
	}
	return t.s.leases.Check(receipt, lease)
}

// Begun takes effect at once, so that the reservation's end during the commit is
// not taken for one that never began; a failed commit takes it back.
func (t *wtx) Begun(receipt string) {
	t.s.leases.Begun(receipt)
	t.begun = append(t.begun, receipt)
}

func (t *wtx) Void(receipt string) { t.void[receipt] = true }

// flush writes what was kept back, and the due index of all lanes that changed.
func (t *wtx) flush() {
	for seq, l := range t.live {
		if !l.dirty {
			continue
		}
		b, err := t.s.encode(l.d, l.again)
		t.fail(err)
		t.put(bRecord, be(seq), b)
	}
	for k, l := range t.cases {
		switch {
		case !l.dirty:
		case l.c == nil:
			t.delete(bCase, caseKey(k[0], k[1]))
			t.delete(bPlace, placeKey(k[0], k[1]))
		default:
			if !l.known && placed(k[1]) {
				t.put(bPlace, placeKey(k[0], k[1]), nil)
			}
			b, err := t.s.cbor.enc.Marshal(l.c)
			t.fail(err)
			t.put(bCase, caseKey(k[0], k[1]), b)
		}
	}
	t.reseat()
	t.flushSpans()
	for c, n := range t.delta {
		if n == 0 {
			continue
		}
		var was uint64
		if b := t.get(bCount, countKey(c)); b != nil {
			was = num(b)
		}
		t.put(bCount, countKey(c), be(uint64(int64(was)+int64(n))))
	}
}

// committed makes true in memory what the file now says.
func (t *wtx) committed() {
	t.s.seq = t.seq
	if newest := t.spans[t.seq>>spanBits]; newest != nil {
		t.s.newest = newest
	}
	t.s.keepWarm(t.live)
	for receipt, lane := range t.moved {
		t.s.leases.Move(receipt, lane)
	}
	for receipt := range t.void {
		t.s.leases.Void(receipt)
	}
	t.s.mu.Lock()
	for c, n := range t.delta {
		t.s.counts[c] += n
	}
	for _, u := range t.units {
		t.s.units[u.Code] = u
	}
	t.s.mu.Unlock()
	t.s.signal()
}

// undone takes back what took effect before the commit.
func (t *wtx) undone() {
	for _, receipt := range t.begun {
		t.s.leases.Unbegin(receipt)
	}
}
