// Package poll is the source kind poll: the gateway asks the local system for a
// list, page by page, and takes what is new.
//
// It promises that the cursor moves only after a walk reached the end of the list
// and everything before the cursor is durable, that a walk which was cut off (a
// page that failed, a store that refused, kill -9) is made up for by the next, that
// items which move between pages meanwhile are not missed, and that one item which
// cannot be read is handed on as unreadable and stops nothing. It sends nothing but
// its request, and no error quotes what came back. After an error of a walk some
// of its items may be durable; they are duplicates the next time.
package poll

import (
	"fmt"
	"log/slog"
	"time"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/auth"
	"duijie/adapter/client"
	"duijie/adapter/rules"
)

// Kind is the source kind poll.
var Kind = adapter.Kind{
	Name: "poll",
	CheckSource: func(s adapter.Settings) []adapter.Finding {
		_, r := parse(s)
		return r.Findings
	},
	Source: func(s adapter.Settings, d adapter.Deps) (adapter.Source, error) { return New(s, d) },
}

// Source asks for a list.
type Source struct {
	config  *config
	unit    string
	codec   adapter.Codec
	secrets address.Secrets // of headers and query fields
	client  *client.Client
	signer  *auth.Signer
	judge   rules.Judge
	memory  adapter.Memory // nil: the cursor lives as long as Run
	now     func() time.Time
	log     *slog.Logger
}

// New builds a source; settings with errors are refused with the first.
func New(s adapter.Settings, d adapter.Deps) (*Source, error) {
	c, r := parse(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if c.url == nil {
		return nil, fmt.Errorf("%s: poll source of unit %s has no url", s.File, d.Unit)
	}
	secrets, err := address.Bind(d, c.headers, c.query, c.own)
	if err != nil {
		return nil, err
	}
	t, err := c.tls.Config(d)
	if err != nil {
		return nil, err
	}
	out := &Source{config: c, unit: d.Unit, codec: s.Codec, secrets: secrets, memory: d.Memory, now: d.Now, log: logger(d)}
	if out.now == nil {
		out.now = time.Now
	}
	out.judge.Now = d.Now
	c.each.Lend(d.Materials, s.Codec)
	out.client = client.New(client.Options{Host: c.url.Hostname(), Allow: d.Allow, Timeout: s.Timeout, MaxAnswer: s.MaxAnswer, HTTP2: c.http2, TLS: t})
	out.signer, err = c.auth.Signer(d, s.Codec.Charset, out.client)
	return out, err
}

// Close ends idle connections.
func (s *Source) Close() error {
	s.client.Close()
	return nil
}
