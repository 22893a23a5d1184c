package gateway

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"duijie/adapter"
	"duijie/internal/queue"
)

// lockedBuffer is a log that many goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestPeerTextIsNotInLogs(t *testing.T) {
	bubble(t, func(r *rig) {
		var log lockedBuffer
		r.options = func(o *Options) {
			o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		r.local.answer = func(int, adapter.Message) (adapter.Ack, error) {
			return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Refused, Code: "E201", Status: 200, Detail: "虚构甲 已存在", Err: errors.New("post /x: refused by a rule")}
		}
		r.start()
		a := r.push("case.delegated", "A1", "1")
		d := r.state(a.Receipt, queue.Held, "refused")
		if d.Attempts[0].Detail != "虚构甲 已存在" || d.Attempts[0].Code != "E201" {
			t.Fatalf("the operator's detail: %+v", d.Attempts[0])
		}
		if strings.Contains(log.String(), "虚构甲") || strings.Contains(d.Reason.Detail, "虚构甲") {
			t.Fatalf("the peer's text is in the log or in our own words")
		}
		if !strings.Contains(log.String(), "E201") {
			t.Fatal("the rule's code is not in the log")
		}
	})
}
