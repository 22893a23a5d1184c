package queuetest

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

var putPromises = []promise{
	{"SameContentIsDuplicateWithPresentState", func(r *rig) {
		m := r.down("A", "case.delegated")
		receipt := r.putOne(m)
		r.deliver(receipt, acked(""))
		m.Receipt = "other"
		res := r.put(m)[0]
		r.want("result", []any{res.Receipt, res.State, res.Duplicate, res.ID}, []any{receipt, queue.Acked, true, m.ID})
		r.claimed()
	}},
	{"OtherContentIsIDReused", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		m.Digest[0] ^= 1
		m.Receipt = "other"
		res, err := r.Put(ctx, []queue.NewMessage{m})
		if err != nil || !errors.Is(res[0].Err, queue.ErrIDReused) {
			r.t.Fatalf("got %+v, %v", res, err)
		}
		if _, err := r.Get("other"); !errors.Is(err, queue.ErrNotFound) {
			r.t.Errorf("refused message is stored: %v", err)
		}
	}},
	{"TwoEqualMessagesInOnePutAreOne", func(r *rig) {
		m := r.down("A", "case.delegated")
		n := m
		n.Receipt = "other"
		res := r.put(m, n)
		r.want("second", []any{res[1].Receipt, res[1].Duplicate}, []any{res[0].Receipt, true})
		r.want("open", r.Open(toLocal), 1)
	}},
	{"OneRefusedMessageDoesNotSpoilTheOthers", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		m.Digest[0] ^= 1
		res, err := r.Put(ctx, []queue.NewMessage{r.down("B", "case.delegated"), m, r.down("C", "case.delegated")})
		if err != nil || res[0].Err != nil || res[2].Err != nil || res[1].Err == nil {
			r.t.Fatalf("got %+v, %v", res, err)
		}
		r.want("open", r.Open(toLocal), 3)
	}},
	{"ListItemSecondStateIsTaken", func(r *rig) {
		m := r.up("l:7", "case.progress")
		first := r.putOne(m)
		m.Receipt, m.Digest[0], m.Reissue = "second", m.Digest[0]^1, queue.ReissueTake
		res := r.put(m)[0]
		id := m.ID + "#" + hex.EncodeToString(m.Digest[:8])
		r.want("result", []any{res.ID, res.Duplicate, res.State}, []any{id, false, queue.Queued})
		d := r.get("second")
		r.want("key", d.Key, rules.Key(m.Unit, m.Source, id))
		r.want("marks", d.Marks, []string{"reissued"})
		m.Receipt = "third"
		r.want("again", r.put(m)[0].Duplicate, true)
		r.claimed(first)
	}},
	{"ReissueHoldHolds", func(r *rig) {
		m := r.up("l:7", "case.progress")
		r.put(m)
		m.Receipt, m.Digest[0], m.Reissue = "second", m.Digest[0]^1, queue.ReissueHold
		r.put(m)
		r.is("second", "held reissued")
	}},
	{"RowResetToZeroGoesAgain", func(r *rig) { // a row set back to unread with the same content is a duplicate, with other content its own message
		m := r.up("l:7", "case.progress")
		m.Reissue = queue.ReissueTake
		r.deliver(r.putOne(m), acked(""))
		r.want("unchanged", r.put(m)[0].Duplicate, true)
		m.Receipt, m.Digest[0] = "changed", m.Digest[0]^1
		r.put(m)
		r.claimed("changed")
	}},
	{"TooOldIsNeverTakenAsNew", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.put(m)
		r.horizon = start.Add(time.Second)
		r.want("known", r.put(m)[0].Duplicate, true)
		n := r.down("B", "case.delegated")
		res, _ := r.Put(ctx, []queue.NewMessage{n})
		if !errors.Is(res[0].Err, queue.ErrTooOld) {
			r.t.Errorf("err = %v", res[0].Err)
		}
	}},
	{"IdReusedAfterPurgeIsNotDuplicate", func(r *rig) {
		m := r.down("A", "case.delegated")
		r.deliver(r.putOne(m), acked(""))
		open := r.putOne(r.down("B", "case.delegated"))
		r.clock.Pass(48 * time.Hour)
		n, err := r.PurgeLog(ctx, r.clock.Now().Add(-time.Hour))
		if err != nil || n != 1 {
			r.t.Fatalf("purged %d, %v", n, err)
		}
		if _, known := r.FindID(m.Source, m.ID); known {
			r.t.Error("key outlives the log")
		}
		res, _ := r.Put(ctx, []queue.NewMessage{m}) // a repeat of what was purged: not a duplicate, and not new
		if !errors.Is(res[0].Err, queue.ErrTooOld) {
			r.t.Errorf("purged message again: %+v", res[0])
		}
		m.Time, m.Receipt, m.Digest[0] = r.clock.Now(), "new", m.Digest[0]^1
		r.want("reused id", []any{r.put(m)[0].Duplicate, r.put(m)[0].Receipt}, []any{false, "new"})
		r.restart()
		r.is(open, "queued", "new", "queued")
		old := r.down("C", "case.delegated")
		old.Time = start
		if res, _ := r.Put(ctx, []queue.NewMessage{old}); !errors.Is(res[0].Err, queue.ErrTooOld) {
			r.t.Errorf("after restart: %+v", res[0])
		}
	}},
	{"BeginsHeldOrLaterAsSaid", func(r *rig) {
		m := r.down("A", "case.delegated")
		m.Hold, m.Marks = &queue.Reason{Code: "unreadable"}, []string{"late"}
		n := r.down("B", "case.delegated")
		n.DueAt = start.Add(time.Hour)
		r.put(m, n)
		r.is(m.Receipt, "held unreadable")
		r.want("marks", r.get(m.Receipt).Marks, []string{"late"})
		r.claimed()
		r.clock.Pass(time.Hour)
		r.claimed(n.Receipt)
	}},
	{"EndedContextPutsNothing", func(r *rig) {
		c, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := r.Put(c, []queue.NewMessage{r.down("A", "case.delegated")}); err == nil {
			r.t.Fatal("no error")
		}
		r.want("open", r.Open(toLocal), 0)
	}},
	{"PayloadComesBackAsItWasGiven", func(r *rig) {
		m := r.down("A", "case.delegated")
		m.Payload = slices.Repeat([]byte("工资\x00\xff"), 50_000)
		m.Warnings, m.Stats = []queue.Warning{{Pointer: "/data/x", Code: "unknown-code"}}, map[string]string{"cause": "186"}
		m.Time = start.Add(-time.Hour)
		r.putOne(m)
		d := r.claim()[0]
		if string(d.Payload) != string(m.Payload) {
			r.t.Errorf("payload of %d bytes came back as %d", len(m.Payload), len(d.Payload))
		}
		p, err := r.Payload(m.Receipt)
		if err != nil || string(p) != string(m.Payload) {
			r.t.Errorf("payload: %d bytes, %v", len(p), err)
		}
		g := r.get(m.Receipt)
		r.want("kept", []any{g.Warnings, g.Stats, g.Time.Equal(m.Time), g.Digest, g.Key, g.Subject, len(g.Payload)},
			[]any{m.Warnings, m.Stats, true, m.Digest, m.Key, m.Subject, 0})
	}},
	{"ErrorQuotesNoPersonalData", func(r *rig) {
		c, cancel := context.WithCancel(ctx)
		cancel()
		m := r.down("张三", "case.delegated")
		_, err := r.Put(c, []queue.NewMessage{m})
		if err == nil || strings.Contains(err.Error(), "张三") || strings.Contains(err.Error(), "payload") {
			r.t.Errorf("err = %v", err)
		}
	}},
}
