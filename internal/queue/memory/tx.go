package memory

import (
	"maps"
	"slices"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// tx is the store as the rules see it, inside its mutex.
type tx struct{ s *Store }

var _ rules.Tx = tx{}

func (t tx) Now() time.Time     { return t.s.o.Now() }
func (t tx) Horizon() time.Time { return t.s.horizon }

func (t tx) Add(d *queue.Delivery, dedupe bool) {
	t.s.last++
	d.Seq = t.s.last
	d.Payload = slices.Clone(d.Payload)
	if d.Payload == nil {
		d.Payload = []byte{}
	}
	t.s.all[d.Seq] = d
	t.s.receipt[d.Receipt] = d.Seq
	if dedupe {
		t.s.ids[[2]string{d.Source, d.ID}] = d.Seq
	}
}

func (t tx) Get(seq uint64) *queue.Delivery { return t.s.all[seq] }

func (t tx) Save(d *queue.Delivery) { t.s.leases.Move(d.Receipt, d.LaneID()) }

func (t tx) Payload(seq uint64) []byte { return t.s.all[seq].Payload }

func (t tx) DropPayload(seq uint64) { t.s.all[seq].Payload, t.s.all[seq].Frozen = nil, nil }

func (t tx) SetFrozen(seq uint64, doc []byte) { t.s.all[seq].Frozen = slices.Clone(doc) }

func (t tx) Draft(seq uint64) []byte { return t.s.drafts[seq] }

func (t tx) SetDraft(seq uint64, b []byte) {
	if b == nil {
		delete(t.s.drafts, seq)
		return
	}
	t.s.drafts[seq] = slices.Clone(b)
}

func (t tx) Rememberer(m queue.Memory) uint64 { return t.s.memories[m].by }

func (t tx) SetMemory(m queue.Memory, seq uint64, b []byte) {
	if b == nil {
		delete(t.s.memories, m)
		return
	}
	t.s.memories[m] = memory{seq, slices.Clone(b)}
}

func (t tx) Receipt(receipt string) uint64 { return t.s.receipt[receipt] }

func (t tx) ID(source, id string) uint64 { return t.s.ids[[2]string{source, id}] }

func (t tx) Lane(id queue.LaneID) queue.Lane { return t.s.lane(id) }

func (t tx) Open(id queue.LaneID) []uint64 {
	return t.s.where(func(d *queue.Delivery) bool { return d.LaneID() == id && !d.State.Final() })
}

func (t tx) Timeline(unit, lane string) []uint64 {
	return t.s.where(func(d *queue.Delivery) bool { return d.Unit == unit && d.Lane == lane })
}

func (t tx) Waiting(unit, key string) []uint64 {
	return t.s.where(func(d *queue.Delivery) bool { return d.Unit == unit && slices.Contains(d.WaitFor, key) })
}

func (t tx) Case(unit, lane string) *queue.Case { return t.s.cases[[2]string{unit, lane}] }
func (t tx) SaveCase(c *queue.Case)             { t.s.cases[[2]string{c.Unit, c.Lane}] = c }
func (t tx) DropCase(unit, lane string)         { delete(t.s.cases, [2]string{unit, lane}) }

func (t tx) Cross(x rules.Cross, id string) string { return t.s.cross[x][id] }

func (t tx) SetCross(x rules.Cross, id, other string) {
	if t.s.cross[x] == nil {
		t.s.cross[x] = map[string]string{}
	}
	t.s.cross[x][id] = other
}

func (t tx) DropCross(x rules.Cross, id string) { delete(t.s.cross[x], id) }

func (t tx) DropScope(unit, scope string) {
	maps.DeleteFunc(t.s.cross, func(x rules.Cross, _ map[string]string) bool { return x.Unit == unit && x.Scope == scope })
}

func (t tx) Lease(receipt string, lease uint64) (begun, ok bool) {
	return t.s.leases.Check(receipt, lease)
}
func (t tx) Begun(receipt string) { t.s.leases.Begun(receipt) }
func (t tx) Void(receipt string)  { t.s.leases.Void(receipt) }

// order is every sequence number, ascending.
func (s *Store) order() []uint64 {
	return s.where(func(*queue.Delivery) bool { return true })
}

// where are the deliveries that a condition holds of, in order.
func (s *Store) where(cond func(d *queue.Delivery) bool) []uint64 {
	var out []uint64
	for seq, d := range s.all {
		if cond(d) {
			out = append(out, seq)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Store) lane(id queue.LaneID) (l queue.Lane) {
	for _, seq := range s.where(func(d *queue.Delivery) bool { return d.LaneID() == id && d.InLane() }) {
		if !l.Add(s.all[seq].Member()) {
			break
		}
	}
	return l
}
