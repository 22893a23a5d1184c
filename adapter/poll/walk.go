package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"duijie/adapter"
	"duijie/internal/problem"
)

// pagesMost ends a walk through a list that never ends.
const pagesMost = 100_000

// errNotTaken says that the gateway could not take an item now.
var errNotTaken = errors.New("the gateway cannot take it now")

// walk is one way through the list.
type walk struct {
	*loop
	since  string
	reach  int  // how far down the list a walk that was cut off had come
	passed int  // items passed on the way down
	fresh  int  // of these, what was not known before
	wrote  bool // that this walk has begun to take something is remembered
	pages  []int
	top    mark // the farthest cursor of what is durable
	low    mark // the nearest cursor of what is not
	stuck  bool // something that is not durable has no cursor
	any    bool // top is set
	newest []item
	// newestFirst: the list has its newest items on top, by the settings' word or by
	// the times on its first page.
	newestFirst bool
}

// pass walks once and moves the cursor where all of it was durable. An error says
// why the list was not read to its end; the next walk begins anew.
func (l *loop) pass(ctx context.Context) error {
	w := &walk{loop: l, since: l.sinceNow(), reach: l.reached()}
	if err := w.down(ctx); err != nil {
		return err
	}
	if len(w.pages) > 1 && w.fresh > 0 && (l.config.known || l.config.cursor != nil) {
		if err := w.up(ctx); err != nil {
			return err
		}
	}
	return w.done(ctx)
}

// down reads page after page until the last.
func (w *walk) down(ctx context.Context) error {
	c := w.config
	var before [32]byte
	same, empty := 0, 0
	for n := c.from; ; n += c.step {
		block, err := w.block(ctx, &n)
		if err != nil {
			return err
		}
		allKnown, err := w.take(ctx, block...)
		if err != nil {
			return err
		}
		for _, p := range block {
			if len(p.items) > 0 && p.digest == before {
				same++
			} else {
				same = 0
			}
			before = p.digest
			if len(p.items) == 0 {
				empty++
			} else {
				empty = 0
			}
		}
		p := block[len(block)-1]
		switch {
		case !c.paged, p.last, c.until == nil && empty > 0:
			return nil
		case c.known && allKnown && (w.reach == 0 || w.passed > w.reach+w.fresh+len(p.items)):
			return nil
		case same >= 2: // a list that gives its last page for every page behind it
			return nil
		case empty >= 2, len(w.pages) >= pagesMost:
			return &adapter.Failure{Outcome: adapter.UnitTrouble, Code: "rule", Cause: "pages-without-end",
				Err: errors.New("the list has no end: pages.until does not become true")}
		}
	}
}

// blockMost is how many pages are read before their items are taken, the oldest first.
const blockMost = 40

// block reads the page n. Where the list has its newest items first, the first
// block goes on to the page that holds one known from before, so that what came
// since is taken in the order in which it happened: an acceptance before the closing
// of a case. n becomes the last page's.
func (w *walk) block(ctx context.Context, n *int) ([]*page, error) {
	c := w.config
	var out []*page
	for first := len(w.pages) == 0; ; *n += c.step {
		p, err := w.fetch(ctx, *n, w.since)
		if err != nil && len(out) > 0 && w.cut >= failuresMost { // order is worth some walks, not that nothing is taken
			*n -= c.step
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", *n, err)
		}
		w.pages = append(w.pages, *n)
		out = append(out, p)
		if first && len(out) == 1 {
			w.newestFirst = c.known || p.falls()
		}
		same := len(out) > 1 && p.digest == out[len(out)-2].digest
		if !first || !w.newestFirst || !c.paged || p.last || same || len(p.items) == 0 || len(out) == blockMost || slices.ContainsFunc(p.items, w.knows) {
			return out, nil
		}
	}
}

func (w *walk) knows(one item) bool { return w.seen.has(digest(one.in)) }

// up reads the same pages again from the last to the first: what moved up while
// the walk went down was in none of the pages that it saw, but is in one of these,
// below something known. What stands above all that is known came meanwhile: the
// next walk finds it, with all between. Were it taken now, later rows would be known
// above others that are not, and the next walk would end before it came to these.
func (w *walk) up(ctx context.Context) error {
	for _, n := range slices.Backward(w.pages[:len(w.pages)-1]) {
		p, err := w.fetch(ctx, n, w.since)
		if err == nil {
			if w.newestFirst {
				p.items = p.items[w.firstKnown(p.items):]
			}
			_, err = w.take(ctx, p)
		}
		if err != nil {
			return fmt.Errorf("page %d again: %w", n, err)
		}
	}
	return nil
}

