package queue_test

import (
	"testing"
	"time"

	"duijie/internal/queue"
)

// TestClaimable is the lane rule as a table: members in order, who may go.
func TestClaimable(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	due, later := now, now.Add(time.Minute)
	queued := queue.Member{State: queue.Queued, DueAt: due}
	retrying := queue.Member{State: queue.Queued, DueAt: later}
	waits := queue.Member{State: queue.Queued, DueAt: later, WaitsOrder: true}
	waited := queue.Member{State: queue.Queued, DueAt: due, WaitsOrder: true}
	urgent := queue.Member{State: queue.Queued, DueAt: due, Urgent: true}
	opens := queue.Member{State: queue.Queued, DueAt: due, Opens: true}
	opensLater := queue.Member{State: queue.Queued, DueAt: later, Opens: true}
	for name, c := range map[string]struct {
		members []queue.Member
		want    uint64
	}{
		"empty lane":                             {nil, 0},
		"due head":                               {[]queue.Member{queued, queued}, 1},
		"retrying head":                          {[]queue.Member{retrying, queued, urgent, opens}, 0},
		"sending head":                           {[]queue.Member{{State: queue.Sending}, urgent, opens}, 0},
		"held head":                              {[]queue.Member{{State: queue.Held}, queued, opens}, 0},
		"held head, urgent behind":               {[]queue.Member{{State: queue.Held}, queued, urgent, urgent}, 3},
		"awaiting head, urgent behind":           {[]queue.Member{{State: queue.Awaiting}, urgent}, 2},
		"first urgent is held itself":            {[]queue.Member{{State: queue.Held}, {State: queue.Held, Urgent: true}, urgent}, 3},
		"head waits for order":                   {[]queue.Member{waits, queued, urgent}, 0},
		"head waits for order, one opens":        {[]queue.Member{waits, queued, opens}, 3},
		"head waits for order, opener retries":   {[]queue.Member{waits, opensLater}, 0},
		"head waited long enough":                {[]queue.Member{waited, queued}, 1},
		"head waited, opener due too":            {[]queue.Member{waited, opens}, 2},
		"head waited, opener retries":            {[]queue.Member{waited, opensLater}, 1},
		"opens does not pass a head that failed": {[]queue.Member{retrying, opens}, 0},
	} {
		var l queue.Lane
		for i, m := range c.members {
			m.Seq = uint64(i + 1)
			if !l.Add(m) {
				break
			}
		}
		if got := l.Claimable(now); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestSkippedIsNoMember(t *testing.T) {
	for _, c := range []struct {
		d    queue.Delivery
		want bool
	}{
		{queue.Delivery{State: queue.Held}, true},
		{queue.Delivery{State: queue.Held, Skipped: true}, false},
		{queue.Delivery{State: queue.Queued, Skipped: true}, true},
		{queue.Delivery{State: queue.Acked}, false},
		{queue.Delivery{State: queue.Cancelled}, false},
	} {
		if got := c.d.InLane(); got != c.want {
			t.Errorf("%s, skipped %v: %v", c.d.State, c.d.Skipped, got)
		}
	}
}
