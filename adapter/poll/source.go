// Package poll is the source kind poll: the gateway asks the local system for a
// list, page by page, and takes what is new.
package poll

import (
	"context"
	"errors"
	"fmt"

	"duijie/adapter"
	"duijie/adapter/settings"
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
	secrets map[settings.Secret]string // of headers and query fields
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
	secrets, err := c.secrets(d)
	return &Source{c, secrets}, err
}

// Run implements adapter.Source.
func (s *Source) Run(context.Context, adapter.Intake) error {
	return errors.New("poll: asking comes with the next step")
}
