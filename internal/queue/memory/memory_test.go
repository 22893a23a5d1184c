package memory_test

import (
	"testing"

	"duijie/internal/queue"
	"duijie/internal/queue/memory"
	"duijie/internal/queue/queuetest"
)

func TestSuite(t *testing.T) {
	queuetest.Run(t, func(t *testing.T, s queuetest.Setup) (queue.Store, func() queue.Store) {
		m := memory.Open(memory.Options{Now: s.Now, Mono: s.Mono, Judge: s.Judge, LogHorizon: s.LogHorizon, Fault: s.Fault})
		return m, func() queue.Store { m.Crash(); return m }
	})
}
