package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"duijie/adapter"
	"duijie/internal/codec"
	"duijie/internal/problem"
)

// one hands a claimed file in and puts it where it belongs; waits tells that it
// was changed behind the claim and is given time.
func (l *reader) one(ctx context.Context, claim string) (waits bool) {
	name := l.mine[claim]
	in, waits, err := l.open(ctx, claim, name)
	var unreadable *bad
	switch {
	case waits:
		return true
	case errors.As(err, &unreadable):
		l.reject(ctx, claim, name, unreadable)
		return false
	case missing(err): // another reader took it over
		delete(l.mine, claim)
		return false
	case err != nil:
		l.once(ctx, "read", "", failed(l.place, "read a file", err))
		return false
	}
	l.once(ctx, "read", "", nil)
	accepted, err := l.in.Accept(ctx, in)
	var p *problem.Problem
	if errors.As(err, &p) && l.read.strict && p.Status()/100 == 4 && p.Status() != 429 {
		l.reject(ctx, claim, name, &bad{"refused-" + p.Code, "the gateway refuses it"})
		return false
	}
	l.once(ctx, "accept", "", err)
	if err != nil {
		return false
	}
	if err := l.finish(ctx, claim, name, accepted.Receipt); err != nil {
		l.once(ctx, "finish", name, err)
		return false
	}
	delete(l.mine, claim)
	return false
}

// open reads a claimed file. One that its writer still changes is left alone.
func (l *reader) open(ctx context.Context, claim, name string) (in adapter.Incoming, waits bool, err error) {
	outer := ctx
	ctx, cancel := context.WithTimeout(outer, patience)
	defer cancel()
	at := join(l.read.work, claim)
	before, err := l.place.stat(ctx, at)
	if err != nil {
		return in, false, err
	}
	if !before.plain() {
		return in, false, &bad{"link", "the file is a link or no plain file"}
	}
	if time.Since(before.changed) < l.read.stable && !l.stable(claim, before, time.Now()) {
		return in, true, nil
	}
	delete(l.seen, claim)
	ctx, cancelRead := context.WithTimeout(outer, patience+adapter.TimeFor(before.size))
	defer cancelRead()
	f, err := l.place.open(ctx, at, maxFile)
	if errors.Is(err, errTooLarge) {
		return in, false, &bad{"over-large", "the file is over the limit"}
	}
	if err != nil {
		return in, false, err
	}
	defer f.Close()
	in, err = l.document(ctx, claim, name, f)
	after, gone := l.place.stat(ctx, at)
	if gone != nil {
		return in, false, gone
	}
	if !after.same(before) {
		l.seen[claim] = sighting{after, time.Now()}
		return in, true, nil
	}
	return in, errors.Is(err, errNotYet), err
}

// document reads a claimed file that is open, and what comes with it.
func (l *reader) document(ctx context.Context, claim, name string, f *opened) (adapter.Incoming, error) {
	var zipped *archive
	var document []byte
	var err error
	if l.read.document == "" {
		document, err = limited(f, maxFile)
	} else if zipped, err = look(f, f.size, l.read.document); err == nil {
		document, err = zipped.read()
	}
	if err != nil {
		return adapter.Incoming{}, err
	}
	return l.incoming(name, document, func(v *codec.Value) ([]string, error) { return l.detach(ctx, claim, v, zipped) })
}

// finish writes the sender's receipt, then moves the file to done. A kill between
// the two makes a duplicate of the message and the same receipt again.
func (l *reader) finish(ctx context.Context, claim, name, receipt string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if ok := beside(l.read.ok, name); ok != "" {
		if err := put(ctx, l.place, l.read.dir, ok, whole([]byte("OK "+receipt+"\n")), func() {}); err != nil {
			return failed(l.place, "write a receipt", err)
		}
	}
	if _, err := l.move(ctx, claim, l.read.done, name); err != nil {
		return err
	}
	l.follow(ctx, claim)
	return nil
}

// reject moves a file that cannot be read to bad, the reason beside it, and tells the sender.
func (l *reader) reject(ctx context.Context, claim, name string, why *bad) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	text := []byte(why.Error() + "\n")
	err := func() error {
		if receipt := beside(l.read.err, name); receipt != "" {
			if err := put(ctx, l.place, l.read.dir, receipt, whole(text), func() {}); err != nil {
				return failed(l.place, "write a receipt", err)
			}
		}
		as, err := l.move(ctx, claim, l.read.bad, name)
		if err != nil {
			return err
		}
		delete(l.mine, claim)
		if err := put(ctx, l.place, l.read.bad, as+".reason", whole(text), func() {}); err != nil {
			return failed(l.place, "write a reason", err)
		}
		return nil
	}()
	l.once(ctx, "reject", name, err)
	l.log.Warn("a file cannot be read", "code", why.code)
}

// move puts a claimed file into a folder under its name, or beside one that has
// the name already: nothing is overwritten.
func (l *reader) move(ctx context.Context, claim, dir, name string) (as string, err error) {
	as = name
	for n := 1; ; n++ {
		there, err := exists(ctx, l.place, join(dir, as))
		if err != nil {
			return "", failed(l.place, "move a file", err)
		}
		if !there {
			break
		}
		as = fmt.Sprintf("%s.%d", name, n)
		if n > 100 {
			as = name + "." + claim[:13]
			break
		}
	}
	err = l.place.rename(ctx, join(l.read.work, claim), join(dir, as))
	if missing(err) {
		return as, nil // another reader took it over and does the same
	}
	if err == nil {
		err = errors.Join(l.place.sync(ctx, dir), l.place.sync(ctx, l.read.work))
	}
	if err != nil {
		return "", failed(l.place, "move a file", err)
	}
	return as, nil
}