// firstKnown is the place of the first item that is known; behind the last where none is.
func (w *walk) firstKnown(items []item) int {
	if i := slices.IndexFunc(items, w.knows); i >= 0 {
		return i
	}
	return len(items)
}

// take hands the items of pages on, in a list that has its newest first from the
// end; allKnown is the last page's. An error is the gateway's: it cannot take
// anything now, and the walk ends here.
func (w *walk) take(ctx context.Context, pages ...*page) (allKnown bool, err error) {
	if w.config.known {
		if err := w.remember(ctx, pages); err != nil {
			return false, err
		}
	}
	var all []item
	for _, p := range pages {
		all = append(all, p.items...)
	}
	behind := len(all) - len(pages[len(pages)-1].items) // where the last page begins
	allKnown = true
	for i := range all {
		if w.newestFirst {
			i = len(all) - 1 - i
		}
		fresh, err := w.one(ctx, all[i])
		if err != nil {
			return false, err
		}
		if fresh {
			w.fresh++
			allKnown = allKnown && i < behind
		}
	}
	w.passed += len(all)
	if w.newest == nil {
		w.newest = all[:min(len(all), newestMost)]
	}
	return allKnown, nil
}

// remember writes down how far the walk will have come, before anything new of
// these pages is taken: a page whose items are all known ends a walk, but not one
// that follows a walk that was cut off further down.
func (w *walk) remember(ctx context.Context, pages []*page) error {
	all, some := 0, false
	for _, p := range pages {
		all += len(p.items)
		some = some || slices.ContainsFunc(p.items, func(one item) bool { return !w.knows(one) })
	}
	if !some {
		return nil
	}
	if err := w.setReached(ctx, max(w.reach+w.fresh, w.passed+all)); err != nil {
		return fmt.Errorf("remember how far the walk came: %w", err)
	}
	w.wrote = true
	return nil
}

// one hands an item on; fresh: it was not known before, or is not durable yet.
func (w *walk) one(ctx context.Context, one item) (fresh bool, err error) {
	sum := digest(one.in)
	if w.seen.has(sum) {
		w.settled(one)
		return false, nil
	}
	if one.bad != nil {
		w.once(ctx, "item", fmt.Sprintf("%x", sum), fmt.Errorf("an item is handed on as unreadable: %w", one.bad))
	}
	if err := w.config.each.Detach(ctx, &one.in); err != nil {
		return false, errors.Join(errNotTaken, err)
	}
	got, err := w.in.Accept(ctx, one.in)
	var p *problem.Problem
	switch {
	case err == nil:
	case !errors.As(err, &p) || p.Status() >= 500 || p.Status() == 429:
		return false, errors.Join(errNotTaken, err)
	case p.Code == "too-old": // beyond the log: it cannot be taken as new, now or later
		got.Duplicate = true
	case p.Code == "unit-resident" || one.in.Unreadable:
		w.once(ctx, "accept", p.Code, fmt.Errorf("passed over: %s", p.Code))
		w.unsettled(one)
		return true, nil
	default: // no type of the profile, say: a person must see it
		w.once(ctx, "item", fmt.Sprintf("%x", sum), fmt.Errorf("an item is handed on as unreadable: %s", p.Code))
		one.in.Unreadable = true
		if got, err = w.in.Accept(ctx, one.in); err != nil {
			return false, errors.Join(errNotTaken, err)
		}
	}
	w.seen.add(sum)
	w.settled(one)
	return !got.Duplicate, nil
}

// settled and unsettled note how far the cursor may go.
func (w *walk) settled(one item) {
	if w.config.cursor == nil || one.at == "" {
		return
	}
	if m, ok := w.config.cursor.read(one.at); ok && (!w.any || m.after(w.top)) {
		w.top, w.any = m, true
	}
}

func (w *walk) unsettled(one item) {
	if w.config.cursor == nil {
		return
	}
	m, ok := w.config.cursor.read(one.at)
	switch {
	case !ok:
		w.stuck = true
	case w.low.text == "" || w.low.after(m):
		w.low = m
	}
}

// done moves the cursor: the walk reached its end, and what lies before the
// cursor is durable.
func (w *walk) done(ctx context.Context) error {
	if w.wrote || w.reach > 0 {
		if err := w.setReached(ctx, 0); err != nil {
			return fmt.Errorf("remember that the walk ended: %w", err)
		}
	}
	w.keepNewest(ctx)
	if w.config.cursor == nil || !w.any || w.stuck {
		return nil
	}
	to := w.top
	if w.low.text != "" && to.after(w.low) {
		to = w.low
	}
	return w.moveTo(ctx, w.config.cursor.bounded(to, w.now()))
}
