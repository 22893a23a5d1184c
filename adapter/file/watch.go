package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/internal/codec"
)

// maxReceipt bounds a receipt file.
const maxReceipt = 1 << 20

// patience bounds one round of looking where the context does not.
const patience = 2 * time.Minute

// watch is what one Watch remembers between its rounds.
type watch struct {
	k    *Sink
	in   adapter.Intake
	seen map[string]entry // receipts by path, as the last look found them
	notices
}

// Watch implements adapter.Watcher: looks for the receipt files of what waits,
// each route's every so often. A receipt counts once it is the same in two looks.
func (k *Sink) Watch(ctx context.Context, awaiting func() []adapter.Awaited, in adapter.Intake) error {
	due := map[*route]time.Time{}
	for _, r := range k.config.routes {
		if r.receipt != nil {
			due[r] = time.Now()
		}
	}
	w := &watch{k: k, in: in, seen: map[string]entry{}, notices: newNotices(k.log)}
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
			}
			again := r.receipt.every
			if w.round(ctx, r, all) {
				again = min(again, time.Second)
			}
			due[r] = time.Now().Add(again)
		}
	}
}

// round looks for the receipts of one route; fresh tells that one was seen that
// may still be written.
func (w *watch) round(ctx context.Context, r *route, all []adapter.Awaited) (fresh bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var mine []adapter.Awaited
	for _, a := range all {
		if a.Await != "" && w.k.route(a.Type) == r {
			mine = append(mine, a)
		}
	}
	if len(mine) == 0 {
		return false
	}
	listed, err := w.k.place.list(ctx, r.receipt.dir)
	if missing(err) { // nobody wrote anything yet
		listed, err = nil, nil
	}
	if err != nil {
		err = failed(w.k.place, "list the receipts", err)
	}
	w.once(ctx, "receipts of "+r.name, "", err)
	there := map[string]entry{}
	for _, e := range listed {
		if e.plain() {
			there[e.name] = e
		}
	}
	for _, a := range mine {
		names := []string{beside(r.receipt.ok, a.Await), beside(r.receipt.error, a.Await)}
		if a.Settled { // its ok is known
			names = names[1:]
		}
		for _, name := range names {
			e, ok := there[name]
			if !ok || name == "" {
				continue
			}
			path := join(r.receipt.dir, name)
			if before, known := w.seen[path]; !known || !before.same(e) {
				w.seen[path], fresh = e, true
				continue
			}
			w.one(ctx, r, a, name, path)
			break
		}
	}
	w.forget(r, there)
	return fresh
}

// forget drops what is remembered of receipts that are gone.
func (w *watch) forget(r *route, there map[string]entry) {
	for path := range w.seen {
		name, in := strings.CutPrefix(path, join(r.receipt.dir, ""))
		if _, still := there[name]; in && !strings.Contains(name, "/") && !still {
			delete(w.seen, path)
		}
	}
}

// one reads a receipt and tells what it says.
func (w *watch) one(ctx context.Context, r *route, a adapter.Awaited, name, path string) {
	raw, err := w.k.place.read(ctx, path, maxReceipt)
	if err != nil {
		w.once(ctx, "read a receipt", a.Receipt, failed(w.k.place, "read a receipt", err))
		return
	}
	late, decided := w.k.judge(r, a, name, raw)
	if !decided {
		return
	}
	late.Correlate = a.Receipt
	err = w.in.Acknowledge(ctx, late)
	if errors.Is(err, adapter.ErrUnknownReference) {
		err = nil // settled meanwhile
	}
	w.once(ctx, "acknowledge", "", err)
}

// judge asks the ack rules about a receipt. Without rules its name decides. What
// no rule matches waits on.
func (k *Sink) judge(r *route, a adapter.Awaited, name string, raw []byte) (adapter.Late, bool) {
	charset := k.answer.Charset
	rest, marked := bytes.CutPrefix(raw, []byte("\xef\xbb\xbf"))
	if marked { // a byte order mark says more than what was agreed
		charset = "UTF-8"
	}
	text, err := codec.Text(rest, charset)
	if err != nil {
		text = strings.ToValidUTF8(string(rest), "\uFFFD")
	}
	if r.ack == nil {
		if name == beside(r.receipt.error, a.Await) {
			return adapter.Late{Refused: true, Detail: strings.TrimSpace(text)}, true
		}
		ref := ""
		if words := strings.Fields(text); len(words) > 0 && words[0] != "OK" {
			ref = words[0]
		}
		return adapter.Late{Ack: adapter.Ack{LocalRef: ref}}, true
	}
	ack, matched, err := r.ack.Judge(rules.Answer{Text: text, Name: name, Readable: true}, a.Key)
	var f *adapter.Failure
	switch {
	case !matched:
		return adapter.Late{}, false
	case errors.As(err, &f) && f.Outcome == adapter.Refused:
		return adapter.Late{Refused: true, Code: f.Code, Detail: f.Detail, HoldReason: f.HoldReason}, true
	case err != nil, ack.Await != "": // retry and await: a file cannot be asked again
		return adapter.Late{}, false
	}
	return adapter.Late{Ack: ack}, true
}

// CanLook implements adapter.Looker.
func (k *Sink) CanLook(messageType string) bool {
	r := k.route(messageType)
	return r != nil && r.receipt != nil
}

// Look implements adapter.Looker: is the file still there, or a receipt? That
// neither is there never proves that it was not taken.
func (k *Sink) Look(ctx context.Context, a adapter.Awaited) (adapter.Sight, error) {
	r := k.route(a.Type)
	if r == nil || r.receipt == nil || a.Await == "" {
		return adapter.Gone, fmt.Errorf("no route with a receipt takes type %s", a.Type)
	}
	paths := []string{join(r.dir, a.Await)}
	for _, name := range []string{beside(r.receipt.ok, a.Await), beside(r.receipt.error, a.Await)} {
		if name != "" {
			paths = append(paths, join(r.receipt.dir, name))
		}
	}
	for _, path := range paths {
		there, err := exists(ctx, k.place, path)
		if err != nil {
			return "", failed(k.place, "look for the file", err)
		}
		if there {
			return adapter.StillThere, nil
		}
	}
	return adapter.Gone, nil
}
