package bolt

import (
	"container/heap"
	"fmt"
	"slices"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// List selects deliveries. By query or subject it looks up; by state or unit it
// walks those alone; else it walks all, from the cursor on. By type, mark, reason
// and time it passes by the spans that have none.
func (s *Store) List(f queue.Filter) (ds []queue.Delivery, next uint64, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	err = s.read(func(v *view) {
		walk := v.walk(f)
		var last uint64
		for seq := walk(); seq != 0; seq = walk() {
			d, _ := v.record(seq)
			if d == nil || !f.Matches(d) {
				continue
			}
			if len(ds) == limit {
				next = last
				return
			}
			v.complete(d)
			ds, last = append(ds, *d), seq
		}
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list deliveries: %w", err)
	}
	return ds, next, nil
}

// walk gives the sequence numbers that may match, in the filter's order and
// beyond its cursors; 0 ends it.
func (v *view) walk(f queue.Filter) func() uint64 {
	switch {
	case f.Query != "":
		return v.listed(f, v.query(f))
	case f.Subject != "":
		return v.listed(f, v.subject(f))
	}
	var prefixes [][]byte
	bucket := bRecord
	spans := v.spans(f)
	if f.State != "" || len(f.Units) > 0 || f.Direction != "" && spans == nil {
		bucket, prefixes = bState, v.prefixes(f)
	} else {
		prefixes = [][]byte{nil}
	}
	return v.merged(f, bucket, prefixes, spans)
}

// prefixes are the parts of the state index that a filter asks for.
func (v *view) prefixes(f queue.Filter) (out [][]byte) {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	for c := range v.s.counts {
		if (f.State == "" || c.State == f.State) && (f.Direction == "" || c.Direction == f.Direction) &&
			(len(f.Units) == 0 || slices.Contains(f.Units, c.Unit)) {
			out = append(out, append([]byte{stateByte[c.State]}, targetKey(c.Target)...))
		}
	}
	return out
}

// listed walks looked-up numbers.
func (v *view) listed(f queue.Filter, seqs []uint64) func() uint64 {
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	seqs = slices.DeleteFunc(seqs, func(seq uint64) bool {
		return f.After != 0 && seq <= f.After || f.Before != 0 && seq >= f.Before
	})
	if !f.Oldest {
		slices.Reverse(seqs)
	}
	return func() (seq uint64) {
		if len(seqs) > 0 {
			seq, seqs = seqs[0], seqs[1:]
		}
		return seq
	}
}

// query looks up a receipt, id, key, subject, local or court number, whole.
func (v *view) query(f queue.Filter) []uint64 {
	q := f.Query
	out := append(v.named(q), v.seqs(bKey, append([]byte(q), 0))...)
	if seq := v.receipt(q); seq != 0 {
		out = append(out, seq)
	}
	for _, unit := range v.units(f) {
		lanes := []string{"n:" + q, "l:" + q}
		for _, kind := range []string{"case", "court"} {
			if n := v.Cross(rules.Cross{Unit: unit, Kind: kind, Side: rules.Local}, q); n != "" {
				lanes = append(lanes, "n:"+n)
			}
		}
		for _, lane := range lanes {
			out = append(out, v.seqs(bCaseOf, timelineKey(unit, lane))...)
		}
	}
	return out
}

func (v *view) subject(f queue.Filter) []uint64 {
	out := v.named(f.Subject)
	for _, unit := range v.units(f) {
		out = append(out, v.seqs(bCaseOf, timelineKey(unit, "n:"+f.Subject))...)
	}
	return out
}

// named are those whose id or subject it is.
func (v *view) named(q string) []uint64 {
	seqs := v.seqs(bFind, hash(q))
	v.scan(bID, hash(q), func(_, seq []byte) bool {
		seqs = append(seqs, num(seq))
		return true
	})
	return slices.DeleteFunc(seqs, func(seq uint64) bool {
		d, _ := v.record(seq)
		return d == nil || d.ID != q && d.Subject != q
	})
}

func (v *view) units(f queue.Filter) []string {
	if len(f.Units) > 0 {
		return f.Units
	}
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	seen := map[string]bool{}
	var out []string
	for c := range v.s.counts {
		if !seen[c.Unit] {
			seen[c.Unit] = true
			out = append(out, c.Unit)
		}
	}
	return out
}

// merged walks several parts of an index, whose keys end with the number, as one.
func (v *view) merged(f queue.Filter, bucket journal.Bucket, prefixes [][]byte, spans *spans) func() uint64 {
	h := &parts{oldest: f.Oldest}
	from := f.After
	if !f.Oldest {
		from = f.Before - 1 // 0: from the last there can be
	}
	for _, p := range prefixes {
		part := &part{tx: v.tx, bucket: bucket, prefix: p, oldest: f.Oldest, spans: spans}
		if part.seek(from); part.at() {
			h.all = append(h.all, part)
		}
	}
	heap.Init(h)
	return func() uint64 {
		for len(h.all) > 0 {
			p := h.all[0]
			seq := p.seq
			if p.step() {
				heap.Fix(h, 0)
			} else {
				heap.Pop(h)
			}
			if f.After != 0 && seq <= f.After || f.Before != 0 && seq >= f.Before {
				continue
			}
			return seq
		}
		return 0
	}
}

// part is one prefix of an index, walked either way.
type part struct {
	tx     *journal.Tx
	bucket journal.Bucket
	prefix []byte
	oldest bool
	spans  *spans // nil: none is passed by
	w      *journal.Walk
	seq    uint64
}

// seek goes to the first number at or behind one, in the walk's order.
func (p *part) seek(seq uint64) {
	if p.oldest {
		p.w = p.tx.Ascend(p.bucket, join(p.prefix, be(seq)), p.prefix)
	} else {
		p.w = p.tx.Descend(p.bucket, join(p.prefix, be(seq), []byte{0}), p.prefix)
	}
}

func (p *part) step() bool {
	p.w.Next()
	return p.at()
}

// at goes on to a number whose span is not passed by; false: there is none.
func (p *part) at() bool {
	for p.w.Valid() {
		p.seq = tail(p.w.Key())
		if p.spans == nil {
			return true
		}
		to, ok := p.spans.onward(p.seq)
		if !ok {
			return false
		}
		if to == p.seq {
			return true
		}
		p.seek(to)
	}
	return false
}

// parts is a heap of parts by their number.
type parts struct {
	all    []*part
	oldest bool
}

func (h *parts) Len() int           { return len(h.all) }
func (h *parts) Less(i, j int) bool { return (h.all[i].seq < h.all[j].seq) == h.oldest }
func (h *parts) Swap(i, j int)      { h.all[i], h.all[j] = h.all[j], h.all[i] }
func (h *parts) Push(x any)         { h.all = append(h.all, x.(*part)) }
func (h *parts) Pop() any {
	p := h.all[len(h.all)-1]
	h.all = h.all[:len(h.all)-1]
	return p
}
