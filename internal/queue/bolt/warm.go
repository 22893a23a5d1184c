package bolt

import (
	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

// warmRecords bounds the records kept decoded, about 2 KB each.
const warmRecords = 1024

// warm are open records as the last commit left them, for the writer alone: most
// are begun and settled soon after they were put, and need not be decoded for it.
type warm map[uint64]warmRecord

type warmRecord struct {
	d     *queue.Delivery
	again bool
}

// takeWarm gives a record, which is the transaction's from then on: after one
// that fails it is read from the file again.
func (s *Store) takeWarm(seq uint64) (*queue.Delivery, bool) {
	w := s.warm[seq]
	delete(s.warm, seq)
	return w.d, w.again
}

// keepWarm keeps what a commit has touched and is still open. A copy, because
// what came from callers is shared with them.
func (s *Store) keepWarm(live map[uint64]*liveRecord) {
	for seq, l := range live {
		if l.d.State.Final() {
			continue
		}
		if len(s.warm) >= warmRecords {
			clear(s.warm)
		}
		s.warm[seq] = warmRecord{rules.Clone(l.d), l.again}
	}
}
