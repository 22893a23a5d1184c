package bolt

import (
	"fmt"

	"duijie/internal/queue"
)

// Draft is what the attempt under way held back; nil: nothing.
func (t *wtx) Draft(seq uint64) []byte { return t.open(bDraft, seq) }

// SetDraft keeps what an attempt held back; nil forgets it.
func (t *wtx) SetDraft(seq uint64, b []byte) {
	if b != nil {
		t.put(bDraft, be(seq), t.s.o.Seal.Seal(b))
	} else if t.get(bDraft, be(seq)) != nil {
		t.delete(bDraft, be(seq))
	}
}

// Rememberer is the sequence number of the delivery whose memory stands; 0: none.
func (t *wtx) Rememberer(m queue.Memory) uint64 {
	if b := t.get(bMemory, memoryKey(m)); b != nil {
		return num(b)
	}
	return 0
}

// SetMemory keeps a memory; nil forgets it.
func (t *wtx) SetMemory(m queue.Memory, seq uint64, b []byte) {
	if b != nil {
		t.put(bMemory, memoryKey(m), append(be(seq), t.s.o.Seal.Seal(b)...))
	} else if t.get(bMemory, memoryKey(m)) != nil {
		t.delete(bMemory, memoryKey(m))
	}
}

// Remembered is what the last document taken by its receiver left out.
func (s *Store) Remembered(m queue.Memory) (out []byte) {
	s.read(func(v *view) {
		b := v.get(bMemory, memoryKey(m))
		if b == nil {
			return
		}
		plain, err := s.o.Seal.Open(b[8:])
		if err != nil {
			v.fail(fmt.Errorf("open sealed memory: %w", err))
			return
		}
		out = plain
	})
	return out
}
