package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/internal/codec"
)

// maxKeys bounds the keys of one look, under every driver's limit.
const maxKeys = 200

// looksBeforeVanished is how many looks running must miss a row. A local job may
// move it to history in two transactions, and be seen between them.
const looksBeforeVanished = 2

// watch is what one Watch remembers between its rounds.
type watch struct {
	k      *Sink
	in     adapter.Intake
	missed map[string]int // by receipt: looks running that did not find the row
	notices
}

// Watch implements adapter.Watcher: reads the rows that wait for the local job,
// each route's every so often, until an ack rule matches.
func (k *Sink) Watch(ctx context.Context, awaiting func() []adapter.Awaited, in adapter.Intake) error {
	due := map[*route]time.Time{}
	for _, r := range k.config.routes {
		if r.poll != nil {
			due[r] = time.Now().Add(r.poll.every)
		}
	}
	w := &watch{k: k, in: in, missed: map[string]int{}, notices: newNotices(k.log)}
	for {
		wait := time.Hour
		for _, at := range due {
			wait = min(wait, time.Until(at))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(wait, 0)):
		}
		var all []adapter.Awaited
		listed := false
		for r, at := range due {
			if time.Now().Before(at) {
				continue
			}
			if !listed {
				all, listed = awaiting(), true
				w.forget(all)
			}
			w.round(ctx, r, all)
			due[r] = time.Now().Add(r.poll.every)
		}
	}
}

// forget drops what is remembered of deliveries that wait no more.
func (w *watch) forget(all []adapter.Awaited) {
	waits := make(map[string]bool, len(all))
	for _, a := range all {
		waits[a.Receipt] = true
	}
	for receipt := range w.missed {
		if !waits[receipt] {
			delete(w.missed, receipt)
		}
	}
}

// round looks at all rows that wait on one route.
func (w *watch) round(ctx context.Context, r *route, all []adapter.Awaited) {
	var mine []adapter.Awaited
	for _, a := range all {
		if a.Await != "" && w.k.route(a.Type) == r {
			mine = append(mine, a)
		}
	}
	for len(mine) > 0 && ctx.Err() == nil {
		n := min(len(mine), maxKeys)
		err := w.look(ctx, r, mine[:n])
		w.once(ctx, "poll "+r.poll.table, "", err)
		if err != nil {
			return
		}
		mine = mine[n:]
	}
}

// look reads the rows of some deliveries and tells the gateway what they say.
func (w *watch) look(ctx context.Context, r *route, some []adapter.Awaited) error {
	ctx, cancel := context.WithTimeout(ctx, w.k.b.timeout)
	defer cancel()
	found, err := w.k.polled(ctx, r.poll.table, r.poll.key, refs(some, func(a adapter.Awaited) string { return a.Await }))
	if err != nil {
		return err
	}
	var gone []adapter.Awaited
	for _, a := range some {
		if rows := found[a.Await]; len(rows) > 0 {
			w.judge(ctx, r, a, rows)
		} else {
			gone = append(gone, a)
		}
	}
	return w.searchHistory(ctx, r, gone)
}

// searchHistory looks for rows that are gone where idempotency says they may have
// moved; one that is nowhere needs a person and is never inserted again from here.
func (w *watch) searchHistory(ctx context.Context, r *route, gone []adapter.Awaited) error {
	if len(gone) == 0 {
		return nil
	}
	moved := map[string][]codec.Value{}
	if r.key != nil {
		for _, table := range r.key.also {
			found, err := w.k.polled(ctx, table, r.key.column, refs(gone, func(a adapter.Awaited) string { return a.Key }))
			if err != nil {
				return err
			}
			for key, rows := range found {
				moved[key] = append(moved[key], rows...)
			}
		}
	}
	for _, a := range gone {
		if rows := moved[a.Key]; len(rows) > 0 {
			w.judge(ctx, r, a, rows)
			continue
		}
		if a.Settled { // rows that are done are cleared away
			continue
		}
		if w.missed[a.Receipt]++; w.missed[a.Receipt] < looksBeforeVanished {
			continue
		}
		w.tell(ctx, a, adapter.Late{Refused: true, HoldReason: "row-vanished"})
	}
	return nil
}

