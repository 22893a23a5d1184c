package bolt

import (
	"fmt"
	"slices"

	"duijie/internal/queue"
)

// spanBits is how many low bits of a sequence number are its place in a span.
const spanBits = 8

// span says what may be found among 256 deliveries that follow each other, so that
// a walk for a type, mark, reason or time passes by those that have none of it. It
// never says too little: what a delivery once had stays.
type span struct {
	From  int64    `cbor:"1,keyasint"` // acceptance, Unix nanoseconds
	To    int64    `cbor:"2,keyasint"`
	Words []string `cbor:"3,keyasint"` // a kind and a text
}

// Kinds of words.
const (
	wordType   = 't'
	wordMark   = 'm'
	wordReason = 'r'
)

func (s *span) has(kind byte, text string) bool {
	for _, w := range s.Words {
		if w[0] == kind && w[1:] == text {
			return true
		}
	}
	return false
}

// cover makes a span say what a delivery has; false: it did.
func (s *span) cover(d *queue.Delivery) (changed bool) {
	if at := nano(d.AcceptedAt); at < s.From {
		s.From, changed = at, true
	} else if at > s.To {
		s.To, changed = at, true
	}
	add := func(kind byte, text string) {
		if !s.has(kind, text) {
			s.Words, changed = append(s.Words, string(kind)+text), true
		}
	}
	add(wordType, d.Type)
	for _, m := range d.Marks {
		add(wordMark, m)
	}
	if d.Reason != nil {
		add(wordReason, d.Reason.Code)
	}
	return changed
}

// may tells whether a delivery of the span may be what a filter looks for.
func (s *span) may(f queue.Filter) bool {
	return (f.Type == "" || s.has(wordType, f.Type)) && (f.Mark == "" || s.has(wordMark, f.Mark)) && (f.Reason == "" || s.has(wordReason, f.Reason)) &&
		(f.Since.IsZero() || !at(s.To).Before(f.Since)) && (f.Until.IsZero() || !at(s.From).After(f.Until))
}

// span reads the span of a number; nil: there is none, or it cannot be read.
func (v *view) span(number uint64) *span {
	b := v.get(bSpan, be(number))
	if b == nil {
		return nil
	}
	s := new(span)
	if err := v.s.cbor.dec.Unmarshal(b, s); err != nil {
		v.fail(fmt.Errorf("decode span: %w", err))
		return nil
	}
	return s
}

// liveSpan is a span that a transaction has changed.
type liveSpan struct {
	span
	number uint64
}

// cover has the span of a delivery say what it has.
func (t *wtx) cover(d *queue.Delivery) {
	number := d.Seq >> spanBits
	s := t.spans[number]
	if s == nil {
		was := t.s.newest
		if was == nil || was.number != number {
			was = &liveSpan{number: number, span: span{From: nano(d.AcceptedAt), To: nano(d.AcceptedAt)}}
			if known := t.view.span(number); known != nil {
				was.span = *known
			}
		}
		s = &liveSpan{span{was.From, was.To, slices.Clip(was.Words)}, number}
	}
	if s.cover(d) {
		t.spans[number] = s
	}
}

// coverAll makes the spans of all records.
func (t *wtx) coverAll() {
	t.scan(bRecord, nil, func(k, b []byte) bool {
		d, _, err := t.s.decode(num(k), b)
		if err != nil {
			t.fail(err)
			return false
		}
		t.cover(d)
		return true
	})
}

// flushSpans writes what was covered.
func (t *wtx) flushSpans() {
	for number, s := range t.spans {
		b, err := t.s.cbor.enc.Marshal(s.span)
		t.fail(err)
		t.put(bSpan, be(number), b)
	}
}

// dropSpans forgets the spans of which no delivery is left.
func (t *wtx) dropSpans(of map[uint64]bool) {
	for number := range of {
		w := t.tx.Ascend(bRecord, be(number<<spanBits), nil)
		if !w.Valid() || num(w.Key())>>spanBits != number {
			t.delete(bSpan, be(number))
			t.s.newest = nil
		}
	}
}

// spans are those that a walk does not pass by.
type spans struct {
	v     *view
	f     queue.Filter
	last  uint64 // number of the last span
	known map[uint64]bool
}

// spans are those for a filter; nil: they do not narrow it.
func (v *view) spans(f queue.Filter) *spans {
	if f.Type == "" && f.Mark == "" && f.Reason == "" && f.Since.IsZero() && f.Until.IsZero() {
		return nil
	}
	s := &spans{v: v, f: f, known: map[uint64]bool{}}
	if w := v.tx.Descend(bRecord, nil, nil); w.Valid() {
		s.last = num(w.Key()) >> spanBits
	}
	return s
}

// onward is the first number at or behind seq, in the walk's order, whose span may
// have what is looked for; false: there is none.
func (s *spans) onward(seq uint64) (uint64, bool) {
	for {
		number := seq >> spanBits
		may, known := s.known[number]
		if !known {
			one := s.v.span(number)
			may = one == nil || one.may(s.f)
			s.known[number] = may
		}
		switch {
		case may:
			return seq, true
		case s.f.Oldest && number >= s.last, !s.f.Oldest && number == 0:
			return 0, false
		case s.f.Oldest:
			seq = (number + 1) << spanBits
		default:
			seq = number<<spanBits - 1
		}
	}
}
