package gateway

import (
	"sync"
	"time"

	"duijie/adapter"
)

// What is kept of callbacks that came before their reference.
const (
	earlyMost = 1000
	earlyKept = 10 * time.Minute
)

// earlyCalls keeps callbacks under references that no delivery has yet. A local system
// that is quick calls back before the answer that names the reference has been
// read; refused, it may never call again. They are kept in memory only: whoever
// called was told that nobody knows the reference.
type earlyCalls struct {
	mu   sync.Mutex
	kept []earlyCall
}

type earlyCall struct {
	unit string
	late adapter.Late
	at   time.Time
}

// keep puts a callback aside; the oldest go where there are too many.
func (e *earlyCalls) keep(unit string, late adapter.Late, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.kept) == earlyMost {
		e.kept = append(e.kept[:0], e.kept[1:]...)
	}
	e.kept = append(e.kept, earlyCall{unit, late, now})
}

// take gives the callbacks that wait for a reference, in the order in which they came.
func (e *earlyCalls) take(unit, ref string, now time.Time) []adapter.Late {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []adapter.Late
	rest := e.kept[:0]
	for _, c := range e.kept {
		switch {
		case c.unit == unit && c.late.Correlate == ref:
			out = append(out, c.late)
		case now.Sub(c.at) < earlyKept:
			rest = append(rest, c)
		}
	}
	clear(e.kept[len(rest):])
	e.kept = rest
	return out
}