// judge asks the ack rules about a delivery's rows; where none decides, it waits on.
func (w *watch) judge(ctx context.Context, r *route, a adapter.Awaited, rows []codec.Value) {
	delete(w.missed, a.Receipt)
	for i := range rows {
		ack, matched, err := r.ack.Judge(rules.Answer{Row: &rows[i], Readable: true}, a.Key)
		var f *adapter.Failure
		switch {
		case !matched:
			continue
		case errors.As(err, &f) && f.Outcome == adapter.Refused:
			w.tell(ctx, a, adapter.Late{Refused: true, Code: f.Code, Detail: f.Detail, HoldReason: f.HoldReason})
		case err != nil, ack.Await != "": // retry and await: the row is there, the local job comes to it again
		default:
			w.tell(ctx, a, adapter.Late{Ack: ack})
		}
		return
	}
}

func (w *watch) tell(ctx context.Context, a adapter.Awaited, late adapter.Late) {
	late.Correlate = a.Receipt
	err := w.in.Acknowledge(ctx, late)
	if errors.Is(err, adapter.ErrUnknownReference) {
		err = nil // settled meanwhile
	}
	w.once(ctx, "acknowledge", "", err)
}

func refs(some []adapter.Awaited, of func(adapter.Awaited) string) []string {
	out := make([]string, len(some))
	for i, a := range some {
		out[i] = of(a)
	}
	return out
}

// polled reads the rows with some keys, by key. A column that cannot be read is
// there in base64: the status beside it counts all the same.
func (k *Sink) polled(ctx context.Context, table, column string, keys []string) (map[string][]codec.Value, error) {
	t, err := k.b.table(ctx, k.b.db, table)
	if err != nil {
		return nil, err
	}
	c, err := t.need(column)
	if err != nil {
		return nil, err
	}
	columns := t.all(column)
	s := k.b.statement("SELECT ").selected(columns).add(" FROM ", t.quoted, " WHERE ", k.b.d.compare(c), " IN (")
	for i, key := range keys {
		v, err := k.b.write(codec.Str(key), c)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			s.add(", ")
		}
		s.value(c, v)
	}
	found, err := k.b.query(ctx, k.b.db, s.add(")"), columns)
	if err != nil {
		if k.b.of(err).class == missing {
			k.b.forget()
		}
		return nil, k.b.failed(ctx, "read "+table, err, beforeInsert)
	}
	out := map[string][]codec.Value{}
	for _, one := range found {
		row, _ := k.b.value(one)
		if v, ok := row.Get(column); ok {
			out[v.Text] = append(out[v.Text], row)
		}
	}
	return out, nil
}

// CanLook implements adapter.Looker.
func (k *Sink) CanLook(messageType string) bool {
	r := k.route(messageType)
	return r != nil && r.poll != nil
}

// Look implements adapter.Looker: is the row still there, or in history? That a
// row is not there never proves that it was not taken.
func (k *Sink) Look(ctx context.Context, a adapter.Awaited) (adapter.Sight, error) {
	r := k.route(a.Type)
	if r == nil || r.poll == nil {
		return adapter.Gone, fmt.Errorf("no route with a poll takes type %s", a.Type)
	}
	found, err := k.polled(ctx, r.poll.table, r.poll.key, []string{a.Await})
	if err != nil {
		return "", err
	}
	if len(found[a.Await]) > 0 {
		return adapter.StillThere, nil
	}
	if r.key != nil {
		for _, table := range r.key.also {
			found, err := k.polled(ctx, table, r.key.column, []string{a.Key})
			if err != nil {
				return "", err
			}
			if len(found[a.Key]) > 0 {
				return adapter.StillThere, nil
			}
		}
	}
	return adapter.Gone, nil
}
