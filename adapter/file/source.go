package file

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"duijie/adapter"
)

// Source reads what the local system puts into its folders.
type Source struct {
	config *sourceConfig
	codec  adapter.Codec
	place  place
	keeper adapter.MaterialKeeper
	log    *slog.Logger
}

// NewSource builds a source; settings with errors are refused with the first. It
// does not connect.
func NewSource(s adapter.Settings, d adapter.Deps) (*Source, error) {
	c, r := parseSource(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	p, err := c.connection.open(d)
	if err != nil {
		return nil, err
	}
	return &Source{config: c, codec: s.Codec, place: p, keeper: d.Materials, log: logger(d)}, nil
}

// Close ends the connection.
func (s *Source) Close() error { return s.place.close() }

// Run implements adapter.Source. Each folder is read by a goroutine of its own, so
// that one that is broken stops no other; a failure is tried again after every.
func (s *Source) Run(ctx context.Context, in adapter.Intake) error {
	var g errgroup.Group
	for _, r := range s.config.reads {
		g.Go(func() error {
			l := &reader{place: s.place, codec: s.codec, keeper: s.keeper, read: r, in: in, seen: map[string]sighting{}, mine: map[string]string{}, files: map[string][]string{},
				notices: newNotices(s.log.With("dir", r.dir))}
			for ctx.Err() == nil {
				wait := r.every
				if l.pass(ctx) {
					wait = min(wait, max(r.stable, 10*time.Millisecond))
				}
				select {
				case <-ctx.Done():
				case <-time.After(wait):
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// reader is the loop over one folder. It belongs to one goroutine.
type reader struct {
	place place
	codec adapter.Codec
	read  *read
	in    adapter.Intake
	// keeper keeps attachments, files are those beside a claimed document.
	keeper adapter.MaterialKeeper
	files  map[string][]string
	// seen has, by path, a file as it was first seen unchanged, and when.
	seen map[string]sighting
	// mine has the claims of this reader and the files' own names.
	mine map[string]string
	notices
}

type sighting struct {
	entry
	since time.Time
}

// maxFile bounds a file that is read.
const maxFile = 256 << 20

// leftBehind is how old a claim is that another reader may take over: its own is
// dead, or so slow that a second acceptance, a duplicate, does no harm.
const leftBehind = 10 * time.Second

// pass takes what is there; waits tells that something was left to become stable.
func (l *reader) pass(ctx context.Context) (waits bool) {
	err := l.makeFolders(ctx)
	l.once(ctx, "folders", "", err)
	if err != nil {
		return false
	}
	l.adopt(ctx)
	waits = l.claim(ctx)
	for _, claim := range l.claims() {
		if ctx.Err() != nil {
			return false
		}
		waits = l.one(ctx, claim) || waits
	}
	return waits
}

// claims are this reader's, by their files' names: the order of {now} and {seq}.
func (l *reader) claims() []string {
	out := make([]string, 0, len(l.mine))
	for c := range l.mine {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b string) int {
		if c := strings.Compare(l.mine[a], l.mine[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return out
}

func (l *reader) makeFolders(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, dir := range []string{l.read.dir, l.read.work, l.read.done, l.read.bad} {
		if err := l.place.make(ctx, dir); err != nil {
			return failed(l.place, "make a folder", err)
		}
	}
	return nil
}

// claim moves what matches and is stable into work. The rename is what makes it
// this reader's: another's fails.
func (l *reader) claim(ctx context.Context) (waits bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := l.place.list(ctx, l.read.dir)
	if err != nil {
		err = failed(l.place, "list the folder", err)
	}
	l.once(ctx, "list", "", err)
	if err != nil {
		return false
	}
	now := time.Now()
	there := map[string]bool{}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for _, e := range all {
		if !l.wanted(e) {
			continue
		}
		there[e.name] = true
		if !l.stable(e.name, e, now) {
			waits = true
			continue
		}
		l.take(ctx, join(l.read.dir, e.name), e.name)
		delete(l.seen, e.name)
	}
	for name := range l.seen {
		if _, claimed := l.mine[name]; !there[name] && !claimed {
			delete(l.seen, name)
		}
	}
	return waits
}

// wanted tells whether a name is the read's: a plain file or a link, no folder,
// none that is still being written or is a receipt.
func (l *reader) wanted(e entry) bool {
	if !e.plain() && !e.link() || strings.HasPrefix(e.name, ".") || strings.HasSuffix(e.name, ".tmp") {
		return false
	}
	ok, err := path.Match(l.read.match, e.name)
	return ok && err == nil
}

// stable tells whether a file has not changed for long enough.
func (l *reader) stable(key string, e entry, now time.Time) bool {
	before, known := l.seen[key]
	if !known || !before.same(e) {
		l.seen[key] = sighting{e, now}
		return l.read.stable == 0
	}
	return now.Sub(before.since) >= l.read.stable
}

// take claims a file by a rename to a name that nobody else has.
func (l *reader) take(ctx context.Context, from, name string) {
	claim := fmt.Sprintf("%d-%s-%s~%s", time.Now().UnixMilli(), l.read.mark(), rand.Text()[:8], name)
	err := l.place.rename(ctx, from, join(l.read.work, claim))
	switch {
	case missing(err): // another reader was faster
	case err != nil:
		l.once(ctx, "claim", "", failed(l.place, "claim a file", err))
	default:
		l.once(ctx, "claim", "", nil)
		l.mine[claim] = name
	}
}

// adopt takes over what a dead reader left in work, and what a person put there.
func (l *reader) adopt(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := l.place.list(ctx, l.read.work)
	if err != nil {
		l.once(ctx, "list work", "", failed(l.place, "list work", err))
		return
	}
	there := map[string]bool{}
	for _, e := range all {
		there[e.name] = true
		if _, own := l.mine[e.name]; own {
			continue
		}
		name, mark, at, claimed := claimOf(e.name)
		known := e
		known.name = name
		if !l.wanted(known) || claimed && (mark != l.read.mark() || time.Since(at) < leftBehind) {
			continue
		}
		l.take(ctx, join(l.read.work, e.name), name)
	}
	for claim := range l.mine {
		if !there[claim] && len(l.mine) > 0 && !l.justTaken(claim) {
			delete(l.mine, claim)
		}
	}
}

// justTaken: the listing may be older than the claim.
func (l *reader) justTaken(claim string) bool {
	_, _, at, _ := claimOf(claim)
	return time.Since(at) < leftBehind
}

// claimOf takes a claim's name apart; claimed is false for any other name.
func claimOf(s string) (name, mark string, at time.Time, claimed bool) {
	head, name, ok := strings.Cut(s, "~")
	parts := strings.Split(head, "-")
	if !ok || len(parts) != 3 || len(parts[1]) != 8 || len(parts[2]) != 8 {
		return s, "", time.Time{}, false
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return s, "", time.Time{}, false
	}
	return name, parts[1], time.UnixMilli(ms), true
}
