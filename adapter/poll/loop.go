package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"duijie/adapter"
)

// loop is a source at work. It belongs to one goroutine.
type loop struct {
	*Source
	in   adapter.Intake
	seen known
	told map[string]bool // failures that were logged
	at   mark            // the cursor, where no memory is lent
	far  int             // likewise how far a walk came
	// failed counts the walks in a row that did not get at the list, cut those that
	// ended before its end for any reason.
	failed, cut int
}

// Run implements adapter.Source.
func (s *Source) Run(ctx context.Context, in adapter.Intake) error {
	l := &loop{Source: s, in: in, told: map[string]bool{}}
	l.recall()
	for ctx.Err() == nil {
		err := l.pass(ctx)
		wait := s.config.every
		if err == nil {
			l.cut = 0
		} else {
			l.cut++
			wait = max(wait, min(adapter.Classify(err, true).After, time.Hour))
		}
		if ctx.Err() == nil {
			l.report(ctx, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// failuresMost is how many walks may fail in a row, for a reason that may pass,
// before that is the unit's trouble.
const failuresMost = 3

// report tells how a walk went: once in the log, and as the unit's trouble.
func (l *loop) report(ctx context.Context, err error) {
	l.once(ctx, "list", "", err)
	t, ok := l.in.(adapter.Troubled)
	switch {
	case !ok || errors.Is(err, errNotTaken): // the gateway's own trouble
		return
	case err == nil:
		l.failed = 0
		t.Trouble("")
		return
	}
	l.failed++
	if f := adapter.Classify(err, true); f.Outcome == adapter.UnitTrouble || l.failed >= failuresMost {
		t.Trouble(trouble(f))
	}
}

// trouble names what a failure is about.
func trouble(f *adapter.Failure) string {
	if f.Cause != "" {
		return f.Cause
	}
	return f.Code
}

// toldMost bounds what is remembered of failures; beyond it they are told once more.
const toldMost = 10_000

// once logs the first of the same failures and their end.
func (l *loop) once(ctx context.Context, what, about string, err error) {
	key := what + "\n" + about
	switch {
	case err == nil && l.told[key]:
		delete(l.told, key)
		l.log.Info("goes on", "what", what)
	case err != nil && !l.told[key] && ctx.Err() == nil:
		if len(l.told) >= toldMost {
			clear(l.told)
		}
		l.told[key] = true
		l.log.Warn("failed, will be tried again", "what", what, "error", err)
	}
}

// The words that a poll keeps: one list of one unit each.
func (s *Source) word(name string) string {
	return "poll/" + s.unit + "/" + name + "/" + s.config.source
}

// sinceNow is what {cursor} stands for now.
func (l *loop) sinceNow() string {
	c := l.config.cursor
	if c == nil {
		return ""
	}
	if l.memory != nil {
		l.at = mark{}
		if text, ok := l.memory.Get(l.word("cursor")); ok {
			if m, ok := c.read(text); ok {
				l.at = m
			}
		}
	}
	return c.since(l.at)
}

// moveTo moves the cursor on, never back.
func (l *loop) moveTo(ctx context.Context, m mark) error {
	if l.at.text != "" && !m.after(l.at) {
		return nil
	}
	if l.memory != nil {
		if err := l.memory.Put(ctx, l.word("cursor"), m.text); err != nil {
			return fmt.Errorf("move the cursor: %w", err)
		}
	}
	l.at = m
	return nil
}

// reached is how far down the list a walk that was cut off had come.
func (l *loop) reached() int {
	if l.memory == nil {
		return l.far
	}
	text, _ := l.memory.Get(l.word("walk"))
	n, _ := strconv.Atoi(text)
	return n
}

func (l *loop) setReached(ctx context.Context, n int) error {
	if l.memory != nil {
		if err := l.memory.Put(ctx, l.word("walk"), strconv.Itoa(n)); err != nil {
			return err
		}
	}
	l.far = n
	return nil
}

func logger(d adapter.Deps) *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log.With("source", "poll")
}
