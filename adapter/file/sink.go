package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"duijie/adapter"
)

// Sink writes messages as files.
type Sink struct {
	config *sinkConfig
	codec  adapter.Codec
	answer adapter.Codec
	place  place
	unit   string
	memory adapter.Memory
	now    func() time.Time
	log    *slog.Logger
	// naming is held while a name is fixed, so that two messages never get one.
	naming sync.Mutex
}

// New builds a sink; settings with errors are refused with the first. It does
// not connect.
func New(s adapter.Settings, d adapter.Deps) (*Sink, error) {
	c, r := parseSink(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if d.Memory == nil {
		for _, one := range c.routes {
			if one.fixed() {
				return nil, errors.New("names with {seq}, {now}, {body} or {localRef} need a memory")
			}
		}
	}
	p, err := c.connection.open(d)
	if err != nil {
		return nil, err
	}
	k := &Sink{config: c, codec: s.Codec, answer: s.Answer, place: p, unit: d.Unit, memory: d.Memory, now: clock(d), log: logger(d)}
	if k.answer.Charset == "" {
		k.answer.Charset = s.Codec.Charset
	}
	return k, nil
}

func clock(d adapter.Deps) func() time.Time {
	if d.Now != nil {
		return d.Now
	}
	return time.Now
}

func logger(d adapter.Deps) *slog.Logger {
	if d.Log != nil {
		return d.Log
	}
	return slog.New(slog.DiscardHandler)
}

// Close ends the connection.
func (k *Sink) Close() error { return k.place.close() }

// route finds by type, then by the longest prefix, then *.
func (k *Sink) route(messageType string) *route {
	var best *route
	for _, r := range k.config.routes {
		if r.name == messageType {
			return r
		}
		prefix, ok := strings.CutSuffix(r.name, "*")
		if ok && strings.HasPrefix(messageType, prefix) && (best == nil || len(r.name) > len(best.name)) {
			best = r
		}
	}
	return best
}

// RouteInfo implements adapter.Router.
func (k *Sink) RouteInfo(messageType string) (adapter.RouteInfo, bool) {
	r := k.route(messageType)
	if r == nil {
		return adapter.RouteInfo{}, false
	}
	return r.info, true
}

// Deliver implements adapter.Sink: the file under its own name, unless it is
// there or was taken already.
func (k *Sink) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	r := k.route(m.Type)
	if r == nil {
		return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Refused, Code: "rule", HoldReason: "refused",
			Err: fmt.Errorf("no route takes type %s", m.Type)}
	}
	what, err := k.content(r, m)
	if err != nil {
		return adapter.Ack{}, err
	}
	for _, dir := range r.folders() {
		if err := k.place.make(ctx, dir); err != nil {
			return adapter.Ack{}, failed(k.place, "make a folder", err)
		}
	}
	name, err := k.name(ctx, r, m)
	if err != nil {
		return adapter.Ack{}, err
	}
	taken, err := k.taken(ctx, r, m, name, what)
	if err != nil {
		return adapter.Ack{}, failed(k.place, "look for the file", err)
	}
	if !taken {
		if err := k.write(ctx, r, name, what); err != nil {
			return adapter.Ack{}, err
		}
	}
	if r.receipt != nil {
		return adapter.Ack{Await: name}, nil
	}
	return adapter.Ack{}, nil
}

func (r *route) folders() []string {
	if r.receipt != nil {
		return []string{r.dir, r.receipt.dir}
	}
	return []string{r.dir}
}

// taken tells whether the receiver has the file: a repeat looks for the name and
// its receipts first. A refusal that was settled already, by a person who sends
// the message again, is put out of the way of the next one.
func (k *Sink) taken(ctx context.Context, r *route, m adapter.Message, name string, write content) (bool, error) {
	if r.receipt != nil {
		if ok, err := exists(ctx, k.place, join(r.receipt.dir, beside(r.receipt.ok, name))); ok || err != nil {
			return ok, err
		}
		if bad := beside(r.receipt.error, name); bad != "" {
			there, err := exists(ctx, k.place, join(r.receipt.dir, bad))
			if err != nil || there && m.AfterUnknown {
				return there, err
			}
			if there {
				aside := join(r.receipt.dir, fmt.Sprintf("%s.%d", bad, k.now().UnixMilli()))
				if err := k.place.rename(ctx, join(r.receipt.dir, bad), aside); err != nil {
					return false, err
				}
			}
		}
	}
	old, err := k.place.stat(ctx, join(r.dir, name))
	switch {
	case missing(err):
		return false, nil
	case err != nil:
		return false, err
	case !m.AfterUnknown:
		if !old.plain() || !k.same(ctx, join(r.dir, name), old.size, write) {
			return false, nil
		}
	}
	return true, k.flag(ctx, r, name)
}

// write puts the file there, then its flag. What fails before the rename was not
// taken; behind it nobody knows, unless the place says so.
func (k *Sink) write(ctx context.Context, r *route, name string, what content) error {
	began := false
	err := put(ctx, k.place, r.dir, name, what, func() {
		began = true
		adapter.SentOf(ctx).Mark()
	})
	if err != nil && (!began || k.place.said(err)) {
		err = failed(k.place, "write the file", err)
		if f := adapter.Classify(err, false); f.Outcome == adapter.Transient {
			return f
		}
		return err
	}
	if err == nil {
		err = k.flag(ctx, r, name)
	}
	if err != nil {
		return &adapter.Failure{Outcome: adapter.UnknownTaken, Code: adapter.Classify(err, true).Code, Err: fmt.Errorf("write the file: %w", plain(err))}
	}
	return nil
}

// flag writes the flag file where the route has one and it is not there.
func (k *Sink) flag(ctx context.Context, r *route, name string) error {
	flag := beside(r.done, name)
	if flag == "" {
		return nil
	}
	if there, err := exists(ctx, k.place, join(r.dir, flag)); there || err != nil {
		return err
	}
	return put(ctx, k.place, r.dir, flag, whole(nil), func() {})
}
